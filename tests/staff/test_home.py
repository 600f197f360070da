"""The day's list, told at 9 on Sunday, November 22."""

from datetime import timedelta

import pytest

from portal import clock
from portal.db import writing
from tests.factories import local
from tests.pages import Page, read

NOW = local("2026-11-22 09:00")


@pytest.fixture(autouse=True)
def _sunday_morning():
    with clock.stopped_at(NOW):
        yield


def jobs(page: Page) -> list[str]:
    """The rows' titles, in order."""
    return [
        next(link.iter("b")).find("bdi").text for link in page.all("a") if "job" in (link.get("class") or "").split()
    ]


def row(page: Page) -> str:
    return next(
        " ".join("".join(a.itertext()).split()) for a in page.all("a") if "job" in (a.get("class") or "").split()
    )


def test_today_shows_time_job_customer_place_and_status(shop):
    job = shop.work_order("Carol Cruz", title="Kitchen tap", starts_at=local("2026-11-22 10:00"))
    page = read(shop.staff_client().get("/staff/"))
    assert page.h1 == "Today"
    assert "Sunday, November 22" in page.words()
    assert jobs(page) == ["Kitchen tap"]
    for words in ("10:00", "am", "Carol Cruz", "48 Alder Street", "Scheduled"):
        assert words in row(page)
    assert page.all("a", href=f"/staff/work-orders/{job.id}")


def test_the_heading_counts_what_nobody_is_sent_to(shop):
    shop.work_order(technician="", starts_at=NOW)
    page = read(shop.staff_client().get("/staff/"))
    assert "Sunday, November 22 · 1 unassigned" in page.words()
    assert "No technician" in row(page)


@pytest.mark.parametrize(("tab", "title"), [("today", "Now"), ("upcoming", "Later"), ("done", "Before")])
def test_each_tab_shows_its_own_and_all_counts(shop, tab, title):
    shop.work_order(title="Now", starts_at=NOW)
    shop.work_order(title="Later", starts_at=NOW + timedelta(days=2))
    shop.steps(shop.work_order(title="Before", starts_at=NOW), "cancel")

    page = read(shop.staff_client().get(f"/staff/?tab={tab}"))

    assert jobs(page) == [title]
    current = [tab.get("href") for tab in page.all("a") if tab.get("aria-current") == "page"]
    assert f"/staff/?tab={tab}" in current
    for words in ("Today 1", "Upcoming 1", "Done 1"):
        assert words in page.words()


def test_an_empty_list_says_so(shop):
    office = shop.staff_client()
    for tab, words in (
        ("today", "Nothing booked today"),
        ("upcoming", "Nothing booked ahead"),
        ("done", "Nothing done yet"),
    ):
        assert words in read(office.get(f"/staff/?tab={tab}")).words()


def test_a_mistyped_address_shows_today(shop):
    shop.work_order(title="Now", starts_at=NOW)
    office = shop.staff_client()
    for query in ("?tab=tomorrow", "?tab=", "?from=-1", "?from=x", "?from=²", f"?from={'9' * 30}"):
        assert jobs(read(office.get(f"/staff/{query}"))) == ["Now"]


def test_a_page_beyond_the_end_is_empty(shop):
    shop.work_order(starts_at=NOW)
    assert jobs(read(shop.staff_client().get("/staff/?from=999999999"))) == []


def test_a_long_list_comes_in_pages_of_fifty(shop):
    shop.many(51, starts_at=NOW)
    office = shop.staff_client()
    first = read(office.get("/staff/"))
    assert (len(jobs(first)), jobs(first)[0]) == (50, "Job 1")

    more = next(link.get("href") for link in first.all("a") if link.text == "Show more")
    second = read(office.get(more))

    assert jobs(second) == ["Job 51"]
    assert "Show more" not in second.words()


def test_a_shared_job_carries_a_mark(shop):
    job = shop.work_order(starts_at=NOW)
    office = shop.staff_client()
    assert read(office.get("/staff/")).all("span", **{"aria-label": "Shared with the customer"}) == []
    shop.token(job)
    assert read(office.get("/staff/")).all("span", **{"aria-label": "Shared with the customer"})


def test_yesterdays_job_that_nobody_went_to_is_marked(shop):
    shop.work_order(starts_at=NOW - timedelta(days=1))
    assert "Not started" in row(read(shop.staff_client().get("/staff/")))


@pytest.mark.parametrize(("who", "sees_link"), [("Olive", True), ("Dana", False)])
def test_a_sample_shop_says_that_it_is_one_and_its_owner_may_change_that(shop, who, sees_link):
    with writing():
        shop.profile.is_sample = True
    page = read(shop.staff_client(who).get("/staff/"))
    assert "Sample data." in page.words()
    assert ("Make it yours" in page.words()) is sees_link


def test_the_front_door_leads_here(shop):
    assert shop.app.test_client().get("/").location == "/staff/"


def test_whoever_of_the_office_drives_out_as_well_finds_their_own_day(shop):
    office = shop.staff_client()
    assert read(office.get("/staff/")).all("a", href="/staff/my-day") == []
    shop.work_order(starts_at=NOW, technician="Dana")
    page = read(office.get("/staff/"))
    assert "My day · 1 visit" in " ".join(page.words().split())
    assert read(office.get("/staff/my-day")).h1 == "My day"
