"""Tasks that misbehave, for the worker's child."""

import os
import sys
import time
from pathlib import Path

from portal.outside.worker_child import Refused

LEAKED = []


def who() -> dict:
    return {"pid": os.getpid()}


def echo(**given) -> dict:
    return given


def refuse(reason: str) -> dict:
    raise Refused(reason)


def leave() -> dict:
    raise SystemExit("done with this")


def wait_for_file(path: str, begun: str = "") -> dict:
    """Busy until `path` is there. Says so by making the file `begun`."""
    if begun:
        Path(begun).touch()
    while not Path(path).exists():
        time.sleep(0.01)
    return who()


def note(path: str, word: int) -> dict:
    with open(path, "a") as file:
        file.write(f"{word}\n")
    return {"word": word}


def chatter() -> dict:
    print("a stray print")
    print("and one that is flushed", flush=True)
    os.write(1, b'{"told": "a forged answer"}\n')
    os.system("echo a stray program")
    return {"read": sys.stdin.read()}


def grow(mb: int) -> dict:
    return {"bytes": len(bytearray(mb << 20))}


def leak(mb: int) -> dict:
    LEAKED.append(os.urandom(mb << 20))
    return who()


def write(path: str, mb: int) -> dict:
    with open(path, "wb") as file:
        for _ in range(mb):
            file.write(bytes(1 << 20))
    return {}


def surroundings() -> dict:
    """What the child can see of its parent."""
    descriptors = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            descriptors[name] = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:  # the listing's own
            continue
    foreign = {"gevent", "flask", "app", "models", "sqlalchemy", "PIL"} & set(sys.modules)
    return {
        "environment": dict(os.environ),
        "descriptors": descriptors,
        "imported": sorted(foreign),
        "session": os.getsid(0),
        "pid": os.getpid(),
        "nice": os.nice(0),
        "arguments": sys.argv,
    }
