"""Scheduled, In Progress, Completed: in those words, with the time at which each was reached."""

import pytest

from portal import clock, customer_copy
from portal.domain import work_orders
from tests.factories import local

STEPS = {
    "scheduled": (),
    "on_the_way": ("set_off",),
    "in_progress": ("set_off", "start"),
    "completed": ("set_off", "start", "complete"),
}
TIMES = {"set_off": "2026-11-22 09:40", "start": "2026-11-22 10:04", "complete": "2026-11-22 11:40"}


@pytest.fixture
def stages(shop):
    """(word, time, state) of each stage, after some steps, read at a moment."""

    def stages(steps, now="2026-11-22 12:00"):
        with clock.stopped_at(local("2026-11-17 10:30")):
            job = shop.work_order(starts_at=local("2026-11-22 10:00"))
        for verb in steps:
            with clock.stopped_at(local(TIMES[verb])):
                shop.steps(job, verb)
        with clock.stopped_at(local(now)):
            return [(stage.word, stage.at, stage.state) for stage in customer_copy.of_work_order(job).stages]

    return stages


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (
            "scheduled",
            [("Scheduled", "Tue, Nov 17", "now"), ("In Progress", "", "ahead"), ("Completed", "", "ahead")],
        ),
        (
            "on_the_way",
            [("Scheduled", "On the way", "now"), ("In Progress", "", "ahead"), ("Completed", "", "ahead")],
        ),
        (
            "in_progress",
            [("Scheduled", "Tue, Nov 17", "past"), ("In Progress", "10:04 am", "running"), ("Completed", "", "ahead")],
        ),
        (
            "completed",
            [
                ("Scheduled", "Tue, Nov 17", "past"),
                ("In Progress", "10:04 am", "past"),
                ("Completed", "11:40 am", "now"),
            ],
        ),
    ],
)
def test_the_stages_of_each_state(stages, status, expected):
    assert stages(STEPS[status]) == expected


def test_a_stage_reached_on_another_day_shows_the_day(stages):
    assert [at for _word, at, _state in stages(STEPS["completed"], "2026-11-25 09:00")] == [
        "Tue, Nov 17",
        "Sun, Nov 22",
        "Sun, Nov 22",
    ]


def test_a_stage_reached_today_shows_the_time(stages):
    assert stages((), "2026-11-17 11:00")[0] == ("Scheduled", "10:30 am", "now")


def test_a_cancelled_job_has_no_stages(shop):
    job = shop.steps(shop.work_order(), "cancel")
    assert customer_copy.of_work_order(job).stages == ()


def test_between_two_visits_only_the_first_stage_is_reached(shop):
    job = shop.steps(shop.work_order(), "start", "finish_visit")
    assert [stage.state for stage in customer_copy.of_work_order(job).stages] == ["now", "ahead", "ahead"]


def test_a_completed_job_with_a_visit_still_booked_shows_when_the_work_was_done(shop):
    job = shop.work_order(starts_at=local("2026-11-22 10:00"))
    shop.visit(job, local("2026-11-24 10:00"))
    with clock.stopped_at(local("2026-11-22 10:04")):
        shop.steps(job, "start")
    with clock.stopped_at(local("2026-11-22 11:40")):
        shop.steps(job, "complete")
        copy = customer_copy.of_work_order(job)
    assert [stage.at for stage in copy.stages][1:] == ["10:04 am", "11:40 am"]


def test_a_step_taken_back_takes_its_stage_back(shop):
    job = shop.steps(shop.work_order(), "start", "complete")
    shop.do(work_orders.undo, job, verb="completed")
    assert [stage.state for stage in customer_copy.of_work_order(job).stages] == ["past", "running", "ahead"]
