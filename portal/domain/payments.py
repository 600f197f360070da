"""Payments: money that came or went back, kept whatever the invoice says by then."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from models import Bell, Checkout, Invoice, InvoiceStatus, Method, Payment, PaymentKind, Staff, db
from portal import clock, money
from portal.db import lock
from portal.domain import documents, invoices, timeline
from portal.domain.refusals import ChangedMeanwhile, NotAllowed

TOO_MUCH = ("on_void", "on_credited", "overpaid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Online:
    """What Stripe calls a payment, in which currency it was made, from which try, and what it takes back."""

    name: str
    currency: str
    checkout: Checkout | None
    pays_back: Payment | None = None

    def mark(self, payment: Payment) -> None:
        payment.provider_id, payment.checkout = self.name, self.checkout
        payment.currency = None if self.currency == payment.invoice.currency else self.currency
        payment.pays_back_id = self.pays_back and self.pays_back.id


def of(invoice: Invoice) -> list[Payment]:
    """What came and went and counts: neither what was entered by mistake nor what came in another currency."""
    counting = select(Payment).where(Payment.invoice_id == invoice.id, documents.COUNTS)
    return list(db.session.scalars(counting.order_by(Payment.paid_on, Payment.id)))


def record(
    invoice: Invoice,
    *,
    amount: int,
    method: Method,
    paid_on: date,
    reference: str = "",
    by: Staff | None,
    seen: int | None = None,
    kind: PaymentKind | None = None,
    online: Online | None = None,
) -> Payment:
    """Write down that money came, or with a negative `amount` went back. Too much is kept, and so is what comes late.

    What came `online` is the same row however often it is told. `seen`: how many payments the form knew of, so
    that pressing twice pays once: raises ChangedMeanwhile. Raises NotAllowed for nothing, and for a draft or a credit
    note: its money belongs to what it takes back.
    """
    money.within_range(amount, "amount")
    lock(invoice)
    if known := online and by_provider_id(online.name):
        return known
    _check(invoice, amount, seen)
    payment = Payment(
        invoice=invoice,
        amount=amount,
        method=method,
        paid_on=paid_on,
        reference=reference,
        staff=by,
        created_at=clock.now(),
        kind=kind or (PaymentKind.PAYMENT if amount > 0 else PaymentKind.REFUND),
    )
    if online:
        online.mark(payment)
    db.session.add(payment)
    db.session.flush()
    timeline.note(invoice, "payment_recorded", by=by, bell=Bell.RING, **_details(payment))
    return payment


def _check(invoice: Invoice, amount: int, seen: int | None) -> None:
    if seen is not None and seen != len(invoice.payments):
        last = invoice.payments[-1]
        raise ChangedMeanwhile(last.staff.name if last.staff else "", last.created_at)
    if amount == 0 or invoice.status is InvoiceStatus.DRAFT or invoice.credits_id:
        raise NotAllowed(invoice.status)


def trouble_with(invoice: Invoice) -> str:
    """Why somebody has to look at money that has just come: "on_void", "on_credited", "overpaid", or ""."""
    if invoice.status is InvoiceStatus.VOID:
        return "on_void"
    standing = invoices.standing(invoice)
    if standing.is_credited:
        return "on_credited"
    return "overpaid" if standing.balance < 0 else ""


def weigh(payment: Payment, *, by: Staff | None) -> None:
    """Have somebody look at what was written down when it is too much."""
    why = trouble_with(payment.invoice)
    if why and payment.amount > 0:
        raise_flag(payment, why)
    weigh_again(payment.invoice, by=by)


def weigh_again(invoice: Invoice, *, by: Staff | None) -> None:
    """Money went: what was too much and is not any more must not be paid back, so nobody has to look at it."""
    for each in invoice.payments if not invoices.owed(invoice) else ():
        if each.flag in TOO_MUCH:
            look_at(each, by=by)


def take_back(payment: Payment, *, by: Staff) -> None:
    """It was entered by mistake: it stays on record and counts no more. Raises NotAllowed for what came online."""
    lock(payment.invoice)
    lock(payment)
    if payment.provider_id:
        raise NotAllowed("online")
    if payment.taken_back_at is None:
        count_no_more(payment, by=by)
        if payment.flag and payment.looked_at is None:
            payment.looked_at = payment.taken_back_at  # nothing is left to be done about it
        weigh_again(payment.invoice, by=by)


def count_no_more(payment: Payment, *, by: Staff | None) -> None:
    """Keep it on record only."""
    payment.taken_back_at = clock.now()
    timeline.note(payment.invoice, "payment_taken_back", by=by, bell=Bell.RING, **_details(payment))


def _details(payment: Payment) -> dict:
    currency = payment.currency or payment.invoice.currency
    return {"amount": payment.amount, "currency": currency, "payment_id": payment.id}


def raise_flag(payment: Payment, flag: str) -> None:
    """Have somebody look at it. What was looked at for the same reason stays so."""
    if payment.flag != flag:
        payment.flag, payment.looked_at = flag, None
        timeline.note(payment.invoice, "payment_flagged", by=None, bell=Bell.STAFF, flag=flag, payment_id=payment.id)


def look_at(payment: Payment, *, by: Staff | None) -> None:
    """Somebody looked at what was flagged and did what was to be done; pressed again, nothing more happens."""
    lock(payment.invoice)
    lock(payment)
    if payment.flag and payment.looked_at is None:
        payment.looked_at = clock.now()
        details = {"flag": payment.flag, "payment_id": payment.id}
        timeline.note(payment.invoice, "payment_looked_at", by=by, bell=Bell.STAFF, **details)


def by_provider_id(provider_id: str) -> Payment | None:
    """What Stripe calls so."""
    return db.session.scalar(select(Payment).where(Payment.provider_id == provider_id))
