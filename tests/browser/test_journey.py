"""The main job as people do it: with their fingers, in a real browser, from the first minute on."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal import clock
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import PLACE
from tests.browser.live import expect_headline, expect_label, expect_wiped, follow, is_the_same_page
from tests.conftest import RunningServer, free_port, wait_for

pytestmark = pytest.mark.browser


@pytest.fixture
def new_shop(data_dir):
    """A server that was started for the very first time."""
    running = RunningServer(data_dir, free_port())
    yield running
    running.kill()


@pytest.fixture
def owner(browser, new_shop) -> Page:
    context = browser.new_context(base_url=new_shop.url, **PLACE, **DESKTOP)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


def way_in(server: RunningServer) -> str:
    """The one-time link that the terminal shows."""
    found = wait_for(lambda: re.search(r"http\S+/staff/sign-in/\S+", "".join(server.lines)), "the way in")
    return found[0]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_from_the_first_start_to_a_revoked_link(new_shop, owner, phone):
    open_the_shop(owner, way_in(new_shop))
    book_a_job(owner)
    follow(phone, share(owner))
    expect(phone.locator("#headline")).to_contain_text("Olive is coming")
    expect(phone.locator("header")).to_contain_text("Brightwater Plumbing")

    follow_the_work(owner, phone)
    ask_and_be_heard(owner, phone)

    owner.locator("main").get_by_role("link", name="Water heater replacement", exact=True).click()
    press(owner, "Share")
    owner.locator("summary", has_text="Revoke link").click()
    owner.get_by_role("dialog").get_by_role("button", name="Revoke link").click()
    expect_wiped(phone)


def open_the_shop(owner, address):
    owner.goto(address)
    owner.get_by_label("Shop name").fill("Brightwater Plumbing")
    owner.get_by_label("Phone customers call").fill("(503) 555-0142")
    owner.get_by_label("Your name").fill("Olive Owens")
    owner.get_by_label("Email").fill("olive@shop.example")
    owner.get_by_label("Password", exact=True).fill("correct horse battery")
    expect(owner.get_by_label("Time zone")).to_have_value("America/Los_Angeles")
    press(owner, "Open my shop")
    expect(owner.get_by_text("Your shop is open.")).to_be_visible()


def book_a_job(owner):
    """With slips first: nothing that was typed is lost."""
    owner.get_by_role("navigation", name="Main").get_by_role("link", name="Today").click()
    owner.get_by_role("link", name="New job").first.click()
    owner.get_by_label("Phone").fill("(503) 555-0188")
    owner.get_by_label("Email").fill("carol at example")
    owner.get_by_label("Job", exact=True).fill("Water heater replacement")
    press(owner, "Book the job")

    expect(owner.locator("#error-summary")).to_be_focused()
    expect(owner).to_have_title(re.compile("^Error: "))
    for field, words in {
        "customer_name": "Write who it is for.",
        "customer_email": "Enter an email address like name@example.com.",
        "street": "Write where the job is.",
    }.items():
        expect(owner.locator(f"#{field}-error")).to_have_text(words)
        expect(owner.locator(f"#{field}")).to_have_accessible_description(re.compile(re.escape(words)))
    expect(owner.get_by_label("Phone")).to_have_value("(503) 555-0188")
    expect(owner.get_by_label("Email")).to_have_value("carol at example")
    expect(owner.get_by_label("Job", exact=True)).to_have_value("Water heater replacement")

    owner.get_by_label("Name", exact=True).fill("Carol Cruz")
    owner.get_by_label("Email").fill("")
    owner.get_by_label("Street and number").fill("48 Alder Street")
    owner.get_by_label("Technician").select_option("Olive Owens")
    press(owner, "Book the job")
    expect(owner.get_by_role("heading", level=1)).to_have_text("Water heater replacement")


def share(owner) -> str:
    press(owner, "Share")
    expect(owner.get_by_role("dialog").get_by_role("heading")).to_have_text("Link copied")
    address = owner.evaluate("navigator.clipboard.readText()")
    owner.keyboard.press("Escape")
    return address


def follow_the_work(owner, phone):
    owner.get_by_role("button", name="On the way").click()
    expect_headline(phone, "Olive is on the way")

    owner.get_by_role("button", name="Start").click()
    expect_headline(phone, "Olive is on the job")

    press(owner, "Undo “Started”")
    expect_headline(phone, "Olive is on the way")

    owner.get_by_role("button", name="Start").click()
    expect_headline(phone, "Olive is on the job")
    owner.get_by_role("button", name="Complete").click()
    expect_headline(phone, "All done")
    expect(phone.locator("[aria-current=step]")).to_contain_text("Completed")
    assert is_the_same_page(phone)


def ask_and_be_heard(owner, phone):
    phone.get_by_role("navigation", name="Contact").get_by_role("link", name="Get help").tap()
    phone.get_by_label("Something isn’t right").check()
    phone.get_by_label("Your message").fill("The tap drips again.")
    phone.get_by_label("Your name").fill("Carol")
    press(phone, "Send message")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Message sent")
    phone.get_by_role("link", name="Back to your job").last.tap()
    expect_label(phone, "Live")

    owner.reload()
    inbox = owner.get_by_role("navigation", name="Main").get_by_role("link", name="Inbox")
    expect(inbox).to_contain_text("1 message to answer")
    inbox.click()
    message = owner.get_by_role("article")
    for words in ("The tap drips again.", "Something isn’t right", "Carol Cruz"):
        expect(message).to_contain_text(words)


def test_the_printed_link_works_once(new_shop, owner, phone):
    address = way_in(new_shop)
    open_the_shop(owner, address)

    phone.goto(address)

    expect(phone.get_by_role("heading")).to_contain_text("has been used")
    expect(phone.get_by_role("button")).to_have_count(0)


def test_the_second_of_two_who_edit_one_job_is_told_and_overwrites_nothing(new_page, signed_in, open_shop):
    job = open_shop.work_order(title="Kitchen tap", street="48 Alder Street")
    dana, olive = (new_page(DESKTOP, **signed_in(name)) for name in ("Dana", "Olive"))
    for person in (dana, olive):
        person.goto(f"/staff/work-orders/{job.id}/edit")

    dana.get_by_label("Street and number").fill("84 Alder Street")
    press(dana, "Save changes")
    expect(dana.get_by_role("heading", level=1)).to_have_text("Kitchen tap")
    olive.get_by_label("Job", exact=True).fill("Kitchen tap and sink")
    press(olive, "Save changes")

    notice = olive.get_by_role("alert")
    expect(notice).to_be_focused()
    expect(notice).to_contain_text(re.compile(r"^\s*Dana Diaz changed this at \d+:\d\d [ap]m\."))
    for words in ("84 Alder Street", "48 Alder Street", "Kitchen tap", "Kitchen tap and sink"):
        expect(notice).to_contain_text(words)
    expect(olive.get_by_label("Job", exact=True)).to_have_value("Kitchen tap and sink")
    kept = open_shop.again(job)
    assert (kept.title, kept.street) == ("Kitchen tap", "84 Alder Street")

    olive.get_by_label("Street and number").fill("84 Alder Street")
    press(olive, "Save changes")
    expect(olive.get_by_role("heading", level=1)).to_have_text("Kitchen tap and sink")
    kept = open_shop.again(job)
    assert (kept.title, kept.street) == ("Kitchen tap and sink", "84 Alder Street")


def test_a_press_on_an_old_page_does_nothing_and_says_so(new_page, signed_in, open_shop):
    job = open_shop.work_order()
    dana, olive = (new_page(DESKTOP, **signed_in(name)) for name in ("Dana", "Olive"))
    olive.route("**/live*", lambda route: route.abort())  # hers would have changed by itself
    for person in (dana, olive):
        person.goto(f"/staff/work-orders/{job.id}")
    dana.get_by_role("button", name="Start").click()
    expect(dana.locator(".snack")).to_contain_text("Started.")

    olive.get_by_role("button", name="Start").click()

    expect(olive.get_by_role("alert")).to_contain_text("That had changed meanwhile")
    expect(olive.get_by_role("button", name="Complete")).to_be_visible()


def test_a_technician_sees_their_own_jobs_and_moves_them_on_with_one_tap_each(new_page, signed_in, open_shop, phone):
    own = open_shop.work_order("Carol Cruz", title="Shower valve", starts_at=clock.now())
    other = open_shop.work_order("Mallory Mint", title="Gas line", starts_at=clock.now(), technician="Dana")
    theo = new_page(PHONE, **signed_in("Theo"))
    follow(phone, open_shop.path(own))

    theo.goto("/staff/")
    expect(theo.get_by_text("Gas line")).to_have_count(0)
    assert theo.goto(f"/staff/work-orders/{other.id}").status == 404
    theo.goto("/staff/")
    theo.get_by_role("link", name="Shower valve").first.tap()

    for word, headline in {
        "On the way": "Theo is on the way",
        "Start": "Theo is on the job",
        "Complete": "All done",
    }.items():
        theo.locator(".thumb-bar").get_by_role("button", name=word).tap()
        expect_headline(phone, headline)
    expect(theo.locator(".thumb-bar")).to_have_count(0)
    steps = ["set_off", "started", "completed"]
    assert [verb for verb in open_shop.verbs(open_shop.again(own)) if verb in steps] == steps


def test_a_second_press_while_the_first_is_under_way_does_nothing(office, open_shop):
    job = open_shop.work_order()
    office.goto(f"/staff/work-orders/{job.id}")

    sent = office.get_by_role("button", name="Start").evaluate("""button => {
        let sent = 0
        addEventListener('submit', event => { sent += !event.defaultPrevented })
        button.click()
        button.click()
        return sent
    }""")

    assert sent == 1
    expect(office.get_by_role("button", name="Complete")).to_be_visible()
    expect(office.get_by_role("alert")).to_have_count(0)


def test_a_known_customer_is_offered_while_the_name_is_typed(office, open_shop):
    open_shop.work_order("Marguerite Dubois", street="9 Pine Court")
    office.goto("/staff/work-orders/new")

    office.get_by_role("combobox", name="Name").press_sequentially("margu")
    option = office.get_by_role("option", name="Marguerite Dubois")
    expect(option).to_be_visible()
    office.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    office.keyboard.press("Enter")

    expect(office.get_by_role("combobox", name="Name")).to_have_value("Marguerite Dubois")
    expect(office.get_by_label("Phone")).to_have_value("(503) 555-0188")
    office.get_by_label("Job", exact=True).fill("Boiler service")
    office.get_by_label("Street and number").fill("9 Pine Court")
    press(office, "Book the job")
    expect(office.get_by_role("heading", level=1)).to_have_text("Boiler service")
