"""Stripe's messages at the door: signed or refused, in any order, lost, late, forged, foreign; never a wrong row."""

import itertools

import pytest

from models import Checkout, CheckoutStatus, Payment, PaymentKind, StripeEvent, db
from portal.db import writing
from portal.domain import invoices
from tests.records import everything

HOOK = "/hooks/stripe"


class Told:
    """An invoice of 100.00 whose customer is on Stripe's page, and the hand that carries Stripe's messages."""

    def __init__(self, shop, stripe):
        self.shop, self.stripe = shop, stripe
        self.invoice = shop.invoice(is_issued=True)
        self.client = shop.app.test_client()
        assert self.client.post(shop.path(self.invoice, "/pay")).status_code == 303
        (self.session_id,) = stripe.sessions

    def tell(self, event, **signed) -> int:
        body, headers = self.stripe.signed(event, **signed)
        return self.client.post(HOOK, data=body, headers=headers).status_code

    def rows(self) -> list[tuple]:
        db.session.rollback()
        found = db.session.query(Payment).order_by(Payment.amount.desc(), Payment.id)
        return [(each.kind, each.amount, each.flag) for each in found]

    def checkout(self) -> Checkout:
        db.session.rollback()
        return db.session.query(Checkout).one()

    def nothing_happened(self) -> bool:
        return self.rows() == [] and self.shop.count(StripeEvent) == 0


PAID = [(PaymentKind.PAYMENT, 10000, "")]


@pytest.fixture
def told(paying_shop, stripe) -> Told:
    return Told(paying_shop, stripe)


def test_what_was_paid_is_written_down_with_its_event(told):
    event = told.stripe.pay(told.session_id)
    assert told.tell(event) == 204
    assert told.rows() == PAID
    assert db.session.get(StripeEvent, event["id"]).kind == "checkout.session.completed"
    assert invoices.balance(told.shop.again(told.invoice)) == 0


def test_told_twice_stripe_is_asked_once(told):
    event = told.stripe.pay(told.session_id)
    asked = ("GET", f"/v1/checkout/sessions/{told.session_id}")
    assert [told.tell(event) for _time in range(3)] == [204] * 3
    assert (told.rows(), told.stripe.count(*asked)) == (PAID, 1)


def test_events_of_a_bank_debit_in_any_order_end_the_same(paying_shop, stripe):
    for order in itertools.permutations(range(2)):
        told = Told(paying_shop, stripe)
        events = [stripe.pay(told.session_id, by_bank=True), stripe.bank_says(told.session_id, is_good=True)]
        assert [told.tell(events[place]) for place in order] == [204, 204]
        assert told.rows()[-1] == PAID[0]
        stripe.sessions.clear()
    assert paying_shop.count(Payment) == 2


def test_a_bank_debit_under_way_stops_a_second_payment_until_the_bank_refuses(told):
    told.tell(told.stripe.pay(told.session_id, by_bank=True))
    assert told.checkout().status is CheckoutStatus.PROCESSING
    page = told.client.post(told.shop.path(told.invoice, "/pay"))
    assert (page.status_code, len(told.stripe.sessions)) == (303, 1)
    assert told.tell(told.stripe.bank_says(told.session_id, is_good=False)) == 204
    assert told.checkout().status is CheckoutStatus.FAILED
    assert told.client.post(told.shop.path(told.invoice, "/pay")).location.startswith(told.stripe.url)


def test_a_message_that_lies_is_asked_about_and_changes_nothing(told):
    """Signed it may be; what counts is what Stripe says when it is asked."""
    session = told.stripe.sessions[told.session_id] | {"payment_status": "paid", "status": "complete"}
    event = told.stripe.happened("checkout.session.completed", session)
    assert told.tell(event) == 204
    assert (told.rows(), told.checkout().status) == ([], CheckoutStatus.OPEN)


def test_refund_and_dispute_before_the_payment_itself_was_told(told):
    intent = told.stripe.pay(told.session_id)["data"]["object"]["payment_intent"]
    told.stripe.refund(intent, 4000)
    told.stripe.dispute(intent)
    disputed, refunded, completed = told.stripe.events[:3]
    assert [told.tell(event) for event in (disputed, refunded, completed)] == [204] * 3
    assert told.rows() == [
        *PAID,
        (PaymentKind.REFUND, -4000, ""),
        (PaymentKind.DISPUTE, -10000, "disputed"),
    ]


def test_refunds_and_disputes_in_every_order_end_the_same(paying_shop, stripe):
    ends = []
    for order in itertools.permutations(range(4)):
        told = Told(paying_shop, stripe)
        paid = stripe.pay(told.session_id)
        intent = paid["data"]["object"]["payment_intent"]
        failed = stripe.refund(intent, 1000)
        refunded = stripe.events[0]
        stripe.dispute(intent)
        events = [paid, refunded, stripe.events[0], stripe.refund_fails(failed["id"])]
        assert [told.tell(events[place]) for place in order] == [204] * 4
        invoice = told.shop.again(told.invoice)
        ends.append(sorted((each.kind, each.amount, each.flag, bool(each.taken_back_at)) for each in invoice.payments))
        stripe.sessions.clear()
    assert ends == [ends[0]] * 24
    assert ends[0] == [
        (PaymentKind.DISPUTE, -10000, "disputed", False),
        (PaymentKind.PAYMENT, 10000, "", False),
        (PaymentKind.REFUND, -1000, "refund_failed", True),
    ]


# --- not for us -------------------------------------------------------------------------------------------------------


def test_a_forged_message_is_refused_and_leaves_no_trace(told):
    event = told.stripe.pay(told.session_id)
    assert told.tell(event, secret="whsec_somebody_elses") == 400
    assert told.tell(event, at=1) == 400
    assert told.client.post(HOOK, data=told.stripe.signed(event)[0]).status_code == 400
    assert told.nothing_happened()


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"{", b"[]", b"null", b"x" * 400_000])
def test_what_is_no_event_is_refused_signed_or_not(told, body):
    signed, headers = told.stripe.sign(body)
    assert told.client.post(HOOK, data=signed, headers=headers).status_code == 400
    assert told.client.post(HOOK, data=body).status_code == 400
    assert told.nothing_happened()


def test_a_message_of_another_shop_with_the_same_account_is_let_be(told):
    foreign = told.stripe.sessions[told.session_id] | {"id": "cs_test_foreign", "metadata": {"order": "7"}}
    told.stripe.sessions["cs_test_foreign"] = foreign
    event = told.stripe.pay("cs_test_foreign")
    refund = told.stripe.refund(event["data"]["object"]["payment_intent"], 100)
    unknown = told.stripe.happened("checkout.session.completed", {"id": "cs_test_nowhere"})
    gone = told.stripe.happened("refund.created", refund | {"payment_intent": "pi_nowhere"})
    assert [told.tell(each) for each in (event, told.stripe.events[2], unknown, gone)] == [204] * 4
    assert told.nothing_happened()


def test_a_session_that_only_claims_our_key_is_not_our_session(told):
    thief = told.stripe.sessions[told.session_id] | {"id": "cs_test_thief", "amount_total": 1}
    told.stripe.sessions["cs_test_thief"] = thief
    assert told.tell(told.stripe.pay("cs_test_thief")) == 204
    assert told.nothing_happened()


def test_a_session_that_asks_for_no_money_is_let_be_told_or_found(told):
    kept_card = told.stripe.sessions[told.session_id] | {"id": "cs_test_setup", "mode": "setup", "currency": None}
    told.stripe.sessions["cs_test_setup"] = kept_card | {"status": "complete", "amount_total": None}
    event = told.stripe.happened("checkout.session.completed", kept_card)
    assert told.tell(event) == 204
    told.stripe.pay(told.session_id)
    sweep = told.shop.app.extensions["sweep"]
    db.session.rollback()
    sweep.cashier._heard.clear()
    sweep.catch_up()
    assert told.rows() == PAID


def test_live_messages_mean_nothing_to_a_test_key(told):
    told.stripe.is_live = True
    assert told.tell(told.stripe.pay(told.session_id)) == 204
    told.stripe.sessions[told.session_id]["livemode"] = True
    assert (
        told.tell(
            told.stripe.happened("checkout.session.completed", told.stripe.sessions[told.session_id], livemode=False)
        )
        == 204
    )
    assert told.nothing_happened()


@pytest.mark.parametrize("kind", ["payment_intent.succeeded", "customer.created", "checkout.session.nonsense", "", "é"])
def test_events_that_we_do_not_want_are_taken_and_forgotten(told, kind):
    assert told.tell(told.stripe.happened(kind, told.stripe.sessions[told.session_id])) == 204
    assert told.nothing_happened()


# --- when it cannot be written ----------------------------------------------------------------------------------------


def test_while_stripe_cannot_be_asked_it_has_to_tell_again(told):
    event = told.stripe.pay(told.session_id)
    told.stripe.is_down = True
    assert told.tell(event) == 503
    assert told.nothing_happened()
    told.stripe.is_down = False
    assert told.tell(event) == 204
    assert told.rows() == PAID


def test_stripe_may_be_quicker_to_tell_than_we_to_write_down_the_name_of_its_page(told):
    with writing():
        db.session.query(Checkout).one().session_id = None
    assert told.tell(told.stripe.pay(told.session_id)) == 204
    assert told.rows() == PAID
    assert told.checkout().session_id == told.session_id


# --- the door ---------------------------------------------------------------------------------------------------------


def test_a_shop_without_stripe_has_no_such_door(shop):
    database = shop.app.extensions["settings"].database_path
    before = everything(database)
    answer, nowhere = (shop.app.test_client().post(path, data=b"{}") for path in (HOOK, "/hooks/nothing"))
    assert (answer.status_code, answer.data) == (404, nowhere.data)
    assert everything(database) == before


def test_too_much_or_of_unknown_length_is_refused(told):
    body, headers = told.stripe.sign(b"x" * 600_000)
    assert told.client.post(HOOK, data=body, headers=headers).status_code == 413
    assert told.client.post(HOOK, headers={"Transfer-Encoding": "chunked"}).status_code == 411
    assert told.client.get(HOOK).status_code == 405
    assert told.nothing_happened()


def test_it_sets_no_cookie_and_asks_for_no_form_token(told):
    body, headers = told.stripe.signed(told.stripe.pay(told.session_id))
    answer = told.client.post(HOOK, data=body, headers=headers | {"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.data, answer.headers.getlist("Set-Cookie")) == (204, b"", [])
