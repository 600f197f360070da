"""Print runs: many documents printed at once, claimed by one process and carried on by another if that one dies.

A claim is a lease, renewed with every document. What was printed before is kept by the press, so that whoever carries
on has it in no time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from models import Bell, Kind, PrintRun, Staff, db
from portal import clock
from portal.domain import timeline
from portal.domain.refusals import Incomplete, TooMany

MOST = 200
TRIES = 3
KEPT = timedelta(days=1)
STEPS = 10  # how often the page hears of progress
TABLES = {kind: table for table, kind in timeline.KINDS.items()}


def ask(kind: Kind, ids: Iterable[int], *, is_zip: bool, by: Staff) -> PrintRun:
    """Have these printed, in this order. Ids that are nobody's are left out.

    Raises Incomplete("documents") without any, TooMany past MOST.
    """
    table = TABLES[kind]
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST:
        raise TooMany
    there = set(db.session.scalars(select(table.id).where(table.id.in_(wanted))))
    wanted = [id for id in wanted if id in there]
    if not wanted:
        raise Incomplete("documents")
    now = clock.now()
    run = PrintRun(staff=by, kind=kind, record_ids=wanted, is_zip=is_zip, created_at=now, due_at=now)
    db.session.add(run)
    db.session.flush()
    timeline.note_shop("print_asked", by=by, count=len(wanted), of=kind.value)
    return run


def of(id: int, person: Staff) -> PrintRun | None:
    """The run, if it is theirs: what somebody had printed is for nobody else to fetch."""
    return db.session.scalar(select(PrintRun).where(PrintRun.id == id, PrintRun.staff_id == person.id))


def records(run: PrintRun) -> list[timeline.Record]:
    """What is to be printed, in the order that was asked for."""
    table = TABLES[run.kind]
    found = {record.id: record for record in db.session.scalars(select(table).where(table.id.in_(run.record_ids)))}
    return [found[id] for id in run.record_ids if id in found]


def claim(lease: timedelta) -> PrintRun | None:
    """The run that is due longest, now nobody else's until the lease ends. None when none is due."""
    due = select(PrintRun).where(PrintRun.due_at <= clock.now()).order_by(PrintRun.due_at, PrintRun.id).limit(1)
    run = db.session.scalar(due.with_for_update(skip_locked=True))
    if run is not None:
        run.tries += 1
        run.done = 0
        run.due_at = clock.now() + lease
    return run


def claimed(id: int, tries: int) -> PrintRun | None:
    """The run, if it is still in the hands of whoever claimed it as try number `tries`."""
    run = db.session.get(PrintRun, id, with_for_update=True)
    return run if run and run.tries == tries and run.due_at else None


def hold(run: PrintRun, lease: timedelta) -> None:
    """It goes on: nobody else's for as long again."""
    run.due_at = clock.now() + lease


def moved(run: PrintRun, lease: timedelta) -> None:
    """One more is ready."""
    all = len(run.record_ids)
    run.done += 1
    hold(run, lease)
    if run.done * STEPS // all > (run.done - 1) * STEPS // all:
        _ring()


def finish(run: PrintRun, file: str, *, left_out: Iterable[int] = ()) -> None:
    """Its file is whole. `left_out` are the ids of what could not be printed."""
    run.done, run.due_at, run.file = len(run.record_ids), None, file
    run.trouble = _as_many_as_fit(left_out)
    _ring()


def left_out(run: PrintRun) -> list[timeline.Record]:
    """What could not be printed, as far as it was written down."""
    ids = [int(word) for word in run.trouble.split() if word.isdigit()] if run.file else []
    return [record for record in records(run) if record.id in ids]


def _as_many_as_fit(ids: Iterable[int]) -> str:
    said = ""
    for id in ids:
        more = f"{said} {id}".strip()
        if len(more) > 40:
            break
        said = more
    return said


def give_up(run: PrintRun, trouble: str) -> None:
    """There will be no file: "no_room", "too_long" or "failed"."""
    run.due_at, run.trouble = None, trouble
    _ring()


def put_off(run: PrintRun, wait: timedelta) -> None:
    """It came to no end: once more later, until that has happened TRIES times."""
    if run.tries >= TRIES:
        give_up(run, "failed")
    else:
        run.due_at = clock.now() + wait


def hand_back(run: PrintRun) -> None:
    """Whoever claimed it has to stop: it is due as if it had not been tried."""
    run.tries -= 1
    run.due_at = clock.now()


def forget_old() -> list[str]:
    """Strike out the runs of yesterday. Their files, to be thrown away."""
    old = db.session.scalars(select(PrintRun).where(PrintRun.created_at < clock.now() - KEPT)).all()
    for run in old:
        db.session.delete(run)
    return [run.file for run in old if run.file]


def next_due() -> datetime | None:
    return db.session.scalar(select(func.min(PrintRun.due_at)))


def _ring() -> None:
    timeline.note_shop("print_moved", by=None, bell=Bell.STAFF)
