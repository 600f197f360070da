"""Paper in a browser: a customer saves it, the office prints many at once; light, dark, narrow, without script."""

import io
import re
from datetime import date

import pikepdf
import pytest
from playwright.sync_api import Page, expect

from models import Method
from portal.db import writing
from portal.domain import links, payments
from portal.domain import shop as shops
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.inspection import Watched
from tests.browser.live import expect_wiped

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def shop_with_a_bank(open_shop):
    with writing():
        known = {"iban": "DE89370400440532013000", "bic": "COBADEFFXXX", "currency": "EUR", "footer": "Thank you."}
        shops.edit(open_shop.profile, known, seen=open_shop.profile.edition, by=open_shop.dana)


@pytest.fixture
def invoice(open_shop):
    """Part paid."""
    invoice = open_shop.invoice(is_issued=True)
    paid = {"amount": 4000, "method": Method.TRANSFER, "paid_on": date(2026, 11, 22)}
    open_shop.do(payments.record, invoice, **paid)
    return invoice


def saved(page: Page, name: str) -> tuple[str, bytes]:
    """(file name, content) of what the link or button `name` saves."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name).first.click()
    with open(download.value.path(), "rb") as file:
        return download.value.suggested_filename, file.read()


def pages(content: bytes) -> int:
    return len(pikepdf.open(io.BytesIO(content)).pages)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_customer_saves_invoice_and_receipt_on_their_phone(new_page, open_shop, invoice, script):
    phone = new_page(PHONE, java_script_enabled=script)
    phone.goto(open_shop.path(invoice))
    name, content = saved(phone, "Save as PDF")
    assert (name, pages(content)) == (f"invoice-{invoice.number}.pdf", 1)
    phone.get_by_role("link", name="Receipt").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(f"Receipt for invoice {invoice.number}")
    name, content = saved(phone, "Save as PDF")
    assert (name, pages(content)) == (f"receipt-for-invoice-{invoice.number}.pdf", 1)
    phone.get_by_role("link", name="Back to your invoice").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("€60.00")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("rest", ["", "/receipt"], ids=["invoice", "receipt"])
def test_everybody_can_use_the_customers_pages(new_page, open_shop, invoice, size, rest):
    page = new_page(size)
    watched = Watched(page)
    page.goto(open_shop.path(invoice, rest))
    watched.inspect()


def test_an_open_receipt_follows_what_is_paid_and_ends_with_its_link(phone, open_shop, invoice):
    phone.goto(open_shop.path(invoice, "/receipt"))
    expect(phone.locator("#paper")).to_contain_text("Balance due€60.00")
    paid = {"amount": 6000, "method": Method.CASH, "paid_on": date(2026, 11, 22)}
    open_shop.do(payments.record, invoice, **paid)
    expect(phone.locator("#paper")).to_contain_text("Paid in full€0.00")
    open_shop.do(links.revoke, invoice)
    expect_wiped(phone)


def test_the_office_prints_many_and_sees_them_become_ready(office, open_shop):
    title = "Boilers of the north wing"
    invoices = [open_shop.invoice(title=title, is_issued=True) for _ in range(6)]
    office.goto("/staff/invoices?q=north+wing")
    office.get_by_role("link", name="Print several").click()
    for box in office.get_by_role("checkbox", name=re.compile(title)).all()[:4]:
        box.check()
    office.get_by_role("button", name="One PDF").click()
    office.wait_for_url("**/staff/print-runs/*")
    expect(office.get_by_role("heading", level=1)).to_have_text("Printing 4 invoices")
    name, content = saved(office, "Save the PDF")  # it appears by itself
    assert re.fullmatch(r"invoices-\d{4}-\d\d-\d\d\.pdf", name)
    assert pages(content) == 4
    assert len(invoices) == 6


def test_printing_many_works_without_script(new_page, signed_in, open_shop):
    for _ in range(3):
        open_shop.quote(title="Gutters of the south wing", is_sent=True)
    page = new_page(DESKTOP, java_script_enabled=False, **signed_in("Dana"))
    page.goto("/staff/quotes?q=south+wing&print=1")
    page.get_by_label("All of this list (3)").check()
    page.get_by_role("button", name="PDFs in a ZIP").click()
    name, content = saved(page, "Save the ZIP")  # the page loads itself again
    assert name.endswith(".zip")
    assert content.startswith(b"PK")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_everybody_can_use_the_offices_pages(new_page, signed_in, open_shop, size):
    open_shop.invoice(title="Pumps of the east wing", is_issued=True)
    page = new_page(size, **signed_in("Dana"))
    watched = Watched(page)
    page.goto("/staff/invoices?q=east+wing&print=1")
    watched.inspect()
    page.get_by_label("All of this list").check()
    page.get_by_role("button", name="One PDF").click()
    expect(page.get_by_role("link", name="Save the PDF")).to_be_visible()
    watched.inspect()


def test_the_owner_types_the_bank_account_as_it_stands_on_the_card(new_page, signed_in):
    page = new_page(PHONE, **signed_in("Olive"))
    watched = Watched(page)
    page.goto("/staff/settings/billing")
    page.get_by_label("IBAN").fill("DE89 3704 0044 0532 0130 01")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_label("IBAN")).to_have_value("DE89 3704 0044 0532 0130 01")
    expect(page.locator("#iban-error")).to_be_visible()
    page.get_by_label("IBAN").fill("de89370400440532013000")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_label("IBAN")).to_have_value("DE89 3704 0044 0532 0130 00")
    watched.inspect()
