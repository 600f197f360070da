"""A sample shop to measure: its data in a folder that goes away, the real server before it, the office signed in."""

import html
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import requests
from sqlalchemy import select

from app import create_app
from models import Link, WorkOrder, db
from portal import demo, first_start, settings
from portal.db import writing
from portal.domain import links, work_orders
from tests.conftest import ROOT, RunningServer, free_port
from tests.factories import csrf_of


@dataclass(frozen=True, kw_only=True)
class Job:
    """A shared work order and its customer's URL."""

    id: int
    number: int
    title: str
    status: str
    url: str

    @property
    def path(self) -> str:
        return "/" + self.url.split("/", 3)[3]


class DemoShop:
    """The sample shop in `folder`, with `work_orders` more: `jobs`, scheduled and shared. `open` starts its server."""

    server: RunningServer | None = None
    office: "Office"

    def __init__(self, folder: Path, work_orders: int, database_url: str = ""):
        self.port = free_port()
        self.environ = {"DATA_DIR": str(folder), "PORT": str(self.port), "DATABASE_URL": database_url}
        self.app = create_app(settings.read(self.environ))
        with self.app.app_context():
            first_start.prepare(is_demo=True)
            self.told = demo.ways_in(many=work_orders)
            shared = self._shared_jobs()
        more = set(self.told.get("many", ()))
        self.jobs = [job for job in shared if job.url in more]
        self.sample_jobs = [job for job in shared if job.url not in more]

    @staticmethod
    def _shared_jobs() -> list[Job]:
        rows = [(job, links.of(job)) for job in db.session.scalars(select(WorkOrder).order_by(WorkOrder.id))]
        return [
            Job(id=job.id, number=job.number, title=job.title, status=job.status.value, url=demo.address(link))
            for job, link in rows
            if link
        ]

    def open(self) -> None:
        """Start the server and sign the office in."""
        url = self.environ["DATABASE_URL"]
        self.server = RunningServer(Path(self.environ["DATA_DIR"]), self.port, DATABASE_URL=url)
        self.office = Office(self.server.url, self.told["staff"][0]["sign_in_url"])

    def headline(self, job: Job) -> str:
        """The words a customer who opens the page now would read first. Made in this process: the server stays idle."""
        page = self.app.test_client().get(job.path).text
        return html.unescape(re.search(r'id="headline">([^<]*)<', page)[1])

    def step_beside(self, job: Job, verb: str) -> None:
        """One of domain.work_orders' verbs in this process, as a command beside the server would do it."""
        with self.app.app_context(), writing():
            getattr(work_orders, verb)(db.session.get_one(WorkOrder, job.id), by=None)

    def command(self, *words: str) -> None:
        """`flask --app app …` in a process of its own, until it has ended."""
        line = [sys.executable, "-m", "flask", "--app", "app", *words]
        subprocess.run(line, cwd=ROOT, env=self.server.environ, check=True, stdout=subprocess.DEVNULL)

    def revoked_at(self, job: Job) -> datetime:
        """The moment written into the revoked link, just before its commit."""
        with self.app.app_context():
            revoked = select(Link.revoked_at).where(Link.record_id == job.id, Link.revoked_at.is_not(None))
            return db.session.scalars(revoked).one()

    def close(self) -> None:
        if self.server and self.server.process.poll() is None:
            self.server.kill()
        with self.app.app_context():
            db.engine.dispose()


@contextmanager
def demo_shop(*, work_orders: int, database_url: str = "") -> Iterator[DemoShop]:
    with tempfile.TemporaryDirectory(prefix="porchlight-bench-") as folder:
        shop = DemoShop(Path(folder), work_orders, database_url)
        try:
            yield shop
        finally:
            shop.close()


class Office:
    """The owner, signed in over HTTP, on one kept connection as a browser has it."""

    def __init__(self, base_url: str, sign_in_url: str):
        self.jobs_url = f"{base_url}/staff/work-orders"
        self.http = requests.Session()
        form = {"csrf_token": csrf_of(self.http.get(sign_in_url, timeout=30).text)}
        self.http.post(sign_in_url, data=form, timeout=30).raise_for_status()
        self.csrf = csrf_of(self.http.get(f"{base_url}/staff/me", timeout=30).text)

    def press(self, job: Job, button: str) -> float:
        """POST `button` and follow to the page, as a browser does. Milliseconds until the POST was answered."""
        url = f"{self.jobs_url}/{job.id}"
        answer = self.http.post(f"{url}/{button}", data={"csrf_token": self.csrf}, timeout=30)
        assert answer.ok, answer.status_code
        assert [step.status_code for step in answer.history] == [303], answer.history
        assert answer.url == url, "signed out"
        return answer.history[0].elapsed.total_seconds() * 1000
