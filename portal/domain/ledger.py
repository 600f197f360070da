"""The office's list of payments: what came and what went back over all invoices, and what of it needs a look."""

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from models import Customer, Invoice, Payment, db
from portal.db import contains

TABS = ("all", "look")
NEEDS_A_LOOK = (Payment.flag != "", Payment.looked_at.is_(None))


def payments(tab: str, query: str, *, limit: int, offset: int = 0) -> list[Payment]:
    """The newest first; with a `query`, of every tab."""
    found = _found(query)
    if tab == "look" and not query:
        found = found.where(*NEEDS_A_LOOK)
    return list(db.session.scalars(found.order_by(Payment.id.desc()).limit(limit).offset(offset)))


def counts() -> dict[str, int]:
    return {"all": db.session.scalar(select(func.count(Payment.id))), "look": to_look_at()}


def to_look_at() -> int:
    """How many somebody has to look at, and nobody has yet."""
    return db.session.scalar(select(func.count(Payment.id)).where(*NEEDS_A_LOOK))


def needs_a_look(payment: Payment) -> bool:
    return bool(payment.flag) and payment.looked_at is None


def _found(query: str) -> Select:
    """By customer, number of the invoice, reference, or Stripe's name for the payment."""
    found = select(Payment).join(Payment.invoice).join(Invoice.customer)
    found = found.options(contains_eager(Payment.invoice).contains_eager(Invoice.customer), joinedload(Payment.staff))
    for word in query.split():
        hits = [contains(Customer.name, word), contains(Payment.reference, word), Payment.provider_id == word]
        number = word.removeprefix("#")
        if number.isascii() and number.isdigit() and len(number) <= 9:
            hits.append(Invoice.number == int(number))
        found = found.where(or_(*hits))
    return found
