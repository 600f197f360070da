"""The shop's profile: what every customer's page shows of it."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Form, HiddenField, StringField
from wtforms.validators import Regexp

from portal.db import writing
from portal.domain import shop as shops
from portal.domain.refusals import ChangedMeanwhile
from portal.fields import Line, Phone, ZoneField, whole_number
from portal.staff import bp, current_staff, owner_only


class SettingsForm(Form):
    name = Line(_("Shop name"), most=120, required=_("Write the name your customers know."))
    trade = Line(_("What you do"), most=120)
    brand_color = StringField(
        _("Brand color"), [Regexp(r"#[0-9a-fA-F]{6}\Z", message=_("Enter a color like #0f6f68."))]
    )
    licence = Line(_("License"), most=80)
    phone = Phone(_("Phone customers call"))
    street = Line(_("Street and number"), most=200)
    locality = Line(_("City and postcode"), most=200)
    answer_hours = Line(_("When you answer"), most=200)
    time_zone = ZoneField(_("Time zone"))
    late_note = BooleanField(_("Say “We’re running late” once a window has passed and nobody has set off"))
    seen = HiddenField()


@bp.get("/settings")
@owner_only
def settings():
    return page(filled())


def filled() -> SettingsForm:
    """The form as the shop stands."""
    shop = shops.profile()
    return SettingsForm(obj=shop, late_note=shop.says_late, seen=shop.edition)


@bp.post("/settings", endpoint="save_settings")
@owner_only
def save_settings():
    form = SettingsForm(request.form)
    if not form.validate():
        return page(form), 422
    values = {name: form[name].data for name in shops.SHOWN if name in form} | {
        "brand_color": form.brand_color.data.lower(),
        "says_late": form.late_note.data,
    }
    try:
        with writing():
            seen = whole_number(form.seen.data)
            shops.edit(shops.profile(), values, seen=seen, by=current_staff())
    except ChangedMeanwhile:
        shop = shops.profile()
        form.seen.data = shop.edition
        fields = [(form[name].label.text, getattr(shop, name), values[name]) for name in shops.SHOWN if name in form]
        return page(form, conflict={"who": "", "at": "", "fields": [row for row in fields if row[1] != row[2]]}), 409
    flash(gettext("Saved. Your customers see it now."), "done")
    return redirect(url_for("staff.settings" if current_staff().email else "staff.me"), 303)


def page(form: SettingsForm, *, conflict: dict | None = None, logo_error: str = "") -> str:
    proxy = current_app.extensions["proxies"].unknown_proxy_seen
    return render_template(
        "staff/settings.html", form=form, conflict=conflict, logo_error=logo_error, unknown_proxy=proxy
    )
