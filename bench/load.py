"""The load side, in a process of its own: `python -m bench.load PORT PATH CONNECTIONS SECONDS` prints one JSON object.

Kept connections, raw sockets, the next request as soon as the last is answered whole. Says how busy it was itself: well
below 1, the server was what limited the rate.
"""

import json
import selectors
import socket
import sys
import time
from statistics import median

from bench.figures import p95


class Connection:
    """One kept connection that asks again and again."""

    def __init__(self, port: int, request: bytes):
        self.request = request
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self) -> None:
        self.asked = time.perf_counter()
        self.got, self.wanted, self.head = 0, None, b""
        self.socket.sendall(self.request)

    def hear(self) -> bool:
        """Take in what has come. Whether the answer is whole now."""
        data = self.socket.recv(1 << 18)
        assert data, "the server hung up"
        self.got += len(data)
        if self.wanted is None:
            self.head += data
            self.wanted = whole_length(self.head)
        return self.got == self.wanted


def whole_length(head: bytes) -> int | None:
    """Bytes of the answer that begins with `head`, its header lines included; None while those are not complete."""
    end = head.find(b"\r\n\r\n")
    if end < 0:
        return None
    assert head.startswith(b"HTTP/1.1 200 "), head[:40]
    length = head[:end].lower().split(b"\r\ncontent-length:", 1)[1].split(b"\r\n", 1)[0]
    return end + 4 + int(length)


def run(port: int, path: str, connections: int, seconds: float) -> dict:
    """Answers a second, their times in ms, and this process's share of one core (0 to 1)."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n\r\n".encode()
    selector = selectors.DefaultSelector()
    for _number in range(connections):
        connection = Connection(port, request)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.ask()
    taken_ms, start, worked = [], time.perf_counter(), time.process_time()
    while (now := time.perf_counter()) < start + seconds:
        for key, _events in selector.select(timeout=1):
            if key.data.hear():
                taken_ms.append((time.perf_counter() - key.data.asked) * 1000)
                key.data.ask()
    return {
        "requests": len(taken_ms),
        "per_s": len(taken_ms) / (now - start),
        "median_ms": median(taken_ms),
        "p95_ms": p95(taken_ms),
        "busy": (time.process_time() - worked) / (now - start),
    }


if __name__ == "__main__":
    port, path, connections, seconds = sys.argv[1:]
    print(json.dumps(run(int(port), path, int(connections), float(seconds))))
