from datetime import date

import pytest

from models import Bell, Invoice, Method, Payment, db
from portal.db import writing
from portal.domain import invoices, ledger, payments, timeline
from portal.domain.refusals import ChangedMeanwhile, NotAllowed
from portal.money import MoneyError
from tests.crowd import in_threads

CASH = {"method": Method.CASH, "paid_on": date(2026, 11, 22)}
TODAY = date(2026, 11, 22)


def test_a_payment_is_kept_and_rings_the_page(shop):
    invoice = shop.invoice(is_issued=True)
    payment = shop.do(payments.record, invoice, amount=4000, reference="No 7", **CASH)
    assert (payment.amount, payment.method, payment.reference, payment.staff) == (4000, Method.CASH, "No 7", shop.dana)
    event = timeline.last(invoice, ("payment_recorded",))
    assert (event.bell, event.details) == (Bell.RING, {"amount": 4000, "currency": "USD", "payment_id": payment.id})


def test_too_much_is_kept_and_flagged(shop):
    invoice = shop.invoice(is_issued=True)
    shop.do(payments.record, invoice, amount=12000, **CASH)
    assert (invoices.state(invoice, TODAY), invoices.balance(invoice)) == ("paid", -2000)
    assert invoices.trouble(invoice) == "overpaid"


def test_what_comes_for_a_void_invoice_is_kept_and_flagged(shop):
    invoice = shop.invoice(is_issued=True)
    shop.do(invoices.void, invoice)
    shop.do(payments.record, invoice, amount=10000, **CASH)
    assert (invoices.state(invoice, TODAY), invoices.trouble(invoice)) == ("void", "paid_when_void")
    shop.do(payments.record, invoice, amount=-10000, **CASH)
    assert invoices.trouble(invoice) == ""


def test_a_payment_entered_by_mistake_counts_no_more(shop):
    invoice = shop.invoice(is_issued=True)
    payment = shop.do(payments.record, invoice, amount=10000, **CASH)
    for _ in range(2):
        shop.do(payments.take_back, payment)
    assert (invoices.state(invoice, TODAY), payments.of(invoice), shop.count(Payment)) == ("issued", [], 1)
    assert shop.verbs(invoice).count("payment_taken_back") == 1


def test_what_was_too_much_beside_a_slip_is_not_to_be_paid_back_once_the_slip_is_out(shop):
    invoice = shop.invoice(is_issued=True)
    slip = shop.do(payments.record, invoice, amount=10000, **CASH)
    real = shop.do(payments.record, invoice, amount=10000, **CASH)
    shop.do(payments.weigh, real)
    assert ledger.needs_a_look(real)
    shop.do(payments.take_back, slip)
    assert invoices.balance(invoice) == 0
    assert not ledger.needs_a_look(real)


def test_money_needs_something_to_be_paid_for(shop):
    issued = shop.invoice(is_issued=True)
    note = shop.do(invoices.credit, shop.invoice(is_issued=True))
    for invoice, amount in ((shop.invoice(), 100), (issued, 0), (note, 100)):
        with pytest.raises(NotAllowed):
            shop.do(payments.record, invoice, amount=amount, **CASH)
    assert shop.count(Payment) == 0


def test_more_money_than_there_is_is_refused_as_a_slip(shop):
    with pytest.raises(MoneyError):
        shop.do(payments.record, shop.invoice(is_issued=True), amount=10**17, **CASH)


def test_a_button_pressed_twice_pays_once(shop, app):
    invoice = shop.invoice(is_issued=True)
    id = invoice.id

    def press() -> int:
        with writing():
            return payments.record(db.session.get(Invoice, id), amount=100, by=shop.dana, seen=0, **CASH).id

    given = in_threads(app, 5, press)
    assert sorted(type(each).__name__ for each in given) == [*["ChangedMeanwhile"] * 4, "int"]
    (refused, *_rest) = [each for each in given if isinstance(each, ChangedMeanwhile)]
    assert (refused.who, shop.count(Payment)) == ("Dana Diaz", 1)


def test_ten_who_pay_at_once_have_all_paid(shop, app):
    invoice = shop.invoice(is_issued=True)
    id = invoice.id

    def press() -> int:
        with writing():
            return payments.record(db.session.get(Invoice, id), amount=1000, by=None, **CASH).id

    assert len(set(in_threads(app, 10, press))) == 10
    assert invoices.balance(shop.again(invoice)) == 0
