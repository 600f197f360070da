"""From an empty machine to a shared real work order: the printed link, one page, one job, one tap, in few presses."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import PLACE
from tests.browser.inspection import Watched
from tests.browser.live import expect_wiped, follow
from tests.browser.screenshot import fill
from tests.conftest import RunningServer, free_port, wait_for

pytestmark = pytest.mark.browser
PRESSES, LETTERS = 16, 160  # of a person who makes no mistake: a minute or so, where three are promised


@pytest.fixture
def machine(tmp_path):
    """A server on an empty folder."""
    (tmp_path / "empty").mkdir()
    running = RunningServer(tmp_path / "empty", free_port())
    yield running
    running.kill()


@pytest.fixture
def owner(browser, machine) -> Page:
    context = browser.new_context(base_url=machine.url, **PLACE, **DESKTOP)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


@pytest.fixture
def customer(browser) -> Page:
    """A phone that has never been here."""
    context = browser.new_context(**PLACE, **PHONE)
    yield context.new_page()
    context.close()


def printed(server: RunningServer) -> str:
    found = wait_for(lambda: re.search(r"http\S+/set-up", "".join(server.lines)), "the link to the set-up page")
    return found[0]


class Hands:
    """Presses and types as a person does, and counts."""

    def __init__(self, page: Page):
        self.page, self.presses, self.letters = page, 0, 0

    def type(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).click()
        self.page.keyboard.insert_text(text)
        self.presses += 1
        self.letters += len(text)

    def press(self, role: str, name: str) -> None:
        self.page.get_by_role(role, name=name, exact=True).first.click()
        self.presses += 1

    def choose(self, label: str, choice: str) -> None:
        self.page.get_by_label(label, exact=True).select_option(choice)
        self.presses += 2


def test_from_an_empty_machine_to_a_shared_real_work_order(machine, owner, customer):
    hands = Hands(owner)
    owner.goto(printed(machine))
    hands.type("Shop name", "Rivera Plumbing")
    hands.type("Phone customers call (optional)", "(503) 555-0142")
    hands.type("Your name", "Rosa Rivera")
    hands.type("Email", "rosa@rivera.example")
    hands.type("Password", "six little words")
    hands.press("button", "Open my shop")
    expect(owner.get_by_text("Your shop is open.")).to_be_visible()

    hands.press("link", "New job")
    hands.type("Name", "Carol Cruz")
    hands.type("Job", "Water heater")
    hands.type("Street and number", "48 Alder Street")
    hands.choose("Technician", "Rosa Rivera")
    hands.press("button", "Book the job")
    expect(owner.get_by_role("heading", level=1)).to_have_text("Water heater")
    hands.press("button", "Share")
    expect(owner.get_by_role("dialog").get_by_role("heading")).to_have_text("Link copied")

    follow(customer, owner.evaluate("navigator.clipboard.readText()"))
    expect(customer.locator("header")).to_contain_text("Rivera Plumbing")
    expect(customer.locator("#headline")).to_contain_text("Rosa is coming")
    assert (hands.presses <= PRESSES, hands.letters <= LETTERS) == (True, True), (hands.presses, hands.letters)


def test_the_page_works_without_a_script(browser, machine):
    context = browser.new_context(**PLACE, **DESKTOP, java_script_enabled=False)
    page = context.new_page()
    page.goto(printed(machine))
    expect(page.frame_locator("[data-shop-preview]").locator("h1")).to_contain_text("Marcus is coming")
    for label, text in {"Shop name": "Rivera", "Your name": "Rosa", "Email": "r@rivera.example"}.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Password", exact=True).fill("six little words")
    page.get_by_role("button", name="Open my shop").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile("/staff/$"))
    context.close()


def test_the_phone_beside_the_form_follows_what_is_typed(machine, owner):
    watched = Watched(owner)
    owner.goto(printed(machine))
    phone = owner.frame_locator("[data-shop-preview]:not(.is-coming)")
    owner.get_by_label("Shop name").fill("Rivera & <b>Sons</b>")
    expect(phone.locator("header")).to_contain_text("Rivera & <b>Sons</b>")
    expect(phone.get_by_role("link", name="Call us", include_hidden=True)).to_have_count(0)
    owner.get_by_label("Phone customers call").fill("(503) 555-0142")
    expect(phone.locator("#bar")).to_contain_text("Call us")
    owner.get_by_role("button", name="Red", exact=True).click()
    expect(phone.locator("header .logo")).to_have_css("background-color", "rgb(179, 38, 30)")
    expect(owner.locator("[data-shop-preview]")).to_have_count(1)
    assert watched.complaints == []


# --- from the tour to a shop of one's own -----------------------------------------------------------------------------


@pytest.fixture
def tour(tmp_path) -> Iterator[dict]:
    """The sample shop's ways in, on a running server."""
    port = free_port()
    told = fill(tmp_path / "tour", port)
    running = RunningServer(tmp_path / "tour", port)
    yield told
    running.kill()


def test_a_tour_becomes_a_shop_of_ones_own_and_open_pages_follow(tour, new_tab, customer):
    owner = new_tab()
    follow(customer, tour["links"]["wo"])
    owner.goto(tour["staff"][0]["sign_in_url"])
    owner.get_by_role("button").click()
    owner.get_by_role("link", name="Make it yours").click()
    owner.get_by_label("Shop name").fill("Rivera Plumbing")
    owner.get_by_role("button", name="Red", exact=True).click()
    for label, text in {
        "Your name": "Rosa Rivera",
        "Email": "rosa@rivera.example",
        "Password": "six little words",
    }.items():
        owner.get_by_label(label, exact=True).fill(text)
    owner.get_by_role("button", name="Open my shop").click()

    expect(customer.locator("header")).to_contain_text("Rivera Plumbing")
    expect(customer.locator("header .logo")).to_have_css("background-color", "rgb(179, 38, 30)")
    expect(customer.locator("footer")).not_to_contain_text("Burnside")

    owner.get_by_role("button", name="Clear samples").click()
    expect(owner.get_by_text("The samples are gone.")).to_be_visible()
    expect_wiped(customer)


def test_a_new_name_reaches_an_open_page_without_a_reload(open_shop, office_of, customer, server):
    job = open_shop.work_order()
    follow(customer, f"{server.url}{open_shop.path(job)}")
    customer.evaluate("window.same = true")
    owner = office_of("Olive")
    owner.goto("/staff/settings")
    owner.get_by_label("Shop name").fill("Rivera Plumbing")
    owner.get_by_label("License").fill("CCB 7")
    owner.get_by_role("button", name="Save changes").click()

    expect(customer.locator("header")).to_contain_text("Rivera Plumbing")
    expect(customer.locator("footer")).to_contain_text("CCB 7")
    assert customer.evaluate("window.same")

    owner.get_by_role("button", name="Red", exact=True).click()
    owner.get_by_role("button", name="Save changes").click()
    expect(customer.locator("header .logo")).to_have_css("background-color", "rgb(179, 38, 30)")


@pytest.fixture
def new_tab(browser):
    contexts = []

    def new_tab(**options) -> Page:
        contexts.append(browser.new_context(**PLACE, **DESKTOP, **options))
        return contexts[-1].new_page()

    yield new_tab
    for context in contexts:
        context.close()


@pytest.fixture
def office_of(new_tab, signed_in, server):
    return lambda name: new_tab(base_url=server.url, **signed_in(name))
