"""Uploaded pictures: photos of jobs, the shop's logo, the staff's portraits, remade by the worker and kept in Storage.

The server never opens an upload itself. What is kept is a new picture: upright, small, nothing but its pixels. Whatever
waits for the disk does so beside the loop.
"""

import contextlib
import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import gevent

from portal.outside.storage import Storage
from portal.outside.worker import Worker

DEADLINE_S = 15
PHOTO_DEADLINE_S = 30  # 24 megapixels of HEIC take three seconds where nothing else runs
WIDE = 1.4


class Upload(Protocol):
    """What a form brings: werkzeug's FileStorage."""

    def save(self, dst: Path) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A kept picture: its name in Storage, its size in pixels."""

    name: str
    width: int
    height: int

    @property
    def is_wide(self) -> bool:
        """Whether, as a logo, it needs a line of its own rather than a square."""
        return self.width > WIDE * self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A kept photo of a job: its two names in Storage, the thumb's size in pixels, the weight of both."""

    full: str
    thumb: str
    size: tuple[int, int]
    byte_count: int


def photo(source: Path, *, worker: Worker, storage: Storage) -> Shot:
    """The photo in the file `source`: at most 2560 px wide or high, and its thumb of 480. Raises what logo raises."""
    with tempfile.TemporaryDirectory(prefix="porchlight-") as folder:
        drafts = {name: str(Path(folder) / name) for name in ("full", "thumb")}
        told = worker.do(
            "portal.outside.pixels:photo", deadline_s=PHOTO_DEADLINE_S, source=str(source.absolute()), **drafts
        )
        full, thumb = (Path(draft).read_bytes() for draft in drafts.values())
    return Shot(
        full=storage.put(full, "jpg"),
        thumb=storage.put(thumb, "webp"),
        size=(int(told["width"]), int(told["height"])),
        byte_count=len(full) + len(thumb),
    )


def logo(source: Path, *, worker: Worker, storage: Storage) -> Picture:
    """The logo in the file `source`, without its transparent margin: at most 480x160 px and 20 kB, alpha kept.

    Raises Refused (not_a_picture, too_many_pixels, too_small), Busy, Failed.
    """
    return _remade("portal.outside.pixels:logo", source, worker, storage)


def portrait(source: Path, *, worker: Worker, storage: Storage) -> Picture:
    """The middle of the picture in the file `source`: a square of at most 256 px and 10 kB. Raises what logo raises."""
    return _remade("portal.outside.pixels:portrait", source, worker, storage)


@contextlib.contextmanager
def received(upload: Upload) -> Iterator[Path]:
    """`upload` as a file on disk, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="porchlight-") as folder:
        path = Path(folder) / "upload"
        beside_the_loop(upload.save, path)
        yield path


def fingerprint(source: Path) -> str:
    """The same for the same content, in 64 letters."""

    def digest() -> str:
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    return beside_the_loop(digest)


def beside_the_loop(function, *given):
    """What `function` gives, from a thread, while the loop goes on."""
    return gevent.get_hub().threadpool.apply(function, given)


def _remade(task: str, source: Path, worker: Worker, storage: Storage) -> Picture:
    with tempfile.TemporaryDirectory(prefix="porchlight-") as folder:
        draft = Path(folder) / "draft.webp"
        told = worker.do(task, deadline_s=DEADLINE_S, source=str(source.absolute()), draft=str(draft))
        name = storage.put(draft.read_bytes(), "webp")
        return Picture(name=name, width=int(told["width"]), height=int(told["height"]))
