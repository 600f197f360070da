"""Live pages at the limit: memory a viewer, rings, reconnects. Run: python -m bench.live [--viewers N] [--rounds N]"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from statistics import median

import requests

from bench import figures
from bench.crowd import shared_jobs
from bench.shop import DemoShop, demo_shop
from tests.conftest import POSTGRES, ROOT, Postgres, free_port, wait_for

VIEWERS, MOST = 8_000, 15_000
FEW = 1_000  # as many as the baseline holds: there each costs a greenlet
WARM = 1_000
ROUNDS, ALL_ROUNDS = 200, 10
KB, MB = 1000, 1_000_000


class Process:
    """A child that is told one line and answers one."""

    def __init__(self, *command: str, **options):
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, stdin=subprocess.PIPE, text=True, bufsize=1, **options
        )
        self.answers = self.process.stdout

    def tell(self, words: str) -> str:
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        answer = self.answers.readline()
        assert answer, f"{self.process.args} ended"
        return answer

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(10)


class Ringing(Process):
    """bench.ringing on a port of its own; it answers on a pipe, because its output is the server's."""

    def __init__(self, way: str, environ: dict[str, str]):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        reading, writing = os.pipe()
        roomy = {f"STREAMS_{what}": "100000" for what in ("TOTAL", "PER_LINK", "PER_ADDRESS")}
        environ = os.environ | environ | roomy | {"PORT": str(self.port)}
        options = {"env": environ, "stdout": subprocess.DEVNULL, "pass_fds": [writing]}
        super().__init__("bench.ringing", way, str(writing), **options)
        os.close(writing)
        self.answers = os.fdopen(reading)
        wait_for(self._is_up, "the server to answer", within_s=30)

    def _is_up(self) -> bool:
        assert self.process.poll() is None, "the server did not start"
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False

    def committed_at(self, words: str) -> float:
        return float(self.tell(words))

    @property
    def cpu_s(self) -> float:
        """Processor time until now, of the loop and the little beside it."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> int:
        """Bytes that the kernel calls resident."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0]) * 1024


class Watchers(Process):
    """bench.watchers at `port`."""

    def __init__(self, port: int, paths: Path):
        super().__init__("bench.watchers", str(port), str(paths), stdout=subprocess.PIPE)

    def ask(self, *words) -> dict:
        return json.loads(self.tell(" ".join(map(str, words))))


class Visitor:
    """Somebody who opens a page again and again while all that happens, each time on a new connection."""

    def __init__(self, url: str, pause_s: float = 0.02):
        self.url, self.pause_s, self.taken_ms, self.is_over = url, pause_s, [], False
        self.thread = threading.Thread(target=self._visit, daemon=True)

    def __enter__(self) -> "Visitor":
        self.thread.start()
        return self

    def __exit__(self, *_trouble) -> None:
        self.is_over = True
        self.thread.join(30)

    def _visit(self) -> None:
        while not self.is_over:
            begun = time.monotonic()
            assert requests.get(self.url, timeout=30).ok
            self.taken_ms.append((time.monotonic() - begun) * 1000)
            time.sleep(self.pause_s)


class Scene:
    """A server and those who watch it."""

    def __init__(self, shop: DemoShop, jobs: dict[str, int], way: str, folder: Path):
        self.jobs = list(jobs.values())
        paths = folder / "paths"
        paths.write_text("\n".join(jobs))
        self.server = Ringing(way, shop.environ)
        self.watchers = Watchers(self.server.port, paths)
        self.page_url = self.server.url + shop.sample_jobs[0].path
        for _page in range(50):
            assert requests.get(self.page_url, timeout=30).ok
        self.watchers.ask("open", WARM, len(jobs) - WARM)  # fills the database's caches, which are no viewer's
        self.watchers.ask("close")
        time.sleep(1)

    def close(self) -> None:
        self.watchers.stop()
        self.server.stop()

    def fill(self, viewers: int, first: int = 0, *, visits: bool = False) -> dict:
        """Let so many in; `visits`: while somebody opens a page fifty times a second."""
        memory, cpu_s = self.server.memory, self.server.cpu_s
        with Visitor(self.page_url) if visits else nullcontext(Visitor("")) as visitor:
            told = self.watchers.ask("open", viewers, first)
        told |= {"per_s": viewers / told["seconds"], "per_cpu_s": viewers / (self.server.cpu_s - cpu_s)}
        time.sleep(1)
        return told | {"memory": self.server.memory - memory, "pages_ms": visitor.taken_ms}

    def ring_one(self, viewers: int, rounds: int) -> list[float]:
        """Milliseconds from the commit to the byte, each at another link of the first so many."""
        taken = []
        for turn in range(rounds):
            at = self.server.committed_at(f"ring {self.jobs[turn * 7 % viewers]}")
            taken.append((self.watchers.ask("hear", 1)["at"][0] - at) * 1000)
        return taken

    def ring_all(self, viewers: int, rounds: int) -> tuple[list[float], list[float], list[float]]:
        """(milliseconds from the commit to each viewer's byte, to the last one's byte, of each page meanwhile)."""
        each, last, pages = [], [], []
        for _turn in range(rounds):
            with Visitor(self.page_url, pause_s=0.005) as visitor:
                at = self.server.committed_at("ring_all")
                heard = self.watchers.ask("hear", viewers)["at"]
            assert len(heard) == viewers, len(heard)
            each += [(moment - at) * 1000 for moment in heard]
            last.append((heard[-1] - at) * 1000)
            pages += visitor.taken_ms
        return each, last, pages

    def revoke(self, place: int) -> float:
        at = self.server.committed_at(f"revoke {self.jobs[place]}")
        told = self.watchers.ask("end", 1)
        assert told["told_why"] == len(told["at"]) == 1, told
        return (told["at"][0] - at) * 1000


def p99(values: list[float]) -> float:
    return figures.nearest_rank(values, 0.99)


def row(what: str, value: float, unit: str, goal: float | None = None, *, at_least: bool = False) -> dict:
    is_met = goal is None or (value >= goal if at_least else value <= goal)
    verdict = "" if goal is None else "met" if is_met else "MISSED"
    limit = "" if goal is None else f"{'>=' if at_least else '<='} {goal:g}"
    return {"what": what, "value": round(value, 3 if value < 10 else 1), "unit": unit, "limit": limit, "goal": verdict}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=VIEWERS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="porchlight-paths-") as folder, demo_shop(work_orders=0) as shop:
        with shop.app.app_context():
            jobs = shared_jobs(max(MOST, asked.viewers) + WARM, shop.app.extensions["settings"].link_keys)
        rows = list(one_process(shop, jobs, Path(folder), asked.viewers, asked.rounds))
        if POSTGRES:
            rows += two_processes(Path(folder), asked.viewers, asked.rounds)
    figures.show(f"Live pages, {asked.viewers} viewers, each at a link of their own", rows)
    figures.print_line("live", viewers=asked.viewers, rows=rows)
    return 1 if any(row["goal"] == "MISSED" for row in rows) else 0


def one_process(shop: DemoShop, jobs: dict[str, int], folder: Path, viewers: int, rounds: int) -> Iterator[dict]:
    """The baseline first, then the hub, each with a server of its own on the same shop."""
    few = min(FEW, viewers)
    baseline = Scene(shop, jobs, "greenlets", folder)
    greenlets = baseline.fill(few)
    yield row("baseline: a greenlet a stream: memory a viewer", greenlets["memory"] / few / KB, "KB")
    yield row("baseline: streams let in", greenlets["per_s"], "/s")
    yield row("baseline: streams a second of the server's processor time", greenlets["per_cpu_s"], "/s")
    yield row("baseline: ring to one, commit to byte, p99", p99(baseline.ring_one(few, rounds)), "ms")
    baseline.close()

    hub = Scene(shop, jobs, "hub", folder)
    told = hub.fill(viewers)
    a_viewer = told["memory"] / viewers / KB
    yield row(f"hub, {viewers} viewers: memory a viewer", a_viewer, "KB", 1)
    yield row("hub: memory a viewer, share of the baseline's", a_viewer / (greenlets["memory"] / few / KB), "", 1 / 20)
    yield row("hub: streams let in, nobody else there", told["per_s"], "/s", 1200, at_least=True)
    yield row("hub: streams let in a second of the server's processor time", told["per_cpu_s"], "/s")
    yield row("hub: load side busy meanwhile (share of a core)", told["busy"], "")
    one = hub.ring_one(viewers, rounds)
    yield row("hub: ring to one, commit to byte, p50", median(one), "ms")
    yield row("hub: ring to one, commit to byte, p99", p99(one), "ms", 10)
    each, last, pages = hub.ring_all(viewers, ALL_ROUNDS)
    yield row("hub: ring to all, commit to byte, p50", median(each), "ms")
    yield row("hub: ring to all, commit to byte, p99", p99(each), "ms", 250)
    yield row("hub: ring to all, commit to last byte, median", median(last), "ms")
    yield row("hub: pages during rings to all, worst", max(pages), "ms", 250)
    gone = [hub.revoke(place) for place in range(20)]
    yield row("hub: link revoked, commit to closed, worst of 20", max(gone), "ms", 1000)
    hub.watchers.ask("close")
    told = hub.fill(viewers, visits=True)
    yield row("hub: all come back while pages are opened: streams let in", told["per_s"], "/s")
    yield row("hub: pages meanwhile, p99", p99(told["pages_ms"]), "ms", 500)
    hub.fill(max(0, MOST - viewers), first=viewers)
    yield row(f"hub: process with {max(MOST, viewers)} viewers, in all", hub.server.memory / MB, "MB", 120)
    hub.close()


def two_processes(folder: Path, viewers: int, rounds: int) -> list[dict]:
    """What one process commits, heard at the other."""
    postgres = Postgres()
    url = postgres.create()
    try:
        with demo_shop(work_orders=0, database_url=url) as shop:
            with shop.app.app_context():
                jobs = shared_jobs(viewers + WARM, shop.app.extensions["settings"].link_keys)
            one, other = Scene(shop, jobs, "hub", folder), Scene(shop, jobs, "hub", folder)
            told = other.fill(viewers)
            taken = []
            for turn in range(rounds):
                at = one.server.committed_at(f"ring {list(jobs.values())[turn * 7 % viewers]}")
                taken.append((other.watchers.ask("hear", 1)["at"][0] - at) * 1000)
            at = one.server.committed_at(f"revoke {next(iter(jobs.values()))}")
            gone = (other.watchers.ask("end", 1)["at"][0] - at) * 1000
            one.close()
            other.close()
    finally:
        postgres.drop(url)
    return [
        row("two processes on Postgres: streams let in", told["per_s"], "/s"),
        row("two processes on Postgres: commit in one, byte from the other, p50", median(taken), "ms"),
        row("two processes on Postgres: commit in one, byte from the other, p99", p99(taken), "ms", 50),
        row("two processes on Postgres: link revoked in one, closed in the other", gone, "ms", 1000),
    ]


if __name__ == "__main__":
    sys.exit(main())
