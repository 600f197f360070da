"""Customers: found by what the office remembers of them, never shown to one another."""

from sqlalchemy import func, or_, select

from models import Customer, Staff, WorkOrder, db
from portal import clock
from portal.domain import timeline
from portal.domain.refusals import ChangedMeanwhile

CARD = ("name", "phone", "email", "street", "locality", "notes")


def add(
    *, name: str, phone: str = "", email: str = "", street: str = "", locality: str = "", notes: str = ""
) -> Customer:
    customer = Customer(
        name=name,
        phone=phone,
        email=email,
        street=street,
        locality=locality,
        notes=notes,
        created_at=clock.now(),
        edition=1,
    )
    db.session.add(customer)
    db.session.flush()
    return customer


def edit(customer: Customer, values: dict[str, str], *, seen: int, by: Staff) -> None:
    """Change the card; work orders keep the address they were booked with. Raises ChangedMeanwhile if `seen` is old."""
    if seen != customer.edition:
        raise ChangedMeanwhile("", None)
    changed = [name for name in CARD if getattr(customer, name) != values[name]]
    for name in changed:
        setattr(customer, name, values[name])
    if changed:
        customer.edition += 1
        timeline.note_shop("customer_edited", by=by, customer_id=customer.id)


def named(name: str) -> list[Customer]:
    """Those who go by this very name, so that the office can say which one is meant."""
    same = select(Customer).where(func.lower(Customer.name) == name.strip().lower(), Customer.archived_at.is_(None))
    return list(db.session.scalars(same.order_by(Customer.id).limit(10)))


def matching(query: str):
    """The condition that a customer is meant by `query`: a piece of name, phone, e-mail or street."""
    piece = f"%{escaped(query.strip().lower())}%"
    fields = (Customer.name, Customer.phone, Customer.email, Customer.street, Customer.locality)
    conditions = [func.lower(field).like(piece, escape="\\") for field in fields]
    digits = "".join(c for c in query if c.isdigit())
    if len(digits) >= 4:
        conditions.append(plain_digits(Customer.phone).like(f"%{digits}%"))
    return or_(*conditions)


def plain_digits(column):
    """The column without what people put between digits."""
    for mark in ("(", ")", "-", " ", ".", "+", "/"):
        column = func.replace(column, mark, "")
    return column


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def find(query: str, *, limit: int, offset: int = 0) -> list[tuple[Customer, int]]:
    """(customer, number of their work orders), by name."""
    jobs = select(func.count(WorkOrder.id)).where(WorkOrder.customer_id == Customer.id).scalar_subquery()
    found = select(Customer, jobs).where(Customer.archived_at.is_(None))
    if query.strip():
        found = found.where(matching(query))
    return [
        tuple(row)
        for row in db.session.execute(
            found.order_by(func.lower(Customer.name), Customer.id).limit(limit).offset(offset)
        )
    ]
