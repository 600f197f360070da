import pytest

from models import Event, Link
from tests.factories import press
from tests.pages import read


@pytest.fixture
def job(shop):
    return shop.work_order("Carol Cruz", title="Kitchen tap")


def path(job, rest="") -> str:
    return f"/staff/work-orders/{job.id}/preview{rest}"


def test_the_preview_is_what_the_customer_sees(shop, job):
    preview = read(shop.staff_client().get(path(job)))
    customers = read(shop.app.test_client().get(shop.path(job)))
    assert preview.h1 == customers.h1
    for section in ("status", "facts"):
        assert preview.words(section) == customers.words(section)
    assert "This is what the customer sees. Your look isn’t counted." in preview.words()
    assert "Your look isn’t counted." not in customers.words()


def test_an_unshared_job_can_be_looked_at_and_stays_unshared(shop, job):
    read(shop.staff_client().get(path(job)))
    assert shop.count(Link) == 0


def test_looking_leaves_no_trace(shop, job):
    shop.path(job)
    before = (shop.verbs(job), shop.count(Event))
    office = shop.staff_client()
    for _ in range(2):
        assert office.get(path(job)).status_code == 200
    assert (shop.verbs(job), shop.count(Event)) == before
    assert (shop.again(shop.link(job)).opened_count, shop.link(job).last_opened_at) == (0, None)


def test_the_preview_asks_for_nothing_and_leads_nowhere(shop, job):
    page = read(shop.staff_client().get(path(job)))
    main = page.find("main")
    assert (main.get("data-live"), main.get("data-seen")) == ("", "")
    assert page.all("form") == []
    leads = [link.get("href") for link in page.all("a") if link.get("href")]
    assert all(link.startswith(("#", "tel:")) for link in leads), leads
    assert "/portal/" not in page.html


@pytest.mark.parametrize("way", [(), ("set_off",), ("start",), ("start", "complete"), ("cancel",)])
def test_every_state_can_be_looked_at(shop, job, way):
    shop.steps(job, *way)
    shop.photo(job, caption="Before")
    assert read(shop.staff_client("Theo").get(path(job))).h1


def test_its_photos_are_those_that_the_customer_may_see(shop, job):
    shown, hidden = shop.photo(job), shop.photo(job, is_shown=False)
    office = shop.staff_client()
    assert path(job, f"/photos/{shown.thumb}") in office.get(path(job)).text
    assert office.get(path(job, f"/photos/{shown.full}"), buffered=True).status_code == 200
    assert office.get(path(job, f"/photos/{hidden.full}")).status_code == 404


def test_the_preview_follows_a_press(shop, job):
    office = shop.staff_client()
    press(office, f"/staff/work-orders/{job.id}/start")
    assert read(office.get(path(job))).h1 == "Theo is on the job"
