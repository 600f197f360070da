import pytest

from portal.domain import work_orders
from tests.factories import press
from tests.pages import read


@pytest.fixture
def job(shop):
    return shop.work_order()


def path(job) -> str:
    return f"/staff/work-orders/{job.id}/notes"


def test_notes_are_saved_and_shown(shop, job):
    technician = shop.staff_client("Theo")
    answer = press(technician, path(job), {"notes": "Key under the mat", "seen": "1"})
    page = read(technician.get(answer.location))
    assert page.kept("notes") == "Key under the mat"
    assert "Never shown to the customer" in page.words()
    assert "Theo changed the notes" in page.words()


def test_notes_can_be_emptied(shop, job):
    shop.do(work_orders.save_notes, job, text="Dog", seen=1)
    press(shop.staff_client(), path(job), {"notes": "", "seen": "2"})
    assert shop.again(job).internal_notes == ""


def test_the_second_of_two_sees_both_and_overwrites_nothing(shop, job):
    technician = shop.staff_client("Theo")
    shop.do(work_orders.save_notes, job, text="Their note", seen=1)

    page = read(press(technician, path(job), {"notes": "My note", "seen": "1"}), 409)

    assert "Dana Diaz changed the notes meanwhile." in page.error("notes")
    assert page.kept("notes") == "My note"
    assert "Their note" in page.words()
    assert page.title.startswith("Error: ")
    assert shop.again(job).internal_notes == "Their note"

    form = {"notes": "Their note. My note", "seen": page.kept("seen")}
    assert press(technician, path(job), form).status_code == 303
    assert shop.again(job).internal_notes == "Their note. My note"


def test_a_double_press_is_no_conflict(shop, job):
    technician = shop.staff_client("Theo")
    for _ in range(2):
        assert press(technician, path(job), {"notes": "Dog", "seen": "1"}).status_code == 303
    assert shop.verbs(job).count("notes_edited") == 1


def test_no_note_reaches_the_customer(shop, job):
    press(shop.staff_client(), path(job), {"notes": "Owes us money", "seen": "1"})
    assert "Owes us money" in read(shop.staff_client().get(f"/staff/work-orders/{job.id}")).words()
    assert "Owes us money" not in shop.app.test_client().get(shop.path(job)).text
