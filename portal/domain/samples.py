"""Sample records: which they are, and how they leave a shop that became real.

They are told apart by the list that is left when the sample shop is filled: what is not on it was added by hand. Of
those on it, what somebody has rewritten in its form stays too, and so does whoever a record that stays needs.
"""

from dataclasses import dataclass

from sqlalchemy import delete, select, update

from models import (
    Bell,
    Counter,
    Customer,
    Event,
    Kind,
    Link,
    Mail,
    Message,
    Part,
    Photo,
    Signature,
    SignInLink,
    Staff,
    Visit,
    WorkOrder,
    db,
)
from portal import clock
from portal.db import locked
from portal.domain import timeline

FILLED, CLEARED = "samples_filled", "samples_cleared"


@dataclass(frozen=True, kw_only=True)
class Samples:
    """What would be cleared, by id, and what only looks like it."""

    jobs: frozenset[int] = frozenset()
    customers: frozenset[int] = frozenset()
    staff: frozenset[int] = frozenset()
    jobs_staying: int = 0  # samples that somebody rewrote
    customers_staying: int = 0

    def __bool__(self) -> bool:
        return bool(self.jobs or self.customers or self.staff)


def mark(*, jobs: list[int], customers: list[int], staff: list[int]) -> None:
    """Remember which records are samples."""
    timeline.note_shop(FILLED, by=None, jobs=jobs, customers=customers, staff=staff)


def found() -> Samples:
    """The samples that are still here and that nobody made their own."""
    marked = _marked()
    jobs_here = _here(WorkOrder, marked["jobs"])
    jobs = {id for id, edition in jobs_here if edition == 1}
    customers_here = _here(Customer, marked["customers"])
    customers = _unneeded({id for id, edition in customers_here if edition == 1}, jobs)
    return Samples(
        jobs=frozenset(jobs),
        customers=frozenset(customers),
        staff=frozenset(_unneeded_staff(marked["staff"], jobs)),
        jobs_staying=len(jobs_here) - len(jobs),
        customers_staying=len(customers_here) - len(customers),
    )


def _marked() -> dict[str, set[int]]:
    last_cleared = select(Event.id).where(Event.kind == timeline.SHOP, Event.verb == CLEARED)
    since = db.session.scalar(last_cleared.order_by(Event.id.desc()).limit(1)) or 0
    events = select(Event).where(Event.kind == timeline.SHOP, Event.verb == FILLED, Event.id > since)
    lists = [event.details for event in db.session.scalars(events)]
    return {noun: {id for details in lists for id in details[noun]} for noun in ("jobs", "customers", "staff")}


def _here(model: type[WorkOrder] | type[Customer], ids: set[int]) -> list[tuple[int, int]]:
    """(id, edition) of those that exist."""
    rows = locked(select(model.id, model.edition).where(model.id.in_(ids)))
    return [tuple(row) for row in db.session.execute(rows)]


def _unneeded(customers: set[int], jobs: set[int]) -> set[int]:
    """Those without a job that stays, and into whom nobody who stays was merged."""
    working = select(WorkOrder.customer_id).where(WorkOrder.customer_id.in_(customers), WorkOrder.id.not_in(jobs))
    customers = customers - set(db.session.scalars(working))
    merged = select(Customer.id, Customer.merged_into_id).where(Customer.merged_into_id.is_not(None))
    pairs = db.session.execute(merged).all()
    while needed := {into for id, into in pairs if into in customers and id not in customers}:
        customers = customers - needed
    return customers


def _unneeded_staff(marked: set[int], jobs: set[int]) -> set[int]:
    """Those who cannot sign in by a password of their own and go to no job that stays."""
    idle = select(Staff.id).where(Staff.id.in_(marked), Staff.password_hash.is_(None), Staff.archived_at.is_(None))
    sent = select(Visit.technician_id).where(Visit.work_order_id.not_in(jobs), Visit.technician_id.is_not(None))
    return set(db.session.scalars(idle)) - set(db.session.scalars(sent))


def clear(samples: Samples, *, by: Staff) -> list[str]:
    """Remove the samples for good. Gives the names of files to forget once this is committed.

    Whoever has one of their pages open sees it close. Everybody's session ends, also that of `by`: numbers of removed
    records may be given again, and a page left open in some tab must not act on what gets the number next.
    """
    _close_pages(samples.jobs, by)
    timeline.note_shop(CLEARED, by=by, bell=Bell.RING, jobs=len(samples.jobs), customers=len(samples.customers))
    # The newest Event stays, so that no later one gets the number of one that goes.
    db.session.flush()
    files = _remove_jobs(samples.jobs)
    _delete(Customer, Customer.id.in_(samples.customers))
    files += _let_go(samples.staff)
    if db.session.scalar(select(WorkOrder.id).limit(1)) is None:
        _delete(Counter, Counter.series == "work_order")
    db.session.execute(update(Staff).values(session_epoch=Staff.session_epoch + 1))
    db.session.expire_all()
    return [name for name in files if name]


def _close_pages(jobs: frozenset[int], by: Staff) -> None:
    """Ring the pages behind the jobs' links for the last time."""
    shared = select(WorkOrder, Link.id).join(
        Link, (Link.record_id == WorkOrder.id) & (Link.kind == Kind.WORK_ORDER) & Link.revoked_at.is_(None)
    )
    for job, link_id in db.session.execute(shared.where(WorkOrder.id.in_(jobs))).all():
        timeline.note(job, "revoked", by=by, bell=Bell.DISMISS, link_id=link_id)
    db.session.flush()


def _remove_jobs(jobs: frozenset[int]) -> list[str]:
    """Delete the jobs and all that hangs on them, from the leaves inward. Gives their photos' files."""
    files = [
        name
        for row in db.session.execute(select(Photo.full, Photo.thumb).where(Photo.work_order_id.in_(jobs)))
        for name in row
    ]
    ours = (Link.kind == Kind.WORK_ORDER) & Link.record_id.in_(jobs)
    links, messages = select(Link.id).where(ours), select(Message.id).where(Message.work_order_id.in_(jobs))
    _delete(Mail, Mail.link_id.in_(links) | Mail.message_id.in_(messages))
    for model in (Message, Signature, Photo, Part, Visit):
        _delete(model, model.work_order_id.in_(jobs))
    _delete(Link, ours)
    _delete(Event, (Event.kind == Kind.WORK_ORDER) & Event.record_id.in_(jobs))
    _delete(WorkOrder, WorkOrder.id.in_(jobs))
    return files


def _let_go(staff: frozenset[int]) -> list[str]:
    """Delete these people. Who is named in what stays is only archived: the log keeps its names."""
    _delete(Mail, Mail.staff_id.in_(staff))
    _delete(SignInLink, SignInLink.staff_id.in_(staff))
    named: set[int] = set()
    for column in (Event.staff_id, Link.created_by_id, Message.assigned_to_id):
        named |= set(db.session.scalars(select(column).where(column.in_(staff))))
    db.session.execute(update(Staff).where(Staff.id.in_(named)).values(archived_at=clock.now()))
    gone = staff - named
    files = list(db.session.scalars(select(Staff.photo).where(Staff.id.in_(gone))))
    _delete(Staff, Staff.id.in_(gone))
    return files


def _delete(model, which) -> None:
    db.session.execute(delete(model).where(which), execution_options={"synchronize_session": False})
