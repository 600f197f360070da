"""Numbers are given once, in the transaction that needs them: no gaps from rollbacks, none reused."""

from sqlalchemy import text

from models import db

FIRST = {"work_order": 1001}

NEXT = text(
    "INSERT INTO counter (series, last) VALUES (:series, :first) "
    "ON CONFLICT (series) DO UPDATE SET last = counter.last + 1 RETURNING last"
)


def next_in(series: str) -> int:
    """The next whole number of `series`. Its row stays locked until the caller's transaction ends."""
    return db.session.execute(NEXT, {"series": series, "first": FIRST[series]}).scalar_one()
