"""The real server with all its places taken by connections that ask nothing: whoever asks something is answered."""

import os
import socket

import pytest
import requests

from models import db
from portal import hub
from portal.domain import photos
from portal.doorway import DOORMEN
from tests.conftest import RunningServer, free_port, wait_for
from tests.factories import Shop
from tests.streams import WITHIN_S, Listener

PLACES = 20  # as in tests/small_server.py
SLOW_UPLOAD = (
    b"POST /staff/sign-in HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n."
)


class SmallServer(RunningServer):
    module = "tests.small_server"


@pytest.fixture
def small(data_dir, request):
    server = SmallServer(data_dir, free_port(), **getattr(request, "param", {}))
    app = server.app()
    with app.app_context():
        yield server, Shop(app)
        db.session.remove()
        db.engine.dispose()
    assert not any("Traceback" in line for line in server.lines), "".join(server.lines)[-3000:]
    assert server.stop() == 0


def connection(server, address: str = "127.0.0.1") -> socket.socket:
    place = ("127.0.0.1", int(server.url.rpartition(":")[2]))
    return socket.create_connection(place, timeout=WITHIN_S, source_address=(address, 0))


def is_answered(server) -> bool:
    return requests.get(f"{server.url}/healthz", timeout=WITHIN_S).ok


def keeps_its_place(kept: socket.socket) -> bool:
    kept.setblocking(False)
    try:
        return kept.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True


def test_those_who_were_answered_and_idle_keep_nobody_out(small):
    server, _shop = small
    sessions = [requests.Session() for _visitor in range(PLACES * 2)]
    answers = [session.get(f"{server.url}/healthz", timeout=WITHIN_S) for session in sessions]
    assert {answer.status_code for answer in answers} == {200}
    closed = [answer.headers.get("Connection") == "close" for answer in answers]
    assert closed[0] is False
    assert closed[-1] is True
    assert is_answered(server)


@pytest.mark.skipif(not hub.is_possible(), reason="this system has no epoll: streams hold places")
def test_those_who_say_nothing_keep_nobody_out(small):
    server, shop = small
    silent = [connection(server) for _socket in range(PLACES * 2)]
    assert is_answered(server)
    with Listener(server.url + shop.path(shop.work_order())) as page:
        page.next("version")
    for one in silent:
        one.close()


def test_those_who_have_idled_long_give_way_before_all_places_are_taken(small):
    server, _shop = small
    early = [connection(server) for _socket in range(PLACES * 3 // 4)]

    def give_way() -> bool:
        with connection(server), connection(server):
            assert is_answered(server)
            return not any(map(keeps_its_place, early))

    wait_for(give_way, "the idle connections to be closed")


def test_those_who_say_half_of_what_they_want_keep_nobody_out(small):
    server, _shop = small
    half = [connection(server) for _socket in range(PLACES * 2)]
    for one in half:
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
    assert is_answered(server)
    for one in half:
        one.close()


def slow_uploads(server, address: str, count: int) -> list[socket.socket]:
    uploads = [connection(server, address) for _socket in range(count)]
    for one in uploads:
        one.sendall(SLOW_UPLOAD)
    return uploads


def test_one_address_with_many_slow_uploads_keeps_nobody_out(small):
    server, _shop = small
    flood = slow_uploads(server, "127.0.0.2", PLACES * 2)
    assert is_answered(server)
    for one in flood:
        one.close()


@pytest.mark.parametrize("small", [{"TRUSTED_PROXIES": "127.0.0.1"}], indirect=True)
def test_one_household_with_an_address_for_each_slow_upload_keeps_nobody_out(small):
    server, _shop = small
    flood = [connection(server) for _socket in range(PLACES * 2)]
    for number, one in enumerate(flood):
        one.sendall(SLOW_UPLOAD.replace(b"Host:", f"X-Forwarded-For: 2001:db8::{number:x}\r\nHost:".encode()))
    assert is_answered(server)
    for one in flood:
        one.close()


def test_a_slow_upload_goes_on_while_another_address_floods(small):
    server, _shop = small
    (honest,) = slow_uploads(server, "127.0.0.1", 1)
    flood = slow_uploads(server, "127.0.0.2", PLACES * 2)
    wait_for(lambda: not any(map(keeps_its_place, flood[PLACES // 4 : PLACES // 2])), "the flood to be cut")
    honest.sendall(b"." * 99)
    assert honest.recv(100).startswith(b"HTTP/1.1 4")  # read whole, and no form of ours
    for one in flood:
        one.close()


@pytest.mark.skipif(not hub.is_possible(), reason="this system has no epoll: nobody stands at the door")
def test_those_who_take_long_over_what_only_ends_like_a_stream_hold_up_no_stream(small):
    """A doorman would wait until all of it was taken: nobody's page would be live meanwhile."""
    server, shop = small
    job = shop.work_order()
    photo = shop.app.extensions["storage"].put(os.urandom(6_000_000), "webp")
    shop.do(photos.add, job, full=photo, thumb=photo, size=(4, 3), byte_count=6_000_000, key="k")
    request = f"GET {shop.path(job)}/photos/{photo}?/live HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    idlers = [connection(server) for _idler in range(DOORMEN)]
    for idler in idlers:
        idler.sendall(request)
    assert {idler.recv(15) for idler in idlers} == {b"HTTP/1.1 200 OK"}
    with Listener(server.url + shop.path(job)) as page:
        page.next("version")
    for idler in idlers:
        idler.close()
