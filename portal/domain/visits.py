"""Visits: one trip to the site each, with a technician and the window agreed with the customer."""

from datetime import UTC, datetime

from sqlalchemy import Select, func, select

from models import Bell, Staff, Status, Visit, WorkOrder, db
from portal.domain import timeline
from portal.domain.refusals import ChangedMeanwhile, NotAllowed

FAR = datetime.max.replace(tzinfo=UTC)


def add(
    work_order: WorkOrder,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    technician: Staff | None = None,
) -> Visit:
    visit = Visit(work_order=work_order, starts_at=starts_at, ends_at=ends_at, technician=technician, edition=1)
    db.session.add(visit)
    db.session.flush()
    return visit


def book(
    work_order: WorkOrder,
    *,
    starts_at: datetime | None,
    ends_at: datetime | None,
    technician: Staff | None,
    by: Staff | None,
) -> Visit:
    """Agree on another trip. Both ends of the window (UTC) or neither. A finished or cancelled job is open again."""
    visit = add(work_order, starts_at, ends_at, technician)
    if work_order.status in (Status.COMPLETED, Status.CANCELLED):
        work_order.status, work_order.completed_at, work_order.cancelled_at = Status.SCHEDULED, None, None
        timeline.note(work_order, "reopened", by=by, bell=Bell.RING)
    timeline.note(work_order, "visit_booked", by=by, bell=Bell.RING, visit_id=visit.id)
    return visit


def move(
    visit: Visit,
    *,
    starts_at: datetime | None,
    ends_at: datetime | None,
    technician: Staff | None,
    seen: int,
    by: Staff,
) -> None:
    """Change window or technician. Raises ChangedMeanwhile if `seen` is an old edition."""
    same_window = (visit.starts_at, visit.ends_at) == (starts_at, ends_at)
    same_person = visit.technician_id == (technician.id if technician else None)
    if same_window and same_person:
        return
    if seen != visit.edition:
        last = timeline.last(visit.work_order, ("visit_moved", "visit_reassigned"), visit_id=visit.id)
        raise ChangedMeanwhile(last.staff.name if last and last.staff else "", last.at if last else None)
    visit.starts_at, visit.ends_at, visit.technician = starts_at, ends_at, technician
    visit.edition += 1
    timeline.note(
        visit.work_order, "visit_reassigned" if same_window else "visit_moved", by=by, bell=Bell.RING, visit_id=visit.id
    )


def remove(visit: Visit, *, by: Staff) -> None:
    """Take a visit out that nobody has set off for. Raises NotAllowed once it was begun: it is part of the story."""
    if visit.on_my_way_at or visit.started_at or visit.finished_at:
        raise NotAllowed("begun")
    timeline.note(visit.work_order, "visit_removed", by=by, bell=Bell.RING)
    visit.work_order.visits.remove(visit)
    db.session.delete(visit)


def current(work_order: WorkOrder) -> Visit | None:
    """The visit everybody means: the one under way, else the next one; of a closed job the last one that was made."""
    unfinished = [visit for visit in work_order.visits if not visit.finished_at]
    if unfinished and work_order.status is not Status.COMPLETED:
        return min(unfinished, key=lambda visit: (not is_touched(visit), visit.starts_at or FAR, visit.id))
    if work_order.status in (Status.COMPLETED, Status.CANCELLED):
        return last_finished(work_order)
    return None


def last_finished(work_order: WorkOrder) -> Visit | None:
    return max((v for v in work_order.visits if v.finished_at), key=lambda v: (v.finished_at, v.id), default=None)


def is_touched(visit: Visit) -> bool:
    return bool(visit.on_my_way_at or visit.started_at) and not visit.finished_at


def status_of(visit: Visit | None) -> Status:
    """What an open work order's status is, told by its visit alone."""
    if visit is None or visit.finished_at:
        return Status.SCHEDULED
    if visit.started_at:
        return Status.IN_PROGRESS
    return Status.ON_THE_WAY if visit.on_my_way_at else Status.SCHEDULED


def ahead_of(person: Staff, *, limit: int) -> list[Visit]:
    """What `person` has still to go to or to finish, the next one first; those without a date last."""
    order = (Visit.starts_at.is_(None), Visit.starts_at, Visit.id)
    theirs = _ahead(select(Visit)).where(Visit.technician_id == person.id)
    return list(db.session.scalars(theirs.order_by(*order).limit(limit)))


def ahead() -> dict[int, int]:
    """{technician's id: how many visits they have still to make}."""
    counted = select(Visit.technician_id, func.count(Visit.id)).where(Visit.technician_id.is_not(None))
    return dict(db.session.execute(_ahead(counted).group_by(Visit.technician_id)).all())


def _ahead(found: Select) -> Select:
    closed = (Status.COMPLETED, Status.CANCELLED)
    unfinished = (Visit.finished_at.is_(None), WorkOrder.status.not_in(closed), WorkOrder.archived_at.is_(None))
    return found.join(Visit.work_order).where(*unfinished)
