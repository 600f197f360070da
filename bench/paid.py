"""Paid once, and how soon: storms of messages, twenty clicks, a Stripe that hangs. Run: python -m bench.paid

The real server, the tests' fake Stripe beside it, all on loopback; also on Postgres where TEST_DATABASE_URL names one.
The baseline is the same storm with a signature that is not Stripe's: what the door costs without what it is for.
"""

import argparse
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

from bench.figures import Timing, p95, print_line, show
from models import Payment, db
from tests.conftest import POSTGRES, Postgres, RunningServer, free_port
from tests.crowd import Person, at_once
from tests.factories import Shop
from tests.fake_stripe import FakeStripe
from tests.storm import storm

DUPLICATES, BACK, CLICKS = 1000, 20, 20
GOAL_MS = 5000


class Counter:
    """A connected shop behind the real server."""

    shop: Shop

    def __init__(self, folder: str, database_url: str, stripe: FakeStripe):
        self.stripe = stripe
        self.server = RunningServer(Path(folder), free_port(), DATABASE_URL=database_url, **stripe.environ)
        self.app = self.server.app()
        self.hook = f"{self.server.url}/hooks/stripe"

    def paid(self) -> tuple[Person, str, str, dict]:
        """A customer who has just paid an invoice of their own: they, the way back, its page, and Stripe's event."""
        customer, path = Person(self.server.url), self.shop.path(self.shop.invoice(is_issued=True))
        customer.press(f"{path}/pay")
        session = list(self.stripe.sessions.values())[-1]
        return customer, f"/portal/paid/{session['client_reference_id']}", path, self.stripe.pay(session["id"])

    def storm_ms(self) -> float:
        """A thousand times the same message, twenty ways back, and the sweep that they wake: one payment."""
        customer, back, _path, event = self.paid()
        before = self.shop.count(Payment)
        comers = [threading.Thread(target=customer.twin().get, args=(back,)) for _comer in range(BACK)]
        body, headers = self.stripe.signed(event)
        begun = time.perf_counter()
        for comer in comers:
            comer.start()
        statuses = storm(self.hook, body, headers, DUPLICATES)
        for comer in comers:
            comer.join()
        taken_ms = (time.perf_counter() - begun) * 1000
        assert statuses == [204] * DUPLICATES
        assert self.shop.count(Payment) == before + 1
        db.session.rollback()
        return taken_ms

    def refused_ms(self) -> float:
        body, headers = self.stripe.sign(b"{}", secret="whsec_not_stripes")
        begun = time.perf_counter()
        assert storm(self.hook, body, headers, DUPLICATES) == [400] * DUPLICATES
        return (time.perf_counter() - begun) * 1000

    def clicks_ms(self) -> float:
        path, before = self.shop.path(self.shop.invoice(is_issued=True)), len(self.stripe.sessions)
        customers = [Person(self.server.url) for _click in range(CLICKS)]
        begun = time.perf_counter()
        answers = at_once(*[partial(customer.press, f"{path}/pay") for customer in customers])
        taken_ms = (time.perf_counter() - begun) * 1000
        assert {answer.status_code for answer in answers} == {303}
        assert len(self.stripe.sessions) == before + 1
        return taken_ms

    def hanging(self, looks: int = 30) -> tuple[float, list[float], list[float]]:
        """Pay now while Stripe answers nothing; somebody else's page before and meanwhile."""
        path = self.shop.path(self.shop.invoice(is_issued=True))
        customer, other = Person(self.server.url), Person(self.server.url)
        before = [self.look_ms(other, path) for _look in range(looks)]
        self.stripe.hangs.set()
        taken: list[float] = []
        pressing = threading.Thread(target=lambda: taken.append(self.unreachable_ms(customer, path)))
        pressing.start()
        meanwhile = [self.look_ms(other, path) for _look in range(looks)]
        pressing.join()
        self.stripe.hangs.clear()
        return taken[0], before, meanwhile

    @staticmethod
    def look_ms(person: Person, path: str) -> float:
        answer = person.get(path)
        assert answer.status_code == 200
        return answer.elapsed.total_seconds() * 1000

    @staticmethod
    def unreachable_ms(person: Person, path: str) -> float:
        answer = person.press(f"{path}/pay")
        assert answer.status_code == 503
        return answer.elapsed.total_seconds() * 1000


def measure(database_url: str, rounds: int) -> list[Timing]:
    with tempfile.TemporaryDirectory() as folder, FakeStripe() as stripe:
        counter = Counter(folder, database_url, stripe)
        try:
            with counter.app.app_context():
                counter.shop = Shop(counter.app)
                return timings(counter, rounds)
        finally:
            counter.server.kill()


def timings(counter: Counter, rounds: int) -> list[Timing]:
    refused, storms, clicks, hangs, before, meanwhile = [], [], [], [], [], []
    for _round in range(rounds):
        refused.append(counter.refused_ms())
        storms.append(counter.storm_ms())
        clicks.append(counter.clicks_ms())
    for _round in range(2):
        hung, quiet, loud = counter.hanging()
        hangs.append(hung)
        before += quiet
        meanwhile += loud
    return [
        Timing(what=f"baseline: {DUPLICATES} messages refused", values_ms=refused),
        Timing(what=f"{DUPLICATES} duplicates, ways back, sweep", values_ms=storms, goal_ms=GOAL_MS),
        Timing(what=f"{CLICKS} clicks on Pay now", values_ms=clicks, goal_ms=GOAL_MS),
        Timing(what="Pay now while Stripe hangs", values_ms=hangs, goal_ms=GOAL_MS),
        Timing(what="a page before that", values_ms=before),
        Timing(what="a page while Stripe hangs", values_ms=meanwhile, goal_ms=max(100, 3 * p95(before))),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    found = {"sqlite": measure("", rounds)}
    if POSTGRES:
        postgres = Postgres()
        url = postgres.create()
        try:
            found["postgres"] = measure(url, rounds)
        finally:
            postgres.drop(url)
    figures = {}
    for name, measured in found.items():
        figures[name] = [each.figures(measured[0]) for each in measured]
        show(f"Paid once: {name}", figures[name])
    print_line("paid", **figures)
    return 0 if all(each.is_met for measured in found.values() for each in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
