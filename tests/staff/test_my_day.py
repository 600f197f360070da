"""My day, told at 9 on Sunday, November 22: the technician's visits in order, with one press for each thing to do."""

import pytest

from portal import clock
from tests.factories import local, press
from tests.pages import Page, read

NOW = local("2026-11-22 09:00")


@pytest.fixture(autouse=True)
def _sunday_morning():
    with clock.stopped_at(NOW):
        yield


def at(time: str):
    return local(f"2026-11-22 {time}")


def titles(page: Page) -> list[str]:
    """The visits' titles, in order; what is done last."""
    return [h.find("a/bdi").text for h in page.all("h2") if h.find("a/bdi") is not None]


def actions(page: Page) -> list[str]:
    return [form.get("action") for form in page.all("form") if "/work-orders/" in form.get("action", "")]


def test_it_is_a_technicians_home_with_their_own_visits_in_order(shop):
    shop.work_order(title="Second", starts_at=at("13:00"))
    shop.work_order(title="First", starts_at=at("10:00"))
    shop.work_order(title="Danas", starts_at=at("08:00"), technician="Dana")
    page = read(shop.staff_client("Theo").get("/staff/"))
    assert (page.h1, titles(page)) == ("My day", ["First", "Second"])
    assert "Sunday, November 22 · 2 visits" in page.words()
    for words in ("New job", "Customers", "Search jobs"):
        assert words not in page.words()


def test_a_visit_says_where_and_to_whom_and_what_comes_next(shop):
    job = shop.work_order("Carol Cruz", starts_at=at("10:00"))
    page = read(shop.staff_client("Theo").get("/staff/"))
    for words in ("10:00", "Carol Cruz", "48 Alder Street", "Portland", "Scheduled"):
        assert words in page.words("day")
    assert [a.get("href")[:4] for a in page.all("a") if "Call" in "".join(a.itertext())] == ["tel:"]
    assert actions(page) == [f"/staff/work-orders/{job.id}/set-off", f"/staff/work-orders/{job.id}/start"]


def test_what_is_under_way_stands_first_and_what_is_done_last(shop):
    shop.steps(shop.work_order(title="Done", starts_at=at("07:00")), "start", "complete")
    shop.work_order(title="Next", starts_at=at("10:00"))
    shop.steps(shop.work_order(title="Under way", starts_at=at("11:00")), "start")
    page = read(shop.staff_client("Theo").get("/staff/"))
    assert titles(page) == ["Under way", "Next"]
    assert "9:00" in page.words("day").rsplit("Done", 1)[1]


def test_a_visit_of_another_day_is_not_there_and_a_late_one_is_marked(shop):
    shop.work_order(title="Tomorrow", starts_at=local("2026-11-23 10:00"))
    shop.work_order(title="Yesterday", starts_at=local("2026-11-21 10:00"))
    shop.steps(shop.work_order(title="Off", starts_at=at("10:00")), "cancel")
    page = read(shop.staff_client("Theo").get("/staff/"))
    assert titles(page) == ["Yesterday"]
    assert "Not started" in page.words("day")


def test_only_the_visit_whose_turn_it_is_can_be_stepped(shop):
    """Theo comes back at two; Dana goes first, and her step is hers."""
    job = shop.work_order(starts_at=at("10:00"), technician="Dana")
    shop.visit(job, at("14:00"), technician="Theo")
    page = read(shop.staff_client("Theo").get("/staff/"))
    assert titles(page) == ["Kitchen tap"]
    assert actions(page) == []


def test_two_visits_of_one_job_on_one_day_stand_in_their_order(shop):
    job = shop.work_order(starts_at=at("10:00"))
    shop.visit(job, at("15:00"))
    shop.steps(job, "start", "finish_visit")
    page = read(shop.staff_client("Theo").get("/staff/"))
    assert titles(page) == ["Kitchen tap"]
    assert page.words("day").startswith("3:00")
    assert page.words("day").count("Kitchen tap") >= 2


def test_on_the_way_and_complete_lead_back_to_the_day_and_can_be_undone(shop):
    job = shop.work_order(starts_at=at("10:00"))
    theo = shop.staff_client("Theo")
    answer = press(theo, f"/staff/work-orders/{job.id}/set-off", {"back": "my-day"})
    assert answer.location == f"/staff/my-day?did={job.id}"
    page = read(theo.get(answer.location))
    assert f"/staff/work-orders/{job.id}/undo/set_off" in actions(page)
    assert "On the way. The customer’s page says so now." in page.words()


def test_nobody_learns_of_another_job_through_the_way_back(shop):
    job = shop.steps(shop.work_order(starts_at=at("10:00"), technician="Dana"), "set_off")
    theo = shop.staff_client("Theo")
    press(theo, f"/staff/work-orders/{shop.work_order(starts_at=at('11:00')).id}/set-off")
    assert str(f"/staff/work-orders/{job.id}/") not in read(theo.get(f"/staff/my-day?did={job.id}")).html
    read(theo.get("/staff/my-day?did=999999"))


@pytest.mark.parametrize(
    ("agent", "address"),
    [
        ("Mozilla/5.0 (Linux; Android 16; Pixel 9)", "geo:0,0?q=48%20Alder%20Street%2C%20Portland"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0)", "https://maps.apple.com/?daddr=48%20Alder%20Street%2C%20Portland"),
        ("curl", "https://www.google.com/maps/dir/?api=1&destination=48%20Alder%20Street%2C%20Portland"),
    ],
)
def test_directions_open_the_map_of_the_phone(shop, agent, address):
    shop.work_order(starts_at=at("10:00"))
    page = read(shop.staff_client("Theo").get("/staff/", headers={"User-Agent": agent}))
    assert page.all("a", href=address)


def test_an_empty_day_says_so_and_so_does_one_that_is_done(shop):
    theo = shop.staff_client("Theo")
    assert "Nothing booked today" in read(theo.get("/staff/")).words()
    shop.steps(shop.work_order(starts_at=at("07:00")), "start", "complete")
    assert "All done for today" in read(theo.get("/staff/")).words()


def test_what_the_open_page_fetches_again_is_the_day_as_it_is_now(shop):
    theo = shop.staff_client("Theo")
    shop.work_order(title="Just booked", starts_at=at("10:00"))
    news = theo.get("/staff/my-day/news").text
    assert "Just booked" in news
    assert 'id="day"' in news
