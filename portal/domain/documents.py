"""What a quote and an invoice have in common: their lines, their figures, and who may change them.

What is locked, is locked in this order, or two people would wait for one another: customer, work order, quote, invoice,
link, counter, shop.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select, update

from models import (
    Customer,
    Document,
    Invoice,
    InvoiceStatus,
    Line,
    Payment,
    Quote,
    QuoteStatus,
    Role,
    Staff,
    TaxCategory,
    WorkOrder,
    db,
)
from portal import clock, money, totals
from portal.db import lock
from portal.domain import shop as shops
from portal.domain import timeline
from portal.domain.refusals import ChangedMeanwhile, NotAllowed

FIGURED = ("prices_include_tax", "discount_percent", "discount_amount", "deposit_percent", "deposit_amount")
# The payments that count: not entered by mistake, and of the invoice's own currency.
COUNTS = Payment.taken_back_at.is_(None) & Payment.currency.is_(None)
FIELDS = ("title", "street", "locality", *FIGURED, "message", "terms", "internal_notes")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineValues:
    """What a line says. `price` and `cost` are in major units, `discount_amount` in minor ones; `id` of one kept."""

    id: int | None = None
    description: str
    details: str = ""
    quantity: Decimal
    unit: str = ""
    price: Decimal
    cost: Decimal | None = None
    is_hourly: bool = False
    is_optional: bool = False
    is_chosen: bool = True
    discount_percent: Decimal | None = None
    discount_amount: int | None = None
    tax_name: str = ""
    tax_rate: Decimal
    tax_category: TaxCategory


def values_of(line: Line) -> LineValues:
    return LineValues(**{field.name: getattr(line, field.name) for field in fields(LineValues)})


def begin(
    document: Document, customer: Customer, *, work_order: WorkOrder | None, by: Staff | None, is_sold: bool = False
) -> None:
    """Start a draft for `customer`, or whoever their card was merged into.

    Raises NotAllowed for an archived one, unless it `is_sold` already: what was done must be billed.
    """
    if work_order is None and not is_sold:  # else that is locked, and a merge waits for it
        lock(customer)
    if customer.merged_into_id:
        customer = db.session.get_one(Customer, customer.merged_into_id)
    if customer.archived_at and not is_sold:
        raise NotAllowed("archived")
    shop, place = shops.as_it_is(), work_order or customer
    document.customer, document.work_order = customer, work_order
    document.street, document.locality = place.street, place.locality
    document.currency, document.prices_include_tax = shop.currency, shop.prices_include_tax
    document.created_at, document.edition = clock.now(), 1
    db.session.add(document)
    db.session.flush()
    timeline.note(document, "created", by=by)


def may_see(document: Document, person: Staff) -> bool:
    """Technicians have no business with money."""
    return person.role is not Role.TECHNICIAN


def is_editable(document: Document) -> bool:
    """An invoice until it is issued; a quote until it is approved, as what is edited is its next revision."""
    if document.archived_at:
        return False
    if isinstance(document, Invoice):
        return document.status is InvoiceStatus.DRAFT
    return document.status is not QuoteStatus.APPROVED


def edit(document: Document, values: Mapping, *, seen: int, by: Staff) -> None:
    """Change some of FIELDS, a quote's valid_until, an invoice's due_days. Raises as `save` does."""
    save(document, values=values, seen=seen, by=by)


def save_lines(document: Document, lines: Iterable[LineValues], *, seen: int, by: Staff) -> None:
    """Have exactly these lines. Raises as `save` does."""
    save(document, lines=lines, seen=seen, by=by)


def save(
    document: Document,
    *,
    values: Mapping | None = None,
    lines: Iterable[LineValues] | None = None,
    seen: int,
    by: Staff,
) -> None:
    """Change fields, lines or both. A line with the id of one that is there stays that one.

    Raises NotAllowed when it may not be edited any more, ChangedMeanwhile if `seen` is an old edition, MoneyError for
    figures that cannot be.
    """
    lock(document)
    if not is_editable(document):
        raise NotAllowed(document.status)
    require_edition(document, seen)
    values, lines = values or {}, None if lines is None else list(lines)
    if not values.keys() <= fields_of(document):
        raise ValueError(f"not to be edited: {values.keys() - fields_of(document)}")
    check(_asked(document, values, lines))
    changed = [name for name, value in values.items() if getattr(document, name) != value]
    for name in changed:
        setattr(document, name, values[name])
    if lines is not None and _replace_lines(document, lines):
        changed.append("lines")
    if changed:
        document.edition += 1
        timeline.note(document, "edited", by=by, fields=", ".join(changed))


def fields_of(document: Document) -> set[str]:
    return {*FIELDS, "valid_until" if isinstance(document, Quote) else "due_days"}


def require_edition(document: Document, seen: int) -> None:
    if seen == document.edition:
        return
    last = timeline.last(document, ("edited", "created"))
    who = last.staff.name if last and last.staff else ""
    raise ChangedMeanwhile(who, last.at if last else None)


def _replace_lines(document: Document, lines: list[LineValues]) -> bool:
    """Whether that changed anything."""
    before = [values_of(line) for line in document.lines]
    known = {line.id: line for line in document.lines}
    after = []
    for position, values in enumerate(lines):
        line = known.pop(values.id, None) or Line()
        write(line, values, position)
        after.append(line)
    document.lines = after
    return before != [replace(values, id=line.id) for values, line in zip(lines, after, strict=True)]


def write(line: Line, values: LineValues, position: int) -> None:
    for name, value in asdict(values).items():
        if name != "id":
            setattr(line, name, value)
    line.position = position


def copy_lines(lines: Iterable[Line | LineValues], target: Document) -> None:
    """Put lines like these at the end of `target`."""
    for source in lines:
        line = Line()
        write(line, source if isinstance(source, LineValues) else values_of(source), len(target.lines))
        target.lines.append(line)
    db.session.flush()


def figures(document: Document) -> totals.Totals:
    """What its lines come to as they are now; an invoice with what was paid of it."""
    return totals.totals(asked(document), paid=paid(document) if isinstance(document, Invoice) else 0)


def paid(invoice: Invoice) -> int:
    alive = select(func.coalesce(func.sum(Payment.amount), 0)).where(Payment.invoice_id == invoice.id)
    return int(db.session.scalar(alive.where(COUNTS)))


def try_out(document: Document, values: Mapping, lines: Iterable[LineValues]) -> totals.Totals:
    """What it would come to, saving nothing. Raises MoneyError."""
    tried = _asked(document, values, list(lines))
    check(tried)
    return totals.totals(tried)


def asked(document: Document) -> totals.Document:
    """The document as the totals engine reads it."""
    return _asked(document, {}, None)


def _asked(document: Document, values: Mapping, lines: list[LineValues] | None) -> totals.Document:
    said = {name: values.get(name, getattr(document, name)) for name in FIGURED}
    return totals.Document(
        currency=document.currency,
        lines=tuple(map(_asked_line, document.lines if lines is None else lines)),
        includes_tax=said["prices_include_tax"],
        discount=part(said["discount_percent"], said["discount_amount"]),
        deposit=part(said["deposit_percent"], said["deposit_amount"]),
    )


def _asked_line(line: Line | LineValues) -> totals.Line:
    return totals.Line(
        quantity=line.quantity,
        unit_price=line.price,
        discount=part(line.discount_percent, line.discount_amount),
        tax=money.Tax(rate=line.tax_rate, category=money.Category(line.tax_category.value)),
        is_optional=line.is_optional,
        is_chosen=line.is_chosen,
    )


def part(percent: Decimal | None, amount: int | None) -> money.Part:
    """A discount or deposit. Raises ValueError when it is a percentage and an amount at once."""
    if percent is not None and amount:
        raise ValueError("a percentage and an amount at once")
    return money.Part(percent=percent, minor=amount or 0)


def check(document: totals.Document) -> None:
    """Raises MoneyError for figures that cannot be, also where every optional line is ticked.

    Tried once more with one unit a line, as the customer is shown what is sold by the hour.
    """
    everything = totals.all_chosen(document)
    found = totals.totals(everything)
    lumps = tuple(
        replace(line, quantity=quantity, unit_price=price)
        for line, (quantity, price) in zip(
            everything.lines, (lump(each.amount, document.currency) for each in found.lines), strict=True
        )
    )
    totals.totals(replace(everything, lines=lumps))


def lump(amount: int, currency: str) -> tuple[Decimal, Decimal]:
    """(quantity, unit price) of one unit at `amount`. A price is never negative, so what is taken back is −1 unit."""
    return Decimal(-1 if amount < 0 else 1), money.major(abs(amount), currency)


def archive(document: Document, *, by: Staff) -> None:
    _file(document, clock.now(), "archived", by)


def restore(document: Document, *, by: Staff) -> None:
    _file(document, None, "restored", by)


def _file(document: Document, at: datetime | None, verb: str, by: Staff) -> None:
    lock(document)
    if (document.archived_at is None) != (at is None):
        document.archived_at = at
        timeline.note(document, verb, by=by)


def hand_over(loser: Customer, keeper: Customer) -> int:
    """Two cards are made one: quotes and invoices follow. How many. What was sent keeps the name it was sent with.

    Called after the work orders have moved. In this order: who makes one of the next has locked one of the last.
    """
    return sum(
        db.session.execute(
            update(table)
            .where(table.customer_id == loser.id)
            .values(customer_id=keeper.id, edition=table.edition + 1)  # an open form would move it back
        ).rowcount
        for table in (Quote, Invoice)
    )
