"""Postgres through psycopg: read-only by default, every wait bounded, neighbours heard through NOTIFY."""

import contextlib
import json
import threading
from collections.abc import Iterator
from functools import partial

import psycopg
from sqlalchemy import Connection, Engine, event, func, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from models import Bell
from portal.turns import WriteBusy

CHANNEL = "porchlight"
WRITERS = 10  # of the pool's 20 connections
LOOKS = 3  # connections beside the pool
WRITE_WAIT_S = 10.0
POOL_WAIT_S = 5.0
ONE_AT_A_TIME = 7216  # any number, the same for every process; the migrations have 7215
BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
OPTIONS = {
    "default_transaction_read_only": "on",  # a GET that writes fails, by force of the database
    "default_transaction_isolation": r"repeatable\ read",  # a page is of one moment, and its version of the same one
    "lock_timeout": "5s",
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "20s",
    "timezone": "UTC",
    "jit": "off",  # it compiles for longer than any of our queries takes
}

# A line that went dead without a word is noticed in 25 seconds.
LINE = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
LINE |= {"tcp_user_timeout": 25_000}
EARS = LINE | {"application_name": "porchlight ears"}


def engine_options() -> dict:
    options = " ".join(f"-c {name}={value}" for name, value in OPTIONS.items())
    connect = LINE | {"options": options, "application_name": "porchlight"}
    return {
        "connect_args": connect,
        "pool_pre_ping": True,
        "pool_size": 10,
        "max_overflow": 10,
        "pool_timeout": POOL_WAIT_S,
    }


class SomeWriters:
    """Makes an engine read-only except inside `writing()`, and leaves connections for those who read."""

    def __init__(self, engine: Engine):
        self._places = threading.BoundedSemaphore(WRITERS)
        event.listen(engine, "begin", self._begin)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait to write. Before a connection is taken: those who wait with one would leave none for readers."""
        if not self._places.acquire(timeout=WRITE_WAIT_S):
            raise WriteBusy
        try:
            yield
        finally:
            self._places.release()

    @staticmethod
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writing"):
            # Who waited for a row reads it as it is by then: that is how rows are locked before they are changed.
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE")


guard = SomeWriters


class Looks:
    """Connections for single looks. Outside a transaction each is one trip to the server; inside one it is four.

    Whether a line still holds is not asked before either: one that went is tried again on the next.
    """

    def __init__(self, engine: Engine):
        said = engine_options()["connect_args"] | {"application_name": "porchlight looks", "autocommit": True}
        connect = partial(psycopg.connect, address_of(engine), **said)
        self._pool = QueuePool(connect, pool_size=LOOKS, max_overflow=0, timeout=POOL_WAIT_S, reset_on_return=None)
        event.listen(engine, "engine_disposed", lambda _engine: self._pool.dispose())

    def first(self, words: str, asked: dict) -> tuple | None:
        """The first row that `words` find, as of now. Raises psycopg.Error."""
        for _gone in range(LOOKS):
            with contextlib.closing(self._pool.connect()) as connection:
                try:
                    return connection.driver_connection.execute(words, asked).fetchone()
                except psycopg.OperationalError:
                    if not connection.driver_connection.closed:
                        raise
                    connection.invalidate()
        with contextlib.closing(self._pool.connect()) as connection:
            return connection.driver_connection.execute(words, asked).fetchone()


def address_of(engine: Engine) -> str:
    """As psycopg has it, with the password."""
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def is_busy(error: Exception) -> bool:
    """Whether a statement failed only because somebody else was at the same rows."""
    return isinstance(getattr(error, "orig", None), BUSY)


def alone(session: Session) -> None:
    session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ONE_AT_A_TIME})


def like(column, pattern: str):
    """Whether `pattern` fits, in capitals or not."""
    return func.lower(column).like(pattern.lower(), escape="\\")


def announce(session: Session, rings: list) -> None:
    """Inside the transaction, so that neighbours hear of what is committed and of nothing else."""
    for ring in rings:
        session.execute(text("SELECT pg_notify(:channel, :ring)"), {"channel": CHANNEL, "ring": json.dumps(ring)})


def listen(engine: Engine, doorbell) -> None:
    """Tell `doorbell` of what other processes commit. Runs until the connection is lost, in a greenlet of its own."""
    with psycopg.connect(address_of(engine), autocommit=True, **EARS) as ears:
        ears.execute(f"LISTEN {CHANNEL}")
        with engine.connect() as connection:
            doorbell.catch_up(connection)  # whatever was said while nobody listened
        for message in ears.notifies():
            event_id, topic, bell, link_id = json.loads(message.payload)
            doorbell.newest = max(doorbell.newest, event_id)
            doorbell.neighbour_committed((event_id, topic, Bell(bell), link_id))
