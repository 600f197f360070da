"""One-time links as the owner hands them over: kept for one page, shown once, with the words to send."""

from urllib.parse import quote

from flask import current_app, session, url_for
from flask_babel import gettext, ngettext

from models import Staff
from portal.customer_copy import phone_uri
from portal.domain import shop as shops
from portal.domain import staff as cards
from portal.staff.shapes import WayInView
from portal.staff.sharing import warning


def can_mail() -> bool:
    return getattr(current_app.extensions["settings"], "has_mail", False)


def keep_to_show(id: int, token: str) -> None:
    session["way_in"] = [id, token]  # in this owner's own cookie, until the next page: only a hash stays here


def shown_once(person: Staff) -> WayInView | None:
    """The link that was made a moment ago, with ways to hand it over. Never shown twice."""
    id, token = session.get("way_in", (0, ""))
    if id != person.id:
        return None
    del session["way_in"]
    if cards.find_sign_in_link(token) is None:
        return None
    settings, shop = current_app.extensions["settings"], shops.profile()
    url = f"{settings.base_url}{url_for('staff.sign_in_link', token=token)}"
    name = cards.first_name(person)
    text = gettext("Hi %(name)s, this is your way in to %(shop)s: %(url)s", name=name, shop=shop.name, url=url)
    days = cards.fresh_link_lasts(person).days
    digits = phone_uri(person.phone).removeprefix("tel:")
    return WayInView(
        url=url,
        lasts=ngettext(
            "It works once, for one day, and is shown only now.",
            "It works once, for %(num)d days, and is shown only now.",
            days,
        ),
        warning=warning_words(settings),
        sms_uri=f"sms:{digits}?&body={quote(text)}",
        mailto_uri=f"mailto:{quote(person.email or '', safe='@')}?subject={quote(shop.name)}&body={quote(text)}",
    )


def warning_words(settings) -> str:
    """As under a share link, but for whoever works here."""
    if settings.is_loopback_only:
        return gettext(
            "This link opens on this computer only. Set PUBLIC_BASE_URL to the address your staff can reach."
        )
    return warning(settings)
