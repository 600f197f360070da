"""The server as a process: what it holds once it is warm and nobody came."""

import importlib.util
import subprocess
import sys

import pytest

from portal import hub
from tests.conftest import ROOT, RunningServer, free_port

# What a shop on SQLite, in English, without a mail server and with nothing to migrate has no use for until somebody
# asks. A small machine has 80 MB for the idle server (bench/start.py); most of these cost it one or more.
NOT_HELD = """PIL alembic babel.messages ctypes flask_migrate gevent.resolver.thread portal.demo portal.outside.mail
    psycopg requests segno smtplib stripe sqlalchemy.dialects.postgresql xml.sax""".split()
WARM = """
import sys
from portal import first_start, server, settings
shop = server.Server(settings.read({"DATA_DIR": sys.argv[1], "PORT": sys.argv[2]}))
with shop.app.app_context():
    first_start.prepare(is_demo=False)
    first_start.welcome()
shop.http.start()
shop._warm_up()
print(*sys.modules)
"""

FEW_FILES = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (1200, 1200))
from portal import server, settings
shop = server.Server(settings.read({"DATA_DIR": sys.argv[1], "PORT": sys.argv[2], "STREAMS_TOTAL": sys.argv[3]}))
print(shop.app.extensions["viewers"].total, shop.http.pool.size)
"""


@pytest.mark.skipif(not hub.is_possible(), reason="this system has no epoll: streams hold places")
@pytest.mark.parametrize(("wanted", "held"), [(10_000, "500 500"), (100, "100 900"), (700, "500 500")])
def test_streams_leave_files_to_everybody_else(tmp_path, wanted, held):
    command = [sys.executable, "-c", FEW_FILES, str(tmp_path), str(free_port()), str(wanted)]
    started = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert started.stdout.strip() == held
    assert ("STREAMS_TOTAL" in started.stderr) == (wanted > 500)


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """The modules that a fresh interpreter has loaded after a start that is not the first, which migrates."""
    folder = str(tmp_path_factory.mktemp("idle"))
    starts = [
        subprocess.run(
            [sys.executable, "-c", WARM, folder, str(free_port())], cwd=ROOT, capture_output=True, text=True, check=True
        )
        for _start in ("first", "second")
    ]
    assert "alembic" in starts[0].stdout.split()
    return set(starts[1].stdout.split())


def test_an_idle_server_does_without_what_it_may_never_need(held):
    assert [name for name in NOT_HELD if not importlib.util.find_spec(name)] == []  # not merely a slip in a name
    assert {"portal.staff.sharing", "portal.postman", "sqlalchemy.dialects.sqlite"} <= held
    assert [name for name in NOT_HELD if name in held] == []


@pytest.mark.skipif(not importlib.util.find_spec("pysqlite3"), reason="no pysqlite3 for this processor")
def test_it_holds_one_sqlite_and_not_two(held):
    assert "pysqlite3" in held
    assert "sqlite3" not in held


def test_the_tests_run_the_server_as_its_owner_does():
    started = (ROOT / "script" / "server").read_text()
    assert f'python {" ".join(RunningServer.flags)} -m {RunningServer.module} "$@"' in started
