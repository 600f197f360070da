"""Paying by bank transfer: a phone copies each line into its banking app, another one scans the code."""

import re
from datetime import date

import pytest
from playwright.sync_api import Locator, Page, expect

from models import Method
from portal.db import writing
from portal.domain import payments
from portal.domain import shop as shops
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.inspection import Watched

pytestmark = pytest.mark.browser

IBAN = "DE89370400440532013000"
# As on plain HTTP, where there is none.
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
NO_COPYING = f"{NO_CLIPBOARD}; document.execCommand = () => false"


@pytest.fixture(scope="module", autouse=True)
def shop_with_a_bank(open_shop):
    with writing():
        known = {"iban": IBAN, "bic": "COBADEFFXXX", "currency": "EUR", "account_holder": "Bäder Müller & Söhne"}
        shops.edit(open_shop.profile, known, seen=open_shop.profile.edition, by=open_shop.dana)


@pytest.fixture
def invoice(open_shop):
    return open_shop.invoice(is_issued=True)


@pytest.fixture
def at_the_invoice(new_page, open_shop, server, invoice):
    """Opens the invoice on a device whose clipboard can be read, in the customer's language."""

    def at_the_invoice(size: dict, *scripts: str, language: str = "en_US") -> Page:
        with writing():
            invoice.customer.locale = language
        page = new_page(size)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
        for script in scripts:
            page.add_init_script(script)
        page.goto(open_shop.path(invoice))
        page.locator("[data-copies]").wait_for()
        return page

    return at_the_invoice


def button(page: Page, line: str, word: str = "Copy") -> Locator:
    return page.get_by_role("button", name=re.compile(f"^{word} ?: {line}$"))


def clipboard(page: Page) -> str:
    """What another page of the same phone would be given."""
    reader = page.context.new_page()
    reader.goto("/healthz")
    found = reader.evaluate("navigator.clipboard.readText()")
    reader.close()
    return found


def test_each_line_is_copied_as_a_banking_app_takes_it(at_the_invoice, invoice):
    phone = at_the_invoice(PHONE)
    lines = {
        "Account holder": "Bäder Müller & Söhne",
        "IBAN": IBAN,
        "BIC": "COBADEFFXXX",
        "Amount due": "100.00",
        "Reference": f"Invoice {invoice.number}",
    }
    for line, copied in lines.items():
        button(phone, line).tap()
        expect(button(phone, line, "Copied")).to_be_visible()
        expect(phone.locator("#say")).to_have_text(f"Copied: {line}")
        assert clipboard(phone) == copied
    expect(phone.get_by_role("button", name=re.compile("^Copied"))).to_have_count(1)  # what is on the clipboard now


def test_a_line_that_changed_meanwhile_is_copied_as_it_is_now(at_the_invoice, open_shop, invoice):
    phone = at_the_invoice(PHONE)
    button(phone, "Amount due").tap()
    assert clipboard(phone) == "100.00"
    paid = {"amount": 4050, "method": Method.CASH, "paid_on": date(2026, 11, 22)}
    open_shop.do(payments.record, invoice, **paid)
    expect(phone.locator("#headline")).to_contain_text("€59.50")
    button(phone, "Amount due").tap()
    expect(button(phone, "Amount due", "Copied")).to_be_visible()
    assert clipboard(phone) == "59.50"


def test_without_https_a_line_is_copied_the_old_way(at_the_invoice):
    phone = at_the_invoice(PHONE, NO_CLIPBOARD)
    button(phone, "IBAN").tap()
    expect(button(phone, "IBAN", "Copied")).to_be_visible()
    assert clipboard(phone) == IBAN


def test_where_copying_is_refused_the_line_is_selected_and_nothing_is_claimed(at_the_invoice):
    phone = at_the_invoice(PHONE, NO_COPYING)
    button(phone, "IBAN").tap()
    phone.wait_for_function("getSelection().toString() === 'DE89 3704 0044 0532 0130 00'")
    expect(button(phone, "IBAN")).to_be_visible()
    expect(phone.locator("#say")).to_be_empty()


def test_without_script_there_is_nothing_dead_to_press(new_page, open_shop, invoice):
    phone = new_page(PHONE, java_script_enabled=False)
    phone.goto(open_shop.path(invoice))
    card = phone.locator("#status")
    expect(card.get_by_text("DE89 3704 0044 0532 0130 00")).to_be_visible()
    expect(card.locator("button:visible")).to_have_count(0)
    expect(card.locator("svg.qr__code")).to_be_hidden()
    phone.get_by_text("Show the code for another phone").tap()
    expect(card.locator("svg.qr__code")).to_be_visible()


def test_a_phone_folds_the_code_that_a_desk_and_paper_show(at_the_invoice):
    phone, desk = at_the_invoice(PHONE), at_the_invoice(DESKTOP)
    code, fold = "#status svg.qr__code", "Show the code for another phone"
    expect(phone.locator(code)).to_be_hidden()
    phone.get_by_text(fold).tap()
    expect(phone.locator(code)).to_be_visible()
    expect(desk.locator(code)).to_be_visible()
    expect(desk.get_by_text(fold)).to_be_hidden()
    for page in (phone, desk):
        page.emulate_media(media="print")
        expect(page.locator("#paper svg.qr__code")).to_be_visible()
        expect(page.locator("button:visible")).to_have_count(0)


@pytest.mark.parametrize("language", ["en_US", "de_DE", "es_MX"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_everybody_can_use_it(at_the_invoice, size, language):
    page = at_the_invoice(size, language=language)
    watched = Watched(page)
    expect(page.locator("html")).to_have_attribute("lang", language.replace("_", "-"))
    if size is PHONE:
        page.locator(".bank summary").tap()
    page.locator(".copy").nth(1).click()
    for scheme in ("light", "dark"):
        assert watched.axe(scheme) == []
    assert watched.small_targets() == []
    assert watched.complaints == []
    assert watched.cut_off() == []
    for text in (100, 200):
        with watched.narrowed(320, text):
            assert watched.cut_off() == []
