"""One at a time for each name: whoever asks while an answer is on its way gets that same answer."""

import threading
from collections.abc import Callable


class Flight:
    def __init__(self):
        self.landed = threading.Event()
        self.result = None
        self.error: Exception | None = None


class Flights:
    """Joins those who want the same at the same time. Threads and greenlets alike."""

    def __init__(self):
        self._mutex = threading.Lock()  # held for a few instructions only
        self._in_air: dict[str, Flight] = {}

    def join(self, name: str, do: Callable, *, wait_s: float):
        """What `do` gives or raises, to all who ask for `name` meanwhile. Raises TimeoutError after `wait_s`."""
        with self._mutex:
            flight = self._in_air.get(name)
            is_mine = flight is None
            if is_mine:
                flight = self._in_air[name] = Flight()
        if is_mine:
            return self._fly(name, flight, do)
        if not flight.landed.wait(wait_s):
            raise TimeoutError(name)
        if flight.error is not None:
            raise flight.error
        return flight.result

    def _fly(self, name: str, flight: Flight, do: Callable):
        flight.error = TimeoutError(name)  # for those who wait, should this greenlet be killed
        try:
            flight.result = do()
            flight.error = None
            return flight.result
        except Exception as error:
            flight.error = error
            raise
        finally:
            with self._mutex:
                del self._in_air[name]
            flight.landed.set()
