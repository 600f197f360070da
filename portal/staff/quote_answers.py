"""What a customer said to a quote, as the inbox tells it: who did what, what it means now, and what to do next."""

from flask_babel import gettext as _

from models import Invoice, Message, MessageKind, Quote, QuoteStatus
from portal.domain import messages
from portal.staff import records
from portal.staff.record_shapes import Happened
from portal.staff.shapes import Way


def headline(message: Message) -> str:
    """ "Sam Rivera approved quote 318"; whoever asked for help is named and no more."""
    who = message.name or messages.record(message).customer.name
    if message.kind is MessageKind.HELP:
        return who
    number = message.quote.number
    return {
        MessageKind.APPROVED: _("%(who)s approved quote %(number)s", who=who, number=number),
        MessageKind.CHANGES: _("%(who)s asked to change quote %(number)s", who=who, number=number),
        MessageKind.DECLINED: _("%(who)s declined quote %(number)s", who=who, number=number),
    }[message.kind]


def happened(message: Message) -> Happened | None:
    """What happened, and how things stand since. None where somebody asked for help."""
    quote = message.quote
    match message.kind:
        case MessageKind.APPROVED:
            return Happened(what=_("Quote approved."), now=_since_approval(quote))
        case MessageKind.CHANGES:
            return Happened(what=_("Change requested."), now=_since_change(quote))
        case MessageKind.DECLINED:
            return Happened(what=_("Quote declined."), now=_since_decline(quote))
    return None


def _since_approval(quote: Quote) -> str:
    if quote.status is not QuoteStatus.APPROVED:
        return _("That was taken back since.")
    if quote.work_order:
        return _("Its job is in the list.")
    return _("The job can be booked now.")


def _since_change(quote: Quote) -> str:
    if quote.status is QuoteStatus.CHANGES_REQUESTED:
        return _("The quote waits for your new version.")
    return _("The quote has gone on since.")


def _since_decline(quote: Quote) -> str:
    if quote.status is QuoteStatus.DECLINED:
        return _("You can still change the quote and send it again.")
    return _("The quote has gone on since.")


def action(message: Message) -> Way | None:
    """The one thing to do about it: on the record's own page."""
    record = messages.record(message)
    if isinstance(record, Quote):
        if message.kind is MessageKind.CHANGES and record.status is QuoteStatus.CHANGES_REQUESTED:
            return _way(records.address("staff.edit_quote", id=record.id), _("Change the quote"), "pen")
        return _way(records.page(record), _("Open the quote"), "doc")
    if isinstance(record, Invoice):
        return _way(records.page(record), _("Open the invoice"), "doc")
    return None


def _way(url: str, word: str, icon: str) -> Way | None:
    return Way(uri=url, word=word, icon=icon) if url else None
