"""Work orders: booked, moved through their stages, undone when a thumb slipped."""

from models import Bell, Customer, Role, Staff, Status, Visit, WorkOrder, db
from portal import clock
from portal.domain import numbers, timeline, visits
from portal.domain.refusals import ChangedMeanwhile, NotAllowed

OPEN = (Status.SCHEDULED, Status.ON_THE_WAY, Status.IN_PROGRESS)
MOVES = ("set_off", "started", "finished_visit", "completed", "cancelled", "reopened", "undone")
PLACE = ("title", "street", "locality", "time_zone")


def book(
    customer: Customer,
    *,
    title: str,
    street: str,
    locality: str,
    time_zone: str,
    internal_notes: str = "",
    by: Staff | None,
) -> WorkOrder:
    """Take a job on. Its first visit is booked with `visits.book`."""
    work_order = WorkOrder(
        number=numbers.next_in("work_order"),
        customer=customer,
        title=title,
        street=street,
        locality=locality,
        time_zone=time_zone,
        internal_notes=internal_notes,
        status=Status.SCHEDULED,
        scheduled_at=clock.now(),
        edition=1,
    )
    db.session.add(work_order)
    db.session.flush()
    timeline.note(work_order, "booked", by=by, bell=Bell.RING)
    return work_order


def may_see(work_order: WorkOrder, person: Staff) -> bool:
    """Technicians see the jobs they are, or were, sent to."""
    return sees_all(person) or any(visit.technician_id == person.id for visit in work_order.visits)


def sees_all(person: Staff) -> bool:
    return person.role is not Role.TECHNICIAN


def edit(work_order: WorkOrder, values: dict, *, customer: Customer, seen: int, by: Staff) -> None:
    """Change title, place, customer and notes. Raises ChangedMeanwhile if `seen` is an old edition."""
    require_edition(work_order, seen)
    shown = [name for name in PLACE if getattr(work_order, name) != values[name]]
    private = work_order.internal_notes != values["internal_notes"] or work_order.customer_id != customer.id
    for name in shown:
        setattr(work_order, name, values[name])
    work_order.internal_notes, work_order.customer = values["internal_notes"], customer
    if shown or private:
        work_order.edition += 1
        timeline.note(work_order, "edited", by=by, bell=Bell.RING if shown else Bell.SILENT, fields=", ".join(shown))


def save_notes(work_order: WorkOrder, text: str, *, seen: int, by: Staff) -> None:
    """Change the internal notes. Raises ChangedMeanwhile if `seen` is an old edition."""
    if work_order.internal_notes == text:
        return
    require_edition(work_order, seen)
    work_order.internal_notes = text
    work_order.edition += 1
    timeline.note(work_order, "notes_edited", by=by)


def require_edition(work_order: WorkOrder, seen: int) -> None:
    if seen == work_order.edition:
        return
    last = timeline.last(work_order, ("edited", "notes_edited", "booked"))
    who = last.staff.name if last and last.staff else ""
    raise ChangedMeanwhile(who, last.at if last else None)


def set_off(work_order: WorkOrder, *, by: Staff) -> None:
    """The technician is on the way. Raises NotAllowed unless a visit is waiting."""
    visit = _visit_when(work_order, Status.SCHEDULED)
    visit.on_my_way_at = clock.now()
    _move(work_order, Status.ON_THE_WAY, "set_off", by)


def start(work_order: WorkOrder, *, by: Staff) -> None:
    """Work begins. Raises NotAllowed unless a visit is waiting or somebody is on the way."""
    visit = _visit_when(work_order, Status.SCHEDULED, Status.ON_THE_WAY)
    visit.started_at = clock.now()
    _move(work_order, Status.IN_PROGRESS, "started", by)


def complete(work_order: WorkOrder, *, by: Staff) -> None:
    """All the work is done. Raises NotAllowed unless it was started."""
    visit = _visit_when(work_order, Status.IN_PROGRESS)
    visit.finished_at = work_order.completed_at = clock.now()
    _move(work_order, Status.COMPLETED, "completed", by)


def finish_visit(work_order: WorkOrder, *, by: Staff) -> None:
    """Done for this time, somebody comes again. Raises NotAllowed unless work was started."""
    visit = _visit_when(work_order, Status.IN_PROGRESS)
    visit.finished_at = clock.now()
    _move(work_order, Status.SCHEDULED, "finished_visit", by)


def cancel(work_order: WorkOrder, *, by: Staff) -> None:
    """Nobody comes. Raises NotAllowed once it is completed or cancelled."""
    if work_order.status not in OPEN:
        raise NotAllowed(work_order.status)
    work_order.cancelled_at = clock.now()
    _move(work_order, Status.CANCELLED, "cancelled", by)


def undoable(work_order: WorkOrder) -> str | None:
    """The verb that `undo` would take back, or None."""
    match work_order.status:
        case Status.ON_THE_WAY:
            return "set_off"
        case Status.IN_PROGRESS:
            return "started"
        case Status.COMPLETED:
            return "completed"
        case Status.CANCELLED:
            return "cancelled"
    last = timeline.last(work_order, MOVES)
    return "finished_visit" if last and last.verb == "finished_visit" else None


def undo(work_order: WorkOrder, *, by: Staff, verb: str) -> None:
    """Take back the last step, which the person saw as `verb`. Raises NotAllowed when something else happened since."""
    if verb != undoable(work_order):
        raise NotAllowed(work_order.status)
    visit = visits.last_finished(work_order) if verb in ("completed", "finished_visit") else visits.current(work_order)
    match verb:
        case "set_off":
            visit.on_my_way_at = None
        case "started":
            visit.started_at = None
        case "completed" | "finished_visit":
            work_order.completed_at = None
            if visit:
                visit.finished_at = None
        case "cancelled":
            work_order.cancelled_at = None
    _move(work_order, visits.status_of(visit), "undone", by, what=verb)


def _visit_when(work_order: WorkOrder, *statuses: Status) -> Visit:
    """The visit that a step belongs to. A job may be started before anybody has booked a time for it."""
    if work_order.status not in statuses:
        raise NotAllowed(work_order.status)
    visit = visits.current(work_order)
    if visit is None or visit.finished_at:
        visit = visits.add(work_order)
    return visit


def _move(work_order: WorkOrder, status: Status, verb: str, by: Staff | None, **details: str) -> None:
    work_order.status = status
    timeline.note(work_order, verb, by=by, bell=Bell.RING, **details)
