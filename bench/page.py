"""What the customer's page weighs and how fast it is made. Run as `python -m bench.page [--rounds N] [--seconds S]`."""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import brotli
import requests

from bench import figures
from bench.shop import DemoShop, demo_shop
from portal.assets import STATIC
from tests.conftest import ROOT, free_port, wait_for

PAGE_GOAL_BYTES, SCRIPTS_GOAL_BYTES = 10_000, 4_000  # the stricter reading of 10 KB and 4 KB
TWINS = (("hello", "nodelay"), ("page", "nodelay"), ("hello", "nagle"), ("page", "nagle"))
BASELINE = TWINS[0]
CONNECTIONS = (1, 8)
NAMES = {
    ("hello", "nodelay"): "baseline: Flask “hello”, same size and headers",
    ("page", "nodelay"): "customer page",
    ("hello", "nagle"): "Flask “hello”, TCP_NODELAY off",
    ("page", "nagle"): "customer page, TCP_NODELAY off",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one measurement")
    asked = parser.parse_args()
    with demo_shop(work_orders=100) as shop:
        weights = list(weigh(shop))
        figures.show("Weight in bytes (brotli quality 11; a page is its HTML with all its CSS)", weights)
        speeds = race(shop, rounds=max(1, asked.rounds), seconds=asked.seconds)
    figures.show("Speed (medians of interleaved rounds; baseline with as many connections)", speeds)
    figures.print_line("page", weights=weights, speeds=speeds)
    return 1 if any(row["goal"] == "MISSED" for row in weights) else 0


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


def race(shop: DemoShop, *, rounds: int, seconds: float) -> list[dict]:
    """Every server is measured once a round, each time in another order; the others idle meanwhile."""
    path = next(job for job in shop.sample_jobs if job.url == shop.told["links"]["wo"]).path
    heats = [(twin, connections) for connections in CONNECTIONS for twin in TWINS]
    found = {heat: [] for heat in heats}
    with ExitStack() as stack:
        twins = {twin: stack.enter_context(running(shop, path, *twin)) for twin in TWINS}
        for twin in TWINS:
            load(*twins[twin], path, max(CONNECTIONS), seconds=0.5)
        for number in range(rounds):
            turn = number % len(heats)
            for twin, connections in heats[turn:] + heats[:turn]:
                found[twin, connections].append(load(*twins[twin], path, connections, seconds=seconds))
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


def speed(heat: tuple, found: dict) -> dict:
    """One row. The ratio is the median of each round's own ratio, so that what slows a whole round cancels out."""
    twin, connections = heat
    rounds, baseline = found[heat], found[BASELINE, connections]
    ratios = [mine["per_s"] / theirs["per_s"] for mine, theirs in zip(rounds, baseline, strict=True)]
    return {
        "what": NAMES[twin],
        "connections": connections,
        "requests_per_s": round(median(one["per_s"] for one in rounds)),
        "times_baseline": round(median(ratios), 3),
        "median_ms": round(median(one["median_ms"] for one in rounds), 2),
        "p95_ms": round(median(one["p95_ms"] for one in rounds), 2),
        "server_cpu_ms": round(median(one["cpu_ms"] for one in rounds), 2),
        "load_side_busy": round(max(one["busy"] for one in rounds), 2),
    }


if __name__ == "__main__":
    sys.exit(main())
