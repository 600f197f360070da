"""Refunds and disputes: told in any order and any number of times, they end the same."""

from itertools import permutations

import pytest

from models import Method, Payment, PaymentKind
from portal import clock
from portal.db import writing
from portal.domain import checkouts, invoices, ledger, money_back, payments
from portal.domain.refusals import NotAllowed
from portal.online import DisputeNow, PaymentNow, RefundNow

NOTHING = PaymentNow(intent="pi_1", currency="USD", refunds=(), disputes=())


def refund(id="re_1", amount=4000, status="succeeded") -> RefundNow:
    return RefundNow(id=id, amount=amount, status=status)


def dispute(status="needs_response") -> DisputeNow:
    return DisputeNow(id="dp_1", amount=10000, status=status)


@pytest.fixture
def payment(shop) -> Payment:
    """100.00 that came online."""
    invoice = shop.invoice(is_issued=True)
    online = payments.Online(name="pi_1", currency="USD", checkout=None)
    about = {"amount": 10000, "method": Method.ONLINE, "paid_on": clock.today("UTC"), "online": online}
    with writing():
        return payments.record(invoice, by=None, **about)


def follow(payment, *refunds, disputes=()):
    with writing():
        now = PaymentNow(intent="pi_1", currency="USD", refunds=refunds, disputes=tuple(disputes))
        money_back.follow(payment, now)


def rows(shop, payment) -> list[tuple]:
    shop.again(payment.invoice)
    back = [each for each in payment.invoice.payments if each.id != payment.id]
    return [(each.kind, each.amount, each.provider_id, each.flag, bool(each.taken_back_at)) for each in back]


def test_a_refund_is_a_row_of_its_own(shop, payment):
    follow(payment, refund())
    follow(payment, refund())
    assert rows(shop, payment) == [(PaymentKind.REFUND, -4000, "re_1", "", False)]
    assert invoices.balance(payment.invoice) == 4000
    assert payment.invoice.payments[1].pays_back_id == payment.id


def test_two_refunds_in_any_order(shop, payment):
    for told in permutations([refund("re_1", 1000), refund("re_2", 2000)]):
        follow(payment, *told)
    assert {row[:3] for row in rows(shop, payment)} == {
        (PaymentKind.REFUND, -1000, "re_1"),
        (PaymentKind.REFUND, -2000, "re_2"),
    }


@pytest.mark.parametrize("told", [["pending", "failed"], ["failed"], ["succeeded", "failed", "failed"]])
def test_a_refund_that_the_bank_did_not_take_counts_no_more_and_is_flagged(shop, payment, told):
    for status in told:
        follow(payment, refund(status=status))
    assert rows(shop, payment) == [(PaymentKind.REFUND, -4000, "re_1", "refund_failed", True)]
    assert invoices.balance(payment.invoice) == 0


def too_much(shop, payment, amount=4000) -> None:
    """Beside what came online somebody pays so much in cash."""
    with writing():
        payments.record(payment.invoice, amount=amount, method=Method.CASH, paid_on=clock.today("UTC"), by=shop.dana)
        payments.raise_flag(payment, payments.trouble_with(payment.invoice))


def test_what_was_too_much_needs_no_look_once_it_went_back(shop, payment):
    too_much(shop, payment)
    follow(payment, refund(amount=3000))
    assert ledger.needs_a_look(payment)
    follow(payment, refund("re_2", 1000))
    follow(payment, refund("re_2", 1000))
    assert not ledger.needs_a_look(payment)
    assert shop.verbs(payment.invoice).count("payment_looked_at") == 1


def test_a_dispute_takes_the_money_until_it_is_won(shop, payment):
    follow(payment, disputes=[dispute()])
    assert rows(shop, payment) == [(PaymentKind.DISPUTE, -10000, "dp_1", "disputed", False)]
    assert invoices.balance(payment.invoice) == 10000
    follow(payment, disputes=[dispute("won")])
    follow(payment, disputes=[dispute("won")])
    assert invoices.balance(payment.invoice) == 0
    assert [row[:4] for row in rows(shop, payment)] == [
        (PaymentKind.DISPUTE, -10000, "dp_1", "dispute_won"),
        (PaymentKind.PAYMENT, 10000, "dp_1 won", ""),
    ]


def test_a_dispute_won_after_the_customer_paid_once_more_is_too_much(shop, payment):
    follow(payment, disputes=[dispute()])
    shop.do(payments.record, payment.invoice, amount=10000, method=Method.CASH, paid_on=clock.today("UTC"))
    for _ in range(2):
        follow(payment, disputes=[dispute("won")])
    assert invoices.balance(payment.invoice) == -10000
    assert rows(shop, payment)[-1] == (PaymentKind.PAYMENT, 10000, "dp_1 won", "overpaid", False)
    assert money_back.most_to_refund(payment) == 10000


def test_what_was_too_much_until_a_bank_asked_for_the_rest_is_not_to_be_paid_back(shop, payment):
    cash = {"amount": 10000, "method": Method.CASH, "paid_on": clock.today("UTC")}
    twice = shop.do(payments.record, payment.invoice, **cash)
    shop.do(payments.weigh, twice)
    assert ledger.needs_a_look(twice)
    follow(payment, disputes=[dispute()])
    assert not ledger.needs_a_look(twice)


@pytest.mark.parametrize("verb", [invoices.void, invoices.credit])
def test_what_came_for_nothing_needs_no_look_once_it_went_back(shop, verb):
    invoice = shop.invoice(is_issued=True)
    shop.do(verb, invoice)
    cash = {"amount": 10000, "method": Method.CASH, "paid_on": clock.today("UTC")}
    late = shop.do(payments.record, invoice, **cash)
    shop.do(payments.weigh, late)
    assert ledger.needs_a_look(late)
    shop.do(payments.weigh, shop.do(payments.record, invoice, **cash | {"amount": -10000}))
    assert not ledger.needs_a_look(late)


def test_a_dispute_that_is_first_heard_of_when_it_is_over(shop, payment):
    follow(payment, disputes=[dispute("lost")])
    assert rows(shop, payment) == [(PaymentKind.DISPUTE, -10000, "dp_1", "dispute_lost", False)]


def test_a_question_of_the_bank_moves_no_money(shop, payment):
    follow(payment, disputes=[dispute("warning_needs_response")])
    assert (rows(shop, payment), payment.flag) == ([], "inquiry")
    assert invoices.balance(payment.invoice) == 0


def test_of_what_went_back_twice_nobody_is_asked_for_a_deposit(shop, payment):
    follow(payment, refund(amount=10000), disputes=[dispute("lost")])
    assert invoices.balance(payment.invoice) == 20000
    assert checkouts.choices(payment.invoice) == {"balance": 20000}
    assert invoices.state(payment.invoice, payment.paid_on) == "issued"


def test_too_much_is_proposed_and_otherwise_all_of_it(shop, payment):
    assert money_back.proposed(payment) == 10000
    too_much(shop, payment)
    assert money_back.proposed(payment) == 4000
    shop.do(invoices.credit, payment.invoice)
    assert money_back.proposed(payment) == 10000


def test_what_was_looked_at_is_flagged_again_only_for_another_reason(shop, payment):
    follow(payment, disputes=[dispute()])
    row = payment.invoice.payments[1]
    shop.do(payments.look_at, row)
    follow(payment, disputes=[dispute()])
    assert row.looked_at is not None
    follow(payment, disputes=[dispute("lost")])
    assert (row.flag, row.looked_at) == ("dispute_lost", None)


def test_no_more_goes_back_than_came(shop, payment):
    assert money_back.most_to_refund(payment) == 10000
    follow(payment, refund(amount=4000), refund("re_2", 1000, "failed"))
    shop.again(payment.invoice)
    assert money_back.most_to_refund(payment) == 6000
    money_back.check_refund(payment, 6000)
    for amount in (6001, 0, -1):
        with pytest.raises(NotAllowed):
            money_back.check_refund(payment, amount)


def test_cash_and_what_went_back_itself_cannot_be_sent_back_through_stripe(shop, payment):
    follow(payment, refund())
    cash = shop.do(payments.record, payment.invoice, amount=100, method=Method.CASH, paid_on=clock.today("UTC"))
    shop.again(payment.invoice)
    assert [money_back.most_to_refund(each) for each in (payment.invoice.payments[1], cash)] == [0, 0]
