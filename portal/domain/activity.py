"""The shop's activity: who did what when, over all records, for those who may read it. Nobody can change it."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, and_, false, or_, select
from sqlalchemy.orm import joinedload

from models import Customer, Event, Kind, Role, Staff, WorkOrder, db
from portal.domain.timeline import SHOP

# Done by the customer where no member of staff did it.
CUSTOMERS_OWN = ("opened", "message_left", "signed")
# What a deed is about, by its verb. Any other verb is about the work order, or about the settings of the shop.
ABOUT = {
    "messages": ("message_left", "message_answered", "message_reopened", "message_assigned", "message_unassigned"),
    "links": ("shared", "revoked", "opened"),
    "customers": ("customer_edited",),
    "people": ("card_edited", "photo_set", "password_set", "signed_out"),
    "mail": (),
}
KINDS = ("jobs", *ABOUT, "settings")
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
    job: int = 0
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
    conditions = []
    if reader.role is not Role.OWNER:
        conditions.append(or_(Event.kind != SHOP, Event.verb.in_(ABOUT["customers"] + ABOUT["mail"])))
    if asked.who:
        conditions.append(_by(asked.who))
    if asked.about:
        conditions.append(_about(asked.about) if asked.about in KINDS else false())
    if asked.since:
        conditions.append(Event.at >= asked.since)
    if asked.until:
        conditions.append(Event.at < asked.until)
    if asked.job:
        conditions.append(and_(Event.kind == Kind.WORK_ORDER, Event.record_id == asked.job))
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
    is_shops = Event.kind == SHOP if about == "settings" else Event.kind != SHOP
    return and_(is_shops, Event.verb.not_in(known))


def _of_customer(id: int):
    """What was done to the card, and to the jobs of whoever is on it."""
    cards = and_(Event.kind == SHOP, Event.record_id == 0, Event.verb.in_(ABOUT["customers"]))
    jobs = select(WorkOrder.id).where(WorkOrder.customer_id == id)
    return or_(
        and_(cards, Event.details["customer_id"].as_integer() == id),
        and_(Event.kind == Kind.WORK_ORDER, Event.record_id.in_(jobs)),
    )


def records_of(events: list[Event]) -> tuple[dict[int, WorkOrder], dict[int, Customer]]:
    """The work orders and the customers that these Events are about, by id."""
    job_ids = {event.record_id for event in events if event.kind == Kind.WORK_ORDER}
    customer_ids = {customer_of(event) for event in events}
    jobs = db.session.scalars(select(WorkOrder).where(WorkOrder.id.in_(job_ids)))
    cards = db.session.scalars(select(Customer).where(Customer.id.in_(customer_ids - {0})))
    return {job.id: job for job in jobs}, {card.id: card for card in cards}


def customer_of(event: Event) -> int:
    """The customer whose card an Event is about; 0 when it is about something else."""
    return (event.details or {}).get("customer_id", 0) if event.kind == SHOP else 0
