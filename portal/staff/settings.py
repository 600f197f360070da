"""The shop's profile: what every customer's page shows of it, and what will stand on its papers."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from models import OrgProfile
from portal import clock, dates
from portal.db import writing
from portal.domain import shop as shops
from portal.domain.refusals import ChangedMeanwhile
from portal.fields import whole_number
from portal.staff import bp, current_staff, owner_only, samples, shop_preview
from portal.staff.shop_forms import Choice, SettingsForm


@bp.get("/settings")
@owner_only
def settings():
    return page(filled())


def filled() -> SettingsForm:
    """The form as the shop stands."""
    shop = shops.profile()
    return SettingsForm(shop=shop, obj=shop, late_note=shop.says_late, seen=shop.edition)


@bp.post("/settings", endpoint="save_settings")
@owner_only
def save_settings():
    form = SettingsForm(request.form, shop=shops.profile())
    if not form.validate():
        return page(form), 422
    values = form.profile(*(name for name in (*shops.SHOWN, *shops.PAPER) if name in form))
    values["says_late"] = form.late_note.data
    try:
        with writing():
            seen = whole_number(form.seen.data)
            shops.edit(shops.profile(), values, seen=seen, by=current_staff())
    except ChangedMeanwhile as changed:
        shop = shops.profile()
        form.seen.data = shop.edition
        return page(form, conflict=conflict(shop, form, values, changed)), 409
    flash(_("Saved. Your customers see it now."), "done")
    return redirect(url_for("staff.settings"), 303)


def conflict(shop: OrgProfile, form: SettingsForm, values: dict, changed: ChangedMeanwhile) -> dict:
    """Theirs beside what was typed, for the fields that differ."""
    zone, locale = shop.time_zone, shop.locale
    at = ", ".join(filter(None, dates.when(changed.at, clock.today(zone), zone, locale))) if changed.at else ""
    differing = [name for name in values if getattr(shop, name) != values[name]]
    fields = [field_of(form, name) for name in differing]
    rows = [
        (field.label.text, said(field, getattr(shop, name)), said(field, values[name]))
        for name, field in zip(differing, fields, strict=True)
    ]
    return {"who": changed.who, "at": at, "fields": rows}


def field_of(form: SettingsForm, column: str):
    return form["late_note" if column == "says_late" else column]


def said(field, value) -> str:
    """A value as the page shows it: the words of a choice, Yes or No."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    words = dict(field.choices) if isinstance(field, Choice) else {}
    return str(words.get(value, value))


def page(form: SettingsForm, *, conflict: dict | None = None, logo_error: str = "") -> str:
    return render_template(
        "staff/settings.html",
        form=form,
        conflict=conflict,
        logo_error=logo_error,
        unknown_proxy=current_app.extensions["proxies"].unknown_proxy_seen,
        samples=samples.offered(),
        **shop_preview.around(form, "staff.shop_preview"),
    )
