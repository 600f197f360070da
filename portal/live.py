"""The bell and the viewers: hold, ring, dismiss. Knows no documents.

A viewer is one open stream. It carries nothing but versions, so what is not delivered is never lost: the page that
reconnects is told the newest version first and looks again. Each viewer therefore keeps one pending word, not a queue.
"""

import random
import threading
from collections import Counter
from collections.abc import Iterator

BEAT_S = 15.0
RETRY_MS = (800, 1600)  # spread, so that a restart does not bring everybody back in the same instant

GONE = b"event: gone\ndata: 1\n\n"
BYE = b"event: bye\ndata: 1\n\n"
BEAT = b"event: beat\ndata: 1\n\n"


class Full(Exception):
    """No room for one more stream on this link, from this address, or at all."""


class Viewer:
    """One open stream on `topic`, let in by the link `key`, or on the staff side by the session of whoever it names."""

    def __init__(self, viewers: "Viewers", topic: str, key: int | str, address: str):
        self.topic, self.key, self.address = topic, key, address
        self._viewers = viewers
        self._wake = threading.Event()
        self._version: int | None = None
        self._last_word: bytes | None = None

    def tell(self, version: int) -> None:
        self._version = max(version, self._version or 0)
        self._wake.set()

    def end(self, last_word: bytes) -> None:
        self._last_word = self._last_word or last_word
        self._wake.set()

    def leave(self) -> None:
        self._viewers.let_go(self)

    def events(self, version: int) -> Iterator[bytes]:
        """The stream's bytes: `version` at once, then what the bell says, with a beat when it is quiet."""
        try:
            yield b"retry: %d\n" % random.randint(*RETRY_MS) + version_event(version)
            pause = random.uniform(0.2, 1) * BEAT_S
            while True:
                if self._wake.wait(pause):
                    self._wake.clear()
                pause = BEAT_S
                if self._last_word:
                    yield self._last_word
                    return
                news, self._version = self._version, None
                yield version_event(news) if news else BEAT
        finally:
            self.leave()


def version_event(version: int) -> bytes:
    return b"id: %d\nevent: version\ndata: %d\n\n" % (version, version)


class Viewers:
    """Everybody who has a page open, by topic."""

    def __init__(self, *, total: int, per_link: int, per_address: int):
        self.total, self.per_link, self.per_address = total, per_link, per_address
        self._by_topic: dict[str, set[Viewer]] = {}
        self._by_key: Counter[int | str] = Counter()
        self._by_address: Counter[str] = Counter()
        self._is_closing = False

    def __len__(self) -> int:
        return self._by_key.total()

    def hold(self, topic: str, *, key: int | str, address: str, most: int | None = None) -> Viewer:
        """Let one more stream in; from here on it misses nothing that rings for `topic`.

        Raises Full, by `key` past `most` or per_link. An unknown address ("") is nobody's, so it is not counted.
        """
        is_crowded = address != "" and self._by_address[address] >= self.per_address
        if self._is_closing or is_crowded or len(self) >= self.total or self._by_key[key] >= (most or self.per_link):
            raise Full
        viewer = Viewer(self, topic, key, address)
        self._by_topic.setdefault(topic, set()).add(viewer)
        self._by_key[key] += 1
        self._by_address[address] += 1
        return viewer

    def let_go(self, viewer: Viewer) -> None:
        there = self._by_topic.get(viewer.topic, set())
        if viewer not in there:
            return
        there.remove(viewer)
        if not there:
            del self._by_topic[viewer.topic]
        for count, name in ((self._by_key, viewer.key), (self._by_address, viewer.address)):
            count[name] -= 1
            if not count[name]:
                del count[name]

    def ring(self, topic: str, version: int) -> None:
        for viewer in self._by_topic.get(topic, ()):
            viewer.tell(version)

    def ring_all(self, version: int) -> None:
        for topic in list(self._by_topic):
            self.ring(topic, version)

    def dismiss(self, topic: str, key: int) -> None:
        """The link `key` opens nothing any more: say so on its streams and close them."""
        for viewer in self._by_topic.get(topic, ()):
            if viewer.key == key:
                viewer.end(GONE)

    def farewell(self) -> None:
        """The server stops: end every stream cleanly and let none in. The pages come back by themselves."""
        self._is_closing = True
        for there in self._by_topic.values():
            for viewer in there:
                viewer.end(BYE)
