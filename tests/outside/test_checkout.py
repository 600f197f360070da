"""Our side of Stripe's API: the real library, over HTTP, to the fake Stripe."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from portal import clock
from portal.online import Order
from portal.outside import checkout
from portal.outside.checkout import Declined, Forged, NotOurs, Till, Unreachable
from portal.settings import StripeKeys
from tests.fake_stripe import KEY, SECRET

ROOT = Path(__file__).parent.parent.parent


def keys(stripe, **other) -> StripeKeys:
    return replace(StripeKeys(secret_key=KEY, webhook_secrets=(SECRET,), api_base=stripe.url), **other)


@pytest.fixture
def till(stripe) -> Till:
    return Till(keys(stripe))


def order(**other) -> Order:
    asked = {"key": "k1", "amount": 10000, "currency": "USD", "what": "Invoice 1001"}
    asked |= {"paid_url": "https://jobs.example.com/portal/paid/k1", "back_url": "https://jobs.example.com/b"}
    return Order(**(asked | {"expires_at": clock.now() + timedelta(hours=1)} | other))


# --- a page to pay on -------------------------------------------------------------------------------------------------


def test_a_page_is_opened_for_the_very_amount(till, stripe):
    now = till.open(order())
    (session,) = stripe.sessions.values()
    assert (now.id, now.url, now.status, now.payment_status) == (session["id"], session["url"], "open", "unpaid")
    assert (now.key, now.amount, now.currency, now.intent, now.is_paid) == ("k1", 10000, "USD", "", False)
    assert session["metadata"] == session["payment_intent_data"]["metadata"] == {"checkout": "k1"}


@pytest.mark.parametrize(
    ("currency", "amount", "counted"),
    [("USD", 12345, 12345), ("JPY", 5000, 5000), ("KWD", 5120, 5120), ("ISK", 900, 90000), ("MGA", 1200, 12)],
)
def test_amounts_are_counted_as_stripe_counts_and_come_back_the_same(till, stripe, currency, amount, counted):
    now = till.open(order(currency=currency, amount=amount))
    assert stripe.sessions[now.id]["amount_total"] == counted
    assert stripe.sessions[now.id]["currency"] == currency.lower()
    assert (now.amount, now.currency) == (amount, currency)
    stripe.pay(now.id)
    assert till.look(now.id).amount == amount


def test_what_would_have_to_be_rounded_is_not_asked_for(till, stripe):
    with pytest.raises(Declined, match="too fine"):
        till.open(order(currency="MGA", amount=1234))
    with pytest.raises(Declined):
        till.open(order(currency="KWD", amount=5123))
    assert stripe.sessions == {}


def test_asked_again_it_is_the_same_page(till, stripe):
    asked = order()
    assert till.open(asked) == till.open(asked)
    assert len(stripe.sessions) == 1


def test_an_answer_that_got_lost_is_asked_for_again(till, stripe):
    stripe.drops = 1
    till.open(order())
    assert (len(stripe.sessions), stripe.count("POST", "/v1/checkout/sessions")) == (1, 2)


def test_the_same_key_for_another_amount_is_refused(till):
    asked = order()
    till.open(asked)
    with pytest.raises(Declined, match="idempotency"):
        till.open(replace(asked, amount=1))


def test_an_amount_that_stripe_will_not_have_is_declined_with_its_reason(till):
    with pytest.raises(Declined) as refusal:
        till.open(order(amount=10))
    assert refusal.value.reason == "amount_too_small"


# --- how it stands ----------------------------------------------------------------------------------------------------


def test_a_card_is_paid_at_once(till, stripe):
    id = till.open(order()).id
    stripe.pay(id)
    now = till.look(id)
    assert (now.is_paid, now.has_failed, now.status) == (True, False, "complete")
    assert now.intent in stripe.intents


@pytest.mark.parametrize("is_good", [True, False])
def test_a_bank_debit_is_under_way_until_the_bank_says_how_it_ended(till, stripe, is_good):
    id = till.open(order()).id
    stripe.pay(id, by_bank=True)
    now = till.look(id)
    assert (now.is_paid, now.has_failed, now.status) == (False, False, "complete")
    stripe.bank_says(id, is_good=is_good)
    now = till.look(id)
    assert (now.is_paid, now.has_failed) == (is_good, not is_good)


def test_a_page_can_be_closed_but_not_once_it_is_paid(till, stripe):
    closed, paid = till.open(order()).id, till.open(order(key="k2")).id
    stripe.pay(paid)
    assert till.expire(closed).status == "expired"
    assert till.expire(closed).status == "expired"
    assert till.expire(paid).is_paid


def test_what_stripe_does_not_know_is_not_ours(till):
    for question in (till.look, till.expire, till.session_of, till.look_at_payment):
        with pytest.raises(NotOurs):
            question("cs_test_999999")


def test_what_is_of_the_other_mode_is_not_ours(till, stripe):
    id = till.open(order()).id
    stripe.sessions[id]["livemode"] = True
    with pytest.raises(NotOurs):
        till.look(id)


def test_the_try_behind_a_payment_is_found(till, stripe):
    id = till.open(order()).id
    intent = stripe.pay(id)["data"]["object"]["payment_intent"]
    assert till.session_of(intent) == till.look(id)


def test_what_went_back_and_what_the_bank_questions(till, stripe):
    intent = stripe.pay(till.open(order()).id)["data"]["object"]["payment_intent"]
    refund = till.refund(intent, 4000, "USD", "once")
    assert till.refund(intent, 4000, "USD", "once") == refund
    dispute = stripe.dispute(intent)
    now = till.look_at_payment(intent)
    assert [(each.id, each.amount, each.has_failed) for each in now.refunds] == [(refund.id, 4000, False)]
    assert [(each.id, each.amount, each.is_question) for each in now.disputes] == [(dispute["id"], 10000, False)]
    with pytest.raises(Declined, match="charge_already_refunded"):
        till.refund(intent, 10000, "USD", "twice")


def test_the_account_says_who_it_is(till):
    account = till.check()
    assert (account.name, account.country, account.takes_payments) == ("Brightwater Plumbing", "US", True)
    assert abs(account.skew_s) <= 5


def test_a_wrong_key_is_told_from_silence(stripe):
    with pytest.raises(Declined, match="authentication"):
        Till(keys(stripe, secret_key="sk_test_another")).check()
    stripe.is_down = True
    with pytest.raises(Unreachable):
        Till(keys(stripe)).check()


def test_where_nobody_listens_stripe_is_unreachable(stripe):
    with pytest.raises(Unreachable):
        Till(keys(stripe, api_base="http://127.0.0.1:9")).check()


# --- what it says by itself -------------------------------------------------------------------------------------------


def test_a_message_with_stripes_signature_is_read(till, stripe):
    event = stripe.pay(till.open(order()).id)
    body, headers = stripe.signed(event)
    now = till.read_event(body, headers["Stripe-Signature"])
    assert (now.id, now.kind, now.is_live) == (event["id"], "checkout.session.completed", False)
    assert (now.session_id, now.intent) == (event["data"]["object"]["id"], "")


def test_either_of_two_secrets_will_do(stripe):
    till = Till(keys(stripe, webhook_secrets=("whsec_new123", SECRET)))
    event = stripe.happened("charge.refunded", {"object": "charge", "payment_intent": "pi_1"})
    for secret in ("whsec_new123", SECRET):
        body, headers = stripe.signed(event, secret=secret)
        assert till.read_event(body, headers["Stripe-Signature"]).intent == "pi_1"


def test_without_a_secret_no_message_counts(stripe):
    body, headers = stripe.signed(stripe.happened("x", {}), secret=SECRET)
    with pytest.raises(Forged):
        Till(keys(stripe, webhook_secrets=())).read_event(body, headers["Stripe-Signature"])


GOOD = b'{"id":"evt_1","object":"event","created":1,"type":"x","livemode":false,"data":{"object":{}}}'
ODD = [b"", b"{", b"[]", b"7", b"null", b'"x"', b"{}", b'{"object":"event"}', b"\xff\xfe", b"\x00" * 50, b"[" * 100_000]
ODD += [b'{"id":"e","object":"event","created":"x","type":"y","livemode":false,"data":{"object":{}}}']
ODD += [b'{"id":"e","object":"event","created":1e99,"type":"y","livemode":false,"data":{"object":{}}}']
ODD += [b'{"id":7,"object":"event","created":1,"type":7,"livemode":1,"data":{"object":[]}}']
ODD += [
    b'{"id":"e","object":"event","created":1,"type":"checkout.session.x","livemode":false,"data":{"object":{"id":7}}}'
]


@pytest.mark.parametrize("body", ODD)
def test_what_is_signed_but_no_event_is_refused(till, stripe, body):
    with pytest.raises(Forged):
        till.read_event(*in_words(stripe.sign(body)))


def in_words(signed) -> tuple[bytes, str]:
    return signed[0], signed[1]["Stripe-Signature"]


@pytest.mark.parametrize(
    "header", ["", "t=,v1=", "v1=abc", "t=1", "t=x,v1=y", "t=1,v1=" + "0" * 64, "é", "t=1,t=2,v1=,v1=,"]
)
def test_a_header_that_proves_nothing_is_refused(till, header):
    with pytest.raises(Forged):
        till.read_event(GOOD, header)


def test_a_message_that_was_changed_or_kept_too_long_is_refused(till, stripe):
    body, header = in_words(stripe.sign(GOOD))
    assert till.read_event(body, header).id == "evt_1"
    with pytest.raises(Forged):
        till.read_event(body.replace(b"evt_1", b"evt_2"), header)
    with pytest.raises(Forged):
        till.read_event(*in_words(stripe.sign(GOOD, at=clock.now().timestamp() - 600)))


# --- the library ------------------------------------------------------------------------------------------------------


def test_nobody_reads_a_message_without_its_signature():
    """The library has ways around the check now; none of ours may take them."""
    ours = list((ROOT / "portal").rglob("*.py"))
    assert len(ours) > 100
    ban = re.compile(r"without_verification|Event\.construct_from|Webhook\b")
    assert [path.name for path in ours if ban.search(path.read_text())] == []


def test_a_shop_without_stripe_never_loads_its_library(tmp_path):
    words = "import sys; from app import create_app; from portal import settings; "
    words += f"create_app(settings.read({{'DATA_DIR': {str(tmp_path)!r}}})); print('stripe' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_the_version_of_the_api_is_the_librarys_own(till):
    assert till._stripe.api_version == checkout.API_VERSION
