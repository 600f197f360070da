"""The customer's copy of a document: everything its holder may read, and nothing else.

As on a carbon form: the office copy is the record, this is what comes through. Pages, paper and mail are made from a
copy, never from the record.
"""

from models import Link
from portal.customer_copy.made_up import of_made_up_job
from portal.customer_copy.shapes import CalendarCopy, WorkOrderCopy
from portal.customer_copy.shop import of_shop, phone_uri
from portal.customer_copy.words import status_word
from portal.customer_copy.work_order import of_work_order, quantity_words
from portal.domain import links


def of(link: Link) -> WorkOrderCopy:
    """The copy that `link` opens."""
    return of_work_order(links.record(link))


__all__ = [
    "CalendarCopy",
    "WorkOrderCopy",
    "of",
    "of_made_up_job",
    "of_shop",
    "of_work_order",
    "phone_uri",
    "quantity_words",
    "status_word",
]
