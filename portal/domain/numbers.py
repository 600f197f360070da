"""Numbers are given once, in the transaction that needs them: no gaps from rollbacks, none reused."""

from sqlalchemy import text

from models import Counter, Staff, db
from portal.domain import timeline
from portal.domain.refusals import NotAllowed

FIRST = {"work_order": 1001, "quote": 1001, "invoice": 1001}
MOST = 1_000_000_000

NEXT = text(
    "INSERT INTO counter (series, last) VALUES (:series, :first) "
    "ON CONFLICT (series) DO UPDATE SET last = counter.last + 1 RETURNING last"
)
RAISE = text(
    "INSERT INTO counter (series, last) VALUES (:series, :last) "
    "ON CONFLICT (series) DO UPDATE SET last = excluded.last WHERE counter.last <= excluded.last RETURNING last"
)


def next_in(series: str) -> int:
    """The next whole number of `series`. Its row stays locked until the caller's transaction ends."""
    return db.session.execute(NEXT, {"series": series, "first": FIRST[series]}).scalar_one()


def upcoming(series: str) -> int:
    """The number that `next_in` would give now."""
    counter = db.session.get(Counter, series, populate_existing=True)
    return counter.last + 1 if counter else FIRST[series]


def set_next(series: str, number: int, *, by: Staff) -> None:
    """Go on with `number`. Raises NotAllowed when it, or one after it, was given already; ValueError past MOST."""
    if series not in FIRST or not 1 <= number <= MOST:
        raise ValueError(f"{series} cannot go on with {number}")
    if db.session.execute(RAISE, {"series": series, "last": number - 1}).first() is None:
        raise NotAllowed("given already")
    timeline.note_shop("numbering_set", by=by, series=series, number=number)
