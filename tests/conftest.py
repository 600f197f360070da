"""A shop for each test: a real database, the real application, the cast, and where asked for the real server.

The rules and the doors are tried twice: on a SQLite file and, where TEST_DATABASE_URL names a Postgres that may be
filled with databases, on that too (script/test starts one).
"""

import contextlib
import contextvars
import inspect
import itertools
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
import requests
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from sqlalchemy import make_url

from app import create_app
from portal import first_start, settings
from tests.factories import Shop
from tests.fake_stripe import FakeStripe

ROOT = Path(__file__).parent.parent
TESTS = Path(__file__).parent
POSTGRES = os.environ.get("TEST_DATABASE_URL", "")
ON_BOTH = ("domain", "staff", "customer", "hooks", "test_canary.py", "test_journey.py")


def pytest_generate_tests(metafunc) -> None:
    """A test in ON_BOTH is two tests, unless it names `data_dir`: then it is about the file."""
    if "database" not in metafunc.fixturenames or not POSTGRES:
        return
    is_about_the_file = "data_dir" in inspect.signature(metafunc.function).parameters
    if metafunc.definition.path.relative_to(TESTS).parts[0] in ON_BOTH and not is_about_the_file:
        metafunc.parametrize("database", ["sqlite", "postgres"], indirect=True)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory) -> Path:
    """A migrated database with the shop's one row, made once and copied for every test."""
    folder = tmp_path_factory.mktemp("template")
    app = create_app(settings.read({"DATA_DIR": str(folder)}))
    with app.app_context():
        first_start.prepare(is_demo=False)
        database = app.extensions["sqlalchemy"]
        database.session.remove()
        with database.engine.connect() as connection:
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.engine.dispose()
    return folder / "porchlight.db"


@pytest.fixture
def data_dir(empty_database, tmp_path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(empty_database, folder / "porchlight.db")
    return folder


class Postgres:
    """Makes databases in the Postgres of TEST_DATABASE_URL and takes them away again."""

    def __init__(self):
        self.admin = psycopg.connect(libpq(POSTGRES), autocommit=True)
        self.name = f"porchlight_{os.getpid()}"
        self.numbers = itertools.count(1)

    def create(self, template: str = "template0") -> str:
        """The address of a new database."""
        name = f"{self.name}_{next(self.numbers)}"
        self.admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self.admin.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


def libpq(url: str) -> str:
    """`url` as psycopg itself reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres():
    if not POSTGRES:
        pytest.skip("TEST_DATABASE_URL names no Postgres; script/test does")
    made = Postgres()
    yield made
    made.admin.close()


@pytest.fixture(scope="session")
def empty_postgres(postgres, tmp_path_factory):
    """A migrated database with the shop's one row, made once and copied for every test."""
    url = postgres.create()
    app = create_app(settings.read({"DATA_DIR": str(tmp_path_factory.mktemp("template")), "DATABASE_URL": url}))
    with app.app_context():
        first_start.prepare(is_demo=False)
        app.extensions["sqlalchemy"].session.remove()
        app.extensions["sqlalchemy"].engine.dispose()
    yield make_url(url).database
    postgres.drop(url)


@pytest.fixture
def postgres_url(postgres, empty_postgres):
    """A database of the test's own."""
    url = postgres.create(empty_postgres)
    yield url
    postgres.drop(url)


@pytest.fixture
def database(request) -> str:
    """DATABASE_URL: empty for the file in the data folder."""
    return request.getfixturevalue("postgres_url") if getattr(request, "param", "sqlite") == "postgres" else ""


class CompiledTemplates(BytecodeCache):
    """Compiles a template once for all the applications that the tests make: it takes longer than a whole request."""

    def __init__(self):
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = CompiledTemplates()


class Visitor(FlaskClient):
    """A test client whose requests start from nothing, as on a server, not inside the test's own context."""

    def open(self, *args, **kwargs):
        return contextvars.Context().run(super().open, *args, **kwargs)


@pytest.fixture
def app(data_dir, database):
    environ = {"DATA_DIR": str(data_dir), "DATABASE_URL": database, "PUBLIC_BASE_URL": "https://jobs.example.com"}
    with opened(environ) as app:
        yield app


@contextlib.contextmanager
def opened(environ: dict[str, str]):
    app = create_app(settings.read(environ))
    app.test_client_class = Visitor
    app.jinja_env.bytecode_cache = TEMPLATES
    with app.app_context():
        yield app
        for worker in (app.extensions["worker"], app.extensions["press"].worker):
            worker.stop()  # else its child would wait for more, one of each test
        app.extensions["sqlalchemy"].session.remove()
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def stripe():
    """A Stripe on loopback that nobody told where the shop is: its messages are carried by hand."""
    with FakeStripe() as running:
        yield running


@pytest.fixture
def paying_shop(data_dir, database, stripe):
    """The shop, connected to `stripe`."""
    environ = {"DATA_DIR": str(data_dir), "DATABASE_URL": database, "PUBLIC_BASE_URL": "https://jobs.example.com"}
    with opened(environ | stripe.environ) as app:
        yield Shop(app)


@pytest.fixture
def shop(app) -> Shop:
    """The cast and their work orders, by name."""
    return Shop(app)


# As script/server has it, so that only the first of many servers compiles everything.
COMPILED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "PYTHONPYCACHEPREFIX": str(ROOT / ".venv" / "compiled")
}


class RunningServer:
    """The real server, in a process of its own, on a port of its own."""

    module = "portal.server"
    flags = ("-OO",)  # as script/server starts it

    def __init__(self, data_dir: Path, port: int, **environ: str):
        self.url = f"http://127.0.0.1:{port}"
        self.data_dir = data_dir
        self.environ = COMPILED | {"DATA_DIR": str(data_dir), "PORT": str(port)} | environ
        self.lines: list[str] = []
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *self.flags, "-m", self.module],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        wait_for(self._answers, "the server to answer", within_s=30)

    def _read(self, process: subprocess.Popen) -> None:
        with process.stdout:
            for line in process.stdout:
                self.lines.append(line)

    def _answers(self) -> bool:
        assert self.process.poll() is None, "".join(self.lines)
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False

    def stop(self) -> int:
        """Ask it to stop, as a service manager does. Gives the exit code."""
        self.process.terminate()
        return self.process.wait(20)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def app(self):
        """The same shop seen from this process, as a command beside the server sees it."""
        url = self.environ.get("DATABASE_URL", "")
        return create_app(
            settings.read({"DATA_DIR": str(self.data_dir), "DATABASE_URL": url, "PUBLIC_BASE_URL": self.url})
        )


class ImpatientServer(RunningServer):
    module = "tests.impatient_server"


def wait_for(condition, what: str, *, within_s: float = 10.0):
    """The first true value of `condition`; fails the test when none comes."""
    deadline = time.monotonic() + within_s
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited {within_s} s for {what}"
        time.sleep(0.02)
    return value


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(data_dir):
    running = RunningServer(data_dir, free_port())
    yield running
    if running.process.poll() is None:
        running.kill()


@pytest.fixture
def open_shop(server) -> Shop:
    """The cast in the database of the running server, written from this process."""
    app = server.app()
    with app.app_context():
        yield Shop(app)
        app.extensions["sqlalchemy"].session.remove()
        app.extensions["sqlalchemy"].engine.dispose()
