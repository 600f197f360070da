from datetime import timedelta

import pytest

from models import Status
from portal import clock
from portal.domain import visits
from tests.factories import local, press
from tests.pages import read

TEN = local("2026-11-24 10:00")
NOW = local("2026-11-22 09:00")


@pytest.fixture(autouse=True)
def _sunday_morning():
    with clock.stopped_at(NOW):
        yield


@pytest.fixture
def job(shop):
    return shop.work_order(starts_at=TEN)


def path(job, visit=None) -> str:
    return f"/staff/work-orders/{job.id}/visits/{visit.id if visit else 'new'}"


def typed(visit, **changes) -> dict[str, str]:
    """The form as its page was opened, with changes."""
    form = {"date": "2026-11-24", "from_time": "10:00", "to_time": "12:00"}
    return form | {"technician_id": str(visit.technician_id or ""), "seen": "1"} | changes


def test_another_visit_is_booked(shop, job):
    form = {"date": "2026-11-26", "from_time": "13:30", "to_time": "15:00", "technician_id": str(shop.dana.id)}
    answer = press(shop.staff_client(), path(job), form)
    assert (answer.status_code, answer.location) == (303, f"/staff/work-orders/{job.id}")
    visit = shop.again(job).visits[1]
    assert (visit.starts_at, visit.ends_at) == (local("2026-11-26 13:30"), local("2026-11-26 15:00"))
    assert visit.technician == shop.dana


def test_a_visit_for_a_finished_job_takes_it_up_again(shop, job):
    shop.steps(job, "start", "complete")
    press(shop.staff_client(), path(job), {"date": "2026-11-26", "from_time": "13:30", "to_time": "15:00"})
    assert shop.again(job).status is Status.SCHEDULED


def test_the_form_opens_with_the_visit_in_the_time_of_the_site(shop):
    zone = "America/New_York"
    job = shop.work_order(starts_at=local("2026-11-24 10:00", zone), time_zone=zone)
    page = read(shop.staff_client().get(path(job, job.visits[0])))
    expected = typed(job.visits[0])
    assert {name: page.kept(name) for name in expected} == expected


def test_a_moved_visit_is_on_the_customers_page_at_once(shop, job):
    page = shop.path(job)
    form = typed(job.visits[0], date="2026-11-25", from_time="08:00", to_time="09:00")
    assert press(shop.staff_client(), path(job, job.visits[0]), form).status_code == 303
    assert "Wednesday, November 25 8:00 am – 9:00 am" in read(shop.app.test_client().get(page)).words("facts")


def test_a_visit_saved_as_it_is_changes_nothing(shop, job):
    before = shop.verbs(job)
    assert press(shop.staff_client(), path(job, job.visits[0]), typed(job.visits[0])).status_code == 303
    assert shop.verbs(job) == before


def test_the_second_of_two_who_move_a_visit_is_told_and_sees_both(shop, job):
    office, visit = shop.staff_client("Olive"), job.visits[0]
    with clock.stopped_at(local("2026-11-22 10:20")):
        theirs = {"starts_at": TEN + timedelta(days=1), "ends_at": TEN + timedelta(days=1, hours=2)}
        shop.do(visits.move, visit, **theirs, technician=shop.dana, seen=1)
    mine = typed(visit, technician_id=str(shop.theo.id), from_time="11:00", to_time="13:00")

    page = read(press(office, path(job, visit), mine), 409)

    assert "Dana Diaz changed this at 10:20 am." in page.words()
    assert "Now Wednesday, November 25, 10:00 am – 12:00 noon" in page.words()
    assert "Yours Tuesday, November 24, 11:00 am – 1:00 pm" in page.words()
    assert "Now Dana Diaz Yours Theo Tran" in page.words()
    assert {name: page.kept(name) for name in mine} == mine | {"seen": "2"}
    assert shop.again(visit).starts_at == TEN + timedelta(days=1)

    assert press(office, path(job, visit), mine | {"seen": "2"}).status_code == 303
    assert shop.again(visit).starts_at == local("2026-11-24 11:00")


def test_the_one_who_moved_this_visit_is_named_and_not_the_one_who_moved_another(shop, job):
    office, visit, other = shop.staff_client("Olive"), job.visits[0], shop.visit(job, TEN + timedelta(days=5))
    for moved, by in ((visit, "Dana"), (other, "Theo")):
        asked = {"starts_at": TEN + timedelta(days=9), "ends_at": TEN + timedelta(days=9, hours=1)}
        shop.do(visits.move, moved, **asked, technician=None, seen=1, by=shop.person(by))
    page = read(press(office, path(job, visit), typed(visit)), 409)
    assert "Dana Diaz changed this" in page.words()


def test_a_visit_can_be_left_without_day_and_technician(shop, job):
    form = typed(job.visits[0], date="", from_time="", to_time="", technician_id="")
    assert press(shop.staff_client(), path(job, job.visits[0]), form).status_code == 303
    visit = shop.again(job.visits[0])
    assert (visit.starts_at, visit.technician) == (None, None)


def test_a_visit_that_nobody_set_off_for_can_be_taken_out(shop, job):
    second = shop.visit(job, TEN + timedelta(days=2))
    answer = press(shop.staff_client(), f"{path(job, second)}/remove")
    assert answer.status_code == 303
    assert len(shop.again(job).visits) == 1
    assert "Dana took a visit out" in read(shop.staff_client().get(f"/staff/work-orders/{job.id}")).words()


def test_a_visit_that_was_begun_stays(shop, job):
    shop.steps(job, "set_off")
    office = shop.staff_client()
    assert "Take this visit out" not in read(office.get(path(job, job.visits[0]))).words()
    answer = press(office, f"{path(job, job.visits[0])}/remove")
    assert "nothing was done" in read(office.get(answer.location)).words()
    assert len(shop.again(job).visits) == 1


def test_the_jobs_page_tells_all_visits_newest_first_and_which_is_next(shop, job):
    shop.steps(job, "start", "finish_visit")
    shop.visit(job, TEN + timedelta(days=2), technician="")
    shop.visit(job, None)
    rows = read(shop.staff_client().get(f"/staff/work-orders/{job.id}")).all("ul", **{"class": "rows visit-rows"})[0]
    words = [" ".join("".join(row.itertext()).split()) for row in rows]
    assert [text.split(" · ")[0] for text in words] == [
        "No time set yet Theo Tran",
        "Thursday, November 26 10:00 am – 12:00 noon",
        "Tuesday, November 24 10:00 am – 12:00 noon",
    ]
    assert "Next" in words[1]
    assert "Done" in words[2]
