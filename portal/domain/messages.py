"""What stands in the inbox: what customers write through Get help and say to a quote, and who answers it."""

from datetime import timedelta

from sqlalchemy import Select, func, or_, select

from models import Answer, Bell, Customer, Invoice, Message, MessageKind, Quote, Role, Staff, Visit, WorkOrder, db
from portal import clock
from portal.domain import links, timeline
from portal.domain.refusals import NotAllowed, TooMany
from portal.domain.timeline import Record
from portal.throttle import household

PER_LINK = 5
PER_ADDRESS = 20
WINDOW = timedelta(hours=1)
TABS = ("open", "mine", "closed")
FIELDS = {WorkOrder: "work_order", Quote: "quote", Invoice: "invoice"}


def leave(record: Record, link_id: int, *, about: str, body: str, name: str, reach_at: str, address: str) -> Message:
    """Keep what the customer wrote. Raises TooMany past PER_LINK or PER_ADDRESS an hour."""
    sender = _let_send(link_id, address)
    message = Message(link_id=link_id, about=about, body=body, name=name, reach_at=reach_at, address=sender)
    setattr(message, FIELDS[type(record)], record)
    message.created_at = clock.now()
    db.session.add(message)
    db.session.flush()
    _note(message, "message_left", by=None)
    return message


def leave_answer(answer: Answer) -> Message:
    """Tell the office what a customer said to a quote. What the office took down itself it has read already.

    Whoever asks for changes again and again is stopped as in `leave`: raises TooMany.
    """
    link = links.of(answer.quote) if answer.staff is None else None
    if link is not None and answer.kind is MessageKind.CHANGES:
        _let_send(link.id, answer.address)
    message = Message(
        kind=answer.kind,
        quote=answer.quote,
        link_id=link.id if link else None,
        body=answer.body,
        name=answer.name,
        address=household(answer.address),
        created_at=answer.at,
        answered_at=answer.at if answer.staff else None,
    )
    db.session.add(message)
    return message


def close_answers(quote: Quote, kind: MessageKind) -> None:
    """What was taken back needs no answer any more."""
    waiting = select(Message).where(Message.quote_id == quote.id, Message.kind == kind, Message.answered_at.is_(None))
    for message in db.session.scalars(waiting):
        message.answered_at = clock.now()


def record(message: Message) -> Record:
    """What the message is about."""
    return message.work_order or message.quote or message.invoice


def _let_send(link_id: int, address: str) -> str:
    """Whom a message from `address` counts for. Raises TooMany."""
    sender = household(address)
    is_crowded = sender != "" and _recent(Message.address == sender) >= PER_ADDRESS
    if is_crowded or _recent(Message.link_id == link_id) >= PER_LINK:
        raise TooMany
    return sender


def _recent(condition) -> int:
    return db.session.scalar(select(func.count(Message.id)).where(condition, Message.created_at > clock.now() - WINDOW))


def answered(message: Message, *, by: Staff) -> None:
    if message.answered_at is None:
        message.answered_at = clock.now()
        _note(message, "message_answered", by=by)


def reopen(message: Message, *, by: Staff) -> None:
    if message.answered_at is not None:
        message.answered_at = None
        _note(message, "message_reopened", by=by)


def assign(message: Message, person: Staff | None, *, by: Staff) -> None:
    """Have `person` answer it, whether or not the job is theirs; nobody in particular without one.

    Raises NotAllowed for somebody who may not read it.
    """
    if message.assigned_to is person:
        return
    if person is not None and not may_answer(message, person):
        raise NotAllowed(person.role)
    message.assigned_to = person
    if person is None:
        _note(message, "message_unassigned", by=by)
    else:
        _note(message, "message_assigned", by=by, to=person.name)


def may_answer(message: Message, person: Staff) -> bool:
    """Technicians learn nothing of quotes and invoices, so what is said about those is not theirs to answer."""
    return message.work_order_id is not None or person.role is not Role.TECHNICIAN


def _note(message: Message, verb: str, *, by: Staff | None, **details: str) -> None:
    timeline.note(record(message), verb, by=by, bell=Bell.STAFF, message_id=message.id, **details)


def visible_to(person: Staff) -> Select:
    """Messages a member of staff may read: all, or for a technician those of their own jobs and those given to them.

    A technician reads nothing about quotes and invoices, whoever they were when it was given to them.
    """
    messages = select(Message)
    if person.role is Role.TECHNICIAN:
        own_jobs = select(Visit.work_order_id).where(Visit.technician_id == person.id)
        own = or_(Message.work_order_id.in_(own_jobs), Message.assigned_to_id == person.id)
        messages = messages.where(Message.work_order_id.is_not(None), own)
    return messages


def open_count(person: Staff) -> int:
    return _count(under("open", person))


def counts(person: Staff) -> dict[str, int]:
    """How many messages stand under each tab for `person`, but for those that are closed."""
    return {tab: _count(under(tab, person)) for tab in ("open", "mine")}


def _count(found: Select) -> int:
    return db.session.scalar(select(func.count()).select_from(found.subquery()))


def under(tab: str, person: Staff) -> Select:
    """The messages that `person` sees under a tab."""
    found = visible_to(person)
    match tab:
        case "open":
            return found.where(Message.answered_at.is_(None))
        case "mine":
            return found.where(Message.answered_at.is_(None), Message.assigned_to_id == person.id)
        case "closed":
            return found.where(Message.answered_at.is_not(None))
    raise LookupError(tab)


def inbox(person: Staff, tab: str = "open", *, limit: int, offset: int = 0, options: tuple = ()) -> list[Message]:
    """The newest first; of those that are closed, the last one closed. `options` say what is loaded along."""
    order = (Message.answered_at.desc(), Message.id.desc()) if tab == "closed" else (Message.id.desc(),)
    found = under(tab, person).order_by(*order).limit(limit).offset(offset)
    return list(db.session.scalars(found.options(*options)))


def open_on(record: Record) -> list[Message]:
    about = getattr(Message, f"{FIELDS[type(record)]}_id")
    waiting = select(Message).where(about == record.id, Message.answered_at.is_(None))
    return list(db.session.scalars(waiting.order_by(Message.id.desc())))


def open_of_customer(customer: Customer) -> list[Message]:
    """What waits about any of the customer's jobs, quotes and invoices. For owner and office."""
    theirs = (
        getattr(Message, f"{name}_id").in_(select(table.id).where(table.customer_id == customer.id))
        for table, name in FIELDS.items()
    )
    waiting = select(Message).where(Message.answered_at.is_(None), or_(*theirs))
    return list(db.session.scalars(waiting.order_by(Message.id.desc())))


def jobs_with_open(ids: list[int]) -> set[int]:
    """Those of these work orders that have a message to answer."""
    waiting = select(Message.work_order_id).where(Message.work_order_id.in_(ids), Message.answered_at.is_(None))
    return set(db.session.scalars(waiting))
