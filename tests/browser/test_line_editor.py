"""The line editor under the fingers: by keyboard alone, with the server's totals, and without any script."""

import re
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from models import Method, TaxCategory
from portal.db import writing
from portal.domain import catalogue, payments, taxes
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.inspection import Watched
from tests.factories import line

pytestmark = pytest.mark.browser

LONG_NAME = "Carolina Maximiliana Cruz-Wolfeschlegelsteinhausen"
LONG_TITLE = "Replacement of the 50-gallon water heater in the garage, and of its Druckminderungsventilbaugruppe"


@pytest.fixture(scope="module")
def papers(open_shop) -> dict[str, str]:
    """The address of a page in each state, by name."""
    shop = open_shop
    with writing():
        taxes.add(name="Sales tax", rate=Decimal("7.9"), category=TaxCategory.STANDARD, by=None, is_default=True)
        catalogue.add({"description": LONG_TITLE, "price": Decimal(38), "cost": Decimal("14.20")}, by=None)
    lines = (
        line(LONG_TITLE, "12345678.90", "1.25", unit="m", cost=Decimal("742"), details="Six years", tax="7.9"),
        line("By the hour", "85", "3", is_hourly=True, discount_percent=Decimal(10), tax="7.9"),
        line("Drain pan", "145", is_optional=True, is_chosen=False, cost=Decimal("61.50")),
    )
    more = {"title": LONG_TITLE, "message": "Hello.", "terms": "Thirty days.", "internal_notes": "Gate code 4417."}
    draft, sent = shop.quote(LONG_NAME, lines=lines, **more), shop.quote(LONG_NAME, lines=lines, is_sent=True, **more)
    approved = shop.approved(shop.quote(LONG_NAME, lines=lines, is_sent=True, **more))
    shop.message(sent, "Could it be cheaper?")
    invoice, scribble = shop.invoice(LONG_NAME, lines=lines, is_issued=True, **more), shop.invoice()
    amount = {"amount": 10_000_000_000, "method": Method.CHECK, "paid_on": date(2026, 11, 22), "reference": "1044"}
    shop.do(payments.record, invoice, **amount)
    return {
        "quotes": "/staff/quotes?tab=waiting",
        "no quotes": "/staff/quotes?tab=declined",
        "nothing found": "/staff/quotes?q=zzz",
        "invoices": "/staff/invoices?q=a",
        "new": "/staff/quotes/new",
        "editor": f"/staff/quotes/{draft.id}/edit",
        "draft": f"/staff/quotes/{draft.id}",
        "sent": f"/staff/quotes/{sent.id}",
        "approved": f"/staff/quotes/{approved.id}",
        "invoice": f"/staff/invoices/{invoice.id}",
        "invoice editor": f"/staff/invoices/{scribble.id}/edit",
        "invoice draft": f"/staff/invoices/{scribble.id}",
        "customer": f"/staff/customers/{draft.customer_id}",
    }


PAGES = [
    *("quotes", "no quotes", "nothing found", "invoices", "new", "editor", "draft", "sent", "approved"),
    *("invoice", "invoice editor", "invoice draft", "customer"),
]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_use_it(new_page, signed_in, papers, name, size):
    page = new_page(size, **signed_in("Dana"))
    watched = Watched(page)
    page.goto(papers[name])
    page.evaluate("for (const fold of document.querySelectorAll('main details')) fold.open = true")
    watched.inspect()


@pytest.fixture
def editor(office, open_shop) -> Page:
    """The editor of a quote with one line of 100.00, without tax."""
    office.goto(f"/staff/quotes/{open_shop.quote().id}/edit")
    return office


def field(page: Page, row: int, name: str):
    return page.locator("[data-line]").nth(row).get_by_label(name, exact=True)


def descriptions(page: Page) -> list[str]:
    return [field.input_value() for field in page.locator("[data-lines] [name$='-description']").all()]


def test_a_quote_is_written_without_a_mouse(editor):
    press = editor.keyboard.press
    field(editor, 0, "Price").focus()
    for _row in range(3):
        press("Enter")
    expect(editor.locator("[data-line]")).to_have_count(4)
    expect(field(editor, 3, "Description")).to_be_focused()
    editor.keyboard.type("Valve")
    press("Tab")
    press("Tab")
    editor.keyboard.type("2")
    press("Tab")
    editor.keyboard.type("25.50")
    expect(editor.locator("[data-totals-card]")).to_contain_text("$151.00")
    expect(editor.locator("[data-line]").nth(3).locator("[data-amount]")).to_have_text("$51.00")
    for _row in range(3):
        press("Alt+ArrowUp")
    expect(field(editor, 0, "Price")).to_be_focused()
    assert descriptions(editor) == ["Valve", "Faucet", "", ""]
    field(editor, 3, "Description").focus()
    press("Backspace")
    expect(editor.locator("[data-line]")).to_have_count(3)
    expect(field(editor, 2, "Description")).to_be_focused()
    editor.get_by_role("button", name="Save", exact=True).first.click()
    editor.wait_for_url(re.compile(r"/staff/quotes/\d+$"))
    expect(editor.locator(".paper-lines")).to_contain_text("Valve")
    assert editor.locator(".paper-lines b").all_text_contents() == ["Valve", "Faucet"]


def test_a_figure_that_cannot_be_leaves_no_wrong_total(editor):
    field(editor, 0, "Price").fill("abc")
    expect(editor.locator("[data-totals-card]")).to_contain_text("once every figure can be read")
    field(editor, 0, "Price").fill("80")
    expect(editor.locator("[data-totals-card]")).to_contain_text("$80.00")


def test_sending_opens_the_sheet_with_the_link(editor):
    editor.get_by_role("button", name="Send quote").first.click()
    expect(editor.locator("#share-sheet")).to_be_visible()
    expect(editor.locator("#share-url")).to_have_value(re.compile("/portal/quote/"))


def test_everything_works_without_script(new_page, signed_in, open_shop):
    page = new_page(DESKTOP, java_script_enabled=False, **signed_in("Dana"))
    page.goto(f"/staff/quotes/{open_shop.quote().id}/edit")
    field(page, 1, "Description").fill("Valve")
    field(page, 1, "Price").fill("25")
    page.locator("[data-line]").nth(1).get_by_text("Unit, tax, discount").click()
    page.get_by_role("button", name="Move up").click()
    assert descriptions(page)[:2] == ["Valve", "Faucet"]
    expect(page.locator("[data-totals-card]")).to_contain_text("$125.00")
    page.locator("[data-line]").nth(1).get_by_role("button", name="Delete line").click()
    page.get_by_role("button", name="Add line").first.click()
    assert [text for text in descriptions(page) if text] == ["Valve"]
    field(page, 0, "Price").press("Enter")
    page.wait_for_url(re.compile(r"/staff/quotes/\d+$"))
    expect(page.locator(".paper-lines")).to_contain_text("$25.00")
