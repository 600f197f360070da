"""Fifty who write at once: the loop's longest stall, and whether a write is lost. Run: python -m bench.writes

Every writer is the owner on a connection of its own. It opens a job, adds a line to the notes and saves, as fast as it
is answered; ten jobs are shared by all, so most saves meet somebody else's. A save that was acknowledged must be in the
database afterwards. Stalls are seen from inside (bench/ticking.py); the named baseline is the idle server.
"""

import argparse
import html
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import requests

from bench.figures import p95, print_line, show
from bench.shop import DemoShop, Office, demo_shop
from models import WorkOrder, db
from tests.conftest import ROOT, RunningServer, wait_for

WRITERS, JOBS = 50, 10
SECONDS = 10
STALL_GOAL_MS = 100
NOTES = re.compile(r'<textarea[^>]*name="notes"[^>]*>\n?([^<]*)</textarea>')
SEEN = re.compile(r'name="seen"[^>]*value="(\d+)"')


class TickingServer(RunningServer):
    def start(self) -> None:
        self.ticks = self.data_dir / "ticks"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.ticking", str(self.ticks)],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.DEVNULL,
        )
        wait_for(self._answers, "the server to answer", within_s=30)


class Writer(threading.Thread):
    """Adds lines to jobs' notes until `until`. Knows which were acknowledged and how long each save took."""

    def __init__(self, number: int, shop: DemoShop, csrf: str, cookies, until: float):
        super().__init__()
        self.number, self.shop, self.csrf, self.until = number, shop, csrf, until
        self.http = requests.Session()
        self.http.cookies.update(cookies)
        self.saved: list[tuple[int, str]] = []
        self.taken_ms: list[float] = []
        self.conflicts, self.busy, self.failures = 0, 0, 0

    def run(self) -> None:
        turn = 0
        while time.monotonic() < self.until:
            job = self.shop.jobs[(self.number + turn) % JOBS]
            line = f"w{self.number}t{turn};"
            turn += 1
            while time.monotonic() < self.until and not self.save(job.id, line):
                pass

    def save(self, id: int, line: str) -> bool:
        url = f"{self.shop.server.url}/staff/work-orders/{id}"
        page = self.http.get(url, timeout=60).text
        notes = NOTES.search(page)
        kept, seen = html.unescape(notes[1]), SEEN.findall(page[: notes.start()])[-1]
        begun = time.perf_counter()
        answer = self.http.post(
            f"{url}/notes",
            data={"csrf_token": self.csrf, "notes": kept + line, "seen": seen},
            timeout=60,
            allow_redirects=False,
        )
        self.taken_ms.append((time.perf_counter() - begun) * 1000)
        self.conflicts += answer.status_code == 409
        self.busy += answer.status_code == 503
        self.failures += answer.status_code not in (303, 409, 503)
        if answer.status_code == 303:
            self.saved.append((id, line))
        return answer.status_code == 303


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=SECONDS)
    seconds = parser.parse_args().seconds
    with demo_shop(work_orders=JOBS) as shop:
        shop.server = TickingServer(Path(shop.environ["DATA_DIR"]), shop.port)
        office = Office(shop.server.url, shop.told["staff"][0]["sign_in_url"])
        time.sleep(1)
        idle = stalls(shop.server.ticks, lambda: time.sleep(seconds))
        writers = [
            Writer(number, shop, office.csrf, office.http.cookies, time.monotonic() + seconds)
            for number in range(WRITERS)
        ]
        writing = stalls(shop.server.ticks, lambda: work(writers))
        lost = lost_lines(shop, writers)
    rows = [row("nobody (baseline)", idle, idle), row(f"{WRITERS} writers", writing, idle)]
    show("The loop's stalls, in ms", rows)
    found = {
        "saved": sum(len(writer.saved) for writer in writers),
        "conflicts_shown": sum(writer.conflicts for writer in writers),
        "asked_to_wait": sum(writer.busy for writer in writers),
        "failures": sum(writer.failures for writer in writers),
        "lost_updates": len(lost),
        "save_p95_ms": round(p95([ms for writer in writers for ms in writer.taken_ms])),
    }
    is_whole = not found["lost_updates"] and not found["failures"]
    show("What was written", [{"what": "in all"} | found | {"goal": "met" if is_whole else "MISSED"}])
    print_line("writes", rows=rows, written=found)
    return 0 if is_whole and rows[1]["goal"] == "met" else 1


def stalls(ticks: Path, meanwhile) -> list[tuple[float, float]]:
    """(late, held) in ms of the late ticks while `meanwhile` ran."""
    begun = time.monotonic()
    meanwhile()
    lines = [[float(word) for word in line.split()] for line in ticks.read_text().splitlines()]
    return [(late, held) for at, late, held in lines if at >= begun] or [(0.0, 0.0)]


def work(writers: list[Writer]) -> None:
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


def lost_lines(shop: DemoShop, writers: list[Writer]) -> list[str]:
    """Acknowledged lines that are not in the database."""
    with shop.app.app_context():
        kept = {job.id: db.session.get_one(WorkOrder, job.id).internal_notes for job in shop.jobs[:JOBS]}
    return [line for writer in writers for id, line in writer.saved if line not in kept[id]]


def row(what: str, late: list[tuple[float, float]], baseline: list[tuple[float, float]]) -> dict:
    """`held`: the most processor time of the loop's thread between two ticks, whatever the machine does."""
    late_ms, held_ms = [ms for ms, _held in late], [held for _ms, held in late]
    worst = max(late_ms)
    return {
        "what": what,
        "late_ticks": len(late_ms),
        "p95_ms": round(p95(late_ms), 1),
        "worst_ms": round(worst, 1),
        "held_worst_ms": round(max(held_ms), 1),
        "goal_ms": STALL_GOAL_MS,
        "goal": "met" if worst <= STALL_GOAL_MS else "MISSED",
        "times_baseline": round(worst / max(0.1, max(ms for ms, _held in baseline)), 1),
    }


if __name__ == "__main__":
    sys.exit(main())
