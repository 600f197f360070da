"""A PDF as an answer: one for customers and staff alike. Each door has let its reader in before."""

import logging

from flask import Response, current_app, send_file
from flask_babel import force_locale
from flask_babel import gettext as _

from models import Quote, WorkOrder
from portal import customer_copy, languages
from portal.answers import failure
from portal.db import look_again
from portal.domain import answers, invoices, links, snapshots
from portal.domain import shop as shops
from portal.domain.refusals import KeyLost
from portal.domain.timeline import Record, kind_of
from portal.outside.e_invoice import DoesNotMatch
from portal.outside.paper import NoRoom, Printed
from portal.outside.storage import OutOfReach
from portal.outside.worker import Busy, Failed, Refused

log = logging.getLogger("porchlight")

TROUBLES = (Busy, DoesNotMatch, Failed, NoRoom, OutOfReach, Refused, OSError)


def answer(copy, *, live_url: str, back: str):
    """The copy as a PDF to save, in the reader's language; where there is none, why, with the way `back`."""
    look_again()  # it may take seconds: no connection is kept from others meanwhile
    try:
        return file(current_app.extensions["press"].pdf(copy, locale=languages.current(), live_url=live_url))
    except TROUBLES as trouble:
        return no_paper(trouble, back)


def answer_of_record(record: Record, *, back: str, is_shown: bool):
    """The record's paper for the office: to save, or shown by the browser, which prints it."""
    try:
        return file(of_record(record), is_shown=is_shown)
    except TROUBLES as trouble:
        return no_paper(trouble, back)


def of_record(record: Record) -> Printed:
    """The paper that the customer of `record` would have, in their language; a draft as it is now.

    Raises what Press.pdf raises. The record is not to be used any more: its transaction is ended.
    """
    locale = languages.of_customer(record.customer.locale, shops.profile().locale)
    with force_locale(locale):
        copy, address = copy_of(record), live_url(record)
        look_again()
        return current_app.extensions["press"].pdf(copy, locale=locale, live_url=address)


def copy_of(record: Record):
    """What was sent, or for what was not sent yet what would be."""
    if isinstance(record, WorkOrder):
        return customer_copy.of_work_order(record)
    if isinstance(record, Quote):
        return customer_copy.of_quote(record) if answers.shown(record) else customer_copy.of_draft(record)
    is_issued = snapshots.of(kind_of(record), record.id, invoices.REVISION)
    return customer_copy.of_invoice(record) if is_issued else customer_copy.of_draft(record)


def live_url(record: Record) -> str:
    """Where its customer sees it, for who scans the paper; "" while nobody may."""
    link = links.of(record)
    try:
        return links.url(link, current_app.extensions["settings"]) if link else ""
    except KeyLost:
        return ""


def file(printed: Printed, *, is_shown: bool = False) -> Response:
    return send_file(
        printed.path,
        mimetype="application/pdf",
        as_attachment=not is_shown,
        download_name=printed.name,
        etag=printed.etag,
        conditional=True,
    )


def no_paper(trouble: Exception, back: str):
    """The page that says so. The browser's own printing needs nothing of ours, so it is always left."""
    title, words, code = why(trouble)
    log.warning("paper: %s %s", type(trouble).__name__, trouble)
    page = failure("errors/page.html", title=title, words=words, next_url=back, next_words=_("Back to the page"))
    return page, code, {"Retry-After": str(Busy.retry_after_s)} if code == 503 else {}


def why(trouble: Exception) -> tuple[str, str, int]:
    match trouble:
        case Busy():
            words = _("Many are being made at the moment. Try again in a few seconds, or print the page itself.")
            return _("The PDF isn’t ready yet"), words, 503
        case Refused():
            words = _("It is longer than a PDF of ours can be. Print the page from your browser instead.")
            return _("Too long for a PDF"), words, 422
        case NoRoom():
            words = _("The shop’s computer has no room left for files. Print the page from your browser instead.")
            return _("The PDF could not be made"), words, 507
    words = _("Something went wrong on our side. Print the page from your browser instead.")
    return _("The PDF could not be made"), words, 503 if isinstance(trouble, OutOfReach) else 500
