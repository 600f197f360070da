"""The bell and the viewers: hold, ring, dismiss. Rules only: knows no documents and writes to nobody itself.

A viewer is one open stream. It carries nothing but versions, so what is not delivered is never lost: the page that
reconnects is told the newest version first and looks again. Nobody needs a queue, therefore: one pending version is
enough. How words reach a viewer is its outlet's business: a greenlet or thread that reads a Stream keeps a Note, and
portal/hub.py keeps nothing but the connection's descriptor.
"""

import hashlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain

BEAT_S = 15.0
RETRY_MS = (800, 1600)  # spread, so that a restart does not bring everybody back in the same instant
AT_ONCE = 50  # viewers of one topic that are told inside the commit that rings; more of them are told in turns
LOOK_MS = 8  # what looking again takes of the server, and as much for everybody else: all of them are spread over it

GONE = b"event: gone\ndata: 1\n\n"
BYE = b"event: bye\ndata: 1\n\n"
BEAT = b"event: beat\ndata: 1\n\n"


class Full(Exception):
    """No room for one more stream on this link, from this address, or at all."""


class Note:
    """What waits for a viewer until somebody fetches it: one number and a last word."""

    __slots__ = ("last_word", "number", "wake")

    def __init__(self):
        self.wake: threading.Event | None = None  # only who waits for it needs one
        self.number: int | None = None
        self.last_word: bytes | None = None

    def tell(self, _viewer: "Viewer", number: int) -> None:
        self.number = max(number, self.number or 0)
        if self.wake:
            self.wake.set()

    tell_in_turn = tell

    def end(self, _viewer: "Viewer", last_word: bytes) -> None:
        self.last_word = self.last_word or last_word
        if self.wake:
            self.wake.set()

    def wait(self, pause_s: float) -> None:
        """Until something is told, or `pause_s` have passed."""
        self.wake = self.wake or threading.Event()
        if not self.number and not self.last_word:  # else it came before there was anything to wake
            self.wake.wait(pause_s)
        self.wake.clear()


class Viewer:
    """One open stream on `topic`, let in by the link `key`, or on the staff side by the session of that name."""

    __slots__ = ("address", "descriptor", "key", "outlet", "seen", "topic")

    def __init__(self, topic: str, key: int | str, address: str):
        self.topic, self.key, self.address = topic, key, address
        self.outlet = Note()
        self.descriptor: int | None = None  # the hub's, once it has the connection
        self.seen = 0  # the newest Event told, so that what another process rings late is not told as news


class Viewers:
    """Everybody who has a page open, by topic.

    `secret` seals versions. `is_good` is asked about a session before anything is said on its streams.
    """

    def __init__(self, *, total: int, per_link: int, per_address: int, secret: str = ""):
        self.total, self.per_link, self.per_address = total, per_link, per_address
        self.is_good: Callable[[str], bool] = lambda _session: True
        self._seal = hashlib.blake2b(key=hashlib.sha256(secret.encode()).digest(), digest_size=8)
        self._by_topic: dict[str, tuple[Viewer, ...]] = {}  # tuples: most are of one, and take half of a list
        self._by_address: Counter[str] = Counter()
        self._count = 0
        self._crowd = (0, 0, 0.0)  # the newest Event told to everybody, milliseconds to spread, and until when
        self.rung = 0  # how often anything rang: who looked before and was held after sees whether to look again
        self._is_closing = False

    def __len__(self) -> int:
        return self._count

    def version(self, topic: str, number: int) -> str:
        """What the page and the stream of `topic` call the newest Event's number.

        The number itself counts everything that happens in the shop: two looks would tell how busy it is.
        """
        seal = self._seal.copy()
        seal.update(f"{topic} {number}".encode())
        return seal.hexdigest()

    def news(self, topic: str, number: int) -> bytes:
        """The version; and after a space within how many milliseconds to look, when so many others are told the same
        that all of them at once would keep everybody else waiting."""
        version = self.version(topic, number).encode()
        told, spread_ms, until = self._crowd
        spread = b" %d" % spread_ms if told == number and time.monotonic() < until else b""
        return b"id: %s\nevent: version\ndata: %s%s\n\n" % (version, version, spread)

    def hold(self, topic: str, *, key: int | str, address: str, most: int | None = None) -> Viewer:
        """Let one more stream in; from here on it misses nothing that rings for `topic`.

        Raises Full, by `key` past `most` or per_link. A key opens one topic only. An unknown address ("") is nobody's,
        so it is not counted.
        """
        there = self._by_topic.get(topic, ())
        is_crowded = address != "" and self._by_address[address] >= self.per_address
        is_crowded = is_crowded or sum(each.key == key for each in there) >= (most or self.per_link)
        if self._is_closing or is_crowded or self._count >= self.total:
            raise Full
        viewer = Viewer(topic, key, address)
        self._by_topic[topic] = (*there, viewer)
        self._by_address[address] += 1
        self._count += 1
        return viewer

    def let_go(self, viewer: Viewer) -> None:
        there = self._by_topic.get(viewer.topic, ())
        if viewer not in there:
            return
        left = tuple(each for each in there if each is not viewer)
        if left:
            self._by_topic[viewer.topic] = left
        else:
            del self._by_topic[viewer.topic]
        self._count -= 1
        self._by_address[viewer.address] -= 1
        if not self._by_address[viewer.address]:
            del self._by_address[viewer.address]

    def ring(self, topic: str, number: int) -> None:
        self.rung += 1
        there = self._by_topic.get(topic, ())
        for viewer in there:
            (viewer.outlet.tell if len(there) <= AT_ONCE else viewer.outlet.tell_in_turn)(viewer, number)

    def ring_all(self, number: int) -> None:
        self.rung += 1
        spread_ms = self._count * LOOK_MS if self._count > AT_ONCE else 0
        self._crowd = (number, spread_ms, time.monotonic() + spread_ms / 1000)
        for viewer in self._everybody():
            viewer.outlet.tell_in_turn(viewer, number)

    def dismiss(self, topic: str, key: int) -> None:
        """The link `key` opens nothing any more: say so on its streams and close them."""
        self.rung += 1
        for viewer in self._by_topic.get(topic, ()):
            if viewer.key == key:
                viewer.outlet.end(viewer, GONE)

    def farewell(self) -> None:
        """The server stops: end every stream cleanly and let none in. The pages come back by themselves."""
        self._is_closing = True
        for viewer in self._everybody():
            viewer.outlet.end(viewer, BYE)

    def is_welcome(self, viewer: Viewer) -> bool:
        """Whether `viewer` may be told anything more. A link's end is rung at once; a session's end has to be asked."""
        return isinstance(viewer.key, int) or self.is_good(viewer.key)

    def _everybody(self) -> list[Viewer]:
        return list(chain.from_iterable(self._by_topic.values()))


class Stream:
    """A viewer's stream, from the Event `number` on, as the body of an answer.

    A server that can takes the connection over and gives it to the hub. Any other iterates, which holds a greenlet or
    a thread for as long as the page is open.
    """

    def __init__(self, viewers: Viewers, viewer: Viewer, number: int):
        self.viewers, self.viewer = viewers, viewer
        viewer.seen = number
        self.first_words = b"retry: %d\n" % random.randint(*RETRY_MS) + viewers.news(viewer.topic, number)

    def close(self) -> None:
        if self.viewer.descriptor is None:  # otherwise the hub has it
            self.viewers.let_go(self.viewer)

    def __iter__(self) -> Iterator[bytes]:
        """The stream's bytes: the version at once, then what the bell says, with a beat when it is quiet."""
        note = self.viewer.outlet
        try:
            yield self.first_words
            pause = random.uniform(0.2, 1) * BEAT_S
            while True:
                note.wait(pause)
                pause = BEAT_S
                if not note.last_word and not self.viewers.is_welcome(self.viewer):
                    note.last_word = GONE
                if note.last_word:
                    yield note.last_word
                    return
                number, note.number = note.number, None
                yield self.viewers.news(self.viewer.topic, number) if number else BEAT
        finally:
            self.close()
