"""Lists and search in a shop of some years: how soon they answer, and with how much. Run: python -m bench.lists

5,000 customers and 20,000 work orders are put straight into the tables of a sample shop, then its real server is asked
by one kept connection, page by page in turns. On SQLite; where TEST_DATABASE_URL names a Postgres that may be filled
with databases, on one of those too. Goals are for the p95 of every page, and for what it weighs before compression.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import requests
from sqlalchemy import func, insert, select, text

from bench.figures import Timing, print_line, show
from bench.shop import DemoShop, demo_shop
from models import Customer, Status, Visit, WorkOrder, db
from portal import clock
from portal.db import writing
from tests.conftest import POSTGRES, Postgres

CUSTOMERS, WORK_ORDERS = 5_000, 20_000
TODAY, AHEAD = 25, 300  # jobs that are open: today's, and those of the next weeks
ROUNDS = 40
GOAL_MS, GOAL_BYTES = 150, 60_000
FIRST = "Ada Ben Cleo Dora Émile Fritz Gina Hal Ida Jens Kim Lea Max Nora Otto Pia Quinn Rosa Sam Tess".split()
LAST = "Alder Birch Cruz Diaz Ebner Falk Gomez Hart Ibsen Jung Klein Lopez Moss Novak Olsen Poe Reyes Stone Tran Voss"
STREETS = ("Alder Street", "Birch Lane", "Cedar Road", "Dogwood Court", "Elm Avenue", "Quarry Way")
TITLES = ("Water heater", "Kitchen tap", "Boiler service", "Sump pump check", "Slow drain", "Frozen pipe")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    found = {"SQLite": measured("", rounds)}
    if POSTGRES:
        postgres = Postgres()
        url = postgres.create()
        try:
            found["Postgres"] = measured(url, rounds)
        finally:
            postgres.drop(url)
    for name, rows in found.items():
        show(f"{CUSTOMERS:,} customers, {WORK_ORDERS:,} work orders on {name}, times in ms", rows)
    print_line("lists", customers=CUSTOMERS, work_orders=WORK_ORDERS, rows=found)
    return 0 if all("MISSED" not in row.values() for rows in found.values() for row in rows) else 1


def measured(url: str, rounds: int) -> list[dict]:
    with demo_shop(work_orders=0, database_url=url) as shop:
        with shop.app.app_context():
            fill()
            busiest = db.session.scalar(
                select(WorkOrder.customer_id).group_by(WorkOrder.customer_id).order_by(func.count().desc()).limit(1)
            )
            newest = db.session.scalar(select(func.max(WorkOrder.number)))
            db.session.remove()
        shop.open()
        paths = pages(busiest, newest)
        times, cpu_ms, sizes = timed(shop, paths, rounds)
    baseline, *_rest = paths
    timings = [
        Timing(what=what, values_ms=times[what], goal_ms=None if what == baseline else GOAL_MS) for what in paths
    ]
    return [
        t.figures(timings[0])
        | {
            "server_cpu_ms": round(cpu_ms[t.what] / rounds, 1),
            "bytes": sizes[t.what],
            "size": "met" if sizes[t.what] <= GOAL_BYTES else "MISSED",
        }
        for t in timings
    ]


def pages(customer_id: int, number: int) -> dict[str, str]:
    """{what it is: path}. The first is the baseline: the frame with a small form in it."""
    jobs, customers = "/staff/", "/staff/customers"
    searches = {"a common word": "street", "a common name": "Cruz", "a rare word": "Zebra", "digits": "5550123"}
    searches |= {"an accent": "émile", "no hit": "xylophone", "a job's number": str(number)}
    return {
        "me (baseline)": "/staff/me",
        "today": jobs,
        "upcoming": f"{jobs}?tab=upcoming",
        "done": f"{jobs}?tab=done",
        **{f"jobs: {what}": f"{jobs}?q={word}" for what, word in searches.items()},
        "customers": customers,
        "customers, archived": f"{customers}?tab=archived",
        "customers, far down": f"{customers}?after={customer_id}",
        **{f"customers: {what}": f"{customers}?q={word}" for what, word in searches.items()},
        "suggestions": f"{customers}/suggestions?q=cruz",
        "a customer": f"{customers}/{customer_id}",
        "merge, whom with": f"{customers}/{customer_id}/merge?q=cruz",
    }


def timed(
    shop: DemoShop, paths: dict[str, str], rounds: int
) -> tuple[dict[str, list[float]], dict[str, float], dict[str, int]]:
    """Of each page its milliseconds round by round, the processor time of the server's loop in all, and its bytes.

    A first round, not counted, warms up.
    """
    times: dict[str, list[float]] = {what: [] for what in paths}
    cpu_ms, sizes = dict.fromkeys(paths, 0.0), {}
    for turn in range(rounds + 1):
        for what, path in paths.items():
            begun, busy_ms = time.perf_counter(), loop_cpu_ms(shop)
            answer = shop.office.http.get(shop.server.url + path, timeout=60)
            taken = (time.perf_counter() - begun) * 1000
            assert answer.status_code == requests.codes.ok, (path, answer.status_code)
            assert "sign-in" not in answer.url
            sizes[what] = len(answer.content)
            if turn:
                times[what].append(taken)
                cpu_ms[what] += loop_cpu_ms(shop) - busy_ms
    return times, cpu_ms, sizes


def loop_cpu_ms(shop: DemoShop) -> float:
    """Processor time that the server's first thread, which is its loop, has had until now (Linux: sched-stats)."""
    return int(Path(f"/proc/{shop.server.process.pid}/schedstat").read_text().split()[0]) / 1_000_000


# --- a shop of some years -----------------------------------------------------------------------------------------


def fill() -> None:
    """Put customers and their work orders into the tables, the same ones every time."""
    dice = random.Random(1042)
    now = clock.now()
    with writing():
        first_customer = db.session.scalar(select(func.max(Customer.id))) + 1
        first_job = db.session.scalar(select(func.max(WorkOrder.id))) + 1
        number = db.session.scalar(select(func.max(WorkOrder.number))) + 1
        db.session.execute(insert(Customer), list(cards(dice, now, first_customer)))
        booked = list(jobs(dice, now, first_job, number, first_customer))
        db.session.execute(insert(WorkOrder), [job for job, _visit in booked])
        db.session.execute(insert(Visit), [visit for _job, visit in booked])
        if db.engine.dialect.name == "postgresql":  # the ids were given by hand
            for table in ("customer", "work_order"):
                db.session.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))
            db.session.execute(text("ANALYZE"))  # which Postgres does by itself a minute later


def cards(dice: random.Random, now, first_id: int) -> Iterator[dict]:
    for place, id in enumerate(range(first_id, first_id + CUSTOMERS)):
        name = f"{dice.choice(FIRST)} {dice.choice(LAST.split())}" if place % 1000 != 500 else "Zebra Zane"
        yield {
            "id": id,
            "name": name,
            "phone": f"(503) 555-{place:04}",
            "email": f"{name.lower().replace(' ', '.')}{place}@home.example",
            "street": f"{dice.randint(1, 999)} {dice.choice(STREETS)}",
            "locality": "Portland, OR 97205",
            "notes": "Pays by check." if place % 3 else "",
            "locale": "",
            "edition": 1,
            "created_at": now - timedelta(days=dice.randint(0, 1500)),
            "archived_at": now if place % 50 == 7 else None,
        }


def jobs(dice: random.Random, now, first_id: int, number: int, first_customer: int) -> Iterator[tuple[dict, dict]]:
    """(work order, its visit): most done long ago, some open; every customer has some, a few have a great many."""
    for place in range(WORK_ORDERS):
        ahead = WORK_ORDERS - place
        hours = dice.randint(-3, 3) if ahead <= TODAY else 24 * dice.randint(1, 30) if ahead <= AHEAD else 0
        start = now + timedelta(hours=hours) if hours or ahead <= TODAY else now - timedelta(hours=2 * ahead)
        status = Status.SCHEDULED if ahead <= AHEAD else Status.CANCELLED if place % 20 == 0 else Status.COMPLETED
        done = start + timedelta(hours=2) if status is Status.COMPLETED else None
        job = {
            "id": first_id + place,
            "number": number + place,
            "customer_id": first_customer + (place % CUSTOMERS if place % 10 else dice.randint(0, 9)),
            "title": dice.choice(TITLES),
            "status": status,
            "street": f"{dice.randint(1, 999)} {dice.choice(STREETS)}",
            "locality": "Portland, OR 97205",
            "time_zone": "America/Los_Angeles",
            "internal_notes": "Gate code 4417. Call ahead: dog in the yard.",
            "edition": 1,
            "scheduled_at": start - timedelta(days=3),
            "completed_at": done,
            "cancelled_at": start if status is Status.CANCELLED else None,
        }
        visit = {
            "work_order_id": first_id + place,
            "technician_id": dice.choice((1, 2, None)) if status is Status.SCHEDULED else 1,
            "starts_at": start,
            "ends_at": start + timedelta(hours=2),
            "started_at": start if done else None,
            "finished_at": done,
            "edition": 1,
        }
        yield job, visit


if __name__ == "__main__":
    sys.exit(main())
