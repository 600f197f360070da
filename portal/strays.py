"""Stray files: kept for a row that never came, or whose row is gone. Taken away after a day.

A file is kept before its row, so that no row ever points to nothing: a server that is killed in between leaves one.
"""

import logging
from datetime import timedelta

import gevent
from flask import Flask

from portal import clock
from portal.db import look_again
from portal.domain import photos
from portal.outside.storage import OutOfReach, Storage

log = logging.getLogger("porchlight")

AGE = timedelta(hours=24)
EVERY_S = 6 * 60 * 60.0
FIRST_S = 10 * 60.0  # a start has better things to do
BATCH = 500
MANY = 10  # more than a server that is killed now and then leaves behind


def run(app: Flask) -> None:
    """Look for them again and again, in a greenlet of its own."""
    gevent.sleep(FIRST_S)
    while True:
        try:
            with app.app_context():
                sweep(app.extensions["storage"])
        except OutOfReach as trouble:
            log.warning("files: the bucket does not answer (%s); looking for strays later", trouble)
        except Exception:
            log.exception("files: strays could not be looked for")
        gevent.sleep(EVERY_S)


def sweep(storage: Storage) -> list[str]:
    """Take away what no row has named for a day. Gives the names.

    A database that knows none of the files, or fewer than it does not, is more likely to be the wrong one, as in a
    rehearsal with the shop's bucket: then nothing is touched. Nor is what another shop keeps. Raises what claim raises.
    """
    storage.claim()
    before = clock.now() - AGE
    old = list(storage.kept_before(before))
    named: set[str] = set()
    for start in range(0, len(old), BATCH):
        named |= photos.named(old[start : start + BATCH])
        look_again()
    strays = sorted(set(old) - named)
    if strays and (not named or len(strays) > max(MANY, len(named))):
        log.error("files: %d of %d belong to no record. Is this the right database? Left alone", len(strays), len(old))
        return []
    storage.forget(strays)
    storage.tidy(before)
    if strays:
        log.info("files: %d that belonged to no record were taken away", len(strays))
    return strays
