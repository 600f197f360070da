"""Numbers are given once, in the transaction that needs them: no gaps from rollbacks, none reused."""

from sqlalchemy import insert, update

from models import Counter, db

FIRST = {"work_order": 1001}


def next_in(series: str) -> int:
    """The next whole number of `series`. The row stays locked until the caller's transaction ends."""
    taken = db.session.execute(
        update(Counter).where(Counter.series == series).values(last=Counter.last + 1).returning(Counter.last)
    ).scalar()
    if taken is None:
        taken = FIRST[series]
        db.session.execute(insert(Counter).values(series=series, last=taken))
    return taken
