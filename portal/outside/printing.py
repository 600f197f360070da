"""What the worker's child does for paper: turns a finished HTML page into a PDF, by WeasyPrint.

Nothing is fetched. A page has the stored pictures that its job names, and otherwise what stands in it.
"""

import contextlib
import functools
import json
import logging
from collections.abc import Iterator
from pathlib import Path

from weasyprint import CSS, HTML, Attachment
from weasyprint.document import Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from portal.outside import factur_x, full_disk, pixels, scripts
from portal.outside.worker_child import Refused

VARIANT = "pdf/ua-1"  # tagged, so that it can be read aloud
PAGES_MOST = 60
PICTURE_DPI = 200
PHOTO_SIDE = 720  # pixels
TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}

log = logging.getLogger("weasyprint")
log.propagate = False
logging.getLogger("fontTools").setLevel(logging.ERROR)


def pdf(job: str, draft: str, sheet: str, fonts_as_of: str) -> dict:
    """Write a page as PDF to `draft`. {"pages", "missing": scripts without a font, "complaints"}.

    `job` is a JSON file, as it may be longer than a request: html, xml (an e-invoice to go inside, or "") and stored,
    {address in the page: file}.
    Raises Refused (too_long, no_room).
    """
    asked = json.loads(Path(job).read_text())
    with full_disk.refused(), listening() as heard:
        fonts, look = reading(sheet, fonts_as_of)
        page = HTML(string=asked["html"], base_url="paper:", url_fetcher=Stored(asked["stored"]))
        variant = factur_x.VARIANT if asked["xml"] else VARIANT
        document = page.render(font_config=fonts, stylesheets=[look], dpi=PICTURE_DPI, pdf_variant=variant)
        if len(document.pages) > PAGES_MOST:
            raise Refused("too_long")
        how = with_e_invoice(document, asked["xml"]) if asked["xml"] else {}
        Path(draft).write_bytes(document.write_pdf(pdf_variant=variant, **how))
    return {"pages": len(document.pages), "missing": sorted(scripts.of(heard.letters)), "complaints": heard.complaints}


def with_e_invoice(document: Document, xml: str) -> dict:
    """Put `xml` into `document`. Gives what else write_pdf must be told."""
    when = {"created": factur_x.LONG_AGO, "modified": factur_x.LONG_AGO}
    file = Attachment(string=xml, name=factur_x.FILE_NAME, description="Factur-X", relationship="Alternative", **when)
    document.metadata.attachments = [file]
    plain = document.metadata.generate_rdf_metadata
    document.metadata.generate_rdf_metadata = lambda *args, **kwargs: factur_x.described(plain(*args, **kwargs))
    return {"finisher": factur_x.listed_once}


@functools.lru_cache(maxsize=1)
def reading(sheet: str, _fonts_as_of: str) -> tuple[FontConfiguration, CSS]:
    """The fonts and the style sheet, read once: that saves a fifth of the time, and memory that is never given back.
    They are read again when a font was installed since."""
    fonts = FontConfiguration()
    return fonts, CSS(filename=sheet, font_config=fonts, url_fetcher=Stored({}))


class Stored(URLFetcher):
    """Fetches the files it was given and nothing else. It must never ask its parent, which opens anything."""

    def __init__(self, files: dict[str, str]):
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self.files = files

    def fetch(self, url, headers=None) -> URLFetcherResponse:
        if url not in self.files:
            raise ValueError("not of this page")
        path = Path(self.files[url])
        if url.startswith("photo:"):
            return URLFetcherResponse(url, pixels.jpeg(str(path), PHOTO_SIDE), {"Content-Type": "image/jpeg"})
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": TYPES[path.suffix[1:]]})


class Heard(logging.Handler):
    """What WeasyPrint says of a page: letters that no font has, and errors."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.letters, self.complaints = "", []

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg.startswith(".notdef glyph"):
            self.letters += record.args[0]
        elif record.levelno >= logging.ERROR and len(self.complaints) < 10:
            self.complaints.append(record.getMessage()[:200])


@contextlib.contextmanager
def listening() -> Iterator[Heard]:
    heard = Heard()
    log.addHandler(heard)
    try:
        yield heard
    finally:
        log.removeHandler(heard)
