"""What a customer reads in every state: the sentence and the line under it.

The job was booked on Tuesday, November 17; its window is Sunday, November 22, 10 to 12 on site.
"""

from datetime import UTC, datetime

import pytest

from portal import clock, customer_copy
from portal.db import writing
from tests.factories import local

BOOKED = "2026-11-17 10:04"
WINDOW = "2026-11-22 10:00"
WAIT_FOR_THEO = "We’ll update this page when Theo sets off. You don’t need to do anything."
WHO_LATER = "We’ll show who’s coming as soon as it’s set."


@pytest.fixture
def book(shop):
    """Book the job as on the seventeenth."""

    def book(starts_at=WINDOW, **values):
        with clock.stopped_at(local(BOOKED)):
            return shop.work_order(starts_at=local(starts_at), **values)

    return book


@pytest.fixture
def step(shop):
    """Take a step at a moment."""

    def step(job, verb, at):
        with clock.stopped_at(local(at)):
            shop.steps(job, verb)

    return step


@pytest.fixture
def told(shop):
    """(headline, the line under it) at a moment."""

    def told(job, at):
        with clock.stopped_at(local(at)):
            copy = customer_copy.of_work_order(shop.again(job))
        return copy.headline, copy.lead

    return told


@pytest.fixture
def undated(shop, book):
    """A job whose visit has no date yet."""

    def undated(**values):
        job = book(**values)
        with writing():
            job.visits[0].starts_at = job.visits[0].ends_at = None
        return job

    return undated


def test_scheduled_says_who_comes_when(book, told):
    job = book(technician="Theo")
    for now, headline in (
        ("2026-11-22 00:00", "Theo is coming today between 10 and noon"),
        ("2026-11-22 11:59", "Theo is coming today between 10 and noon"),
        ("2026-11-21 23:59", "Theo is coming Sunday between 10 and noon"),
        ("2026-11-16 00:00", "Theo is coming Sunday between 10 and noon"),
        ("2026-11-15 23:59", "Theo is coming Sunday, November 22 between 10 and noon"),  # which Sunday, else
        ("2026-10-01 09:00", "Theo is coming Sunday, November 22 between 10 and noon"),
    ):
        assert told(job, now) == (headline, WAIT_FOR_THEO)


def test_scheduled_without_a_technician_names_nobody(book, told):
    job = book(technician="")
    for now, headline in (
        ("2026-11-22 09:00", "You’re booked for today between 10 and noon"),
        ("2026-11-19 09:00", "You’re booked for Sunday between 10 and noon"),
        ("2026-11-01 09:00", "You’re booked for Sunday, November 22 between 10 and noon"),
    ):
        assert told(job, now) == (headline, WHO_LATER)


@pytest.mark.parametrize("technician", ["Theo", ""])
def test_scheduled_without_a_date_invents_none(undated, told, technician):
    words = ("We have your job", "We’ll show the day and time here as soon as it’s booked.")
    assert told(undated(technician=technician), "2026-11-22 09:00") == words


@pytest.mark.parametrize("technician", ["Theo", ""])
def test_a_window_that_passed_is_owned_up_to_where_the_shop_says_so(shop, book, told, technician):
    job = book(technician=technician)
    with writing():
        shop.profile.says_late = True
    late = ("We’re running late", "We haven’t started yet. Call us if you need to know more.")
    assert told(job, "2026-11-22 12:00") != late
    assert told(job, "2026-11-22 12:01") == late
    assert told(job, "2026-11-23 09:00") == late


def test_a_window_that_passed_is_not_mentioned_unless_the_shop_wants_it(book, told):
    assert told(book(), "2026-11-22 15:00")[0] == "Theo is coming today between 10 and noon"


def test_nobody_is_late_who_has_set_off(shop, book, step, told):
    job = book()
    with writing():
        shop.profile.says_late = True
    step(job, "set_off", "2026-11-22 11:50")
    assert told(job, "2026-11-22 12:30")[0] == "Theo is on the way"


@pytest.mark.parametrize(("technician", "headline"), [("Theo", "Theo is on the way"), ("", "We’re on the way")])
def test_on_the_way_says_the_window_and_never_a_made_up_arrival(book, step, told, technician, headline):
    job = book(technician=technician)
    step(job, "set_off", "2026-11-22 09:40")
    line = "Expected between 10 and noon. We’ll update this page when they arrive."
    assert told(job, "2026-11-22 09:41") == (headline, line)


def test_on_the_way_without_a_window_promises_none(undated, step, told):
    job = undated()
    step(job, "set_off", "2026-11-22 09:40")
    assert told(job, "2026-11-22 09:41") == ("Theo is on the way", "We’ll update this page when they arrive.")


@pytest.mark.parametrize(("technician", "headline"), [("Theo", "Theo is on the job"), ("", "We’re on the job")])
def test_in_progress_says_since_when(book, step, told, technician, headline):
    job = book(technician=technician)
    step(job, "start", "2026-11-22 10:04")
    for now, line in (
        ("2026-11-22 10:30", "Started at 10:04 am. This page updates by itself."),
        ("2026-11-23 08:00", "Started on Sunday, November 22. This page updates by itself."),
    ):
        assert told(job, now) == (headline, line)


@pytest.mark.parametrize(("technician", "who"), [("Theo", "Theo"), ("", "We")])
def test_completed_says_who_finished_when(book, step, told, technician, who):
    job = book(technician=technician)
    step(job, "start", "2026-11-22 10:04")
    step(job, "complete", "2026-11-22 11:40")
    same_day, later = f"{who} finished at 11:40 am.", f"{who} finished on Sunday, November 22."
    assert told(job, "2026-11-22 12:00") == ("All done", f"{same_day} Keep this link for your records.")
    assert told(job, "2026-11-29 12:00") == ("All done", f"{later} Keep this link for your records.")


def test_completed_names_who_was_there_and_not_who_was_booked_for_later(shop, book, step, told):
    job = book(technician="Theo")
    shop.visit(job, local("2026-11-24 10:00"), technician="Dana")
    step(job, "start", "2026-11-22 10:04")
    step(job, "complete", "2026-11-22 11:40")
    assert told(job, "2026-11-22 12:00")[1].startswith("Theo finished at 11:40 am.")


@pytest.mark.parametrize("way", [(), ("set_off",), ("start",), ("start", "finish_visit")])
def test_cancelled_reads_the_same_whenever_it_happens(book, step, told, way):
    job = book()
    for verb in (*way, "cancel"):
        step(job, verb, "2026-11-22 10:04")
    assert told(job, "2026-11-22 11:00") == (
        "This visit was cancelled",
        "Call us if that is a surprise, or to book a new time.",
    )


def test_between_two_visits_it_says_that_we_come_back(book, step, told):
    job = book()
    step(job, "start", "2026-11-22 10:04")
    step(job, "finish_visit", "2026-11-22 11:40")
    words = ("We’ll be back", "We’ll show the day here as soon as it’s booked.")
    assert told(job, "2026-11-22 12:00") == words


def test_with_the_next_visit_booked_it_speaks_of_that_one(shop, book, step, told):
    job = book()
    step(job, "start", "2026-11-22 10:04")
    step(job, "finish_visit", "2026-11-22 11:40")
    shop.visit(job, local("2026-11-26 13:30"), technician="Dana")
    assert told(job, "2026-11-22 12:00")[0] == "Dana is coming Thursday between 1:30 and 3:30 pm"


@pytest.mark.parametrize(
    ("starts_at", "hours", "window"),
    [
        ("2026-11-22 10:00", 2, "between 10 and noon"),
        ("2026-11-22 08:00", 2, "between 8 and 10 am"),
        ("2026-11-22 11:00", 2, "between 11 am and 1 pm"),
        ("2026-11-22 12:00", 2, "between noon and 2 pm"),
        ("2026-11-22 13:00", 4, "between 1 and 5 pm"),
        ("2026-11-22 10:30", 0.75, "between 10:30 and 11:15 am"),
        ("2026-11-22 23:30", 1, "between 11:30 pm and 12:30 am"),
    ],
)
def test_a_window_is_said_as_people_say_it(shop, book, told, starts_at, hours, window):
    job = book(starts_at)
    with writing():
        job.visits[0].ends_at = job.visits[0].starts_at + (job.visits[0].ends_at - job.visits[0].starts_at) / 2 * hours
    assert told(job, "2026-11-22 07:00")[0] == f"Theo is coming today {window}"


@pytest.mark.parametrize(("name", "said"), [("Madonna", "Madonna"), ("Ana Maria Souza", "Ana"), ("李 小龙", "李")])
def test_a_technician_goes_by_the_first_name_and_no_pronoun(shop, book, told, name, said):
    with writing():
        shop.theo.name = name
    job = book(technician=name)
    assert told(job, "2026-11-22 09:00")[0] == f"{said} is coming today between 10 and noon"


def test_the_words_speak_no_markup_of_names(shop, book, told):
    with writing():
        shop.theo.name = "%(day)s {0} <b>"
    headline, _line = told(book(technician="%(day)s"), "2026-11-22 09:00")
    assert headline == "%(day)s is coming today between 10 and noon"


def test_a_day_gone_by_is_no_promise_any_more(shop):
    job = shop.work_order(starts_at=datetime(2026, 11, 20, 18, tzinfo=UTC))
    with clock.stopped_at(datetime(2026, 11, 22, 18, tzinfo=UTC)):
        copy = customer_copy.of_work_order(job)
    assert (copy.headline, copy.lead) == (
        "You were booked for Friday, November 20",
        "Call us if you need to know more.",
    )
