"""What the staff's pages call a record, and where its page is."""

from flask import current_app, url_for
from flask_babel import gettext as _

from models import Invoice, Kind, Quote, Staff, WorkOrder
from portal.domain import documents, work_orders
from portal.domain.timeline import Record, kind_of
from portal.staff.record_shapes import RecordView

PAGES = {Kind.WORK_ORDER: "staff.work_order", Kind.QUOTE: "staff.quote", Kind.INVOICE: "staff.invoice"}


def of_record(record: Record, reader: Staff | None = None) -> RecordView:
    """`reader` is asked for where somebody may read of a record that they have nothing to do with."""
    return RecordView(
        kind=kind_of(record).value,
        title=record.title,
        words=words(record),
        url=page(record) if reader is None or may_see(record, reader) else "",
    )


def may_see(record: Record, reader: Staff) -> bool:
    if isinstance(record, WorkOrder):
        return work_orders.may_see(record, reader)
    return documents.may_see(record, reader)


def page(record: Record) -> str:
    return address(PAGES[kind_of(record)], id=record.id)


def address(endpoint: str, **values) -> str:
    """The address of a page; "" where there is no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


def words(record: Record) -> str:
    """ "Quote 318": what it is, with its number once it has one."""
    number = record.number
    if isinstance(record, WorkOrder):
        return _("Work order %(number)s", number=number)
    if isinstance(record, Quote):
        return _("Draft of a quote") if number is None else _("Quote %(number)s", number=number)
    if record.credits_id:
        return _("Credit note %(number)s", number=number)
    return _("Draft of an invoice") if number is None else _("Invoice %(number)s", number=number)


def titled(record: Record) -> str:
    """ "Kitchen tap – work order 1001"."""
    title, number = record.title, record.number
    if isinstance(record, WorkOrder):
        return _("%(job)s – work order %(number)s", job=title, number=number)
    if number is None:
        is_quote = isinstance(record, Quote)
        return _("%(title)s – draft of a quote", title=title) if is_quote else _("%(title)s – draft", title=title)
    if isinstance(record, Quote):
        return _("%(title)s – quote %(number)s", title=title, number=number)
    if isinstance(record, Invoice) and record.credits_id:
        return _("%(title)s – credit note %(number)s", title=title, number=number)
    return _("%(title)s – invoice %(number)s", title=title, number=number)
