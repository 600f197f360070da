"""A disk that is full, told apart from everything else that can go wrong with files."""

import contextlib
import errno
from collections.abc import Iterator

from portal.outside.worker_child import Refused

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class NoRoom(Exception):
    """The disk is full: nothing was made, and nothing half made was kept."""


@contextlib.contextmanager
def refused() -> Iterator[None]:
    """In the worker's child: what it writes does not fit. Raises Refused (no_room)."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise Refused("no_room") from error
        raise


@contextlib.contextmanager
def told() -> Iterator[None]:
    """In the server: what it writes does not fit, or what its child does. Raises NoRoom."""
    try:
        with refused():
            yield
    except Refused as refusal:
        if refusal.reason == "no_room":
            raise NoRoom from refusal
        raise
