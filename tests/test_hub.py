"""The real server's open streams: held without a greenlet each, and let go of as soon as somebody is gone."""

import socket

import gevent
import pytest
from gevent.event import Event
from werkzeug.test import Client

import portal.http
import portal.live
from models import db
from portal import hub
from portal.db import writing
from portal.domain import links, timeline, work_orders
from portal.domain import staff as people
from portal.hub import Hub
from portal.live import BEAT, BYE, GONE, Viewers
from portal.staff.live import MOST
from tests.conftest import ImpatientServer, free_port, wait_for
from tests.crowd import Person
from tests.factories import Shop
from tests.streams import Listener

pytestmark = pytest.mark.skipif(not hub.is_possible(), reason="this system has no epoll: streams hold greenlets")
PER_LINK, PER_ADDRESS = 10, MOST + 20


@pytest.fixture(scope="module")
def running(empty_database, tmp_path_factory):
    """One server with short beats for the tests below, which leave it as they found it."""
    folder = tmp_path_factory.mktemp("hub")
    (folder / "porchlight.db").write_bytes(empty_database.read_bytes())
    limits = {"STREAMS_PER_LINK": str(PER_LINK), "STREAMS_PER_ADDRESS": str(PER_ADDRESS)}
    server = ImpatientServer(folder, free_port(), **limits)
    app = server.app()
    with app.app_context():
        yield server, Shop(app)
        db.session.remove()
        db.engine.dispose()
    assert "Traceback" not in "".join(server.lines)
    assert server.stop() == 0


@pytest.fixture
def server(running):
    return running[0]


@pytest.fixture
def shop(running):
    return running[1]


@pytest.fixture
def job(shop):
    return shop.work_order()


class Connection:
    """A raw connection that asks for the stream of a page."""

    def __init__(self, server, path: str, *, source: str = "127.0.0.1", pieces: int = 1, reads_little: bool = False):
        self.socket = socket.socket()
        if reads_little:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.socket.settimeout(20)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))
        request = f"GET {path}/live HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        for place in range(pieces):
            self.socket.sendall(request[place * len(request) // pieces : (place + 1) * len(request) // pieces])

    def hear(self) -> str:
        return self.socket.recv(65536).decode()

    def hear_all(self) -> str:
        """Everything until the server hangs up."""
        heard = b""
        while words := self.socket.recv(65536):
            heard += words
        return heard.decode()

    def close(self) -> None:
        self.socket.close()


# --- the hub alone ------------------------------------------------------------------------------------------------


class Page:
    """A viewer of a hub of the test's own, at the other end of a pair of sockets."""

    def __init__(self, hub: Hub, topic: str = "wo:1", *, key: int | str = 1):
        self.hub = hub
        self.viewer = hub.viewers.hold(topic, key=key, address="192.0.2.1")
        self.socket, ours = socket.socketpair()
        self.socket.setblocking(False)
        ours.setblocking(False)
        hub.take(self.viewer, ours.detach(), b"hello\n\n")
        self.hear()

    def hear(self) -> bytes:
        """What has been said until now; None of it when it hung up."""
        gevent.sleep(0)
        try:
            return self.socket.recv(1_000_000)
        except BlockingIOError:
            return b""

    def is_gone(self) -> bool:
        return self.viewer.descriptor is None


@pytest.fixture
def alone():
    alone = Hub(Viewers(total=1000, per_link=1000, per_address=1000))
    yield alone
    alone.close()


def test_who_reads_nothing_is_dropped_and_everybody_else_hears(alone):
    deaf, honest = Page(alone), Page(alone)
    for number in range(1, 20_000):
        alone.viewers.ring("wo:1", number)
        assert honest.hear() == alone.viewers.news("wo:1", number)
        if deaf.is_gone():
            break
    assert deaf.is_gone()
    assert len(alone.viewers) == 1


def test_who_hangs_up_is_let_go_at_once(alone):
    pages = [Page(alone) for _page in range(3)]
    pages[1].socket.close()
    gevent.sleep(0.01)
    assert [page.is_gone() for page in pages] == [False, True, False]
    assert len(alone.viewers) == 2


def test_a_ring_to_all_is_told_in_turns_and_once(alone):
    pages = [Page(alone, f"wo:{number}", key=number) for number in range(200)]
    for number in (7, 9, 8):
        alone.viewers.ring_all(number)
    gevent.sleep(0.05)
    told = [page.hear().replace(BEAT, b"") for page in pages]
    assert told == [alone.viewers.news(page.viewer.topic, 9) for page in pages]


def test_what_rings_late_is_no_news_to_who_knows_more(alone):
    page = Page(alone)
    for number in (9, 8, 9):
        alone.viewers.ring("wo:1", number)
    assert page.hear() == alone.viewers.news("wo:1", 9)


def test_what_rings_while_a_stream_is_let_in_is_told_after_its_head(alone):
    viewer = alone.viewers.hold("wo:1", key=1, address="")
    alone.viewers.ring("wo:1", 9)
    there, here = socket.socketpair()
    alone.take(viewer, here.detach(), b"head\n")
    assert there.recv(1000) == b"head\n" + alone.viewers.news("wo:1", 9)


def test_a_link_that_is_revoked_while_a_stream_is_let_in_ends_it(alone):
    viewer = alone.viewers.hold("wo:1", key=1, address="")
    alone.viewers.dismiss("wo:1", 1)
    there, here = socket.socketpair()
    alone.take(viewer, here.detach(), b"head\n")
    assert there.recv(1000) == b"head\n" + GONE
    assert there.recv(1000) == b""
    assert len(alone.viewers) == 0


def test_everybody_hears_something_now_and_then_and_never_all_in_one_tick(alone, monkeypatch):
    monkeypatch.setattr(portal.live, "BEAT_S", 0.6)
    pages = [Page(alone, f"wo:{number}", key=number) for number in range(hub.SLOTS * 2)]
    ticks = []
    while sum(ticks) < len(pages):
        gevent.sleep(0.01)
        ticks.append(sum(page.hear() != b"" for page in pages))
    assert max(ticks) <= len(pages) / 4


def cannot(_session):
    raise OSError


def test_a_page_that_cannot_be_told_the_news_is_let_go_and_comes_back_to_look(alone):
    page, customers = Page(alone, "staff", key="7.1"), Page(alone)
    alone.viewers.is_good = cannot
    alone.viewers.ring("staff", 9)
    assert page.hear() == b""
    assert (page.is_gone(), customers.is_gone()) == (True, False)


def test_a_page_without_news_stays_while_its_session_cannot_be_asked_about(alone):
    page = Page(alone, "staff", key="7.1")
    alone.viewers.is_good = cannot
    alone.tell_in_turn(page.viewer, None)
    assert (page.hear(), page.is_gone()) == (b"", False)
    alone.viewers.is_good = lambda _session: True
    alone.viewers.ring("staff", 10)
    assert page.hear() == alone.viewers.news("staff", 10)
    alone.viewers.is_good = lambda _session: False
    alone.viewers.ring("staff", 11)
    assert page.hear() == GONE
    assert page.is_gone()


class SlowDatabase:
    """Says whether a session is good when it is told to, and keeps who was asked about."""

    def __init__(self):
        self.asked, self.may_answer, self.says = [], Event(), True

    def is_good(self, session: str) -> bool:
        self.asked.append(session)
        self.may_answer.wait()
        return self.says


@pytest.fixture
def slow(alone):
    alone.viewers.is_good = (slow := SlowDatabase()).is_good
    return slow


def test_customers_do_not_wait_until_sessions_were_asked_about(alone, slow):
    tabs, customers = [Page(alone, "staff", key="7.1") for _tab in range(11)], Page(alone)
    alone.viewers.ring_all(9)
    assert customers.hear() == alone.viewers.news("wo:1", 9)
    assert [tab.hear() for tab in tabs] == [b""] * 11
    slow.may_answer.set()
    gevent.sleep(0)
    assert [tab.hear() for tab in tabs] == [alone.viewers.news("staff", 9)] * 11
    assert slow.asked == ["7.1"]


def test_a_session_that_ends_while_it_is_asked_about_is_asked_about_again(alone, slow):
    page = Page(alone, "staff", key="7.1")
    alone.viewers.ring("staff", 9)
    gevent.sleep(0)
    assert slow.asked == ["7.1"]
    alone.viewers.ring("staff", 10)
    slow.may_answer.set()
    gevent.sleep(0)
    slow.says = False
    gevent.sleep(0.01)
    assert page.hear() == alone.viewers.news("staff", 9) + GONE
    assert page.is_gone()


def test_a_database_that_does_not_answer_is_not_waited_for_by_the_sessions_behind(alone, slow, monkeypatch):
    monkeypatch.setattr(hub, "ASK_S", 0.01)
    pages = [Page(alone, "staff", key=session) for session in ("7.1", "8.1")]
    alone.viewers.ring("staff", 9)
    with gevent.Timeout(20):
        while not all(page.is_gone() for page in pages):
            gevent.sleep(0.01)
    assert slow.asked == ["7.1", "8.1"]


def test_a_farewell_ends_all_that_the_hub_holds(alone):
    pages = [Page(alone, f"wo:{number}", key=number) for number in range(5)]
    alone.viewers.farewell()
    assert [page.hear() for page in pages] == [BYE] * 5
    assert len(alone.viewers) == 0


# --- who is gone --------------------------------------------------------------------------------------------------


def test_a_page_that_was_closed_makes_room_for_another_at_once(server, shop, job):
    url = server.url + shop.path(job)
    pages = [Listener(url) for _page in range(PER_LINK)]
    assert Listener(url).status == 503
    for page in pages:
        page.leave()

    def is_let_in() -> bool:
        with Listener(url) as page:
            return page.status == 200

    wait_for(is_let_in, "the closed pages' streams to be let go, though nothing rang")


def test_a_closed_tab_of_the_staff_makes_room_at_once(server):
    dana = Person(server.url, "Dana")
    cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in dana.session.cookies.items())}
    tabs = [Listener(f"{server.url}/staff", **cookies) for _tab in range(MOST)]
    assert {tab.status for tab in tabs} == {200}
    assert Listener(f"{server.url}/staff", **cookies).status == 503
    for tab in tabs:
        tab.leave()

    def is_let_in() -> bool:
        with Listener(f"{server.url}/staff", **cookies) as tab:
            return tab.status == 200

    wait_for(is_let_in, "the closed tabs' streams to be let go")


def test_a_connection_that_acknowledges_nothing_is_given_up():
    listener = portal.http.listening_socket("127.0.0.1", 0)
    assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == portal.http.UNANSWERED_S * 1000
    listener.close()


# --- whose session or link has ended ------------------------------------------------------------------------------


def staff_page(server, name: str) -> Listener:
    person = Person(server.url, name)
    return Listener(f"{server.url}/staff", Cookie="; ".join(f"{k}={v}" for k, v in person.session.cookies.items()))


def test_a_new_password_ends_that_persons_streams_and_nobody_elses(server, shop):
    danas, theos = staff_page(server, "Dana"), staff_page(server, "Theo")
    for page in (danas, theos):
        page.next("version")
    with writing():
        people.set_password(shop.dana, shop.dana.password_hash)
    assert danas.last_event() == "gone"
    theos.next("version")
    theos.leave()


def test_a_session_that_ended_without_a_ring_is_noticed_at_the_next_beat(server, shop):
    page = staff_page(server, "Dana")
    page.next("version")
    page.next("beat")
    with writing():
        shop.dana.session_epoch += 1
    assert page.last_event() == "gone"


def test_a_revoke_closes_the_streams_of_that_link_and_no_others(server, shop, job):
    other = shop.work_order("Mallory Moss")
    carols = [Listener(server.url + shop.path(job)) for _page in range(3)]
    mallorys = Listener(server.url + shop.path(other))
    for page in (*carols, mallorys):
        page.next("version")
    shop.do(links.revoke, job)
    assert [page.last_event() for page in carols] == ["gone"] * 3
    shop.do(work_orders.start, other)
    assert mallorys.hears(timeline.version("wo", other.id))
    mallorys.leave()


# --- how they come in ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pieces", [1, 5])
def test_a_stream_begins_however_its_request_arrives(server, shop, job, pieces):
    page = Connection(server, shop.path(job), pieces=pieces)
    head, _blank, words = page.hear().partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 ")
    assert "Connection: close" in head
    assert (
        f"data: {timeline.version('wo', job.id)}" in words or f"data: {timeline.version('wo', job.id)}" in page.hear()
    )
    page.close()


def test_a_stream_may_follow_a_page_on_the_same_connection(server, shop, job):
    page, path = Person(server.url), shop.path(job)
    assert page.get(path).status_code == 200
    with page.session.get(f"{server.url}{path}/live", stream=True, timeout=20) as answer:
        assert next(answer.iter_lines(chunk_size=1)).startswith(b"retry: ")


def test_streams_that_are_refused_keep_nobody_waiting(server, shop, job):
    """Each doorman answers and hangs up: a connection kept open for a next request would hold the door shut."""
    strangers = [Connection(server, "/portal/wo/nobodys") for _stranger in range(50)]
    with Listener(server.url + shop.path(job)) as page:
        page.next("version")
    answers = {stranger.hear_all().split("\r\n")[0] for stranger in strangers}
    assert answers == {"HTTP/1.1 404 NOT FOUND"}
    for stranger in strangers:
        stranger.close()


def test_a_flood_from_one_address_leaves_room_for_others(server, shop):
    paths = [shop.path(shop.work_order(f"Customer {number}")) for number in range(PER_ADDRESS // PER_LINK + 2)]
    flood = [Connection(server, paths[number % len(paths)], source="127.0.0.9") for number in range(PER_ADDRESS + 20)]
    codes = [one.hear().split()[1] for one in flood]
    assert codes.count("503") >= 20
    honest = Connection(server, paths[0], source="127.0.0.10")
    assert honest.hear().split()[1] in ("200", "503")
    carol = Connection(server, shop.path(shop.work_order("Carol Cruz")), source="127.0.0.10")
    assert carol.hear().startswith("HTTP/1.1 200 ")
    for one in (*flood, honest, carol):
        one.close()


# --- the short way says what the long one would -------------------------------------------------------------------


@pytest.fixture
def ways(app):
    """The application, and the same without its short way."""
    return Client(app.wsgi_app), Client(app.wsgi_app.application.application)


def test_a_stream_has_the_same_head_on_both_ways(app, ways):
    shop = Shop(app)
    path = f"{shop.path(shop.work_order())}/live"
    heads = []
    for way in ways:
        answer = way.get(path)
        heads.append((answer.status, sorted(answer.headers)))
        answer.close()
    assert heads[0] == heads[1]
    assert len(app.extensions["viewers"]) == 0


def test_a_household_is_counted_as_one_on_both_ways(app, ways):
    shop = Shop(app)
    app.extensions["viewers"].per_address = 2
    path = f"{shop.path(shop.work_order())}/live"
    callers = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"]
    for way in ways:
        answers = [way.get(path, environ_base={"REMOTE_ADDR": caller}) for caller in callers]
        assert [answer.status_code for answer in answers] == [200, 200, 503, 200]
        for answer in answers:
            answer.close()
    assert len(app.extensions["viewers"]) == 0


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_only_who_asks_for_a_stream_gets_one(app, method):
    shop = Shop(app)
    answer = app.test_client().open(f"{shop.path(shop.work_order())}/live", method=method)
    answer.close()
    assert answer.status_code == (200 if method == "HEAD" else 404)
    assert len(app.extensions["viewers"]) == 0


def test_another_shops_name_gets_no_stream(app):
    shop = Shop(app)
    answer = app.test_client().get(f"{shop.path(shop.work_order())}/live", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert len(app.extensions["viewers"]) == 0
