"""Share and Revoke, for all that has a link: work orders, quotes and invoices."""

from urllib.parse import quote

from flask import current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from models import Kind, Link, OrgProfile, WorkOrder
from portal import clock, dates, languages
from portal.customer_copy import phone_uri
from portal.db import writing
from portal.domain import links, sharing
from portal.domain import shop as shops
from portal.domain.refusals import KeyLost
from portal.domain.timeline import Record, kind_of
from portal.outside import qr
from portal.staff import bp, current_staff, find, find_job, mail, office_copy
from portal.staff.shapes import LinkView


@bp.post("/work-orders/<int:id>/share")
def share(id: int):
    find_job(id)
    return share_record(WorkOrder, id)


@bp.post("/work-orders/<int:id>/revoke")
def revoke(id: int):
    find_job(id)
    return revoke_record(WorkOrder, id)


def share_record(model: type[Record], id: int):
    """The record's one link, made now or the same as ever: as JSON for a script that copies it, else the open sheet.

    A draft is sent or issued by it.
    """
    keys = current_app.extensions["settings"].link_keys
    with writing():
        sharing.share(find(model, id), by=current_staff(), keys=keys)
    record = find(model, id)
    if request.accept_mimetypes.best != "application/json":
        return redirect(page_of(record) + "?shared=1", 303)
    view = of_link(links.of(record), record, shops.profile())
    sheet = render_template("staff/_share_sheet.html", link=view)
    return jsonify(kind=kind_of(record).value, number=record.number, url=view.url, sheet=sheet)


def revoke_record(model: type[Record], id: int):
    with writing():
        links.revoke(find(model, id), by=current_staff())
    flash(_("Link revoked. It opens nothing any more, and open pages are closed."), "done")
    return redirect(page_of(find(model, id)), 303)


def page_of(record: Record) -> str:
    name = {Kind.WORK_ORDER: "work_order", Kind.QUOTE: "quote", Kind.INVOICE: "invoice"}[kind_of(record)]
    return url_for(f"staff.{name}", id=record.id)


def of_link(link: Link, record: Record, shop: OrgProfile) -> LinkView:
    """The share sheet: the URL and the ways to send it. `sms:` with both separators suits iPhone and Android."""
    settings = current_app.extensions["settings"]
    try:
        url = links.url(link, settings)
    except KeyLost:
        return unshowable(opened_words(link, shop), record)
    customer = record.customer
    with force_locale(languages.of_customer(customer.locale, shop.locale)):
        text, subject = share_words(record, customer.name, shop.name, url)
    digits = phone_uri(customer.phone).removeprefix("tel:")
    return LinkView(
        url=url,
        lead=lead(record),
        revoke_url=f"{page_of(record)}/revoke",
        mail_url=f"{page_of(record)}/send-link",
        opened_words=opened_words(link, shop),
        warning=warning(settings),
        sms_uri=f"sms:{digits}?&body={quote(text)}",
        whatsapp_uri=f"https://wa.me/{digits.lstrip('+') if digits.startswith('+') else ''}?text={quote(text)}",
        mailto_uri=f"mailto:{quote(customer.email, safe='@')}?subject={quote(subject)}&body={quote(text)}",
        qr_svg=qr.svg(url, _("Code with the share link")),
        **mail.of_link(link, customer, shop),
    )


def lead(record: Record) -> str:
    return {
        Kind.WORK_ORDER: _("Anyone with this link can see this work order. No sign-in needed."),
        Kind.QUOTE: _("Anyone with this link can see this quote and answer it. No sign-in needed."),
        Kind.INVOICE: _("Anyone with this link can see this invoice. No sign-in needed."),
    }[kind_of(record)]


def unshowable(opened: str, record: Record) -> LinkView:
    """The link works for whoever has it, but the key that it was made from is lost."""
    words = _(
        "This link still works, but its key is lost and it can’t be shown again. Revoke it and share for a new one."
    )
    return LinkView(
        url="",
        lead=lead(record),
        revoke_url=f"{page_of(record)}/revoke",
        mail_url="",
        opened_words=opened,
        warning=words,
        sms_uri="",
        whatsapp_uri="",
        mailto_uri="",
        qr_svg="",
    )


def share_words(record: Record, customer: str, shop: str, url: str) -> tuple[str, str]:
    """(text, subject of a mail). The link last and on its own, so that no messenger takes a full stop into it."""
    first = customer.split()[0] if customer.split() else ""
    said = {"name": first, "shop": shop, "url": url, "number": record.number}
    match kind_of(record):
        case Kind.QUOTE if shop:
            text = _("Hi %(name)s, here is your quote from %(shop)s: %(url)s", **said)
            subject = _("Quote %(number)s from %(shop)s", **said)
        case Kind.QUOTE:
            text, subject = _("Hi %(name)s, here is your quote: %(url)s", **said), _("Your quote")
        case Kind.INVOICE if shop:
            text = _("Hi %(name)s, here is your invoice from %(shop)s: %(url)s", **said)
            subject = _("Invoice %(number)s from %(shop)s", **said)
        case Kind.INVOICE:
            text, subject = _("Hi %(name)s, here is your invoice: %(url)s", **said), _("Your invoice")
        case _other if shop:
            text = _("Hi %(name)s, follow your job with %(shop)s here: %(url)s", **said)
            subject = _("Your job with %(shop)s", **said)
        case _other:
            text, subject = _("Hi %(name)s, follow your job here: %(url)s", **said), _("Your job")
    return text, subject


def opened_words(link: Link, shop: OrgProfile) -> str:
    if not link.opened_count:
        return _("Not opened yet")
    times = ngettext("Opened once", "Opened %(num)d times", link.opened_count)
    last = dates.when(link.last_opened_at, clock.today(shop.time_zone), shop.time_zone, shop.locale)
    return _("%(times)s · last %(when)s", times=times, when=office_copy.when_words(*last))


def warning(settings) -> str:
    """Said plainly where a link would not open on the customer's phone, or would travel unprotected."""
    if settings.is_loopback_only:
        return _("This link opens on this computer only. Set PUBLIC_BASE_URL to the address your customers can reach.")
    if not settings.is_https:
        return _("This link is not encrypted (http). Set PUBLIC_BASE_URL to an https address before you send it.")
    return ""
