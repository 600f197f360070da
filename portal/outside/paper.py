"""Paper: a customer's copy as PDF. It is laid out in the worker's child; the server never imports WeasyPrint.

What was printed is kept under a hash of all that it was made from. Whoever asks was let in by their door before: the
hash opens nothing.
"""

import contextlib
import hashlib
import json
import logging
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from portal.customer_copy import InvoiceCopy, WorkOrderCopy
from portal.flights import Flights
from portal.outside import e_invoice, full_disk, sheet
from portal.outside.full_disk import NoRoom as NoRoom
from portal.outside.scripts import fonts_for as fonts_for
from portal.outside.storage import Storage
from portal.outside.worker import Busy, Failed, Refused, Worker

DEADLINE_S, BUNDLE_DEADLINE_S = 30, 60
SWEEP_EVERY_S = 60 * 60
LINES_MOST = 1000
HTML_MOST_BYTES = 1_500_000
STYLE = Path(__file__).parent.parent.parent / "static" / "css" / "paper.css"
FONT_FOLDERS = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
log = logging.getLogger("porchlight")


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    path: Path
    name: str  # what the file is called once it is saved: "invoice-2031.pdf"
    pages: int
    etag: str
    missing: tuple[str, ...]  # scripts that no installed font has: "Han"


class Press:
    """Prints, one page at a time, and keeps what it printed in `folder`."""

    def __init__(self, *, worker: Worker, folder: Path, storage: Storage):
        self.worker, self.folder, self.storage = worker, folder, storage
        self._flights = Flights()
        self._met: dict[str, str] = {}  # {script: as of which fonts}
        self._sweeps_at = 0.0

    def pdf(self, copy: sheet.Copy, *, locale: str, live_url: str = "") -> Printed:
        """The copy on paper, in the language in force. `live_url` is where its QR code leads, for one that is shared.

        Never inside `writing()`, and the reader's connection is better given back first (`look_again`).
        Raises Refused (too_long), Busy, Failed, NoRoom.
        """
        if sheet.rows_of(copy) > LINES_MOST:
            raise Refused("too_long")
        html = sheet.page(copy, locale, live_url)
        if len(html) > HTML_MOST_BYTES:
            raise Refused("too_long")
        xml = e_invoice.xml(copy) if isinstance(copy, InvoiceCopy) else ""
        return self._printed(copy, html, xml)

    def missing(self) -> tuple[str, ...]:
        """The scripts met since the server started that no font has, still. fonts_for says what to install."""
        now = fonts_as_of()
        return tuple(script for script, then in self._met.items() if then == now)

    def _printed(self, copy: sheet.Copy, html: str, xml: str) -> Printed:
        job = {"html": html, "xml": xml, "stored": self._stored(copy)}
        key = hashlib.sha256(json.dumps([made_with(), fonts_as_of(), job]).encode()).hexdigest()
        path = self.folder / key[:2] / f"{key}.pdf"
        while (told := kept(path)) is None:
            self._in_single_flight(path, job)
        missing = tuple(told["missing"])
        self._met |= dict.fromkeys(missing, fonts_as_of())
        return Printed(path=path, name=sheet.name_of(copy), pages=told["pages"], etag=key, missing=missing)

    def _stored(self, copy: sheet.Copy) -> dict[str, str]:
        """{address in the page: file} of the pictures that the copy shows."""
        photos = copy.photos if isinstance(copy, WorkOrderCopy) else ()
        named = [("logo", copy.shop.logo)] * bool(copy.shop.logo) + [("photo", photo.full) for photo in photos]
        return {f"{kind}:{name}": str(self.storage.path(name)) for kind, name in named}

    def _in_single_flight(self, path: Path, job: dict) -> None:
        """Print it; where somebody does already, wait for the end of that."""
        try:
            self._flights.join(path.name, lambda: self._print(path, job), wait_s=self.worker.patience_s + DEADLINE_S)
        except TimeoutError as error:
            raise Busy from error

    def _print(self, path: Path, job: dict) -> None:
        with drafts(path) as (order, draft):
            order.write_text(json.dumps(job))
            told = self.worker.do(
                "portal.outside.printing:pdf",
                deadline_s=DEADLINE_S,
                job=str(order),
                draft=str(draft),
                sheet=str(STYLE),
                fonts_as_of=fonts_as_of(),
            )
            for complaint in told.pop("complaints"):
                log.warning("paper: %s", complaint)
            order.write_text(json.dumps(told))
            os.replace(order, path.with_suffix(".json"))
            os.replace(draft, path)
        self._sweep()

    def bundle(self, paths: list[Path], target: Path) -> int:
        """Write the PDFs, in this order, as one to `target`. Gives its pages.

        Raises Busy, Failed, NoRoom, Refused (too_long).
        """
        with drafts(target) as (order, draft):
            order.write_text(json.dumps([str(path.absolute()) for path in paths]))
            given = {"job": str(order), "draft": str(draft)}
            told = self.worker.do("portal.outside.merging:pdf", deadline_s=BUNDLE_DEADLINE_S, **given)
            os.replace(draft, target)
        return told["pages"]

    def _sweep(self) -> None:
        """Now and then, take away what nobody asks for any more. Another time will do as well."""
        if time.monotonic() < self._sweeps_at:
            return
        self._sweeps_at = time.monotonic() + SWEEP_EVERY_S
        with contextlib.suppress(Busy, Failed):
            self.worker.do("portal.outside.old_paper:sweep", deadline_s=DEADLINE_S, folder=str(self.folder))


@contextlib.contextmanager
def drafts(path: Path) -> Iterator[tuple[Path, Path]]:
    """Two files beside `path` that are gone afterwards, or have become something. Raises NoRoom."""
    made = [path.with_name(f"{secrets.token_hex(8)}{kind}") for kind in (".order", ".part")]
    try:
        with full_disk.told():
            path.parent.mkdir(parents=True, exist_ok=True)
            yield tuple(made)
    finally:
        for draft in made:
            draft.unlink(missing_ok=True)


def kept(path: Path) -> dict | None:
    """What is known of the PDF there, which counts as used now; None when there is none."""
    try:
        os.utime(path)
        return json.loads(path.with_suffix(".json").read_bytes())
    except (FileNotFoundError, ValueError):
        return None


@lru_cache
def made_with() -> str:
    """Changes with whatever makes another PDF of the same page."""
    sources = (STYLE, *map(Path(__file__).with_name, ("printing.py", "factur_x.py")))
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sources]
    return " ".join([metadata.version("weasyprint"), *digests])


def fonts_as_of() -> str:
    """Changes when fonts are installed: a folder of fonts is new then."""
    folders = [folder for top in FONT_FOLDERS if top.is_dir() for folder in (top, *(f for f in top.iterdir()))]
    return str(max((folder.stat().st_mtime_ns for folder in folders), default=0))
