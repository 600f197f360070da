"""What the day's list says of quotes and invoices, told on Sunday, November 22."""

from datetime import date, timedelta

import pytest

from models import Method
from portal import clock
from portal.db import look_again
from portal.domain import documents, invoices, payments, quotes, waiting, work_orders
from tests.factories import local

TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _sunday_noon():
    with clock.stopped_at(local("2026-11-22 12:00")):
        yield


def unbooked() -> int:
    look_again()
    return waiting.unbooked_quotes()


def overdue(on: date = TODAY + timedelta(days=15)) -> int:
    look_again()
    return waiting.overdue_invoices(on)


def pay(shop, invoice, amount: int = 10_000):
    return shop.do(payments.record, invoice, amount=amount, method=Method.CASH, paid_on=TODAY)


def test_only_an_approved_quote_waits_to_be_booked(shop):
    shop.quote()
    quote = shop.quote(is_sent=True)
    assert unbooked() == 0
    shop.approved(quote)
    assert unbooked() == 1


@pytest.mark.parametrize("verb", [quotes.make_work_order, quotes.make_invoice, quotes.undo_answer, documents.archive])
def test_a_quote_that_went_on_waits_no_more(shop, verb):
    quote = shop.approved(shop.quote(is_sent=True))
    shop.do(verb, quote)
    assert unbooked() == 0


def test_a_quote_whose_job_was_cancelled_waits_again(shop):
    quote = shop.approved(shop.quote(is_sent=True))
    shop.do(work_orders.cancel, shop.do(quotes.make_work_order, quote))
    assert unbooked() == 1


def test_an_invoice_is_overdue_from_the_day_after_its_last(shop):
    shop.invoice()
    invoice = shop.invoice(is_issued=True)
    assert [overdue(invoice.due_on + timedelta(days=n)) for n in (-1, 0, 1)] == [0, 0, 1]


def test_an_invoice_paid_in_part_is_overdue_and_one_paid_whole_is_not(shop):
    invoice = shop.invoice(is_issued=True)
    pay(shop, invoice, 4_000)
    assert overdue() == 1
    rest = pay(shop, invoice, 6_000)
    assert overdue() == 0
    shop.do(payments.take_back, rest)
    assert overdue() == 1


@pytest.mark.parametrize("verb", [invoices.void, invoices.credit, documents.archive])
def test_an_invoice_that_nobody_has_to_pay_is_not_overdue(shop, verb):
    shop.do(verb, shop.invoice(is_issued=True))
    assert overdue() == 0


def test_the_count_is_that_of_the_lists_own_states(shop):
    invoice, other = shop.invoice(is_issued=True), shop.invoice(is_issued=True)
    pay(shop, other)
    day = TODAY + timedelta(days=15)
    assert overdue(day) == sum(invoices.state(each, day) == "overdue" for each in (invoice, other)) == 1
