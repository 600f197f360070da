"""Files that mean harm, through the real route of a real server: refused with a word, and nothing suffers."""

import functools
import io
import itertools
import re
import subprocess
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image
from sqlalchemy import select

from models import Photo, db
from tests.crowd import Person
from tests.outside import hostile
from tests.outside.hostile import saved, scene
from tests.outside.test_pictures import BLUE, GREEN, RED, REFUSED, WHITE, corners, near

GROWS_MOST_MB = 16
CORPUS = REFUSED | {
    "half a HEIC": (lambda: hostile.heic()[:2000], "not_a_picture"),
    "HEIC claiming 65500 x 65500": (lambda: hostile.heic_claiming(65500, 65500), "not_a_picture"),
    "HEIC claiming 27 megapixels": (lambda: hostile.heic_claiming(6000, 4500), "not_a_picture"),
    "HEIC of 27 megapixels": (functools.cache(lambda: hostile.heic(Image.new("RGB", (6000, 4500)))), "too_many_pixels"),
    "GIF that is a program": (lambda: saved(scene(), "GIF") + b"PK\3\4" + b"\0" * 500, "not_a_picture"),
    "zip": (lambda: b"PK\3\4" + b"\0" * 500, "not_a_picture"),
}
WORDS = {
    "too_many_pixels": "That photo is too large: at most 60 megapixels as JPEG, 24 as HEIC.",
    "too_small": "That picture is too small, or empty. Use one of at least 16 × 16 pixels.",
    "not_a_picture": "That is not a photo we can read. Use a JPEG, HEIC, PNG or WebP file.",
}


class Phone:
    """Theo's, at the job."""

    def __init__(self, server, job):
        self.theo, self.path = Person(server.url, "Theo"), f"/staff/work-orders/{job.id}/photos"

    def send(self, content: bytes, key: str = ""):
        return self.theo.session.post(
            self.theo.url + self.path,
            data={"csrf_token": self.theo.csrf, "is_shown": "y", "key": key},
            files={"photos": ("IMG_1.JPG", content)},
            headers={"Accept": "application/json"},
            timeout=60,
        )


def rss_mb(pid: int) -> float:
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


@pytest.fixture
def phone(server, open_shop):
    return Phone(server, open_shop.work_order())


def stored(shop) -> list[Path]:
    return [path for path in shop.app.extensions["storage"].folder.rglob("*") if path.is_file()]


def test_everything_hostile_is_refused_with_a_word_and_the_server_stays_as_small_as_it_was(server, open_shop, phone):
    def all_of_them() -> None:
        for what, (content, reason) in CORPUS.items():
            answer = phone.send(content())
            assert (answer.status_code, answer.json()["error"]) == (422, WORDS[reason]), what

    assert phone.send(saved(scene(), "JPEG")).status_code == 201
    all_of_them()
    before = rss_mb(server.process.pid)
    all_of_them()
    assert rss_mb(server.process.pid) < before + GROWS_MOST_MB
    assert phone.send(saved(scene((640, 480)), "JPEG")).status_code == 201
    assert open_shop.count(Photo) == 2
    assert len(stored(open_shop)) == 4
    assert not any("Traceback" in line for line in server.lines if "pictures" in line)


def newest(shop) -> list[Path]:
    """The two files of the photo that came last."""
    photo = db.session.scalars(select(Photo).order_by(Photo.id.desc())).first()
    storage = shop.app.extensions["storage"]
    return [storage.path(photo.full), storage.path(photo.thumb)]


def test_a_photo_is_upright_whichever_way_the_phone_was_held(open_shop, phone):
    for kind, orientation in itertools.product(("JPEG", "PNG", "WEBP", "AVIF"), range(1, 9)):
        assert phone.send(hostile.turned(corners((960, 320)), orientation, kind)).status_code == 201
        db.session.rollback()
        for path in newest(open_shop):
            seen = Image.open(path).convert("RGB")
            right, lower = seen.width - 8, seen.height - 8
            assert seen.width == 3 * seen.height
            clockwise = zip([(8, 8), (right, 8), (right, lower), (8, lower)], [RED, GREEN, BLUE, WHITE], strict=True)
            assert all(near(seen.getpixel(at), colour) for at, colour in clockwise), f"{kind} {orientation}"


def heic_with_notes() -> bytes:
    picture, exif = scene((640, 480)), Image.Exif()
    exif[0x010F] = "Carol's phone"
    exif.get_ifd(hostile.GPS)[hostile.GPS_LATITUDE] = (37.0, 46.0, 30.0)
    picture.info["exif"] = exif.tobytes()
    return hostile.heic(picture)


WITH_NOTES = {kind: functools.partial(hostile.with_notes, kind) for kind in ("JPEG", "PNG", "WEBP", "AVIF")}
WITH_NOTES |= {"HEIC": heic_with_notes, "a page inside": hostile.jpeg_with_a_page_inside}
THE_FILE_ITSELF = re.compile(r"\[(System|File|Composite|RIFF|JFIF|ExifTool)\]")


def test_exiftool_finds_nothing_but_the_picture(open_shop, phone):
    assert b"Carol" in heic_with_notes()
    for kind, content in WITH_NOTES.items():
        assert phone.send(content()).status_code == 201, kind
    assert len(stored(open_shop)) == 2 * len(WITH_NOTES)
    for path in stored(open_shop):
        listed = subprocess.run(["exiftool", "-a", "-G1", "-s", "-u", path], capture_output=True, text=True, check=True)
        assert [line for line in listed.stdout.splitlines() if not THE_FILE_ITSELF.match(line)] == []
        assert not re.search("comment|carol|script|gps", listed.stdout, re.IGNORECASE)


def test_heic_of_24_megapixels_fits_into_the_worker(phone):
    picture = Image.merge("RGB", [Image.effect_noise((5712, 4284), 20)] * 3)
    content = io.BytesIO()
    pillow_heif.from_pillow(picture).save(content, quality=40)
    assert phone.send(content.getvalue()).status_code == 201
