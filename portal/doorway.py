"""Who is served when: one request a turn of the loop, and the crowd that comes back after a restart waits outside."""

import re
import socket
from collections import deque
from collections.abc import Callable

import gevent
from gevent.event import Event

DOORMEN = 8  # streams that are let in side by side: some wait for the database meanwhile
HEAD_BYTES = 8192
# A path, without a query: what only ends like one may be large or slow, and a doorman would wait with it.
STREAM = re.compile(rb"GET [^\s?]+/live HTTP/1\.[01]\r\n(?:.+\r\n)*\r\n")


class Doorway:
    """Where those wait who ask for a stream: as bare connections, in the order of coming.

    When a server comes back, so does every page that was open, within two seconds. A greenlet for each would take
    memory that is not given back, and every other page would stand behind them. `serve` is what a few doormen do
    with each connection.
    """

    def __init__(self, serve: Callable):
        self._serve = serve
        self._waiting: deque[tuple] = deque()
        self._doormen = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def takes(self, connection, address) -> bool:
        """Whether `connection` asks for a stream, and has said all of it, so that no doorman waits for more."""
        try:
            head = connection._sock.recv(HEAD_BYTES, socket.MSG_PEEK)
        except OSError:  # nothing said yet, or gone again
            return False
        if not STREAM.fullmatch(head):
            return False
        self._waiting.append((connection, address))
        if self._doormen < min(DOORMEN, len(self._waiting)):
            self._doormen += 1
            gevent.spawn(self._let_in)
        return True

    def close(self) -> None:
        """Nobody more is let in."""
        while self._waiting:
            connection, _address = self._waiting.popleft()
            connection.close()

    def _let_in(self) -> None:
        try:
            while self._waiting:
                self._serve(*self._waiting.popleft())
        finally:
            self._doormen -= 1


class Turnstile:
    """Lets one request in per turn of the loop, in the order of coming.

    A loop that finds fifty sockets ready would serve all fifty before it looks at a timer, a stream or a new socket
    again: with pages of 30 ms it stood still for two seconds.
    """

    def __init__(self):
        self._waiting: deque[Event] = deque()
        self._is_taken = False
        self._timer = gevent.get_hub().loop.timer(0)

    def pass_through(self) -> None:
        if self._is_taken:
            turn = Event()
            self._waiting.append(turn)
            turn.wait()
        else:
            self._take()

    def _take(self) -> None:
        self._is_taken = True
        self._timer.start(self._next)

    def _next(self) -> None:
        self._is_taken = False
        if self._waiting:
            self._take()
            self._waiting.popleft().set()
