"""The settings' card about Stripe: how to connect it, how the line is, and a test that says what is wrong."""

from datetime import timedelta

import pytest

from models import StripeEvent, StripeHealth, db
from portal import clock
from portal.db import writing
from portal.outside.checkout import KINDS
from tests.conftest import opened
from tests.factories import Shop, press
from tests.pages import read

PAGE = "/staff/settings"


@pytest.fixture
def olive(paying_shop):
    return paying_shop.staff_client("Olive")


def card(client) -> str:
    page = read(client.get(PAGE))
    return page.words().partition("Stripe: ")[2].partition("Email: ")[0]


def health(**values) -> None:
    with writing():
        db.session.merge(StripeHealth(id=1, **({"undelivered": 0, "trouble": ""} | values)))


def test_a_shop_without_stripe_reads_how_to_connect_it(shop):
    words = card(shop.staff_client("Olive"))
    assert words.startswith("not connected")
    assert "https://jobs.example.com/hooks/stripe" in words
    assert "STRIPE_SECRET_KEY" in words
    assert all(kind in words for kind in KINDS)
    assert "Test the connection" not in words.replace("press “Test the connection”", "")
    assert press(shop.staff_client("Olive"), "/staff/settings/test-stripe").location == f"{PAGE}#stripe"


def test_a_test_key_is_called_one(olive):
    assert card(olive).startswith("connected Test mode")
    assert "no real money moves" in card(olive)


def test_the_secrets_are_on_no_page(olive, stripe):
    html = olive.get(PAGE).text
    for secret in stripe.environ.values():
        assert secret not in html


def test_pressing_test_says_who_answered(olive):
    answer = press(olive, "/staff/settings/test-stripe")
    assert answer.location == f"{PAGE}#stripe"
    words = card(olive)
    assert "Stripe answers, and knows us as Brightwater Plumbing." in words
    assert "Our clock Agrees with Stripe’s" in words
    assert "Stripe last answered us today at" in words.lower().replace("stripe", "Stripe")


def test_pressing_test_says_what_is_wrong(olive, stripe):
    stripe.is_down = True
    press(olive, "/staff/settings/test-stripe")
    assert "Stripe didn’t answer in time" in card(olive)


@pytest.fixture
def card_with(data_dir, database, stripe):
    """The card of a shop with other settings, after a press on Test."""

    def card_with(**environ: str) -> str:
        environ = stripe.environ | {"DATA_DIR": str(data_dir), "DATABASE_URL": database} | environ
        with opened(environ) as app:
            olive = Shop(app).staff_client("Olive")
            press(olive, "/staff/settings/test-stripe")
            return card(olive)

    return card_with


def test_a_refused_key_is_called_refused(card_with):
    assert "Stripe refuses the key" in card_with(STRIPE_SECRET_KEY="sk_test_anothershop")


def test_a_missing_webhook_secret_is_told(card_with):
    words = card_with(STRIPE_WEBHOOK_SECRET="")
    assert "STRIPE_WEBHOOK_SECRET is missing" in words
    assert "Stripe reaches only an https address." in words


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"undelivered": 1}, "Stripe couldn’t deliver 1 message to this shop."),
        ({"undelivered": 3}, "Stripe couldn’t deliver 3 messages to this shop."),
        ({"skew_s": 300}, "5 minutes ahead of Stripe’s"),
        ({"skew_s": -241}, "4 minutes behind Stripe’s"),
        ({"skew_s": 241}, "This computer’s clock is wrong."),
        ({"trouble": "authentication"}, "Stripe refuses the key."),
        ({"trouble": "APIConnectionError"}, "Stripe didn’t answer in time."),
        ({"trouble": "odd"}, "Stripe said: odd"),
    ],
)
def test_what_is_wrong_with_the_line_is_said(olive, values, said):
    health(**values)
    assert said in card(olive)


def test_a_clock_that_is_a_little_off_is_no_trouble(olive):
    health(skew_s=30)
    assert "clock is wrong" not in card(olive)


def test_the_last_message_is_told(olive):
    assert "Last message from Stripe None yet" in card(olive)
    with writing():
        at = clock.now() - timedelta(days=400)
        db.session.add(StripeEvent(id="evt_1", kind="checkout.session.completed", made_at=at, received_at=at))
    assert "None yet" not in card(olive)


def test_allowing_part_payments_is_a_setting(olive, paying_shop):
    form = {"valid_days": "30", "due_days": "14", "allows_part_payments": "y", "seen": "1"}
    assert press(olive, "/staff/settings/billing", form).status_code == 303
    assert paying_shop.again(paying_shop.profile).allows_part_payments
    assert read(olive.get("/staff/settings/billing")).kept("allows_part_payments") == "y"
