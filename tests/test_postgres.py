"""What only Postgres can show: real connections beside one another, real locks, and neighbours heard through NOTIFY."""

import os
import subprocess
import sys
from collections import Counter

import psycopg
import pytest
import requests
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import InternalError

import portal.postgres
from app import create_app
from models import Customer, Link, Status, WorkOrder, db
from portal import first_start, settings
from portal.db import look_again, writing
from portal.domain import customers, links, timeline, work_orders
from portal.turns import WriteBusy
from tests.addresses import Town
from tests.conftest import ROOT, RunningServer, free_port, libpq, wait_for
from tests.crowd import at_once, in_threads
from tests.factories import press
from tests.records import everything_in_postgres, upgrade
from tests.streams import Listener
from tests.test_migrations import fill, made_up, revisions, shape

READ_ONLY = "read-only transaction"


@pytest.fixture
def database(postgres_url) -> str:
    """Every shop of this file is kept in Postgres."""
    return postgres_url


def named(name: str) -> list[str]:
    look_again()
    return list(db.session.scalars(select(Customer.name).where(Customer.name == name)))


# --- reading and writing ------------------------------------------------------------------------------------------


def test_a_read_cannot_write(app):
    with pytest.raises(InternalError, match=READ_ONLY):
        customers.add(name="Carol Cruz")
    assert named("Carol Cruz") == []


def test_a_read_cannot_write_past_the_session_either(app):
    with db.engine.connect() as connection, pytest.raises(InternalError, match=READ_ONLY):
        connection.execute(text("INSERT INTO counter VALUES ('sly', 1)"))


def test_a_line_that_went_dead_is_noticed_by_pages_too(app):
    asked = db.session.connection().connection.dbapi_connection.info.get_parameters()
    assert int(asked["keepalives_idle"]) + 3 * int(asked["keepalives_interval"]) == 25
    assert (asked["keepalives_count"], asked["tcp_user_timeout"]) == ("3", "25000")


def lines_for_looks(database) -> set[int]:
    with psycopg.connect(libpq(database), autocommit=True) as admin:
        found = admin.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'porchlight looks'")
        return {pid for (pid,) in found}


def test_a_link_is_found_though_every_line_for_looking_it_up_was_cut(server, open_shop, database):
    path = open_shop.path(open_shop.work_order())
    at_once(*[lambda: requests.get(server.url + path, timeout=20)] * 10)
    before = lines_for_looks(database)
    assert 1 <= len(before) <= portal.postgres.LOOKS
    with psycopg.connect(libpq(database), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [list(before)])
    wait_for(lambda: not before & lines_for_looks(database), "the connections to end")
    assert requests.get(server.url + path, timeout=20).status_code == 200
    assert lines_for_looks(database)


def test_a_look_is_one_trip_to_the_server(app, shop):
    token = shop.token(shop.work_order())
    assert links.resolve("wo", token)
    (line,) = lines_for_looks(app.extensions["settings"].database_url)
    with psycopg.connect(libpq(app.extensions["settings"].database_url), autocommit=True) as admin:
        (query, state) = admin.execute("SELECT query, state FROM pg_stat_activity WHERE pid = %s", [line]).fetchone()
    assert query.startswith("SELECT link.id")
    assert state == "idle"  # and in no transaction


def test_a_route_that_would_write_on_get_fails_and_changes_nothing(app, shop):
    app.view_functions["customer.page"] = lambda: customers.add(name="By a mere look").name
    path = shop.path(shop.work_order())
    assert app.test_client().get(path).status_code == 500
    assert named("By a mere look") == []


def test_a_page_shows_one_moment_whatever_is_committed_while_it_is_drawn(app, shop):
    """Else it names the newest version beside what was true before, and nothing rings for it any more."""
    job = shop.work_order()
    path, other = shop.path(job), create_app(app.extensions["settings"])
    is_due = iter([True])

    def set_off(_connection, _cursor, statement, *_rest) -> None:
        if "FROM visit" in statement and next(is_due, False):
            with other.app_context(), writing():
                work_orders.set_off(db.session.get(WorkOrder, job.id), by=None)

    event.listen(db.engine, "before_cursor_execute", set_off)
    before = timeline.version("wo", job.id)
    page = app.test_client().get(path).text
    look_again()
    assert job.status is Status.ON_THE_WAY
    assert "Theo is on the way" not in page
    assert f'data-version="{before}"' in page
    assert "Theo is on the way" in app.test_client().get(path).text
    with other.app_context():
        db.engine.dispose()


def test_what_is_written_is_kept_and_the_connection_reads_only_again(app):
    for _turn in range(3):
        with writing():
            customers.add(name="Carol Cruz")
        with pytest.raises(InternalError, match=READ_ONLY):
            customers.add(name="Carol Cruz")
        db.session.rollback()
    assert len(named("Carol Cruz")) == 3


def test_every_wait_is_bounded(app):
    waits = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    assert [db.session.scalar(text(f"SHOW {name}")) for name in waits] == ["5s", "15s", "20s"]


# --- many at once -------------------------------------------------------------------------------------------------


def test_fifty_bookings_at_once_get_fifty_numbers_in_a_row(app, shop):
    first = shop.work_order()
    customer_id, place = first.customer_id, {"street": "", "locality": "", "time_zone": "UTC"}

    def book() -> int:
        with writing():
            return work_orders.book(db.session.get(Customer, customer_id), title="Tap", **place, by=None).number

    assert sorted(in_threads(app, 50, book)) == list(range(first.number + 1, first.number + 51))
    assert shop.count(WorkOrder) == 51


def test_twenty_taps_on_share_make_one_link(app, shop):
    job = shop.work_order()
    path = f"/staff/work-orders/{job.id}/share"
    clients = [shop.staff_client() for _ in range(20)]
    tap = lambda: press(clients.pop(), path, headers={"Accept": "application/json"}).json["url"]  # noqa: E731

    urls = in_threads(app, 20, tap)

    assert len(urls) == 20
    assert set(urls) == {f"https://jobs.example.com{shop.path(job)}"}
    assert shop.count(Link, record_id=job.id) == 1
    assert shop.verbs(job).count("shared") == 1


def test_thirty_who_press_start_at_once_start_the_job_once(app, shop):
    job = shop.work_order()
    path, dana = f"/staff/work-orders/{job.id}/start", shop.staff_client()
    clients = [app.test_client() for _ in range(30)]
    for client in clients:
        client.csrf, client._cookies = dana.csrf, dict(dana._cookies)

    codes = in_threads(app, 30, lambda: press(clients.pop(), path).status_code)

    assert Counter(codes) == {303: 30}
    assert shop.again(job).status == "in_progress"
    assert shop.verbs(job).count("started") == 1


# --- a lock that does not come ------------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setitem(portal.postgres.OPTIONS, "lock_timeout", "200ms")


def holding(url: str, statement: str):
    """A neighbour's connection that has done `statement` and does not commit."""
    neighbour = psycopg.connect(libpq(url))
    neighbour.execute(statement)
    return neighbour


def test_a_lock_that_does_not_come_in_time_is_told_apart_and_nothing_is_written(impatient, database, app, shop):
    job = shop.work_order()

    def write() -> None:
        with writing():
            customers.add(name="Peggy Poe")
            job.title = "Never"

    with holding(database, "SELECT * FROM work_order FOR UPDATE") as neighbour:
        with pytest.raises(WriteBusy):
            write()
        neighbour.rollback()
    assert named("Peggy Poe") == []
    assert shop.again(job).title == "Kitchen tap"


def test_who_waited_too_long_is_asked_to_come_again_and_nothing_is_lost(impatient, database, app, shop):
    job, dana = shop.work_order(), shop.staff_client()
    path = f"/staff/work-orders/{job.id}/start"
    with holding(database, "SELECT * FROM work_order FOR UPDATE") as neighbour:
        answer = press(dana, path)
        assert dana.get(f"/staff/work-orders/{job.id}").status_code == 200
        neighbour.rollback()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert shop.again(job).status == "scheduled"
    assert press(dana, path).status_code == 303
    assert shop.again(job).status == "in_progress"


# --- neighbours ---------------------------------------------------------------------------------------------------


@pytest.fixture
def server(data_dir, database):
    running = RunningServer(data_dir, free_port(), DATABASE_URL=database)
    yield running
    if running.process.poll() is None:
        running.kill()


def ears(url: str) -> list[int]:
    """The connections that listen for neighbours."""
    with psycopg.connect(libpq(url)) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'porchlight ears' AND datname = %s",
            [connection.info.dbname],
        )
        return [pid for (pid,) in found]


def test_an_open_page_hears_what_another_process_commits(server, open_shop, database):
    job = open_shop.work_order()
    wait_for(lambda: ears(database), "the server to listen")
    with Listener(server.url + open_shop.path(job)) as page:
        page.next("version")
        open_shop.do(work_orders.start, job)
        assert page.hears(timeline.version("wo", job.id))
        command = [sys.executable, "-m", "flask", "--app", "app", "revoke", "wo", str(job.number)]
        subprocess.run(command, cwd=ROOT, env=server.environ, check=True, capture_output=True)
        assert page.next("gone") == "1"
        assert page.has_ended()


def test_ears_that_were_cut_off_grow_again_and_every_page_looks_again(server, open_shop, database):
    job = open_shop.work_order()
    (first,) = wait_for(lambda: ears(database), "the server to listen")
    with Listener(server.url + open_shop.path(job)) as page:
        page.next("version")
        with psycopg.connect(libpq(database), autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [first])
        wait_for(lambda: first not in ears(database), "the connection to end")
        open_shop.do(work_orders.start, job)  # while nobody listens
        assert page.hears(timeline.version("wo", job.id))
        (second,) = ears(database)
        assert second != first
        open_shop.do(work_orders.complete, job)
        assert page.hears(timeline.version("wo", job.id))


# --- migrations ---------------------------------------------------------------------------------------------------


@pytest.fixture
def new_url(postgres):
    """A database without any table."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture
def new_app(new_url, tmp_path):
    app = create_app(settings.read({"DATA_DIR": str(tmp_path), "DATABASE_URL": new_url}))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def counts(url: str) -> dict[str, int]:
    return {name: len(rows) for name, rows in everything_in_postgres(url).items()}


def test_the_migrations_make_the_tables_of_the_models(new_app, postgres):
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, db.metadata) == []
    url = postgres.create()
    by_models = create_engine(url)
    db.metadata.create_all(by_models)
    assert shape(db.engine) == shape(by_models)
    by_models.dispose()
    postgres.drop(url)


def test_every_migration_keeps_the_rows_that_were_there(new_app, new_url):
    for revision in revisions():
        look_again()
        before = counts(new_url)
        upgrade(revision=revision)
        after = counts(new_url)
        lost = {name: (rows, after[name]) for name, rows in before.items() if name in after and after[name] < rows}
        assert lost == {}, revision
        fill(new_app)
        assert all(counts(new_url).values()), revision


def test_a_migration_of_a_shop_that_has_been_working_changes_only_what_it_says(shop, database, tmp_path):
    Town(shop)
    look_again()
    before = everything_in_postgres(database)
    body = 'op.add_column("work_order", sa.Column("made_up", sa.String(10), nullable=True))'
    upgrade(directory=made_up(tmp_path, body))
    after = everything_in_postgres(database)
    assert [row[:-1] for row in after.pop("work_order")] == before.pop("work_order")
    assert after.pop("alembic_version") != before.pop("alembic_version")
    assert after == before


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ("op.create_table('half', sa.Column('id', sa.Integer))\nraise ValueError('half way')", "half way"),
        ("op.execute('DELETE FROM part')", "would lose rows"),
        ("op.execute('UPDATE visit SET work_order_id = 999')", "fk_visit_work_order_id_work_order"),
    ],
    ids=["fails half way", "deletes rows", "makes orphans"],
)
def test_a_migration_that_fails_leaves_the_database_as_it_was(shop, database, tmp_path, caplog, body, refusal):
    Town(shop)
    look_again()
    before = everything_in_postgres(database)
    with pytest.raises((Exception, SystemExit)) as stopped:
        upgrade(directory=made_up(tmp_path, body))
    assert refusal in f"{stopped.value} {caplog.text}"
    assert everything_in_postgres(database) == before


def test_two_starts_at_once_do_not_clash(new_url, tmp_path):
    start = [sys.executable, "-m", "flask", "--app", "app", "upgrade"]
    environ = os.environ | {"DATABASE_URL": new_url}
    both = [
        subprocess.Popen(
            start,
            cwd=ROOT,
            env=environ | {"DATA_DIR": str(tmp_path / f"{number}")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(2)
    ]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    rows = everything_in_postgres(new_url)
    assert rows["alembic_version"] == [(revisions()[-1],)]
    assert len(rows["org_profile"]) == 1


def test_a_start_may_be_repeated(new_app, new_url):
    first_start.prepare(is_demo=False)
    look_again()
    before = everything_in_postgres(new_url)
    first_start.prepare(is_demo=False)
    assert everything_in_postgres(new_url) == before
