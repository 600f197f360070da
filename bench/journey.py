"""How soon the customer's open page shows what the office did. Run as `python -m bench.journey [--rounds N]`.

The real server in a process of its own, Chromium as a phone, all on loopback. Times in milliseconds.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import cycle, islice
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from bench import figures
from bench.figures import Timing
from bench.screen import Screen
from bench.shop import DemoShop, Job, demo_shop
from tests.browser.bad_network import Line
from tests.browser.chromium import FLAGS, PROGRAM

CHANGED_GOAL_MS, WIPED_GOAL_MS, RECOVERED_GOAL_MS = 500, 1000, 2000
DAY = ("set-off", "start", "complete", "undo/completed", "undo/started", "undo/set_off")  # ends where it began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--rounds", type=int, default=30, help="of status changes; revokes and cuts a third of it, restarts a sixth"
    )
    rounds = max(1, parser.parse_args().rounds)
    third, sixth = -(-rounds // 3), -(-rounds // 6)
    with demo_shop(work_orders=1 + 3 * third + 2 * sixth) as shop, sync_playwright() as playwright:
        shop.open()
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        fetch, *others = measure(shop, browser, rounds=rounds, third=third, sixth=sixth)
        browser.close()
    timings = [fetch, *others]
    rows = [timing.figures(fetch) for timing in timings]
    figures.show("From what the office did to what the customer's screen shows (baseline: the first row)", rows)
    figures.print_line("journey", rows=rows)
    return 0 if all(timing.is_met for timing in timings) else 1


def measure(shop: DemoShop, browser: Browser, *, rounds: int, third: int, sixth: int) -> Iterator[Timing]:
    """The baseline first. Every job but the first is used up by one round."""
    jobs = iter(shop.jobs)
    yield from changed(shop, browser, next(jobs), rounds)
    yield revoked(shop, browser, islice(jobs, third))
    yield from revoked_by_command(shop, browser, islice(jobs, third))
    yield dropped(shop, browser, islice(jobs, third))
    for is_long in (False, True):
        yield restarted(shop, browser, islice(jobs, sixth), is_long=is_long)


def since_ms(start: float, end: float) -> float:
    return (end - start) * 1000


def changed(shop: DemoShop, browser: Browser, job: Job, rounds: int) -> Iterator[Timing]:
    """One page stays open while the office goes through a day and back. The first day is not counted: on it
    the bench learns which words follow which button, so that it need not ask while it measures."""
    words, fetches, answers, changes = {}, [], [], []
    with Screen(browser, job.url) as screen:
        for button in islice(cycle(DAY), len(DAY) + rounds):
            fetches.append(screen.fetch_ms())
            screen.forget()
            start = time.time()
            answers.append(shop.office.press(job, button))
            if button not in words:
                words[button] = shop.headline(job)
            changes.append(since_ms(start, screen.shown_at(words[button])))
            screen.calm()
    yield Timing(what="baseline: the same browser fetches the page", values_ms=fetches[len(DAY) :])
    yield Timing(what="status pressed -> office's POST answered", values_ms=answers[len(DAY) :])
    yield Timing(what="status pressed -> new words painted", values_ms=changes[len(DAY) :], goal_ms=CHANGED_GOAL_MS)


def revoked(shop: DemoShop, browser: Browser, jobs: Iterable[Job]) -> Timing:
    found = []
    for job in jobs:
        with Screen(browser, job.url) as screen:
            start = time.time()
            shop.office.press(job, "revoke")
            found.append(since_ms(start, screen.wiped_at(job.title, job.path)))
    return Timing(what="link revoked -> page wiped", values_ms=found, goal_ms=WIPED_GOAL_MS)


def revoked_by_command(shop: DemoShop, browser: Browser, jobs: Iterable[Job]) -> Iterator[Timing]:
    """By a process beside the server, which has to notice. Counted from the moment kept with the revoked link."""
    wiped, whole = [], []
    for job in jobs:
        with Screen(browser, job.url) as screen:
            start = time.time()
            shop.command("revoke", "wo", str(job.number))
            moment = screen.wiped_at(job.title, job.path)
            wiped.append(since_ms(shop.revoked_at(job).timestamp(), moment))
            whole.append(since_ms(start, moment))
    yield Timing(what="`flask revoke` commits -> page wiped", values_ms=wiped, goal_ms=WIPED_GOAL_MS)
    yield Timing(what="`flask revoke` typed -> page wiped", values_ms=whole)


def dropped(shop: DemoShop, browser: Browser, jobs: Iterable[Job]) -> Timing:
    """The connections break, and the office changes something before the page is back."""
    found = []
    with closing(Line(shop.port)) as line:
        for job in jobs:
            with Screen(browser, line.url + job.path) as screen:
                assert line.streams == 1
                start = time.time()
                line.cut()
                shop.office.press(job, "set-off")
                found.append(since_ms(start, screen.shown_at(shop.headline(job), pill="live")))
    return Timing(what="stream cut -> caught up, Live", values_ms=found, goal_ms=RECOVERED_GOAL_MS)


def restarted(shop: DemoShop, browser: Browser, jobs: Iterable[Job], *, is_long: bool) -> Timing:
    """The server is killed, the job changed meanwhile. Counted from the first answer of /healthz, asked every 20 ms."""
    found, away_s = [], []
    for job in jobs:
        with Screen(browser, job.url) as screen:
            killed = time.time()
            shop.server.kill()
            shop.step_beside(job, "set_off")
            words = shop.headline(job)
            if is_long:
                screen.wait_for_pill("wait")
            shop.server.start()
            up = time.time()
            found.append(since_ms(up, screen.shown_at(words, pill="live")))
            away_s.append(up - killed)
    what = f"killed, {'pill “Reconnecting…”' if is_long else 'started at once'}, {median(away_s):.1f} s away"
    return Timing(what=f"{what}: /healthz -> caught up, Live", values_ms=found, goal_ms=RECOVERED_GOAL_MS)


if __name__ == "__main__":
    sys.exit(main())
