"""Lives through the sample quotes and invoices as they would have been sent, answered and paid."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from flask import current_app
from sqlalchemy import select

from models import (
    Customer,
    Document,
    Invoice,
    Item,
    Message,
    MessageKind,
    OrgProfile,
    Quote,
    Staff,
    TaxCategory,
    WorkOrder,
    db,
)
from portal import clock, dates
from portal.demo.jobs import SIGNATURES
from portal.demo.papers import BILLING, FIRST_NUMBERS, INVOICES, ITEMS, QUOTES, TAXES, Paper, SampleInvoice, SampleQuote
from portal.domain import catalogue, documents, invoices, messages, numbers, payments, quotes, sharing, taxes, timeline
from portal.domain.documents import LineValues


def fill(people: dict[str, Staff], profile: OrgProfile, now: datetime) -> None:
    """Taxes, price list, quotes and invoices of a shop that has its sample jobs already, as told from `now`."""
    june = people["june"]
    for name, value in BILLING.items():
        setattr(profile, name, value)
    for _key, name, rate, category in TAXES:
        taxes.add(name=name, rate=Decimal(rate), category=TaxCategory(category), by=june)
    items = {row[0]: list_item(row, june) for row in ITEMS}
    for series, number in FIRST_NUMBERS.items():
        numbers.set_next(series, number, by=june)
    for paper in QUOTES:
        enact_quote(paper, items, now, people)
    for paper in INVOICES:
        enact_invoice(paper, items, now, people["olive"])


def list_item(row: tuple, june: Staff) -> Item:
    _key, description, details, unit, price, cost, is_hourly = row
    said = {"description": description, "details": details, "unit": unit, "is_hourly": is_hourly}
    return catalogue.add(said | {"price": Decimal(price), "cost": Decimal(cost)}, by=june)


def enact_quote(paper: SampleQuote, items: dict[str, Item], now: datetime, people: dict[str, Staff]) -> None:
    june, sent_at = people["june"], now - timedelta(hours=paper.hours_ago)
    with clock.stopped_at(sent_at):
        quote = quotes.add(customer_of(paper, sent_at), title=paper.title, by=june)
        write(quote, paper, lines_of(paper, items), june)
        if not paper.is_draft:
            share(quote, june)
    for place, (hours_ago, kind, words) in enumerate(paper.answers):
        if place == 1 and paper.revised:
            revise(quote, paper, items, now, june)
        with clock.stopped_at(now - timedelta(hours=hours_ago)):
            answer(quote, paper, kind, words, june)
    if paper.answers and not paper.waits:
        close(quote, june)
    if paper.job and quote.status == "approved":
        quote.work_order = job_of(paper)
        with clock.stopped_at(now - timedelta(hours=paper.answers[-1][0])):
            timeline.note(quote, "work_order_made", by=june, number=quote.work_order.number)
    quote.edition = 1  # nobody has rewritten the sample


def write(document: Document, paper: Paper, lines: Iterable[LineValues], by: Staff) -> None:
    values = {"message": paper.message}
    for name in ("discount_percent", "deposit_percent"):
        values[name] = Decimal(getattr(paper, name)) if getattr(paper, name) else None
    documents.save(document, values=values, lines=lines, seen=document.edition, by=by)
    db.session.flush()


def lines_of(paper: Paper, items: dict[str, Item]) -> list[LineValues]:
    certain = [replace(catalogue.line_of(items[key]), quantity=Decimal(quantity)) for key, quantity in paper.lines]
    optional = [replace(catalogue.line_of(items[key]), quantity=Decimal(quantity)) for key, quantity in paper.optional]
    return certain + [replace(line, is_optional=True, is_chosen=False) for line in optional]


def share(document: Document, by: Staff) -> None:
    sharing.share(document, by=by, keys=current_app.extensions["settings"].link_keys)


def revise(quote: Quote, paper: SampleQuote, items: dict[str, Item], now: datetime, june: Staff) -> None:
    """Lines that were there before stay the same ones, so that the page can tell what changed."""
    known = {line.description: line.id for line in quote.lines}
    lines = lines_of(replace(paper, lines=paper.revised), items)
    with clock.stopped_at(now - timedelta(hours=paper.revised_hours_ago)):
        lines = [replace(line, id=known.get(line.description)) for line in lines]
        documents.save_lines(quote, lines, seen=quote.edition, by=june)
        db.session.flush()
        quotes.send(quote, by=june)


def answer(quote: Quote, paper: SampleQuote, kind: MessageKind, words: str, june: Staff) -> None:
    match kind:
        case MessageKind.CHANGES:
            quotes.request_changes(quote, revision=quote.revision, body=words, name=paper.customer)
        case MessageKind.DECLINED:
            quotes.decline(quote, revision=quote.revision, reason=words, name=paper.customer)
        case MessageKind.APPROVED:
            wanted = {description for key, description, *_rest in ITEMS if key in paper.chosen}
            quotes.approve(
                quote,
                revision=quote.revision,
                name=words,
                path=SIGNATURES[words] if paper.is_signed else "",
                chosen=[line.id for line in quote.lines if line.description in wanted],
                by=june if paper.is_by_phone else None,
            )


def close(quote: Quote, june: Staff) -> None:
    for message in db.session.scalars(select(Message).where(Message.quote_id == quote.id)):
        with clock.stopped_at(message.created_at + timedelta(minutes=40)):
            messages.answered(message, by=june)


def enact_invoice(paper: SampleInvoice, items: dict[str, Item], now: datetime, by: Staff) -> None:
    issued_at = now - timedelta(hours=paper.hours_ago)
    with clock.stopped_at(issued_at):
        if paper.quote:
            invoice = quotes.make_invoice(named(Quote, paper.quote), by=by)
        else:
            customer, job = customer_of(paper, issued_at), job_of(paper)
            invoice = invoices.add(customer, title=paper.title, work_order=job, by=by)
            write(invoice, paper, lines_of(paper, items), by)
        if not paper.is_draft:
            share(invoice, by)
    for hours_ago, method, percent, reference in paper.payments:
        paid_at = now - timedelta(hours=hours_ago)
        with clock.stopped_at(paid_at):
            on = dates.local_date(paid_at, current_zone())
            amount = invoice.total * percent // 100
            payments.record(invoice, amount=amount, method=method, paid_on=on, reference=reference, by=by)
    invoice.edition = 1


def current_zone() -> str:
    return db.session.get_one(OrgProfile, 1).time_zone


def customer_of(paper: Paper, at: datetime) -> Customer:
    """Their card, which is as old as the first paper they got."""
    card = db.session.scalars(select(Customer).where(Customer.name == paper.customer)).one()
    card.created_at = min(card.created_at, at)
    return card


def job_of(paper: Paper) -> WorkOrder | None:
    return named(WorkOrder, paper.job) if paper.job else None


def named(model: type, title: str):
    """The first one of that title."""
    return db.session.scalar(select(model).where(model.title == title).order_by(model.id).limit(1))


def main_quote() -> Quote | None:
    """The one that waits for an answer."""
    return shown(Quote, next(paper.title for paper in QUOTES if paper.is_main))


def main_invoice() -> Invoice | None:
    return shown(Invoice, next(paper.title for paper in INVOICES if paper.is_main))


def shown(model: type, title: str):
    return db.session.scalar(
        select(model).where(model.title == title, model.number.is_not(None)).order_by(model.id).limit(1)
    )
