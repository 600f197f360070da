from datetime import date

import pytest

from models import Event, Method, PaymentKind
from portal import clock
from portal.db import writing
from portal.domain import invoices, payments
from portal.domain import shop as shops
from tests.factories import line, local
from tests.pages import read

NOON = local("2026-11-22 12:00")


@pytest.fixture(autouse=True)
def noon():
    with clock.stopped_at(NOON):
        yield


@pytest.fixture
def invoice(shop):
    with writing():
        shops.profile().how_to_pay = "Bank transfer to 0042 1180"
    return shop.invoice(lines=(line("Heater", "1000.00", tax=10, tax_name="Sales tax"),), is_issued=True)


@pytest.fixture
def look(shop, invoice):
    """The page as it is now, of `invoice` or another."""
    return lambda of=None: read(shop.app.test_client().get(shop.path(of or invoice)))


def pay(shop, invoice, amount, method=Method.CHECK):
    return shop.do(payments.record, invoice, amount=amount, method=method, paid_on=date(2026, 11, 21))


def test_what_is_due_comes_first(look):
    page = look()
    assert page.h1 == "Amount due $1,100.00"
    assert "Due in 14 days" in page.words("status")
    assert "Due by Sunday, December 6, 2026" in page.words("status")
    assert "How to pay Bank transfer to 0042 1180" in page.words("status")
    assert "How to pay Bank transfer to 0042 1180" in page.words("paper")
    assert "Sales tax (10%) $100.00 Total $1,100.00" in page.words("paper")
    assert page.title == "Invoice 1001 · Brightwater Plumbing"


def test_a_part_payment_leaves_the_rest_due(shop, invoice, look):
    pay(shop, invoice, 30_000)
    page = look()
    assert page.h1 == "Amount due $800.00"
    assert "$300.00 of $1,100.00 is paid. The rest is due by Sunday, December 6, 2026." in page.words("status")
    assert "Paid by check on November 21, 2026 -$300.00 Balance due $800.00" in page.words("paper")


def test_a_paid_invoice_says_thank_you_and_asks_nothing(shop, invoice, look):
    pay(shop, invoice, 110_000, Method.CARD)
    page = look()
    assert page.h1 == "Amount paid $1,100.00"
    assert "Paid on Saturday, November 21, 2026. Thank you." in page.words("status")
    assert "How to pay" not in page.words()


def test_what_came_and_went_online_is_told_as_that(shop, invoice, look):
    pay(shop, invoice, 110_000, Method.ONLINE)
    pay(shop, invoice, -10_000, Method.ONLINE)
    back = {"amount": -50_000, "method": Method.ONLINE, "paid_on": date(2026, 11, 22), "kind": PaymentKind.DISPUTE}
    shop.do(payments.record, invoice, **back)
    words = look().words("paper")
    assert "Paid online on November 21, 2026 -$1,100.00" in words
    assert "Paid back on November 21, 2026 $100.00" in words
    assert "Taken back by your bank on November 22, 2026 $500.00 Balance due $600.00" in words


def test_too_much_is_owned_up_to(shop, invoice, look):
    pay(shop, invoice, 120_000)
    assert "You paid $100.00 too much." in look().words("status")


def test_a_payment_taken_back_is_gone(shop, invoice, look):
    shop.do(payments.take_back, pay(shop, invoice, 30_000))
    page = look()
    assert page.h1 == "Amount due $1,100.00"
    assert "Paid" not in page.words("paper")


def test_an_overdue_invoice_says_by_how_much_in_the_shops_zone(shop, invoice, look):
    with clock.stopped_at(local("2026-12-06 23:59")):
        assert "Due today" in look().words("status")
    with clock.stopped_at(local("2026-12-07 00:00")):
        assert "1 day overdue" in look().words("status")
    with clock.stopped_at(local("2026-12-09 12:00")):
        page = look()
        assert "3 days overdue" in page.words("status")
        assert "This was due on Sunday, December 6, 2026." in page.words("status")


def test_a_void_invoice_needs_no_payment(shop, invoice, look):
    shop.token(invoice)
    shop.do(invoices.void, invoice)
    page = look()
    assert "This invoice was cancelled. You don’t need to pay it." in page.words("status")
    assert "How to pay" not in page.words()


def test_a_credited_invoice_names_the_note_and_the_note_names_it(shop, invoice, look):
    note = shop.do(invoices.credit, invoice)
    words = look().words("status")
    assert "Credit note 1002 takes this invoice back. You don’t need to pay it." in words
    page = look(note)
    assert page.h1 == "Credited amount -$1,100.00"
    assert "This takes back invoice 1001. You don’t need to do anything." in page.words("status")
    assert page.title == "Credit note 1002 · Brightwater Plumbing"


def test_what_was_paid_of_a_credited_invoice_is_owed_back(shop, invoice, look):
    pay(shop, invoice, 30_000)
    shop.do(invoices.credit, invoice)
    assert "We owe you $300.00" in look().words("status")


def test_the_figures_are_those_that_were_issued(shop, invoice, look):
    with writing():
        shops.profile().name = "Another name"
    page = look()
    assert "Brightwater Plumbing" in page.words("paper")
    assert page.h1 == "Amount due $1,100.00"


def test_looking_changes_nothing(shop, invoice, look):
    shop.token(invoice)
    before = shop.count(Event)
    look()
    assert shop.count(Event) == before


def test_help_asks_what_it_is_and_keeps_it_with_the_invoice(shop, invoice):
    client, path = shop.app.test_client(), shop.path(invoice, "/help")
    page = read(client.get(path))
    assert "Back to your invoice" in page.words()
    assert page.all("input", name="about") == []
    assert client.post(path, data={"message": "Is this right?"}).status_code == 303
    assert shop.verbs(invoice)[-1] == "message_left"


def test_what_a_work_order_has_an_invoice_has_not(shop, invoice):
    for rest in ("/calendar.ics", "/photos/nope.webp"):
        assert shop.app.test_client().get(shop.path(invoice, rest)).status_code == 404


def test_six_hundred_lines_are_one_page(shop, look):
    lines = tuple(line(f"Part {number}", "1.25", "3") for number in range(600))
    page = look(shop.invoice(lines=lines))
    assert page.h1 == "Amount due $2,250.00"
    assert "Part 599" in page.words("paper")
