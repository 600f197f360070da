"""The printer: a greenlet that takes print runs from the table, one at a time, and makes one file of each.

Nobody waits for it: a page shows how far it has come. It claims a run in one transaction, prints outside of any, and
notes every document in another, which keeps the claim alive. Several processes may each have one.
"""

import contextlib
import logging
import secrets
import threading
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import gevent
from flask import Flask, current_app
from sqlalchemy import event
from sqlalchemy.orm import Session

from models import PrintRun, db
from portal import clock, printouts
from portal.db import look_again, writing
from portal.domain import print_runs
from portal.outside import full_disk
from portal.outside.e_invoice import DoesNotMatch
from portal.outside.paper import NoRoom, Printed
from portal.outside.storage import OutOfReach
from portal.outside.worker import Busy, Failed, Refused

log = logging.getLogger("porchlight")

LEASE = timedelta(minutes=2)  # one try at one document, or making one file of all
TRY_S = 90.0
PUT_OFF = timedelta(seconds=20)
LOOK_S = 30.0  # how often to look for what another process left
SWEEP_S = 3600.0
BUSY_TRIES = 10


class Lost(Exception):
    """The claim ran out, or the run is not there any more: another has it."""


class Printer:
    def __init__(self, app: Flask):
        self.app = app
        self._news = threading.Event()
        self._is_stopping = False
        self._swept_at = 0.0

    @property
    def folder(self) -> Path:
        return self.app.extensions["press"].folder / "runs"

    def wake(self) -> None:
        self._news.set()

    def stop(self) -> None:
        self._is_stopping = True
        self.wake()

    def run(self) -> None:
        """Print until told to stop, in a greenlet of its own."""
        while not self._is_stopping:
            self._news.clear()
            wait_s = LOOK_S
            try:
                self._sweep()
                while not self._is_stopping and self.print_next():
                    pass
                wait_s = self._rest_s()
            except Exception:
                log.exception("print runs could not be read; looking again")
            if not self._is_stopping:
                self._news.wait(wait_s)

    def _rest_s(self) -> float:
        with self.app.app_context():
            due = print_runs.next_due()
            return min(LOOK_S, max(0.1, clock.seconds_until(due))) if due else LOOK_S

    def print_next(self) -> bool:
        """Print the run that is due longest; False when none is."""
        with self.app.app_context():
            with writing():
                run = print_runs.claim(LEASE)
                claim = run and (run.id, run.tries)
            if claim is None:
                return False
            try:
                self._print(*claim)
            except Lost:
                log.warning("print run %d: taken over by another", claim[0])
            except NoRoom:
                self._note(*claim, print_runs.give_up, "no_room")
            except Refused as refusal:  # the file of all; of one that is refused only that one is left out
                self._note(*claim, print_runs.give_up, refusal.reason)
            except Exception:
                log.exception("print run %d, try %d", *claim)
                self._note(*claim, print_runs.put_off, PUT_OFF)
            except BaseException:  # told to stop at once
                self._note(*claim, print_runs.hand_back)
                raise
        return True

    def _print(self, id: int, tries: int) -> None:
        run = db.session.get_one(PrintRun, id)
        is_zip, wanted = run.is_zip, [(record.id, type(record)) for record in print_runs.records(run)]
        printed, left_out = [], []
        for record_id, table in wanted:
            try:
                printed.append(self._printed(id, tries, table, record_id))
            except (DoesNotMatch, Failed, OutOfReach, Refused) as trouble:
                log.warning("print run %d: %s %d was left out (%s)", id, table.__name__, record_id, trouble)
                left_out.append(record_id)
            self._hold(id, tries, print_runs.moved)
        if not printed:
            self._note(id, tries, print_runs.give_up, "failed")
            return
        name = self._bound(printed, is_zip=is_zip)
        self._note(id, tries, lambda run: print_runs.finish(run, name, left_out=left_out))

    def _printed(self, id: int, tries: int, table: type, record_id: int) -> Printed:
        """One document. Where others print too, wait for a place; what came to no end once is tried once more."""
        failures = 0
        for _try in range(BUSY_TRIES):
            try:
                with gevent.Timeout(TRY_S, Failed("too slow")):
                    return printouts.of_record(db.session.get_one(table, record_id))
            except Busy:
                time.sleep(Busy.retry_after_s)
            except (Failed, OutOfReach):
                failures += 1
                if failures > 1:
                    raise
            finally:
                look_again()
            self._hold(id, tries, print_runs.hold)
        raise Failed("busy")

    def _hold(self, id: int, tries: int, verb) -> None:
        """Renew the claim. Raises Lost."""
        if not self._note(id, tries, verb, LEASE):
            raise Lost

    def _note(self, id: int, tries: int, verb, *words) -> bool:
        """Whether the run was still ours to note something of."""
        with writing():
            run = print_runs.claimed(id, tries)
            if run:
                verb(run, *words)
            return run is not None

    def _bound(self, printed: list[Printed], *, is_zip: bool) -> str:
        """All of them as one file, whole before anybody can see it. Raises NoRoom, Refused (too_long)."""
        name = f"{secrets.token_hex(16)}.{'zip' if is_zip else 'pdf'}"
        draft = self.folder / f"{name}.part"
        try:
            with full_disk.told():
                self.folder.mkdir(parents=True, exist_ok=True)
                if is_zip:
                    packed(printed, draft)
                else:
                    self.app.extensions["press"].bundle([each.path for each in printed], draft)
                draft.replace(self.folder / name)
        finally:
            draft.unlink(missing_ok=True)
        return name

    def _sweep(self) -> None:
        """Throw away the files of yesterday, and whatever a killed server left, done or half done."""
        if self._swept_at and time.monotonic() - self._swept_at < SWEEP_S:
            return
        self._swept_at = time.monotonic()
        with self.app.app_context(), writing():
            old = print_runs.forget_old()
        oldest = time.time() - print_runs.KEPT.total_seconds()
        for path in self.folder.glob("*"):
            with contextlib.suppress(OSError):
                if path.name in old or path.stat().st_mtime < oldest:
                    path.unlink()


def packed(printed: list[Printed], target: Path) -> None:
    """A ZIP of them. They are compressed already."""
    taken: dict[str, int] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for each in printed:
            taken[each.name] = number = taken.get(each.name, 0) + 1
            stem, dot, kind = each.name.rpartition(".")
            archive.write(each.path, each.name if number == 1 else f"{stem}-{number}{dot}{kind}")
            time.sleep(0)  # others first


@event.listens_for(db.session, "after_flush")
def notice_runs(session: Session, _context) -> None:
    if any(isinstance(record, PrintRun) for record in session.new):
        session.info["print_runs"] = True


@event.listens_for(db.session, "after_commit")
def wake_for_runs(session: Session) -> None:
    if not session.in_nested_transaction() and session.info.pop("print_runs", False):
        current_app.extensions["printer"].wake()
