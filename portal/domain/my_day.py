"""A technician's day: where to go in which order, and what is done."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from models import Staff, Status, Visit, WorkOrder, db
from portal import clock
from portal.domain import visits

MOST = 60  # visits a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One visit of the day."""

    visit: Visit
    work_order: WorkOrder
    is_current: bool  # the visit that the job's next step belongs to
    is_done: bool
    is_late: bool  # its window began on an earlier day and nobody has set off


def stops(person: Staff, zone: str) -> list[Stop]:
    """What `person` is sent to today, was late for, or is at, in the order of the day; what is done comes last."""
    today = clock.midnight(clock.today(zone), zone)
    tomorrow = clock.midnight(clock.today(zone) + timedelta(days=1), zone)
    is_open = and_(
        Visit.finished_at.is_(None),
        WorkOrder.status.in_((Status.SCHEDULED, Status.ON_THE_WAY, Status.IN_PROGRESS)),
        or_(Visit.starts_at < tomorrow, Visit.on_my_way_at.is_not(None), Visit.started_at.is_not(None)),
    )
    found = (
        select(Visit)
        .join(Visit.work_order)
        .where(Visit.technician_id == person.id, WorkOrder.archived_at.is_(None))
        .where(or_(is_open, Visit.finished_at >= today))
        .options(contains_eager(Visit.work_order).joinedload(WorkOrder.customer, innerjoin=True))
        .options(contains_eager(Visit.work_order).selectinload(WorkOrder.visits), joinedload(Visit.technician))
        .order_by(Visit.starts_at.is_(None), Visit.starts_at, Visit.id)
        .limit(MOST)
    )
    day = [_stop(visit, today) for visit in db.session.scalars(found)]
    return sorted(day, key=lambda stop: (stop.is_done, not visits.is_touched(stop.visit)))


def _stop(visit: Visit, today) -> Stop:
    is_untouched = not (visit.on_my_way_at or visit.started_at or visit.finished_at)
    return Stop(
        visit=visit,
        work_order=visit.work_order,
        is_current=visits.current(visit.work_order) is visit,
        is_done=visit.finished_at is not None,
        is_late=bool(is_untouched and visit.starts_at and visit.starts_at < today),
    )
