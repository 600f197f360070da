from datetime import timedelta

import pytest

from portal import clock, customer_copy
from portal.domain import visits
from tests.factories import local

TEN = local("2026-11-22 10:00")


@pytest.fixture
def job(shop):
    return shop.work_order(title="Water heater", starts_at=TEN)


def entry(shop, job, at=TEN):
    with clock.stopped_at(at):
        return customer_copy.of_work_order(shop.again(job)).calendar


def test_while_there_is_a_time_to_wait_for_it_can_go_into_a_calendar(shop, job):
    calendar = entry(shop, job)
    assert (calendar.starts_at, calendar.ends_at) == (TEN, TEN + timedelta(hours=2))
    assert calendar.summary == "Water heater, Brightwater Plumbing"
    assert calendar.place == "48 Alder Street, Portland"


@pytest.mark.parametrize("steps", [("set_off",), ("start",), ("start", "complete"), ("cancel",)])
def test_once_it_is_under_way_or_over_there_is_nothing_to_enter(shop, job, steps):
    shop.steps(job, *steps)
    assert entry(shop, job) is None


@pytest.mark.parametrize(("minutes", "is_there"), [(-1, True), (119, True), (120, True), (121, False)])
def test_it_goes_when_the_window_is_over(shop, job, minutes, is_there):
    assert bool(entry(shop, job, TEN + timedelta(minutes=minutes))) is is_there


def test_a_moved_visit_replaces_the_old_entry(shop, job):
    before = entry(shop, job)
    moved = TEN + timedelta(days=2)
    shop.do(
        visits.move,
        job.visits[0],
        starts_at=moved,
        ends_at=moved + timedelta(hours=2),
        technician=shop.theo,
        seen=1,
    )
    after = entry(shop, job)
    assert (after.uid, after.starts_at) == (before.uid, moved)
    assert after.sequence > before.sequence


def test_the_next_visit_is_an_entry_of_its_own(shop, job):
    first = entry(shop, job).uid
    shop.steps(job, "start", "finish_visit")
    shop.visit(job, TEN + timedelta(days=2))
    assert entry(shop, job).uid != first


def test_entries_of_two_jobs_at_the_same_time_differ(shop, job):
    assert entry(shop, job).uid != entry(shop, shop.work_order(starts_at=TEN)).uid
