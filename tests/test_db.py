"""Who may write and when: reads are read-only by force, one writer at a time, all or nothing; and what rings after."""

import contextlib
import json
import subprocess
import sys
import threading

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

import portal.sqlite
from models import Bell, Counter, Customer, Event, WorkOrder, db
from portal.db import look_again, topic, writing
from portal.domain import customers, links, messages, timeline, work_orders
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.live import Stream
from portal.sqlite import sqlite
from tests.conftest import ROOT, wait_for
from tests.factories import press
from tests.records import everything
from tests.streams import Listener

READ_ONLY = "attempt to write a readonly database"


class Trouble(Exception):
    """Something went wrong half way."""


def named(name: str) -> list[str]:
    look_again()
    return list(db.session.scalars(select(Customer.name).where(Customer.name == name)))


def pragma(name: str):
    return db.session.execute(text(f"PRAGMA {name}")).scalar()


# --- reading ------------------------------------------------------------------------------------------------------


def test_a_read_cannot_write(app):
    with pytest.raises(OperationalError, match=READ_ONLY):
        customers.add(name="Carol Cruz")
    assert named("Carol Cruz") == []


def test_a_read_cannot_write_past_the_session_either(app):
    with db.engine.connect() as connection, pytest.raises(OperationalError, match=READ_ONLY):
        connection.execute(text("INSERT INTO counter VALUES ('sly', 1)"))


def test_a_connection_that_wrote_reads_only_again(app):
    for _turn in range(3):
        with writing():
            customers.add(name="Carol Cruz")
        with pytest.raises(OperationalError, match=READ_ONLY):
            customers.add(name="Carol Cruz")
        db.session.rollback()
    assert len(named("Carol Cruz")) == 3


def test_a_connection_whose_writing_could_not_begin_reads_only_again(app):
    connection = db.session.connection().connection.dbapi_connection
    look_again()
    troubles = ["a disk error"]
    # SQLite asks this before every statement; it says no to the first one that begins a transaction.
    connection.set_authorizer(lambda _kind, verb, *_more: 1 if verb == "BEGIN" and troubles and troubles.pop() else 0)
    with pytest.raises(sqlite.DatabaseError, match="not authorized"), writing():
        pass
    assert troubles == []
    assert pragma("query_only") == 1
    assert db.session.connection().connection.dbapi_connection is connection


def test_a_route_that_would_write_on_get_fails_and_changes_nothing(app, shop):
    app.view_functions["customer.page"] = lambda: customers.add(name="By a mere look").name
    job = shop.work_order()
    assert app.test_client().get(shop.path(job)).status_code == 500
    assert named("By a mere look") == []


def test_every_connection_is_set_up_to_lose_nothing_and_never_to_wait_in_c(app):
    assert (pragma("foreign_keys"), pragma("synchronous"), pragma("busy_timeout")) == (1, 2, 0)
    assert (pragma("journal_mode"), pragma("trusted_schema")) == ("wal", 0)


def test_rows_keep_their_owner(shop):
    job = shop.work_order()
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), writing():
        db.session.execute(text("DELETE FROM customer"))
    assert shop.again(job).customer.name == "Carol Cruz"


def test_a_reader_sees_one_moment_until_it_looks_again(app, shop):
    assert named("Carol Cruz") == []
    with app.app_context(), writing():
        customers.add(name="Carol Cruz")
    assert db.session.scalar(select(Customer.name)) is None
    look_again()
    assert db.session.scalar(select(Customer.name)) == "Carol Cruz"


def test_others_read_while_somebody_writes(app, shop):
    with writing():
        customers.add(name="Carol Cruz")
        with app.app_context():
            assert db.session.scalar(select(Customer.name)) is None
            with app.app_context():
                assert db.session.scalar(select(Customer.name)) is None
        assert db.session.scalar(select(Customer.name)) == "Carol Cruz"
    with app.app_context():
        assert db.session.scalar(select(Customer.name)) == "Carol Cruz"


# --- writing ------------------------------------------------------------------------------------------------------


def test_what_is_written_together_is_kept_together(app):
    with writing():
        customers.add(name="Carol Cruz")
        customers.add(name="Mallory Moss")
    assert named("Carol Cruz") + named("Mallory Moss") == ["Carol Cruz", "Mallory Moss"]


@pytest.mark.parametrize("trouble", [ValueError, KeyboardInterrupt, SystemExit])
def test_what_fails_half_way_leaves_nothing(app, trouble):
    def fails():
        with writing():
            customers.add(name="Carol Cruz")
            raise trouble

    with pytest.raises(trouble):
        fails()
    assert named("Carol Cruz") == []
    with writing():
        customers.add(name="Carol Cruz")  # and the next writer is let in
    assert named("Carol Cruz") == ["Carol Cruz"]


def test_writing_begins_with_what_is_true_now(app, shop):
    job = shop.work_order()
    assert job.status == "scheduled"
    with app.app_context():
        shop.do(work_orders.start, db.session.get(WorkOrder, job.id))
    with writing():
        assert job.status == "in_progress"


def test_writing_inside_writing_is_refused(app):
    def twice():
        with writing():
            customers.add(name="Carol Cruz")
            with writing():
                customers.add(name="Mallory Moss")

    with pytest.raises(RuntimeError, match="inside"):
        twice()
    assert named("Carol Cruz") + named("Mallory Moss") == []


def test_a_number_is_given_once_even_when_its_first_taker_failed(shop):
    first = shop.work_order()
    with contextlib.suppress(Trouble), writing():
        work_orders.book(first.customer, title="Never", street="", locality="", time_zone="UTC", by=None)
        raise Trouble
    assert shop.work_order().number == first.number + 1


# --- many writers at once -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scenes(empty_database, tmp_path_factory) -> dict:
    """What came of tests/under_gevent.py, played once for the tests below."""
    folder = tmp_path_factory.mktemp("gevent")
    (folder / "porchlight.db").write_bytes(empty_database.read_bytes())
    command = [sys.executable, "-m", "tests.under_gevent", str(folder)]
    played = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert played.returncode == 0, played.stderr
    return json.loads(played.stdout)


def test_forty_writers_at_once_lose_nothing(scenes):
    assert scenes["lost_updates"] == {"counted": 200, "failed": []}


def test_writers_get_their_turn_in_the_order_of_asking(scenes):
    assert scenes["order_of_turns"] == scenes["order_of_writers"] == list(range(8))


def test_a_waiter_that_is_killed_does_not_keep_the_lock(scenes):
    assert scenes["killed_while_waiting"] == {"waited": [False, False], "counted": 12}


def test_a_writer_that_is_killed_leaves_nothing_and_lets_the_next_in(scenes):
    assert scenes["killed_while_writing"] == 1


def test_a_waiter_killed_while_another_process_writes_leaves_no_connection_that_may_write(scenes):
    assert scenes["killed_while_another_process_writes"] == {"reads that could not write": 5, "counted": 1}


def test_readers_do_not_wait_for_a_writer(scenes):
    assert scenes["readers_meanwhile"] == {"while writing": [0] * 10, "after": 5}


def test_a_lock_that_does_not_come_in_time_is_left_alone(scenes):
    assert scenes["late_for_the_lock"] == {"got": False, "free again": True}


# --- another process holds the file -------------------------------------------------------------------------------

NEIGHBOUR = """
import sys, time
try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:
    import sqlite3 as sqlite
connection = sqlite.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("INSERT INTO counter VALUES ('theirs', 1)")
print("holding", flush=True)
time.sleep(float(sys.stdin.readline()))
connection.execute("COMMIT")
"""


@contextlib.contextmanager
def neighbour(app):
    """A process that holds the file to write, until it is told how many seconds more."""
    path = str(app.extensions["settings"].database_path)
    process = subprocess.Popen(
        [sys.executable, "-c", NEIGHBOUR, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "holding\n"
        yield process
    finally:
        process.communicate("0\n" if process.stdin.closed is False else None, timeout=10)


def test_a_writer_waits_for_another_process_and_sees_what_it_wrote(app):
    with neighbour(app) as process:
        process.stdin.write("0.3\n")
        process.stdin.flush()
        with writing():
            assert db.session.get(Counter, "theirs").last == 1
            customers.add(name="Carol Cruz")
    assert named("Carol Cruz") == ["Carol Cruz"]


def test_a_request_that_waited_too_long_is_asked_to_come_again_and_nothing_is_lost(app, shop, monkeypatch):
    monkeypatch.setattr(portal.sqlite, "WRITE_WAIT_S", 0.2)
    job, client = shop.work_order(), app.test_client()
    path = shop.path(job, "/help")
    with neighbour(app):
        before = everything(app.extensions["settings"].database_path)
        answer = client.post(path, data={"message": "Hello"})
        assert client.get(path).status_code == 200
        assert everything(app.extensions["settings"].database_path) == before
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "what you typed is still there" in answer.text
    assert client.post(path, data={"message": "Hello"}).status_code == 303
    look_again()
    assert [message.body for message in messages.open_on(job)] == ["Hello"]


def test_staff_who_waited_too_long_are_told_that_nothing_was_lost(app, shop, monkeypatch):
    monkeypatch.setattr(portal.sqlite, "WRITE_WAIT_S", 0.2)
    job, client = shop.work_order(), shop.staff_client("Dana")
    with neighbour(app):
        answer = press(client, f"/staff/work-orders/{job.id}/start")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "Nothing was changed" in answer.text
    assert "what you typed is still there" in answer.text
    assert shop.again(job).status == "scheduled"


# --- what commits, rings ------------------------------------------------------------------------------------------


class Ear:
    """Listens at one work order's bell, as an open page does."""

    def __init__(self, shop, job, key: int = 1):
        self.viewers, self.topic = shop.app.extensions["viewers"], topic("wo", job.id)
        viewer = self.viewers.hold(self.topic, key=key, address="192.0.2.1")
        self.stream = iter(Stream(self.viewers, viewer, 1))
        next(self.stream)

    def heard(self) -> str | None:
        """The version rung since last asked, or None. A ring of ours, lower than any, saves waiting for silence."""
        self.viewers.ring(self.topic, 1)
        version = next(self.stream).split(b"data: ")[1].strip().decode()
        return None if version == self.viewers.version(self.topic, 1) else version


@pytest.fixture
def job(shop):
    return shop.work_order()


@pytest.fixture
def ear(shop, job):
    return Ear(shop, job)


def test_a_commit_rings_with_the_newest_version(shop, job, ear):
    shop.do(work_orders.start, job)
    assert ear.heard() == timeline.version("wo", job.id)
    assert ear.heard() is None


def test_a_commit_rings_for_its_own_record_only(shop, job, ear):
    other = shop.work_order("Mallory Moss")
    shop.do(work_orders.start, other)
    assert ear.heard() is None
    shop.do(work_orders.start, job)
    assert ear.heard()


def test_nothing_rings_before_the_commit(shop, job, ear):
    with writing():
        work_orders.start(job, by=shop.dana)
        db.session.flush()
        assert ear.heard() is None
    assert ear.heard()


def test_a_rollback_rings_nothing(shop, job, ear):
    with contextlib.suppress(Trouble), writing():
        work_orders.start(job, by=shop.dana)
        db.session.flush()
        raise Trouble
    assert shop.again(job).status == "scheduled"
    assert ear.heard() is None
    shop.do(work_orders.save_notes, job, text="Later", seen=job.edition)
    assert ear.heard() is None


def test_a_savepoint_rings_nothing_before_the_whole_is_committed(shop, job, ear):
    with contextlib.suppress(Trouble), writing():
        work_orders.start(job, by=shop.dana)
        links.share(job, by=shop.dana, keys=shop.keys)  # makes a savepoint
        assert ear.heard() is None
        raise Trouble
    assert shop.again(job).status == "scheduled"
    assert ear.heard() is None


def test_a_savepoint_that_is_taken_back_takes_only_its_own_ring_with_it(shop, job, ear):
    other = shop.work_order("Mallory Moss")
    theirs = Ear(shop, other)
    with writing():
        work_orders.start(job, by=shop.dana)
        savepoint = db.session.begin_nested()
        work_orders.start(other, by=shop.dana)
        db.session.flush()
        savepoint.rollback()
    assert ear.heard() == timeline.version("wo", job.id)
    assert theirs.heard() is None


@pytest.mark.parametrize("verb", ["notes", "customer", "share", "look", "message", "password", "link"])
def test_what_the_customer_does_not_see_rings_nothing(shop, job, ear, verb):
    link = shop.link(job) or (shop.token(job) and shop.link(job))
    heard_before = ear.heard()
    before = timeline.version("wo", job.id)
    with writing():
        match verb:
            case "notes":
                work_orders.save_notes(job, "Dog in the yard", seen=job.edition, by=shop.dana)
            case "customer":
                card = {name: getattr(job.customer, name) for name in customers.CARD} | {"notes": "Pays late"}
                customers.edit(job.customer, card, seen=job.customer.edition, by=shop.dana)
            case "share":
                links.share(job, by=shop.dana, keys=shop.keys)
            case "look":
                links.opened(link, job)
            case "message":
                messages.leave(job, link.id, about="", body="Hi", name="", reach_at="", address="")
            case "password":
                people.set_password(shop.dana, "x")
            case "link":
                people.sign_in_link(shop.dana)
    assert heard_before is None
    assert ear.heard() is None
    assert timeline.version("wo", job.id) == before


def test_a_change_of_the_shop_rings_at_every_page(shop, job, ear):
    other = shop.work_order("Mallory Moss")
    theirs = Ear(shop, other)
    shop.do(shops.edit, shops.profile(), values={"phone": "(503) 555-0199"}, seen=shops.profile().edition)
    assert ear.heard() == timeline.version("wo", job.id)
    assert theirs.heard() == timeline.version("wo", other.id)


def test_a_revoked_link_dismisses_its_own_pages_and_no_others(shop, job):
    token = shop.token(job)
    mine, preview = Ear(shop, job, key=shop.link(job).id), Ear(shop, job, key=0)
    shop.do(links.revoke, job)
    assert token
    assert next(mine.stream).startswith(b"event: gone")
    assert preview.heard() is None


def test_two_commits_between_two_looks_are_one_ring_with_the_later_version(shop, job, ear):
    shop.steps(job, "set_off", "start")
    assert ear.heard() == timeline.version("wo", job.id)
    assert ear.heard() is None


def test_an_event_without_a_bell_cannot_be_left(app):
    with pytest.raises(IntegrityError), writing():
        db.session.execute(
            insert(Event.__table__).values(kind="wo", record_id=1, verb="x", details={}, at=text("CURRENT_TIMESTAMP"))
        )
    assert Bell.SILENT.value == "silent"


class Neighbours:
    """Listens to other processes' commits, as the server does, until it cannot read the events any more."""

    def __init__(self, app):
        self.doorbell, self.engine = app.extensions["doorbell"], db.engine
        if not self.doorbell.newest:
            self.doorbell.begin()
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self) -> None:
        with contextlib.suppress(OperationalError):
            portal.sqlite.listen(self.engine, self.doorbell)

    def lose_sight(self) -> None:
        with writing():
            db.session.execute(text("ALTER TABLE event RENAME TO aside"))
        self.thread.join(10)
        assert not self.thread.is_alive()
        with writing():
            db.session.execute(text("ALTER TABLE aside RENAME TO event"))


def started_elsewhere(app, job) -> None:
    """Another process starts the job: nothing of ours takes part in its commit."""
    with contextlib.closing(sqlite.connect(app.extensions["settings"].database_path)) as connection, connection:
        connection.execute(
            "INSERT INTO event (kind, record_id, verb, bell, details, at) VALUES ('wo', ?, 'started', 'ring', '{}', ?)",
            (job.id, "2026-11-22 10:00:00"),
        )


def test_what_was_committed_elsewhere_while_nobody_listened_rings_later(app, job, ear, monkeypatch):
    monkeypatch.setattr(portal.sqlite, "NEIGHBOUR_LOOK_S", 0.01)
    listening = Neighbours(app)

    def rings_again():
        started_elsewhere(app, job)
        return ear.heard()

    wait_for(rings_again, "a commit from elsewhere to ring")
    listening.lose_sight()
    started_elsewhere(app, job)
    while ear.heard():
        pass
    listening = Neighbours(app)
    wait_for(ear.heard, "a commit that came meanwhile to ring")
    listening.lose_sight()


def test_a_command_beside_the_server_rings_at_the_pages_that_are_open(open_shop, server):
    """The work order is changed by this process; the page is open in the server's."""
    job = open_shop.work_order()
    with Listener(server.url + open_shop.path(job)) as page:
        page.next("version")
        open_shop.do(work_orders.start, job)
        assert page.hears(timeline.version("wo", job.id))
        open_shop.do(shops.edit, shops.profile(), values={"phone": "(503) 555-0199"}, seen=shops.profile().edition)
        assert page.hears(timeline.version("wo", job.id))
        open_shop.do(links.revoke, job)
        assert page.next("gone") == "1"
        assert page.has_ended()
