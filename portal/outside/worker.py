"""The worker: one long-lived child process for what burns processor time, so that the loop goes on meanwhile.

gevent is not named here: where it has patched the standard library everything below waits cooperatively, and elsewhere
the same lines work with threads.
"""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from portal.outside.worker_child import OUT_OF_MEMORY, Refused

log = logging.getLogger("porchlight")

ROOT = Path(__file__).parent.parent.parent
START = "import sys; sys.path.insert(0, sys.argv[1]); from portal.outside.worker_child import main; main()"
# All that the child gets to know of ours. With a fixed threshold the memory of a large picture goes back to the system
# when the picture is done; glibc would raise the threshold by itself and keep it. One arena: each thread of the HEIC
# decoder would reserve another 64 MB, and 24 megapixels would not fit into what the child may have.
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "MALLOC_MMAP_THRESHOLD_": "1048576",
    "MALLOC_ARENA_MAX": "1",
}
ANSWER_MOST_BYTES = 64 * 1024


class Busy(Exception):
    """Too many wait already. Nothing was begun; the same request may be sent again after `retry_after_s`."""

    retry_after_s = 5


class Failed(Exception):
    """The task came to no end: it crashed, took too long or needed too much memory."""


class Interrupted(Failed):
    """The task was cut short, or never begun, through no fault of what it was given: another time it may go well."""


class Worker:
    """Does one task at a time, in the order of asking. The child starts on first use and again after each mishap.

    `queue` may wait, none longer than `patience_s`. `memory_mb` of address space is what a machine of 512 MB can spare
    beside the server. The child is renewed after `tasks_most` tasks or above `rss_mb_most`, and stops after `idle_s`.
    """

    def __init__(
        self,
        *,
        memory_mb: int = 320,
        queue: int = 16,
        patience_s: float = 30,
        idle_s: float = 300,
        tasks_most: int = 200,
        rss_mb_most: int = 80,
    ):
        self.memory_mb, self.queue, self.patience_s = memory_mb, queue, patience_s
        self.idle_s, self.tasks_most, self.rss_mb_most = idle_s, tasks_most, rss_mb_most
        self._child: subprocess.Popen | None = None
        self._resting: threading.Timer | None = None
        self._is_stopped = False
        self._line: list[object] = []  # whose turn it is, then those who wait
        self._line_moves = threading.Condition()

    @property
    def child_pid(self) -> int | None:
        return self._child and self._child.pid

    def do(self, task: str, *, deadline_s: float, **given: str | int) -> dict:
        """What the function `task`, "package.module:name", returns in the child for `given`.

        Files go by path, both ways. Never inside `writing()`. Raises Refused when the task refuses what it was given,
        Busy, Failed.
        """
        request = json.dumps({"task": task, "given": given}).encode() + b"\n"
        with self._turn():
            try:
                answer = self._ask(request, deadline_s)
                is_worn = answer["done"] >= self.tasks_most or answer["rss_mb"] > self.rss_mb_most
            except BaseException:  # a killed greenlet too: half an answer may be in the pipe, so never use it again
                self._end()
                raise
            if is_worn or self._is_stopped:
                self._end()
            else:
                self._rest()
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer["told"]

    def stop(self) -> None:
        """For good, at once: a task under way fails, and so do those who wait."""
        with self._line_moves:
            self._is_stopped = True
            is_idle = not self._line
        if is_idle:
            self._end()
        elif child := self._child:
            child.kill()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        mine = object()
        with self._line_moves:
            if len(self._line) > self.queue:
                raise Busy
            self._line.append(mine)
        try:
            with self._line_moves:
                if not self._line_moves.wait_for(lambda: self._line[0] is mine, self.patience_s):
                    raise Busy
            yield
        finally:
            with self._line_moves:
                self._line.remove(mine)
                self._line_moves.notify_all()

    def _ask(self, request: bytes, deadline_s: float) -> dict:
        child, begun = self._running(), time.monotonic()
        leash = timer(deadline_s, child.kill)
        try:
            child.stdin.write(request)
            child.stdin.flush()
            answer = json.loads(child.stdout.readline(ANSWER_MOST_BYTES))
        except (OSError, ValueError) as error:
            child.kill()
            how = {OUT_OF_MEMORY: "out of memory"}.get(child.wait(), f"ended with {child.returncode}")
            if time.monotonic() - begun >= deadline_s:
                raise failed(f"over {deadline_s} s") from error
            raise failed(how, Interrupted if child.returncode == -signal.SIGKILL else Failed) from error
        finally:
            leash.cancel()
        if "failed" in answer:
            raise failed(answer["failed"])
        return answer

    def _running(self) -> subprocess.Popen:
        if self._resting:
            self._resting.cancel()
        if self._child and self._child.poll() is not None:
            self._end()
        if self._is_stopped:
            raise failed("stopped", Interrupted)
        if not self._child:
            # "Die with the parent" means with the thread that started it; only the main one lives as long as we do.
            # Elsewhere the child goes when its pipe ends.
            is_main_thread = threading.get_native_id() == os.getpid()
            try:
                self._child = subprocess.Popen(
                    [sys.executable, "-I", "-c", START, str(ROOT), str(self.memory_mb), str(int(is_main_thread))],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    close_fds=True,
                    start_new_session=True,
                    cwd="/",
                    env=ENVIRONMENT,
                )
            except OSError as error:
                raise failed(f"could not start: {error.strerror}", Interrupted) from error
        return self._child

    def _rest(self) -> None:
        self._resting = timer(self.idle_s, self._go_home)

    def _go_home(self) -> None:
        with self._line_moves:
            if self._line:
                return
        with contextlib.suppress(Busy), self._turn():
            self._end()

    def _end(self) -> None:
        child, self._child = self._child, None
        if not child:
            return
        if self._resting:
            self._resting.cancel()
        child.kill()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                pipe.close()
        child.wait()


def timer(wait_s: float, then) -> threading.Timer:
    begun = threading.Timer(wait_s, then)
    begun.daemon = True
    begun.start()
    return begun


def failed(why: str, kind: type[Failed] = Failed) -> Failed:
    log.warning("the worker's child: %s", why)
    return kind(why)
