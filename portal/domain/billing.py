"""The office's lists of quotes and invoices: by what is to be done with them, and found by name, number or title."""

from datetime import date

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, selectinload

from models import Answer, Customer, Document, Invoice, InvoiceStatus, MessageKind, Payment, Quote, QuoteStatus, db
from portal.db import contains
from portal.domain import documents

QUOTE_TABS = {
    "drafts": (QuoteStatus.DRAFT,),
    "waiting": (QuoteStatus.SENT, QuoteStatus.CHANGES_REQUESTED),
    "approved": (QuoteStatus.APPROVED,),
    "declined": (QuoteStatus.DECLINED,),
}
INVOICE_TABS = ("drafts", "due", "overdue", "paid", "void")


def quotes(tab: str, query: str, *, limit: int, offset: int = 0) -> list[Quote]:
    """The newest first; with a `query`, of every tab."""
    return list(db.session.scalars(_whole(Quote, _quotes(tab, query)).limit(limit).offset(offset)))


def quote_ids(tab: str, query: str, *, limit: int) -> list[int]:
    return list(db.session.scalars(_quotes(tab, query).with_only_columns(Quote.id).limit(limit)))


def _quotes(tab: str, query: str) -> Select:
    return _found(Quote, query) if query else _newest(Quote).where(Quote.status.in_(QUOTE_TABS[tab]))


def quote_counts() -> dict[str, int]:
    rows = select(Quote.status, func.count()).where(Quote.archived_at.is_(None)).group_by(Quote.status)
    counted = dict(map(tuple, db.session.execute(rows)))
    return {tab: sum(counted.get(status, 0) for status in statuses) for tab, statuses in QUOTE_TABS.items()}


def invoices(tab: str, query: str, today: date, *, limit: int, offset: int = 0) -> list[Invoice]:
    """The newest first; with a `query`, of every tab. `today` is the shop's."""
    return list(db.session.scalars(_whole(Invoice, _invoices(tab, query, today)).limit(limit).offset(offset)))


def invoice_ids(tab: str, query: str, today: date, *, limit: int) -> list[int]:
    return list(db.session.scalars(_invoices(tab, query, today).with_only_columns(Invoice.id).limit(limit)))


def _invoices(tab: str, query: str, today: date) -> Select:
    return _found(Invoice, query) if query else _newest(Invoice).where(_tab(today) == tab)


def invoice_counts(today: date) -> dict[str, int]:
    tab = _tab(today)
    rows = select(tab, func.count()).select_from(Invoice).where(Invoice.archived_at.is_(None)).group_by(tab)
    return dict.fromkeys(INVOICE_TABS, 0) | dict(map(tuple, db.session.execute(rows)))


def approved_totals(quotes: list[Quote]) -> dict[int, int]:
    """{quote's id: what was agreed} of the approved ones, in one query."""
    asked = select(Answer.quote_id, Answer.total).where(
        Answer.kind == MessageKind.APPROVED,
        Answer.undone_at.is_(None),
        Answer.quote_id.in_([quote.id for quote in quotes if quote.status is QuoteStatus.APPROVED]),
    )
    return dict(map(tuple, db.session.execute(asked)))


def of_customer(customer: Customer, *, limit: int) -> list[Document]:
    """Their newest quotes and invoices."""
    return _of(Quote.customer_id == customer.id, Invoice.customer_id == customer.id, limit)


def of_work_order(id: int, *, limit: int) -> list[Document]:
    return _of(Quote.work_order_id == id, Invoice.work_order_id == id, limit)


def _of(of_quotes, of_invoices, limit: int) -> list[Document]:
    found = []
    for table, condition in ((Quote, of_quotes), (Invoice, of_invoices)):
        found += db.session.scalars(_whole(table, _newest(table)).where(condition).limit(limit))
    return sorted(found, key=lambda document: document.created_at, reverse=True)[:limit]


def _newest(table: type[Document]) -> Select:
    return select(table).join(table.customer).where(table.archived_at.is_(None)).order_by(table.id.desc())


def _whole(table: type[Document], found: Select) -> Select:
    """With their customers and lines."""
    return found.options(contains_eager(table.customer), selectinload(table.lines))


def _found(table: type[Document], query: str) -> Select:
    found = _newest(table)
    for word in query.split():
        hits = [contains(table.title, word), contains(Customer.name, word)]
        number = word.removeprefix("#")
        if number.isascii() and number.isdigit() and len(number) <= 9:
            hits.append(table.number == int(number))
        found = found.where(or_(*hits))
    return found


def _tab(today: date):
    """Which tab an invoice stands in: as invoices.state says, but in SQL."""
    note = aliased(Invoice)
    is_ours = documents.COUNTS & (Payment.invoice_id == Invoice.id)
    paid = select(func.coalesce(func.sum(Payment.amount), 0)).where(is_ours).correlate(Invoice).scalar_subquery()
    issued = (note.credits_id == Invoice.id) & (note.status == InvoiceStatus.ISSUED)
    is_credited = select(note.id).where(issued).correlate(Invoice).exists()
    return case(
        (Invoice.status == InvoiceStatus.DRAFT, "drafts"),
        (or_(Invoice.status == InvoiceStatus.VOID, Invoice.credits_id.is_not(None), is_credited), "void"),
        (Invoice.total - paid <= 0, "paid"),
        (and_(Invoice.due_on.is_not(None), Invoice.due_on < today), "overdue"),
        else_="due",
    )
