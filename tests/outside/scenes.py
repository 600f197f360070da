"""The worker inside a gevent server: each scene runs in a patched process of its own and prints one JSON line."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import gevent

from portal.outside import pictures
from portal.outside.storage import Storage
from portal.outside.worker import Busy, Interrupted, Worker

ROOT = Path(__file__).parent.parent.parent
ODD = "tests.outside.odd_tasks"
PATCHED = (
    "from gevent import monkey; monkey.patch_all(); import sys; from tests.outside import scenes; "
    "getattr(scenes, sys.argv[1])(*sys.argv[2:])"
)


def start(scene: str, *given) -> subprocess.Popen:
    """Begin `scene` in a process of its own, whose first line of output is what it tells."""
    command = [sys.executable, "-c", PATCHED, scene, *map(str, given)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def told(scene: str, *given) -> dict:
    with start(scene, *given) as process:
        output, _nothing = process.communicate(timeout=120)
    assert process.returncode == 0
    return json.loads(output)


def tell(**words) -> None:
    print(json.dumps(words), flush=True)


def a_rush(folder: str) -> None:
    """Twenty ask at once while the first is being served; eight may wait."""
    worker, go, noted = Worker(queue=8), Path(folder, "go"), Path(folder, "noted")
    outcomes = []

    def ask(number: int) -> None:
        try:
            worker.do(f"{ODD}:note", deadline_s=60, path=str(noted), word=number)
            outcomes.append("done")
        except Busy:
            outcomes.append("busy")

    first = gevent.spawn(worker.do, f"{ODD}:wait_for_file", deadline_s=60, path=str(go))
    gevent.sleep(0)
    asking = [gevent.spawn(ask, number) for number in range(19)]
    while outcomes.count("busy") < 11:
        gevent.sleep(0.01)
    go.touch()
    gevent.joinall([first, *asking], raise_error=True)
    tell(outcomes=outcomes, noted=[int(line) for line in noted.read_text().split()])
    worker.stop()


def impatience(folder: str) -> None:
    """One waits for too long behind a task that takes its time."""
    worker, go = Worker(patience_s=0.2), Path(folder, "go")
    first = gevent.spawn(worker.do, f"{ODD}:wait_for_file", deadline_s=60, path=str(go))
    gevent.sleep(0)
    second = gevent.spawn(worker.do, f"{ODD}:who", deadline_s=60)
    second.join()
    go.touch()
    tell(second=type(second.exception).__name__, first=first.get(), now=worker.do(f"{ODD}:who", deadline_s=60))
    worker.stop()


def a_killed_greenlet(folder: str) -> None:
    """The greenlet that waits for an answer is killed, as at the server's stop."""
    worker, begun = Worker(), Path(folder, "begun")
    asking = gevent.spawn(worker.do, f"{ODD}:wait_for_file", deadline_s=60, path=f"{folder}/never", begun=str(begun))
    while not begun.exists():
        gevent.sleep(0.01)
    before = worker.child_pid
    asking.kill()
    tell(before=before, after=worker.do(f"{ODD}:who", deadline_s=60)["pid"])
    worker.stop()


def a_stop_meanwhile(folder: str) -> None:
    """The worker is stopped with a task under way and another waiting."""
    worker, begun = Worker(), Path(folder, "begun")
    asking = gevent.spawn(worker.do, f"{ODD}:wait_for_file", deadline_s=60, path=f"{folder}/never", begun=str(begun))
    waiting = gevent.spawn(worker.do, f"{ODD}:who", deadline_s=60)
    while not begun.exists():
        gevent.sleep(0.01)
    pid = worker.child_pid
    worker.stop()
    gevent.joinall([asking, waiting])
    tell(pid=pid, ended=[type(each.exception).__name__ for each in (asking, waiting)], child=worker.child_pid)


def surroundings() -> None:
    """What the child inherits from a server with open sockets."""
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    accepted, _address = listener.accept()
    os.set_inheritable(listener.fileno(), True)  # as after a hand-over from another process
    os.environ["SECRET_KEY"] = "do-not-tell"
    worker = Worker()
    seen = worker.do(f"{ODD}:surroundings", deadline_s=60)
    tell(**seen, open_here=[listener.fileno(), client.fileno(), accepted.fileno()])
    worker.stop()


def an_abandoned_child(folder: str, is_at_work: str) -> None:
    """Says who the child is, then waits to be killed."""
    worker, begun = Worker(), Path(folder, "begun")
    worker.do(f"{ODD}:who", deadline_s=60)
    if is_at_work == "True":
        gevent.spawn(worker.do, f"{ODD}:wait_for_file", deadline_s=600, path=f"{folder}/never", begun=str(begun))
        while not begun.exists():
            gevent.sleep(0.01)
    tell(child=worker.child_pid)
    gevent.sleep(600)


def a_large_picture(folder: str, source: str) -> None:
    """The loop ticks while a portrait is made of `source`."""
    worker, ticks = Worker(), []

    def tick() -> None:
        while True:
            ticks.append(time.monotonic())
            gevent.sleep(0.001)

    ticking = gevent.spawn(tick)
    picture = pictures.portrait(Path(source), worker=worker, storage=Storage(Path(folder, "files")))
    ticking.kill()
    tell(ticks=len(ticks), width=picture.width, imported=sorted({"PIL"} & set(sys.modules)))
    worker.stop()


def a_crash(folder: str) -> None:
    """The child is killed in the middle of a task, as by the kernel when memory is short."""
    worker, begun = Worker(), Path(folder, "begun")
    asking = gevent.spawn(worker.do, f"{ODD}:wait_for_file", deadline_s=60, path=f"{folder}/never", begun=str(begun))
    while not begun.exists():
        gevent.sleep(0.01)
    killed = worker.child_pid
    os.kill(killed, 9)
    try:
        asking.get()
    except Interrupted as failed:
        tell(said=str(failed), killed=killed, next=worker.do(f"{ODD}:who", deadline_s=60)["pid"])
    worker.stop()
