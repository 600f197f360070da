"""What a mail to the office says: somebody asked, or answered a quote. Sums and signatures stay behind the sign-in."""

from dataclasses import dataclass

from flask_babel import gettext as _

from models import Invoice, Message, MessageKind, Quote
from portal.domain import messages
from portal.outside.letter import calm


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """The sentences of such a mail, and the page of the office that it leads to."""

    subject: str
    heading: str
    about: str
    after: str
    button: str
    page: str
    small: str


def of(message: Message) -> News:
    record = messages.record(message)
    named = {
        "who": calm(message.name) or calm(record.customer.name),
        "title": calm(record.title),
        "number": "–" if record.number is None else str(record.number),
    }
    if isinstance(record, Quote):
        return _of_quote(message, named)
    return _of_invoice(message, named) if isinstance(record, Invoice) else _of_work_order(message, named)


def _of_work_order(message: Message, named: dict[str, str]) -> News:
    title, number = named["title"], named["number"]
    return News(
        subject=_("New message: %(job)s (work order %(number)s)", job=title, number=number),
        heading=_("%(who)s sent you a message", who=named["who"]),
        about=_("About: %(job)s, work order %(number)s", job=title, number=number),
        after=_reach(message),
        button=_("Open the work order"),
        page=f"work-orders/{message.work_order_id}",
        small=_("Close the message there once it is answered, so that nobody answers twice."),
    )


def _of_quote(message: Message, named: dict[str, str]) -> News:
    subject, heading, after = {
        MessageKind.HELP: (
            _("New message: %(title)s (quote %(number)s)", **named),
            _("%(who)s sent you a message", who=named["who"]),
            _reach(message),
        ),
        MessageKind.APPROVED: (
            _("Approved: %(title)s (quote %(number)s)", **named),
            _("%(who)s approved your quote", who=named["who"]),
            _("The job can be booked now."),
        ),
        MessageKind.CHANGES: (
            _("Change requested: %(title)s (quote %(number)s)", **named),
            _("%(who)s asked for a change", who=named["who"]),
            _("The quote waits for your new version."),
        ),
        MessageKind.DECLINED: (
            _("Declined: %(title)s (quote %(number)s)", **named),
            _("%(who)s declined your quote", who=named["who"]),
            _("You can still change the quote and send it again."),
        ),
    }[message.kind]
    return News(
        subject=subject,
        heading=heading,
        about=_("About: %(title)s, quote %(number)s", **named),
        after=after,
        button=_("Open it in the inbox"),
        page=f"messages/{message.id}",
        small=_("Mark it as answered there once it is done, so that nobody does it twice."),
    )


def _of_invoice(message: Message, named: dict[str, str]) -> News:
    return News(
        subject=_("New message: %(title)s (invoice %(number)s)", **named),
        heading=_("%(who)s sent you a message", who=named["who"]),
        about=_("About: %(title)s, invoice %(number)s", **named),
        after=_reach(message),
        button=_("Open it in the inbox"),
        page=f"messages/{message.id}",
        small=_("Mark it as answered there once it is done, so that nobody does it twice."),
    )


def _reach(message: Message) -> str:
    reach_at = calm(message.reach_at)
    if reach_at:
        return _("To be reached at: %(reach)s", reach=reach_at)
    return _("No phone or email was left with the message.")
