"""What time it is, in UTC and at the job site, on ordinary days and on those with 23 or 25 hours."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal import clock

PORTLAND, BERLIN, KATHMANDU, SANTIAGO = "America/Los_Angeles", "Europe/Berlin", "Asia/Kathmandu", "America/Santiago"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_now_is_a_moment_in_utc():
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().tzinfo is UTC


def test_a_stopped_clock_stands_and_goes_on_afterwards():
    with clock.stopped_at(NOON):
        assert clock.now() == clock.now() == NOON
        with clock.stopped_at(NOON + timedelta(hours=1)):
            assert clock.now() == NOON + timedelta(hours=1)
        assert clock.now() == NOON
    assert clock.now() != NOON


def test_a_clock_goes_on_when_a_test_fails():
    def fails():
        with clock.stopped_at(NOON):
            raise ValueError

    with pytest.raises(ValueError):
        fails()
    assert clock.now() != NOON


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-11-23 07:59", PORTLAND, date(2026, 11, 22)),
        ("2026-11-23 08:00", PORTLAND, date(2026, 11, 23)),
        ("2026-11-22 22:59", BERLIN, date(2026, 11, 22)),
        ("2026-11-22 23:00", BERLIN, date(2026, 11, 23)),
        ("2026-11-22 18:15", KATHMANDU, date(2026, 11, 23)),
        ("2026-12-31 23:59", "UTC", date(2026, 12, 31)),
    ],
)
def test_today_is_the_date_on_the_wall_there(moment, zone, day):
    with clock.stopped_at(utc(moment)):
        assert clock.today(zone) == day


@pytest.mark.parametrize(
    ("day", "zone", "moment"),
    [
        (date(2026, 11, 22), PORTLAND, "2026-11-22 08:00"),
        (date(2026, 7, 4), PORTLAND, "2026-07-04 07:00"),
        (date(2026, 11, 22), KATHMANDU, "2026-11-21 18:15"),
        (date(2026, 9, 6), SANTIAGO, "2026-09-06 04:00"),  # the clock jumps from 24:00 to 1:00: there is no midnight
    ],
)
def test_a_day_begins_at_midnight_there(day, zone, moment):
    assert clock.midnight(day, zone) == utc(moment)
    assert clock.midnight(day, zone).tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (PORTLAND, date(2026, 3, 8), 23),
        (PORTLAND, date(2026, 11, 1), 25),
        (BERLIN, date(2026, 3, 29), 23),
        (BERLIN, date(2026, 10, 25), 25),
        (BERLIN, date(2026, 11, 22), 24),
    ],
)
def test_a_day_is_as_long_as_it_is_there(zone, day, hours):
    assert clock.midnight(day + timedelta(days=1), zone) - clock.midnight(day, zone) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "at", "zone", "moment"),
    [
        (date(2026, 11, 22), time(10), PORTLAND, "2026-11-22 18:00"),
        (date(2026, 7, 4), time(10), PORTLAND, "2026-07-04 17:00"),
        (date(2026, 11, 22), time(23, 30), BERLIN, "2026-11-22 22:30"),
        (date(2026, 3, 8), time(2, 30), PORTLAND, "2026-03-08 10:30"),  # a time that is skipped: half past three
        (date(2026, 11, 1), time(1, 30), PORTLAND, "2026-11-01 08:30"),  # a time that comes twice: the first one
    ],
)
def test_a_time_on_site_is_a_moment_in_utc(day, at, zone, moment):
    assert clock.on_site(day, at, zone) == utc(moment)


@pytest.mark.parametrize(("ahead", "seconds"), [(90, 91), (0.4, 1), (0, 1), (-5, 1), (59.999, 60)])
def test_the_seconds_until_a_moment_never_end_before_it(ahead, seconds):
    with clock.stopped_at(NOON):
        assert clock.seconds_until(NOON + timedelta(seconds=ahead)) == seconds
