"""A technician's day, told at 9 on Sunday, November 22."""

import pytest

from portal import clock
from portal.domain import my_day
from tests.factories import ZONE, local


@pytest.fixture(autouse=True)
def _sunday_morning():
    with clock.stopped_at(local("2026-11-22 09:00")):
        yield


def told(shop, who="Theo") -> list[str]:
    return [stop.work_order.title for stop in my_day.stops(shop.person(who), ZONE)]


def test_visits_stand_in_order_with_the_running_one_first_and_done_ones_last(shop):
    for title, time in (("Late", "16:00"), ("Early", "08:00"), ("Running", "12:00"), ("Done", "07:00")):
        job = shop.work_order(title=title, starts_at=local(f"2026-11-22 {time}"))
        if title in ("Running", "Done"):
            shop.steps(job, "start", *(["complete"] if title == "Done" else []))
    assert told(shop) == ["Running", "Early", "Late", "Done"]


def test_what_is_of_another_day_of_somebody_else_or_cancelled_is_not_there(shop):
    shop.work_order(title="Tomorrow", starts_at=local("2026-11-23 00:00"))
    shop.work_order(title="Danas", starts_at=clock.now(), technician="Dana")
    shop.steps(shop.work_order(title="Cancelled", starts_at=clock.now()), "cancel")
    assert told(shop) == []
    assert told(shop, "Dana") == ["Danas"]


def test_a_visit_of_an_earlier_day_that_nobody_made_is_late(shop):
    shop.work_order(title="Yesterday", starts_at=local("2026-11-21 10:00"))
    [stop] = my_day.stops(shop.theo, ZONE)
    assert stop.is_late


def test_of_two_visits_only_the_one_whose_turn_it_is_is_current(shop):
    job = shop.work_order(starts_at=local("2026-11-22 10:00"))
    shop.visit(job, local("2026-11-22 15:00"))
    assert [stop.is_current for stop in my_day.stops(shop.theo, ZONE)] == [True, False]


def test_the_day_ends_at_midnight_on_site_and_not_in_utc(shop):
    shop.work_order(title="Late tonight", starts_at=local("2026-11-22 23:30"))
    assert told(shop) == ["Late tonight"]
