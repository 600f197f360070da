"""The sweep: a greenlet of the server that asks Stripe about every try to pay that has not ended.

At the start, every few minutes, when somebody comes back from Stripe's page, and when a try may have become wrong: its
invoice voided or paid otherwise, its link revoked. Several processes may each have one: what is asked twice is written
once. So a message of Stripe's that is lost only delays.
"""

import logging
import threading
import time
from datetime import timedelta

from flask import Flask, current_app
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from models import Checkout, Invoice, Link, Payment, db
from portal import clock
from portal.cashier import Cashier
from portal.db import look_again, writing
from portal.domain import checkouts
from portal.domain import stripe_line as line
from portal.online import EventNow
from portal.outside.checkout import Declined, Unreachable

log = logging.getLogger("porchlight")

LOOK_S = 60.0  # how often to see whether a try is due
EVENTS_S = 60 * 60.0  # how often to ask for what Stripe could not tell us
HELD = timedelta(seconds=3)  # between two looks at one try, however often somebody comes back from it
PAUSE_S = 60.0  # how long to leave Stripe alone when it does not answer
LISTED = timedelta(days=30)  # how long Stripe lists an event
OVERLAP = timedelta(hours=2)  # Stripe's list is not quite in the order of what happened
KEPT = timedelta(days=40)  # longer than LISTED


class Sweep:
    def __init__(self, app: Flask, cashier: Cashier):
        self.app, self.cashier = app, cashier
        self._news = threading.Event()
        self._woken: set[str] = set()
        self._doubtful: set[str] = set()  # payments, by Stripe's name
        self._is_stopping = False
        self._events_due = 0.0

    def wake(self, key: str = "") -> None:
        """Look at the try called `key` at once; without one, at whatever is due."""
        if checkouts.KEY.fullmatch(key) and len(self._woken) < 1000:
            self._woken.add(key)
        self._news.set()

    def doubt(self, intent: str) -> None:
        """Look at what went back of a payment: nobody knows whether a refund of it was made."""
        self._doubtful.add(intent)
        self._news.set()

    def stop(self) -> None:
        self._is_stopping = True
        self._news.set()

    def run(self) -> None:
        """Sweep until told to stop, in a greenlet of its own."""
        is_first, rest_until, wait_s = True, 0.0, LOOK_S
        while not self._is_stopping:
            self._news.clear()
            with self.app.app_context():
                try:
                    wait_s = HELD.total_seconds() if self.look_at_woken() else LOOK_S
                    if time.monotonic() >= rest_until:
                        self.go_round(of_all=is_first)
                        is_first = False
                except (Unreachable, Declined) as error:
                    self._note_trouble(error)
                    rest_until = time.monotonic() + PAUSE_S
                except Exception:
                    log.exception("stripe: could not look at what was paid; looking again")
                    rest_until = time.monotonic() + PAUSE_S
            self._news.wait(wait_s)

    def look_at_woken(self) -> bool:
        """Ask about the tries that somebody came back from, each once. Whether one was asked about only just now.

        Such a one waits for its turn, and whatever becomes of any, the round goes on: anybody can come back at will.
        """
        woken, self._woken = self._woken, set()
        is_held = False
        while woken and not self._is_stopping:
            key = woken.pop()
            try:
                if self._look_at(key):
                    self._woken.add(key)
                    is_held = True
            except (Unreachable, Declined) as error:
                self._woken |= woken | {key}
                self._note_trouble(error)
                break
            except Exception:
                log.exception("stripe: could not look at a try that somebody came back from")
        return is_held

    def _look_at(self, key: str) -> bool:
        """Ask about the try called so, or find that it was asked about only just now."""
        found = checkouts.named(key)
        if found is None or found.settled_at is not None:
            look_again()
            return False
        id, asked_at = found.id, found.asked_at
        look_again()
        if asked_at is not None and clock.now() - asked_at < HELD:
            return True
        self.cashier.ask(id)
        return False

    def go_round(self, *, of_all: bool = False) -> None:
        """Give up what is not right any more, ask about what is due, and now and then for what we were never told.

        Raises Unreachable and Declined: who does not answer for one does not for the others.
        """
        superseded = checkouts.superseded()
        look_again()
        for id in superseded:
            with writing():
                checkouts.supersede(id)
        due = checkouts.due_for_a_look(None if of_all else clock.now())
        look_again()
        for id in due:
            if self._is_stopping:
                return
            self.cashier.ask(id)
        for intent in tuple(self._doubtful):
            self.cashier.follow(intent)
            self._doubtful.discard(intent)
        if due:
            self._note_answer()
        if time.monotonic() >= self._events_due:
            self.catch_up()

    def catch_up(self) -> None:
        """Take in what happened at Stripe and was never told, and note how much of it that is."""
        begun = clock.now()
        since = max(line.heard_until() or checkouts.first_at() or begun, begun - LISTED) - OVERLAP
        look_again()
        undelivered = self.cashier.till.undelivered()
        happened = {event.id: event for event in (*self.cashier.till.events_since(since), *undelivered)}
        is_all = True
        for each in sorted(happened.values(), key=lambda event: event.made_at):
            is_all = self._take_in(each) and is_all
        self._note_answer(undelivered=len(undelivered), heard_until=begun if is_all else None)
        self._events_due = time.monotonic() + EVENTS_S

    def _take_in(self, happened: EventNow) -> bool:
        """False for one that we cannot make out: it keeps none of the others waiting, and its turn comes again."""
        try:
            self.cashier.take_in(happened, is_listed=True)
        except (Unreachable, Declined):
            raise
        except Exception:
            log.exception("stripe: event %s could not be taken in", happened.id)
            return False
        return True

    def _note_answer(self, **told) -> None:
        with writing():
            line.answered(skew_s=self.cashier.till.skew_s, **told)
            line.forget_before(clock.now() - KEPT)

    def _note_trouble(self, error: Exception) -> None:
        log.warning("stripe: %s", error)
        try:
            with writing():
                line.troubled(str(error))
        except Exception:
            log.exception("stripe: the trouble could not be noted")


@event.listens_for(db.session, "after_flush")
def notice_change(session: Session, _context) -> None:
    """What may make an open try wrong: money that came otherwise, a void or credited invoice, a revoked link.

    And a try that was given up: its page has to be closed before somebody pays there as well.
    """
    is_news = any(isinstance(record, Payment | Invoice) for record in session.new)
    watched = {Invoice: "status", Link: "revoked_at", Payment: "taken_back_at", Checkout: "status"}
    for record in () if is_news else session.dirty:
        name = watched.get(type(record))
        is_news = is_news or bool(name and inspect(record).attrs[name].history.has_changes())
    if is_news:
        session.info["money"] = True


@event.listens_for(db.session, "after_commit")
def wake_for_change(session: Session) -> None:
    if not session.in_nested_transaction() and session.info.pop("money", False):
        sweep = current_app.extensions["sweep"]
        if sweep:
            sweep.wake()
