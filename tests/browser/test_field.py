"""A technician's phone on the job, and the customer's page beside it, which shows everything as it happens."""

import io
import zlib
from decimal import Decimal

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from portal import clock
from portal.db import writing
from portal.domain import catalogue, signatures
from tests.browser.chromium import PHONE
from tests.browser.inspection import Watched
from tests.browser.live import follow, is_the_same_page

pytestmark = pytest.mark.browser


class Thumb:
    """Taps, and counts them."""

    def __init__(self, page: Page):
        self.page, self.taps = page, 0

    def tap(self, role: str, name: str, **kwargs) -> None:
        self.page.get_by_role(role, name=name, **kwargs).first.click()
        self.taps += 1

    def tap_text(self, words: str) -> None:
        self.page.get_by_text(words, exact=True).first.click()
        self.taps += 1

    def photograph(self, count: int) -> None:
        """“Add photos”, and as many chosen in the phone's own list; they are sent by themselves."""
        names = [f"{number}.jpg" for number in range(count)]
        pictures = [{"name": name, "mimeType": "image/jpeg", "buffer": photo(name)} for name in names]
        self.page.locator("[data-is-live] .photo-way input[multiple]").set_input_files(pictures)
        self.taps += 1 + count

    def draw(self) -> None:
        """One stroke across the pad."""
        draw(self.page)
        self.taps += 1


def photo(name: str) -> bytes:
    """A picture of its own for each name."""
    kept = io.BytesIO()
    Image.new("RGB", (640, 480), f"#{zlib.crc32(name.encode()) & 0xFFFFFF:06x}").save(kept, "JPEG")
    return kept.getvalue()


def draw(page: Page) -> None:
    pad = page.locator("[data-pad] svg")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] * 0.7)
    page.mouse.down()
    for across, down in ((0.3, 0.3), (0.5, 0.3), (0.7, 0.6), (0.85, 0.6)):
        page.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] * down, steps=4)
    page.mouse.up()


@pytest.fixture(scope="module")
def price_list(open_shop):
    with writing():
        for name, unit in (("Brass ball valve", "pc"), ("Copper pipe 22 mm", "m"), ("Thread seal", "")):
            catalogue.add({"description": name, "unit": unit, "price": Decimal("38.5")}, by=None)


@pytest.fixture
def job(open_shop, price_list):
    return open_shop.work_order("Carol Cruz", title="Kitchen tap", starts_at=clock.now())


@pytest.fixture
def theo(new_page, signed_in) -> Page:
    return new_page(PHONE, **signed_in("Theo"))


def test_a_job_takes_fifteen_taps_at_most_and_the_customer_sees_each(theo, phone, open_shop, job):
    customer = follow(phone, open_shop.path(job))
    theo.goto("/staff/")
    thumb = Thumb(theo)
    thumb.tap("button", f"Start · {job.title}")
    expect(customer.locator("#headline")).to_have_text("Theo is on the job")
    thumb.photograph(3)
    expect(customer.locator("#photos img")).to_have_count(3)
    thumb.tap_text("Add a part")
    thumb.tap("button", "Brass ball valve")
    thumb.tap("button", "Copper pipe 22 mm")
    expect(customer.locator("#parts")).to_contain_text("Copper pipe 22 mm× 1 m")
    thumb.tap("link", "Get a signature")
    thumb.draw()
    thumb.tap("button", "Done")
    expect(customer.locator("#signature")).to_contain_text("Signed by Carol Cruz")
    thumb.tap("button", "Complete")
    expect(customer.locator("#headline")).to_have_text("All done")
    assert is_the_same_page(customer)
    assert thumb.taps <= 15


BROKEN_WORDS = """steps => steps.flatMap(step => {
    const text = step.querySelector('span').firstChild, range = document.createRange()
    return [...text.data.matchAll(/\\S+/g)].filter(word => {
        range.setStart(text, word.index)
        range.setEnd(text, word.index + word[0].length)
        return range.getClientRects().length !== 1
    }).map(word => word[0])
})"""


@pytest.fixture
def speaking(open_shop):
    """Lets the shop speak another language, for one test."""

    def speak(locale: str) -> None:
        with writing():
            open_shop.profile.locale = locale

    yield speak
    speak("en_US")


@pytest.mark.parametrize("width", [320, 360, 390])
@pytest.mark.parametrize("locale", ["en_US", "de_DE", "es_MX"])
def test_no_word_of_a_step_is_broken_on_a_narrow_phone(theo, open_shop, job, speaking, locale, width):
    speaking(locale)
    theo.set_viewport_size({"width": width, "height": 740})
    for verb in ("set_off", "start", "complete"):
        theo.goto(f"/staff/work-orders/{job.id}")
        assert theo.locator(".step").evaluate_all(BROKEN_WORDS) == []
        assert theo.locator(".steps").evaluate("steps => steps.scrollWidth <= steps.clientWidth")
        open_shop.steps(job, verb)
    theo.goto(f"/staff/work-orders/{job.id}")
    assert theo.locator(".step").evaluate_all(BROKEN_WORDS) == []


def test_a_turned_phone_keeps_the_strokes(theo, open_shop, job):
    open_shop.steps(job, "start")
    theo.goto(f"/staff/work-orders/{job.id}/sign")
    draw(theo)
    drawn = theo.locator("[name=signature]").input_value()
    theo.set_viewport_size({"width": 844, "height": 390})
    assert theo.locator("[name=signature]").input_value() == drawn
    assert theo.locator("[data-pad] path").get_attribute("d") == drawn
    assert theo.locator("[data-pad] svg").bounding_box()["height"] <= 390
    theo.get_by_role("button", name="Done").first.click()
    expect(theo.locator("#signed svg path")).to_have_count(1)


def test_the_customer_draws_where_the_shop_asks_for_it(phone, open_shop, job):
    open_shop.steps(job, "start")
    page = follow(phone, open_shop.path(job))
    open_shop.do(signatures.ask, job)
    page.get_by_role("link", name="Sign here").click()
    watched = Watched(page)
    assert watched.axe("light") + watched.axe("dark") == []
    draw(page)
    page.get_by_label("Name of who signs").fill("Carol Cruz")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("#signature")).to_contain_text("Signed by Carol Cruz")
    expect(page.locator("#sign-request")).to_have_count(0)


def test_my_day_changes_when_the_office_books_a_visit(theo, open_shop, price_list):
    theo.goto("/staff/")
    theo.evaluate("window.isTheSamePage = true")
    open_shop.work_order("Nora Nunn", title="Sump pump check", starts_at=clock.now())
    expect(theo.get_by_role("link", name="Sump pump check")).to_be_visible()
    assert is_the_same_page(theo)
