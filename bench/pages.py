"""What a customer's pages weigh and how fast they are made. Run as `python -m bench.pages [--rounds N] [--seconds S]`.

On SQLite; where TEST_DATABASE_URL names a Postgres that may be filled with databases, the race is run on one too.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

import brotli
import requests

from bench import figures
from bench.shop import DemoShop, demo_shop
from portal.assets import STATIC
from tests.conftest import POSTGRES, ROOT, Postgres, free_port, wait_for

PAGE_GOAL_BYTES, SCRIPTS_GOAL_BYTES = 10_000, 4_000  # the stricter reading of 10 KB and 4 KB
GOAL_TIMES = 0.4  # of the baseline's requests a second
CONNECTIONS = (1, 8)
PAGES = {"wo": "work order", "quote": "quote", "invoice": "invoice"}


@dataclass(frozen=True)
class Runner:
    """What is asked for in one heat: "hello", a "page", or the same page "drawn" anew each time."""

    kind: str
    what: str
    delay: str = "nodelay"

    @property
    def server(self) -> tuple[str, str, str]:
        """(what it says, like which page, delay). One shop serves all its pages."""
        return ("hello", self.kind, self.delay) if self.what == "hello" else ("page", "wo", self.delay)

    @property
    def query(self) -> str:
        return "?anew" if self.what == "drawn" else ""  # a page that is asked for anything but itself is not kept

    @property
    def baseline(self) -> "Runner":
        return Runner(self.kind, "hello")

    @property
    def name(self) -> str:
        page = PAGES[self.kind]
        told = {"hello": f"Flask “hello” like the {page}", "page": page, "drawn": f"{page}, drawn anew"}[self.what]
        if self == self.baseline:
            return f"baseline: {told}"
        return told if self.delay == "nodelay" else f"{told}, TCP_NODELAY off"


RUNNERS = [Runner(kind, what) for kind in PAGES for what in ("hello", "page", "drawn")]
NAGLE = [Runner("wo", "hello", "nagle"), Runner("wo", "page", "nagle")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.7, help="length of one measurement")
    asked = parser.parse_args()
    how = {"rounds": max(1, asked.rounds), "seconds": asked.seconds}
    with demo_shop(work_orders=100) as shop:
        weights = list(weigh(shop))
        figures.show("Weight in bytes (brotli quality 11; a page is its HTML with all its CSS)", weights)
        speeds = {"SQLite": race(shop, RUNNERS + NAGLE, **how)}
    if POSTGRES:
        speeds["Postgres"] = race_on_postgres(**how)
    for database, rows in speeds.items():
        figures.show(f"Speed on {database} (medians of interleaved rounds; baseline with as many connections)", rows)
    figures.print_line("pages", weights=weights, speeds=speeds)
    rows = [*weights, *(row for rows in speeds.values() for row in rows)]
    return 1 if any(row["goal"] == "MISSED" for row in rows) else 0


def race_on_postgres(**how) -> list[dict]:
    postgres = Postgres()
    url = postgres.create()
    try:
        with demo_shop(work_orders=100, database_url=url) as shop:
            return [row | {"goal": ""} for row in race(shop, RUNNERS, **how)]  # it asks over a socket
    finally:
        postgres.drop(url)


def weigh(shop: DemoShop) -> Iterator[dict]:
    """The page in every state the sample shop has, then the scripts, which travel one by one."""
    for job in shop.sample_jobs:
        page = shop.app.test_client().get(job.path)
        assert page.status_code == 200, page.status
        yield weight(f"page: {job.status}, “{job.title}”", [page.data], PAGE_GOAL_BYTES)
    scripts = scripts_of(page.text)
    yield weight(f"scripts: {', '.join(sorted(scripts))}", scripts.values(), SCRIPTS_GOAL_BYTES)


def scripts_of(page: str) -> dict[str, bytes]:
    """The scripts that `page` names, and those that they import."""
    found, names = {}, re.findall(r"/static/\w+/js/(\w+\.js)", page)
    while names:
        name = names.pop()
        if name not in found:
            found[name] = (STATIC / "js" / name).read_bytes()
            names += re.findall(r"from '\./(\w+\.js)'", found[name].decode())
    assert found, "the page names no script"
    return found


def weight(what: str, files: Iterable[bytes], goal: int) -> dict:
    sizes = [(len(file), len(brotli.compress(file, quality=11))) for file in files]
    plain, compressed = (sum(column) for column in zip(*sizes, strict=True))
    is_met = "met" if compressed <= goal else "MISSED"
    return {"what": what, "plain": plain, "brotli": compressed, "goal_bytes": goal, "goal": is_met}


def race(shop: DemoShop, runners: list[Runner], *, rounds: int, seconds: float) -> list[dict]:
    """Everybody runs once a round, each time in another order; the other servers idle meanwhile."""
    paths = {kind: "/" + url.split("/", 3)[3] for kind, url in shop.told["links"].items()}
    heats = [(runner, connections) for connections in CONNECTIONS for runner in runners]
    found = {heat: [] for heat in heats}
    with ExitStack() as stack:
        servers = {
            server: stack.enter_context(running(shop, paths[server[1]], server[0], server[2]))
            for server in dict.fromkeys(runner.server for runner in runners)
        }

        def run(runner: Runner, connections: int, seconds: float) -> dict:
            return load(*servers[runner.server], paths[runner.kind] + runner.query, connections, seconds=seconds)

        for runner in runners:
            run(runner, max(CONNECTIONS), 0.3)
        for number in range(rounds):
            turn = number * 5 % len(heats)
            for heat in heats[turn:] + heats[:turn]:
                found[heat].append(run(*heat, seconds))
    return [speed(heat, found) for heat in heats]


@contextmanager
def running(shop: DemoShop, path: str, what: str, delay: str) -> Iterator[tuple[int, int]]:
    """A twin of the server, as (process id, port). Its access log goes nowhere."""
    port = free_port()
    environ = os.environ | shop.environ | {"PORT": str(port)}
    command = [sys.executable, "-m", "bench.twin", path, what, delay]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)

    def answers() -> bool:
        assert process.poll() is None, "the twin did not start"
        try:
            return requests.get(f"http://127.0.0.1:{port}{path}", timeout=30).ok
        except requests.ConnectionError:
            return False

    try:
        wait_for(answers, "the twin to answer", within_s=30)
        yield process.pid, port
    finally:
        process.kill()
        process.wait(10)


def load(pid: int, port: int, path: str, connections: int, *, seconds: float) -> dict:
    """What bench.load found, and the processor time in ms that the server took for a request."""
    command = [sys.executable, "-m", "bench.load", str(port), path, str(connections), str(seconds)]
    before = cpu_ms(pid)
    found = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    return found | {"cpu_ms": (cpu_ms(pid) - before) / found["requests"]}


def cpu_ms(pid: int) -> float:
    """Processor time of the process so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def speed(heat: tuple[Runner, int], found: dict) -> dict:
    """One row. The ratio is the median of each round's own ratio, so that what slows a whole round cancels out."""
    runner, connections = heat
    rounds, baseline = found[heat], found[runner.baseline, connections]
    ratio = median(mine["per_s"] / theirs["per_s"] for mine, theirs in zip(rounds, baseline, strict=True))
    cpu_ms, baseline_cpu_ms = (mean(one["cpu_ms"] for one in each) for each in (rounds, baseline))
    has_goal = (runner.what, runner.delay) == ("page", "nodelay")
    return {
        "what": runner.name,
        "connections": connections,
        "requests_per_s": round(median(one["per_s"] for one in rounds)),
        "times_baseline": round(ratio, 3),
        "goal": ("met" if ratio >= GOAL_TIMES else "MISSED") if has_goal else "",
        "times_by_cpu": round(baseline_cpu_ms / cpu_ms, 2) if cpu_ms else "",
        "median_ms": round(median(one["median_ms"] for one in rounds), 2),
        "p95_ms": round(median(one["p95_ms"] for one in rounds), 2),
        "server_cpu_ms": round(median(one["cpu_ms"] for one in rounds), 2),
        "load_side_busy": round(max(one["busy"] for one in rounds), 2),
    }


if __name__ == "__main__":
    sys.exit(main())
