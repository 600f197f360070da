"""A flood of links that open nothing, at the real server: ten thousand identical answers, and no more memory."""

import re
import secrets
import socket
from pathlib import Path

from portal.domain import links
from portal.domain.links import ALPHABET

FLOOD = 10_000
MOST_MB = 20


class Caller:
    """One connection that stays open."""

    def __init__(self, url: str):
        host, _colon, port = url.removeprefix("http://").partition(":")
        self.connection = socket.create_connection((host, int(port)), timeout=30)
        self.answers = self.connection.makefile("rb")

    def ask(self, path: str, method: str = "GET") -> bytes:
        """The whole answer but for the time of day."""
        self.connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".encode())
        head = b"".join(iter(self.answers.readline, b"\r\n"))
        length = int(re.search(rb"Content-Length: (\d+)", head)[1])
        return re.sub(rb"Date: [^\r]+\r\n", b"", head) + self.answers.read(length)

    def close(self) -> None:
        self.connection.close()


def memory_mb(pid: int) -> float:
    return int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def bad_addresses(token: str):
    """Endless: made-up tokens of every kind, and a true one that was revoked, at every place a link leads to."""
    places = ("", "/live", "/help", "/seen", "/calendar.ics", "/photos/x.webp", "/unknown", "/")
    while True:
        made_up = "".join(secrets.choice(ALPHABET) for _ in range(27))
        for secret in (made_up, token, made_up.upper(), made_up[:26], made_up + "0", f"{made_up}%00", "null", "%ff"):
            for place in places:
                yield f"/portal/wo/{secret}{place}"
        yield f"/portal/quote/{made_up}"
        yield f"/portal/invoice/{token}"


def test_ten_thousand_bad_links_get_one_answer_and_leave_nothing_behind(server, open_shop):
    job = open_shop.work_order()
    token = open_shop.token(job)
    caller = Caller(server.url)
    assert b"200 OK" in caller.ask(f"/portal/wo/{token}")
    open_shop.do(links.revoke, job)
    expected = caller.ask("/portal/wo/x")
    assert b"404 NOT FOUND" in expected
    addresses = bad_addresses(token)
    for _ in range(300):
        assert caller.ask(next(addresses)) == expected
    before = memory_mb(server.process.pid)

    for number in range(FLOOD):
        address = next(addresses)
        method = "POST" if number % 7 == 0 else "GET"
        assert caller.ask(address, method) == expected, f"{method} {address}"

    assert memory_mb(server.process.pid) - before < MOST_MB
    caller.close()
