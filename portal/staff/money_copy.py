"""The office copy of quotes and invoices, with their words. What was sent is read from its snapshot."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from flask import url_for
from flask_babel import gettext as _

from models import Document, Invoice, Kind, OrgProfile, Quote
from portal import amounts, clock, dates, money, totals
from portal.domain import answers, billing, documents, invoices, quotes, snapshots
from portal.domain import shop as shops
from portal.staff import office_copy
from portal.staff.money_shapes import DocumentRow, DocumentView, LineView, MarginView, SumView


def money_words(minor: int, currency: str) -> str:
    return amounts.amount(minor, currency, shops.profile().locale).replace("-", "−")


def rate_words(name: str, rate: Decimal) -> str:
    percent = amounts.percent(rate, shops.profile().locale)
    return f"{name} {percent}" if name and percent not in name else name or percent


def day_words(day: date | None) -> str:
    return format_date(day, "medium", shops.profile().locale) if day else ""


def name_of(document: Document) -> str:
    number = document.number
    if isinstance(document, Quote):
        return _("Quote %(number)s", number=number) if number else _("New quote")
    if document.credits_id:
        return _("Credit note %(number)s", number=number)
    return _("Invoice %(number)s", number=number) if number else _("New invoice")


def url_of(document: Document) -> str:
    return url_for("staff.quote" if isinstance(document, Quote) else "staff.invoice", id=document.id)


def state_word(state: str) -> str:
    return {
        "draft": _("Draft"),
        "sent": _("Sent"),
        "expired": _("Expired"),
        "changes_requested": _("Changes requested"),
        "approved": _("Approved"),
        "declined": _("Declined"),
        "issued": _("To be paid"),
        "part_paid": _("Partly paid"),
        "paid": _("Paid"),
        "overdue": _("Overdue"),
        "void": _("Void"),
        "credited": _("Credited"),
        "credit_note": _("Credit note"),
    }[state]


def trouble_words(trouble: str) -> str:
    return {
        "overpaid": _("More was paid than was asked."),
        "paid_when_void": _("Money came for it, though it is void."),
        "to_refund": _("It was credited after it was paid: the money goes back to the customer."),
    }.get(trouble, "")


# --- the list ---


def rows(found: Iterable[Document]) -> list[DocumentRow]:
    """As rows of a list, in a constant number of queries."""
    found, shop = list(found), shops.profile()
    today = clock.today(shop.time_zone)
    of_quotes = [document for document in found if isinstance(document, Quote)]
    of_invoices = [document for document in found if isinstance(document, Invoice)]
    sent = snapshots.newest_of(Kind.QUOTE, [quote.id for quote in of_quotes])
    agreed = billing.approved_totals(of_quotes)
    standing = invoices.standings(of_invoices)
    made = []
    for document in found:
        if isinstance(document, Quote):
            snapshot, trouble = sent.get(document.id), ""
            state = quotes.state(document, today, snapshot=snapshot)
            total = agreed.get(document.id, snapshot.content["total"] if snapshot else None)
            day = document.sent_at or document.created_at
        else:
            state, total = invoices.state(document, today, standing[document.id]), document.total
            state = "credit_note" if document.credits_id and state == "issued" else state
            trouble = trouble_words(invoices.trouble(document, standing[document.id]))
            day = document.issued_at or document.created_at
        if total is None:
            total = totals.totals(documents.asked(document)).total
        rest = rest_of(standing.get(document.id), state)
        made.append(
            DocumentRow(
                id=document.id,
                url=url_of(document),
                name=name_of(document),
                title=document.title,
                customer_name=document.customer.name,
                state=state,
                state_word=state_word(state),
                when=due_words(document) if rest else dates.month_day(day, shop.time_zone, shop.locale),
                total=money_words(rest or total, document.currency),
                of_total=_("of %(total)s", total=money_words(total, document.currency)) if rest else "",
                trouble=trouble,
            )
        )
    return made


def rest_of(standing: invoices.Standing | None, state: str) -> int:
    """What is still open of an invoice that is paid in part; 0 for every other document."""
    is_part = standing is not None and state in ("part_paid", "overdue") and standing.paid > 0
    return standing.balance if is_part else 0


def due_words(invoice: Invoice) -> str:
    shop = shops.profile()
    return _("Due by %(day)s", day=dates.month_day(invoice.due_on, shop.time_zone, shop.locale))


# --- the page ---


def content_of(document: Document) -> dict:
    """What the page shows: what was sent, with what was agreed; a draft as it is now."""
    if isinstance(document, Quote):
        approval = answers.approval(document)
        if approval is not None:
            return answers.agreed(approval)
        snapshot = answers.shown(document)
    else:
        snapshot = snapshots.newest(Kind.INVOICE, document.id)
    return snapshot.content if snapshot else snapshots.content_of(document, revision=0)


def of_document(document: Document) -> DocumentView:
    shop, content = shops.profile(), content_of(document)
    today = clock.today(shop.time_zone)
    is_quote = isinstance(document, Quote)
    state = quotes.state(document, today) if is_quote else invoices.state(document, today)
    state = "credit_note" if not is_quote and document.credits_id and state == "issued" else state
    found = documents.figures(document)
    job = document.work_order
    return DocumentView(
        id=document.id,
        kind="quote" if is_quote else "invoice",
        name=name_of(document),
        title=content["title"],
        state=state,
        state_word=state_word(state),
        number=document.number,
        revision=document.revision if is_quote else 1,
        customer=office_copy.of_customer(document.customer),
        address_lines=tuple(filter(None, content["site"].values())),
        facts=tuple(facts(document, content)),
        work_order_id=job.id if job else None,
        work_order_number=job.number if job else None,
        related=tuple(related(document)),
        message=content["message"],
        terms=content["terms"],
        internal_notes=document.internal_notes,
        lines=tuple(of_line(line, content["currency"], shop) for line in content["lines"]),
        sums=tuple(sums(content)),
        total=money_words(content["total"], content["currency"]),
        margin=margin(found.net, costs(document), document.currency),
        is_editable=documents.is_editable(document),
        has_unsent_changes=is_quote
        and state != "approved"
        and bool(document.number)
        and quotes.has_unsent_changes(document),
        trouble="" if is_quote else trouble_words(invoices.trouble(document)),
        today=today,
    )


def costs(document: Document) -> list[tuple[Decimal, Decimal | None]]:
    return [(line.quantity, line.cost) for line in document.lines if line.is_chosen or not line.is_optional]


def facts(document: Document, content: dict) -> Iterable[tuple[str, str]]:
    """(word, value), for the card beside the lines."""
    days = ("issued_on", "valid_until", "due_on")
    read = {name: date.fromisoformat(content[name]) for name in days if content.get(name)}
    if isinstance(document, Quote):
        if document.sent_at:
            yield _("Sent"), day_words(read.get("issued_on"))
            yield _("Version"), str(document.revision)
        if "valid_until" in read:
            yield _("Valid until"), day_words(read["valid_until"])
        return
    if document.issued_on:
        yield _("Issued"), day_words(document.issued_on)
    if document.due_on:
        yield _("Due"), day_words(document.due_on)


def related(document: Document) -> Iterable[tuple[str, str]]:
    if isinstance(document, Quote):
        made = invoices.standing_of_quote(document)
        if made:
            yield name_of(made), url_of(made)
        return
    if document.quote:
        yield name_of(document.quote), url_of(document.quote)
    note = invoices.credit_of(document)
    if note:
        yield name_of(note), url_of(note)


def of_line(line: dict, currency: str, shop: OrgProfile) -> LineView:
    quantity = amounts.number(Decimal(line["quantity"]), shop.locale)
    each = amounts.price(Decimal(line["unit_price"]), currency, shop.locale)
    unit = f" {line['unit']}" if line["unit"] else ""
    is_one = line["quantity"] == "1" and not unit
    return LineView(
        description=line["description"],
        details=line["details"],
        quantity="" if is_one else f"{quantity}{unit} × {each}",
        discount=_("Discount %(amount)s", amount=money_words(line["discount"], currency)) if line["discount"] else "",
        price=money_words(line["price"], currency),
        is_optional=line["is_optional"],
        is_chosen=line["is_chosen"],
    )


def sums(content: dict) -> Iterable[SumView]:
    """From the subtotal down, as the customer reads them."""
    currency = content["currency"]

    def row(word: str, minor: int, **more) -> SumView:
        return SumView(word=word, amount=money_words(minor, currency), **more)

    yield row(_("Subtotal"), content["subtotal"])
    if content["discount"]:
        yield row(_("Discount"), -content["discount"])
    for tax in content["taxes"]:
        if tax["tax"] or Decimal(tax["rate"]):
            name = rate_words(tax["name"], Decimal(tax["rate"]))
            yield row(_("%(tax)s, included", tax=name) if content["prices_include_tax"] else name, tax["tax"])
    yield row(_("Total"), content["total"], is_total=True)
    if content["deposit"]:
        yield row(_("Deposit"), content["deposit"])


def margin(net: int, counted: list[tuple[Decimal, Decimal | None]], currency: str) -> MarginView | None:
    """What is left of `net` after the (quantity, cost) of each line that counts; None while no cost is known."""
    if not any(cost for _quantity, cost in counted):
        return None
    factor = 10 ** money.decimals(currency)
    cost = int(sum((quantity * (each or 0) * factor).to_integral_value() for quantity, each in counted))
    share = amounts.percent(Decimal(round((net - cost) / net * 100)), shops.profile().locale) if net else "–"
    return MarginView(cost=money_words(cost, currency), profit=money_words(net - cost, currency), margin=share)
