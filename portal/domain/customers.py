"""Customers: found by what the office remembers of them, never shown to one another."""

from sqlalchemy import func, or_, select, tuple_

from models import Customer, Staff, WorkOrder, db
from portal import clock
from portal.db import contains
from portal.domain import timeline
from portal.domain.refusals import ChangedMeanwhile, NotAllowed
from portal.domain.work_orders import OPEN

CARD = ("name", "phone", "email", "street", "locality", "notes", "locale")
LATELY = 5


def add(
    *,
    name: str,
    phone: str = "",
    email: str = "",
    street: str = "",
    locality: str = "",
    notes: str = "",
    locale: str = "",
    by: Staff | None = None,
) -> Customer:
    customer = Customer(
        name=name,
        phone=phone,
        email=email,
        street=street,
        locality=locality,
        notes=notes,
        locale=locale,
        created_at=clock.now(),
        edition=1,
    )
    db.session.add(customer)
    db.session.flush()
    if by:
        timeline.note_shop("customer_added", by=by, customer_id=customer.id)
    return customer


def edit(customer: Customer, values: dict[str, str], *, seen: int, by: Staff) -> None:
    """Change the card; work orders keep the address they were booked with.

    Raises ChangedMeanwhile if `seen` is old, NotAllowed if the card was merged into another.
    """
    if customer.merged_into_id:
        raise NotAllowed("merged")
    require_edition(customer, seen)
    changed = [name for name in CARD if getattr(customer, name) != values[name]]
    for name in changed:
        setattr(customer, name, values[name])
    if changed:
        customer.edition += 1
        timeline.note_shop("customer_edited", by=by, customer_id=customer.id)


def require_edition(customer: Customer, seen: int) -> None:
    if seen != customer.edition:
        raise ChangedMeanwhile("", None)


def archive(customer: Customer, *, by: Staff) -> None:
    """Take the card out of every list. Raises NotAllowed while somebody still has to go there."""
    if customer.archived_at:
        return
    if open_jobs(customer):
        raise NotAllowed("open work orders")
    customer.archived_at = clock.now()
    customer.edition += 1
    timeline.note_shop("customer_archived", by=by, customer_id=customer.id)


def bring_back(customer: Customer, *, by: Staff) -> None:
    """Put an archived card back into the lists. Raises NotAllowed if it was merged into another."""
    if customer.merged_into_id:
        raise NotAllowed("merged")
    if customer.archived_at:
        customer.archived_at = None
        customer.edition += 1
        timeline.note_shop("customer_restored", by=by, customer_id=customer.id)


def standing(customer: Customer | None) -> Customer | None:
    """The card that holds this one's jobs now: itself, or the one it was merged into."""
    return db.session.get(Customer, customer.merged_into_id) if customer and customer.merged_into_id else customer


def open_jobs(customer: Customer) -> int:
    return _jobs(customer, WorkOrder.status.in_(OPEN))


def jobs(customer: Customer) -> int:
    return _jobs(customer)


def _jobs(customer: Customer, *conditions) -> int:
    theirs = select(func.count(WorkOrder.id)).where(WorkOrder.customer_id == customer.id, *conditions)
    return db.session.scalar(theirs)


def named(name: str) -> list[Customer]:
    """Those who go by this very name, so that the office can say which one is meant."""
    same = select(Customer).where(func.lower(Customer.name) == name.strip().lower(), Customer.archived_at.is_(None))
    return list(db.session.scalars(same.order_by(Customer.id).limit(10)))


def matching(query: str):
    """The condition that a customer is meant by `query`: a piece of name, phone, email or address."""
    fields = (Customer.name, Customer.phone, Customer.email, Customer.street, Customer.locality)
    conditions = [contains(field, query.strip()) for field in fields]
    digits = digits_of(query)
    if len(digits) >= 4:
        conditions.append(plain_digits(Customer.phone).like(f"%{digits}%"))
    return or_(*conditions)


def plain_digits(column):
    """The column without what people put between digits."""
    for mark in ("(", ")", "-", " ", ".", "+", "/"):
        column = func.replace(column, mark, "")
    return column


def digits_of(text: str) -> str:
    return "".join(c for c in text if c.isdecimal() and c.isascii())


def found_by(query: str, *, archived: bool = False):
    """The condition for a list: what is meant by `query`, or the customer of the job with that number."""
    is_archived = Customer.archived_at.is_not(None) if archived else Customer.archived_at.is_(None)
    listed = is_archived & Customer.merged_into_id.is_(None)
    if not query.strip():
        return listed
    number = query.strip().lstrip("#")
    if not (number.isascii() and number.isdecimal() and len(number) <= 9):
        return listed & matching(query)
    booked = select(WorkOrder.customer_id).where(WorkOrder.number == int(number))
    return listed & or_(matching(query), Customer.id.in_(booked))


def find(
    query: str, *, limit: int, after: Customer | None = None, archived: bool = False
) -> list[tuple[Customer, int]]:
    """(customer, number of their work orders), by name, beginning behind `after`."""
    by_name = (func.lower(Customer.name), Customer.id)
    found = select(Customer).where(found_by(query, archived=archived))
    if after:
        # Its name as the database orders it, not as Python does.
        place = select(func.lower(Customer.name)).where(Customer.id == after.id).scalar_subquery()
        found = found.where(tuple_(*by_name) > tuple_(place, after.id))
    return with_jobs(list(db.session.scalars(found.order_by(*by_name).limit(limit))))


def count(query: str = "", *, archived: bool = False) -> int:
    return db.session.scalar(select(func.count(Customer.id)).where(found_by(query, archived=archived)))


def lately() -> list[tuple[Customer, int]]:
    """Whom the office last booked a job for, newest first."""
    newest = select(WorkOrder.customer_id).order_by(WorkOrder.id.desc()).limit(LATELY * 8)
    ids = list(dict.fromkeys(db.session.scalars(newest)))
    here = db.session.scalars(select(Customer).where(Customer.id.in_(ids), Customer.archived_at.is_(None)))
    return with_jobs(sorted(here, key=lambda customer: ids.index(customer.id))[:LATELY])


def with_jobs(customers: list[Customer]) -> list[tuple[Customer, int]]:
    """Each with the number of their work orders. Counted for these alone: a count in the list's own query is
    made for every row before it is sorted."""
    theirs = select(WorkOrder.customer_id, func.count(WorkOrder.id)).group_by(WorkOrder.customer_id)
    counted = dict(db.session.execute(theirs.where(WorkOrder.customer_id.in_([c.id for c in customers]))).all())
    return [(customer, counted.get(customer.id, 0)) for customer in customers]
