"""Tries to pay online, as rules: what may be asked for, one open at a time, and how each ends."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from models import Bell, Checkout, CheckoutStatus, Method, db
from portal import clock
from portal.db import writing
from portal.domain import checkouts, invoices, links, payments, timeline
from portal.domain.refusals import NotAllowed, Stale
from portal.online import SessionNow
from tests.crowd import in_threads
from tests.factories import line

OPEN = SessionNow(
    id="cs_1",
    key="",
    url="https://checkout.stripe.com/1",
    status="open",
    payment_status="unpaid",
    intent="",
    intent_status="",
    amount=10000,
    currency="USD",
)
PAID = replace(OPEN, url="", status="complete", payment_status="paid", intent="pi_1", intent_status="succeeded")
UNDER_WAY = replace(PAID, payment_status="unpaid", intent_status="processing")
BOUNCED = replace(UNDER_WAY, intent_status="requires_payment_method")
GONE = replace(OPEN, url="", status="expired")


def begin(shop, invoice, amount=10000, *, seen=None, is_open=True) -> Checkout:
    """A try of the customer's, which Stripe has a page for."""
    shop.token(invoice)
    with writing():
        made = checkouts.begin(invoice, amount, links.of(invoice), seen)
        if is_open and made.session_id is None:
            checkouts.opened(made, f"cs_{made.id}", f"https://checkout.stripe.com/{made.id}")
    return made


def settle(checkout, now):
    with writing():
        return checkouts.settle(checkout, now)


# --- what may be paid -------------------------------------------------------------------------------------------------


def test_the_balance_may_be_paid(shop):
    invoice = shop.invoice(is_issued=True)
    assert checkouts.choices(invoice) == {"balance": 10000}
    shop.do(payments.record, invoice, amount=4000, method=Method.CASH, paid_on=clock.today("UTC"))
    assert checkouts.choices(invoice) == {"balance": 6000}


def test_a_deposit_may_be_paid_until_it_is(shop):
    invoice = shop.invoice(is_issued=True, deposit_percent=Decimal(30))
    assert checkouts.choices(invoice) == {"deposit": 3000, "balance": 10000}
    shop.do(payments.record, invoice, amount=1000, method=Method.CASH, paid_on=clock.today("UTC"))
    assert checkouts.choices(invoice) == {"deposit": 2000, "balance": 9000}
    shop.do(payments.record, invoice, amount=2000, method=Method.CASH, paid_on=clock.today("UTC"))
    assert checkouts.choices(invoice) == {"balance": 7000}


def paid(shop):
    invoice = shop.invoice(is_issued=True)
    shop.do(payments.record, invoice, amount=10000, method=Method.CASH, paid_on=clock.today("UTC"))
    return invoice


def void(shop):
    invoice = shop.invoice(is_issued=True)
    shop.do(invoices.void, invoice)
    return invoice


def credited(shop):
    invoice = shop.invoice(is_issued=True)
    shop.do(invoices.credit, invoice)
    return invoice


def credit_note(shop):
    return invoices.credit_of(credited(shop))


def draft(shop):
    return shop.invoice()


def processing(shop):
    invoice = shop.invoice(is_issued=True)
    settle(begin(shop, invoice), UNDER_WAY)
    return invoice


@pytest.mark.parametrize("made", [paid, void, credited, credit_note, draft, processing])
def test_nothing_may_be_paid_of_what_is_not_due(shop, made):
    invoice = made(shop)
    assert checkouts.choices(invoice) == {}
    with writing(), pytest.raises(NotAllowed):
        checkouts.begin(invoice, 10000, None)


def test_what_stripe_would_have_to_round_is_not_offered(shop):
    with writing():
        shop.profile.currency = "KWD"
    assert checkouts.choices(shop.invoice(is_issued=True, lines=(line(price="5.123"),))) == {}
    assert checkouts.choices(shop.invoice(is_issued=True, lines=(line(price="5.120"),))) == {"balance": 5120}


@pytest.mark.parametrize(("is_allowed", "amount"), [(True, 2500), (False, 2500), (True, 10001), (True, 0), (True, -1)])
def test_a_part_may_be_paid_where_the_shop_allows_it_and_never_more_than_all(shop, is_allowed, amount):
    with writing():
        shop.profile.allows_part_payments = is_allowed
    invoice = shop.invoice(is_issued=True)
    if is_allowed and amount == 2500:
        assert begin(shop, invoice, amount).amount == 2500
    else:
        with pytest.raises(NotAllowed):
            begin(shop, invoice, amount)


# --- one open try -----------------------------------------------------------------------------------------------------


def test_the_same_try_is_used_again(shop):
    invoice = shop.invoice(is_issued=True)
    assert begin(shop, invoice).id == begin(shop, invoice).id
    assert shop.count(Checkout) == 1


def test_a_try_that_is_nearly_over_is_not_used_again(shop):
    invoice = shop.invoice(is_issued=True)
    first = begin(shop, invoice)
    with writing():
        first.expires_at = clock.now() + timedelta(seconds=59)
    second = begin(shop, invoice)
    assert second.id != first.id
    assert (first.status, first.settled_at) == (CheckoutStatus.EXPIRED, None)


def test_a_try_that_never_got_a_page_is_not_used_once_stripe_would_refuse_its_hour(shop):
    invoice = shop.invoice(is_issued=True)
    first = begin(shop, invoice, is_open=False)
    with writing():
        first.expires_at = clock.now() + timedelta(minutes=30)
    assert begin(shop, invoice).id != first.id
    assert first.settled_at is not None


def test_another_amount_gives_up_the_open_try(shop):
    invoice = shop.invoice(is_issued=True, deposit_amount=3000)
    first, second = begin(shop, invoice, 3000), begin(shop, invoice, 10000)
    assert (first.status, second.status) == (CheckoutStatus.EXPIRED, CheckoutStatus.OPEN)
    assert checkouts.due_for_a_look(clock.now())[0] == first.id


def test_a_form_made_for_another_balance_is_stale(shop):
    invoice = shop.invoice(is_issued=True)
    begin(shop, invoice, seen=10000)
    with pytest.raises(Stale):
        begin(shop, invoice, seen=9000)


def test_twenty_at_once_are_one_try(shop):
    invoice = shop.invoice(is_issued=True)
    shop.token(invoice)

    def press():
        with writing():
            again = db.session.get_one(type(invoice), invoice_id)
            return checkouts.begin(again, 10000, links.of(again)).id

    invoice_id = invoice.id
    assert len(set(in_threads(shop.app, 20, press))) == 1
    assert shop.count(Checkout) == 1


def test_a_page_that_comes_after_the_try_was_given_up_is_for_nobody(shop):
    invoice = shop.invoice(is_issued=True)
    checkout = begin(shop, invoice, is_open=False)
    with writing():
        checkouts.give_up(checkout)
    with writing():
        assert not checkouts.opened(checkout, "cs_9", "https://checkout.stripe.com/9")
    assert checkouts.due_for_a_look(clock.now()) == [checkout.id]  # to be closed there


# --- how it ends ------------------------------------------------------------------------------------------------------


def test_what_was_paid_is_written_down_once(shop):
    invoice = shop.invoice(is_issued=True)
    checkout = begin(shop, invoice)
    first = settle(checkout, PAID)
    assert (first.amount, first.method, first.provider_id, first.flag) == (10000, Method.ONLINE, "pi_1", "")
    assert (first.checkout_id, first.currency, first.staff) == (checkout.id, None, None)
    assert settle(checkout, PAID).id == first.id
    assert (checkout.status, invoices.balance(invoice)) == (CheckoutStatus.PAID, 0)
    assert shop.verbs(invoice).count("payment_recorded") == 1
    assert timeline.last(invoice, ("payment_recorded",)).bell is Bell.RING


ENDS = {
    "paid": ([PAID], CheckoutStatus.PAID),
    "bank debit": ([UNDER_WAY, PAID], CheckoutStatus.PAID),
    "told late": ([PAID, UNDER_WAY, OPEN, GONE, BOUNCED], CheckoutStatus.PAID),
    "bounced": ([UNDER_WAY, BOUNCED, BOUNCED], CheckoutStatus.FAILED),
    "under way": ([UNDER_WAY, UNDER_WAY], CheckoutStatus.PROCESSING),
    "gone": ([OPEN, GONE, GONE], CheckoutStatus.EXPIRED),
    "paid though given up": ([GONE, PAID], CheckoutStatus.PAID),
    "open": ([OPEN], CheckoutStatus.OPEN),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_try_ends_as_stripe_says_in_whatever_order(shop, name):
    told, status = ENDS[name]
    invoice = shop.invoice(is_issued=True)
    checkout = begin(shop, invoice)
    for now in told:
        settle(checkout, now)
    assert checkout.status is status
    assert (checkout.settled_at is None) == (status in (CheckoutStatus.OPEN, CheckoutStatus.PROCESSING))
    assert invoices.balance(invoice) == (0 if status is CheckoutStatus.PAID else 10000)
    assert len(payments.of(invoice)) == (status is CheckoutStatus.PAID)


def test_after_a_bank_has_refused_the_balance_may_be_paid_again(shop):
    invoice = shop.invoice(is_issued=True)
    settle(begin(shop, invoice), UNDER_WAY)
    assert checkouts.choices(invoice) == {}
    settle(checkouts.under_way(invoice), BOUNCED)
    assert checkouts.choices(invoice) == {"balance": 10000}
    assert begin(shop, invoice).status is CheckoutStatus.OPEN


def test_a_payment_under_way_and_its_refusal_ring_the_page_once_each(shop):
    invoice = shop.invoice(is_issued=True)
    checkout = begin(shop, invoice)
    for now in (UNDER_WAY, UNDER_WAY, BOUNCED, BOUNCED):
        settle(checkout, now)
    rung = [(e.verb, e.bell) for e in timeline.of(invoice, limit=9) if e.verb.startswith("online")]
    assert rung == [("online_failed", Bell.RING), ("online_processing", Bell.RING)]


# --- money that is not as it was asked for ----------------------------------------------------------------------------


def flagged(shop, invoice, now) -> tuple:
    payment = settle(checkouts.named(begin(shop, invoice).key), now)
    return payment.flag, payment.amount, invoices.balance(invoice)


def test_another_amount_is_kept_as_it_came_and_flagged(shop):
    invoice = shop.invoice(is_issued=True)
    assert flagged(shop, invoice, replace(PAID, amount=100)) == ("wrong_amount", 100, 9900)


def test_another_currency_is_kept_flagged_and_counts_for_nothing(shop):
    invoice = shop.invoice(is_issued=True)
    assert flagged(shop, invoice, replace(PAID, currency="EUR")) == ("wrong_currency", 10000, 10000)
    assert payments.by_provider_id("pi_1").currency == "EUR"
    assert payments.of(invoice) == []


def test_too_much_is_kept_and_flagged(shop):
    invoice = shop.invoice(is_issued=True)
    checkout = begin(shop, invoice)
    shop.do(payments.record, invoice, amount=4000, method=Method.CASH, paid_on=clock.today("UTC"))
    assert settle(checkout, PAID).flag == "overpaid"
    assert invoices.balance(invoice) == -4000


@pytest.mark.parametrize(("verb", "flag"), [(invoices.void, "on_void"), (invoices.credit, "on_credited")])
def test_what_comes_for_an_invoice_that_is_gone_is_kept_and_flagged(shop, verb, flag):
    invoice = shop.invoice(is_issued=True)
    checkout = begin(shop, invoice)
    shop.do(verb, invoice)
    assert settle(checkout, PAID).flag == flag


def test_whoever_looked_at_what_was_flagged_takes_it_off_the_list(shop):
    invoice = shop.invoice(is_issued=True)
    payment = settle(begin(shop, invoice), replace(PAID, amount=100))
    assert payment.looked_at is None
    shop.do(payments.look_at, payment)
    shop.do(payments.look_at, payment)
    assert payment.looked_at is not None
    assert shop.verbs(invoice)[-2:] == ["payment_flagged", "payment_looked_at"]


def test_what_came_online_cannot_be_struck_out_as_a_slip(shop):
    payment = settle(begin(shop, shop.invoice(is_issued=True)), PAID)
    with pytest.raises(NotAllowed):
        shop.do(payments.take_back, payment)


# --- tries that became wrong ------------------------------------------------------------------------------------------


def test_while_a_payment_is_under_way_no_other_page_stays_open(shop):
    invoice = shop.invoice(is_issued=True, deposit_amount=3000)
    late, second = begin(shop, invoice, 3000), begin(shop, invoice, 10000)
    settle(late, replace(UNDER_WAY, id=late.session_id, amount=3000))
    assert checkouts.superseded() == [second.id]


def pay_cash(shop, invoice):
    shop.do(payments.record, invoice, amount=10000, method=Method.CASH, paid_on=clock.today("UTC"))


def revoke(shop, invoice):
    shop.do(links.revoke, invoice)


@pytest.mark.parametrize(
    "happens",
    [pay_cash, revoke, lambda shop, it: shop.do(invoices.void, it), lambda shop, it: shop.do(invoices.credit, it)],
    ids=["paid otherwise", "link revoked", "voided", "credited"],
)
def test_a_try_that_became_wrong_is_given_up_and_closed(shop, happens):
    invoice = shop.invoice(is_issued=True)
    checkout = begin(shop, invoice)
    assert checkouts.superseded() == []
    happens(shop, invoice)
    assert checkouts.superseded() == [checkout.id]
    with writing():
        checkouts.supersede(checkout.id)
    assert (checkout.status, checkout.settled_at) == (CheckoutStatus.EXPIRED, None)
    assert checkouts.due_for_a_look(clock.now()) == [checkout.id]


def test_stripe_is_asked_about_an_open_try_every_five_minutes(shop):
    checkout = begin(shop, shop.invoice(is_issued=True))
    assert checkouts.due_for_a_look(clock.now()) == [checkout.id]
    with writing():
        assert checkouts.claim(checkout.id) is checkout
    assert checkouts.due_for_a_look(clock.now()) == []
    assert checkouts.due_for_a_look(None) == [checkout.id]
    assert checkouts.due_for_a_look(clock.now() + timedelta(minutes=5, seconds=1)) == [checkout.id]
    settle(checkout, PAID)
    assert checkouts.due_for_a_look(None) == []


def test_what_stripe_refuses_is_over_and_the_office_is_told(shop):
    invoice = shop.invoice(is_issued=True)
    checkout = begin(shop, invoice, is_open=False)
    with writing():
        checkouts.refused(checkout, "amount_too_small")
    assert (checkout.status, checkout.trouble) == (CheckoutStatus.FAILED, "amount_too_small")
    assert timeline.last(invoice, ("online_refused",)).bell is Bell.STAFF
    assert checkouts.choices(invoice) == {"balance": 10000}
