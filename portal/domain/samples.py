"""Sample records: which they are, and how they leave a shop that became real.

They are told apart by the list that is left when the sample shop is filled: what is not on it was added by hand. Of
those on it, what somebody has rewritten in its form stays too, and so does whoever a record that stays needs.
"""

from dataclasses import dataclass, replace

from sqlalchemy import delete, select, update

from models import (
    Answer,
    Bell,
    Counter,
    Customer,
    Event,
    Invoice,
    Item,
    Kind,
    Line,
    Link,
    Mail,
    Message,
    Part,
    Payment,
    Photo,
    Quote,
    Signature,
    SignInLink,
    Snapshot,
    Staff,
    TaxRate,
    Visit,
    WorkOrder,
    db,
)
from portal import clock
from portal.db import locked
from portal.domain import timeline

FILLED, CLEARED = "samples_filled", "samples_cleared"
PAPERS = {"quotes": Quote, "invoices": Invoice, "items": Item, "taxes": TaxRate}
EDITED = {"jobs": WorkOrder, "customers": Customer, "quotes": Quote, "invoices": Invoice, "items": Item}  # by edition
NOUNS = (*EDITED, "taxes", "staff")
SERIES = {"work_order": WorkOrder, "quote": Quote, "invoice": Invoice}


@dataclass(frozen=True, kw_only=True)
class Samples:
    """What would be cleared, by id, and how many only look like it: samples that somebody rewrote."""

    jobs: frozenset[int] = frozenset()
    customers: frozenset[int] = frozenset()
    staff: frozenset[int] = frozenset()
    quotes: frozenset[int] = frozenset()
    invoices: frozenset[int] = frozenset()
    items: frozenset[int] = frozenset()
    taxes: frozenset[int] = frozenset()
    jobs_staying: int = 0
    customers_staying: int = 0
    papers_staying: int = 0  # quotes, invoices, entries of the price list and tax rates

    def __bool__(self) -> bool:
        return any(getattr(self, noun) for noun in NOUNS)


def mark(**ids: list[int]) -> None:
    """Remember which records are samples: their ids, by the names in NOUNS."""
    timeline.note_shop(FILLED, by=None, **ids)


def found() -> Samples:
    """The samples that are still here and that nobody made their own."""
    since, marked = _marked()
    here = {noun: dict(_here(model, marked[noun])) for noun, model in EDITED.items()}
    untouched = {noun: {id for id, edition in rows.items() if edition == 1} for noun, rows in here.items()}
    untouched["taxes"] = _taxes(marked["taxes"], since)
    kept = _unneeded(Samples(**{noun: frozenset(ids) for noun, ids in untouched.items()}))
    papers = sum(len(here[noun]) - len(getattr(kept, noun)) for noun in ("quotes", "invoices", "items"))
    return replace(
        kept,
        staff=frozenset(_unneeded_staff(marked["staff"], set(kept.jobs))),
        jobs_staying=len(here["jobs"]) - len(kept.jobs),
        customers_staying=len(here["customers"]) - len(kept.customers),
        papers_staying=papers,
    )


def _marked() -> tuple[int, dict[str, set[int]]]:
    """The Event that noted the samples first, and what was noted since the last ones were cleared."""
    last_cleared = select(Event.id).where(Event.kind == timeline.SHOP, Event.verb == CLEARED)
    since = db.session.scalar(last_cleared.order_by(Event.id.desc()).limit(1)) or 0
    events = select(Event).where(Event.kind == timeline.SHOP, Event.verb == FILLED, Event.id > since)
    notes = list(db.session.scalars(events.order_by(Event.id)))
    lists = [event.details for event in notes]
    first = notes[0].id if notes else 0
    return first, {noun: {id for details in lists for id in details.get(noun, ())} for noun in NOUNS}


def _here(model, ids: set[int]) -> list[tuple[int, int]]:
    """(id, edition) of those that exist."""
    rows = locked(select(model.id, model.edition).where(model.id.in_(ids)))
    return [tuple(row) for row in db.session.execute(rows)]


def _taxes(ids: set[int], since: int) -> set[int]:
    """Those whose name and rate nobody has changed. They count no editions, so the log is asked."""
    changed = select(Event.details).where(Event.kind == timeline.SHOP, Event.verb == "tax_edited", Event.id > since)
    rewritten = {details.get("tax_id") for details in db.session.scalars(changed)}
    return set(db.session.scalars(select(TaxRate.id).where(TaxRate.id.in_(ids)))) - rewritten


def _unneeded(kept: Samples) -> Samples:
    """Without what is needed by what stays: from the last paper made of another to the customer it is for."""
    invoices, quotes = set(kept.invoices), set(kept.quotes)
    while needed := _named_by(Invoice.credits_id, invoices, Invoice.id.not_in(invoices)):
        invoices -= needed
    other_invoices = Invoice.id.not_in(invoices)
    quotes -= _named_by(Invoice.quote_id, quotes, other_invoices)
    other_quotes = Quote.id.not_in(quotes)
    jobs = set(kept.jobs)
    jobs -= _named_by(Quote.work_order_id, jobs, other_quotes) | _named_by(Invoice.work_order_id, jobs, other_invoices)
    customers = set(kept.customers)
    customers -= _named_by(WorkOrder.customer_id, customers, WorkOrder.id.not_in(jobs))
    customers -= _named_by(Quote.customer_id, customers, other_quotes)
    customers -= _named_by(Invoice.customer_id, customers, other_invoices)
    taxes = set(kept.taxes) - _named_by(Item.tax_rate_id, set(kept.taxes), Item.id.not_in(kept.items))
    return replace(
        kept,
        invoices=frozenset(invoices),
        quotes=frozenset(quotes),
        jobs=frozenset(jobs),
        customers=frozenset(_merged_into_nobody_staying(customers)),
        taxes=frozenset(taxes),
    )


def _named_by(column, ids: set[int], which) -> set[int]:
    """Those of `ids` that `column` names in the rows of `which`."""
    return set(db.session.scalars(select(column).where(column.in_(ids), which)))


def _merged_into_nobody_staying(customers: set[int]) -> set[int]:
    merged = select(Customer.id, Customer.merged_into_id).where(Customer.merged_into_id.is_not(None))
    pairs = db.session.execute(merged).all()
    while needed := {into for id, into in pairs if into in customers and id not in customers}:
        customers = customers - needed
    return customers


def _unneeded_staff(marked: set[int], jobs: set[int]) -> set[int]:
    """Those who cannot sign in by a password of their own and go to no job that stays."""
    idle = select(Staff.id).where(Staff.id.in_(marked), Staff.password_hash.is_(None), Staff.archived_at.is_(None))
    sent = select(Visit.technician_id).where(Visit.work_order_id.not_in(jobs), Visit.technician_id.is_not(None))
    return set(db.session.scalars(idle)) - set(db.session.scalars(sent))


def clear(samples: Samples, *, by: Staff) -> list[str]:
    """Remove the samples for good. Gives the names of files to forget once this is committed.

    Whoever has one of their pages open sees it close. Everybody's session ends, also that of `by`: numbers of removed
    records may be given again, and a page left open in some tab must not act on what gets the number next.
    """
    chosen_by_hand = _numbers_set_by_hand()
    records = ((WorkOrder, samples.jobs), (Quote, samples.quotes), (Invoice, samples.invoices))
    for model, ids in records:
        _close_pages(model, ids, by)
    timeline.note_shop(CLEARED, by=by, bell=Bell.RING, jobs=len(samples.jobs), customers=len(samples.customers))
    # The newest Event stays, so that no later one gets the number of one that goes.
    db.session.flush()
    files = _files_of(samples.jobs)
    for model, ids in reversed(records):
        _remove(model, ids)
    for model, ids in ((Item, samples.items), (TaxRate, samples.taxes), (Customer, samples.customers)):
        _delete(model, model.id.in_(ids))
    files += _let_go(samples.staff)
    for series, model in SERIES.items():
        if series not in chosen_by_hand and not db.session.scalar(select(model.id).where(model.number.is_not(None))):
            _delete(Counter, Counter.series == series)
    db.session.execute(update(Staff).values(session_epoch=Staff.session_epoch + 1))
    db.session.expire_all()
    return [name for name in files if name]


def _numbers_set_by_hand() -> set[str]:
    """The series whose next number the owner chose: that stands, whatever goes."""
    since, _marked_ids = _marked()
    chosen = select(Event.details).where(Event.kind == timeline.SHOP, Event.verb == "numbering_set", Event.id > since)
    return {details["series"] for details in db.session.scalars(chosen)}


def _close_pages(model, ids: frozenset[int], by: Staff) -> None:
    """Ring the pages behind the records' links for the last time."""
    shared = select(model, Link.id).join(
        Link, (Link.record_id == model.id) & (Link.kind == timeline.KINDS[model]) & Link.revoked_at.is_(None)
    )
    for record, link_id in db.session.execute(shared.where(model.id.in_(ids))).all():
        timeline.note(record, "revoked", by=by, bell=Bell.DISMISS, link_id=link_id)
    db.session.flush()


def _files_of(jobs: frozenset[int]) -> list[str]:
    rows = db.session.execute(select(Photo.full, Photo.thumb).where(Photo.work_order_id.in_(jobs)))
    return [name for row in rows for name in row]


def _remove(model, ids: frozenset[int]) -> None:
    """Delete the records and all that hangs on them, from the leaves inward."""
    kind = timeline.KINDS[model]
    about = {Kind.WORK_ORDER: Message.work_order_id, Kind.QUOTE: Message.quote_id, Kind.INVOICE: Message.invoice_id}
    ours, told = (Link.kind == kind) & Link.record_id.in_(ids), about[kind].in_(ids)
    links, messages = select(Link.id).where(ours), select(Message.id).where(told)
    _delete(Mail, Mail.link_id.in_(links) | Mail.message_id.in_(messages))
    _delete(Message, told)
    match kind:
        case Kind.WORK_ORDER:
            # What is left of quotes and invoices by hand names none of these jobs: see _unneeded.
            for leaf in (Signature, Photo, Part, Visit):
                _delete(leaf, leaf.work_order_id.in_(ids))
        case Kind.QUOTE:
            _delete(Answer, Answer.quote_id.in_(ids))
            _delete(Line, Line.quote_id.in_(ids))
        case Kind.INVOICE:
            _delete(Payment, Payment.invoice_id.in_(ids))
            _delete(Line, Line.invoice_id.in_(ids))
    _delete(Snapshot, (Snapshot.kind == kind) & Snapshot.record_id.in_(ids))
    _delete(Link, ours)
    _delete(Event, (Event.kind == kind) & Event.record_id.in_(ids))
    _delete(model, model.id.in_(ids))


def _let_go(staff: frozenset[int]) -> list[str]:
    """Delete these people. Who is named in what stays is only archived: the log keeps its names."""
    _delete(Mail, Mail.staff_id.in_(staff))
    _delete(SignInLink, SignInLink.staff_id.in_(staff))
    named: set[int] = set()
    columns = (Event.staff_id, Link.created_by_id, Message.assigned_to_id)
    columns += (Answer.staff_id, Payment.staff_id, Signature.staff_id, Photo.taken_by_id)
    for column in columns:
        named |= set(db.session.scalars(select(column).where(column.in_(staff))))
    db.session.execute(update(Staff).where(Staff.id.in_(named)).values(archived_at=clock.now()))
    gone = staff - named
    files = list(db.session.scalars(select(Staff.photo).where(Staff.id.in_(gone))))
    _delete(Staff, Staff.id.in_(gone))
    return files


def _delete(model, which) -> None:
    db.session.execute(delete(model).where(which), execution_options={"synchronize_session": False})
