"""Pages in other languages in a real browser: from right to left, two fifths longer, and for readers far away."""

import pytest
from playwright.sync_api import expect

from portal.db import writing
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import PLACE
from tests.browser.inspection import Watched
from tests.browser.live import expect_label, follow
from tests.factories import local
from tests.pseudo import LANGUAGE

pytestmark = pytest.mark.browser

SIZES = {"phone": PHONE, "desktop": DESKTOP}


@pytest.fixture
def reading(new_page):
    """A phone or desktop whose owner reads `tag`, and lives in `zone`."""

    def reading(tag: str, device: str = "phone", zone: str = "America/Los_Angeles", **options):
        return Watched(new_page(SIZES[device] | {"locale": tag, "timezone_id": zone}, **options))

    return reading


@pytest.fixture
def new_page(browser, server):
    contexts = []

    def new_page(options: dict, **more):
        context = browser.new_context(base_url=server.url, **(PLACE | options | more))
        contexts.append(context)
        return context.new_page()

    yield new_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def jobs(open_shop):
    """A job in every state, with everything a page can show."""
    shop = open_shop
    done = shop.steps(
        shop.work_order(title="Replacement of the 50-gallon water heater"), "set_off", "start", "complete"
    )
    shop.photo(done, caption="Before")
    return {
        "scheduled": shop.work_order(),
        "on the way": shop.steps(shop.work_order(), "set_off"),
        "in progress": shop.steps(shop.work_order(), "start"),
        "completed": done,
        "cancelled": shop.steps(shop.work_order(), "cancel"),
    }


STATES = ["scheduled", "on the way", "in progress", "completed", "cancelled"]


@pytest.mark.parametrize("device", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_from_right_to_left_and_much_longer_a_customers_page_is_whole(state, device, reading, open_shop, jobs):
    watched = reading(LANGUAGE, device)
    for rest in ("", "/help"):
        watched.page.goto(open_shop.path(jobs[state], rest))
        expect(watched.page.locator("html")).to_have_attribute("dir", "rtl")
        assert "⟦" in watched.page.locator("h1").inner_text()
        for width in (320, 390, SIZES[device]["viewport"]["width"]):
            with watched.narrowed(width, 100):
                assert watched.cut_off() == []
        assert watched.small_targets() == []
        assert watched.axe("light") == []


@pytest.mark.parametrize("tag", ["de-DE", "es-MX"])
@pytest.mark.parametrize("state", STATES)
def test_a_german_and_a_spanish_phone_show_whole_pages(state, tag, reading, open_shop, jobs):
    watched = reading(tag)
    watched.page.goto(open_shop.path(jobs[state]))
    expect(watched.page.locator("html")).to_have_attribute("lang", tag)
    for width in (320, 390):
        with watched.narrowed(width, 100):
            assert watched.cut_off() == []
    assert watched.axe("light") == []
    assert watched.complaints == []


def test_a_page_stays_in_its_language_when_it_changes_while_open(reading, open_shop):
    page, job = reading("de-DE").page, open_shop.work_order()
    page.goto(open_shop.path(job))
    expect_label(page, "Live")
    open_shop.steps(job, "start")
    expect(page.locator("#headline")).to_have_text("Theo ist bei der Arbeit")


SHOWN = "() => getComputedStyle(document.querySelector('[data-zone]'), '::after').content"


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("America/Los_Angeles", "none"),
        ("America/Vancouver", "none"),  # another name, the same clock
        ("America/Phoenix", "none"),  # another clock in winter, but it is the visit's day in July that counts
        ("Europe/Berlin", '" PDT"'),
    ],
)
def test_a_reader_by_another_clock_is_told_the_sites_zone(zone, shown, reading, open_shop):
    page = reading("en-US", zone=zone).page
    follow(page, open_shop.path(open_shop.work_order(starts_at=local("2027-07-01 10:00"))))
    assert page.evaluate(SHOWN) == shown


def test_the_zone_stays_when_the_page_changes_while_open(reading, open_shop):
    page, job = reading("en-US", zone="Europe/Berlin").page, open_shop.work_order()
    follow(page, open_shop.path(job))
    open_shop.steps(job, "start")
    expect(page.locator("#headline")).to_have_text("Theo is on the job")
    assert page.evaluate(SHOWN) in ('" PST"', '" PDT"')


@pytest.mark.parametrize("locale", [LANGUAGE, "de_DE", "es_MX"])
@pytest.mark.parametrize("device", SIZES)
def test_the_offices_pages_are_whole_in_long_words(locale, device, reading, signed_in, open_shop, jobs):
    watched = reading("en-US", device, **signed_in("Olive"))
    with writing():
        open_shop.profile.locale = locale
    try:
        for path in ("/staff/", f"/staff/work-orders/{jobs['completed'].id}", "/staff/settings", "/staff/customers"):
            watched.page.goto(path)
            expect(watched.page.locator("html")).to_have_attribute("lang", locale.replace("_", "-"))
            for width in (320, SIZES[device]["viewport"]["width"]):
                with watched.narrowed(width, 100):
                    assert watched.cut_off() == [], path
    finally:
        with writing():
            open_shop.profile.locale = "en_US"
