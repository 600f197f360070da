"""The customer's page, kept as bytes for as long as it would be drawn the same again.

A page is drawn from the database in some milliseconds, and often once more in the same minute: a ring reaches every
phone that has it open, a family shares one link. What was drawn is only ever answered behind the look at the database
that found the link alive in this very request, and only while all that it shows is as it was then:

- what the records say: every verb that changes what a page shows rings, for the record or for the shop (its name, its
  technicians), so the number of the newest such Event stands for all of it;
- what does not ring: the shop's settings (its edition), the language of the customer's card, which revisions were seen;
- the languages that the browser asks for, as it says it; and the address, because the page's own links repeat it;
- the clock: times are shown to the minute, so a page is kept until that minute ends, or its words change by themselves.
  The seconds until then are counted anew for every answer.

What a link no longer opens cannot be asked for: its look finds nothing, in whichever process it was revoked.
"""

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps

from flask import Response, current_app, g, request

from portal import clock

MOST_BYTES = 4_000_000  # of all pages together
LONGEST_WISH = 200  # characters of Accept-Language: what no browser says is no part of a key
COUNTDOWN = re.compile(rb'(?<= data-changes-in=")\d+(?=")')  # what people typed has its quotation marks escaped
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it was drawn at `drawn_at`; good until `ends_at`. The policy of its answer names `style_hashes`."""

    html: bytes
    style_hashes: tuple[str, ...]
    drawn_at: datetime
    ends_at: datetime
    seconds_at: tuple[int, int] | None  # where the countdown stands

    def at(self, now: datetime) -> bytes:
        if self.seconds_at is None:
            return self.html
        start, end = self.seconds_at
        left = int(self.html[start:end]) - (now - self.drawn_at) // SECOND
        return b"%b%d%b" % (self.html[:start], left, self.html[end:])


class Pages:
    """The pages of one process, the oldest first. None is there for long, so none is worth more than another."""

    def __init__(self):
        self._pages: dict[Hashable, Page] = {}
        self._bytes = 0

    def find(self, key: Hashable, now: datetime) -> Page | None:
        page = self._pages.get(key)
        return page if page and page.drawn_at <= now < page.ends_at else None

    def keep(self, key: Hashable, page: Page) -> None:
        self._drop(key)
        self._pages[key] = page
        self._bytes += len(page.html)
        while self._pages and (self._bytes > MOST_BYTES or self._oldest.ends_at <= page.drawn_at):
            self._drop(next(iter(self._pages)))

    @property
    def _oldest(self) -> Page:
        return next(iter(self._pages.values()))

    def _drop(self, key: Hashable) -> None:
        page = self._pages.pop(key, None)
        self._bytes -= len(page.html) if page else 0


def while_nothing_changed(draw: Callable[[], str]) -> Callable[[], Response | str]:
    """Have the page that `draw` makes kept: for a plain look at a link, with nothing ticked and nothing else asked."""

    @wraps(draw)
    def answer() -> Response | str:
        asked = request.headers.get("Accept-Language", "")
        if request.query_string or g.token != g.token.lower() or len(asked) > LONGEST_WISH:
            return draw()
        pages: Pages = current_app.extensions["kept_pages"]
        key, now = (g.token, g.link, asked), clock.now()
        page = pages.find(key, now)
        if page is None:
            html = draw()
            page = drawn(html, now)
            if page.drawn_at == whole_second(clock.now()):
                pages.keep(key, page)
            return html
        g.style_hashes = page.style_hashes
        return Response(page.at(now), mimetype="text/html")

    return answer


def drawn(text: str, now: datetime) -> Page:
    html, start = text.encode(), whole_second(now)
    found = COUNTDOWN.search(html)
    ends_at = start.replace(second=0) + MINUTE
    if found:
        ends_at = min(ends_at, start + (int(found[0]) - 1) * SECOND)
    return Page(html, tuple(g.get("style_hashes", ())), start, ends_at, found and found.span())


def whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
