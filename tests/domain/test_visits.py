from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from models import Bell, Status, Visit
from portal import clock
from portal.domain import timeline, visits
from portal.domain.refusals import ChangedMeanwhile, NotAllowed

NOON = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=2)


def move(shop, visit, *, starts_at, technician="Theo", seen=1, by="Dana"):
    shop.do(
        visits.move,
        visit,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2) if starts_at else None,
        technician=shop.person(technician) if technician else None,
        seen=seen,
        by=shop.person(by),
    )


def test_a_booked_visit_rings(shop):
    job = shop.work_order()
    visit = shop.visit(job, LATER)

    booked = timeline.last(job, ("visit_booked",))
    assert (booked.bell, booked.details) == (Bell.RING, {"visit_id": visit.id})


@pytest.mark.parametrize("ends_at", [None, LATER, LATER - timedelta(hours=1)])
def test_a_window_has_two_ends_and_runs_forward(shop, ends_at):
    job = shop.work_order()
    with pytest.raises(IntegrityError):
        shop.do(visits.book, job, starts_at=LATER, ends_at=ends_at, technician=None)
    assert len(shop.again(job).visits) == 1


@pytest.mark.parametrize("way", [("start", "complete"), ("cancel",)])
def test_booking_a_visit_takes_a_closed_job_up_again(shop, way):
    job = shop.steps(shop.work_order(), *way)

    shop.visit(job, LATER)

    assert (job.status, job.completed_at, job.cancelled_at) == (Status.SCHEDULED, None, None)
    assert shop.verbs(job)[-2:] == ["reopened", "visit_booked"]


def test_booking_a_visit_for_a_job_under_way_leaves_it_under_way(shop):
    job = shop.steps(shop.work_order(), "start")
    shop.visit(job, LATER)
    assert job.status is Status.IN_PROGRESS


def test_a_moved_visit_rings_and_gets_a_new_edition(shop):
    job = shop.work_order(starts_at=NOON)
    move(shop, job.visits[0], starts_at=LATER)

    assert (job.visits[0].starts_at, job.visits[0].edition) == (LATER, 2)
    assert timeline.of(job, limit=1)[0].verb == "visit_moved"
    assert timeline.of(job, limit=1)[0].bell is Bell.RING


def test_a_new_technician_rings(shop):
    job = shop.work_order(starts_at=NOON)
    move(shop, job.visits[0], starts_at=NOON, technician="Dana")

    assert job.visits[0].technician == shop.dana
    assert timeline.of(job, limit=1)[0].verb == "visit_reassigned"
    assert timeline.of(job, limit=1)[0].bell is Bell.RING


def test_a_visit_can_lose_its_date_and_its_technician(shop):
    job = shop.work_order(starts_at=NOON)
    move(shop, job.visits[0], starts_at=None, technician="")
    assert (job.visits[0].starts_at, job.visits[0].ends_at, job.visits[0].technician) == (None, None, None)


def test_saving_a_visit_as_it_is_leaves_no_trace(shop):
    job = shop.work_order(starts_at=NOON)
    before = shop.verbs(job)
    move(shop, job.visits[0], starts_at=NOON)
    assert (job.visits[0].edition, shop.verbs(job)) == (1, before)


def test_moving_a_visit_from_an_old_page_is_refused_and_told_who_was_first(shop):
    job = shop.work_order(starts_at=NOON)
    with clock.stopped_at(NOON):
        move(shop, job.visits[0], starts_at=LATER, by="Olive")

    with pytest.raises(ChangedMeanwhile) as told:
        move(shop, job.visits[0], starts_at=LATER + timedelta(days=1), seen=1)

    assert (told.value.who, told.value.at) == ("Olive Owens", NOON)
    assert shop.again(job.visits[0]).starts_at == LATER


def test_two_who_agree_are_no_conflict(shop):
    job = shop.work_order(starts_at=NOON)
    for person in ("Dana", "Olive"):
        move(shop, job.visits[0], starts_at=LATER, seen=1, by=person)
    assert shop.verbs(job).count("visit_moved") == 1


def test_a_visit_that_nobody_set_off_for_can_be_taken_out_and_rings(shop):
    job = shop.work_order(starts_at=NOON)
    second = shop.visit(job, LATER)
    shop.do(visits.remove, second)
    assert [visit.starts_at for visit in shop.again(job).visits] == [NOON]
    removed = timeline.of(job, limit=1)[0]
    assert (removed.verb, removed.bell) == ("visit_removed", Bell.RING)


@pytest.mark.parametrize("steps", [("set_off",), ("start",), ("start", "finish_visit")])
def test_a_visit_that_was_begun_is_part_of_the_story(shop, steps):
    job = shop.steps(shop.work_order(), *steps)
    with pytest.raises(NotAllowed):
        shop.do(visits.remove, job.visits[0])
    assert len(shop.again(job).visits) == 1


def test_the_current_visit_is_the_next_one(shop):
    job = shop.work_order(starts_at=LATER)
    sooner = shop.visit(job, NOON)
    shop.visit(job, None)
    assert visits.current(job) is sooner


def test_the_current_visit_is_the_one_under_way_even_when_an_earlier_one_waits(shop):
    job = shop.work_order(starts_at=LATER)
    shop.steps(job, "start")
    under_way = job.visits[0]
    shop.visit(job, NOON)
    assert visits.current(job) is under_way


def test_a_visit_without_a_date_is_current_when_there_is_no_other(shop):
    job = shop.steps(shop.work_order(), "start", "finish_visit")
    waiting = shop.visit(job, None)
    assert visits.current(job) is waiting


def test_an_open_job_whose_visits_are_all_made_has_no_current_visit(shop):
    job = shop.steps(shop.work_order(), "start", "finish_visit")
    assert visits.current(job) is None


def test_the_current_visit_of_a_completed_job_is_the_last_one_made(shop):
    job = shop.work_order(starts_at=NOON)
    shop.steps(job, "start", "finish_visit")
    second = shop.visit(job, LATER)
    shop.steps(job, "start", "complete")
    assert visits.current(job) is second


def test_a_visit_still_booked_is_not_the_current_one_of_a_completed_job(shop):
    job = shop.work_order(starts_at=NOON)
    shop.visit(job, LATER, technician="Dana")
    shop.steps(job, "start", "complete")
    assert [bool(visit.finished_at) for visit in job.visits] == [True, False]

    assert visits.current(job) is job.visits[0]


def test_the_current_visit_of_a_cancelled_job_is_the_one_that_was_booked(shop):
    job = shop.steps(shop.work_order(starts_at=NOON), "cancel")
    assert visits.current(job) is job.visits[0]


@pytest.mark.parametrize(
    ("visit", "status"),
    [
        (None, Status.SCHEDULED),
        (Visit(), Status.SCHEDULED),
        (Visit(on_my_way_at=NOON), Status.ON_THE_WAY),
        (Visit(started_at=NOON), Status.IN_PROGRESS),
        (Visit(on_my_way_at=NOON, started_at=NOON), Status.IN_PROGRESS),
        (Visit(started_at=NOON, finished_at=LATER), Status.SCHEDULED),
    ],
)
def test_a_visit_tells_the_status_of_an_open_job(visit, status):
    assert visits.status_of(visit) is status


def test_a_visit_is_touched_from_setting_off_until_it_is_finished():
    touched = [
        visits.is_touched(visit)
        for visit in (
            Visit(),
            Visit(on_my_way_at=NOON),
            Visit(started_at=NOON),
            Visit(started_at=NOON, finished_at=LATER),
        )
    ]
    assert touched == [False, True, True, False]
