"""The quiet line on the day's list: shown to the office, and only where the list that it leads to exists."""

import pytest

from portal import clock
from portal.domain import quotes
from tests.factories import local
from tests.pages import Page, read


@pytest.fixture
def with_lists(app):
    """The lists are there, whoever makes them."""
    for endpoint in ("quotes", "invoices"):
        if f"staff.{endpoint}" not in app.view_functions:
            app.add_url_rule(f"/staff/{endpoint}", f"staff.{endpoint}", lambda: "")


@pytest.fixture
def late(shop):
    with clock.stopped_at(local("2026-10-01 12:00")):
        shop.invoice(is_issued=True)


def test_the_office_is_told_what_waits_and_a_technician_is_not(with_lists, late, shop):
    for _ in range(2):
        shop.approved(shop.quote(is_sent=True))
    words = "2 quotes approved, not booked yet 1 invoice overdue"
    assert read(shop.staff_client("Dana").get("/staff/")).words("what-waits") == words
    assert read(shop.staff_client("Theo").get("/staff/")).words("what-waits") == ""


def test_an_open_page_hears_that_it_was_booked(with_lists, shop):
    quote = shop.approved(shop.quote(is_sent=True))
    office = shop.staff_client()

    def news() -> str:
        page = f"<!doctype html><title>x</title>{office.get('/staff/inbox/count').text}"
        return Page(page).words("what-waits")

    assert news() == "1 quote approved, not booked yet"
    shop.do(quotes.make_work_order, quote)
    assert news() == ""


def test_a_page_that_is_searched_says_nothing_of_it(with_lists, late, shop):
    assert "overdue" not in read(shop.staff_client().get("/staff/?q=tap")).words()
