"""Files in a bucket that takes its time: nobody who waits for one keeps a database connection from others."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from models import db
from portal.db import writing
from tests.conftest import opened
from tests.factories import PICTURE, Shop
from tests.pages import read


class Bucket(ThreadingHTTPServer):
    """Keeps what is put, and notes before it gives anything back what `look` sees at that moment."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Door)
        self.kept, self.seen, self.look = {}, [], lambda: None
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Door(BaseHTTPRequestHandler):
    def do_PUT(self):
        self.server.kept[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.reply(b"")

    def do_GET(self):
        self.server.seen.append(self.server.look())
        self.reply(self.server.kept.get(self.path, b""), 200 if self.path in self.server.kept else 404)

    def reply(self, content: bytes, code: int = 200) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words) -> None:
        """The tests' output is for the tests."""


@pytest.fixture
def bucket():
    bucket = Bucket()
    yield bucket
    bucket.shutdown()
    bucket.server_close()


@pytest.fixture
def shop(data_dir, bucket):
    files = f"http://key:secret@127.0.0.1:{bucket.server_port}/photos"
    with opened({"DATA_DIR": str(data_dir), "FILES_URL": files, "PUBLIC_BASE_URL": "https://jobs.example.com"}) as app:
        app.extensions["storage"].claim()
        bucket.look, bucket.seen = db.engine.pool.checkedout, []
        yield Shop(app)


def test_who_waits_for_a_file_holds_no_connection(shop, bucket):
    job, storage = shop.work_order(), shop.app.extensions["storage"]
    path, photo = shop.path(job), shop.photo(job)
    with writing():
        shop.theo.photo, shop.profile.logo = (storage.put(PICTURE, "webp") for _file in range(2))
    office, anybody = shop.staff_client("Dana"), shop.app.test_client()
    asked = [
        (office, f"/staff/work-orders/{job.id}/photos/{photo.full}"),
        (office, f"/staff/people/{shop.theo.id}/photo"),
        (anybody, f"{path}/photos/{photo.thumb}"),
        (anybody, f"/logo/{shop.profile.logo}"),
    ]
    db.session.remove()
    assert [client.get(address, buffered=True).status_code for client, address in asked] == [200] * 4
    assert bucket.seen == [0] * 4


def test_a_disk_without_room_for_the_logo_is_said_to_be_full(shop, monkeypatch):
    path = shop.path(shop.invoice(is_issued=True))
    with writing():
        shop.profile.logo = shop.app.extensions["storage"].put(PICTURE, "webp")
    monkeypatch.setattr("portal.outside.storage.SPARE_BYTES", 2**62)
    page = read(shop.app.test_client().get(f"{path}/pdf"), 507)
    assert "has no room left for files" in page.words()
