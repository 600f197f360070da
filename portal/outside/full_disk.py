"""A disk that is full, told apart from everything else that can go wrong with files."""

import contextlib
import errno
from collections.abc import Iterator

from portal.outside.worker_child import Refused

REASONS = {errno.ENOSPC: "no_room", errno.EDQUOT: "no_room", errno.EFBIG: "too_long"}  # EFBIG: our own limit


class NoRoom(Exception):
    """The disk is full, or nearly: nothing was made, and nothing half made was kept."""


@contextlib.contextmanager
def refused() -> Iterator[None]:
    """In the worker's child: what it writes does not fit. Raises Refused (no_room, too_long)."""
    try:
        yield
    except OSError as error:
        if error.errno in REASONS:
            raise Refused(REASONS[error.errno]) from error
        raise


@contextlib.contextmanager
def told() -> Iterator[None]:
    """In the server: what it writes does not fit, or what its child does. Raises NoRoom, Refused (too_long)."""
    try:
        with refused():
            yield
    except Refused as refusal:
        if refusal.reason == "no_room":
            raise NoRoom from refusal
        raise
