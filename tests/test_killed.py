"""The shop's worst moments: killed while people write, and every connection to the database taken."""

import contextlib
import itertools
import random
import threading
from collections import Counter
from datetime import date, timedelta
from functools import partial

import pytest
import requests

from models import db
from portal.sqlite import sqlite
from tests.conftest import ImpatientServer, RunningServer, free_port, wait_for
from tests.crowd import Person
from tests.factories import Shop
from tests.pages import Page
from tests.records import rows
from tests.staff.forms import CUSTOMER, SITE
from tests.test_http import EXPECTS, FORM, Client, post

# --- killed while people write --------------------------------------------------------------------------------------

NOBODY_ANSWERS = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
WINDOW = {"date": f"{date.today() + timedelta(days=1)}", "from_time": "10:00", "to_time": "12:00"}


class Shift:
    """People who press one button after another until the server is gone. Remembers what was acknowledged."""

    def __init__(self, dana: Person, job_id: int):
        self.dana, self.job_id = dana, job_id
        self.asked: list[str] = []
        self.acknowledged: list[str] = []
        self.unexpected: list[str] = []
        self.numbers = itertools.count(1)

    def book(self, title: str) -> tuple[str, dict[str, str]]:
        return "/staff/work-orders/new", CUSTOMER | SITE | WINDOW | {"customer_id": "new", "title": title}

    def add_part(self, name: str) -> tuple[str, dict[str, str]]:
        return f"/staff/work-orders/{self.job_id}/parts", {"name": name, "quantity": "1"}

    def begin(self) -> None:
        buttons = [self.book, self.add_part] * 3
        self.threads = [threading.Thread(target=self._press, args=(self.dana.twin(), button)) for button in buttons]
        for thread in self.threads:
            thread.start()

    def _press(self, person: Person, button) -> None:
        with person.session, contextlib.suppress(*NOBODY_ANSWERS):
            while not self.unexpected:
                name = f"{button.__name__} {next(self.numbers)}"
                self.asked.append(name)
                answer = person.press(*button(name))
                if answer.status_code == 303 and answer.headers["Location"].startswith("/staff/work-orders/"):
                    self.acknowledged.append(name)
                else:
                    self.unexpected.append(f"{answer.status_code} {answer.headers}\n{answer.text}")

    def has_written(self, count: int) -> bool:
        assert self.unexpected == []
        return len(self.acknowledged) >= count

    def end(self) -> None:
        for thread in self.threads:
            thread.join()
        assert self.unexpected == []


@pytest.fixture
def own_server(data_dir, database):
    """A server of the test's own and a job in its shop. This process keeps no connection to the database."""
    server = RunningServer(data_dir, free_port(), DATABASE_URL=database)
    app = server.app()
    with app.app_context():
        job_id = Shop(app).work_order().id
        db.session.remove()
        db.engine.dispose()  # an open file would keep SQLite's shared memory alive, and a start had nothing to recover
    yield server, job_id
    server.kill()


@pytest.mark.parametrize(("database", "rounds"), [("sqlite", 20), ("postgres", 5)], indirect=["database"])
def test_a_server_that_is_killed_again_and_again_loses_nothing_that_was_acknowledged(own_server, rounds):
    server, job_id = own_server
    shift = Shift(Person(server.url, "Dana"), job_id)
    chance = random.Random(7)
    for _round in range(rounds):
        enough = len(shift.acknowledged) + chance.randint(1, 20)
        shift.begin()
        wait_for(partial(shift.has_written, enough), "people to write")
        server.kill()
        shift.end()
        server.start()
        assert_kept(server, shift)
        assert_whole(server)


def assert_kept(server: RunningServer, shift: Shift) -> None:
    """What was acknowledged is there once; what was not may be there, once."""
    kept = Counter(name for (name,) in rows(server, "SELECT title FROM work_order UNION ALL SELECT name FROM part"))
    assert kept.pop("Kitchen tap") == 1
    assert [name for name in shift.acknowledged if not kept[name]] == []
    assert [name for name, times in kept.items() if times > 1] == []
    assert set(kept) <= set(shift.asked)


HALF_BOOKED = """
SELECT number FROM work_order WHERE (SELECT count(*) FROM visit WHERE work_order_id = work_order.id) <> 1
OR (SELECT count(*) FROM event WHERE kind = 'wo' AND record_id = work_order.id AND verb = 'booked') <> 1
"""
PARTS_AND_THEIR_EVENTS = "SELECT (SELECT count(*) FROM part), (SELECT count(*) FROM event WHERE verb = 'part_added')"


def assert_whole(server: RunningServer) -> None:
    """Nothing is half written, no number is missing or given twice, and the file itself is sound."""
    numbers = [number for (number,) in rows(server, "SELECT number FROM work_order ORDER BY number")]
    assert numbers == list(range(1001, 1001 + len(numbers)))
    assert rows(server, "SELECT last FROM counter WHERE series = 'work_order'") == [(numbers[-1],)]
    assert rows(server, HALF_BOOKED) == []
    ((parts, events),) = rows(server, PARTS_AND_THEIR_EVENTS)
    assert parts == events
    if not server.environ["DATABASE_URL"]:
        assert rows(server, "PRAGMA integrity_check") == [("ok",)]
        assert rows(server, "PRAGMA foreign_key_check") == []


# --- many who wait --------------------------------------------------------------------------------------------------

MORE_THAN_CONNECTIONS = 40  # portal/sqlite.py lends out thirty


@pytest.fixture
def impatient_server(data_dir):
    """A server that waits for a second or three where others wait for five or ten, and its shop."""
    server = ImpatientServer(data_dir, free_port())
    app = server.app()
    with app.app_context():
        yield server, Shop(app)
        db.session.remove()
        db.engine.dispose()
    server.kill()


@contextlib.contextmanager
def held(server: RunningServer):
    """Another process than the server has begun to write, and takes its time."""
    with contextlib.closing(sqlite.connect(server.data_dir / "porchlight.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


class Stubborn(threading.Thread):
    """Somebody who presses a button again for as long as the answer is to come again."""

    def __init__(self, person: Person, path: str, form: dict[str, str]):
        super().__init__(daemon=True)
        self.person, self.path, self.form = person, path, form
        self.answers: list[requests.Response] = []
        self.start()

    def run(self) -> None:
        with contextlib.suppress(requests.ConnectionError):
            while not self.answers or self.answers[-1].status_code == 503:
                self.answers.append(self.person.press(self.path, self.form))


def test_writers_who_wait_are_asked_to_come_again_keep_no_reader_waiting_and_are_served(impatient_server):
    server, shop = impatient_server
    job = shop.work_order()
    path, reader, dana = shop.path(job), Person(server.url), Person(server.url, "Dana")
    names = [f"Washer {number}" for number in range(MORE_THAN_CONNECTIONS)]

    with held(server):
        parts = f"/staff/work-orders/{job.id}/parts"
        writers = [Stubborn(dana.twin(), parts, {"name": name, "quantity": "1"}) for name in names]
        read = []
        while not all(writer.answers for writer in writers):
            read.append(reader.get(path).status_code)
    wait_for(lambda: not any(writer.is_alive() for writer in writers), "every writer to be served", within_s=30)

    assert set(read) == {200}
    refusal = writers[0].answers[0]
    assert Page(refusal.text).h1 == "Something went wrong on our side"
    assert "Nothing was changed" in refusal.text
    assert [writer.answers[-1].status_code for writer in writers] == [303] * MORE_THAN_CONNECTIONS
    assert {writer.answers[0].headers["Retry-After"] for writer in writers} == {"2"}
    assert sorted(rows(server, "SELECT name FROM part")) == sorted((name,) for name in names)
    assert [reader.get(path).status_code, dana.get("/staff/").status_code] == [200, 200]
    assert not any("Traceback" in line for line in server.lines)


def test_messages_that_take_long_to_arrive_keep_no_connection_from_others(server, open_shop):
    path = open_shop.path(open_shop.work_order())
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Client(server)) for _client in range(MORE_THAN_CONNECTIONS)]
        for client in clients:
            client.say(post(f"{path}/help", 1000, FORM, EXPECTS))
        assert [client.is_told_to_go_on() for client in clients] == [True] * MORE_THAN_CONNECTIONS
        assert requests.get(server.url + path, timeout=20).status_code == 200
