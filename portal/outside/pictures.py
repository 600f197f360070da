"""Uploaded pictures: the shop's logo and the staff's portraits, remade by the worker and kept in Storage.

The server never opens an upload itself. What is kept is a new WebP picture: upright, small, nothing but its pixels.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from portal.outside.storage import Storage
from portal.outside.worker import Worker

DEADLINE_S = 15
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
        upload.save(path)
        yield path


def _remade(task: str, source: Path, worker: Worker, storage: Storage) -> Picture:
    with tempfile.TemporaryDirectory(prefix="porchlight-") as folder:
        draft = Path(folder) / "draft.webp"
        told = worker.do(task, deadline_s=DEADLINE_S, source=str(source.absolute()), draft=str(draft))
        name = storage.put(draft.read_bytes(), "webp")
        return Picture(name=name, width=int(told["width"]), height=int(told["height"]))
