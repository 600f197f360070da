"""Taking turns at writing: a fair lock that greenlets, or threads, can wait for."""

import threading
import time
from collections import deque

BREATH_S = 0.0001  # a turn of the loop between two writers: a row of fifty would else write without anybody else moving


class WriteBusy(Exception):
    """Nobody let us write in time. Nothing was changed; the same request may be sent again."""


class FairLock:
    """A lock handed on in the order of asking. Cooperative once gevent has patched threading; waiters may be killed."""

    def __init__(self):
        self._mutex = threading.Lock()  # held for a few instructions only
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    def acquire(self, timeout: float) -> bool:
        with self._mutex:
            if not self._held:
                self._held = True
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        try:
            if turn.wait(timeout):
                time.sleep(BREATH_S)
                return True
        except BaseException:
            if not self._leave(turn):
                self.release()
            raise
        return not self._leave(turn)

    def release(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False

    def _leave(self, turn: threading.Event) -> bool:
        """False when the lock was handed over in the very instant of leaving."""
        with self._mutex:
            try:
                self._waiting.remove(turn)
            except ValueError:
                return False
            return True
