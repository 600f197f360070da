"""Who did what when. Every verb leaves one Event; what commits, rings."""

from sqlalchemy import ScalarSelect, bindparam, func, select, union_all

from models import Bell, Event, Invoice, Kind, OrgProfile, Quote, Staff, WorkOrder, db
from portal import clock
from portal.db import STAFF, sealed, topic

SHOP = "shop"
Record = WorkOrder | Quote | Invoice
HEARD = (Bell.STAFF, Bell.RING, Bell.DISMISS)
KINDS = {WorkOrder: Kind.WORK_ORDER, Quote: Kind.QUOTE, Invoice: Kind.INVOICE}


def kind_of(record: Record) -> Kind:
    return KINDS[type(record)]


def note(record: Record, verb: str, *, by: Staff | None, bell: Bell = Bell.SILENT, **details: str | int) -> Event:
    """Leave an Event on `record`. `by` is None for the customer and for the machine.

    RING is for what the customer's page shows; the staff's pages hear it too. What only the office sees stays SILENT,
    or is for the STAFF's pages: when and how often the office writes is not the customer's business either.
    """
    return _leave(kind_of(record), record.id, verb, by, bell, details)


def note_shop(verb: str, *, by: Staff | None, bell: Bell = Bell.SILENT, **details: str | int) -> Event:
    """Leave an Event about what every page shows: the shop itself, a technician's name."""
    return _leave(SHOP, 0, verb, by, bell, details)


def _leave(kind: str, record_id: int, verb: str, by: Staff | None, bell: Bell, details: dict) -> Event:
    """The shop's row is locked first for what many pages hear: such Events are numbered in the order of commits.

    So it is the last lock that a verb takes.
    """
    if kind == SHOP or bell is not Bell.SILENT:
        db.session.get(OrgProfile, 1, with_for_update={"key_share": True})
    event = Event(
        kind=kind,
        record_id=record_id,
        verb=verb,
        bell=bell,
        staff_id=by.id if by else None,
        details=details,
        at=clock.now(),
    )
    db.session.add(event)
    return event


def newest_shown(kind, record_id) -> tuple[ScalarSelect, ScalarSelect]:
    """The numbers of the newest Events that a customer's page of this record shows: its own, and the shop's."""
    return _newest(kind, record_id), _newest(SHOP, 0)


def _newest(kind, record_id) -> ScalarSelect:
    is_shown = (Event.bell == Bell.RING) | (Event.bell == Bell.DISMISS)
    found = select(Event.id).where(Event.kind == kind, Event.record_id == record_id, is_shown)
    return found.order_by(Event.id.desc()).limit(1).scalar_subquery()


NEWEST_SHOWN = select(*newest_shown(bindparam("kind"), bindparam("record_id")))  # made once: every page asks it


def version(kind: Kind, record_id: int) -> str:
    """What changes when a customer's page of this record has something new to show, and at no other time."""
    own, shops = db.session.execute(NEWEST_SHOWN, {"kind": kind, "record_id": record_id}).one()
    return sealed(topic(kind, record_id), max(own or 0, shops or 0))


def staff_version() -> str:
    """What changes when the staff's pages have something new to show: with whatever rings anywhere."""
    return sealed(STAFF, newest_heard())


def newest_heard() -> int:
    """The number of the newest Event that rang anywhere."""
    newest = (select(func.max(Event.id).label("id")).where(Event.bell == bell) for bell in HEARD)
    return db.session.scalar(select(func.max(union_all(*newest).subquery().c.id))) or 0


def of(record: Record, *, limit: int) -> list[Event]:
    """The newest Events of a record, newest first."""
    events = select(Event).where(Event.kind == kind_of(record), Event.record_id == record.id)
    return list(db.session.scalars(events.order_by(Event.id.desc()).limit(limit)))


def last(record: Record, verbs: tuple[str, ...], **details: int) -> Event | None:
    """The newest Event of a record among `verbs`, with these details: who did that, and when."""
    events = select(Event).where(Event.kind == kind_of(record), Event.record_id == record.id, Event.verb.in_(verbs))
    events = events.where(*(Event.details[name].as_integer() == value for name, value in details.items()))
    return db.session.scalar(events.order_by(Event.id.desc()).limit(1))


def last_of_shop(verbs: tuple[str, ...]) -> Event | None:
    """The newest Event of the shop itself among `verbs`."""
    events = select(Event).where(Event.kind == SHOP, Event.record_id == 0, Event.verb.in_(verbs))
    return db.session.scalar(events.order_by(Event.id.desc()).limit(1))
