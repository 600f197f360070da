"""The real server before clients that are slow, endless, silent or odd: each is let go, and honest ones go on."""

import os
import re
import signal
import socket
import time

import pytest
import requests

from portal.db import look_again
from portal.domain import messages
from tests.conftest import ImpatientServer, RunningServer, free_port, wait_for
from tests.factories import Shop
from tests.streams import Listener

DEADLINE_S = 1.5  # as in tests/impatient_server.py
AT_MOST_S = 12  # a machine may be busy; without a deadline nobody is ever let go


@pytest.fixture(scope="module")
def running(empty_database, tmp_path_factory):
    """One impatient server for the tests below, which leave it as they found it, and its shop."""
    folder = tmp_path_factory.mktemp("http")
    (folder / "porchlight.db").write_bytes(empty_database.read_bytes())
    server = ImpatientServer(folder, free_port())
    app = server.app()
    with app.app_context():
        yield server, Shop(app)
        app.extensions["sqlalchemy"].session.remove()
        app.extensions["sqlalchemy"].engine.dispose()
    assert server.stop() == 0


@pytest.fixture
def server(running):
    """The impatient server, which must not have been shaken when the test is over."""
    server, _shop = running
    before = len(server.lines)
    yield server
    assert requests.get(f"{server.url}/healthz", timeout=AT_MOST_S).text == "ok\n"
    assert [line for line in server.lines[before:] if re.search(r"Traceback|HTTP/\S+ 500 ", line)] == []


class Client:
    """A raw connection."""

    def __init__(self, server: RunningServer, *, reads_little: bool = False):
        self.socket = socket.socket()
        if reads_little:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(AT_MOST_S)
        self.socket.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_trouble) -> None:
        self.socket.close()

    def say(self, text: str) -> "Client":
        self.socket.sendall(text.encode("latin-1"))
        return self

    def hear(self) -> str:
        """Everything until the server hangs up."""
        heard = b""
        while data := self.socket.recv(65536):
            heard += data
        return heard.decode("latin-1")

    def hear_to(self, end: bytes) -> bytes:
        """Everything until what was heard ends with `end`: an answer may come in pieces."""
        heard = b""
        while not heard.endswith(end) and (data := self.socket.recv(65536)):
            heard += data
        return heard

    def is_told_to_go_on(self) -> bool:
        return self.hear_to(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"

    def is_let_go(self, drip: bytes) -> bool:
        """Sends `drip` now and again until the server hangs up."""
        begun = time.monotonic()
        self.socket.settimeout(0.1)
        while time.monotonic() < begun + AT_MOST_S:
            try:
                self.socket.sendall(drip)
                if not self.socket.recv(65536):
                    return True
            except TimeoutError:
                continue
            except OSError:
                return True
        return False


def post(path: str, length: int | str, *headers: str) -> str:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {length}", *headers]
    return "\r\n".join([*lines, "", ""])


FORM = "Content-Type: application/x-www-form-urlencoded"
EXPECTS = "Expect: 100-continue"  # answered when a route begins to read the body: the request is under way


# --- slow clients ---------------------------------------------------------------------------------------------------

SLOW = {
    "a request line": ("", b"G"),
    "headers": ("GET /healthz HTTP/1.1\r\nHost: localhost\r\n", b"X-a: b\r\n"),
    "one header": ("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-a: ", b"b"),
    "nothing at all": ("", b""),
    "a body that is read": (post("/staff/sign-in", 100_000, FORM), b"a"),
    "a body that nobody reads": (post("/nowhere", 100_000), b"a"),
    "a body of a bad link": (post("/portal/wo/nobodys/help", 100_000, FORM), b"a"),
    "chunks": ("POST /nowhere HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
}


@pytest.mark.parametrize("what", SLOW)
def test_who_dribbles_is_let_go_and_an_honest_request_answered_meanwhile(server, what):
    begin, drip = SLOW[what]
    clients = [Client(server).say(begin) for _client in range(20)]
    assert requests.get(f"{server.url}/healthz", timeout=AT_MOST_S).ok
    assert [client.is_let_go(drip) for client in clients] == [True] * 20
    for client in clients:
        client.socket.close()


@pytest.mark.parametrize("path", ["/nowhere", "/staff/sign-in"])
def test_a_body_without_end_is_not_read_for_ever(server, path):
    with Client(server).say(post(path, 10**12, FORM)) as client:
        assert client.is_let_go(b"a" * 100_000)


def test_who_never_reads_is_let_go(server):
    with Client(server, reads_little=True) as client:
        client.socket.settimeout(DEADLINE_S)
        request = f"GET /staff/sign-in HTTP/1.1\r\nHost: localhost\r\nX-a: {'a' * 5000}\r\n\r\n"
        with pytest.raises(OSError):  # first the server's answers pile up, then it takes no more requests
            client.say(request * 20_000)
        assert requests.get(f"{server.url}/healthz", timeout=AT_MOST_S).ok
        wait_for(lambda: has_hung_up(client), "the server to hang up", within_s=AT_MOST_S)


def has_hung_up(client: Client) -> bool:
    """Whether a send is refused by a reset, rather than kept waiting."""
    try:
        client.socket.send(b"G")
    except (BlockingIOError, TimeoutError):
        return False
    except OSError:
        return True
    return False


def test_a_kept_connection_that_is_idle_is_let_go(server):
    with Client(server) as client:
        for _request in range(2):
            assert client.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").hear_to(b"ok\n").endswith(b"ok\n")
        assert client.hear() == ""


def test_a_kept_connection_serves_the_next_request_after_a_body_nobody_read(server):
    session = requests.Session()
    assert session.post(f"{server.url}/nowhere", data=b"a" * 100_000, timeout=AT_MOST_S).status_code == 404
    assert session.get(f"{server.url}/healthz", timeout=AT_MOST_S).text == "ok\n"


# --- refusals that can be read --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [3_000_000, 12_000_000, 24_000_000, 40_000_000])
@pytest.mark.parametrize("path", ["/staff/sign-in", "/nowhere"])
def test_who_sends_too_much_gets_to_read_why(server, path, size):
    answer = requests.post(server.url + path, data=b"a" * size, headers=dict([FORM.split(": ")]), timeout=AT_MOST_S)
    assert answer.status_code == 413 if path == "/staff/sign-in" else answer.status_code in (404, 413)
    assert "<h1>" in answer.text


def test_only_who_is_signed_in_may_send_a_picture(server):
    answer = requests.post(f"{server.url}/staff/me/photo", data=b"a" * 30_000_000, timeout=AT_MOST_S)
    assert answer.status_code in (400, 413)


def test_who_does_not_say_how_long_a_body_is_gets_to_read_that_it_must(server):
    chunks = iter([b"a" * 1000] * 10)
    answer = requests.post(f"{server.url}/staff/sign-in", data=chunks, timeout=AT_MOST_S)
    assert answer.status_code == 411
    assert "didn’t say how long" in answer.text


# --- odd requests ---------------------------------------------------------------------------------------------------

LINES = {
    "no such version": "GET {path} HTTP/9.9",
    "half a version": "GET {path} HTTP/1",
    "no version": "POST {path}",
    "too many words": "GET {path} {path} HTTP/1.1",
    "no request": "{path}",
    "a strange method": "PORCH {path} HTTP/1.1",
    "a method of signs": "GE\x00T {path} HTTP/1.1",
    "TRACE": "TRACE {path} HTTP/1.1",
    "CONNECT": "CONNECT {path} HTTP/1.1",
    "OPTIONS": "OPTIONS {path} HTTP/1.1",
    "OPTIONS *": "OPTIONS * HTTP/1.1",
    "DELETE": "DELETE {path} HTTP/1.1",
    "a whole address": "GET http://localhost{path} HTTP/1.1",
    "a doubled slash": "GET /{path} HTTP/1.1",
    "escaped slashes": "GET {escaped} HTTP/1.1",
    "needless escapes": "GET {needless} HTTP/1.1",
    "a long address": "GET {path}/{long} HTTP/1.1",
    "a broken escape": "GET {path}%zz%ff%00 HTTP/1.1",
    "bytes": "GET {path}\xff\xfe HTTP/1.1",
}
BROKEN_HEADERS = {
    "a negative length": "Content-Length: -1",
    "a length of letters": "Content-Length: many",
    "a length that is none": "Content-Length: ²",
    "no colon": "nothing",
    "many": "\r\n".join(f"X-{number}: a" for number in range(300)),
    "a long one": f"X-a: {'a' * 70_000}",
}


@pytest.fixture(scope="module")
def path(running) -> str:
    _server, shop = running
    return shop.path(shop.work_order())


def ask(server, text: str) -> str:
    with Client(server) as client:
        try:
            return client.say(text + "\r\n\r\n").hear()
        except ConnectionError:
            return ""


def no_token_in(lines: list[str], path: str) -> bool:
    token = path.rpartition("/")[2]
    return not any(token in line or token[:12] in line for line in lines)


@pytest.mark.parametrize("what", LINES)
def test_an_odd_request_is_answered_plainly_and_its_secret_not_written_down(server, path, what):
    token = path.rpartition("/")[2]
    needless = "/%70ortal/wo/" + "".join(f"%{ord(letter):02x}" for letter in token)
    words = {"path": path, "escaped": path.replace("/", "%2F"), "needless": needless, "long": "a" * 9000}
    before = len(server.lines)
    answer = ask(server, LINES[what].format(**words) + "\r\nHost: localhost\r\nConnection: close")
    assert answer.startswith("HTTP/1.1 ")
    assert answer.split()[1] in ("200", "400", "404", "405", "414")
    requests.get(f"{server.url}/healthz", timeout=AT_MOST_S)
    wait_for(lambda: any("/healthz" in line for line in server.lines[before:]), "the log")
    assert no_token_in(server.lines[before:], path), server.lines[before:]
    assert not any(token_escaped in line for token_escaped in [needless[-20:]] for line in server.lines[before:])


@pytest.mark.parametrize("what", BROKEN_HEADERS)
def test_broken_headers_are_refused(server, path, what):
    before = len(server.lines)
    answer = ask(server, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{BROKEN_HEADERS[what]}")
    assert answer == "" or answer.split()[1] in ("200", "400", "413", "431")
    assert no_token_in(server.lines[before:], path)


def test_headers_are_kept_up_to_a_bound(server):
    """Each connection could else have 6 MB of them kept, and a thousand connections all of a machine's memory."""
    line = f"X-a: {'b' * 993}\r\n"
    begun = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    for lines, code in ((32, "200"), (33, "400")):
        assert ask(server, begun + (lines * line).rstrip()).split()[1] == code


def test_a_link_behind_options_or_another_method_is_like_one_that_does_not_exist(server, path):
    for method in ("OPTIONS", "DELETE", "TRACE", "PORCH"):
        real, made_up = (requests.request(method, server.url + p, timeout=20) for p in (path, "/portal/wo/nobodys"))
        assert (real.status_code, real.text) == (made_up.status_code, made_up.text)
        assert real.status_code == 404
        assert "Allow" not in real.headers


def test_a_log_line_cannot_be_forged(server):
    before = len(server.lines)
    ask(server, "GET /nowhere%0aFORGED%1b[31m HTTP/1.1\r\nHost: localhost\r\nConnection: close")
    wait_for(lambda: any("nowhere" in line for line in server.lines[before:]), "the log")
    assert not any(line.startswith("FORGED") or "\x1b" in line for line in server.lines[before:])


# --- the stop -------------------------------------------------------------------------------------------------------


@pytest.fixture
def stopping(data_dir):
    """A server of the test's own, with product deadlines, and its shop."""
    server = RunningServer(data_dir, free_port(), STREAMS_PER_LINK="300", STREAMS_PER_ADDRESS="300")
    app = server.app()
    with app.app_context():
        yield server, Shop(app)
        app.extensions["sqlalchemy"].session.remove()
        app.extensions["sqlalchemy"].engine.dispose()
    if server.process.poll() is None:
        server.kill()


def test_a_stop_lets_a_request_in_flight_end_and_says_goodbye_to_every_stream(stopping):
    server, shop = stopping
    job = shop.work_order()
    path = shop.path(job)
    pages = [Listener(server.url + path) for _page in range(200)]
    for page in pages:
        page.next("version")
    body = "about=visit&message=Please+call+me."

    with Client(server) as idle, Client(server) as client:
        idle.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").hear_to(b"ok\n")
        client.say(post(f"{path}/help", len(body), FORM, EXPECTS) + body[:10])
        assert client.is_told_to_go_on()
        os.kill(server.process.pid, signal.SIGTERM)
        asked_at = time.monotonic()
        assert [page.last_event() for page in pages] == ["bye"] * 200
        assert idle.hear() == ""
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{server.url}/healthz", timeout=5)
        answer = client.say(body[10:]).hear()

    assert answer.startswith("HTTP/1.1 303 ")
    assert "connection: close" in answer.lower()
    # Service managers and Docker kill what is still there after ten seconds.
    assert server.process.wait(asked_at + 10 - time.monotonic()) == 0
    assert not any("Traceback" in line for line in server.lines)
    look_again()
    assert [message.body for message in messages.open_on(job)] == ["Please call me."]


def test_a_stop_does_not_wait_for_somebody_who_dribbles(stopping):
    server, _shop = stopping
    with Client(server) as client:
        client.say(post("/staff/sign-in", 1000, FORM) + "a")
        assert requests.get(f"{server.url}/healthz", timeout=20).ok
        assert server.stop() == 0
