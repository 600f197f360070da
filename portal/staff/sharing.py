"""Share and Revoke."""

from urllib.parse import quote

from flask import current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from models import Link, OrgProfile, WorkOrder
from portal import clock, dates, languages
from portal.customer_copy import phone_uri
from portal.db import writing
from portal.domain import links
from portal.domain import shop as shops
from portal.domain.refusals import KeyLost
from portal.outside import qr
from portal.staff import bp, current_staff, find_job, mail, office_copy
from portal.staff.shapes import LinkView


@bp.post("/work-orders/<int:id>/share")
def share(id: int):
    """The record's one link, made now or the same as ever: as JSON for a script that copies it, else the open sheet."""
    keys = current_app.extensions["settings"].link_keys
    with writing():
        links.share(find_job(id), by=current_staff(), keys=keys)
    if request.accept_mimetypes.best != "application/json":
        return redirect(url_for("staff.work_order", id=id, shared=1), 303)
    job = find_job(id)
    view = of_link(links.of(job), job, shops.profile())
    sheet = render_template("staff/_share_sheet.html", link=view, work_order=office_copy.of_work_order(job))
    return jsonify(kind="wo", number=job.number, url=view.url, sheet=sheet)


@bp.post("/work-orders/<int:id>/revoke")
def revoke(id: int):
    with writing():
        links.revoke(find_job(id), by=current_staff())
    flash(_("Link revoked. It opens nothing any more, and open pages are closed."), "done")
    return redirect(url_for("staff.work_order", id=id), 303)


def of_link(link: Link, work_order: WorkOrder, shop: OrgProfile) -> LinkView:
    """The share sheet: the URL and the ways to send it. `sms:` with both separators suits iPhone and Android."""
    settings = current_app.extensions["settings"]
    try:
        url = links.url(link, settings)
    except KeyLost:
        return unshowable(opened_words(link, shop))
    customer = work_order.customer
    with force_locale(languages.of_customer(customer.locale, shop.locale)):
        text = share_text(customer.name, shop.name, url)
        subject = _("Your job with %(shop)s", shop=shop.name) if shop.name else _("Your job")
    digits = phone_uri(customer.phone).removeprefix("tel:")
    return LinkView(
        url=url,
        opened_words=opened_words(link, shop),
        warning=warning(settings),
        sms_uri=f"sms:{digits}?&body={quote(text)}",
        whatsapp_uri=f"https://wa.me/{digits.lstrip('+') if digits.startswith('+') else ''}?text={quote(text)}",
        mailto_uri=f"mailto:{quote(customer.email, safe='@')}?subject={quote(subject)}&body={quote(text)}",
        qr_svg=qr.svg(url, _("Code with the share link")),
        **mail.of_link(link, customer, shop),
    )


def unshowable(opened: str) -> LinkView:
    """The link works for whoever has it, but the key that it was made from is lost."""
    words = _(
        "This link still works, but its key is lost and it can’t be shown again. Revoke it and share for a new one."
    )
    return LinkView(url="", opened_words=opened, warning=words, sms_uri="", whatsapp_uri="", mailto_uri="", qr_svg="")


def share_text(customer: str, shop: str, url: str) -> str:
    """The link last and on its own, so that no messenger takes a full stop into it."""
    first = customer.split()[0] if customer.split() else ""
    if shop:
        return _("Hi %(name)s, follow your job with %(shop)s here: %(url)s", name=first, shop=shop, url=url)
    return _("Hi %(name)s, follow your job here: %(url)s", name=first, url=url)


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
