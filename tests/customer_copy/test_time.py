"""Visits are told in the time of the job site, whatever the shop's or the server's clock says."""

from datetime import UTC, datetime, timedelta

import pytest
from flask_babel import force_locale

from portal import clock, customer_copy
from portal.db import writing
from tests.factories import local

NEW_YORK = "America/New_York"


def copy_at(shop, job, moment):
    with clock.stopped_at(moment):
        return customer_copy.of_work_order(shop.again(job))


def test_a_site_in_another_zone_keeps_its_own_clock(shop):
    job = shop.work_order(starts_at=local("2026-11-22 10:00", NEW_YORK), time_zone=NEW_YORK)
    assert shop.profile.time_zone == "America/Los_Angeles"

    copy = copy_at(shop, job, local("2026-11-22 08:00", NEW_YORK))

    assert copy.headline == "Theo is coming today between 10 and noon"
    assert (copy.visit.date, copy.visit.window) == ("Sunday, November 22", "10:00 am – 12:00 noon")
    assert copy.updated == "8:00 am"


def test_today_is_the_sites_today(shop):
    job = shop.work_order(starts_at=local("2026-11-23 09:00", NEW_YORK), time_zone=NEW_YORK)
    just_after_midnight_there = local("2026-11-22 21:01")
    assert copy_at(shop, job, just_after_midnight_there).headline == "Theo is coming today between 9 and 11 am"
    assert "Monday" in copy_at(shop, job, just_after_midnight_there - timedelta(minutes=2)).headline


def test_a_visit_at_half_past_eleven_at_night_is_on_the_day_it_begins(shop):
    job = shop.work_order(starts_at=local("2026-11-22 23:30"))
    assert job.visits[0].starts_at.date() == datetime(2026, 11, 23).date()  # in UTC it is the next day already

    copy = copy_at(shop, job, local("2026-11-22 12:00"))

    assert copy.headline == "Theo is coming today between 11:30 pm and 1:30 am"
    assert (copy.visit.date, copy.visit.window) == ("Sunday, November 22", "11:30 pm – 1:30 am")
    assert copy.calendar.starts_at == datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "starts_at"),
    [
        ("2026-03-07", datetime(2026, 3, 7, 18, tzinfo=UTC)),
        ("2026-03-08", datetime(2026, 3, 8, 17, tzinfo=UTC)),  # summer time began at 2 that night
        ("2026-10-31", datetime(2026, 10, 31, 17, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 11, 1, 18, tzinfo=UTC)),  # and ended at 2 this night
    ],
)
def test_ten_is_ten_on_the_days_the_clocks_change(shop, day, starts_at):
    job = shop.work_order(starts_at=local(f"{day} 10:00"))
    assert job.visits[0].starts_at == starts_at
    assert copy_at(shop, job, starts_at - timedelta(days=2)).visit.window == "10:00 am – 12:00 noon"


def test_noon_is_called_noon_and_midnight_is_not(shop):
    job = shop.work_order(starts_at=local("2026-11-22 12:00"))
    assert copy_at(shop, job, local("2026-11-22 08:00")).visit.window == "12:00 noon – 2:00 pm"


def test_half_an_hour_off_zones_are_no_trouble(shop):
    kathmandu = "Asia/Kathmandu"
    job = shop.work_order(starts_at=local("2026-11-22 10:15", kathmandu), time_zone=kathmandu)
    assert copy_at(shop, job, local("2026-11-22 09:00", kathmandu)).visit.window == "10:15 am – 12:15 pm"


def test_times_are_written_as_the_reader_writes_them_in_whatever_language_the_shop_is(shop):
    job = shop.work_order(starts_at=local("2026-11-22 14:30"))
    with force_locale("de_DE"):
        copy = copy_at(shop, job, local("2026-11-22 08:00"))
    assert copy.visit.window == "14:30–16:30 Uhr"
    assert copy.visit.date == "Sonntag, 22. November"


def test_a_visit_carries_the_name_of_its_zone_and_what_a_browser_needs_to_know_whether_to_show_it(shop):
    job = shop.work_order(starts_at=local("2027-07-01 10:00"))
    copy = copy_at(shop, job, local("2026-11-22 08:00"))
    assert copy.visit.zone == "PDT"
    assert copy.clock_at_ms == local("2027-07-01 10:00").timestamp() * 1000
    assert copy.clock_minutes_west == 7 * 60


@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        ("2026-11-21 23:59", 61),  # midnight turns “Sunday” into “today”
        ("2026-11-22 00:00", 12 * 3600 + 1),  # the end of the window comes before the next midnight
        ("2026-11-22 11:59", 61),
        ("2026-11-22 12:00", 12 * 3600 + 1),  # the window is over: next is midnight
        ("2026-11-22 20:00", 4 * 3600 + 1),
    ],
)
def test_a_waiting_page_knows_when_its_words_change_by_themselves(shop, now, seconds):
    job = shop.work_order(starts_at=local("2026-11-22 10:00"))
    assert copy_at(shop, job, local(now)).changes_in_s == seconds


def test_a_page_on_the_way_drops_the_window_once_it_is_over(shop):
    job = shop.steps(shop.work_order(starts_at=local("2026-11-22 10:00")), "set_off")

    assert copy_at(shop, job, local("2026-11-22 11:00")).changes_in_s == 3600 + 1
    assert "between" in copy_at(shop, job, local("2026-11-22 11:00")).lead
    assert "between" not in copy_at(shop, job, local("2026-11-22 12:01")).lead


@pytest.mark.parametrize("steps", [("start",), ("start", "complete"), ("cancel",), ("start", "finish_visit")])
def test_any_other_page_changes_at_midnight_on_site(shop, steps):
    job = shop.steps(shop.work_order(starts_at=local("2026-11-22 10:00")), *steps)
    assert copy_at(shop, job, local("2026-11-22 09:00")).changes_in_s == 15 * 3600 + 1


def test_midnight_is_the_sites_midnight(shop):
    job = shop.steps(shop.work_order(time_zone=NEW_YORK), "cancel")
    assert copy_at(shop, job, local("2026-11-22 22:00", NEW_YORK)).changes_in_s == 2 * 3600 + 1


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-22", 24)])
def test_a_day_is_as_long_as_it_is(shop, day, hours):
    job = shop.steps(shop.work_order(), "cancel")
    assert copy_at(shop, job, local(f"{day} 00:00")).changes_in_s == hours * 3600 + 1


@pytest.mark.parametrize("says_late", [True, False])
def test_after_that_many_seconds_the_words_have_changed_and_not_before(shop, says_late):
    job = shop.work_order(starts_at=local("2026-11-22 10:00"))
    with writing():
        shop.profile.says_late = says_late
    for now in (local("2026-11-21 20:00"), local("2026-11-22 09:00")):
        copy = copy_at(shop, job, now)
        then = copy_at(shop, job, now + timedelta(seconds=copy.changes_in_s))
        before = copy_at(shop, job, now + timedelta(seconds=copy.changes_in_s - 2))
        assert (before.headline, before.has_calendar) == (copy.headline, copy.has_calendar)
        assert (then.headline, then.has_calendar) != (copy.headline, copy.has_calendar)
