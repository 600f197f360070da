"""SQLite under gevent: read-only by force, one writer at a time, neighbours noticed.

All connections share one OS thread. A writer that waits inside SQLite for another greenlet's lock waits for ever, and a
transaction that read before it wrote fails as soon as somebody else has committed. So nobody waits inside C code, and
whoever writes takes a turn first and begins with BEGIN IMMEDIATE.
"""

import contextlib
import random
import time
import warnings
from collections.abc import Iterator

from sqlalchemy import Connection, Engine, event, func

from portal.turns import FairLock, WriteBusy

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:  # no wheel for this processor: the interpreter's own SQLite will do
    import sqlite3 as sqlite

WRITE_WAIT_S = 10.0
POOL_WAIT_S = 5.0
NEIGHBOUR_LOOK_S = 0.5


def engine_options() -> dict:
    warn_of_old_sqlite()
    return {"module": sqlite, "pool_size": 10, "max_overflow": 20, "pool_timeout": POOL_WAIT_S}


def warn_of_old_sqlite() -> None:
    """SQLite before 3.51.3 can corrupt a WAL database with two writers (sqlite.org/wal.html, the WAL-reset bug)."""
    version = sqlite.sqlite_version_info
    if version < (3, 51, 3) and version[:2] not in ((3, 44), (3, 50)):
        warnings.warn(f"SQLite {sqlite.sqlite_version} has the WAL-reset bug; use 3.51.3 or newer", stacklevel=2)


def is_busy(_error: Exception) -> bool:
    """Whether a failed statement only came at the wrong moment. Here that is settled before anything is written."""
    return False


def like(column, pattern: str):
    """Whether `pattern` fits, in capitals or not.

    SQLite's own LIKE minds no case from A to Z, and is many times quicker than our `lower`, called for every row.
    """
    if pattern.isascii():
        return column.like(pattern, escape="\\")
    return func.lower(column).like(pattern.lower(), escape="\\")


def announce(_session, _rings) -> None:
    """Neighbours need no message: they see the file change."""


def alone(_session) -> None:
    """Whoever writes is alone already."""


class OneWriter:
    """Makes an engine read-only except inside `writing()`, and lets one writer in at a time."""

    def __init__(self, engine: Engine):
        self._lock = FairLock()
        event.listen(engine, "connect", self._connect)
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "checkin", self._checkin)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait to write. Before a connection is taken: those who wait with one would leave none for readers."""
        if not self._lock.acquire(WRITE_WAIT_S):
            raise WriteBusy
        try:
            yield
        finally:
            self._lock.release()

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
        connection.info["writing"] = True
        self._begin_immediate(connection.connection.dbapi_connection)

    @staticmethod
    def _begin_immediate(connection) -> None:
        """Another process may hold the file: ask again, yielding in between, until the deadline."""
        deadline, pause = time.monotonic() + WRITE_WAIT_S, 0.002
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

    @staticmethod
    def _checkin(connection, record) -> None:
        if record.info.pop("writing", None) and connection is not None:
            with contextlib.suppress(sqlite.Error):
                if connection.in_transaction:
                    connection.rollback()
                connection.execute("PRAGMA query_only=ON")


guard = OneWriter


class Looks:
    """Single looks, on the engine's own connections: here a transaction costs nothing worth sparing."""

    def __init__(self, engine: Engine):
        self._engine = engine

    def first(self, words: str, asked: list) -> tuple | None:
        """The first row that `words` find, as of now. Raises sqlite.Error."""
        with contextlib.closing(self._engine.raw_connection()) as connection:  # the pool ends its transaction
            cursor = connection.cursor()
            cursor.execute(words, asked)
            return cursor.fetchone()


def listen(engine: Engine, doorbell) -> None:
    """Tell `doorbell` of what other processes commit to the same file. Runs for ever, in a greenlet of its own."""
    with engine.connect() as connection:
        version = None
        while True:
            now = connection.exec_driver_sql("PRAGMA data_version").scalar()
            if now != version:
                doorbell.catch_up(connection)
                version = now
            connection.rollback()
            time.sleep(NEIGHBOUR_LOOK_S)
