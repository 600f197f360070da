"""Taxes, terms, numbers and the price list, as an owner meets them: in a browser."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from models import TaxCategory
from portal.db import writing
from portal.domain import catalogue, taxes
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.inspection import Watched

pytestmark = pytest.mark.browser
LONG = "Replacement of the Druckminderungsventilbaugruppe, inlet side"


@pytest.fixture(scope="module")
def stock(open_shop):
    with writing():
        vat = {"rate": Decimal(20), "category": TaxCategory.STANDARD, "by": open_shop.dana}
        tax, low = taxes.add(name="VAT", **vat), taxes.add(name="Reduced rate for renovation", **vat)
        values = {"details": LONG, "price": Decimal("123456789.335"), "cost": Decimal("9876543.21"), "unit": "m"}
        item = catalogue.add({"description": LONG, "is_hourly": True, "tax_rate": low} | values, by=open_shop.dana)
        return {"tax": tax.id, "item": item.id}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_of_prices_suit_everybody(new_page, signed_in, stock, size, scheme):
    page = new_page(size, **signed_in("Olive"))
    watched = Watched(page)
    paths = ["settings/billing", "settings/taxes/new", f"settings/taxes/{stock['tax']}"]
    paths += ["items", "items/new", f"items/{stock['item']}", "items?q=nothing-like-it", "items?tab=archived"]
    for path in paths:
        page.goto(f"/staff/{path}")
        found = (watched.axe(scheme), watched.cut_off(), watched.small_targets())
        assert found == ([], [], []), path
        for width, text_percent in ((320, 100), (390, 200)):
            with watched.narrowed(width, text_percent):
                assert watched.cut_off() == [], path
    assert watched.complaints == []


def test_a_form_with_errors_suits_everybody(new_page, signed_in, stock):
    page = new_page(PHONE, **signed_in("Olive"))
    watched = Watched(page)
    page.goto("/staff/items/new")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("alert")).to_contain_text("Write what it is.")
    assert (watched.axe("light"), watched.axe("dark"), watched.cut_off()) == ([], [], [])


def test_taxes_numbers_and_prices_are_set_without_script(new_page, signed_in):
    page = new_page(DESKTOP, java_script_enabled=False, **signed_in("Olive"))
    page.goto("/staff/settings")
    page.get_by_role("link", name="Quotes and invoices").click()
    page.get_by_role("link", name="Add a tax rate").click()
    page.get_by_label("Name").fill("Sales tax")
    page.get_by_label("Rate in percent").fill("7.9")
    page.get_by_role("button", name="Add the rate").click()
    expect(page.get_by_role("link", name="Sales tax")).to_contain_text("7.9%")
    page.get_by_label("Next quote").fill("318")
    page.get_by_role("button", name="Set the numbers").click()
    expect(page.get_by_label("Next quote")).to_have_value("318")
    page.get_by_role("link", name="Open the price list").click()
    page.get_by_role("link", name="Add to the price list").click()
    page.get_by_label("Description").fill("Noscript valve")
    page.get_by_label("Price").fill("38")
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("link", name="Noscript valve").click()
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("link", name="Noscript valve")).to_have_count(0)
