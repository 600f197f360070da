"""What a customer asks reaches the office's open pages by itself, and who is given it hears of it too."""

import re

import pytest
from playwright.sync_api import Page, expect

from models import Message
from portal.db import writing
from portal.domain import messages, quotes
from portal.domain import staff as people
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.live import is_the_same_page, stay
from tests.conftest import wait_for
from tests.factories import line

pytestmark = pytest.mark.browser


@pytest.fixture
def theo(new_page, signed_in) -> Page:
    return new_page(PHONE, **signed_in("Theo"))


@pytest.fixture
def job(open_shop):
    return open_shop.work_order("Carol Cruz", title="Kitchen tap", technician="Dana")


@pytest.fixture(autouse=True)
def _nothing_open(open_shop):
    yield
    with writing():
        for message in messages.inbox(open_shop.dana, limit=99):
            messages.answered(message, by=open_shop.dana)


def expect_count(page: Page, words: str) -> None:
    expect(page.locator("#inbox-count .count")).to_have_text(words) if words else expect(
        page.locator("#inbox-count")
    ).to_be_empty()


def test_a_message_goes_from_the_customer_to_the_office_to_the_technician_and_is_closed(
    phone, office, new_page, signed_in, theo, open_shop, job
):
    desk = new_page(DESKTOP, **signed_in("Dana"))
    stay(office, "/staff/")
    stay(desk, "/staff/inbox")
    stay(theo, "/staff/")
    expect_count(office, "")

    phone.goto(open_shop.path(job, "/help"))
    phone.get_by_label("Your message").fill("The tap drips again.")
    phone.get_by_label("Your name").fill("Carol")
    phone.get_by_role("button", name=re.compile("Send")).click()

    expect_count(office, "1")
    expect(office.locator("#open-messages")).to_contain_text("1 message to answer")
    expect(desk.locator("#inbox-rows")).to_contain_text("The tap drips again.")
    expect(desk.locator("#inbox-open")).to_have_text("1")
    expect_count(theo, "")
    assert is_the_same_page(office)
    assert is_the_same_page(desk)

    desk.locator("#inbox-rows").get_by_role("link", name="Carol").click()
    desk.get_by_label("Who answers it").select_option("Theo Tran")
    desk.get_by_role("button", name="Save").click()
    expect_count(theo, "1")
    assert is_the_same_page(theo)

    theo.get_by_role("link", name=re.compile("Inbox")).click()
    theo.get_by_role("link", name="Carol").click()
    theo.get_by_role("button", name="Mark as answered").click()
    expect_count(theo, "")
    expect_count(office, "")
    expect_count(desk, "")
    expect(office.locator("#open-messages")).to_be_empty()
    assert is_the_same_page(office)
    assert open_shop.count(Message, answered_at=None) == 0


def test_an_approved_quote_is_seen_on_every_open_page_of_the_office(office, new_page, signed_in, theo, open_shop):
    quote = open_shop.quote("Carol Cruz", title="New faucet", is_sent=True)
    desk = new_page(DESKTOP, **signed_in("Dana"))
    stay(office, "/staff/")
    stay(desk, "/staff/inbox")
    stay(theo, "/staff/")

    open_shop.approved(quote)

    expect_count(office, "1")
    expect(desk.locator("#inbox-rows")).to_contain_text(f"Carol Cruz approved quote {quote.number}")
    expect_count(theo, "")
    open_shop.do(quotes.undo_answer, quote)
    expect_count(office, "")
    assert is_the_same_page(office)
    assert is_the_same_page(desk)


def test_the_open_page_of_a_quote_says_that_it_was_approved(office, open_shop):
    lines = line("Faucet", "100.00"), line("Drain pan", "45.00", is_optional=True, is_chosen=False)
    quote = open_shop.quote("Carol Cruz", lines=lines, is_sent=True)
    open_shop.token(quote)
    stay(office, f"/staff/quotes/{quote.id}")
    edit = office.get_by_role("link", name="Edit", exact=True)
    expect(edit).to_be_visible()
    office.get_by_role("button", name="Share").focus()

    open_shop.approved(quote, chosen=[quote.lines[1].id])

    expect(office.locator("#document-head .pill")).to_have_text("Approved")
    expect(office.locator("#quote-answer")).to_contain_text("Carol Cruz approved this")
    expect(office.get_by_role("button", name="Make invoice")).to_be_visible()
    expect(office.locator("#document-totals")).to_contain_text("$145.00")
    expect(office.locator("#document-lines")).to_contain_text("Optional, ticked")
    expect(office.get_by_text("They told you by phone?")).to_have_count(0)
    expect(edit).to_have_count(0)
    expect(office.get_by_role("button", name="Share")).to_be_focused()
    office.keyboard.press("Enter")
    expect(office.get_by_role("dialog")).to_be_visible()
    assert is_the_same_page(office)


def test_what_is_being_taken_down_about_a_quote_stays_while_it_is_approved(office, open_shop):
    quote = open_shop.quote("Carol Cruz", is_sent=True)
    stay(office, f"/staff/quotes/{quote.id}")
    office.get_by_text("They want changes, or declined").click()
    office.get_by_label("What they said").fill("Half a sent")

    open_shop.approved(quote)

    expect(office.locator("#document-head .pill")).to_have_text("Approved")
    expect(office.get_by_label("What they said")).to_have_value("Half a sent")
    expect(office.get_by_label("What they said")).to_be_focused()
    office.get_by_role("button", name="They declined").click()
    expect(office.get_by_text("That had changed meanwhile")).to_be_visible()


def test_signing_out_everywhere_shuts_the_open_pages(theo, open_shop):
    stay(theo, "/staff/")
    with writing():
        person = open_shop.theo
        people.set_password(person, person.password_hash)
    expect(theo).to_have_url(re.compile("/staff/sign-in"))


def test_what_somebody_types_is_not_taken_away_when_they_are_signed_out(new_page, browser, signed_in, open_shop):
    olive = new_page(DESKTOP, **signed_in("Olive"))
    stay(olive, "/staff/work-orders/new")
    olive.get_by_label("Job", exact=True).fill("A long story")
    with olive.expect_response("**/inbox/count"), writing():
        people.signed_out(open_shop.dana)  # a ring; and Olive's cookie is gone before the page looks
        olive.context.clear_cookies()
    expect(olive.get_by_label("Job", exact=True)).to_have_value("A long story")
    assert is_the_same_page(olive)


def test_a_hidden_tab_holds_no_stream_and_is_true_again_when_it_is_looked_at(tabs, server, signed_in, open_shop, job):
    first = tabs()
    cookies = signed_in("Dana")["storage_state"]["cookies"]
    first.context.add_cookies(cookies)
    stay(first, f"{server.url}/staff/")
    second = tabs()
    stay(second, f"{server.url}/staff/inbox")
    second.bring_to_front()
    wait_for(lambda: first.evaluate("document.hidden"), "the first tab to be hidden")
    open_shop.message(job)
    expect_count(second, "1")

    first.bring_to_front()

    expect_count(first, "1")
    assert is_the_same_page(first)


def test_without_script_the_count_is_that_of_the_page(new_page, signed_in, open_shop, job):
    plain = new_page(DESKTOP, java_script_enabled=False, **signed_in("Dana"))
    plain.goto("/staff/")
    expect_count(plain, "")
    message = open_shop.message(job)
    plain.goto("/staff/inbox")
    expect_count(plain, "1")
    plain.get_by_role("button", name="Mark as answered").click()
    expect_count(plain, "")
    assert open_shop.again(message).answered_at
