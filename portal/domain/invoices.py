"""Invoices: drafted, issued with a number that is never given twice, voided or taken back by a credit note."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func, select

from models import (
    Bell,
    Customer,
    Invoice,
    InvoiceStatus,
    Kind,
    Payment,
    Quote,
    QuoteStatus,
    Snapshot,
    Staff,
    WorkOrder,
    db,
)
from portal import clock
from portal.db import lock
from portal.domain import answers, documents, numbers, snapshots, taxes, timeline
from portal.domain import shop as shops
from portal.domain.documents import LineValues
from portal.domain.refusals import Incomplete, NotAllowed
from portal.totals import DoesNotAddUp

REVISION = 1  # an invoice is issued once


def add(customer: Customer, *, title: str, by: Staff | None, work_order: WorkOrder | None = None) -> Invoice:
    """Start a draft. Raises NotAllowed for a customer in the archive."""
    return _begin(customer, title, work_order, by)


def _begin(
    customer: Customer, title: str, work_order: WorkOrder | None, by: Staff | None, *, is_sold: bool = False
) -> Invoice:
    invoice = Invoice(title=title, terms=shops.as_it_is().invoice_terms, status=InvoiceStatus.DRAFT)
    documents.begin(invoice, customer, work_order=work_order, by=by, is_sold=is_sold)
    return invoice


def from_work_order(work_order: WorkOrder, *, by: Staff) -> Invoice:
    """Bill a job: its approved quotes one after the other, or else its parts, with prices to fill in.

    A job that was billed gives the last invoice again. Another one is started with `add`.
    """
    lock(work_order)
    quoted = select(Quote).where(Quote.work_order_id == work_order.id, Quote.status == QuoteStatus.APPROVED)
    for quote in db.session.scalars(quoted.order_by(Quote.id)).all():
        lock(quote)
        if quote.status is QuoteStatus.APPROVED and standing_of_quote(quote) is None:
            return from_quote(quote, by=by)
    billed = _last_that_stands(Invoice.work_order_id == work_order.id)
    if billed is not None:
        return billed
    invoice = _begin(work_order.customer, work_order.title, work_order, by, is_sold=True)
    documents.copy_lines([_of_part(part) for part in work_order.parts], invoice)
    return invoice


def _of_part(part) -> LineValues:
    tax = taxes.values_of(taxes.default())
    return LineValues(description=part.name, quantity=part.quantity, unit=part.unit, price=Decimal(0), **tax)


def from_quote(quote: Quote, *, by: Staff) -> Invoice:
    """Bill what was approved, to the cent; the invoice that is there already. Raises NotAllowed unless approved."""
    lock(quote)
    answer = answers.approval(quote)
    if quote.status is not QuoteStatus.APPROVED or answer is None:
        raise NotAllowed(quote.status)
    made = standing_of_quote(quote)
    if made is not None:
        return made
    agreed = answers.agreed(answer)
    invoice = _begin(quote.customer, agreed["title"], quote.work_order, by, is_sold=True)
    invoice.quote = quote
    invoice.street, invoice.locality = agreed["site"]["street"], agreed["site"]["locality"]
    invoice.currency, invoice.prices_include_tax = agreed["currency"], agreed["prices_include_tax"]
    for name in ("discount", "deposit"):
        percent = snapshots.number(agreed[f"{name}_percent"])
        setattr(invoice, f"{name}_percent", percent)
        setattr(invoice, f"{name}_amount", None if percent is not None else agreed[name] or None)
    documents.copy_lines(snapshots.agreed_lines(quote, agreed), invoice)
    if documents.figures(invoice).total != answer.total:
        raise DoesNotAddUp(answer.total)
    timeline.note(quote, "invoice_made", by=by)
    return invoice


def standing_of_quote(quote: Quote) -> Invoice | None:
    """The invoice of a quote that was neither voided nor credited nor filed away."""
    return _last_that_stands(Invoice.quote_id == quote.id)


def _last_that_stands(condition) -> Invoice | None:
    found = select(Invoice).where(condition, Invoice.status != InvoiceStatus.VOID, Invoice.archived_at.is_(None))
    found = found.where(Invoice.credits_id.is_(None), Invoice.id.not_in(_credited()))
    return db.session.scalar(found.order_by(Invoice.id.desc()).limit(1))


def _credited():
    issued = select(Invoice.credits_id).where(Invoice.status == InvoiceStatus.ISSUED)
    return issued.where(Invoice.credits_id.is_not(None)).scalar_subquery()


def issue(invoice: Invoice, *, by: Staff | None) -> Snapshot:
    """Give it its number and freeze it; pressed again, nothing more happens.

    Raises NotAllowed when it was voided or filed away, Incomplete without lines.
    """
    lock(invoice)
    if invoice.status is InvoiceStatus.ISSUED:
        return snapshots.of(Kind.INVOICE, invoice.id, REVISION)
    if invoice.status is not InvoiceStatus.DRAFT or invoice.archived_at:
        raise NotAllowed(invoice.status)
    if not invoice.lines:
        raise Incomplete("lines")
    shop = shops.as_it_is()
    invoice.issued_at, invoice.issued_on = clock.now(), clock.today(shop.time_zone)
    if invoice.credits_id is None:
        days = shop.due_days if invoice.due_days is None else invoice.due_days
        invoice.due_on = invoice.issued_on + timedelta(days=days)
    invoice.total = documents.figures(invoice).total
    invoice.number = numbers.next_in("invoice")
    invoice.status = InvoiceStatus.ISSUED
    snapshot = snapshots.take(invoice, revision=REVISION)
    if snapshot.content["total"] != invoice.total:
        raise DoesNotAddUp(invoice.total)
    timeline.note(invoice, "issued", by=by, bell=Bell.RING, number=invoice.number)
    return snapshot


def void(invoice: Invoice, *, by: Staff) -> None:
    """Take back what was issued by mistake; its number stays used. Raises NotAllowed once money came: credit it."""
    lock(invoice)
    if invoice.status is not InvoiceStatus.ISSUED or credit_of(invoice) or living_payments(invoice):
        raise NotAllowed(invoice.status)
    invoice.status, invoice.voided_at = InvoiceStatus.VOID, clock.now()
    timeline.note(invoice, "voided", by=by, bell=Bell.RING)
    if invoice.credits_id:
        original = db.session.get_one(Invoice, invoice.credits_id)
        timeline.note(original, "credit_voided", by=by, bell=Bell.RING, number=invoice.number)


def living_payments(invoice: Invoice) -> list[Payment]:
    """What came and went, but for what was entered by mistake."""
    alive = select(Payment).where(Payment.invoice_id == invoice.id, Payment.taken_back_at.is_(None))
    return list(db.session.scalars(alive.order_by(Payment.paid_on, Payment.id)))


def credit(invoice: Invoice, *, by: Staff) -> Invoice:
    """The credit note that takes all of it back, issued at once; the one that is there already.

    Raises NotAllowed for a draft, a void invoice and a credit note.
    """
    lock(invoice)
    if invoice.status is not InvoiceStatus.ISSUED or invoice.credits_id:
        raise NotAllowed(invoice.status)
    made = credit_of(invoice)
    if made is not None:
        return made
    note = Invoice(title=invoice.title, status=InvoiceStatus.DRAFT, credits_id=invoice.id, quote=invoice.quote)
    documents.begin(note, invoice.customer, work_order=invoice.work_order, by=by, is_sold=True)
    for name in ("street", "locality", "currency", "prices_include_tax", "discount_percent", "deposit_percent"):
        setattr(note, name, getattr(invoice, name))
    for name in ("discount_amount", "deposit_amount"):
        setattr(note, name, _negative(getattr(invoice, name)))
    documents.copy_lines([_mirrored(documents.values_of(line)) for line in invoice.lines], note)
    issue(note, by=by)
    if note.total != -invoice.total:
        raise DoesNotAddUp(note.total)
    timeline.note(invoice, "credited", by=by, bell=Bell.RING, number=note.number)
    return note


def _mirrored(line: LineValues) -> LineValues:
    return replace(line, quantity=-line.quantity, discount_amount=_negative(line.discount_amount))


def _negative(amount: int | None) -> int | None:
    return None if amount is None else -amount


def credit_of(invoice: Invoice) -> Invoice | None:
    """The credit note that takes `invoice` back."""
    taken_back = select(Invoice).where(Invoice.credits_id == invoice.id, Invoice.status == InvoiceStatus.ISSUED)
    return db.session.scalar(taken_back)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an invoice stands, in minor units: asked, come in, and taken back by credit notes."""

    total: int
    paid: int
    credited: int
    is_credited: bool  # also where there was nothing to take back

    @property
    def balance(self) -> int:
        """What is still due: negative when the shop owes the customer. Never clamped."""
        return self.total - self.credited - self.paid

    def left_of(self, deposit: int) -> int:
        """What did not come yet of a deposit, never more than all of it: more may have gone back than ever came."""
        return deposit - max(0, self.paid)


def standings(invoices: Iterable[Invoice]) -> dict[int, Standing]:
    """{id: Standing} of many, in two queries."""
    asked = {invoice.id: invoice.total or 0 for invoice in invoices}
    came = select(Payment.invoice_id, func.sum(Payment.amount)).where(documents.COUNTS)
    came = came.where(Payment.invoice_id.in_(asked)).group_by(Payment.invoice_id)
    back = select(Invoice.credits_id, -func.sum(Invoice.total)).where(Invoice.status == InvoiceStatus.ISSUED)
    back = back.where(Invoice.credits_id.in_(asked)).group_by(Invoice.credits_id)
    paid, credited = (dict(map(tuple, db.session.execute(query))) for query in (came, back))
    return {
        id: Standing(
            total=total, paid=int(paid.get(id, 0)), credited=int(credited.get(id, 0)), is_credited=id in credited
        )
        for id, total in asked.items()
    }


def standing(invoice: Invoice) -> Standing:
    return standings([invoice])[invoice.id]


def balance(invoice: Invoice) -> int:
    """What is still due; 0 for a draft, a void invoice and a credit note, which counts for what it takes back."""
    is_due = invoice.status is InvoiceStatus.ISSUED and not invoice.credits_id
    return standing(invoice).balance if is_due else 0


def state(invoice: Invoice, today: date, standing_now: Standing | None = None) -> str:
    """ "draft", "issued", "part_paid", "paid", "overdue", "void" or "credited". `today` is the shop's."""
    if invoice.status is not InvoiceStatus.ISSUED or invoice.credits_id:
        return invoice.status.value
    now = standing_now or standing(invoice)
    if now.is_credited:
        return "credited"
    if now.balance <= 0:
        return "paid"
    if invoice.due_on and invoice.due_on < today:
        return "overdue"
    return "part_paid" if now.paid > 0 else "issued"


def owed(invoice: Invoice) -> int:
    """How much of its money the shop has that is not its own."""
    now = standing(invoice)
    return max(0, now.paid if invoice.status is InvoiceStatus.VOID else -now.balance)


def trouble(invoice: Invoice, standing_now: Standing | None = None) -> str:
    """ "overpaid", "paid_when_void" or "to_refund" where the shop has money that is not its own, else ""."""
    now = standing_now or standing(invoice)
    if invoice.status is InvoiceStatus.VOID:
        return "paid_when_void" if now.paid else ""
    if now.balance >= 0 or invoice.credits_id:
        return ""
    return "to_refund" if now.is_credited else "overpaid"
