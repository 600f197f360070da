"""Stored files: a folder under DATA_DIR, or a bucket with that folder before it.

A name is random and never changes its content.
"""

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import gevent

from portal.outside.full_disk import NoRoom as NoRoom

NAME = re.compile(r"[0-9a-f]{32}\.(webp|jpg)")
TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}
SPARE_BYTES = 300_000_000  # what the database and everybody else on this machine go on with


class OutOfReach(Exception):
    """The bucket does not answer, or lets nobody in. Nothing was kept."""


class Storage:
    """Files in a folder, two levels deep."""

    def __init__(self, folder: Path):
        self.folder = folder

    def claim(self) -> None:
        """See to it that no other shop keeps files here: in a folder of ours none does."""

    def put(self, content: bytes, extension: str) -> str:
        """Keep `content` and give its name. On disk, whole, before this returns: a row may point to it. Raises NoRoom.

        The disk may take its time, so that this waits beside the loop.
        """
        name = f"{secrets.token_hex(16)}.{extension}"
        gevent.get_hub().threadpool.apply(self.write, (name, content))
        return name

    def write(self, name: str, content: bytes) -> None:
        path = self.place(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < SPARE_BYTES:
            raise NoRoom
        draft = path.with_name(f"{path.stem}.{secrets.token_hex(4)}.part")
        try:
            with draft.open("wb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
            draft.rename(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise NoRoom from error
        directory = os.open(path.parent, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)

    def place(self, name: str) -> Path:
        """Where `name` lies or would lie. Raises LookupError for what is not one of our names."""
        if not NAME.fullmatch(name):
            raise LookupError(name)
        return self.folder / name[:2] / name

    def path(self, name: str) -> Path:
        """`name` as a file to read; one that is not there when nothing is kept under this name. Raises what place
        raises."""
        return self.place(name)

    def forget(self, names: list[str]) -> None:
        """Take these files away for good, after the rows that named them are gone. Those that are missing stay so."""
        for name in names:
            self.place(name).unlink(missing_ok=True)

    def kept_before(self, moment: datetime) -> Iterator[str]:
        """The names of what was put here before `moment`."""
        for path, changed_at in self.files():
            if NAME.fullmatch(path.name) and changed_at < moment:
                yield path.name

    def tidy(self, before: datetime) -> None:
        """Take away what a server that was killed had begun to write before this moment."""
        for path, changed_at in self.files():
            if path.suffix == ".part" and changed_at < before:
                path.unlink(missing_ok=True)

    def files(self) -> list[tuple[Path, datetime]]:
        """Every file in the folder, and when it was written. There may be many: they are looked at beside the loop."""

        def look() -> Iterator[tuple[Path, datetime]]:
            for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
                with contextlib.suppress(FileNotFoundError):
                    yield path, datetime.fromtimestamp(path.stat().st_mtime, UTC)

        return gevent.get_hub().threadpool.apply(lambda: list(look()))


def opened(folder: Path, files_url: str, shop: str) -> Storage:
    """The storage of `shop`: `folder`, or the bucket that FILES_URL names. Raises BadSetting."""
    if not files_url:
        return Storage(folder)
    from portal.outside.bucket import Bucket, address

    return Bucket(folder.with_name(f"{folder.name}-copies"), address(files_url), shop)


def content_type(name: str) -> str:
    return TYPES[name.rsplit(".", 1)[1]]
