"""Paying back through Stripe from the invoice: whole, in part, once however often it is pressed."""

import pytest
from sqlalchemy import delete, update

from models import Payment, PaymentKind, db
from portal.db import writing
from tests.factories import press
from tests.pages import read


@pytest.fixture
def dana(paying_shop):
    return paying_shop.staff_client()


@pytest.fixture
def paid(paying_shop, stripe):
    """Carol's invoice of 100.00, paid online."""
    invoice, client = paying_shop.invoice(is_issued=True), paying_shop.app.test_client()
    assert client.post(paying_shop.path(invoice, "/pay")).status_code == 303
    body, headers = stripe.signed(stripe.pay(next(reversed(stripe.sessions))))
    assert client.post("/hooks/stripe", data=body, headers=headers).status_code == 204
    return paying_shop.again(invoice)


def place(invoice, payment=None) -> str:
    return f"/staff/invoices/{invoice.id}/payments/{(payment or invoice.payments[0]).id}/refund"


def pay_back(client, invoice, amount="100.00", **more):
    name = f"refund-{invoice.payments[0].id}-"
    return press(client, place(invoice), {f"{name}amount": amount, f"{name}seen": "0"} | more)


def gone(stripe) -> list[int]:
    return [refund["amount"] for refund in stripe.refunds.values()]


def test_all_of_it_is_proposed_and_goes_back(dana, paid, stripe, paying_shop):
    here = f"/staff/invoices/{paid.id}"
    assert read(dana.get(here)).kept(f"refund-{paid.payments[0].id}-amount") == "100.00"
    assert pay_back(dana, paid).location == here
    assert gone(stripe) == [10_000]
    page = read(dana.get(here)).words()
    assert "Still to be paid $100.00" in page
    assert "Paid back online" in page
    assert "Pay it back now" not in page
    back = paying_shop.again(paid).payments[-1]
    assert (back.amount, back.kind, back.staff.name) == (-10_000, PaymentKind.REFUND, "Dana Diaz")


def test_a_part_goes_back_and_the_rest_is_proposed(dana, paid, stripe):
    pay_back(dana, paid, "40.00")
    assert gone(stripe) == [4_000]
    assert read(dana.get(f"/staff/invoices/{paid.id}")).kept(f"refund-{paid.payments[0].id}-amount") == "60.00"


def test_of_too_much_no_more_is_proposed_than_is_too_much(dana, paid, paying_shop):
    form = {"amount": "40.00", "method": "cash", "paid_on": "2026-11-22", "seen": "1", "too_much": "4000"}
    press(dana, f"/staff/invoices/{paid.id}/payments", form)
    assert sum(payment.amount for payment in paying_shop.again(paid).payments) == 14_000
    assert read(dana.get(f"/staff/invoices/{paid.id}")).kept(f"refund-{paid.payments[0].id}-amount") == "40.00"


def test_pressed_again_it_goes_back_once(dana, paid, stripe, paying_shop):
    pay_back(dana, paid, "40.00")
    pay_back(dana, paid, "40.00")
    assert gone(stripe) == [4_000]
    assert paying_shop.count(Payment) == 2
    assert "Something of it went back meanwhile." in read(dana.get(f"/staff/invoices/{paid.id}")).words()


@pytest.mark.parametrize("amount", ["", "0", "-5", "100.01", "lots", "9" * 40])
def test_what_cannot_go_back_is_said_beside_the_field(dana, paid, stripe, amount):
    page = read(pay_back(dana, paid, amount), 422)
    name = f"refund-{paid.payments[0].id}-amount"
    assert page.error(name)
    assert page.kept(name) == amount
    assert gone(stripe) == []


def test_stripe_out_of_reach_changes_nothing_and_says_so(dana, paid, stripe, paying_shop):
    stripe.is_down = True
    pay_back(dana, paid)
    assert "Stripe didn’t answer in time." in read(dana.get(f"/staff/invoices/{paid.id}")).words()
    assert paying_shop.count(Payment) == 1


def test_an_answer_that_was_lost_pays_back_once(dana, paid, stripe, paying_shop):
    stripe.drops = 2
    pay_back(dana, paid, "40.00")
    pay_back(dana, paid, "40.00")
    assert gone(stripe) == [4_000]
    assert paying_shop.count(Payment) == 2


def test_a_refusal_is_over_once_its_reason_is(dana, paid, stripe, paying_shop):
    stripe.has_no_money = True
    for _press in range(3):
        pay_back(dana, paid, "40.00")
    assert "not enough money in the Stripe account" in read(dana.get(f"/staff/invoices/{paid.id}")).words()
    stripe.has_no_money = False  # the owner has topped it up
    for _press in range(2):
        pay_back(dana, paid, "40.00")
    assert gone(stripe) == [4_000]
    assert paying_shop.count(Payment) == 2


def test_a_shop_set_up_anew_with_the_same_account_can_pay_back(dana, paid, stripe, paying_shop):
    client, ours = paying_shop.app.test_client(), paid.payments[0].provider_id
    assert client.post(paying_shop.path(paying_shop.invoice(is_issued=True), "/pay")).status_code == 303
    theirs = stripe.pay(next(reversed(stripe.sessions)))["data"]["object"]["payment_intent"]
    pay_back(dana, paid, "40.00")
    with writing():  # the same numbers once more, in another database: only Stripe's name is another
        db.session.execute(delete(Payment).where(Payment.amount < 0))
        db.session.execute(update(Payment).values(provider_id=theirs))
    pay_back(dana, paying_shop.again(paid), "40.00")
    assert {refund["payment_intent"] for refund in stripe.refunds.values()} == {ours, theirs}
    assert paying_shop.count(Payment) == 2


@pytest.mark.parametrize("lost", ["drops", "fail_after"])
def test_after_no_answer_the_sweep_finds_what_went_back(dana, paid, stripe, paying_shop, lost):
    setattr(stripe, lost, 2)
    pay_back(dana, paid, "40.00")
    stripe.events.clear()
    db.session.rollback()
    paying_shop.app.extensions["sweep"].go_round()
    assert [payment.amount for payment in paying_shop.again(paid).payments] == [10_000, -4_000]
    assert gone(stripe) == [4_000]


def test_what_went_back_in_stripe_itself_cannot_go_twice(dana, paid, stripe, paying_shop):
    stripe.refund(paid.payments[0].provider_id, 10_000)
    pay_back(dana, paid)
    assert "All of it went back already." in read(dana.get(f"/staff/invoices/{paid.id}")).words()
    assert paying_shop.count(Payment) == 1


def test_cash_does_not_go_back_through_stripe(dana, paid, stripe, paying_shop):
    invoice = paying_shop.invoice(is_issued=True)
    form = {"amount": "40.00", "method": "cash", "paid_on": "2026-11-22", "seen": "0"}
    press(dana, f"/staff/invoices/{invoice.id}/payments", form)
    page = read(dana.get(f"/staff/invoices/{invoice.id}")).words()
    assert "Pay it back now" not in page
    cash = paying_shop.again(invoice).payments[0]
    press(dana, place(invoice, cash), {f"refund-{cash.id}-amount": "40.00", f"refund-{cash.id}-seen": "0"})
    assert "This can’t go back through Stripe." in read(dana.get(f"/staff/invoices/{invoice.id}")).words()
    assert gone(stripe) == []


def test_a_payment_goes_back_through_its_own_invoice_only(dana, paid, paying_shop, stripe):
    other = paying_shop.invoice(is_issued=True)
    assert press(dana, place(other, paid.payments[0])).status_code == 404
    assert gone(stripe) == []


def test_what_came_online_is_never_taken_for_a_slip(dana, paid, paying_shop):
    page = read(dana.get(f"/staff/invoices/{paid.id}")).words()
    assert "Take back" not in page
    name = paid.payments[0].provider_id
    assert name in page
    assert read(dana.get(f"/staff/invoices/{paid.id}")).all(
        "a", href=f"https://dashboard.stripe.com/test/payments/{name}"
    )
    press(dana, f"/staff/invoices/{paid.id}/payments/{paid.payments[0].id}/take-back")
    assert paying_shop.again(paid).payments[0].taken_back_at is None


def test_a_refund_that_bounces_needs_a_look(dana, paid, stripe, paying_shop):
    pay_back(dana, paid)
    body, headers = stripe.signed(stripe.refund_fails(next(iter(stripe.refunds))))
    paying_shop.app.test_client().post("/hooks/stripe", data=body, headers=headers)
    page = read(dana.get(f"/staff/invoices/{paid.id}")).words()
    assert "The money didn’t reach the customer" in page
    assert "Still to be paid $0.00" in page
    assert "The money went back to the customer" in page
    transfer = {"amount": "100.00", "method": "transfer", "paid_on": "2026-11-22", "seen": "2", "is_refund": "y"}
    press(dana, f"/staff/invoices/{paid.id}/payments", transfer)
    assert "Still to be paid $100.00" in read(dana.get(f"/staff/invoices/{paid.id}")).words()


def test_a_page_that_missed_what_came_online_is_told_so(dana, paid):
    form = {"amount": "40.00", "method": "cash", "paid_on": "2026-11-22", "seen": "0"}
    page = read(press(dana, f"/staff/invoices/{paid.id}/payments", form), 409)
    assert page.error("amount") == "A payment came in meanwhile. If this is another one, save it again."


def test_what_paying_back_does_to_the_invoice_is_said_before(dana, paid, paying_shop):
    words = "The invoice is then open for this amount again. To charge less, make a credit note first."
    assert words in read(dana.get(f"/staff/invoices/{paid.id}")).words()
    press(dana, f"/staff/invoices/{paid.id}/credit")
    page = read(dana.get(f"/staff/invoices/{paid.id}")).words()
    assert words not in page
    assert "To be paid back $100.00" in page
