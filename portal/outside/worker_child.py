"""The worker's child: one JSON line in, one JSON line out, until its parent hangs up.

Of the shop's code it imports only the tasks it is asked for, each when it is first asked for.
"""

import contextlib
import gc
import importlib
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from typing import BinaryIO, TextIO

MB = 1024 * 1024
FILE_MOST_MB = 64
OUT_OF_MEMORY = 3  # the exit code that says so
PR_SET_PDEATHSIG = 1


class Refused(Exception):
    """What a task was given is at fault. `reason` is a code, which the door turns into words."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def main() -> None:
    """Answer requests. argv: the repository's root, memory in MB, and 1 to die in the instant the parent dies."""
    memory_mb, dies_with_parent = map(int, sys.argv[2:4])
    requests, answers = take_pipes()
    confine(memory_mb)
    if dies_with_parent:
        import ctypes  # the parent imports this module too, and has no use for it

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for done, line in enumerate(requests, 1):
        answer = carry_out(**json.loads(line))
        print(json.dumps(answer | {"done": done, "rss_mb": rss_mb()}), file=answers, flush=True)
        tidy_up()


def tidy_up() -> None:
    """Give the memory of what was just done back, now that nobody waits: the thresholds leave it lying for long.

    What has come to stay, the libraries, need not be looked at every time.
    """
    gc.collect()
    if not gc.get_freeze_count():
        gc.freeze()


def take_pipes() -> tuple[BinaryIO, TextIO]:
    """The parent's pipes, moved to where no stray print can reach them: descriptor 1 is now the error output."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return requests, answers


def confine(memory_mb: int) -> None:
    """Bound what a hostile file can make of this process, and let the server go first when the machine is short."""
    lower(resource.RLIMIT_AS, memory_mb * MB)
    lower(resource.RLIMIT_FSIZE, FILE_MOST_MB * MB)
    lower(resource.RLIMIT_CORE, 0)
    os.umask(0o077)
    os.nice(5)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("500")
    gc.set_threshold(50_000, 50, 50)
    # A service manager signals the whole group. A request under way may still end; then the parent hangs up.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def lower(limit: int, most: int) -> None:
    _soft, hard = resource.getrlimit(limit)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(limit, (most, most))


def carry_out(task: str, given: dict) -> dict:
    """`told`, `refused` or `failed`: what the task returned, the reason it refused, what went wrong."""
    try:
        return {"told": function(task)(**given)}
    except Refused as refusal:
        return {"refused": refusal.reason}
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BaseException as error:  # some libraries raise past Exception, and every request needs its answer
        traceback.print_exc()
        return {"failed": f"{type(error).__name__}: {error}"[:300]}


def function(task: str) -> Callable[..., dict]:
    """The function that "package.module:name" names."""
    module, _colon, name = task.partition(":")
    return getattr(importlib.import_module(module), name)


def rss_mb() -> int:
    """Memory really held now, in MB."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() // MB
