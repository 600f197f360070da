"""Stored files: a folder under DATA_DIR. A name is random and never changes its content."""

import os
import re
import secrets
from pathlib import Path

NAME = re.compile(r"[0-9a-f]{32}\.(webp|jpg)")
TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}


class Storage:
    """Files in a folder, two levels deep."""

    def __init__(self, folder: Path):
        self.folder = folder

    def put(self, content: bytes, extension: str) -> str:
        """Keep `content` and give its name. On disk, whole, before this returns: a row may point to it."""
        name = f"{secrets.token_hex(16)}.{extension}"
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".part")
        with draft.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        draft.rename(path)
        directory = os.open(path.parent, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)
        return name

    def path(self, name: str) -> Path:
        """Where `name` lies. Raises LookupError for what is not one of our names."""
        if not NAME.fullmatch(name):
            raise LookupError(name)
        return self.folder / name[:2] / name

    def forget(self, names: list[str]) -> None:
        """Take these files away for good, after the rows that named them are gone. Those that are missing stay so."""
        for name in names:
            self.path(name).unlink(missing_ok=True)


def content_type(name: str) -> str:
    return TYPES[name.rsplit(".", 1)[1]]
