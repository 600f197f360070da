"""Paper: a customer's copy as PDF. It is laid out in the worker's child; the server never imports WeasyPrint.

What was printed is kept under a hash of all that it was made from. Whoever asks was let in by their door before: the
hash opens nothing.
"""

import contextlib
import hashlib
import json
import logging
import os
import re
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from babel import Locale
from flask import render_template
from flask_babel import gettext as _

from portal.customer_copy import InvoiceCopy, QuoteCopy, WorkOrderCopy
from portal.outside import qr
from portal.outside.storage import Storage
from portal.outside.worker import Refused, Worker
from portal.palette import palette

DEADLINE_S = 20
LINES_MOST = 1000
HTML_MOST_BYTES = 1_500_000
SHEET = Path(__file__).parent.parent.parent / "static" / "css" / "paper.css"
FONT_FOLDERS = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
STAMPED = ("paid", "void", "credited", "approved", "declined", "expired")
COUNTERS = {"\1": "page", "\2": "pages"}

Copy = InvoiceCopy | QuoteCopy | WorkOrderCopy
log = logging.getLogger("porchlight")


class NoRoom(Exception):
    """The disk is full: nothing was printed, and nothing half printed was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    path: Path
    name: str  # what the file is called once it is saved: "invoice-2031.pdf"
    pages: int
    etag: str
    missing: tuple[str, ...]  # scripts that no installed font has: "Han"


class Flight:
    """Somebody prints this already; who else wants it waits for the end."""

    def __init__(self):
        self.landed = threading.Event()
        self.error: Exception | None = None


class Press:
    """Prints, one page at a time, and keeps what it printed in `folder`."""

    def __init__(self, *, worker: Worker, folder: Path, storage: Storage):
        self.worker, self.folder, self.storage = worker, folder, storage
        self._flights: dict[str, Flight] = {}
        self._met: dict[str, None] = {}

    def pdf(self, copy: Copy, *, locale: str, live_url: str = "") -> Printed:
        """The copy on paper, in the language in force. `live_url` is where its QR code leads, for one that is shared.

        Never inside `writing()`, and the reader's connection is better given back first (`look_again`).
        Raises Refused ("too_long"), Busy, Failed, NoRoom.
        """
        if len(copy.paper.lines) > LINES_MOST:
            raise Refused("too_long")
        html = page(copy, locale, live_url)
        if len(html) > HTML_MOST_BYTES:
            raise Refused("too_long")
        return self._printed(copy, html)

    def missing(self) -> tuple[str, ...]:
        """The scripts met since the server started that no installed font has. fonts_for says what to install."""
        return tuple(self._met)

    def _printed(self, copy: Copy, html: str) -> Printed:
        job = {"html": html, "stored": self._stored(copy)}
        key = hashlib.sha256(json.dumps([made_with(), fonts_as_of(), job]).encode()).hexdigest()
        path = self.folder / key[:2] / f"{key}.pdf"
        while (told := kept(path)) is None:
            self._in_single_flight(path, job)
        self._met |= dict.fromkeys(told["missing"])
        return Printed(path=path, name=name_of(copy), pages=told["pages"], etag=key, missing=tuple(told["missing"]))

    def _stored(self, copy: Copy) -> dict[str, str]:
        """{address in the page: file} of the pictures that the copy shows."""
        names = {copy.shop.logo} - {""}
        return {f"stored:{name}": str(self.storage.path(name)) for name in sorted(names)}

    def _in_single_flight(self, path: Path, job: dict) -> None:
        flight = self._flights.get(path.name)
        if flight is None:
            flight = self._flights[path.name] = Flight()
            try:
                self._print(path, job)
            except Exception as error:
                flight.error = error
                raise
            finally:
                del self._flights[path.name]
                flight.landed.set()
        else:
            flight.landed.wait()
            if flight.error:
                raise flight.error

    def _print(self, path: Path, job: dict) -> None:
        with self._drafts(path) as (order, draft):
            order.write_bytes(json.dumps(job).encode())
            told = self.worker.do(
                "portal.outside.printing:pdf",
                deadline_s=DEADLINE_S,
                job=str(order),
                draft=str(draft),
                sheet=str(SHEET),
                fonts_as_of=fonts_as_of(),
            )
            for complaint in told.pop("complaints"):
                log.warning("paper: %s", complaint)
            order.write_text(json.dumps(told))
            os.replace(order, path.with_suffix(".json"))
            os.replace(draft, path)

    @contextlib.contextmanager
    def _drafts(self, path: Path) -> Iterator[tuple[Path, Path]]:
        """Two files beside `path` that are gone afterwards, or have become something. Raises NoRoom."""
        drafts = [path.with_name(f"{secrets.token_hex(8)}{kind}") for kind in (".order", ".part")]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield tuple(drafts)
        except OSError as error:
            raise NoRoom from error
        except Refused as refused:
            raise (NoRoom if refused.reason == "no_room" else refused) from refused
        finally:
            for draft in drafts:
                draft.unlink(missing_ok=True)


def kept(path: Path) -> dict | None:
    """What is known of the PDF there, which counts as used now; None when there is none."""
    try:
        os.utime(path)
        return json.loads(path.with_suffix(".json").read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def page(copy: Copy, locale: str, live_url: str) -> str:
    """The whole HTML page that becomes paper."""
    return (
        render_template(
            "paper/document.html",
            copy=copy,
            stamp=stamp(copy),
            colors=palette(copy.shop.brand_color)["light"],
            locale_code=locale.replace("_", "-"),
            text_direction=Locale.parse(locale).text_direction,
            live_code=qr.svg(live_url, _("QR code to this document online")) if live_url else "",
            footing=footing(),
        )
        .encode("utf-8", "replace")
        .decode()
    )


def stamp(copy: Copy) -> str:
    """What is known for good and stands beside the heading. No "due in 5 days": tomorrow it would be another page."""
    if not copy.number:
        return _("Draft")
    return copy.pill if copy.status in STAMPED else ""


def footing() -> list[tuple[str, str]]:
    """ "Page 1 of 2" as pairs of ("page", "pages" or "", words), for the page's counters."""
    words = _("Page %(page)s of %(pages)s", page="\1", pages="\2")
    return [(COUNTERS.get(word, ""), word) for word in re.split("([\1\2])", words) if word]


def name_of(copy: Copy) -> str:
    """ "invoice-2031.pdf": as its heading says."""
    return re.sub(r"\W+", "-", copy.paper.heading).strip("-").lower() + ".pdf"


@lru_cache
def made_with() -> str:
    """Changes with whatever makes another PDF of the same page."""
    sources = (SHEET, Path(__file__).with_name("printing.py"))
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sources]
    return " ".join([metadata.version("weasyprint"), *digests])


def fonts_as_of() -> str:
    """Changes when fonts are installed: a folder of fonts is new then."""
    folders = [folder for top in FONT_FOLDERS if top.is_dir() for folder in (top, *(f for f in top.iterdir()))]
    return str(max((folder.stat().st_mtime_ns for folder in folders), default=0))
