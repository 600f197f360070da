"""The shop's activity: who did what when, over all records, for those who may read it. Nobody can change it."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, and_, false, or_, select
from sqlalchemy.orm import joinedload

from models import Customer, Event, Kind, Role, Staff, db
from portal.domain.timeline import KINDS as TABLES
from portal.domain.timeline import SHOP, Record

# Done by the customer where no member of staff did it.
CUSTOMERS_OWN = ("opened", "message_left", "signed", "approved", "changes_requested", "declined")
# What a deed is about, by its verb. Any other verb is about the record itself, or about the settings of the shop.
ABOUT = {
    "messages": ("message_left", "message_answered", "message_reopened", "message_assigned", "message_unassigned"),
    "links": ("shared", "revoked", "opened"),
    "customers": ("customer_edited",),
    "people": ("card_edited", "photo_set", "password_set", "signed_out"),
    "mail": (),
    "prices": ("item_added", "item_edited", "item_archived", "item_restored"),
}
UNSAID = ("print_moved",)  # only rings
RECORDS = {"jobs": Kind.WORK_ORDER, "quotes": Kind.QUOTE, "invoices": Kind.INVOICE}
KINDS = (*RECORDS, *ABOUT, "settings")
FOR_THE_OWNER = {"people", "settings"}
# Who did it, where it is not the number of somebody on the staff.
CUSTOMER, MACHINE = "customer", "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is asked for; an empty value asks for nothing."""

    who: str = ""
    about: str = ""
    since: datetime | None = None
    until: datetime | None = None  # not included
    record: tuple[Kind, int] | None = None
    customer: int = 0
    before: tuple[datetime, int] | None = field(default=None)  # the last one that was shown: time and id


def kinds_for(person: Staff) -> tuple[str, ...]:
    """What `person` may read about: the owner everything, the office nothing of people and settings."""
    return KINDS if person.role is Role.OWNER else tuple(kind for kind in KINDS if kind not in FOR_THE_OWNER)


def find(asked: Filter, reader: Staff, *, limit: int) -> list[Event]:
    """The newest first. For owner and office; a technician reads nothing here."""
    if reader.role is Role.TECHNICIAN:
        return []
    found = select(Event).options(joinedload(Event.staff)).where(*_conditions(asked, reader))
    return list(db.session.scalars(_after(found, asked.before).limit(limit)))


def _after(found: Select, before: tuple[datetime, int] | None) -> Select:
    if before:
        at, id = before
        found = found.where(Event.at <= at, or_(Event.at < at, Event.id < id))
    return found.order_by(Event.at.desc(), Event.id.desc())


def _conditions(asked: Filter, reader: Staff) -> list:
    conditions = [Event.verb.not_in(UNSAID)]
    if reader.role is not Role.OWNER:
        conditions.append(or_(Event.kind != SHOP, Event.verb.in_(ABOUT["customers"] + ABOUT["mail"] + ABOUT["prices"])))
    if asked.who:
        conditions.append(_by(asked.who))
    if asked.about:
        conditions.append(_about(asked.about) if asked.about in KINDS else false())
    if asked.since:
        conditions.append(Event.at >= asked.since)
    if asked.until:
        conditions.append(Event.at < asked.until)
    if asked.record:
        kind, id = asked.record
        conditions.append(and_(Event.kind == kind, Event.record_id == id))
    if asked.customer:
        conditions.append(_of_customer(asked.customer))
    return conditions


def _by(who: str):
    if who == CUSTOMER:
        return and_(Event.staff_id.is_(None), Event.verb.in_(CUSTOMERS_OWN))
    if who == MACHINE:
        return and_(Event.staff_id.is_(None), Event.verb.not_in(CUSTOMERS_OWN))
    return Event.staff_id == int(who) if who.isascii() and who.isdigit() and len(who) < 10 else false()


def _about(about: str):
    if about in ABOUT:
        return Event.verb.in_(ABOUT[about])
    known = [verb for verbs in ABOUT.values() for verb in verbs]
    return and_(Event.kind == RECORDS.get(about, SHOP), Event.verb.not_in(known))


def _of_customer(id: int):
    """What was done to the card, and to the jobs, quotes and invoices of whoever is on it."""
    cards = and_(Event.kind == SHOP, Event.record_id == 0, Event.verb.in_(ABOUT["customers"]))
    theirs = (
        and_(Event.kind == kind, Event.record_id.in_(select(table.id).where(table.customer_id == id)))
        for table, kind in TABLES.items()
    )
    return or_(and_(cards, Event.details["customer_id"].as_integer() == id), *theirs)


def records_of(events: list[Event]) -> dict[tuple[str, int], Record]:
    """The work orders, quotes and invoices that these Events are about, by kind and id."""
    found = {}
    for table, kind in TABLES.items():
        ids = {event.record_id for event in events if event.kind == kind}
        records = db.session.scalars(select(table).where(table.id.in_(ids))) if ids else ()
        found |= {(kind.value, record.id): record for record in records}
    return found


def customers_of(events: list[Event]) -> dict[int, Customer]:
    """The customers whose cards these Events are about, by id."""
    ids = {customer_of(event) for event in events} - {0}
    return {card.id: card for card in db.session.scalars(select(Customer).where(Customer.id.in_(ids)))}


def customer_of(event: Event) -> int:
    """The customer whose card an Event is about; 0 when it is about something else."""
    return (event.details or {}).get("customer_id", 0) if event.kind == SHOP else 0
