"""One shop on many processes: what one commits, the pages of every other hear; and a database that goes away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from app import create_app
from models import db
from portal import first_start, settings
from portal.domain import links, timeline, work_orders
from tests.conftest import POSTGRES, ROOT, RunningServer, free_port, wait_for
from tests.crowd import Person
from tests.factories import Shop
from tests.streams import Listener

OWN_POSTGRES = """
. script/setup; . script/postgres; throw_away_postgres >&2
bin=$(postgres_binaries)
while echo "$TEST_DATABASE_URL" && read -r verb; do
    as_postgres "$bin/pg_ctl" -D "$postgres_folder/data" -l "$postgres_folder/log" -w -s "$verb" -m fast \
        -o "-k '$postgres_folder' -c listen_addresses= -c fsync=off" >&2
done
"""


class OwnPostgres:
    """A Postgres of the test's own, which it may stop and start."""

    def __init__(self):
        command = ["bash", "-c", OWN_POSTGRES, "script/test"]
        self.shell = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.shell.stdout.readline().strip()

    def tell(self, verb: str) -> None:
        self.shell.stdin.write(f"{verb}\n")
        self.shell.stdin.flush()
        assert self.shell.stdout.readline().strip() == self.url

    def close(self) -> None:
        self.shell.stdin.close()
        self.shell.wait(30)


@pytest.fixture(scope="module")
def own_postgres():
    if not POSTGRES:
        pytest.skip("TEST_DATABASE_URL names no Postgres; script/test does")
    postgres = OwnPostgres()
    yield postgres
    postgres.close()


@pytest.fixture(scope="module")
def running(own_postgres, tmp_path_factory):
    """Two servers of one shop on one Postgres."""
    folder = tmp_path_factory.mktemp("shop")
    app = create_app(settings.read({"DATA_DIR": str(folder), "DATABASE_URL": own_postgres.url}))
    with app.app_context():
        first_start.prepare(is_demo=False)
        shop = Shop(app)
        two = [RunningServer(folder, free_port(), DATABASE_URL=own_postgres.url) for _process in range(2)]
        yield *two, shop
        codes = [server.stop() for server in two]
        db.session.remove()
        db.engine.dispose()
    assert codes == [0, 0]


def test_what_one_process_commits_the_pages_of_the_other_hear(running):
    one, other, shop = running
    job = shop.work_order()
    path, dana = shop.path(job), Person(one.url, "Dana")
    with Listener(one.url + path) as near, Listener(other.url + path) as far:
        for page in (near, far):
            assert page.next("version") == timeline.version("wo", job.id)
        for verb in ("start", "complete"):
            assert dana.press(f"/staff/work-orders/{job.id}/{verb}").status_code == 303
            db.session.rollback()
            version = timeline.version("wo", job.id)
            assert near.hears(version)
            assert far.hears(version)
            assert f'data-version="{version}"' in requests.get(other.url + path, timeout=20).text


def test_a_revoke_in_one_process_closes_the_streams_of_the_other(running):
    one, other, shop = running
    job, others = shop.work_order(), shop.work_order("Mallory Moss")
    path, dana = shop.path(job), Person(one.url, "Dana")
    pages = [Listener(server.url + path) for server in (one, other)]
    mallorys = Listener(other.url + shop.path(others))
    for page in (*pages, mallorys):
        page.next("version")
    assert dana.press(f"/staff/work-orders/{job.id}/revoke").status_code == 303
    assert [page.last_event() for page in pages] == ["gone", "gone"]
    assert {requests.get(server.url + path, timeout=20).status_code for server in (one, other)} == {404}
    shop.do(work_orders.start, others)
    assert mallorys.hears(timeline.version("wo", others.id))
    mallorys.leave()


def test_a_session_that_ends_in_one_process_ends_its_streams_in_the_other(running):
    one, other, _shop = running
    theo = Person(one.url, "Theo")
    cookie = "; ".join(f"{name}={value}" for name, value in theo.session.cookies.items())
    page = Listener(f"{other.url}/staff", Cookie=cookie)
    page.next("version")
    assert theo.press("/staff/me/sign-out-everywhere").status_code == 303
    assert page.last_event() == "gone"


def test_pages_catch_up_by_themselves_when_postgres_was_away(running, own_postgres):
    one, other, shop = running
    job, revoked = shop.work_order(), shop.work_order("Mallory Moss")
    path = shop.path(job)
    pages = [Listener(server.url + path) for server in (one, other)]
    closing = Listener(other.url + shop.path(revoked))
    for page in (*pages, closing):
        page.next("version")
    db.session.rollback()
    db.engine.dispose()

    own_postgres.tell("stop")
    wait_for(lambda: requests.get(f"{one.url}/healthz", timeout=20).status_code == 500, "the database to be missed")
    own_postgres.tell("start")
    shop.do(work_orders.start, job)
    shop.do(links.revoke, revoked)

    version = timeline.version("wo", job.id)
    assert [page.hears(version) for page in pages] == [True, True]
    assert closing.last_event() == "gone"
    assert requests.get(f"{one.url}/healthz", timeout=20).ok
    for page in pages:
        page.leave()


def test_a_command_beside_the_server_closes_pages_on_sqlite_too(open_shop, server):
    job = open_shop.work_order()
    command = [sys.executable, "-m", "flask", "--app", "app", "revoke", "wo", str(job.number)]
    with Listener(server.url + open_shop.path(job)) as page:
        page.next("version")
        environ = os.environ | {"DATA_DIR": str(Path(server.data_dir)), "DATABASE_URL": ""}
        subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True)
        assert page.last_event() == "gone"
