"""Every state of the customer's pages, on a phone and on a desktop, light and dark."""

from datetime import timedelta
from decimal import Decimal

import brotli
import pytest
import requests
from playwright.sync_api import expect

from portal import clock
from portal.db import writing
from portal.demo.jobs import SIGNATURE
from portal.domain import links, parts, signatures, visits
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import PLACE
from tests.browser.inspection import EverybodyCanUseIt, Watched
from tests.browser.live import expect_label, expect_wiped, follow

pytestmark = pytest.mark.browser

LONG_TITLE = "Replacement of the 50-gallon water heater in the garage, and of its Druckminderungsventilbaugruppe"
SIZES = {"phone": PHONE, "desktop": DESKTOP}


@pytest.fixture(scope="module", autouse=True)
def talkative_shop(open_shop):
    """A shop that fills in everything there is, so that nothing stays off the pages."""
    with writing():
        shop = open_shop.profile
        shop.street, shop.locality, shop.licence = "210 Burnside Road", "Portland, OR 97214", "CCB 204118"
        shop.answer_hours, shop.says_late = "We usually answer within an hour, 7 am to 6 pm.", True


def fullest(shop):
    """A job of three visits, done, signed, with everything a page can show."""
    now = clock.now()
    job = shop.work_order(title=LONG_TITLE, starts_at=now - timedelta(days=2))
    shop.steps(job, "start", "finish_visit")
    shop.visit(job, now - timedelta(hours=1), technician="Dana")
    for name in ("Brass ball valve, ¾ in", "Expansion tank", "Druckminderungsventilbaugruppenhalterung"):
        shop.do(parts.add, job, name=name, quantity=Decimal("1.25"), unit="m")
    for caption in ("Before", "", "After, with the new expansion tank and everything tidied up again"):
        shop.photo(job, caption=caption)
    shop.steps(job, "set_off", "start", "complete")
    shop.do(signatures.sign, job, name="Carolina Maximiliana Cruz-Wolfeschlegelsteinhausen", path=SIGNATURE)
    return job


def unbooked(shop):
    job = shop.work_order(technician="")
    shop.do(visits.move, job.visits[0], starts_at=None, ends_at=None, technician=None, seen=1)
    return job


def typed_signature(shop):
    job = shop.steps(shop.work_order(), "start", "complete")
    shop.do(signatures.sign, job, name="Carol Cruz", path="")
    return job


def several_visits(shop):
    now = clock.now()
    job = shop.steps(shop.work_order(starts_at=now - timedelta(days=3)), "start", "finish_visit")
    for days in (1, 4):
        shop.visit(job, now + timedelta(days=days))
    return job


def hours_from_now(hours):
    return clock.now() + timedelta(hours=hours)


JOBS = {
    "scheduled": lambda shop: shop.work_order(),
    "scheduled today": lambda shop: shop.work_order(starts_at=clock.now()),
    "scheduled for another month": lambda shop: shop.work_order(starts_at=hours_from_now(24 * 40)),
    "scheduled without a technician": lambda shop: shop.work_order(technician=""),
    "without a date": unbooked,
    "late": lambda shop: shop.work_order(starts_at=hours_from_now(-3)),
    "on the way": lambda shop: shop.steps(shop.work_order(), "set_off"),
    "in progress": lambda shop: shop.steps(shop.work_order(), "set_off", "start"),
    "several visits": several_visits,
    "completed": fullest,
    "signed by typing": typed_signature,
    "cancelled": lambda shop: shop.steps(shop.work_order(), "cancel"),
}


def help_form(page, shop):
    page.goto(shop.path(shop.work_order(), "/help"))


def help_with_errors(page, shop):
    help_form(page, shop)
    page.get_by_label("Your name").fill("Carol")
    page.get_by_role("button", name="Send message").click()
    expect(page.locator("#error-summary")).to_be_visible()


def help_sent(page, shop):
    help_form(page, shop)
    page.get_by_label("Your message").fill("The gate code is 4417.")
    page.get_by_role("button", name="Send message").click()
    expect(page.locator("h1")).to_have_text("Message sent")


def help_refused(page, shop):
    job = shop.work_order()
    for number in range(5):
        shop.message(job, f"Message {number}")
    page.goto(shop.path(job, "/help"))
    page.get_by_label("Your message").fill("Once more.")
    page.get_by_role("button", name="Send message").click()
    expect(page.get_by_role("alert")).to_contain_text("several messages already")


def photo_viewer(page, shop):
    page.goto(shop.path(fullest(shop)))
    page.locator("#photos a").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def offline(page, shop):
    follow(page, shop.path(shop.steps(shop.work_order(), "start")))
    page.context.set_offline(True)
    expect_label(page, "Offline")


def revoked_while_open(page, shop):
    job = shop.work_order()
    follow(page, shop.path(job))
    shop.do(links.revoke, job)
    expect_wiped(page)


def no_such_link(page, shop):
    page.goto("/portal/wo/" + "0" * 27)


PAGES = {
    "help": help_form,
    "help with errors": help_with_errors,
    "help sent": help_sent,
    "help refused": help_refused,
    "photo viewer": photo_viewer,
    "offline": offline,
    "revoked while open": revoked_while_open,
    "no such link": no_such_link,
}


@pytest.fixture(scope="module", params=[*JOBS, *PAGES])
def state(request) -> str:
    return request.param


@pytest.fixture(scope="module", params=SIZES)
def opened(request, browser, server, open_shop, state):
    """A page in that state, on that device; each of the tests below looks at the same one."""
    size = SIZES[request.param]
    context = browser.new_context(base_url=server.url, reduced_motion="reduce", **PLACE, **size)
    watched = Watched(context.new_page())
    if state in JOBS:
        watched.page.goto(open_shop.path(JOBS[state](open_shop)))
    else:
        PAGES[state](watched.page, open_shop)
    yield watched
    context.close()


class TestEachPage(EverybodyCanUseIt):
    pass


def test_the_browser_has_nothing_to_complain_of(opened, state):
    known = "net::ERR_INTERNET_DISCONNECTED" if state == "offline" else "\n"
    assert [words for words in opened.complaints if known not in words] == []


def test_nobody_else_is_asked_for_anything(opened, server):
    assert opened.requests
    assert opened.asked_elsewhere(server.url) == []


# --- weight and order ---------------------------------------------------------------------------------------------

SCRIPTS = ("customer", "live", "page", "photos", "seen")


def squeezed(address: str) -> int:
    """How many bytes the answer has once a proxy has compressed it."""
    return len(brotli.compress(requests.get(address, timeout=10).content, quality=11))


def test_the_fullest_page_fits_into_ten_kilobytes(server, open_shop):
    assert squeezed(server.url + open_shop.path(fullest(open_shop))) <= 10_000


def test_all_scripts_together_fit_into_four_kilobytes(phone, server, open_shop):
    watched = Watched(phone)
    follow(phone, open_shop.path(open_shop.work_order()))
    scripts = {url for url in watched.requests if url.endswith(".js")}
    assert {url.rsplit("/", 1)[1].removesuffix(".js") for url in scripts} == set(SCRIPTS)

    assert sum(map(squeezed, scripts)) <= 4_000


def test_the_page_is_painted_after_one_request(phone, open_shop):
    held = []
    phone.route(lambda url: "/portal/wo/" not in url or "/photos/" in url, lambda route: held.append(route))

    phone.goto(open_shop.path(fullest(open_shop)), wait_until="commit")

    expect(phone.locator("#headline")).to_be_visible()
    phone.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length")
    assert len(held) >= len(SCRIPTS)
    for route in held:
        route.continue_()
    expect_label(phone, "Live")


def test_nothing_jumps_while_the_page_loads_goes_live_and_changes(phone, open_shop):
    phone.add_init_script("""
        window.jumped = 0
        new PerformanceObserver(list => { for (const { value } of list.getEntries()) window.jumped += value })
            .observe({ type: 'layout-shift', buffered: true })
    """)
    job = open_shop.work_order()
    follow(phone, open_shop.path(job))
    assert phone.evaluate("window.jumped") < 0.001

    open_shop.steps(job, "start")

    expect(phone.locator("#headline")).to_have_text("Theo is on the job")
    assert phone.evaluate("window.jumped") < 0.05


# --- paper, and the other direction -------------------------------------------------------------------------------


def test_paper_shows_the_job_and_no_buttons(phone, open_shop):
    phone.goto(open_shop.path(fullest(open_shop)))
    phone.emulate_media(media="print", color_scheme="dark")

    for gone in ("#bar", "#side-help", "#live", "#toast"):
        expect(phone.locator(gone)).to_be_hidden()
    for there in ("#headline", "#facts", "#photos", "#parts", "#signature"):
        expect(phone.locator(there)).to_be_visible()
    assert phone.evaluate("getComputedStyle(document.querySelector('#headline')).color") == "rgb(0, 0, 0)"


@pytest.fixture
def right_to_left(open_shop):
    """Carol reads the language of tests/pseudo.py."""
    carol = open_shop.work_order().customer
    with writing():
        carol.locale = "ar"
    yield
    with writing():
        carol.locale = ""


@pytest.mark.usefixtures("right_to_left")
@pytest.mark.parametrize("device", SIZES)
@pytest.mark.parametrize("rest", ["", "/help"])
def test_from_right_to_left_nothing_scrolls_sideways(device, rest, new_page, open_shop):
    watched = Watched(new_page(SIZES[device]))
    watched.page.goto(open_shop.path(fullest(open_shop), rest))
    expect(watched.page.locator("html")).to_have_attribute("dir", "rtl")

    for width in (320, SIZES[device]["viewport"]["width"]):
        with watched.narrowed(width, 100):
            assert watched.cut_off() == []
    assert watched.axe("light") == []


@pytest.mark.usefixtures("right_to_left")
def test_from_right_to_left_a_phone_number_reads_as_it_is_dialled(phone, open_shop):
    phone.goto(open_shop.path(open_shop.work_order()))
    number = phone.locator("#facts a[href^='tel:']")

    edges = number.evaluate("""link => {
        const range = document.createRange(), number = link.firstChild
        return [0, number.length - 1].map(place => {
            range.setStart(number, place)
            range.setEnd(number, place + 1)
            return range.getBoundingClientRect().left
        })
    }""")

    assert edges[0] < edges[1]


@pytest.mark.usefixtures("right_to_left")
def test_from_right_to_left_the_arrow_keys_turn_photos_the_way_they_point(desktop, open_shop):
    job = open_shop.work_order()
    for caption in ("Before", "After"):
        open_shop.photo(job, caption=caption)
    desktop.goto(open_shop.path(job))
    desktop.get_by_role("link", name="Before").click()

    desktop.keyboard.press("ArrowLeft")

    expect(desktop.get_by_role("dialog").get_by_text("After")).to_be_in_viewport(ratio=1)
