"""How soon the server answers after a start, and what it holds when idle. Run: python -m bench.start [--rounds N]

The named baseline is the same interpreter importing Flask, SQLAlchemy and gevent, and no more: it shows what a start
costs on this machine before a line of ours runs. Rounds alternate.
"""

import argparse
import io
import os
import subprocess
import sys
import time
from pathlib import Path

import requests
from PIL import Image

from bench.figures import Timing, print_line, show
from bench.shop import DemoShop, Office, demo_shop
from portal.db import writing
from portal.domain import staff
from tests.conftest import COMPILED, ROOT, RunningServer, wait_for

ROUNDS = 10
START_GOAL_MS = 2000
SETTLED_S = 3.0  # all pages are compiled by then
SERVER_GOAL_MB, BOTH_GOAL_MB = 80, 160
BASELINE = "from gevent import monkey; monkey.patch_all(); import flask, flask_sqlalchemy, gevent.pywsgi"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    with demo_shop(work_orders=20) as shop:
        imports_ms, starts_ms = [], []
        started(shop)  # compiles our modules and warms the disk
        for _round in range(rounds):
            imports_ms.append(taken_ms(lambda: subprocess.run([sys.executable, "-c", BASELINE], check=True)))
            starts_ms.append(started(shop))
        memory = [holding(shop) for _round in range(min(3, rounds))]
    baseline = Timing(what="interpreter and libraries (baseline)", values_ms=imports_ms)
    start = Timing(what="process started → /healthz answered", values_ms=starts_ms, goal_ms=START_GOAL_MS)
    rows = [timing.figures(baseline) for timing in (baseline, start)]
    show("A warm start", rows)
    held = [worst(memory, *goal) for goal in GOALS]
    show("Memory held (resident), worst of the starts", held)
    print_line("start", rows=rows, memory=held)
    return 0 if start.is_met and all(row["goal"] != "MISSED" for row in held) else 1


GOALS = (
    ("server, idle", SERVER_GOAL_MB),
    ("server, after 200 pages", None),
    ("server, after a logo", None),
    ("the worker's child, after a logo", None),
    ("server and child", BOTH_GOAL_MB),
)


def taken_ms(work) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def started(shop: DemoShop) -> float:
    """Milliseconds from the start of the process to its first answer."""
    environ = COMPILED | shop.environ
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *RunningServer.flags, "-m", "portal.server"], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL
    )
    try:
        while not answers(shop.port):
            assert process.poll() is None, "the server did not start"
            time.sleep(0.005)
        return (time.perf_counter() - begun) * 1000
    finally:
        process.terminate()
        process.wait(20)


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=20).ok
    except requests.ConnectionError:
        return False


def holding(shop: DemoShop) -> dict[str, float]:
    """MB by what has happened so far, in one fresh server."""
    shop.told["staff"][0]["sign_in_url"] = fresh_way_in(shop)
    shop.server = RunningServer(Path(shop.environ["DATA_DIR"]), shop.port)
    try:
        pid = shop.server.process.pid
        time.sleep(SETTLED_S)
        mb = {"server, idle": rss_mb(pid)}
        shop.office = Office(shop.server.url, shop.told["staff"][0]["sign_in_url"])
        customer = requests.Session()
        for number in range(200):
            job = shop.jobs[number % len(shop.jobs)]
            customer.get(shop.server.url + job.path, timeout=30).raise_for_status()
        mb["server, after 200 pages"] = rss_mb(pid)
        picture = io.BytesIO()
        Image.linear_gradient("L").resize((4000, 3000)).convert("RGB").save(picture, "JPEG")
        answer = shop.office.http.post(
            f"{shop.server.url}/staff/settings/logo",
            data={"csrf_token": shop.office.csrf},
            files={"logo": ("logo.jpg", picture.getvalue())},
            timeout=60,
        )
        assert answer.ok, answer.status_code
        child = wait_for(lambda: children(pid), "the worker's child")
        mb["server, after a logo"] = rss_mb(pid)
        mb["the worker's child, after a logo"] = sum(rss_mb(each) for each in child)
        mb["server and child"] = mb["server, after a logo"] + mb["the worker's child, after a logo"]
        return mb
    finally:
        shop.server.stop()


def fresh_way_in(shop: DemoShop) -> str:
    """A one-time link for the owner: the sample shop's own is spent after the first round."""
    with shop.app.app_context(), writing():
        return f"http://127.0.0.1:{shop.port}/staff/sign-in/{staff.sign_in_link(staff.owner())}"


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def rss_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def worst(memory: list[dict[str, float]], what: str, goal_mb: float | None) -> dict:
    found = max(mb[what] for mb in memory)
    goal = "" if goal_mb is None else "met" if found <= goal_mb else "MISSED"
    return {"what": what, "starts": len(memory), "mb": round(found, 1), "goal_mb": goal_mb, "goal": goal}


if __name__ == "__main__":
    sys.exit(main())
