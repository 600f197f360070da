"""Quotes: sent, answered, revised on the same link, and turned into a job or an invoice once approved."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from sqlalchemy import update

from models import (
    Answer,
    Bell,
    Customer,
    Invoice,
    MessageKind,
    Quote,
    QuoteStatus,
    Snapshot,
    Staff,
    Status,
    WorkOrder,
    db,
)
from portal import clock
from portal.db import lock
from portal.domain import answers, documents, invoices, messages, numbers, snapshots, timeline, visits, work_orders
from portal.domain import shop as shops
from portal.domain.answers import approval
from portal.domain.refusals import Expired, Incomplete, NotAllowed, Stale

ASKED = (QuoteStatus.SENT, QuoteStatus.CHANGES_REQUESTED)
STATUS_AFTER = {
    MessageKind.APPROVED: QuoteStatus.APPROVED,
    MessageKind.CHANGES: QuoteStatus.CHANGES_REQUESTED,
    MessageKind.DECLINED: QuoteStatus.DECLINED,
}


def add(customer: Customer, *, title: str, by: Staff | None, work_order: WorkOrder | None = None) -> Quote:
    """Start a draft. Raises NotAllowed for a customer in the archive."""
    quote = Quote(title=title, terms=shops.as_it_is().quote_terms, status=QuoteStatus.DRAFT, revision=0)
    documents.begin(quote, customer, work_order=work_order, by=by)
    return quote


def send(quote: Quote, *, by: Staff | None) -> Snapshot:
    """Show the customer what it says now, as a new revision; with nothing new to say, the newest one stays.

    A last day that has passed is moved on. Raises NotAllowed once approved, Incomplete without lines.
    """
    lock(quote)
    if quote.status is QuoteStatus.APPROVED or quote.archived_at:
        raise NotAllowed(quote.status)
    if not quote.lines:
        raise Incomplete("lines")
    shop = shops.as_it_is()
    today = clock.today(shop.time_zone)
    if quote.valid_until is None or quote.valid_until < today:
        quote.valid_until = today + timedelta(days=shop.valid_days)
    if quote.status is QuoteStatus.SENT and not has_unsent_changes(quote):
        return answers.shown(quote)
    if quote.number is None:
        quote.number = numbers.next_in("quote")
    quote.revision += 1
    quote.status, quote.sent_at, quote.answered_at = QuoteStatus.SENT, clock.now(), None
    snapshot = snapshots.take(quote, revision=quote.revision)
    timeline.note(quote, "sent", by=by, bell=Bell.RING, revision=quote.revision)
    return snapshot


def has_unsent_changes(quote: Quote) -> bool:
    """Whether the office's lines and words are not those that the customer has before them."""
    sent = answers.shown(quote)
    if sent is None:
        return True
    told, now = sent.content, snapshots.content_of(quote, revision=sent.revision)
    now = {name: value for name, value in now.items() if name in told}  # what was sent earlier tells less
    now["shop"] = {name: now["shop"].get(name) for name in told["shop"]}
    return now | {name: told[name] for name in ("issued_on", "country") if name in told} != told


def approve(
    quote: Quote,
    *,
    revision: int,
    name: str,
    path: str = "",
    chosen: Collection[int] = (),
    address: str = "",
    user_agent: str = "",
    by: Staff | None = None,
) -> Answer:
    """Say yes to `revision`, with the optional lines in `chosen`. However often it is said, the first time counts.

    Raises Incomplete without a name, Stale for another revision than the present one, Expired, NotAllowed.
    """
    if not name.strip():
        raise Incomplete("name")
    snapshot = _shown(quote, revision)
    if quote.status is QuoteStatus.APPROVED:
        return approval(quote)
    if not set(chosen) <= snapshots.optional_ids(snapshot.content):
        raise NotAllowed("no such line")
    content = snapshots.choose(snapshot.content, chosen)
    if _is_past(snapshot, clock.today(shops.as_it_is().time_zone)) and quote.status in ASKED:
        raise Expired
    _answered(quote, revision, QuoteStatus.APPROVED)
    _tick(quote, content)
    evidence = {"name": name.strip(), "path": path, "address": address, "user_agent": user_agent}
    return answers.leave(quote, snapshot, MessageKind.APPROVED, content=content, by=by, **evidence)


def _tick(quote: Quote, content: dict) -> None:
    """Have the office's optional lines ticked as in `content`."""
    ticked = {line["id"]: line["is_chosen"] for line in content["lines"]}
    for line in quote.lines:
        if line.is_optional:
            line.is_chosen = ticked.get(line.id, line.is_chosen)


def request_changes(
    quote: Quote,
    *,
    revision: int,
    body: str,
    name: str = "",
    address: str = "",
    user_agent: str = "",
    by: Staff | None = None,
) -> Answer:
    """Ask for something else. Raises Incomplete without words, Stale, NotAllowed, TooMany."""
    if not body.strip():
        raise Incomplete("body")
    said = {"body": body, "name": name, "address": address, "user_agent": user_agent}
    return _reply(quote, revision, MessageKind.CHANGES, by=by, **said)


def decline(
    quote: Quote,
    *,
    revision: int,
    reason: str = "",
    name: str = "",
    address: str = "",
    user_agent: str = "",
    by: Staff | None = None,
) -> Answer:
    """Say no. Raises Stale, NotAllowed."""
    said = {"body": reason, "name": name, "address": address, "user_agent": user_agent}
    return _reply(quote, revision, MessageKind.DECLINED, by=by, **said)


def _reply(quote: Quote, revision: int, kind: MessageKind, *, by: Staff | None, body: str, **evidence: str) -> Answer:
    """An answer that is not yes; pressed twice, it is one."""
    snapshot = _shown(quote, revision)
    last = answers.alive(quote)
    is_again = last is not None and (last.kind, last.snapshot_id) == (kind, snapshot.id)
    if is_again and quote.status is STATUS_AFTER[kind] and (kind is MessageKind.DECLINED or last.body == body):
        return last
    _answered(quote, revision, STATUS_AFTER[kind])
    return answers.leave(quote, snapshot, kind, by=by, body=body, **evidence)


def _shown(quote: Quote, revision: int) -> Snapshot:
    """What somebody answers to, with the quote locked. Raises Stale when there is a newer one by now."""
    lock(quote)
    snapshot = answers.shown(quote)
    if snapshot is None or quote.revision != revision:
        raise Stale
    return snapshot


def _answered(quote: Quote, revision: int, status: QuoteStatus) -> None:
    """Swap the status if it is still to be answered. Raises NotAllowed. An answer brings it out of the archive."""
    is_asked = (Quote.id == quote.id, Quote.revision == revision, Quote.status.in_(ASKED))
    values = {"status": status, "answered_at": clock.now(), "archived_at": None}
    swap = update(Quote).where(*is_asked).values(values).execution_options(synchronize_session=False)
    was_asked = db.session.execute(swap).rowcount == 1
    db.session.refresh(quote)
    if not was_asked:
        raise NotAllowed(quote.status)


def undo_answer(quote: Quote, *, by: Staff) -> None:
    """Take back the last answer, which stays on record. Raises NotAllowed once a job or an invoice came of it."""
    _undo(quote, by, "answer_undone")


def reopen(quote: Quote, *, by: Staff) -> None:
    """Take an approval back in order to revise the quote. Raises NotAllowed as `undo_answer` does."""
    lock(quote)
    if quote.status is not QuoteStatus.APPROVED:
        raise NotAllowed(quote.status)
    _undo(quote, by, "reopened")


def _undo(quote: Quote, by: Staff, verb: str) -> None:
    lock(quote)
    answer = answers.alive(quote)
    is_present = answer is not None and answer.snapshot.revision == quote.revision
    if not is_present or quote.status is not STATUS_AFTER[answer.kind] or _came_of(quote):
        raise NotAllowed(quote.status)
    answer.undone_at = clock.now()
    if answer.kind is MessageKind.APPROVED:
        _tick(quote, answer.snapshot.content)
    db.session.flush()
    before = answers.alive(quote)
    if before is not None and before.snapshot.revision == quote.revision:
        quote.status, quote.answered_at = STATUS_AFTER[before.kind], before.at
    else:
        quote.status, quote.answered_at = QuoteStatus.SENT, None
    messages.close_answers(quote, answer.kind)
    timeline.note(quote, verb, by=by, bell=Bell.RING, what=answer.kind.value)


def _came_of(quote: Quote) -> bool:
    """Whether a job or an invoice was made of it that still stands."""
    job = quote.work_order
    is_made = job is not None and timeline.last(quote, ("work_order_made",), number=job.number) is not None
    return (is_made and job.status is not Status.CANCELLED) or invoices.standing_of_quote(quote) is not None


def last_answer(quote: Quote) -> Answer | None:
    return answers.alive(quote)


def is_expired(quote: Quote, today: date, *, snapshot: Snapshot | None = None) -> bool:
    """Whether the last day that the customer was told has passed. `today` is the shop's."""
    if quote.status not in ASKED:
        return False
    return _is_past(snapshot or answers.shown(quote), today)


def _is_past(snapshot: Snapshot, today: date) -> bool:
    until = snapshot.content["valid_until"]
    return until is not None and date.fromisoformat(until) < today


def state(quote: Quote, today: date, *, snapshot: Snapshot | None = None) -> str:
    """The status, or "expired". `today` is the shop's."""
    return "expired" if is_expired(quote, today, snapshot=snapshot) else quote.status.value


def make_work_order(quote: Quote, *, by: Staff) -> WorkOrder:
    """Book the job that was approved, without a date yet; the one that is there already. Raises NotAllowed."""
    lock(quote)
    answer = approval(quote)
    if quote.status is not QuoteStatus.APPROVED or answer is None:
        raise NotAllowed(quote.status)
    if quote.work_order and quote.work_order.status is not Status.CANCELLED:
        return quote.work_order
    agreed = answers.agreed(answer)
    job = work_orders.book(
        quote.customer,
        title=agreed["title"],
        **agreed["site"],
        time_zone=shops.as_it_is().time_zone,
        internal_notes="\n".join(_scope(agreed["lines"])),
        by=by,
    )
    visits.book(job, starts_at=None, ends_at=None, technician=None, by=by)
    quote.work_order = job
    timeline.note(quote, "work_order_made", by=by, bell=Bell.RING, number=job.number)
    return job


def _scope(lines: Iterable[dict]) -> Iterable[str]:
    """What was sold, for whoever does it: technicians read neither prices nor quotes."""
    for line in lines:
        if line["is_chosen"]:
            is_one = line["is_hourly"] or line["quantity"] == "1"
            yield line["description"] if is_one else f"{line['quantity']} × {line['description']}"


def make_invoice(quote: Quote, *, by: Staff) -> Invoice:
    """Draft the invoice of what was approved, to the cent; the one that is there already. Raises NotAllowed."""
    return invoices.from_quote(quote, by=by)
