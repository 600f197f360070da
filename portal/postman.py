"""The postman: a greenlet that takes due mail out of the outbox, one at a time, and hands it to the mail server.

Nobody waits for him: requests leave a row and go. He claims a row in one transaction, sends outside of any, and notes
in another how it went. Several processes may each have one: a claim is one process's alone.
"""

import logging
import threading
import time
from datetime import timedelta

import gevent
from flask import Flask, current_app
from sqlalchemy import event
from sqlalchemy.orm import Session

from models import Mail, db
from portal import clock, letters, printouts
from portal.db import look_again, writing
from portal.domain import delivery, outbox
from portal.domain.refusals import KeyLost
from portal.outside.letter import Attachment, Trouble
from portal.outside.worker import Failed
from portal.turns import WriteBusy

log = logging.getLogger("porchlight")

TOTAL_S = 150.0  # one letter, however slowly the server talks
PAPER_S = 75.0  # the PDF that goes along: a place in the line, and the time that its child may take
LEASE = timedelta(seconds=TOTAL_S + PAPER_S + 60)
LOOK_S = 30.0  # how often to look for what another process left
PAUSE_S = 60.0  # how long to leave a server alone that takes nobody's mail
PAPER_MOST_BYTES = 8_000_000  # a letter that is larger many servers refuse
NOTE_AGAIN_S = (0.5, 2, 5, 10)  # a letter that went must not go again because the database was busy


class Postman:
    def __init__(self, app: Flask):
        self.app = app
        self._news = threading.Event()
        self._is_stopping = False

    def wake(self) -> None:
        self._news.set()

    def stop(self) -> None:
        """Finish the letter in hand, then rest. Whoever cannot wait for that kills the greenlet."""
        self._is_stopping = True
        self.wake()

    def run(self) -> None:
        """Deliver until told to stop, in a greenlet of its own."""
        while not self._is_stopping:
            self._news.clear()
            try:
                self._round()
                wait_s = self._rest_s()
            except Trouble:
                wait_s = self._rest_at_the_door()
            except Exception:
                log.exception("mail: the outbox could not be read; looking again")
                wait_s = self._rest_at_the_door()
            if wait_s and not self._is_stopping:
                self._news.wait(wait_s)

    def _rest_at_the_door(self) -> float:
        """Nobody's mail goes: new mail is no reason to knock again at once. Waits by itself, unless told to stop."""
        until = time.monotonic() + PAUSE_S
        while not self._is_stopping and (left := until - time.monotonic()) > 0:
            self._news.wait(left)
            self._news.clear()
        return 0.0

    def _round(self) -> None:
        while not self._is_stopping and self._deliver_next():
            pass

    def _rest_s(self) -> float:
        with self.app.app_context():
            due = delivery.next_due()
            return min(LOOK_S, clock.seconds_until(due)) if due else LOOK_S

    def _deliver_next(self) -> bool:
        """Deliver the mail that is due longest; False when none is. Raises Trouble when nobody's mail would go."""
        with self.app.app_context():
            claimed = self._claim()
            if claimed is None:
                return False
            id, tries = claimed
            try:
                self._send(id)
            except Trouble as trouble:
                log.warning("mail %d, try %d: %s", id, tries, trouble.reason)
                self._note(id, tries, delivery.give_up if trouble.is_final else delivery.put_off, trouble.reason)
                if trouble.is_everybodys:
                    raise
            except Exception:
                log.exception("mail %d, try %d: could not be written", id, tries)
                self._note(id, tries, delivery.put_off, "ours")
            except BaseException:  # told to stop at once
                self._note(id, tries, delivery.hand_back)
                raise
            else:
                self._note(id, tries, delivery.sent)
                log.info("mail %d sent", id)
        return True

    def _claim(self) -> tuple[int, int] | None:
        """The id of the mail that is due longest, and its how manieth try this is."""
        with writing():
            mail = delivery.claim(LEASE)
            return mail and (mail.id, mail.tries)

    def _send(self, id: int) -> None:
        """Write the letter, let go of the database, hand the letter over."""
        from portal.outside import mail as outside  # what spells and sends letters: 1 MB that many a shop never needs

        server = self.app.extensions["settings"].mail
        try:
            paper = self._paper(id)
            with writing():
                mail = db.session.get_one(Mail, id)
                why_not = outbox.obstacle(mail)
                way_in = "" if why_not else letters.way_in(mail)
            if why_not:
                raise Trouble(why_not, is_final=True)
            letter = letters.write(mail, way_in, paper)
        except KeyLost as error:
            raise Trouble("key", is_final=True) from error
        finally:
            look_again()
        message = outside.compose(letter, server)
        with gevent.Timeout(TOTAL_S, Trouble("no answer", is_everybodys=True)):
            outside.send(server, message)

    def _paper(self, id: int) -> Attachment | None:
        """What goes along with the letter. Without it the letter still goes: its link leads to the same."""
        record = letters.goes_with(db.session.get_one(Mail, id))
        if record is None:
            return None
        try:
            with gevent.Timeout(PAPER_S, Failed("too slow")):
                printed = printouts.of_record(record)
            content = printed.path.read_bytes()
        except printouts.TROUBLES as trouble:
            log.warning("mail %d: goes without its PDF (%s)", id, trouble or type(trouble).__name__)
            return None
        return Attachment(name=printed.name, content=content) if len(content) <= PAPER_MOST_BYTES else None

    def _note(self, id: int, tries: int, verb, *words: str) -> None:
        """Note how a claimed mail fared, unless the claim ran out meanwhile and it is another's."""
        for pause_s in (*NOTE_AGAIN_S, None):
            try:
                with writing():
                    mail = delivery.claimed(id, tries)
                    if mail:
                        verb(mail, *words)
                return
            except WriteBusy:
                if pause_s is None:
                    raise
                time.sleep(pause_s)


@event.listens_for(db.session, "after_flush")
def notice_mail(session: Session, _context) -> None:
    if any(isinstance(record, Mail) for record in session.new):
        session.info["mail"] = True


@event.listens_for(db.session, "after_commit")
def wake_for_mail(session: Session) -> None:
    if not session.in_nested_transaction() and session.info.pop("mail", False):
        current_app.extensions["postman"].wake()
