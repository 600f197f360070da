"""The server with a ticking greenlet: `python -m bench.ticking FILE` writes each late tick to FILE, in milliseconds.

By how much a tick is late is how long the loop did not turn, whoever held it: the application, or a busy machine.
"""

from portal import server  # isort: skip - patches the standard library first

import sys
import time

import gevent

TICK_S = 0.002


def tick(path: str) -> None:
    with open(path, "a", buffering=1) as file:
        while True:
            due, spent = time.monotonic() + TICK_S, time.thread_time()
            gevent.sleep(TICK_S)
            late, held = time.monotonic() - due, time.thread_time() - spent
            if late > TICK_S:
                file.write(f"{time.monotonic()} {late * 1000:.2f} {held * 1000:.2f}\n")


if __name__ == "__main__":
    gevent.spawn(tick, sys.argv[1])
    sys.exit(server.main([]))
