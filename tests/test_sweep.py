"""The sweep: what nobody told us is found out, what became wrong is closed, and a silent Stripe is left alone."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from models import Checkout, CheckoutStatus, Method, Payment, StripeEvent, db
from portal import clock
from portal.cashier import Cashier
from portal.db import writing
from portal.domain import checkouts, invoices, links, payments
from portal.domain import stripe_line as line
from portal.outside.checkout import Declined, Unreachable
from portal.staff.stripe_settings import stripe_state, why
from portal.sweep import Sweep
from tests.conftest import wait_for


@pytest.fixture
def sweep(paying_shop):
    return paying_shop.app.extensions["sweep"]


@pytest.fixture
def invoice(paying_shop, stripe):
    """One of 100.00 whose customer is on Stripe's page."""
    made = paying_shop.invoice(is_issued=True)
    assert paying_shop.app.test_client().post(paying_shop.path(made, "/pay")).status_code == 303
    return made


def round_of(sweep, **how) -> None:
    db.session.rollback()
    sweep.go_round(**how)
    db.session.rollback()


def the_try(shop) -> Checkout:
    db.session.rollback()
    return db.session.query(Checkout).one()


def test_what_was_paid_and_never_told_is_found_out_once(paying_shop, stripe, sweep, invoice):
    stripe.pay(*stripe.sessions)
    stripe.events.clear()
    for _round in range(3):
        round_of(sweep, of_all=True)
    assert invoices.balance(paying_shop.again(invoice)) == 0
    assert paying_shop.count(Payment) == 1
    assert the_try(paying_shop).status is CheckoutStatus.PAID


def test_a_page_that_closed_by_itself_ends_the_try(paying_shop, stripe, sweep, invoice):
    stripe.expire(*stripe.sessions)
    round_of(sweep, of_all=True)
    assert the_try(paying_shop).status is CheckoutStatus.EXPIRED
    assert the_try(paying_shop).settled_at is not None


def test_stripe_is_asked_no_more_often_than_needed(stripe, sweep, invoice):
    (id,) = stripe.sessions
    for _round in range(4):
        round_of(sweep)
    assert stripe.count("GET", f"/v1/checkout/sessions/{id}") == 1
    assert stripe.count("GET", "/v1/events") == 2


@pytest.mark.parametrize("what", ["void", "paid otherwise", "revoked"])
def test_a_try_that_became_wrong_is_closed_at_stripe(paying_shop, stripe, sweep, invoice, what):
    if what == "void":
        paying_shop.do(invoices.void, invoice)
    elif what == "revoked":
        paying_shop.do(links.revoke, invoice)
    else:
        cash = {"amount": 10000, "method": Method.CASH, "paid_on": clock.today("UTC")}
        paying_shop.do(payments.record, invoice, **cash)
    round_of(sweep)
    (session,) = stripe.sessions.values()
    assert session["status"] == "expired"
    assert the_try(paying_shop).settled_at is not None


def test_a_customer_who_was_quicker_than_the_sweep_has_paid_and_somebody_has_to_look(
    paying_shop, stripe, sweep, invoice
):
    stripe.pay(*stripe.sessions)
    paying_shop.do(invoices.void, invoice)
    round_of(sweep)
    (payment,) = paying_shop.again(invoice).payments
    assert (payment.amount, payment.flag) == (10000, "on_void")


def test_what_changes_wakes_the_sweep_by_its_commit(paying_shop, sweep, invoice):
    for change in (lambda: paying_shop.invoice(), lambda: paying_shop.do(invoices.void, invoice)):
        sweep._news.clear()
        change()
        assert sweep._news.is_set()
    sweep._news.clear()
    with writing():
        link = links.of(invoice)
        links.opened(link, invoice)  # somebody looks: nothing that a try minds
    assert not sweep._news.is_set()
    paying_shop.do(links.revoke, invoice)
    assert sweep._news.is_set()


def test_a_try_given_up_for_another_wakes_the_sweep_which_closes_its_page(paying_shop, stripe, sweep, invoice):
    sweep._news.clear()
    with writing():  # the other customer's press had looked for open pages before this one had its own
        checkouts.begin(invoice, 10000, None)
    assert sweep._news.is_set()
    round_of(sweep)
    assert [session["status"] for session in stripe.sessions.values()] == ["expired"]


def test_a_refund_that_was_never_told_is_found_in_the_list_of_events(paying_shop, stripe, sweep, invoice):
    intent = stripe.pay(*stripe.sessions)["data"]["object"]["payment_intent"]
    stripe.refund(intent, 4000)
    round_of(sweep)
    assert sorted(payment.amount for payment in paying_shop.again(invoice).payments) == [-4000, 10000]
    assert paying_shop.count(StripeEvent) == 2
    assert line.health().undelivered == 2
    assert line.health().trouble == ""
    assert abs(line.health().skew_s) <= 5


def restarted(shop) -> Sweep:
    """As another process has it: it remembers nothing but what is written down."""
    return Sweep(shop.app, Cashier(shop.app.extensions["cashier"].till, "https://jobs.example.com"))


def long_ago(shop, stripe, days: int) -> None:
    """All that has happened so far was `days` ago, and we have been off since."""
    for event in stripe.events:
        event["created"] -= days * 24 * 60 * 60
    with writing():
        line.answered(skew_s=0, heard_until=clock.now() - timedelta(days=days, hours=1))


@pytest.mark.parametrize("is_told", [True, False])
def test_what_went_back_while_the_server_was_off_for_weeks_is_found_behind_hundreds_of_events(
    paying_shop, stripe, sweep, invoice, is_told
):
    intent = stripe.pay(*stripe.sessions)["data"]["object"]["payment_intent"]
    stripe.refund(intent, 4000)
    if not is_told:
        stripe.undelivered.clear()  # another program of the shop's took them
    long_ago(paying_shop, stripe, days=20)
    for _event in range(230):
        stripe.undelivered.discard(stripe.happened("checkout.session.expired", {"id": "cs_test_foreign"})["id"])
    round_of(restarted(paying_shop))
    assert sorted(payment.amount for payment in paying_shop.again(invoice).payments) == [-4000, 10000]


def test_what_stripe_could_not_hand_over_is_taken_in_however_old(paying_shop, stripe, sweep, invoice):
    intent = stripe.pay(*stripe.sessions)["data"]["object"]["payment_intent"]
    stripe.refund(intent, 4000)
    long_ago(paying_shop, stripe, days=20)
    with writing():
        line.answered(skew_s=0, heard_until=clock.now())
    round_of(restarted(paying_shop))
    assert sorted(payment.amount for payment in paying_shop.again(invoice).payments) == [-4000, 10000]


def test_what_is_not_ours_is_asked_about_once(paying_shop, stripe, sweep, invoice):
    stripe.happened("checkout.session.expired", {"id": "cs_test_foreign"})
    for _start in range(3):
        round_of(restarted(paying_shop))
    assert stripe.count("GET", "/v1/checkout/sessions/cs_test_foreign") == 1


def test_one_event_that_cannot_be_made_out_keeps_no_other_waiting(paying_shop, stripe, sweep, invoice):
    id = next(iter(stripe.sessions))
    stripe.sessions["cs_test_odd"] = stripe.sessions[id] | {"id": "cs_test_odd", "amount_total": "a lot"}
    stripe.happened("checkout.session.expired", {"id": "cs_test_odd"})
    intent = stripe.pay(id)["data"]["object"]["payment_intent"]
    stripe.refund(intent, 4000)
    sweep.catch_up()
    assert sorted(payment.amount for payment in paying_shop.again(invoice).payments) == [-4000, 10000]
    assert line.heard_until() is None  # its turn comes again
    del stripe.sessions["cs_test_odd"]
    db.session.rollback()
    sweep.catch_up()
    assert line.heard_until() is not None


def test_a_session_that_stripe_has_lost_is_asked_about_for_a_month(paying_shop, stripe, sweep, invoice):
    lost = dict(stripe.sessions)
    stripe.sessions.clear()  # the key is another account's
    round_of(sweep, of_all=True)
    assert (the_try(paying_shop).status, the_try(paying_shop).trouble) == (CheckoutStatus.EXPIRED, "unknown")
    assert checkouts.due_for_a_look(clock.now() + timedelta(minutes=59)) == []
    assert paying_shop.verbs(invoice).count("online_lost") == 1
    stripe.sessions |= lost
    stripe.pay(*lost)
    stripe.events.clear()
    round_of(sweep, of_all=True)
    assert invoices.balance(paying_shop.again(invoice)) == 0
    assert the_try(paying_shop).trouble == ""


def test_a_session_that_stays_lost_is_given_up_after_a_month(paying_shop, stripe, sweep, invoice):
    stripe.sessions.clear()
    with writing():
        db.session.query(Checkout).one().created_at -= timedelta(days=31)
    round_of(sweep, of_all=True)
    assert the_try(paying_shop).settled_at is not None
    assert checkouts.due_for_a_look(None) == []


def test_a_bank_debit_under_way_stays_so_while_the_key_is_the_wrong_one(paying_shop, stripe, sweep, invoice):
    (id,) = stripe.sessions
    stripe.pay(id, by_bank=True)
    round_of(sweep, of_all=True)
    lost = dict(stripe.sessions)
    stripe.sessions.clear()
    round_of(sweep, of_all=True)
    assert the_try(paying_shop).status is CheckoutStatus.PROCESSING
    assert checkouts.choices(paying_shop.again(invoice)) == {}  # nobody pays twice
    stripe.sessions |= lost
    stripe.bank_says(id, is_good=True)
    round_of(sweep, of_all=True)
    assert invoices.balance(paying_shop.again(invoice)) == 0


def test_a_live_try_waits_for_the_live_key_and_the_owner_is_told(paying_shop, stripe, sweep, invoice):
    (id,) = stripe.sessions
    with writing():
        db.session.query(Checkout).one().session_id = id.replace("test", "live")
    round_of(sweep, of_all=True)
    assert the_try(paying_shop).settled_at is None
    assert checkouts.is_other_mode()
    assert why("mode") in stripe_state().troubles


def test_a_try_of_the_days_of_testing_ends_once_the_shop_is_live(paying_shop, stripe, sweep, invoice):
    till = sweep.cashier.till
    till.keys = replace(till.keys, secret_key="sk_live_porchlight")
    round_of(sweep, of_all=True)
    assert (the_try(paying_shop).status, the_try(paying_shop).trouble) == (CheckoutStatus.EXPIRED, "mode")
    assert the_try(paying_shop).settled_at is not None
    assert not checkouts.is_other_mode()


def test_while_stripe_is_silent_nothing_changes_and_it_is_asked_again_later(paying_shop, stripe, sweep, invoice):
    stripe.pay(*stripe.sessions)
    stripe.is_down = True
    with pytest.raises(Unreachable):
        round_of(sweep)
    assert paying_shop.count(Payment) == 0
    stripe.is_down = False
    id = the_try(paying_shop).id
    with writing():
        checkouts.still(id).asked_at = clock.now() - timedelta(minutes=6)
    round_of(sweep)
    assert paying_shop.count(Payment) == 1


def test_a_key_that_opens_nothing_any_more_is_noted_for_the_owner(paying_shop, stripe, sweep, invoice):
    sweep.cashier.till._client._requestor._options.api_key = "sk_test_revoked"
    with pytest.raises(Declined) as refusal:
        round_of(sweep)
    sweep._note_trouble(refusal.value)
    db.session.rollback()
    assert line.health().trouble == "authentication"


def test_it_runs_by_itself_until_it_is_told_to_stop(paying_shop, stripe, sweep, invoice):
    stripe.pay(*stripe.sessions)
    running = threading.Thread(target=sweep.run)
    running.start()
    wait_for(lambda: paying_shop.count(Payment) == 1, "the first round")
    sweep.stop()
    running.join(10)
    assert not running.is_alive()


def test_events_that_stripe_itself_has_forgotten_are_let_go(paying_shop, stripe, sweep):
    long_ago = clock.now() - timedelta(days=41)
    with writing():
        db.session.add(StripeEvent(id="evt_old", kind="x", made_at=long_ago, received_at=long_ago))
    round_of(sweep)
    assert paying_shop.count(StripeEvent) == 0


# --- the office -------------------------------------------------------------------------------------------------------


def paid_online(shop, stripe, sweep, invoice) -> Payment:
    stripe.pay(*stripe.sessions)
    round_of(sweep, of_all=True)
    return shop.again(invoice).payments[0]


def test_a_refund_goes_back_once_however_often_it_is_pressed(paying_shop, stripe, sweep, invoice):
    payment = paid_online(paying_shop, stripe, sweep, invoice)
    for _press in range(2):
        db.session.rollback()
        paying_shop.app.extensions["cashier"].refund(payment.id, 4000, seen=1, by=paying_shop.dana)
    assert [refund["amount"] for refund in stripe.refunds.values()] == [4000]
    rows = paying_shop.again(invoice).payments
    assert [(each.amount, each.staff) for each in rows] == [(10000, None), (-4000, paying_shop.dana)]
    round_of(sweep, of_all=True)  # and what Stripe tells of it is the same row
    sweep.catch_up()
    assert len(paying_shop.again(invoice).payments) == 2


def test_a_refund_that_stripe_will_not_make_changes_nothing(paying_shop, stripe, sweep, invoice):
    payment = paid_online(paying_shop, stripe, sweep, invoice)
    stripe.refund(payment.provider_id, 10000)  # by hand, at Stripe
    db.session.rollback()
    with pytest.raises(Declined, match="charge_already_refunded"):
        paying_shop.app.extensions["cashier"].refund(payment.id, 4000, seen=1, by=paying_shop.dana)
    assert len(paying_shop.again(invoice).payments) == 1


def test_the_owner_is_told_whose_account_the_key_opens(paying_shop):
    db.session.rollback()
    assert paying_shop.app.extensions["cashier"].check().name == "Brightwater Plumbing"
    assert line.health().answered_at is not None
