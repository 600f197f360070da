"""Mail as the staff meet it: send a link, try whether mail works, ask for a way in, and see how mail stands."""

import time
from collections.abc import Callable
from functools import partial

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import Form

from models import Customer, Invoice, Link, Mail, OrgProfile, Quote
from portal import clock, dates
from portal.db import writing
from portal.domain import delivery, outbox
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.domain.refusals import NotAllowed, TooMany
from portal.domain.timeline import Record, kind_of
from portal.fields import Email
from portal.staff import bp, current_staff, find, find_job, office_copy, office_only, owner_only, records
from portal.staff.shapes import MailView
from portal.staff.sign_in import SignInForm
from portal.throttle import Throttle, household

SAME_S = 0.4  # an address that nobody has is answered as late as one that gets a mail


class AskForm(Form):
    email = Email(lazy_gettext("Email"), required=lazy_gettext("Enter your email, and we’ll send the link there."))


@bp.post("/work-orders/<int:id>/send-link")
def send_link(id: int):
    """To the customer's own address and to no other: a field for it would make the shop a relay."""
    return mailed(partial(find_job, id))


@bp.post("/quotes/<int:id>/send-link")
@office_only
def send_quote_link(id: int):
    return mailed(partial(find, Quote, id))


@bp.post("/invoices/<int:id>/send-link")
@office_only
def send_invoice_link(id: int):
    return mailed(partial(find, Invoice, id))


def mailed(find_record: Callable[[], Record]) -> Response:
    settings().sends_mail or abort(404)
    try:
        with writing():
            outbox.send_link(find_record(), by=current_staff())
    except TooMany:
        flash(_("This link was sent several times already. Wait an hour, or send it as a text."), "sheet")
    record = find_record()
    page = records.address(records.PAGES[kind_of(record)], id=record.id, shared=1)
    return redirect(page or url_for("staff.home"), 303)


@bp.post("/settings/test-mail")
@owner_only
def send_test_mail():
    settings().sends_mail or abort(404)
    try:
        with writing():
            mail = outbox.send_test(current_staff())
            recipient = mail.recipient
    except NotAllowed:
        flash(_("We don’t know your email address. Add it to your card first."), "trouble")
    except TooMany:
        flash(_("That was tried several times already. Wait an hour, then try again."), "trouble")
    else:
        flash(_("A test mail is on its way to %(address)s.", address=recipient), "done")
    return redirect(url_for("staff.settings") + "#mail", 303)


@bp.post("/sign-in-by-email")
def mail_sign_in_link():
    """A way in for who forgot the password. The answer and its time are the same whether anybody has that address."""
    settings().sends_mail or abort(404)
    answer_at, form = time.monotonic() + SAME_S, AskForm(request.form)
    if not form.validate():
        again = SignInForm(request.form)
        again.email.errors = form.email.errors
        return render_template("staff/sign_in.html", form=again, failed=False), 422
    keys = asked_keys(form.email.data)
    if any(asked.wait_s(key) for asked, key in keys):
        again = SignInForm(request.form)
        return render_template("staff/sign_in.html", form=again, failed=False, is_throttled=True), 429
    for asked, key in keys:
        asked.count(key)
    with writing():
        person = people.by_email(form.email.data)
        if person:
            outbox.send_way_in(person)
    time.sleep(max(0.0, answer_at - time.monotonic()))
    return redirect(url_for("staff.sign_in", mailed=1), 303)


def asked_keys(email: str) -> list[tuple[Throttle, str]]:
    kept = current_app.extensions
    keys = [(kept["asked_by_account"], people.fold(email))]
    return [*keys, (kept["asked_by_address"], household(request.remote_addr))] if request.remote_addr else keys


@bp.context_processor
def attach() -> dict:
    return {"mail_state": mail_state, "sends_mail": settings().sends_mail}


def mail_state() -> MailView:
    """How mail stands: looked up by the one page that shows it."""
    server, shop, person = settings().mail, shops.profile(), current_staff()
    trouble, sent = delivery.newest_trouble(), delivery.newest_sent()
    return MailView(
        is_on=server is not None,
        sender=server.sender if server else "",
        server=server.host if server else "",
        waiting=delivery.waiting(),
        sent_words=_("The last mail went out %(when)s.", when=when(sent.sent_at, shop)) if sent else "",
        trouble_words=trouble_of(trouble) if trouble else "",
        test_to=person.email or "",
    )


def of_link(link: Link, customer: Customer, shop: OrgProfile) -> dict[str, str | bool]:
    """What the share sheet says of mail."""
    if not settings().sends_mail:
        return {}
    mail = outbox.last_of(link)
    if mail is None:
        return {"mail_to": customer.email}
    if mail.sent_at:
        words = _("Sent to %(address)s %(when)s", address=mail.recipient, when=when(mail.sent_at, shop))
    elif mail.due_at and not mail.trouble:
        words = _("On its way to %(address)s", address=mail.recipient)
    else:
        words = trouble_of(mail)
    return {"mail_to": customer.email, "mail_words": words, "is_mail_bad": bool(mail.trouble)}


def trouble_of(mail: Mail) -> str:
    """Whether it is tried again, and why it did not go."""
    why = trouble_words(mail.trouble)
    if mail.due_at:
        return _("Mail to %(address)s waits and is tried again. %(why)s", address=mail.recipient, why=why)
    return _("Mail to %(address)s could not be delivered. %(why)s", address=mail.recipient, why=why)


def trouble_words(trouble: str) -> str:
    """Why a mail did not go, as a sentence."""
    return {
        "no answer": _("The mail server doesn’t answer."),
        "unreachable": _("The mail server can’t be reached."),
        "hung up": _("The mail server hung up."),
        "no encryption": _("The mail server offers no encryption, so nothing was sent."),
        "certificate": _("The mail server’s certificate isn’t valid, so nothing was sent."),
        "password": _("The mail server refuses the user or password in SMTP_URL."),
        "address": _("The mail server can’t write to an address like that."),
        "key": _("The key of the link is lost. Revoke it and share for a new one."),
        "ours": _("It could not be written. That is a fault of ours; the server’s log says more."),
        "old": _("It had waited too long to be of use."),
        "moved": _("The customer’s address was changed meanwhile: send it again."),
        "left": _("Whom it was for doesn’t work here any more, or has another address."),
        "answered": _("The message was answered before it went."),
        "revoked": _("The link was revoked before it went."),
    }.get(trouble) or _("The mail server said: %(words)s", words=trouble)


def when(moment, shop: OrgProfile) -> str:
    return office_copy.when_words(*dates.when(moment, clock.today(shop.time_zone), shop.time_zone, shop.locale))


def settings():
    return current_app.extensions["settings"]
