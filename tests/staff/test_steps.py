"""The presses of a visit: On the way, Start, Complete, and what takes them back."""

from decimal import Decimal

import pytest

from models import Status
from portal import clock
from portal.domain import links, messages, parts, signatures, visits, work_orders
from tests.factories import local, press
from tests.pages import read

NOTHING_DONE = "That had changed meanwhile, so nothing was done. This is how things stand now."
STEPS = {
    "set-off": ((), "On the way.", Status.ON_THE_WAY),
    "start": (("set_off",), "Started.", Status.IN_PROGRESS),
    "complete": (("start",), "Completed.", Status.COMPLETED),
    "finish-visit": (("start",), "Visit finished.", Status.SCHEDULED),
    "cancel": ((), "Cancelled.", Status.CANCELLED),
}


@pytest.fixture
def job(shop):
    return shop.work_order()


def path(job, verb="") -> str:
    return f"/staff/work-orders/{job.id}" + (f"/{verb}" if verb else "")


@pytest.mark.parametrize("verb", STEPS)
def test_a_press_does_it_and_says_so(shop, job, verb):
    way, words, status = STEPS[verb]
    shop.steps(job, *way)
    technician = shop.staff_client("Theo")

    answer = press(technician, path(job, verb))

    assert (answer.status_code, answer.location) == (303, path(job))
    assert shop.again(job).status is status
    assert words in read(technician.get(path(job))).words()


@pytest.mark.parametrize("verb", STEPS)
def test_a_second_press_does_nothing_and_says_so(shop, job, verb):
    shop.steps(job, *STEPS[verb][0])
    technician = shop.staff_client("Theo")
    press(technician, path(job, verb))
    read(technician.get(path(job)))
    before = shop.verbs(job)

    answer = press(technician, path(job, verb))

    assert (answer.status_code, answer.location) == (303, path(job))
    assert NOTHING_DONE in read(technician.get(path(job))).words()
    assert shop.verbs(job) == before


def test_looking_at_a_press_does_nothing(shop, job):
    shop.steps(job, "start")
    before = shop.verbs(job)
    office = shop.staff_client()
    for verb in (*STEPS, "undo/started", "share", "revoke", "notes", "parts"):
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
            assert office.open(path(job, verb), method=method).status_code in (400, 404, 405)
    assert shop.verbs(job) == before


@pytest.mark.parametrize(
    ("way", "verb", "words", "back_to"),
    [
        (("set_off",), "set_off", "Undo “On the way”", Status.SCHEDULED),
        (("start",), "started", "Undo “Started”", Status.SCHEDULED),
        (("start", "complete"), "completed", "Undo “Completed”", Status.IN_PROGRESS),
        (("start", "finish_visit"), "finished_visit", "Undo “Visit finished”", Status.IN_PROGRESS),
        (("cancel",), "cancelled", "Undo “Cancelled”", Status.SCHEDULED),
    ],
)
def test_a_slip_of_the_thumb_can_be_taken_back(shop, job, way, verb, words, back_to):
    shop.steps(job, *way)
    technician = shop.staff_client("Theo")
    page = read(technician.get(path(job)))
    assert words in page.words()
    assert page.all("form", action=path(job, f"undo/{verb}"))

    answer = press(technician, path(job, f"undo/{verb}"))

    assert answer.status_code == 303
    assert shop.again(job).status is back_to
    assert "Taken back." in read(technician.get(path(job))).words()


def test_an_undo_that_does_not_fit_any_more_does_nothing_and_says_so(shop, job):
    technician = shop.staff_client("Theo")
    before = shop.verbs(job)
    for verb in ("started", "completed", "set_off", "cancelled", "delete", "%00", "é"):
        answer = press(technician, path(job, f"undo/{verb}"))
        assert answer.status_code == 303
        assert NOTHING_DONE in read(technician.get(path(job))).words()
    assert shop.verbs(job) == before


def test_the_word_on_what_was_done_offers_to_undo_it(shop, job):
    technician = shop.staff_client("Theo")
    press(technician, path(job, "start"))
    page = read(technician.get(path(job)))
    snack = page.all("div", **{"class": "snack no-print"})[0]
    assert [form.get("action") for form in snack.iter("form")] == [path(job, "undo/started")]


def test_done_steps_show_their_time_and_the_next_one_is_a_button(shop, job):
    with clock.stopped_at(local("2026-11-22 09:40")):
        shop.steps(job, "set_off")
    page = read(shop.staff_client().get(path(job)))
    assert "9:40 am" in page.words()
    assert page.all("form", action=path(job, "start"))
    assert page.all("form", action=path(job, "set-off")) == []
    assert page.all("form", action=path(job, "complete")) == []


@pytest.mark.parametrize("way", [("start", "complete"), ("cancel",)])
def test_a_closed_job_has_nothing_to_press_but_undo(shop, job, way):
    shop.steps(job, *way)
    page = read(shop.staff_client().get(path(job)))
    for verb in STEPS:
        assert page.all("form", action=path(job, verb)) == []


def test_the_customers_page_follows_each_press(shop, job):
    page, customer = shop.path(job), shop.app.test_client()
    technician = shop.staff_client("Theo")
    for verb, headline in (
        ("set-off", "Theo is on the way"),
        ("start", "Theo is on the job"),
        ("complete", "All done"),
        ("undo/completed", "Theo is on the job"),
        ("cancel", "This visit was cancelled"),
    ):
        press(technician, path(job, verb))
        assert read(customer.get(page)).h1 == headline


def test_everything_that_can_happen_to_a_job_is_told_in_words(shop, job):
    shop.steps(job, "set_off", "start", "finish_visit", "start", "complete")
    shop.do(work_orders.undo, job, verb="completed")
    shop.do(signatures.sign, job, name="Carol", path="")
    shop.steps(job, "cancel")
    message = shop.message(job)
    shop.do(messages.answered, message)
    shop.do(messages.reopen, message)
    shop.do(links.revoke, job)
    shop.do(parts.add, job, name="Washer", quantity=Decimal(1))
    shop.do(parts.remove, job.parts[0])
    shop.do(work_orders.save_notes, job, text="Dog", seen=1)
    late = shop.visit(job, local("2026-11-24 10:00"))
    move = {"ends_at": local("2026-11-24 12:00"), "technician": shop.dana}
    shop.do(visits.move, late, starts_at=local("2026-11-24 11:00"), **move, seen=1)
    shop.do(visits.move, late, starts_at=local("2026-11-24 11:00"), **move | {"technician": None}, seen=2)
    shop.do(visits.remove, late)
    assert len(set(shop.verbs(job))) >= 20

    page = read(shop.staff_client().get(path(job) + "?all=1"))
    told = page.words().split("Activity", 1)[1]
    for words in (
        "Dana booked the job",
        "Dana said “On the way”",
        "Dana started the job",
        "Dana finished the visit",
        "Dana completed the job",
        "Dana took the last step back",
        "Dana cancelled the job",
        "Dana shared the link",
        "Customer sent a message",
        "Dana answered the message",
        "Dana reopened the message",
        "Dana revoked the link",
        "Dana added Washer",
        "Dana removed Washer",
        "Customer signed with Dana",
        "Dana changed the notes",
        "Dana took the job up again",
        "Dana booked a visit",
        "Dana moved the visit",
        "Dana changed the technician",
        "Dana took a visit out",
    ):
        assert words in told
