"""Counting tries: per account, per address, in a bounded memory. Pure but for the clock it is given."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import ip_address, ip_network


class Throttle:
    """Lets `most` tries through in any `window_s` seconds for each key. Forgets the keys unused longest past `keys`.

    The counts live in this process: several processes together let through as many times more.
    """

    def __init__(self, *, most: int, window_s: float, keys: int = 10_000, now: Callable[[], float] = time.monotonic):
        self.most, self.window_s, self.keys, self._now = most, window_s, keys, now
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, key: str) -> int:
        """Seconds until `key` may try again; 0 when it may now."""
        tries = self._recent(key)
        return 0 if len(tries) < self.most else max(1, int(tries[0] + self.window_s - self._now()) + 1)

    def count(self, key: str) -> None:
        tries = self._recent(key)
        tries.append(self._now())
        self._tries[key] = tries
        self._tries.move_to_end(key)
        while len(self._tries) > self.keys:
            self._tries.popitem(last=False)

    def forget(self, key: str) -> None:
        self._tries.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        tries = self._tries.get(key, deque(maxlen=self.most))
        while tries and tries[0] <= self._now() - self.window_s:
            tries.popleft()
        return tries


def household(address: str) -> str:
    """Whom `address` counts for. Over IPv6 that is its /64: a single connection has all of that to call from."""
    if ":" not in address:
        return address
    parsed = ip_address(address.partition("%")[0])
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
