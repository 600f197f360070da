"""What customers write through Get help, and who answered."""

from datetime import timedelta

from sqlalchemy import func, select

from models import Message, Role, Staff, Visit, WorkOrder, db
from portal import clock
from portal.domain import timeline
from portal.domain.refusals import TooMany

PER_LINK = 5
PER_ADDRESS = 20
WINDOW = timedelta(hours=1)


def leave(
    work_order: WorkOrder, link_id: int, *, about: str, body: str, name: str, reach_at: str, address: str
) -> Message:
    """Keep what the customer wrote. Raises TooMany past PER_LINK or PER_ADDRESS an hour."""
    is_crowded = address != "" and _recent(Message.address == address) >= PER_ADDRESS
    if is_crowded or _recent(Message.link_id == link_id) >= PER_LINK:
        raise TooMany
    message = Message(
        work_order=work_order, link_id=link_id, about=about, body=body, name=name, reach_at=reach_at, address=address
    )
    message.created_at = clock.now()
    db.session.add(message)
    timeline.note(work_order, "message_left", by=None)
    return message


def _recent(condition) -> int:
    return db.session.scalar(select(func.count(Message.id)).where(condition, Message.created_at > clock.now() - WINDOW))


def answered(message: Message, *, by: Staff) -> None:
    if message.answered_at is None:
        message.answered_at = clock.now()
        timeline.note(message.work_order, "message_answered", by=by)


def reopen(message: Message, *, by: Staff) -> None:
    if message.answered_at is not None:
        message.answered_at = None
        timeline.note(message.work_order, "message_reopened", by=by)


def visible_to(person: Staff):
    """Messages a member of staff may read: all, or for a technician those of their own jobs."""
    messages = select(Message)
    if person.role is Role.TECHNICIAN:
        messages = messages.where(
            Message.work_order_id.in_(select(Visit.work_order_id).where(Visit.technician_id == person.id))
        )
    return messages


def open_count(person: Staff) -> int:
    waiting = visible_to(person).where(Message.answered_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(waiting.subquery()))


def inbox(person: Staff, *, limit: int) -> list[Message]:
    """Unanswered first, then the newest."""
    return list(
        db.session.scalars(
            visible_to(person).order_by(Message.answered_at.is_not(None), Message.id.desc()).limit(limit)
        )
    )


def open_on(work_order: WorkOrder) -> list[Message]:
    waiting = select(Message).where(Message.work_order_id == work_order.id, Message.answered_at.is_(None))
    return list(db.session.scalars(waiting.order_by(Message.id.desc())))
