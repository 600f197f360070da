"""What quotes and invoices begin with: taxes, terms, days, how to pay, and the numbers they go on with. The owner's."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Form, HiddenField

from portal import clock, dates
from portal.db import writing
from portal.domain import numbers
from portal.domain import shop as shops
from portal.domain.refusals import ChangedMeanwhile, NotAllowed
from portal.fields import Text, WholeNumberField, whole_number
from portal.staff import bp, current_staff, owner_only, taxes
from portal.staff.paper_form import PaperForm, e_invoices_need

MOST_DAYS = 3650
MOST_NUMBER = 999_999_999
SERIES = ("quote", "invoice")
DAYS = _("Write a number of days.")
NUMBER = _("Write the number to go on with.")


class BillingForm(PaperForm):
    prices_include_tax = BooleanField(_("The prices I type include tax"))
    quote_terms = Text(_("Terms of a quote"), most=4000)
    valid_days = WholeNumberField(_("Days a quote is good for"), least=1, most=MOST_DAYS, required=DAYS)
    invoice_terms = Text(_("Terms of an invoice"), most=4000)
    due_days = WholeNumberField(_("Days until an invoice is due"), least=0, most=MOST_DAYS, required=DAYS)
    how_to_pay = Text(_("How to pay"), most=2000)
    allows_part_payments = BooleanField(_("Customers may pay a part of it online"))
    seen = HiddenField()


class NumbersForm(Form):
    """The next number of each of SERIES, and which one the page showed."""

    quote = WholeNumberField(_("Next quote"), least=1, most=MOST_NUMBER, required=NUMBER)
    invoice = WholeNumberField(_("Next invoice"), least=1, most=MOST_NUMBER, required=NUMBER)
    seen_quote = HiddenField()
    seen_invoice = HiddenField()


class Taken(Exception):
    """A number that was given already, and the one that comes next."""

    def __init__(self, series: str, upcoming: int):
        super().__init__(series, upcoming)
        self.series, self.upcoming = series, upcoming


@bp.get("/settings/billing")
@owner_only
def billing_settings():
    return page()


@bp.post("/settings/billing", endpoint="save_billing_settings")
@owner_only
def save_billing_settings():
    form = BillingForm(request.form)
    if not form.validate():
        return page(form), 422
    values = {name: form[name].data for name in shops.BILLING}
    try:
        with writing():
            shops.edit(shops.profile(), values, seen=whole_number(form.seen.data), by=current_staff())
    except ChangedMeanwhile as changed:
        form.seen.data = shops.profile().edition
        return page(form, conflict=conflict(form, changed)), 409
    flash(gettext("Saved. New quotes and invoices begin with it."), "done")
    return redirect(url_for("staff.billing_settings"), 303)


def conflict(form: BillingForm, changed: ChangedMeanwhile) -> dict:
    """Theirs beside what was typed, for the fields that differ."""
    shop = shops.profile()
    when = dates.when(changed.at, clock.today(shop.time_zone), shop.time_zone, shop.locale) if changed.at else ()
    rows = [(form[name].label.text, said(getattr(shop, name)), said(form[name].data)) for name in shops.BILLING]
    differing = [row for row in rows if row[1] != row[2]]
    return {"who": changed.who, "at": ", ".join(filter(None, when)), "fields": differing}


def said(value: bool | int | str) -> str:
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return str(value)


@bp.post("/settings/billing/numbers")
@owner_only
def set_numbers():
    form = NumbersForm(request.form)
    if not form.validate():
        return page(numbers_form=form), 422
    try:
        with writing():
            shops.profile()  # two owners one after the other
            for series in SERIES:
                go_on_with(series, form[series].data, whole_number(form[f"seen_{series}"].data))
    except Taken as taken:
        form[taken.series].errors = [
            gettext("The numbers before %(number)d are taken. Choose that one or a higher one.", number=taken.upcoming)
        ]
        return page(numbers_form=form), 422
    except ChangedMeanwhile:
        return page(numbers_form=form, conflict=numbers_conflict(form)), 409
    flash(gettext("Saved. The next ones go on from there."), "done")
    return redirect(url_for("staff.billing_settings"), 303)


def go_on_with(series: str, wanted: int, seen: int) -> None:
    """Raises Taken, and ChangedMeanwhile where somebody gave or set a number since the page was made."""
    upcoming = numbers.upcoming(series)
    if wanted in (seen, upcoming):
        return
    if seen != upcoming:
        raise ChangedMeanwhile("", None)
    try:
        numbers.set_next(series, wanted, by=current_staff())
    except NotAllowed:
        raise Taken(series, upcoming) from None


def numbers_conflict(form: NumbersForm) -> dict:
    """The next numbers as they are now beside what was typed. What was not touched follows along."""
    rows = []
    for series in SERIES:
        field, seen, upcoming = form[series], form[f"seen_{series}"], numbers.upcoming(series)
        if field.data == whole_number(seen.data):
            field.typed = str(upcoming)
        elif field.data != upcoming:
            rows.append((field.label.text, str(upcoming), field.typed))
        seen.data = upcoming
    return {"who": "", "at": "", "fields": rows}


def upcoming_numbers() -> NumbersForm:
    upcoming = {series: numbers.upcoming(series) for series in SERIES}
    return NumbersForm(data=upcoming | {f"seen_{series}": number for series, number in upcoming.items()})


def page(
    form: BillingForm | None = None, *, numbers_form: NumbersForm | None = None, conflict: dict | None = None
) -> str:
    shop = shops.profile()
    return render_template(
        "staff/billing_settings.html",
        form=form or BillingForm(obj=shop, seen=shop.edition),
        numbers=numbers_form or upcoming_numbers(),
        rates=taxes.views(),
        archived=taxes.views(is_archived=True),
        conflict=conflict,
        e_invoices_need=e_invoices_need(shop),
    )
