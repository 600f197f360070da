"""Payments: written down with one form, never twice by a double tap, and taken back when they were a slip."""

import pytest

from models import Payment
from tests.factories import press
from tests.pages import read


@pytest.fixture
def invoice(shop):
    return shop.invoice(is_issued=True)


@pytest.fixture
def dana(shop):
    return shop.staff_client()


def pay(client, invoice, **changes):
    form = {"amount": "40.00", "method": "check", "paid_on": "2026-11-22", "reference": "1044", "seen": "0"} | changes
    return press(client, f"/staff/invoices/{invoice.id}/payments", form)


def test_the_form_proposes_what_is_still_to_be_paid(dana, invoice):
    assert read(dana.get(f"/staff/invoices/{invoice.id}")).kept("amount") == "100.00"
    assert pay(dana, invoice).status_code == 303
    page = read(dana.get(f"/staff/invoices/{invoice.id}"))
    assert page.kept("amount") == "60.00"
    assert "Check · 1044" in page.words()
    assert "Partly paid" in page.words()


def test_a_double_tap_pays_once(shop, dana, invoice):
    pay(dana, invoice)
    page = read(pay(dana, invoice), 409)
    assert "Dana Diaz wrote down a payment meanwhile" in page.error("amount")
    assert page.kept("seen") == "1"
    assert shop.count(Payment) == 1


@pytest.mark.parametrize(
    ("field", "text"),
    [("amount", ""), ("amount", "0"), ("amount", "-5"), ("amount", "9" * 40), ("amount", "1.234")]
    + [("paid_on", ""), ("paid_on", "0202-01-01"), ("reference", "x" * 121), ("method", "barter")],
)
def test_what_cannot_be_is_said_beside_its_field(shop, dana, invoice, field, text):
    page = read(pay(dana, invoice, **{field: text}), 422)
    assert page.error(field)
    assert shop.count(Payment) == 0


def test_too_much_is_kept_and_said(dana, invoice):
    assert pay(dana, invoice, amount="150", too_much="15000").status_code == 303
    page = read(dana.get(f"/staff/invoices/{invoice.id}")).words()
    assert "More was paid than was asked." in page
    assert "Paid too much $50.00" in page


def test_more_than_is_open_is_asked_about_before_it_is_saved(shop, dana, invoice):
    page = read(pay(dana, invoice, amount="999"), 422)
    assert page.error("amount") == "That is more than is open ($100.00). Save again if it is right."
    assert (page.kept("amount"), page.kept("reference"), page.kept("too_much")) == ("999", "1044", "99900")
    assert shop.count(Payment) == 0
    assert pay(dana, invoice, amount="9999", too_much="99900").status_code == 422, "another amount is asked about anew"
    assert pay(dana, invoice, amount="999", too_much="99900").status_code == 303
    assert shop.count(Payment) == 1


def test_what_was_too_much_needs_a_look_until_it_is_taken_back(shop, dana, invoice):
    pay(dana, invoice, amount="150", too_much="15000")
    assert "More was paid than was asked" in read(dana.get("/staff/payments?tab=look")).words()
    payment = shop.again(invoice).payments[0].id
    press(dana, f"/staff/invoices/{invoice.id}/payments/{payment}/take-back")
    assert "More was paid than was asked" not in read(dana.get("/staff/payments?tab=look")).words()


def test_what_was_too_much_goes_back(dana, invoice):
    pay(dana, invoice, amount="150", too_much="15000")
    page = read(dana.get(f"/staff/invoices/{invoice.id}"))
    assert (page.kept("amount"), page.kept("is_refund")) == ("50.00", "y")
    assert pay(dana, invoice, amount="50", is_refund="y", seen="1").status_code == 303
    assert "More was paid" not in read(dana.get(f"/staff/invoices/{invoice.id}")).words()


def test_the_list_says_what_is_still_open_of_an_invoice_paid_in_part(dana, invoice):
    pay(dana, invoice)
    page = read(dana.get("/staff/invoices")).words()
    assert "Due by" in page
    assert "$60.00of $100.00" in page.replace("$60.00 of", "$60.00of")


def test_a_slip_is_taken_back_and_stays_on_record(shop, dana, invoice):
    pay(dana, invoice)
    payment = shop.again(invoice).payments[0].id
    assert press(dana, f"/staff/invoices/{invoice.id}/payments/{payment}/take-back").status_code == 303
    page = read(dana.get(f"/staff/invoices/{invoice.id}")).words()
    assert "Taken back" in page
    assert "Still to be paid $100.00" in page


def test_a_payment_is_taken_back_through_its_own_invoice_only(shop, dana, invoice):
    pay(dana, invoice)
    payment, other = shop.again(invoice).payments[0].id, shop.invoice(is_issued=True)
    assert press(dana, f"/staff/invoices/{other.id}/payments/{payment}/take-back").status_code == 404
