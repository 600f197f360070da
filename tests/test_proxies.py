"""Who is calling, as the application is told: a header is believed only when one of our proxies wrote it."""

import logging

import pytest

from portal.proxies import TrustedProxies
from portal.settings import networks
from tests.factories import PASSWORD, csrf_of


class Call:
    """One request through the middleware: what the application behind it sees."""

    def __init__(self, proxies: TrustedProxies | str, caller: str, forwarded: str | None = None, scheme: str = ""):
        headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded is not None else {}
        headers |= {"HTTP_X_FORWARDED_PROTO": scheme} if scheme else {}
        self.seen = {"REMOTE_ADDR": caller, "wsgi.url_scheme": "http"} | headers
        if isinstance(proxies, str):
            proxies = behind(proxies)
        proxies(self.seen, None)

    @property
    def address(self) -> str:
        return self.seen["REMOTE_ADDR"]

    @property
    def scheme(self) -> str:
        return self.seen["wsgi.url_scheme"]


def behind(trusted: str) -> TrustedProxies:
    return TrustedProxies(lambda _environ, _start_response: [], networks(trusted))


def warnings(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_stranger_is_believed_nothing(caplog):
    call = Call("127.0.0.1", "203.0.113.9", "192.0.2.1", "https")
    assert (call.address, call.scheme) == ("203.0.113.9", "http")
    assert warnings(caplog) == []


def test_the_application_never_sees_the_headers_themselves():
    for trusted in ("", "127.0.0.1"):
        assert set(Call(trusted, "127.0.0.1", "192.0.2.1", "https").seen) == {"REMOTE_ADDR", "wsgi.url_scheme"}


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        ("127.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "198.51.100.66, 192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "198.51.100.66,192.0.2.1", "192.0.2.1"),
        ("127.0.0.1,10.0.0.0/8", "192.0.2.1, 10.1.2.3", "192.0.2.1"),
        ("127.0.0.1,10.0.0.0/8", "198.51.100.66, 192.0.2.1, 10.1.2.3, 10.9.9.9", "192.0.2.1"),
        ("127.0.0.1", "192.0.2.1, 10.1.2.3", "10.1.2.3"),
        ("127.0.0.1,10.0.0.0/8", "10.1.2.3, 10.9.9.9", "10.1.2.3"),
        ("127.0.0.1", "2001:DB8::1", "2001:db8::1"),
        ("127.0.0.1,2001:db8:ff::/48", "2001:db8::1, 2001:db8:ff::2", "2001:db8::1"),
    ],
)
def test_the_caller_is_the_last_address_that_is_no_proxy_of_ours(trusted, forwarded, address):
    assert Call(trusted, "127.0.0.1", forwarded).address == address


@pytest.mark.parametrize("forwarded", ["", " ", "unknown", "192.0.2.1:4711", "192.0.2.1,", "<script>", "192.0.2.1, x"])
def test_what_is_no_address_is_not_passed_on(forwarded):
    assert Call("127.0.0.1", "127.0.0.1", forwarded).address == "127.0.0.1"


def test_a_proxy_that_says_nothing_is_the_caller():
    assert Call("127.0.0.1", "127.0.0.1").address == "127.0.0.1"


def test_a_proxy_over_ipv6_is_known_by_its_network():
    assert Call("::1", "::1", "192.0.2.1").address == "192.0.2.1"
    assert Call("2001:db8::/32", "2001:db8::5", "192.0.2.1").address == "192.0.2.1"


def test_a_proxy_is_known_by_a_socket_that_listens_to_both_kinds_of_address():
    """HOST=:: hears 127.0.0.1 as ::ffff:127.0.0.1: all customers would look like one, and soon be too many."""
    call = Call("127.0.0.1", "::ffff:127.0.0.1", "::ffff:192.0.2.1", "https")
    assert (call.address, call.scheme) == ("192.0.2.1", "https")
    assert Call("", "::ffff:127.0.0.1", "192.0.2.1").address == ""
    assert Call("127.0.0.1", "::ffff:203.0.113.9", "192.0.2.1").address == "::ffff:203.0.113.9"


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_our_proxy_says_how_it_was_reached(scheme):
    assert Call("127.0.0.1", "127.0.0.1", "192.0.2.1", scheme).scheme == scheme


@pytest.mark.parametrize("scheme", ["javascript", "HTTPS, http", "wss"])
def test_no_other_scheme_is_taken_over(scheme):
    assert Call("127.0.0.1", "127.0.0.1", "192.0.2.1", scheme).scheme == "http"


@pytest.mark.parametrize("loopback", ["127.0.0.1", "127.8.8.8", "::1"])
def test_behind_a_proxy_of_this_machine_that_nobody_named_the_caller_is_unknown(loopback):
    assert Call("", loopback, "192.0.2.1").address == ""


def test_the_owner_is_told_of_such_a_proxy_once(caplog):
    proxies = behind("")
    for _request in range(3):
        Call(proxies, "127.0.0.1", "192.0.2.1")
    assert warnings(caplog) == ["Requests come through a proxy on this machine: set TRUSTED_PROXIES=127.0.0.1"]


def test_somebody_at_the_machine_itself_is_no_proxy(caplog):
    assert Call("", "127.0.0.1").address == "127.0.0.1"
    assert warnings(caplog) == []


# --- what counts by address does not lump everybody together then ---------------------------------------------------

PROXIED = {"X-Forwarded-For": "192.0.2.1"}


@pytest.fixture
def unnamed_proxy(shop):
    """A client whose requests come through a proxy on this machine, which TRUSTED_PROXIES does not name."""
    assert shop.app.extensions["settings"].trusted_proxies == ()
    return shop.app.test_client()


def test_everybodys_streams_fit(shop, unnamed_proxy):
    viewers = shop.app.extensions["viewers"]
    viewers.per_address = 2
    path = shop.path(shop.work_order(), "/live")
    streams = [unnamed_proxy.get(path, headers=PROXIED) for _page in range(5)]
    assert [answer.status_code for answer in streams] == [200] * 5
    direct = [unnamed_proxy.get(path) for _page in range(3)]
    assert [answer.status_code for answer in direct] == [200, 200, 503]
    for answer in (*streams, *direct):
        answer.close()


def test_everybodys_messages_arrive(shop, unnamed_proxy):
    paths = [shop.path(shop.work_order(f"Customer {number}"), "/help") for number in range(25)]
    form = {"about": "visit", "message": "Please call me."}
    answers = [unnamed_proxy.post(path, data=form, headers=PROXIED) for path in paths]
    assert {answer.status_code for answer in answers} == {303}


def test_wrong_passwords_of_one_do_not_shut_the_others_out(shop, unnamed_proxy):
    tries = shop.app.extensions["tries_by_address"]
    tries.most = 2
    form = {"csrf_token": csrf_of(unnamed_proxy.get("/staff/sign-in").text)}
    for number in range(4):
        wrong = form | {"email": f"nobody-{number}@shop.example", "password": "wrong"}
        assert unnamed_proxy.post("/staff/sign-in", data=wrong, headers=PROXIED).status_code == 422
    right = form | {"email": "dana@shop.example", "password": PASSWORD}
    assert unnamed_proxy.post("/staff/sign-in", data=right, headers=PROXIED).status_code == 303


def test_the_settings_page_tells_the_owner(shop, unnamed_proxy):
    owner = shop.staff_client("Olive")
    assert "TRUSTED_PROXIES" not in owner.get("/staff/settings").text
    unnamed_proxy.get("/healthz", headers=PROXIED)
    assert "TRUSTED_PROXIES" in owner.get("/staff/settings").text
