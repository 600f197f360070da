"""How somebody is reached with one tap, and how what came in looks in the inbox."""

from urllib.parse import quote

from flask import request
from flask_babel import gettext as _

from models import MessageKind
from portal.customer_copy import phone_uri
from portal.fields import EMAIL
from portal.staff.shapes import Face, Way

# A new kind of thing that comes in is one more line here.
FACES = {
    MessageKind.HELP: Face(icon="msg", tone="brand"),
    MessageKind.APPROVED: Face(icon="check", tone="good"),
    MessageKind.CHANGES: Face(icon="pen", tone="caution"),
    MessageKind.DECLINED: Face(icon="x", tone="bad"),
}
# What stands in a phone number, and nothing that a sentence has: "call after 6, 2nd door" is no number.
PHONE_MARKS = set("+-./() 0123456789")


def ways(reach_at: str) -> tuple[Way, ...]:
    """Call and Text, or Mail; none where `reach_at` is neither a phone number nor an address."""
    reach_at = reach_at.strip()
    if EMAIL.fullmatch(reach_at):
        return (Way(uri=f"mailto:{quote(reach_at, safe='@')}", word=_("Mail"), icon="msg"),)
    number, _x, extension = reach_at.lower().partition("x")
    is_number = set(number) <= PHONE_MARKS and set(extension) <= PHONE_MARKS
    tel = phone_uri(reach_at) if is_number else ""
    if not tel:
        return ()
    return (
        Way(uri=tel, word=_("Call"), icon="phone"),
        Way(uri=tel.replace("tel:", "sms:", 1), word=_("Text"), icon="send"),
    )


def directions(address_lines: tuple[str, ...]) -> str:
    """Opens the phone's own map: `geo:` is Android's, Apple's address opens its app; any other browser gets a web map.

    A geo: link on a phone without any map leads nowhere: that is why the address stands beside it, to be copied.
    """
    place, agent = quote(", ".join(address_lines)), request.headers.get("User-Agent", "")
    if "Android" in agent:
        return f"geo:0,0?q={place}"
    if any(device in agent for device in ("iPhone", "iPad", "Macintosh")):
        return f"https://maps.apple.com/?daddr={place}"
    return f"https://www.google.com/maps/dir/?api=1&destination={place}"


def about_words(about: str) -> str:
    return {
        "visit": _("The visit"),
        "time": _("Needs a different time"),
        "problem": _("Something isn’t right"),
        "other": _("Something else"),
    }.get(about, "")
