"""The load side of bench.live: `python -m bench.watchers PORT PATHS` holds streams and says what they heard.

One process, one epoll, no thread, no browser. Reads one command a line, answers with one JSON object a line:

    open COUNT FIRST    open streams of so many paths, from that one on, as fast as they are answered
    hear COUNT          wait until so many streams were told a version; the moments at which they were (CLOCK_MONOTONIC)
    end COUNT           wait until so many streams were closed by the server; the moments, and how many were told why
    close               hang up on all

Connections come from several loopback addresses: one has no more than 28,000 ports.
"""

import contextlib
import json
import resource
import select
import socket
import sys
import time
from pathlib import Path

WITHIN_S = 60
AT_A_TIME = 400  # connections that are being opened: fewer than any server's backlog
PER_ADDRESS = 4_000


class Watchers:
    """The open streams."""

    def __init__(self, port: int, paths: list[str]):
        self.port, self.paths = port, paths
        self.epoll = select.epoll()
        self.streams: dict[int, socket.socket] = {}
        self.coming: dict[int, float] = {}  # descriptor -> when it was begun
        self.requests: dict[int, bytes] = {}
        self.refused = 0
        self.heard: list[float] = []
        self.ended: list[float] = []
        self.told_why = 0

    def open(self, count: int, first: int) -> dict:
        wanted = iter(self.paths[first : first + count])
        begun, taken, goal, busy = time.monotonic(), [], len(self.streams) + count, time.process_time()
        while len(self.streams) - len(self.coming) + self.refused < goal:
            while len(self.coming) < AT_A_TIME and (path := next(wanted, None)):
                self._begin(path)
            taken += self._listen()
            assert time.monotonic() < begun + 4 * WITHIN_S, (
                f"{len(self.streams)} of {goal} streams, {self.refused} refused"
            )
        seconds = time.monotonic() - begun
        self.heard.clear()
        busy = (time.process_time() - busy) / seconds
        return {"seconds": seconds, "taken_ms": sorted(taken), "refused": self.refused, "busy": busy}

    def _begin(self, path: str) -> None:
        stream = socket.socket()
        stream.setblocking(False)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: choose the port when connecting
        stream.bind((f"127.0.0.{2 + len(self.streams) // PER_ADDRESS}", 0))
        with contextlib.suppress(BlockingIOError):
            stream.connect(("127.0.0.1", self.port))
        request = f"GET {path}/live HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept: text/event-stream\r\n\r\n"
        self.streams[stream.fileno()] = stream
        self.coming[stream.fileno()] = time.monotonic()
        self.epoll.register(stream.fileno(), select.EPOLLOUT)
        self.requests[stream.fileno()] = request.encode()

    def hear(self, count: int) -> dict:
        self._wait(lambda: len(self.heard) >= count)
        heard, self.heard = sorted(self.heard), []
        return {"at": heard}

    def end(self, count: int) -> dict:
        self._wait(lambda: len(self.ended) >= count)
        ended, self.ended = sorted(self.ended), []
        why, self.told_why = self.told_why, 0
        return {"at": ended, "told_why": why, "open": len(self.streams)}

    def close(self) -> dict:
        count = len(self.streams)
        for stream in self.streams.values():
            stream.close()
        self.streams.clear()
        self.coming.clear()
        self.heard.clear()
        self.refused = 0
        return {"closed": count}

    def _wait(self, is_done) -> None:
        until = time.monotonic() + WITHIN_S
        while not is_done() and time.monotonic() < until:
            self._listen()

    def _listen(self) -> list[float]:
        """Take in what has come. Gives the milliseconds of each stream that began."""
        begun = []
        for descriptor, what in self.epoll.poll(0.2, 1000):
            if what & select.EPOLLOUT:
                self.streams[descriptor].send(self.requests.pop(descriptor))
                self.epoll.modify(descriptor, select.EPOLLIN)
                continue
            now = time.monotonic()
            try:
                words = self.streams[descriptor].recv(65536)
            except OSError:
                words = b""
            if descriptor in self.coming and b"event: version" in words:
                begun.append((now - self.coming.pop(descriptor)) * 1000)
            elif b"event: version" in words:
                self.heard.append(now)
            self.told_why += b"event: gone" in words or b"event: bye" in words
            if not words or (descriptor in self.coming and not words.startswith(b"HTTP/1.1 200 ")):
                self._over(descriptor, now)
        return begun

    def _over(self, descriptor: int, now: float) -> None:
        if self.coming.pop(descriptor, None) is not None:
            self.refused += 1
        else:
            self.ended.append(now)
        self.streams.pop(descriptor).close()


def main(port: str, paths: str) -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    watchers = Watchers(int(port), Path(paths).read_text().split())
    for line in sys.stdin:
        verb, *numbers = line.split()
        print(json.dumps(getattr(watchers, verb)(*map(int, numbers))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
