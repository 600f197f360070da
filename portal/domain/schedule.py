"""The dispatcher's lists: what is on today, what comes, what is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, String, and_, cast, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from models import Customer, Kind, Link, Staff, Status, Visit, WorkOrder, db
from portal import clock
from portal.db import contains
from portal.domain import customers, messages, visits, work_orders
from portal.domain.work_orders import OPEN

RUNNING = (Status.ON_THE_WAY, Status.IN_PROGRESS)
DONE_DAYS = 30
TABS = ("today", "upcoming", "done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One work order in a list, with the visit that puts it there."""

    work_order: WorkOrder
    visit: Visit | None
    is_shared: bool
    has_message: bool  # that waits for an answer
    is_late: bool  # its window began on an earlier day and nobody has set off

    @property
    def is_unassigned(self) -> bool:
        return self.work_order.status is Status.SCHEDULED and (self.visit is None or self.visit.technician_id is None)


def counts(person: Staff, zone: str) -> dict[str, int]:
    """How many work orders stand under each tab for `person`."""
    number = select(func.count(WorkOrder.id))
    return {tab: db.session.scalar(_seen_by(person, number).where(_under(tab, zone))) for tab in TABS}


def unassigned_today(person: Staff, zone: str) -> int:
    has_nobody = select(Visit.id).where(Visit.work_order_id == WorkOrder.id, Visit.technician_id.is_(None)).exists()
    has_none = ~select(Visit.id).where(Visit.work_order_id == WorkOrder.id).exists()
    found = _seen_by(person).where(_under("today", zone), WorkOrder.status == Status.SCHEDULED, has_nobody | has_none)
    return sum(row.is_unassigned for row in _load(found, (WorkOrder.id,), zone, 200, 0))


def rows(tab: str, person: Staff, zone: str, *, limit: int, offset: int = 0) -> list[Row]:
    """The work orders under a tab, in the order of the day; done ones newest first."""
    if tab == "done":
        order = (func.coalesce(WorkOrder.completed_at, WorkOrder.cancelled_at).desc(), WorkOrder.id.desc())
    else:
        shown = func.coalesce(_next_start(), _last_start())
        order = (shown.is_(None), shown, WorkOrder.id)
    return _load(_seen_by(person).where(_under(tab, zone)), order, zone, limit, offset)


def search(query: str, person: Staff, zone: str, *, limit: int, offset: int = 0) -> list[Row]:
    """Work orders by customer, street, phone, title or number, newest first, whatever their state."""
    piece = query.strip()
    meant = [contains(field, piece) for field in (WorkOrder.title, WorkOrder.street, WorkOrder.locality)]
    if piece.lstrip("#").isdigit():
        meant.append(cast(WorkOrder.number, String).like(f"{piece.lstrip('#')}%"))
    # Each customer is looked at once, not once for each of their jobs.
    theirs = WorkOrder.customer_id.in_(select(Customer.id).where(customers.matching(piece)))
    found = _seen_by(person).where(or_(theirs, *meant))
    return _load(found, (WorkOrder.id.desc(),), zone, limit, offset)


def of_customer(customer: Customer, zone: str, *, limit: int, before: int = 0) -> list[Row]:
    """Their work orders, newest first, beginning behind the one with the id `before`."""
    found = select(WorkOrder).where(WorkOrder.customer_id == customer.id)
    if before:
        found = found.where(WorkOrder.id < before)
    return _load(found, (WorkOrder.id.desc(),), zone, limit, 0)


def _under(tab: str, zone: str):
    """The condition that a work order stands under a tab."""
    tomorrow = clock.midnight(clock.today(zone) + timedelta(days=1), zone)
    open_ones = WorkOrder.status.in_(OPEN)
    is_today = or_(
        WorkOrder.status.in_(RUNNING),
        _next_start() < tomorrow,
        _finished_since(clock.midnight(clock.today(zone), zone)),
    )
    match tab:
        case "today":
            # Its status is not asked for: SQLite would walk through all that were ever completed.
            ended_today = WorkOrder.completed_at >= clock.midnight(clock.today(zone), zone)
            return or_(and_(open_ones, is_today), ended_today)
        case "upcoming":
            later = or_(_next_start() >= tomorrow, _next_start().is_(None))
            return and_(WorkOrder.status == Status.SCHEDULED, later)
        case "done":
            since = clock.now() - timedelta(days=DONE_DAYS)
            return or_(WorkOrder.completed_at >= since, WorkOrder.cancelled_at >= since)
    raise LookupError(tab)


def _seen_by(person: Staff, what: Select | None = None) -> Select:
    """The work orders a member of staff may see, or `what` of them."""
    found = select(WorkOrder) if what is None else what
    found = found.where(WorkOrder.archived_at.is_(None))
    if work_orders.sees_all(person):
        return found
    return found.where(WorkOrder.id.in_(select(Visit.work_order_id).where(Visit.technician_id == person.id)))


def _next_start():
    """When the next unfinished visit of a work order begins, or NULL."""
    waiting = select(func.min(Visit.starts_at)).where(Visit.work_order_id == WorkOrder.id, Visit.finished_at.is_(None))
    return waiting.correlate(WorkOrder).scalar_subquery()


def _last_start():
    """When the last visit of a work order began, or NULL."""
    made = select(func.max(Visit.starts_at)).where(Visit.work_order_id == WorkOrder.id)
    return made.correlate(WorkOrder).scalar_subquery()


def _finished_since(moment: datetime):
    made = select(Visit.id).where(Visit.work_order_id == WorkOrder.id, Visit.finished_at >= moment)
    return made.correlate(WorkOrder).exists()


def _load(found: Select, order: tuple, zone: str, limit: int, offset: int) -> list[Row]:
    found = found.options(
        joinedload(WorkOrder.customer, innerjoin=True), selectinload(WorkOrder.visits).joinedload(Visit.technician)
    )
    loaded = list(db.session.scalars(found.order_by(*order).limit(limit).offset(offset)))
    alive = select(Link.record_id).where(
        Link.kind == Kind.WORK_ORDER, Link.revoked_at.is_(None), Link.record_id.in_([w.id for w in loaded])
    )
    shared = set(db.session.scalars(alive))
    midnight = clock.midnight(clock.today(zone), zone)
    asked = messages.jobs_with_open([w.id for w in loaded])
    return [_row(w, midnight, is_shared=w.id in shared, has_message=w.id in asked) for w in loaded]


def _row(work_order: WorkOrder, midnight: datetime, **marks: bool) -> Row:
    visit = visits.current(work_order)
    is_late = bool(work_order.status is Status.SCHEDULED and visit and visit.starts_at and visit.starts_at < midnight)
    return Row(work_order=work_order, visit=visit, is_late=is_late, **marks)
