"""How the line to Stripe is: which of its events were taken in, and when it answered last."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, text

from models import StripeEvent, StripeHealth, UtcDateTime, db
from portal import clock
from portal.online import EventNow

TAKE_IN = text(
    "INSERT INTO stripe_event (id, kind, made_at, received_at) VALUES (:id, :kind, :made_at, :received_at) "
    "ON CONFLICT (id) DO NOTHING"
).bindparams(bindparam("made_at", type_=UtcDateTime), bindparam("received_at", type_=UtcDateTime))


def was_taken_in(id: str) -> bool:
    return db.session.get(StripeEvent, id) is not None


def take_in(event: EventNow) -> None:
    """Remember an event, in the transaction of what it changes."""
    row = {"id": event.id[:100], "kind": event.kind[:80], "made_at": event.made_at, "received_at": clock.now()}
    db.session.execute(TAKE_IN, row)


def forget_before(moment: datetime) -> None:
    """Let go of events so old that Stripe itself has forgotten them."""
    db.session.execute(delete(StripeEvent).where(StripeEvent.received_at < moment))


def last_event() -> StripeEvent | None:
    """The event that came last."""
    newest = select(StripeEvent).order_by(StripeEvent.received_at.desc(), StripeEvent.id).limit(1)
    return db.session.scalar(newest)


def health() -> StripeHealth | None:
    """None as long as nothing was asked."""
    return db.session.get(StripeHealth, 1)


def heard_until() -> datetime | None:
    """Until when every event was asked for; None as long as none was."""
    row = health()
    return row and row.heard_until


def answered(*, skew_s: int | None, undelivered: int | None = None, heard_until: datetime | None = None) -> None:
    """Stripe answered: the line is well."""
    row = _row()
    row.answered_at, row.trouble = clock.now(), ""
    row.skew_s = row.skew_s if skew_s is None else skew_s
    row.undelivered = row.undelivered if undelivered is None else undelivered
    row.heard_until = heard_until or row.heard_until


def troubled(reason: str) -> None:
    """Stripe did not answer, or would not."""
    _row().trouble = reason[:200]


def _row() -> StripeHealth:
    row = health()
    if row is None:
        row = StripeHealth(id=1, undelivered=0, trouble="")
        db.session.add(row)
        db.session.flush()
    return row
