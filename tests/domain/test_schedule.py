"""The dispatcher's lists, told at 9 on Sunday, November 22, in the shop's zone."""

from datetime import timedelta

import pytest

from portal import clock
from portal.db import writing
from portal.domain import schedule, visits
from tests.factories import ZONE, local

NOW = local("2026-11-22 09:00")


@pytest.fixture(autouse=True)
def _sunday_morning():
    with clock.stopped_at(NOW):
        yield


def titles(shop, tab, person=None, **asked) -> list[str]:
    found = schedule.rows(tab, person or shop.dana, ZONE, **({"limit": 50} | asked))
    return [row.work_order.title for row in found]


def hits(shop, query, person=None) -> list[str]:
    return [row.work_order.title for row in schedule.search(query, person or shop.dana, ZONE, limit=50)]


def row(shop, tab="today") -> schedule.Row:
    return schedule.rows(tab, shop.dana, ZONE, limit=1)[0]


@pytest.mark.parametrize(
    ("starts_at", "tab"),
    [
        ("2026-11-22 00:00", "today"),
        ("2026-11-22 23:59", "today"),
        ("2026-11-23 00:00", "upcoming"),
        ("2026-12-24 10:00", "upcoming"),
        ("2026-11-21 10:00", "today"),  # nobody went: it is not lost
    ],
)
def test_a_scheduled_job_stands_under_the_day_of_its_next_visit(shop, starts_at, tab):
    shop.work_order(title="Tap", starts_at=local(starts_at))
    assert [name for name in schedule.TABS if titles(shop, name) == ["Tap"]] == [tab]


def test_today_is_the_shops_today_wherever_the_site_is(shop):
    shop.work_order(title="Tap", starts_at=local("2026-11-23 00:30", "America/New_York"), time_zone="America/New_York")
    assert titles(shop, "today") == ["Tap"]  # in the shop it is half past nine on the evening before


def test_a_job_without_a_date_waits_under_upcoming_after_the_dated_ones(shop):
    undated = shop.work_order(title="Undated", starts_at=local("2026-11-25 10:00"))
    with writing():
        visit = undated.visits[0]
        visits.move(visit, starts_at=None, ends_at=None, technician=None, seen=1, by=shop.dana)
    shop.work_order(title="Dated", starts_at=local("2026-12-24 10:00"))
    assert titles(shop, "upcoming") == ["Dated", "Undated"]


@pytest.mark.parametrize("steps", [("set_off",), ("start",)])
def test_what_is_under_way_is_today_whatever_its_date(shop, steps):
    shop.steps(shop.work_order(title="Tap", starts_at=local("2026-11-29 10:00")), *steps)
    assert titles(shop, "today") == ["Tap"]
    assert titles(shop, "upcoming") == []


def test_what_was_completed_today_stays_under_today_and_stands_under_done(shop):
    shop.steps(shop.work_order(title="Tap", starts_at=NOW), "start", "complete")
    assert titles(shop, "today") == titles(shop, "done") == ["Tap"]


def test_what_was_completed_yesterday_is_only_done(shop):
    job = shop.work_order(title="Tap", starts_at=NOW - timedelta(days=1))
    with clock.stopped_at(local("2026-11-21 23:59")):
        shop.steps(job, "start", "complete")
    assert titles(shop, "today") == []
    assert titles(shop, "done") == ["Tap"]


def test_what_was_cancelled_is_done(shop):
    shop.steps(shop.work_order(title="Tap", starts_at=NOW), "cancel")
    assert titles(shop, "today") == []
    assert titles(shop, "done") == ["Tap"]


def test_done_forgets_after_30_days_and_shows_the_newest_first(shop):
    for title, days in (("Month", 31), ("Week", 7), ("Day", 1)):
        job = shop.work_order(title=title, starts_at=NOW - timedelta(days=days))
        with clock.stopped_at(NOW - timedelta(days=days)):
            shop.steps(job, "start", "complete")
    assert titles(shop, "done") == ["Day", "Week"]


def test_a_job_that_needs_another_visit_stands_where_that_visit_is(shop):
    job = shop.work_order(title="Tap", starts_at=NOW - timedelta(days=2))
    with clock.stopped_at(NOW - timedelta(days=2)):
        shop.steps(job, "start", "finish_visit")
    shop.visit(job, local("2026-11-24 10:00"))
    assert titles(shop, "today") == []
    assert titles(shop, "upcoming") == ["Tap"]


def test_a_job_whose_visit_was_made_today_stays_under_today(shop):
    job = shop.steps(shop.work_order(title="Tap", starts_at=NOW), "start", "finish_visit")
    shop.visit(job, local("2026-11-24 10:00"))
    assert titles(shop, "today") == titles(shop, "upcoming") == ["Tap"]


def test_the_day_is_in_the_order_of_the_clock(shop):
    for title, hour in (("Noon", "12"), ("Eight", "08"), ("Ten", "10")):
        shop.work_order(title=title, starts_at=local(f"2026-11-22 {hour}:00"))
    assert titles(shop, "today") == ["Eight", "Ten", "Noon"]


def test_a_list_comes_in_pages(shop):
    for hour in range(10, 15):
        shop.work_order(title=str(hour), starts_at=local(f"2026-11-22 {hour}:00"))
    assert titles(shop, "today", limit=3) == ["10", "11", "12"]
    assert titles(shop, "today", limit=3, offset=3) == ["13", "14"]


def test_the_counts_on_the_tabs_are_the_lengths_of_the_lists(shop):
    shop.work_order(starts_at=NOW)
    shop.work_order(starts_at=NOW + timedelta(days=1))
    job = shop.work_order(starts_at=NOW)
    shop.visit(job, NOW + timedelta(hours=5))  # two visits are still one job
    shop.steps(shop.work_order(starts_at=NOW), "start", "complete")
    assert schedule.counts(shop.dana, ZONE) == {"today": 3, "upcoming": 1, "done": 1}
    assert schedule.counts(shop.dana, ZONE) == {tab: len(titles(shop, tab)) for tab in schedule.TABS}


def test_a_technician_gets_their_own_jobs_only(shop):
    shop.work_order(title="Theos", starts_at=NOW)
    shop.work_order(title="Danas", starts_at=NOW, technician="Dana")
    shop.work_order(title="Nobodys", starts_at=NOW, technician="")
    assert sorted(titles(shop, "today")) == ["Danas", "Nobodys", "Theos"]

    assert titles(shop, "today", shop.theo) == ["Theos"]
    assert schedule.counts(shop.theo, ZONE) == {"today": 1, "upcoming": 0, "done": 0}


def test_an_archived_job_is_on_no_list(shop):
    job = shop.work_order(title="Tap", starts_at=NOW)
    with writing():
        job.archived_at = NOW
    assert (titles(shop, "today"), hits(shop, "tap")) == ([], [])


@pytest.mark.parametrize(
    ("starts_at", "is_late"), [("2026-11-21 23:59", True), ("2026-11-22 00:00", False), ("2026-11-22 08:00", False)]
)
def test_a_job_of_an_earlier_day_that_nobody_set_off_for_is_late(shop, starts_at, is_late):
    shop.work_order(starts_at=local(starts_at))
    assert row(shop).is_late is is_late


def test_a_job_under_way_since_yesterday_is_not_late(shop):
    shop.steps(shop.work_order(starts_at=NOW - timedelta(days=1)), "start")
    assert row(shop).is_late is False


def test_a_job_without_a_technician_is_unassigned_until_it_is_under_way(shop):
    job = shop.work_order(starts_at=NOW, technician="")
    assert row(shop).is_unassigned
    assert schedule.unassigned_today(shop.dana, ZONE) == 1

    shop.steps(job, "start")

    assert not row(shop).is_unassigned
    assert schedule.unassigned_today(shop.dana, ZONE) == 0


def test_a_row_knows_whether_its_job_is_shared(shop):
    job = shop.work_order(starts_at=NOW)
    assert row(shop).is_shared is False
    shop.token(job)
    assert row(shop).is_shared is True


def test_a_job_is_found_by_what_somebody_says_on_the_phone(shop):
    shop.work_order("Carol Cruz", title="Kitchen tap")
    other = shop.work_order("Mallory May", title="Boiler", street="9 Birch Lane", locality="Salem")
    with writing():
        other.customer.phone = "(971) 555-0111"
    for query in ("tap", "KITCHEN", "alder", "portland", "carol", "cruz", "555-0188", "5035550188", "1001", "#1001"):
        assert hits(shop, query) == ["Kitchen tap"]
    assert hits(shop, "100") == ["Boiler", "Kitchen tap"]


def test_a_search_for_signs_finds_nothing_and_breaks_nothing(shop):
    shop.work_order(title="Kitchen tap")
    for query in ("%", "_", "\\", "'; DROP TABLE work_order; --", "💧", "x" * 200):
        assert hits(shop, query) == []


def test_a_search_looks_into_every_state_newest_first(shop):
    shop.steps(shop.work_order(title="Tap 1"), "start", "complete")
    shop.steps(shop.work_order(title="Tap 2"), "cancel")
    shop.work_order(title="Tap 3", starts_at=NOW + timedelta(days=90))
    assert hits(shop, "tap") == ["Tap 3", "Tap 2", "Tap 1"]


def test_a_job_is_found_by_letters_beyond_english(shop):
    shop.work_order(title="Spülmaschine", street="Überseering 3")
    assert hits(shop, "SPÜL") == hits(shop, "überseering") == ["Spülmaschine"]


def test_a_technicians_search_does_not_reach_other_jobs(shop):
    shop.work_order("Carol Cruz", title="Danas tap", technician="Dana")
    assert hits(shop, "carol") == ["Danas tap"]
    assert hits(shop, "carol", shop.theo) == []
    assert hits(shop, "1001", shop.theo) == []


def test_a_customers_jobs_are_theirs_alone_newest_first(shop):
    first, second = shop.work_order("Carol Cruz", title="First"), shop.work_order("Carol Cruz", title="Second")
    shop.work_order("Mallory May")
    assert [row.work_order for row in schedule.of_customer(first.customer, ZONE, limit=9)] == [second, first]


def test_an_unknown_tab_is_a_mistake_of_ours(shop):
    with pytest.raises(LookupError):
        schedule.rows("tomorrow", shop.dana, ZONE, limit=1)
