"""What time it is: in UTC, and as a date in somebody's zone. Pure; tests stop it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_stopped: datetime | None = None


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _stopped or datetime.now(UTC)


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """Inside, it is `moment`. For sample data and for tests."""
    global _stopped
    kept, _stopped = _stopped, moment
    try:
        yield
    finally:
        _stopped = kept


def today(zone: str) -> date:
    """The date on the wall in `zone`, an IANA name."""
    return now().astimezone(ZoneInfo(zone)).date()


def midnight(day: date, zone: str) -> datetime:
    """The moment `day` begins in `zone`, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def on_site(day: date, at: time, zone: str) -> datetime:
    """The UTC moment that a clock at the job site shows as `day`, `at`.

    Where summer time begins or ends, the offset that held before the change is taken.
    """
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def seconds_until(moment: datetime) -> int:
    """Whole seconds until `moment` is over, counted from the second that it is now; at least 1."""
    return max(1, (moment - now().replace(microsecond=0)) // timedelta(seconds=1) + 1)
