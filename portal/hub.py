"""The open streams of the server: bare descriptors, and one greenlet that writes to all of them.

A greenlet and a queue for each stream took 24 KB a viewer. Here the connection leaves its greenlet as soon as its head
is written; what stays is a descriptor in one epoll, itself a single watcher of gevent's loop, and a line in a table.
Nothing is kept for a viewer who does not take what is written: it is dropped, comes back and looks again.
"""

import contextlib
import logging
import os
import time

import gevent
from gevent.event import Event
from gevent.monkey import get_original

from portal import live
from portal.live import BEAT, GONE, Viewer, Viewers

log = logging.getLogger("porchlight")

EPOLLRDHUP = 0x2000  # the other side has hung up; not in `select` once gevent has patched it
SLICE_S = 0.005  # after so long of writing, everybody else has a turn
ASK_S = 2.0  # a database that has not said by then whether a session is good is not waited for
SLOTS = 60  # beats are spread: every tick writes to one in so many

Due = dict[Viewer, int | None]  # who is to be told, and of which Event; None: a beat


class Hub:
    """Writes to the viewers whose connections it was given, and lets go of those who hung up.

    Linux only: `is_possible` says whether there is an epoll.
    """

    def __init__(self, viewers: Viewers):
        self.viewers = viewers
        self._by_descriptor: dict[int, Viewer] = {}
        self._due: Due = {}
        self._due_by_session: dict[str, Due] = {}  # the database is asked about them: customers do not wait for that
        self._has_due, self._has_sessions = Event(), Event()
        self._epoll = get_original("select", "epoll")()  # gevent hides it: it would block the loop, were it waited on
        self._watcher = gevent.get_hub().loop.io(self._epoll.fileno(), 1)
        self._watcher.start(self._reap)
        self._greenlets = [gevent.spawn(run) for run in (self._tell_who_is_due, self._tell_sessions, self._beat)]

    def close(self) -> None:
        gevent.killall(self._greenlets)
        self._watcher.stop()
        self._watcher.close()
        self._epoll.close()

    def take(self, viewer: Viewer, descriptor: int, first_words: bytes) -> None:
        """From here on `descriptor` is the hub's. `first_words` begin the answer; what rang meanwhile comes after."""
        note, viewer.outlet, viewer.descriptor = viewer.outlet, self, descriptor
        self._by_descriptor[descriptor] = viewer
        self._epoll.register(descriptor, EPOLLRDHUP)  # errors and whole hang-ups are told unasked
        if self._write(viewer, first_words):
            if note.last_word:
                self.end(viewer, note.last_word)
            elif note.number:
                self.tell(viewer, note.number)

    def tell(self, viewer: Viewer, number: int) -> None:
        """Write now. Whether a session is still good cannot be asked inside somebody's commit: those wait a turn."""
        if isinstance(viewer.key, str):
            self.tell_in_turn(viewer, number)
        else:
            self._due.pop(viewer, None)
            self._tell(viewer, number)

    def tell_in_turn(self, viewer: Viewer, number: int | None) -> None:
        """Write soon, with pauses for everybody else. None is a beat."""
        if isinstance(viewer.key, str):
            due, has_due = self._due_by_session.setdefault(viewer.key, {}), self._has_sessions
        else:
            due, has_due = self._due, self._has_due
        due[viewer] = max(number or 0, due.get(viewer) or 0) or None
        has_due.set()

    def end(self, viewer: Viewer, last_word: bytes) -> None:
        if self._write(viewer, last_word):
            self._drop(viewer)

    def _tell_who_is_due(self) -> None:
        while True:
            self._has_due.wait()
            self._has_due.clear()
            until = time.monotonic() + SLICE_S
            while self._due:
                viewer = next(iter(self._due))
                self._tell(viewer, self._due.pop(viewer))
                if time.monotonic() > until:
                    gevent.sleep(0)
                    until = time.monotonic() + SLICE_S

    def _tell_sessions(self) -> None:
        while True:
            self._has_sessions.wait()
            self._has_sessions.clear()
            while self._due_by_session:
                session = next(iter(self._due_by_session))
                # Taken out before it is asked about: what rings meanwhile may be its end, and is asked about anew.
                self._tell_session(session, self._due_by_session.pop(session))
                gevent.sleep(0)

    def _tell_session(self, session: str, due: Due) -> None:
        is_good = self._is_good(session)
        for viewer, number in due.items():
            if is_good:
                self._tell(viewer, number)
            elif is_good is False:
                self.end(viewer, GONE)
            elif number is not None and viewer.descriptor is not None:
                self._drop(viewer)  # it would not hear of this again; it comes back and looks

    def _is_good(self, session: str) -> bool | None:
        """None when that cannot be asked now."""
        try:
            with gevent.Timeout(ASK_S):
                return self.viewers.is_good(session)
        except (Exception, gevent.Timeout):
            log.warning("cannot ask whether a session is good: its pages are told nothing until that can be asked")
            return None

    def _tell(self, viewer: Viewer, number: int | None) -> None:
        if number is None:
            self._write(viewer, BEAT)
        elif number > viewer.seen:
            viewer.seen = number
            self._write(viewer, self.viewers.news(viewer.topic, number))

    def _beat(self) -> None:
        """Everybody hears something once in BEAT_S: proxies cut what is silent, and a session's end is noticed."""
        slot = 0
        while True:
            gevent.sleep(live.BEAT_S / SLOTS)
            slot = (slot + 1) % SLOTS
            for descriptor in range(slot, max(self._by_descriptor, default=-1) + 1, SLOTS):
                viewer = self._by_descriptor.get(descriptor)
                if viewer:
                    self.tell_in_turn(viewer, None)

    def _reap(self) -> None:
        for descriptor, _what in self._epoll.poll(0):
            if descriptor in self._by_descriptor:
                self._drop(self._by_descriptor[descriptor])

    def _write(self, viewer: Viewer, words: bytes) -> bool:
        """False when the viewer did not take all of it, and is gone."""
        if viewer.descriptor is None:
            return False
        try:
            is_told = os.write(viewer.descriptor, words) == len(words)
        except OSError:  # would block, or hung up
            is_told = False
        if not is_told:
            self._drop(viewer)
        return is_told

    def _drop(self, viewer: Viewer) -> None:
        descriptor, viewer.descriptor = viewer.descriptor, None
        self._due.pop(viewer, None)
        self.viewers.let_go(viewer)
        del self._by_descriptor[descriptor]
        # Closing would do, were there never a second descriptor of the same connection for a moment.
        with contextlib.suppress(OSError):
            self._epoll.unregister(descriptor)
        os.close(descriptor)


def is_possible() -> bool:
    """Whether this system has an epoll. Where it has none, each stream holds a greenlet."""
    try:
        get_original("select", "epoll")
    except AttributeError:
        return False
    return True
