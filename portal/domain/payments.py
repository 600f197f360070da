"""Payments: money that came or went back, kept whatever the invoice says by then."""

from datetime import date

from models import Bell, Invoice, InvoiceStatus, Method, Payment, Staff, db
from portal import clock, money
from portal.db import lock
from portal.domain import timeline
from portal.domain.invoices import living_payments as of
from portal.domain.refusals import ChangedMeanwhile, NotAllowed

__all__ = ["of", "record", "take_back"]


def record(
    invoice: Invoice,
    *,
    amount: int,
    method: Method,
    paid_on: date,
    reference: str = "",
    by: Staff | None,
    seen: int | None = None,
) -> Payment:
    """Write down that money came, or with a negative `amount` went back. Too much is kept, and so is what comes late.

    `seen`: how many payments the form knew of, so that pressing twice pays once: raises ChangedMeanwhile. Raises
    NotAllowed for nothing, and for a draft or a credit note: its money belongs to what it takes back.
    """
    money.within_range(amount, "amount")
    lock(invoice)
    if seen is not None and seen != len(invoice.payments):
        last = invoice.payments[-1]
        raise ChangedMeanwhile(last.staff.name if last.staff else "", last.created_at)
    if amount == 0 or invoice.status is InvoiceStatus.DRAFT or invoice.credits_id:
        raise NotAllowed(invoice.status)
    payment = Payment(
        invoice=invoice,
        amount=amount,
        method=method,
        paid_on=paid_on,
        reference=reference,
        staff=by,
        created_at=clock.now(),
    )
    db.session.add(payment)
    db.session.flush()
    timeline.note(invoice, "payment_recorded", by=by, bell=Bell.RING, amount=amount, payment_id=payment.id)
    return payment


def take_back(payment: Payment, *, by: Staff) -> None:
    """It was entered by mistake: it stays on record and counts no more."""
    lock(payment.invoice)
    lock(payment)
    if payment.taken_back_at is None:
        payment.taken_back_at = clock.now()
        details = {"amount": payment.amount, "payment_id": payment.id}
        timeline.note(payment.invoice, "payment_taken_back", by=by, bell=Bell.RING, **details)
