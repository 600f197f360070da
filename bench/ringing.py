"""The shop's server with a bell rope: `python -m bench.ringing hub|greenlets PIPE` commits what it is told.

    ring ID       an Event on the work order of that id, which its customer's page shows
    ring_all      an Event of the shop itself, which every page shows
    revoke ID     the link of the work order is revoked

Each is answered on the descriptor PIPE with the moment of the commit (CLOCK_MONOTONIC, one for all processes).
`greenlets` keeps each stream as a server does that knows no hub: the way that every WSGI server can, and the baseline
of bench.live.
"""

from portal import server  # first: it patches the standard library for gevent

# isort: split
import logging
import os
import sys
import time

import gevent
from gevent.fileobject import FileObject
from sqlalchemy import event

from models import Bell, WorkOrder, db
from portal.db import writing
from portal.domain import links, timeline
from portal.settings import read

committed_at = 0.0


def note_the_moment(_session) -> None:
    global committed_at
    committed_at = time.monotonic()


def pull(app, verb: str, *ids: str) -> None:
    with app.app_context(), writing():
        job = db.session.get_one(WorkOrder, int(ids[0])) if ids else None
        if verb == "ring":
            timeline.note(job, "edited", by=None, bell=Bell.RING)
        elif verb == "revoke":
            links.revoke(job, by=None)
        else:
            timeline.note_shop("logo_set", by=None, bell=Bell.RING)


def obey(app, pipe: int) -> None:
    answers = os.fdopen(pipe, "w", buffering=1)
    for line in FileObject(sys.stdin.fileno(), "rb"):  # sys.stdin itself would block the loop
        pull(app, *line.decode().split())
        answers.write(f"{committed_at}\n")


def main(way: str, pipe: str) -> None:
    logging.basicConfig(level=logging.WARNING)
    event.listen(db.session, "after_commit", note_the_moment, insert=True)  # before the bell
    if way == "greenlets":
        server.SPARE_CONNECTIONS = 15_000
    shop = server.Server(read())
    if way == "greenlets":
        shop.hub.close()
        shop.hub = shop.http.hub = None
    gevent.spawn(obey, shop.app, int(pipe))
    shop.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
