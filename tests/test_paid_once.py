"""Paid once, whatever happens: storms, deaths and silence, at the real server with the fake Stripe beside it."""

import contextlib
import threading
from functools import partial

import psycopg
import pytest
import requests

from models import Checkout, Payment, db
from portal.domain import invoices
from portal.sqlite import sqlite
from tests.conftest import RunningServer, free_port, libpq, wait_for
from tests.crowd import Person, at_once
from tests.factories import Shop
from tests.pages import Page
from tests.storm import storm
from tests.streams import Listener

BOTH = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
DUPLICATES = 1000


class Paying:
    """A running shop that is connected, and one invoice of 100.00 in it."""

    def __init__(self, server: RunningServer, shop: Shop, stripe):
        self.server, self.shop, self.stripe = server, shop, stripe
        self.invoice = shop.invoice(is_issued=True)
        self.path = shop.path(self.invoice)
        self.customer = Person(server.url)

    @property
    def hook(self) -> str:
        return f"{self.server.url}/hooks/stripe"

    def press_pay(self) -> requests.Response:
        return self.customer.press(f"{self.path}/pay")

    def session(self) -> dict:
        (session,) = self.stripe.sessions.values()
        return session

    def session_id(self) -> str:
        return self.session()["id"]

    def payments(self) -> list[tuple[int, str]]:
        db.session.rollback()  # what was looked at before is another transaction's
        found = [(each.amount, each.provider_id) for each in db.session.query(Payment).order_by(Payment.id)]
        db.session.rollback()  # Postgres ends a transaction that is left open
        return found

    def is_paid(self) -> bool:
        balance = invoices.balance(self.shop.again(self.invoice))
        db.session.rollback()
        return balance == 0


@contextlib.contextmanager
def running(data_dir, database, stripe):
    server = RunningServer(data_dir, free_port(), DATABASE_URL=database, **stripe.environ)
    app = server.app()
    with app.app_context():
        yield Paying(server, Shop(app), stripe)
        db.session.remove()
        db.engine.dispose()
    server.kill()


@pytest.fixture
def paying(data_dir, database, stripe):
    with running(data_dir, database, stripe) as shop:
        yield shop


@BOTH
def test_a_thousand_messages_the_way_back_and_the_sweep_make_one_payment(paying):
    assert paying.press_pay().status_code == 303
    key = paying.session()["client_reference_id"]
    event = paying.stripe.pay(paying.session_id())
    body, headers = paying.stripe.signed(event)
    comers = [threading.Thread(target=paying.customer.twin().get, args=(f"/portal/paid/{key}",)) for _n in range(20)]
    for comer in comers:
        comer.start()
    statuses = storm(paying.hook, body, headers, DUPLICATES)
    for comer in comers:
        comer.join()
    assert statuses == [204] * DUPLICATES
    assert paying.payments() == [(10000, paying.session()["payment_intent"])]
    assert paying.is_paid()
    assert paying.shop.verbs(paying.invoice).count("payment_recorded") == 1


@BOTH
def test_twenty_clicks_open_one_page(paying):
    answers = at_once(*[partial(paying.customer.twin().press, f"{paying.path}/pay") for _click in range(20)])
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(paying.stripe.sessions) == 1
    assert paying.shop.count(Checkout) == 1


@contextlib.contextmanager
def nobody_writes(server: RunningServer):
    """Somebody else holds what a payment has to be written to."""
    url = server.environ["DATABASE_URL"]
    if url:
        with psycopg.connect(libpq(url)) as connection:
            connection.execute("LOCK TABLE payment IN EXCLUSIVE MODE")
            yield
    else:
        path = server.data_dir / "porchlight.db"
        with contextlib.closing(sqlite.connect(path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")


@BOTH
def test_a_server_killed_between_stripes_word_and_the_commit_settles_it_at_the_next_start_once(paying):
    paying.press_pay()
    event, looked = paying.stripe.pay(paying.session_id()), f"/v1/checkout/sessions/{paying.session_id()}"
    said = threading.Event()
    with nobody_writes(paying.server):
        teller = threading.Thread(target=paying.stripe.deliver, args=(event, paying.hook))
        paying.stripe.after_answer = lambda _method, path: path == looked and said.set()
        teller.start()
        assert said.wait(10)  # "it is paid" is on its way to a server that cannot write
        paying.server.kill()
        teller.join()
    paying.stripe.after_answer = None
    assert paying.payments() == []
    paying.server.start()
    wait_for(paying.is_paid, "the sweep to settle it")
    assert paying.stripe.deliver(event, paying.hook) == 204
    assert len(paying.payments()) == 1


@BOTH
def test_where_stripe_hangs_pay_now_gives_up_by_itself_and_keeps_nobody_waiting(paying):
    paying.stripe.hangs.set()
    answers: list[requests.Response] = []
    pressing = threading.Thread(target=lambda: answers.append(paying.press_pay()))
    pressing.start()
    wait_for(lambda: ("POST", "/v1/checkout/sessions") in paying.stripe.calls, "the question to arrive")
    assert paying.customer.twin().get(paying.path).status_code == 200
    assert answers == []  # others were answered while it still waits
    pressing.join()
    assert paying.stripe.hangs.is_set()
    assert answers[0].status_code == 503
    assert "can’t reach the payment page" in Page(answers[0].text).h1
    paying.stripe.hangs.clear()
    assert paying.press_pay().status_code == 303
    assert len(paying.stripe.sessions) == 1


def test_while_stripe_is_down_pay_now_says_so_and_works_again_after(paying):
    paying.stripe.is_down = True
    assert paying.press_pay().status_code == 503
    paying.stripe.is_down = False
    assert paying.press_pay().status_code == 303
    assert len(paying.stripe.sessions) == 1


def test_what_stripe_made_and_lost_the_answer_to_is_one_page(paying):
    paying.stripe.drops = 1
    assert paying.press_pay().status_code == 303
    assert len(paying.stripe.sessions) == 1


def test_what_broke_at_stripe_does_not_stay_broken_for_who_presses_again(paying):
    paying.stripe.fail_after = 1
    assert paying.press_pay().status_code == 503
    answer = paying.press_pay()
    assert answer.status_code == 303
    *_lost, session = paying.stripe.sessions.values()
    assert answer.headers["Location"] == session["url"]


def test_an_open_screen_turns_paid_when_stripe_tells(paying):
    paying.stripe.hook_url = paying.hook
    paying.press_pay()
    with Listener(paying.server.url + paying.path) as screen:
        before = screen.next("version")
        paying.stripe.pay(paying.session_id())
        assert screen.next("version") != before
    assert paying.is_paid()


def test_the_token_is_in_nothing_that_stripe_is_ever_told(paying):
    token = paying.shop.token(paying.invoice)
    paying.stripe.hook_url = paying.hook
    answer = paying.press_pay()
    assert token not in answer.headers["Location"]
    paying.stripe.pay(paying.session_id())
    wait_for(paying.is_paid, "Stripe's message")
    said = "".join(paying.stripe.requests)
    assert len(paying.stripe.requests) > 2
    assert token not in said
    assert token.upper() not in said.upper()
    assert "Carol" not in said
