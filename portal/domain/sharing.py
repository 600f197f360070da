"""Sharing a draft sends or issues it: what has a link has a number, and what the customer opens is frozen."""

from models import Invoice, InvoiceStatus, Link, Quote, QuoteStatus, Staff
from portal.db import lock
from portal.domain import invoices, links, quotes
from portal.domain.timeline import Record


def share(record: Record, *, by: Staff | None, keys: dict[str, bytes]) -> Link:
    """The record's link, made on the first call. Raises NotAllowed and Incomplete as sending and issuing do."""
    lock(record)
    if isinstance(record, Quote) and record.status is QuoteStatus.DRAFT:
        quotes.send(record, by=by)
    if isinstance(record, Invoice) and record.status is InvoiceStatus.DRAFT:
        invoices.issue(record, by=by)
    return links.share(record, by=by, keys=keys)
