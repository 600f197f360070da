"""What customers say to a quote: kept with the evidence of what they had before them, and told to the office."""

from sqlalchemy import select

from models import Answer, Bell, Kind, MessageKind, Quote, Snapshot, Staff, db
from portal import clock
from portal.db import has_postman
from portal.domain import messages, outbox, snapshots, timeline

VERBS = {
    MessageKind.APPROVED: "approved",
    MessageKind.CHANGES: "changes_requested",
    MessageKind.DECLINED: "declined",
}


def alive(quote: Quote, *kinds: MessageKind) -> Answer | None:
    """The newest answer that was not undone, to whatever revision; of these kinds, where some are named."""
    left = select(Answer).where(Answer.quote_id == quote.id, Answer.undone_at.is_(None))
    if kinds:
        left = left.where(Answer.kind.in_(kinds))
    return db.session.scalar(left.order_by(Answer.id.desc()).limit(1))


def approval(quote: Quote) -> Answer | None:
    return alive(quote, MessageKind.APPROVED)


def leave(
    quote: Quote,
    snapshot: Snapshot,
    kind: MessageKind,
    *,
    by: Staff | None,
    name: str,
    content: dict | None = None,
    body: str = "",
    path: str = "",
    address: str = "",
    user_agent: str = "",
) -> Answer:
    """Keep the answer to `snapshot`, as `content` where something was chosen. Raises TooMany."""
    content = content or snapshot.content
    optional = snapshots.optional_ids(content)
    answer = Answer(
        quote=quote,
        snapshot=snapshot,
        kind=kind,
        name=name,
        body=body,
        path=path,
        chosen=[line["id"] for line in content["lines"] if line["is_chosen"] and line["id"] in optional],
        total=content["total"],
        content_hash=snapshots.content_hash(content),
        address=address,
        user_agent=user_agent[:400],
        staff=by,
        at=clock.now(),
    )
    db.session.add(answer)
    message = messages.leave_answer(answer)
    if by is None and has_postman():
        outbox.tell_office(message)
    db.session.flush()
    details = {"revision": snapshot.revision, "name": name, "message_id": message.id}
    timeline.note(quote, VERBS[kind], by=by, bell=Bell.RING, **details)
    return answer


def agreed(answer: Answer) -> dict:
    """What the customer said yes to: the content that was shown, with what they ticked."""
    return snapshots.choose(answer.snapshot.content, answer.chosen)


def shown(quote: Quote) -> Snapshot | None:
    """The revision that the customer has before them."""
    return snapshots.of(Kind.QUOTE, quote.id, quote.revision)
