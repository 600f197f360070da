"""The customer's copy of a document: everything its holder may read, and nothing else.

As on a carbon form: the office copy is the record, this is what comes through. Pages, paper and mail are made from a
copy, never from the record.
"""

from collections.abc import Collection

from models import Document, Kind, Link, Quote
from portal.customer_copy.invoice import of_invoice, of_invoice_draft
from portal.customer_copy.made_up import of_made_up_job
from portal.customer_copy.quote import chosen_ids, of_quote, of_quote_draft
from portal.customer_copy.shapes import CalendarCopy, InvoiceCopy, QuoteCopy, WorkOrderCopy
from portal.customer_copy.shop import of_shop, phone_uri
from portal.customer_copy.words import status_word
from portal.customer_copy.work_order import of_work_order, quantity_words
from portal.domain import links


def of(link: Link | links.Found, *, ticked: Collection[int] | None = None) -> WorkOrderCopy | QuoteCopy | InvoiceCopy:
    """The copy that `link` opens; of a quote with these options ticked."""
    record = links.record(link)
    match link.kind:
        case Kind.QUOTE:
            return of_quote(record, ticked=ticked)
        case Kind.INVOICE:
            return of_invoice(record)
    return of_work_order(record)


def of_draft(document: Document) -> QuoteCopy | InvoiceCopy:
    """The copy of a quote or an invoice as the customer would have it if it went out now."""
    return of_quote_draft(document) if isinstance(document, Quote) else of_invoice_draft(document)


__all__ = [
    "CalendarCopy",
    "InvoiceCopy",
    "QuoteCopy",
    "WorkOrderCopy",
    "chosen_ids",
    "of",
    "of_draft",
    "of_invoice",
    "of_made_up_job",
    "of_quote",
    "of_shop",
    "of_work_order",
    "phone_uri",
    "quantity_words",
    "status_word",
]
