"""Writers as they meet in the server: greenlets in one thread.

Run by test_db.py in a process of its own, because patching the standard library cannot be taken back:

    python -m tests.under_gevent DATA_DIR        prints one JSON object: what each scene came to
"""

from gevent import monkey

monkey.patch_all()

import json
import sys

import gevent
from sqlalchemy import insert, select, text

from app import create_app
from models import Counter, db
from portal import settings
from portal.db import writing
from portal.sqlite import sqlite
from portal.turns import FairLock

WRITERS, ROUNDS = 40, 5


def main(data_dir: str) -> dict:
    app = create_app(settings.read({"DATA_DIR": data_dir}))
    scenes = (
        lost_updates,
        order_of_turns,
        order_of_writers,
        killed_while_waiting,
        killed_while_writing,
        killed_while_another_process_writes,
        readers_meanwhile,
        late_for_the_lock,
    )
    return {scene.__name__: scene(app) for scene in scenes}


def count(name: str, *, yields: bool = True) -> None:
    """Read, let the others run, write."""
    with writing():
        row = db.session.get(Counter, name)
        seen = row.last
        if yields:
            gevent.sleep(0)
        row.last = seen + 1


def inside(app, function, *args) -> gevent.Greenlet:
    """`function` in a greenlet with a session of its own, as a request has."""

    def run():
        with app.app_context():
            return function(*args)

    return gevent.spawn(run)


def make(app, name: str) -> None:
    with app.app_context(), writing():
        db.session.execute(insert(Counter).values(series=name, last=0))


def value(app, name: str) -> int:
    with app.app_context():
        return db.session.scalar(select(Counter.last).where(Counter.series == name))


def lost_updates(app) -> dict:
    make(app, "many")

    def keep_counting():
        for _round in range(ROUNDS):
            count("many")

    writers = [inside(app, keep_counting) for _writer in range(WRITERS)]
    gevent.joinall(writers, timeout=60)
    return {"counted": value(app, "many"), "failed": [repr(w.exception) for w in writers if w.exception]}


def order_of_turns(app) -> list[int]:
    """Asks one after the other while the lock is held, and notes who got it when."""
    lock, order = FairLock(), []
    lock.acquire(5)

    def take(number: int):
        assert lock.acquire(5)
        order.append(number)
        gevent.sleep(0)
        lock.release()

    waiting = []
    for number in range(8):
        waiting.append(gevent.spawn(take, number))
        gevent.sleep(0)
    lock.release()
    gevent.joinall(waiting, timeout=10)
    return order


def order_of_writers(app) -> list[int]:
    """The same with whole transactions."""
    order = []

    def write(number: int):
        with writing():
            order.append(number)

    with app.app_context(), writing():
        writers = []
        for number in range(8):
            writers.append(inside(app, write, number))
            gevent.sleep(0.01)
    gevent.joinall(writers, timeout=20)
    return order


def killed_while_waiting(app) -> dict:
    make(app, "waited")
    with app.app_context():
        with writing():
            first, second, third = (inside(app, count, "waited") for _writer in range(3))
            gevent.sleep(0.05)
            first.kill()
            db.session.execute(text("UPDATE counter SET last = 10 WHERE series = 'waited'"))
            waiting = [w.ready() for w in (second, third)]
        second.kill()  # in the very instant in which the lock is handed to it
        third.join(5)
        inside(app, count, "waited").join(5)
    return {"waited": waiting, "counted": value(app, "waited")}


def killed_while_writing(app) -> int:
    make(app, "cut")

    def never_ends():
        with writing():
            db.session.execute(text("UPDATE counter SET last = 99 WHERE series = 'cut'"))
            gevent.sleep(60)

    writer = inside(app, never_ends)
    gevent.sleep(0.05)
    writer.kill()
    inside(app, count, "cut").join(5)
    return value(app, "cut")


def killed_while_another_process_writes(app) -> dict:
    """A waiter that dies must not leave a connection behind on which reads may write."""
    make(app, "foreign")
    other = sqlite.connect(app.extensions["settings"].database_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiters = [inside(app, count, "foreign") for _writer in range(3)]
    gevent.sleep(0.1)
    gevent.killall(waiters)
    other.execute("ROLLBACK")
    other.close()
    refused = 0
    with app.app_context():
        connections = [db.engine.connect() for _connection in range(5)]
        for connection in connections:
            try:
                connection.execute(text("UPDATE counter SET last = 99 WHERE series = 'foreign'"))
            except Exception as error:
                refused += "readonly" in str(error)
            connection.close()
    inside(app, count, "foreign").join(5)
    return {"reads that could not write": refused, "counted": value(app, "foreign")}


def readers_meanwhile(app) -> dict:
    """Somebody writes and takes their time; everybody else reads, and sees what was committed."""
    make(app, "read")
    seen = []
    with app.app_context(), writing():
        db.session.execute(text("UPDATE counter SET last = 5 WHERE series = 'read'"))
        readers = [inside(app, lambda: seen.append(value(app, "read"))) for _reader in range(10)]
        gevent.joinall(readers, timeout=5)
    return {"while writing": seen, "after": value(app, "read")}


def late_for_the_lock(app) -> dict:
    lock = FairLock()
    lock.acquire(1)
    got = lock.acquire(0.05)
    lock.release()
    return {"got": got, "free again": lock.acquire(0)}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
