"""The cashier: sends customers to Stripe, and finds out from Stripe what they paid.

Messages of Stripe's only say what to ask about; nothing they hold is believed. The network is never waited for inside a
transaction, and what is told twice, or to two processes, is written once.
"""

import logging
import time
from collections import deque
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from models import CheckoutStatus, Link, Payment, Staff, db
from portal.db import look_again, writing
from portal.domain import checkouts, links, money_back, payments
from portal.domain import stripe_line as line
from portal.domain.refusals import NotAllowed
from portal.flights import Flights
from portal.online import AccountNow, EventNow, Order, SessionNow
from portal.outside.checkout import Broken, Declined, NotOurs, OtherMode, Till, Unreachable, within

log = logging.getLogger("porchlight")

PAY_S = 4.0  # from the press on Pay now to Stripe's page, or to saying that it cannot be reached
HEARD = 200  # events
HEAR_S = 20.0  # how long the second message of an event waits for the first


@dataclass(frozen=True, slots=True)
class Page:
    """Where a try is paid, and what the way back from there is called."""

    key: str
    url: str


def by(until: float | None) -> AbstractContextManager:
    """Asking Stripe ends by `until`, of time.monotonic. Never around the database: a query cut short ruins its line."""
    return nullcontext() if until is None else within(max(0.05, until - time.monotonic()))


class Cashier:
    """Works inside an application context. `base_url`: what customers' links begin with."""

    def __init__(self, till: Till, base_url: str):
        self.till, self.base_url = till, base_url
        self._flights = Flights()
        self._heard: deque[str] = deque(maxlen=HEARD)  # the database remembers for longer, but takes longer to say so

    # --- Pay now ----------------------------------------------------------------------------------------------------

    def page_for(self, link: Link, amount: int, *, what: str, seen: int | None = None) -> Page:
        """Stripe's page for a try to pay `amount`: the same one for everybody who presses meanwhile.

        Raises NotAllowed and Stale as checkouts.begin does, Gone, Unreachable within PAY_S, and Declined.
        """
        link_id, invoice_id = link.id, link.record_id
        look_again()
        name = f"pay {link_id} {invoice_id} {amount} {seen}"
        try:
            return self._flights.join(name, lambda: self._page(link_id, amount, what, seen), wait_s=PAY_S)
        except TimeoutError as error:
            raise Unreachable("no answer in time") from error

    def _page(self, link_id: int, amount: int, what: str, seen: int | None) -> Page:
        until = time.monotonic() + PAY_S
        self._end_others(link_id, amount, until)
        with writing():
            link = links.still(link_id)
            checkout = checkouts.begin(links.record(link), amount, link, seen)
            page, id = Page(checkout.key, checkout.url), checkout.id
            order = self._order(checkout, what)
        return page if page.url else self._open(id, order, until)

    def _end_others(self, link_id: int, amount: int, until: float) -> None:
        """Ask about every try that may have been paid, and close those that are not as good: nobody pays twice."""
        link = db.session.get_one(Link, link_id)
        waiting = [
            (each.id, each.session_id, checkouts.is_as_good(each, amount, link))
            for each in checkouts.unsettled(links.record(link))
        ]
        look_again()
        for id, session_id, is_wanted in waiting:
            self._settle(id, session_id, is_wanted=is_wanted, until=until)

    def _order(self, checkout, what: str) -> Order:
        way_back = f"{self.base_url}/portal/paid/{checkout.key}"
        return Order(
            key=checkout.key,
            amount=checkout.amount,
            currency=checkout.currency,
            what=what,
            expires_at=checkout.expires_at,
            paid_url=way_back,
            back_url=f"{way_back}?back=1",
        )

    def _open(self, id: int, order: Order, until: float) -> Page:
        try:
            with by(until):
                session = self.till.open(order)
        except Declined as declined:
            with writing():
                checkouts.refused(checkouts.still(id), declined.reason)
            raise
        except Broken:  # whatever it made, nobody has its address; asked by another name it may work
            with writing():
                checkouts.broke(checkouts.still(id))
            raise
        with writing():
            is_open = checkouts.opened(checkouts.still(id), session.id, session.url)
        if not is_open or not session.url:
            self.ask(id)
            raise NotAllowed("given up meanwhile")
        return Page(order.key, session.url)

    # --- what Stripe says -------------------------------------------------------------------------------------------

    def hear(self, event: EventNow) -> None:
        """Take in an event, once; whoever brings it again meanwhile waits for that. Raises Unreachable and Declined."""
        if event.is_live != self.till.keys.is_live:
            log.warning("stripe: event %s is of the other mode, live or test, than our key", event.id)
            return
        if event.id in self._heard:
            return
        try:
            self._flights.join(f"event {event.id}", lambda: self.take_in(event), wait_s=HEAR_S)
        except TimeoutError as error:
            raise Unreachable("no answer in time") from error

    def take_in(self, event: EventNow, *, is_listed: bool = False) -> None:
        """Ask about what an event is about, and write down both; one that was taken in already is let be.

        `is_listed`: our own key lists it, so what that key then cannot find is nobody's here, and asked about once.
        """
        is_known = line.was_taken_in(event.id)
        look_again()
        try:
            if is_known:
                pass
            elif event.session_id:
                self._take_in_try(self.till.look(event.session_id), event)
            elif event.intent:
                self._take_in_money_back(event)
        except NotOurs:
            log.info("stripe: event %s is about nothing of ours", event.id)
            if is_listed:
                with writing():
                    line.take_in(event)
        else:
            self._heard.append(event.id)

    def _take_in_try(self, now: SessionNow, event: EventNow | None) -> None:
        with writing():
            checkout = self._try_of(now)
            checkouts.settle(checkout, now)
            if event:
                line.take_in(event)

    @staticmethod
    def _try_of(now: SessionNow):
        """Our try, also where Stripe was quicker to tell of it than we to write down its name. Raises NotOurs."""
        found = checkouts.of_session(now.id) or (now.key and checkouts.named(now.key))
        if not found or found.session_id not in (None, now.id):
            raise NotOurs(now.id)
        checkout = checkouts.still(found.id)
        checkout.session_id = now.id
        return checkout

    def _take_in_money_back(self, event: EventNow) -> None:
        if payments.by_provider_id(event.intent) is None:  # told of the refund before the payment
            look_again()
            self._take_in_try(self.till.session_of(event.intent), None)
        look_again()
        now = self.till.look_at_payment(event.intent)
        with writing():
            payment = payments.by_provider_id(event.intent)
            if payment is None:
                raise NotOurs(event.intent)
            money_back.follow(payment, now)
            line.take_in(event)

    def ask(self, id: int) -> None:
        """Ask Stripe about a try and write down what it says; one that was given up is closed there."""
        with writing():
            checkout = checkouts.claim(id)
            if checkout is None or checkout.session_id is None:
                return
            session_id, is_wanted = checkout.session_id, checkout.status is not CheckoutStatus.EXPIRED
        self._settle(id, session_id, is_wanted=is_wanted)

    def _settle(self, id: int, session_id: str, *, is_wanted: bool, until: float | None = None) -> None:
        try:
            with by(until):
                now = self.till.look(session_id) if is_wanted else self.till.expire(session_id)
        except NotOurs as error:
            is_mode = isinstance(error, OtherMode)
            with writing():
                trouble = "mode" if is_mode else "unknown"
                checkouts.lost(checkouts.still(id), trouble, is_play=is_mode and self.till.keys.is_live)
            return
        with writing():
            checkouts.settle(checkouts.still(id), now)

    # --- for the office ---------------------------------------------------------------------------------------------

    def refund(self, payment_id: int, amount: int, *, seen: int, by: Staff) -> None:
        """Send money back and write it down. `seen`: how many payments the form knew of; pressed twice, it goes once.

        Raises NotAllowed for more than is left, Unreachable and Declined: nothing is written then.
        """
        payment = db.session.get_one(Payment, payment_id)
        money_back.check_refund(payment, amount)
        intent, currency, by_id = payment.provider_id, payment.currency or payment.invoice.currency, by.id
        look_again()
        # By Stripe's name for the payment: another shop with the same account has a payment of our number too.
        refund = self.till.refund(intent, amount, currency, f"refund {intent} {seen} {amount}")
        with writing():
            payment = db.session.get_one(Payment, payment_id)
            money_back.refunded(payment, refund, currency, by=db.session.get(Staff, by_id))

    def follow(self, intent: str) -> None:
        """Ask what went back of a payment and write it down. Raises Unreachable and Declined."""
        look_again()
        now = self.till.look_at_payment(intent)
        with writing():
            payment = payments.by_provider_id(intent)
            if payment:
                money_back.follow(payment, now)

    def check(self) -> AccountNow:
        """Whether the key opens an account. Raises Unreachable and Declined."""
        look_again()
        account = self.till.check()
        with writing():
            line.answered(skew_s=account.skew_s)
        return account
