"""Engine and session: who may write and when, and what rings after a commit.

Reads are read-only by force. `with writing():` is the one way to write: it waits its turn without stopping the loop,
begins with BEGIN IMMEDIATE and commits at the end. The commit rings the bell of every record that left an Event.

Why so: under gevent all connections share one OS thread. A writer that waits inside SQLite for another greenlet's lock
waits for ever, and a transaction that read before it wrote fails as soon as somebody else has committed.
"""

import contextlib
import random
import sqlite3
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterator

from flask import Flask, current_app
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.orm import Session

from models import Bell, Event, db
from portal.live import Viewers
from portal.settings import Settings

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:  # no wheel for this processor: the interpreter's own SQLite will do
    sqlite = sqlite3

WRITE_WAIT_S = 10.0
NEIGHBOUR_LOOK_S = 0.5


class WriteBusy(Exception):
    """Nobody let us write for WRITE_WAIT_S seconds. Nothing was changed; the same request may be sent again."""


class FairLock:
    """A lock handed on in the order of asking. Cooperative once gevent has patched threading; waiters may be killed."""

    def __init__(self):
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    def acquire(self, timeout: float) -> bool:
        if not self._held and not self._waiting:
            self._held = True
            return True
        turn = threading.Event()
        self._waiting.append(turn)
        try:
            if turn.wait(timeout):
                return True
        except BaseException:
            self._give_up(turn)
            raise
        return not self._leave(turn)

    def release(self) -> None:
        if self._waiting:
            self._waiting.popleft().set()
        else:
            self._held = False

    def _leave(self, turn: threading.Event) -> bool:
        """False when the lock was handed over in the very instant of leaving."""
        try:
            self._waiting.remove(turn)
        except ValueError:
            return False
        return True

    def _give_up(self, turn: threading.Event) -> None:
        if not self._leave(turn):
            self.release()


class OneWriter:
    """Makes an SQLite engine read-only except inside `writing()`, and lets one writer in at a time."""

    def __init__(self, engine: Engine):
        self._turn = FairLock()
        event.listen(engine, "connect", self._connect)
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "checkin", self._checkin)

    @staticmethod
    def _connect(connection, _record) -> None:
        connection.isolation_level = None  # BEGIN is ours to say
        for pragma in (
            "busy_timeout=0",  # never wait inside C code: it would stop every greenlet
            "journal_mode=WAL",
            "synchronous=FULL",  # NORMAL loses acknowledged commits when the power fails
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "query_only=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        # SQLite's own knows A to Z only: a search for "Émile" would not find him.
        connection.create_function("lower", 1, lambda text: text and str(text).lower(), deterministic=True)

    def _begin(self, connection: Connection) -> None:
        if not connection.get_execution_options().get("writing"):
            connection.exec_driver_sql("BEGIN")
            return
        deadline = time.monotonic() + WRITE_WAIT_S
        if not self._turn.acquire(WRITE_WAIT_S):
            raise WriteBusy
        try:
            self._begin_immediate(connection.connection.dbapi_connection, deadline)
        except BaseException:
            with contextlib.suppress(sqlite.Error):
                connection.connection.dbapi_connection.execute("PRAGMA query_only=ON")
            self._turn.release()
            raise
        connection.info["writing"] = True

    @staticmethod
    def _begin_immediate(connection, deadline: float) -> None:
        """Another process may hold the file: ask again, yielding in between, until the deadline."""
        pause = 0.002
        connection.execute("PRAGMA query_only=OFF")
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite.OperationalError as error:
                if "locked" not in str(error) and "busy" not in str(error):
                    raise
                if time.monotonic() > deadline:
                    raise WriteBusy from error
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 1.7, 0.1)

    def _checkin(self, connection, record) -> None:
        # Released here and not at "commit": that event comes before the database has committed.
        if not record.info.pop("writing", None):
            return
        if connection is not None:
            with contextlib.suppress(sqlite.Error):
                if connection.in_transaction:
                    connection.rollback()
                connection.execute("PRAGMA query_only=ON")
        self._turn.release()


class Doorbell:
    """Rings what was committed: at once for this process, within NEIGHBOUR_LOOK_S for a command beside it."""

    def __init__(self, viewers: Viewers):
        self.viewers = viewers
        self._rung: set[int] = set()
        self._heard: int | None = None  # the newest Event known, kept when listening has to begin anew

    def committed_here(self, ring: "Ring") -> None:
        self._rung.add(ring[0])
        self._ring(*ring)

    def _ring(self, event_id: int, topic: str | None, bell: Bell, link_id: int | None) -> None:
        if bell is Bell.DISMISS:
            self.viewers.dismiss(topic, link_id)
        elif topic is None:
            self.viewers.ring_all(event_id)
        else:
            self.viewers.ring(topic, event_id)

    def listen_to_neighbours(self, engine: Engine) -> None:
        """Ring for what other processes commit to the same file. Runs for ever, in a greenlet of its own."""
        with engine.connect() as connection:
            if self._heard is None:
                self._heard = connection.execute(select(Event.id).order_by(Event.id.desc()).limit(1)).scalar() or 0
                connection.rollback()
            version = None
            while True:
                now = connection.exec_driver_sql("PRAGMA data_version").scalar()
                if now != version:
                    events = connection.execute(
                        select(Event)
                        .where(Event.id > self._heard)
                        .order_by(Event.id)
                        .with_only_columns(Event.id, Event.kind, Event.record_id, Event.bell, Event.details)
                    ).all()
                    for e in events:
                        self._heard = e.id
                        if e.id in self._rung:
                            self._rung.discard(e.id)
                        elif e.bell is not Bell.SILENT:
                            self._ring(*ring_of(e))
                    version = now
                connection.rollback()
                time.sleep(NEIGHBOUR_LOOK_S)


Ring = tuple[
    int, str | None, Bell, int | None
]  # event id, topic or None for every page, what to do, the revoked link's id


def ring_of(e) -> Ring:
    return e.id, None if e.kind == "shop" else topic(e.kind, e.record_id), e.bell, (e.details or {}).get("link_id")


def topic(kind: str, record_id: int) -> str:
    return f"{kind}:{record_id}"


@event.listens_for(db.session, "after_flush")
def collect_rings(session: Session, _context) -> None:
    left = [e for e in session.new if isinstance(e, Event) and e.bell is not Bell.SILENT]
    session.info.setdefault("rings", []).extend((e, ring_of(e)) for e in left)


@event.listens_for(db.session, "after_commit")
def ring_committed(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint was released: nothing is committed yet
        return
    for _event, ring in session.info.pop("rings", ()):
        current_app.extensions["doorbell"].committed_here(ring)


@event.listens_for(db.session, "after_soft_rollback")
def forget_rings(session: Session, _previous) -> None:
    # Those that were left before a savepoint outlive its rollback.
    session.info["rings"] = [(e, ring) for e, ring in session.info.get("rings", ()) if e in session]


@contextlib.contextmanager
def writing() -> Iterator[Session]:
    """One writing transaction: everything inside commits together or not at all. No network, no rendering inside."""
    if db.session().in_transaction() and db.session.connection().get_execution_options().get("writing"):
        raise RuntimeError("writing() inside writing(): its rollback would take back what the outer one wrote")
    db.session.rollback()  # an open read transaction would ignore the option below
    try:
        db.session.connection(execution_options={"writing": True})
        yield db.session
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def look_again() -> None:
    """End the reading transaction, so that what is read next is as of now."""
    db.session.rollback()


def engine_options() -> dict:
    """For create_engine. Parameters stay out of error messages: they hold what people typed."""
    return {"module": sqlite, "hide_parameters": True, "pool_size": 10, "max_overflow": 20, "pool_timeout": 5}


def attach(app: Flask, settings: Settings, viewers: Viewers) -> None:
    """Give `app` its database, its one writer and its doorbell."""
    warn_of_old_sqlite()
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{settings.database_path}"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options()
    db.init_app(app)
    with app.app_context():
        OneWriter(db.engine)
    app.extensions["doorbell"] = Doorbell(viewers)


def warn_of_old_sqlite() -> None:
    """SQLite before 3.51.3 can corrupt a WAL database with two writers (sqlite.org/wal.html, the WAL-reset bug)."""
    version = sqlite.sqlite_version_info
    if version < (3, 51, 3) and version[:2] not in ((3, 44), (3, 50)):
        warnings.warn(f"SQLite {sqlite.sqlite_version} has the WAL-reset bug; use 3.51.3 or newer", stacklevel=2)
