"""The HTML page that becomes paper: which template, and all that it says beside the copy's own words."""

import re
import unicodedata
from functools import partial

from babel import Locale
from flask import render_template
from flask_babel import gettext as _

from portal.customer_copy import InvoiceCopy, QuoteCopy, ReceiptCopy, WorkOrderCopy
from portal.outside import qr
from portal.palette import palette

STAMPED = ("paid", "void", "credited", "approved", "declined", "expired")
FSI, PDI = "\u2068", "\u2069"  # first strong isolate … pop
WAYS = {"L": "ltr", "R": "rtl", "AL": "rtl"}
COUNTERS = {"\1": "page", "\2": "pages"}

Copy = InvoiceCopy | QuoteCopy | ReceiptCopy | WorkOrderCopy


def page(copy: Copy, locale: str, live_url: str) -> str:
    """The whole HTML page that becomes paper."""
    direction = Locale.parse(locale).text_direction
    bank = getattr(copy, "bank", None)
    html = render_template(
        template_of(copy),
        copy=copy,
        heading=heading_of(copy),
        stamp=stamp(copy),
        colors=palette(copy.shop.brand_color)["light"],
        locale_code=locale.replace("_", "-"),
        text_direction=direction,
        say=partial(isolated, direction),
        live_code=qr.svg(live_url, _("QR code to this page online")) if live_url else "",
        bank=bank,
        bank_code=qr.transfer(bank.epc, _("QR code for a bank transfer")) if bank and bank.epc else "",
        footing=footing(),
    )
    return html.encode("utf-8", "replace").decode()  # half a surrogate pair would be no UTF-8


def template_of(copy: Copy) -> str:
    if isinstance(copy, WorkOrderCopy):
        return "paper/service_report.html"
    return "paper/receipt.html" if isinstance(copy, ReceiptCopy) else "paper/document.html"


def heading_of(copy: Copy) -> str:
    if isinstance(copy, WorkOrderCopy):
        return _("Service report %(number)s", number=copy.number)
    return copy.heading if isinstance(copy, ReceiptCopy) else copy.paper.heading


def rows_of(copy: Copy) -> int:
    """How many rows it has that make it longer."""
    if isinstance(copy, WorkOrderCopy):
        return len(copy.parts) + len(copy.photos) + len(copy.earlier_visits)
    return len(copy.rows if isinstance(copy, ReceiptCopy) else copy.paper.lines)


def stamp(copy: Copy) -> str:
    """What is known for good and stands beside the heading. No "due in 5 days": tomorrow it would be another page."""
    if isinstance(copy, WorkOrderCopy | ReceiptCopy):
        return ""
    if not copy.number:
        return _("Draft")
    return copy.pill if copy.status in STAMPED else ""


def isolated(direction: str, text: str) -> str:
    """`text` so that each line reads in its own direction. <bdi> does that in a browser, not in WeasyPrint."""
    return "\n".join(line if reads(line) in (direction, "") else f"{FSI}{line}{PDI}" for line in text.split("\n"))


def reads(line: str) -> str:
    """ "ltr" or "rtl", as its first letter does; "" where no letter says."""
    ways = (WAYS.get(unicodedata.bidirectional(letter)) for letter in line)
    return next(filter(None, ways), "")


def footing() -> list[tuple[str, str]]:
    """ "Page 1 of 2" as pairs of ("page", "pages" or "", words), for the page's counters."""
    words = _("Page %(page)s of %(pages)s", page="\1", pages="\2")
    return [(COUNTERS.get(word, ""), word) for word in re.split("([\1\2])", words) if word]


def name_of(copy: Copy) -> str:
    """ "invoice-2031.pdf": as its heading says."""
    return re.sub(r"\W+", "-", heading_of(copy)).strip("-").lower() + ".pdf"
