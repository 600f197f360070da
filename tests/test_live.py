"""The bell and the viewers: who may listen, what they are told, and that nobody is left behind."""

import random

import pytest
import requests
from sqlalchemy import text

import portal.live
from models import db
from portal.db import look_again, writing
from portal.domain import links, timeline, work_orders
from portal.live import AT_ONCE, BEAT, BYE, GONE, Full, Stream, Viewer, Viewers
from tests.conftest import RunningServer, free_port, wait_for
from tests.factories import Shop
from tests.streams import Listener

JOB, OTHER = "wo:1", "wo:2"


@pytest.fixture
def viewers() -> Viewers:
    return Viewers(total=5, per_link=2, per_address=3)


def begun(viewers: Viewers, viewer: Viewer):
    """The viewer's stream, after the version that every stream begins with."""
    events = iter(Stream(viewers, viewer, 1))
    next(events)
    return events


def told(viewers: Viewers, number: int, topic: str = JOB) -> bytes:
    """What is said of the Event of that number on a stream of `topic`."""
    version = viewers.version(topic, number)
    return f"id: {version}\nevent: version\ndata: {version}\n\n".encode()


def hold(viewers: Viewers, topic: str = JOB, *, key: int = 1, address: str = "192.0.2.1") -> Viewer:
    return viewers.hold(topic, key=key, address=address)


def is_empty(viewers: Viewers) -> bool:
    return len(viewers) == 0 and not any(kept for kept in vars(viewers).values() if isinstance(kept, dict))


# --- what a stream says -------------------------------------------------------------------------------------------


def test_a_stream_begins_with_the_version_and_when_to_come_back(viewers):
    first = next(iter(Stream(viewers, hold(viewers), 42)))
    assert first.startswith(b"retry: ")
    assert first.partition(b"\n")[2] == told(viewers, 42)


def test_a_ring_tells_the_new_version(viewers):
    events = begun(viewers, hold(viewers))
    viewers.ring(JOB, 7)
    assert next(events) == told(viewers, 7)


def test_a_version_tells_neither_its_number_nor_anything_to_who_has_another_page(viewers):
    versions = [viewers.version(topic, number) for topic in (JOB, OTHER) for number in (7, 8)]
    assert len(set(versions)) == 4
    assert {len(version) for version in versions} == {16}
    elsewhere = Viewers(total=1, per_link=1, per_address=1, secret="another shop's")
    assert elsewhere.version(JOB, 7) != viewers.version(JOB, 7)


def test_rings_that_come_close_together_are_told_once_with_the_newest_version(viewers):
    events = begun(viewers, hold(viewers))
    for number in (5, 9, 7):
        viewers.ring(JOB, number)
    first = next(events)
    viewers.ring(JOB, 2)
    assert (first, next(events)) == (told(viewers, 9), told(viewers, 2))


def test_a_ring_between_letting_in_and_the_first_event_is_not_lost(viewers):
    viewer = hold(viewers)
    viewers.ring(JOB, 9)
    events = iter(Stream(viewers, viewer, 5))
    assert next(events).endswith(told(viewers, 5))
    assert next(events) == told(viewers, 9)


def test_a_ring_is_for_its_own_topic_only(viewers):
    events, others = begun(viewers, hold(viewers)), begun(viewers, hold(viewers, OTHER, key=2))
    viewers.ring(OTHER, 9)
    viewers.ring(JOB, 2)
    assert next(events) == told(viewers, 2)
    assert next(others) == told(viewers, 9, OTHER)


def test_a_ring_at_every_page_reaches_all_topics(viewers):
    streams = [begun(viewers, hold(viewers)), begun(viewers, hold(viewers, OTHER, key=2))]
    viewers.ring_all(9)
    assert [next(events) for events in streams] == [told(viewers, 9), told(viewers, 9, OTHER)]


def test_a_crowd_that_is_told_all_at_once_is_told_to_look_one_after_the_other(monkeypatch):
    monkeypatch.setattr(portal.live, "LOOK_MS", 60_000)
    viewers = Viewers(total=100, per_link=100, per_address=100)
    streams = [begun(viewers, hold(viewers)) for _viewer in range(AT_ONCE)]
    viewers.ring_all(9)
    assert {next(events) for events in streams} == {told(viewers, 9)}
    streams.append(begun(viewers, hold(viewers)))
    viewers.ring_all(10)
    spread = f" {len(streams) * 60_000}\n\n".encode()
    assert {next(events) for events in streams} == {told(viewers, 10).removesuffix(b"\n\n") + spread}
    viewers.ring(JOB, 11)
    assert {next(events) for events in streams} == {told(viewers, 11)}


def test_who_comes_when_the_crowd_has_looked_looks_at_once(monkeypatch):
    monkeypatch.setattr(portal.live, "LOOK_MS", 1)
    viewers = Viewers(total=100, per_link=100, per_address=100)
    for _viewer in range(AT_ONCE + 1):
        hold(viewers)
    viewers.ring_all(10)
    wait_for(lambda: viewers.news(JOB, 10) == told(viewers, 10), "the crowd to have looked")


def test_a_ring_that_nobody_listens_to_is_no_trouble(viewers):
    viewers.ring(JOB, 9)
    viewers.ring_all(9)
    viewers.dismiss(JOB, 1)
    viewers.farewell()
    assert is_empty(viewers)


def test_a_quiet_stream_beats(viewers, monkeypatch):
    monkeypatch.setattr(portal.live, "BEAT_S", 0.01)
    events = begun(viewers, hold(viewers))
    assert [next(events), next(events)] == [BEAT, BEAT]


# --- how it ends --------------------------------------------------------------------------------------------------


def test_a_dismissal_ends_the_streams_of_that_link_and_no_others(viewers):
    mine, other = begun(viewers, hold(viewers, key=1)), begun(viewers, hold(viewers, key=2))
    viewers.dismiss(JOB, 1)
    assert list(mine) == [GONE]
    viewers.ring(JOB, 3)
    assert next(other) == told(viewers, 3)
    assert len(viewers) == 1


def test_a_dismissal_comes_before_news(viewers):
    events = begun(viewers, hold(viewers))
    viewers.ring(JOB, 9)
    viewers.dismiss(JOB, 1)
    assert list(events) == [GONE]


def test_a_farewell_ends_every_stream(viewers):
    streams = [begun(viewers, hold(viewers)), begun(viewers, hold(viewers, OTHER, key=2))]
    viewers.farewell()
    assert [list(events) for events in streams] == [[BYE], [BYE]]
    assert is_empty(viewers)


def test_whoever_was_dismissed_is_not_told_goodbye_instead(viewers):
    events = begun(viewers, hold(viewers))
    viewers.dismiss(JOB, 1)
    viewers.farewell()
    assert list(events) == [GONE]


def test_leaving_twice_takes_nobody_else_off_the_list(viewers):
    viewer, _other = hold(viewers), hold(viewers)
    viewers.let_go(viewer)
    viewers.let_go(viewer)
    assert len(viewers) == 1


def test_a_stream_that_is_closed_leaves(viewers):
    events = begun(viewers, hold(viewers))
    events.close()
    assert is_empty(viewers)


# --- how many -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fits", "too_many"),
    [
        ([(1, "a"), (1, "b")], (1, "c")),
        ([(1, "a"), (2, "a"), (3, "a")], (4, "a")),
        ([(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e")], (6, "f")),
    ],
    ids=["on one link", "from one address", "in all"],
)
def test_one_too_many_is_refused_until_somebody_leaves(viewers, fits, too_many):
    held = [hold(viewers, key=key, address=address) for key, address in fits]
    for _try in range(2):
        with pytest.raises(Full):
            hold(viewers, key=too_many[0], address=too_many[1])
    assert len(viewers) == len(fits)
    viewers.let_go(held[0])
    hold(viewers, key=too_many[0], address=too_many[1])
    assert len(viewers) == len(fits)


def test_nothing_is_kept_of_a_thousand_who_came_and_left():
    viewers, here, chance = Viewers(total=50, per_link=10, per_address=20), [], random.Random(7)
    for _turn in range(1000):
        if here and chance.random() < 0.5:
            viewers.let_go(here.pop(chance.randrange(len(here))))
        else:
            try:
                here.append(
                    hold(
                        viewers, f"wo:{chance.randrange(9)}", key=chance.randrange(9), address=str(chance.randrange(4))
                    )
                )
            except Full:
                viewers.let_go(here.pop())
        assert len(viewers) == len(here)
    for viewer in here:
        viewers.let_go(viewer)
    assert is_empty(viewers)


# --- over HTTP ----------------------------------------------------------------------------------------------------


def test_the_stream_is_held_back_by_no_proxy(shop):
    job = shop.work_order()
    answer = shop.app.test_client().get(shop.path(job, "/live"))
    assert answer.mimetype == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store, no-transform"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert next(iter(answer.response)).endswith(b"data: %s\n\n" % timeline.version("wo", job.id).encode())
    answer.close()
    assert len(shop.app.extensions["viewers"]) == 0


def test_an_open_stream_holds_no_database_connection(shop):
    client, pool = shop.app.test_client(), db.engine.pool
    paths = [shop.path(shop.work_order(name), "/live") for name in ("Carol Cruz", "Mallory Moss")]
    look_again()
    streams = [client.get(path) for path in paths * 20]
    assert {answer.status_code for answer in streams} == {200}
    assert pool.checkedout() == 0
    assert len(shop.app.extensions["viewers"]) == 40
    for answer in streams:
        answer.close()
    assert is_empty(shop.app.extensions["viewers"])


def test_one_stream_too_many_is_asked_to_come_later(shop):
    client, path = shop.app.test_client(), shop.path(shop.work_order(), "/live")
    held = [client.get(path) for _stream in range(20)]
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Retry-After"], answer.data) == (503, "20", b"")
    held.pop().close()
    again = client.get(path)
    assert again.status_code == 200
    for stream in (*held, again):
        stream.close()


def test_a_stream_that_could_not_begin_leaves_nobody_on_the_list(shop):
    path = shop.path(shop.work_order(), "/live")
    with writing():
        db.session.execute(text("ALTER TABLE event RENAME TO aside"))
    assert shop.app.test_client().get(path).status_code == 500
    assert is_empty(shop.app.extensions["viewers"])


# --- over the real server -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running(empty_database, tmp_path_factory):
    """One server for the tests below, which leave it as they found it."""
    folder = tmp_path_factory.mktemp("live")
    (folder / "porchlight.db").write_bytes(empty_database.read_bytes())
    server = RunningServer(folder, free_port(), STREAMS_PER_LINK="20")
    app = server.app()
    with app.app_context():
        yield server, Shop(app)
        db.session.remove()
        db.engine.dispose()
    assert server.stop() == 0


def test_an_open_page_hears_of_every_step_until_its_link_is_revoked(running):
    server, shop = running
    job = shop.work_order()
    with Listener(server.url + shop.path(job)) as page:
        assert page.next("version") == timeline.version("wo", job.id)
        for verb in (work_orders.set_off, work_orders.start, work_orders.complete):
            shop.do(verb, job)
            assert page.hears(timeline.version("wo", job.id))
        shop.do(links.revoke, job)
        assert page.next("gone") == "1"
        assert page.has_ended()


def test_a_step_taken_at_the_server_itself_is_heard(running):
    """The other tests change the shop from this process; here the server's own commit rings."""
    server, shop = running
    job = shop.work_order()
    page_url, session = server.url + shop.path(job), requests.Session()
    form = session.get(f"{server.url}/staff/sign-in").text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    signed_in = session.post(
        f"{server.url}/staff/sign-in",
        data={"csrf_token": form, "email": "dana@shop.example", "password": "correct horse battery"},
    )
    csrf = signed_in.text.split('name="csrf-token" content="', 1)[1].split('"', 1)[0]
    with Listener(page_url) as page:
        page.next("version")
        started = session.post(f"{server.url}/staff/work-orders/{job.id}/start", data={"csrf_token": csrf})
        assert started.status_code == 200
        look_again()
        assert page.hears(timeline.version("wo", job.id))


def test_pages_are_served_while_more_streams_are_open_than_there_are_connections(running):
    server, shop = running
    urls = [server.url + shop.path(shop.work_order(f"Customer {number}")) for number in range(3)]
    pages = [Listener(url) for url in urls for _stream in range(20)]
    for page in pages:
        page.next("version")
    assert [requests.get(url, timeout=20).status_code for url in urls] == [200] * 3
    full = Listener(urls[0])
    assert (full.status, full.answer.headers["Retry-After"]) == (503, "20")
    for page in (*pages, full):
        page.leave()


def test_a_server_that_is_stopped_says_goodbye_and_ends_well(open_shop, server):
    job = open_shop.work_order()
    pages = [Listener(server.url + open_shop.path(job)) for _stream in range(3)]
    for page in pages:
        page.next("version")
    assert server.stop() == 0
    for page in pages:
        assert page.last_event() == "bye"
