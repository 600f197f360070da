"""Who may write and when, and what rings after a commit; the same on SQLite and on Postgres.

Reads are read-only by force. `with writing():` is the one way to write: everything inside commits together, and the
commit rings the bell of every record that left an Event.
"""

import contextlib
from collections import deque
from collections.abc import Iterator
from functools import lru_cache

from flask import Flask, current_app
from sqlalchemy import Connection, Dialect, Select, event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models import Bell, Event, db
from portal.live import Viewers
from portal.settings import Settings
from portal.turns import WriteBusy

STAFF = "staff"  # the topic of everybody who has a staff page open
RINGS = Event.bell != Bell.SILENT
Ring = tuple[int, str | None, Bell, int | None]  # event id, topic (None: every page), what to do, the revoked link's id


class Doorbell:
    """Rings what was committed: at once for this process, as soon as it is heard of for another beside it."""

    def __init__(self, viewers: Viewers):
        self.viewers = viewers
        self.newest = 0  # the newest Event heard of, kept when listening has to begin anew
        self.is_listening = True
        self._rung: deque[int] = deque(maxlen=1000)  # to ring twice does no harm, to remember for ever would

    def committed_here(self, ring: Ring) -> None:
        self._rung.append(ring[0])
        self._ring(*ring)

    def neighbour_committed(self, ring: Ring) -> None:
        """Somebody committed an Event, perhaps we ourselves."""
        if ring[0] in self._rung:
            self._rung.remove(ring[0])
        else:
            self._ring(*ring)

    def _ring(self, event_id: int, topic: str | None, bell: Bell, link_id: int | None) -> None:
        if topic is None:
            self.viewers.ring_all(event_id)
            return
        if bell is Bell.DISMISS:
            self.viewers.dismiss(topic, link_id)
        elif bell is Bell.RING:
            self.viewers.ring(topic, event_id)
        self.viewers.ring(STAFF, event_id)  # what a customer's page shows anew, the office's lists may too

    def begin(self) -> None:
        """Before the first page is served: what is committed from now on will ring."""
        self.newest = db.session.scalar(select(func.max(Event.id)).where(RINGS)) or 0
        db.session.rollback()

    def listen_to_neighbours(self) -> None:
        """Rings for what other processes commit. Runs until the database cannot be heard, in a greenlet of its own."""
        backend().listen(db.engine, self)

    def catch_up(self, connection: Connection) -> None:
        """Ring for what was committed after the newest that was heard. Rings are numbered in the order of commits."""
        columns = Event.id, Event.kind, Event.record_id, Event.bell, Event.details
        missed = connection.execute(select(*columns).where(RINGS, Event.id > self.newest).order_by(Event.id)).all()
        rings = {ring[1:]: ring for ring in map(ring_of, missed)}  # what rang twice is rung once, for the newest
        for ring in rings.values():
            self.neighbour_committed(ring)
        self.newest = missed[-1].id if missed else self.newest
        self.is_listening = True


def ring_of(e) -> Ring:
    return e.id, place_of(e), e.bell, (e.details or {}).get("link_id")


def place_of(e) -> str | None:
    """The topic that an Event rings at; None for every page."""
    if e.bell is Bell.STAFF:
        return STAFF
    return None if e.kind == "shop" else topic(e.kind, e.record_id)


def topic(kind: str, record_id: int) -> str:
    return f"{kind}:{record_id}"


def sealed(topic: str, number: int) -> str:
    """What pages and streams of `topic` call the Event of that number."""
    return current_app.extensions["viewers"].version(topic, number)


@event.listens_for(db.session, "after_flush")
def collect_rings(session: Session, _context) -> None:
    left = [e for e in session.new if isinstance(e, Event) and e.bell is not Bell.SILENT]
    session.info.setdefault("rings", []).extend((e, ring_of(e)) for e in left)


@event.listens_for(db.session, "before_commit")
def announce_rings(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint is released: nothing is committed yet
        return
    session.flush()
    backend().announce(session, [ring for _event, ring in session.info.get("rings", ())])


@event.listens_for(db.session, "after_commit")
def ring_committed(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for _event, ring in session.info.pop("rings", ()):
        current_app.extensions["doorbell"].committed_here(ring)


@event.listens_for(db.session, "after_soft_rollback")
def forget_rings(session: Session, _previous) -> None:
    # Those that were left before a savepoint outlive its rollback.
    session.info["rings"] = [(e, ring) for e, ring in session.info.get("rings", ()) if e in session]


@contextlib.contextmanager
def writing() -> Iterator[Session]:
    """One writing transaction: everything inside commits together or not at all. No network, no rendering inside.

    Raises WriteBusy when others write for too long; nothing was changed then.
    """
    if is_writing():
        raise RuntimeError("writing() inside writing(): its rollback would take back what the outer one wrote")
    db.session.rollback()  # an open read transaction would ignore the option below
    with current_app.extensions["writers"].turn():
        try:
            db.session.connection(execution_options={"writing": True})
            db.session.info["writing"] = True
            yield db.session
            db.session.commit()
        except OperationalError as error:
            db.session.rollback()
            if backend().is_busy(error):
                raise WriteBusy from error
            raise
        except BaseException:
            db.session.rollback()
            raise
        finally:
            db.session.info.pop("writing", None)


def is_writing() -> bool:
    return db.session.info.get("writing", False)


def alone() -> None:
    """Wait until nobody else is in a transaction that called this: for what two starts at once would both do."""
    backend().alone(db.session)


def locked(query: Select) -> Select:
    """`query`, locking what it finds when this is a writing transaction: nobody else changes it until the end.

    Rows that only point to it may be added meanwhile: no key ever changes, so nobody has to wait for that.
    """
    return query.with_for_update(key_share=True) if is_writing() else query


def lock(record) -> None:
    """Have `record` as it is now, and nobody else change it until the transaction ends."""
    db.session.flush()  # a refresh would forget what was not written yet
    db.session.refresh(record, with_for_update={"key_share": True})


def contains(column, piece: str):
    """The condition that `column` has `piece` in it, in capitals or not."""
    signs = piece.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return backend().like(column, f"%{signs}%")


def glance(query: Select, **values) -> tuple | None:
    """The first row that `query` finds, as of now and as the driver gives it: outside the session, nothing is held.

    For what every request asks first. All that SQLAlchemy does for a statement takes five times as long as the look.
    """
    dialect = db.engine.dialect
    words, order, known = _in_words(query, dialect)
    asked = known | values
    try:
        return current_app.extensions["looks"].first(words, [asked[name] for name in order] if order else asked)
    except dialect.loaded_dbapi.Error as error:
        raise OperationalError(words, None, error) from error


@lru_cache(maxsize=16)
def _in_words(query: Select, dialect: Dialect) -> tuple[str, tuple[str, ...], dict]:
    """(SQL, the order of its parameters where they go by place, those whose value is known)."""
    compiled = query.compile(dialect=dialect)
    known = {name: getattr(value, "value", value) for name, value in compiled.params.items()}
    return str(compiled), tuple(compiled.positiontup or ()), known


def look_again() -> None:
    """End the reading transaction, so that what is read next is as of now."""
    db.session.rollback()


def has_postman() -> bool:
    """Whether somebody takes mail out of the outbox: without a mail server it would only pile up there."""
    return current_app.extensions["settings"].sends_mail


def has_till() -> bool:
    """Whether the shop takes payments online."""
    return current_app.extensions["till"] is not None


def backend():
    """The module that knows this database's ways: portal.sqlite or portal.postgres."""
    return current_app.extensions["backend"]


def attach(app: Flask, settings: Settings, viewers: Viewers) -> None:
    """Give `app` its database, its writers' guard and its doorbell."""
    if settings.is_postgres:
        from portal import postgres as chosen
    else:
        from portal import sqlite as chosen
    app.extensions["backend"] = chosen
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    # Parameters stay out of error messages: they hold what people typed.
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"hide_parameters": True} | chosen.engine_options()
    db.init_app(app)
    with app.app_context():
        tell_conditions(db.engine.dialect.name)
        app.extensions["writers"] = chosen.guard(db.engine)
        app.extensions["looks"] = chosen.Looks(db.engine)
    app.extensions["doorbell"] = Doorbell(viewers)


def tell_conditions(dialect: str) -> None:
    """Make partial indexes partial on this database.

    Were the tables to say `postgresql_where`, SQLAlchemy would load all it knows of Postgres on SQLite too: 2.5 MB.
    """
    for index in (index for table in db.metadata.tables.values() for index in table.indexes if "where" in index.info):
        index.dialect_kwargs[f"{dialect}_where"] = index.info["where"]
