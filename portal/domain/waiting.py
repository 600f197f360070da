"""What of quotes and invoices waits for the office, and nobody is told of in the inbox."""

from datetime import date

from sqlalchemy import func, or_, select

from models import Invoice, InvoiceStatus, Payment, Quote, QuoteStatus, Status, WorkOrder, db
from portal.domain import documents


def unbooked_quotes() -> int:
    """How many were approved without a job or an invoice of theirs."""
    has_invoice = select(Invoice.id).where(Invoice.quote_id == Quote.id, Invoice.status != InvoiceStatus.VOID)
    has_invoice = has_invoice.where(Invoice.archived_at.is_(None)).exists()
    quotes = select(func.count(Quote.id)).outerjoin(WorkOrder, WorkOrder.id == Quote.work_order_id)
    quotes = quotes.where(Quote.status == QuoteStatus.APPROVED, Quote.archived_at.is_(None), ~has_invoice)
    is_unbooked = or_(WorkOrder.id.is_(None), WorkOrder.status == Status.CANCELLED)
    return db.session.scalar(quotes.where(is_unbooked))


def overdue_invoices(today: date) -> int:
    """How many are not paid whole though their day has passed. `today` is the shop's."""
    paid = select(func.coalesce(func.sum(Payment.amount), 0))
    paid = paid.where(Payment.invoice_id == Invoice.id, documents.COUNTS).scalar_subquery()
    credits = select(Invoice.credits_id).where(Invoice.status == InvoiceStatus.ISSUED, Invoice.credits_id.is_not(None))
    invoices = select(func.count(Invoice.id)).where(
        Invoice.status == InvoiceStatus.ISSUED,
        Invoice.archived_at.is_(None),
        Invoice.credits_id.is_(None),
        Invoice.due_on < today,
        Invoice.total > paid,
        Invoice.id.not_in(credits),
    )
    return db.session.scalar(invoices)
