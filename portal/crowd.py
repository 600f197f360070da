"""The places of a server: who keeps one without a request, or with a slow one, gives it back when few are left."""

import contextlib
import socket
import time
from collections.abc import Iterator

import gevent
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler

from portal.throttle import household

FEW = 0.2  # of all places: from here on nobody keeps one without a request
IDLE_S = 1.0  # how long one may be kept so, then
SLOW_S = 5.0  # a client that keeps us waiting for longer is slow
SHARE = 0.1  # of all places: more slow clients than that are too many from one address, when few places are left


class Places:
    """A bounded number of connections, each in a greenlet of `pool`.

    One that is open and asks nothing has a place too, and so has one that sends its request byte by byte. Were all
    places such, nobody new would be accepted.
    """

    def __init__(self, total: int):
        self.pool = Pool(total)
        self._idle: dict[WSGIHandler, float] = {}  # who has asked nothing whole, and since when; the longest first
        self._waited_for: set[WSGIHandler] = set()  # whose body is still to come, or who does not read the answer
        self._steward: gevent.Greenlet | None = None

    @property
    def are_few(self) -> bool:
        return self.pool.free_count() <= self.pool.size * FEW

    def ask_nothing(self, handler: WSGIHandler) -> None:
        self._idle[handler] = time.monotonic()

    def ask(self, handler: WSGIHandler) -> None:
        self._idle.pop(handler, None)

    @contextlib.contextmanager
    def waited_for(self, handler: WSGIHandler) -> Iterator[None]:
        self._waited_for.add(handler)
        try:
            yield
        finally:
            self._waited_for.discard(handler)

    def keep_some(self) -> None:
        """See to it that somebody new finds a place, for as long as few are left."""
        if self.are_few and not self._steward:
            self._steward = gevent.spawn(self._make_room)

    def _make_room(self) -> None:
        while self.are_few:
            self.take_back(IDLE_S)
            self._take_back_from_slow()
            gevent.sleep(IDLE_S / 4)

    def take_back(self, idle_s: float) -> None:
        """Hang up on those who have asked nothing for so long."""
        until = time.monotonic() - idle_s
        while self._idle and self._idle[first := next(iter(self._idle))] <= until:
            del self._idle[first]
            hang_up(first.socket)

    def _take_back_from_slow(self) -> None:
        """Where one address has its share of places in slow connections already, none of its others is waited for."""
        until, share = time.monotonic() - SLOW_S, max(1, int(self.pool.size * SHARE))
        by_caller: dict[str, list[WSGIHandler]] = {}
        for handler in sorted(self._waited_for, key=lambda handler: handler.begun):
            # Without an environ it is being told that its head was bad.
            caller = household(handler.environ["REMOTE_ADDR"]) if handler.environ else ""
            by_caller.setdefault(caller, []).append(handler)
        by_caller.pop("", None)  # callers that cannot be told apart
        for theirs in by_caller.values():
            if len(theirs) > share and theirs[share - 1].begun <= until:
                for handler in theirs[share:]:
                    hang_up(handler.socket)


def hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
