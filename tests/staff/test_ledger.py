"""The list of all payments: what came, what needs a look, and that somebody has looked."""

from datetime import date

import pytest

from models import Event, Method
from portal.db import writing
from portal.domain import ledger, payments
from portal.staff.payment_copy import FLAGS
from tests.factories import press
from tests.pages import Page, read


@pytest.fixture
def dana(shop):
    return shop.staff_client()


def paid(shop, customer="Carol Cruz", amount=10_000, flag="", *, name="", currency="USD", **values):
    """Paid online, unless said otherwise. `name` is Stripe's."""
    invoice = shop.invoice(customer, is_issued=True)
    online = payments.Online(name=name, currency=currency, checkout=None) if name else None
    given = {"amount": amount, "method": Method.ONLINE, "paid_on": date(2026, 11, 22), "by": None, "online": online}
    given |= values
    payment = shop.do(payments.record, invoice, **given)
    if flag:
        with writing():
            payments.raise_flag(payment, flag)
    return payment


def rows(page) -> list[str]:
    return [" ".join("".join(a.itertext()).split()) for a in page.all("a", **{"class": "bill"})]


def test_what_came_stands_there_newest_first_and_leads_to_its_invoice(shop, dana):
    cash = paid(shop, "Mallory Moss", method=Method.CASH, reference="In hand", by=shop.dana)
    paid(shop)
    page = read(dana.get("/staff/payments"))
    assert [row.split()[0] for row in rows(page)] == ["Carol", "Mallory"]
    assert "Invoice 1001 · In hand" in rows(page)[1]
    assert "$100.00" in rows(page)[1]
    assert page.all("a", href=f"/staff/invoices/{cash.invoice_id}")


def test_money_that_went_back_says_so(shop, dana):
    paid(shop, amount=-4_000)
    paid(shop, amount=-3_000, method=Method.CHECK)
    assert "Paid back online" in rows(read(dana.get("/staff/payments")))[1]
    assert "Paid back · Check" in rows(read(dana.get("/staff/payments")))[0]


def test_another_currency_is_written_as_what_it_is(shop, dana):
    paid(shop, name="pi_1", currency="EUR", flag="wrong_currency")
    assert "€100.00" in rows(read(dana.get("/staff/payments")))[0]


@pytest.mark.parametrize("query", ["carol", "1002", "#1002", "pi_77", "REF-9"])
def test_a_payment_is_found_by_customer_number_and_reference(shop, dana, query):
    paid(shop, "Mallory Moss")
    paid(shop, name="pi_77", reference="REF-9")
    found = rows(read(dana.get(f"/staff/payments?q={query.replace('#', '%23')}")))
    assert len(found) == 1
    assert "Carol" in found[0]


def test_nothing_found_and_nothing_there_say_what_to_do(dana):
    assert "No payments yet" in read(dana.get("/staff/payments")).words()
    assert "Nothing matches that" in read(dana.get("/staff/payments?q=zzz")).words()
    assert "Nothing needs a look" in read(dana.get("/staff/payments?tab=look")).words()


def test_a_long_list_goes_on(shop, dana, monkeypatch):
    monkeypatch.setattr("portal.staff.ledger.PAGE", 2)
    for _ in range(3):
        paid(shop)
    page = read(dana.get("/staff/payments"))
    assert len(rows(page)) == 2
    more = next(a.get("href") for a in page.all("a") if "from=" in a.get("href"))
    assert len(rows(read(dana.get(more)))) == 1


@pytest.mark.parametrize("flag", [*FLAGS, "something_new"])
def test_what_needs_a_look_says_what_to_do(shop, dana, flag):
    paid(shop)
    paid(shop, "Mallory Moss", flag=flag)
    page = read(dana.get("/staff/payments?tab=look"))
    assert "Mallory Moss" in page.words()
    assert "Carol" not in page.words()
    assert len(page.all("button", **{"aria-label": "Done with the payment of $100.00"})) == 1
    assert "Needs a look 1" in page.words()


def test_done_takes_it_off_the_list_and_stays_on_record(shop, dana):
    payment = paid(shop, flag="overpaid")
    answer = press(dana, f"/staff/payments/{payment.id}/looked-at")
    assert answer.location == "/staff/payments?tab=look"
    assert "Nothing needs a look" in read(dana.get(answer.location)).words()
    assert shop.verbs(payment.invoice)[-1] == "payment_looked_at"
    press(dana, f"/staff/payments/{payment.id}/looked-at")
    assert shop.count(Event, verb="payment_looked_at") == 1
    assert ledger.to_look_at() == 0


def test_it_can_be_done_from_the_invoice(shop, dana):
    payment = paid(shop, flag="overpaid")
    here = f"/staff/invoices/{payment.invoice_id}"
    page = read(dana.get(here))
    assert "More was paid than was asked" in page.words()
    form = next(f for f in page.all("form") if "looked-at" in f.get("action"))
    assert press(dana, form.get("action")).location == here
    assert "looked at a payment" in read(dana.get(here)).words()


def test_a_refund_that_bounced_is_not_overlooked_though_it_counts_no_more(shop, dana):
    payment = paid(shop, amount=-4_000, name="re_1")
    with writing():
        payments.count_no_more(payment, by=None)
        payments.raise_flag(payment, "refund_failed")
    assert "The money didn’t reach the customer" in read(dana.get("/staff/payments?tab=look")).words()


def test_the_days_list_says_so_at_once(shop, dana):
    paid(shop, flag="on_void")
    assert "1 payment needs a look" in read(dana.get("/staff/")).words("what-waits")
    paid(shop, flag="disputed")
    news = Page(f"<!doctype html><title>x</title>{dana.get('/staff/inbox/count').text}")
    assert news.words("what-waits") == "2 payments need a look"
    assert "look" not in read(shop.staff_client("Theo").get("/staff/")).words("what-waits")
