"""What a customer can do through a link: ask for help, and be seen to have looked."""

from flask import current_app, g, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Form, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from portal import customer_copy
from portal.customer import bp
from portal.customer.pages import Door
from portal.db import writing
from portal.domain import links, messages, outbox, snapshots
from portal.domain.refusals import TooMany
from portal.fields import Line, Text, whole_number

ABOUT = [
    ("visit", _("My visit")),
    ("time", _("I need a different time")),
    ("problem", _("Something isn’t right")),
    ("other", _("Something else")),
]


class HelpForm(Form):
    about = RadioField(
        _("What is it about?"),
        [Optional()],
        choices=[SelectChoice(value, words) for value, words in ABOUT],
        default="visit",
    )
    message = Text(_("Your message"), most=4000, required=_("Write your message."))
    name = Line(_("Your name"), most=120)
    reach_at = Line(_("Phone or email for our answer"), most=254)
    website = StringField(_("Leave this empty"))  # people do not see it; machines that fill every field do


@bp.get("/help")
def help():
    about = request.args.get("about")
    form = HelpForm(about=about if about in dict(ABOUT) else "visit")
    return help_page(form, sent="sent" in request.args)


@bp.post("/help", endpoint="send_help")
def send_help():
    form = HelpForm(request.form)
    if not form.validate():
        return help_page(form), 422
    if not form.website.data:
        try:
            with writing():
                link = links.still(g.link.id)
                message = messages.leave(
                    links.record(link),
                    link.id,
                    about=(form.about.data or "") if g.kind == "wo" else "",
                    body=form.message.data,
                    name=form.name.data,
                    reach_at=form.reach_at.data,
                    address=request.remote_addr or "",
                )
                if current_app.extensions["settings"].sends_mail:
                    outbox.tell_office(message)
        except TooMany:
            words = gettext("You’ve sent several messages already. We have them all. Call us if it can’t wait.")
            return help_page(form, refused=words), 429
    return redirect(url_for("customer.help", sent=1), 303)


def help_page(form: HelpForm, *, sent: bool = False, refused: str = "") -> str:
    copy = customer_copy.of(g.link)
    return render_template(
        "customer/help.html", copy=copy, door=Door(), kind=g.kind, form=form, sent=sent, refused=refused
    )


@bp.post("/seen")
def seen():
    """A page has been on a screen for a moment. Staff who look at their own link do not count."""
    if current_app.config["SESSION_COOKIE_NAME"] not in request.cookies:
        with writing():
            link = links.still(g.link.id)
            if g.kind != "wo":
                snapshots.mark_seen(link.kind, link.record_id, whole_number(request.args.get("revision")))
            links.opened(link, links.record(link))  # rings, so it comes last
    return "", 204
