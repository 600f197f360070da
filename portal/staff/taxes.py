"""The rates of tax, for the owner: what a line can be taxed with, and which one is the usual one."""

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Form, HiddenField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from models import TaxCategory, TaxRate
from portal import amounts, money
from portal.db import writing
from portal.domain import shop as shops
from portal.domain import taxes
from portal.domain.refusals import ChangedMeanwhile
from portal.fields import Line
from portal.money_fields import PercentField
from portal.staff import bp, current_staff, owner_only

WORDS = {
    TaxCategory.STANDARD: _("Tax is charged at this rate"),
    TaxCategory.ZERO: _("Zero rated: taxed, at a rate of 0"),
    TaxCategory.EXEMPT: _("Exempt: the law takes no tax on it"),
    TaxCategory.REVERSE_CHARGE: _("Reverse charge: the customer pays the tax"),
    TaxCategory.INTRA_COMMUNITY: _("Goods to a business in another EU country"),
    TaxCategory.EXPORT: _("Exported: it leaves the country untaxed"),
    TaxCategory.OUTSIDE: _("Not subject to tax at all"),
    TaxCategory.CANARY_ISLANDS: _("IGIC of the Canary Islands"),
    TaxCategory.CEUTA_MELILLA: _("IPSI of Ceuta and Melilla"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxView:
    id: int
    name: str
    rate: str
    why: str
    is_default: bool
    is_archived: bool


class TaxForm(Form):
    name = Line(_("Name"), most=60, required=_("Write a name, as it will stand on the invoice."))
    rate = PercentField(_("Rate in percent"), required=_("Write a rate, or 0 where none is charged."))
    category = SelectField(
        _("What kind it is"),
        choices=[SelectChoice(category.value, words) for category, words in WORDS.items()],
        validate_choice=False,
    )
    is_default = BooleanField(_("New lines begin with it"))
    seen = HiddenField()

    def validate_category(self, field):
        if field.data not in list(TaxCategory):
            raise ValidationError(_("Choose one of the list."))

    def validate_rate(self, field):
        if field.data is None or self.category.data not in list(TaxCategory):
            return
        try:
            money.check_tax(money.Tax(rate=field.data, category=money.Category(self.category.data)), "tax")
        except money.MoneyError:
            if field.data:
                raise ValidationError(_("With the kind you chose, the rate is 0.")) from None
            raise ValidationError(_("A tax that is charged has a rate above 0. Or choose another kind.")) from None


def views(*, is_archived: bool = False) -> list[TaxView]:
    return [view(tax) for tax in (taxes.archived() if is_archived else taxes.offered())]


def view(tax: TaxRate) -> TaxView:
    return TaxView(
        id=tax.id,
        name=tax.name,
        rate=amounts.percent(tax.rate, shops.profile().locale),
        why="" if tax.category is TaxCategory.STANDARD else str(WORDS[tax.category]),
        is_default=tax.is_default,
        is_archived=tax.archived_at is not None,
    )


@bp.get("/settings/taxes/new")
@owner_only
def new_tax():
    return form_page(TaxForm(), None)


@bp.post("/settings/taxes/new", endpoint="add_tax")
@owner_only
def add_tax():
    form = TaxForm(request.form)
    if not form.validate():
        return form_page(form, None), 422
    with writing():
        taxes.add(**typed(form), is_default=form.is_default.data, by=current_staff())
    return done(gettext("Added. Lines can have it now."))


@bp.get("/settings/taxes/<int:id>")
@owner_only
def edit_tax(id: int):
    tax = find_tax(id)
    return form_page(TaxForm(obj=tax, category=tax.category.value, seen=edition(tax)), tax)


@bp.post("/settings/taxes/<int:id>", endpoint="save_tax")
@owner_only
def save_tax(id: int):
    form = TaxForm(request.form)
    if not form.validate():
        return form_page(form, find_tax(id)), 422
    try:
        with writing():
            tax = find_tax(id)
            if form.seen.data != edition(tax):
                raise ChangedMeanwhile("", None)
            seen = {name: getattr(tax, name) for name in taxes.FIELDS}
            taxes.edit(tax, typed(form), seen=seen, by=current_staff())
    except ChangedMeanwhile:
        tax = find_tax(id)
        form.seen.data = edition(tax)
        return form_page(form, tax, conflict=both(form, tax)), 409
    return done(gettext("Saved. Lines written before keep the rate they have."))


@bp.post("/settings/taxes/<int:id>/usual")
@owner_only
def make_tax_usual(id: int):
    with writing():
        taxes.make_default(find_tax(id), by=current_staff())
    return done(gettext("New lines begin with it."))


@bp.post("/settings/taxes/<int:id>/archive")
@owner_only
def archive_tax(id: int):
    with writing():
        taxes.archive(find_tax(id), by=current_staff())
    return done(gettext("Archived. No new line gets it; those that have it keep it."))


@bp.post("/settings/taxes/<int:id>/bring-back")
@owner_only
def bring_back_tax(id: int):
    with writing():
        taxes.restore(find_tax(id), by=current_staff())
    return done(gettext("Back in the list."))


def find_tax(id: int) -> TaxRate:
    return taxes.find(id) or abort(404)


def typed(form: TaxForm) -> dict:
    return {"name": form.name.data, "rate": form.rate.data, "category": TaxCategory(form.category.data)}


def edition(tax: TaxRate) -> str:
    """What the form shows, in one line: a rate counts no editions."""
    return f"{tax.category.value} {tax.rate.normalize():f} {tax.name}"


def both(form: TaxForm, tax: TaxRate) -> dict:
    """The rate as it is now beside what was typed, where they differ."""
    locale = shops.profile().locale

    def said(name: str, value) -> str:
        if name == "rate":
            return amounts.percent(value, locale)
        return str(WORDS[value]) if name == "category" else value

    yours = typed(form)
    rows = [(form[name].label.text, said(name, getattr(tax, name)), said(name, yours[name])) for name in taxes.FIELDS]
    return {"who": "", "at": "", "fields": [row for row in rows if row[1] != row[2]]}


def done(words: str):
    flash(words, "done")
    return redirect(url_for("staff.billing_settings"), 303)


def form_page(form: TaxForm, tax: TaxRate | None, *, conflict: dict | None = None) -> str:
    return render_template("staff/tax_form.html", form=form, tax=view(tax) if tax else None, conflict=conflict)
