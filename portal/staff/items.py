"""The price list: what the shop usually sells. For the office."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Form, HiddenField

from models import Item, TaxRate, db
from portal import amounts
from portal.db import writing
from portal.domain import catalogue, taxes
from portal.domain import shop as shops
from portal.domain.refusals import ChangedMeanwhile
from portal.fields import Line, Text, one_line, whole_number
from portal.money_fields import PriceField
from portal.staff import bp, current_staff, find, office_only
from portal.staff.shop_forms import Choice

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """An entry as the office reads it, its figures in words."""

    id: int
    description: str
    details: str
    unit: str
    price: str
    cost: str
    is_hourly: bool
    tax: str
    is_archived: bool


def currency() -> str:
    return shops.profile().currency


class ItemForm(Form):
    description = Line(_("Description"), most=200, required=_("Write what it is."))
    details = Text(_("Details"), most=2000)
    price = PriceField(_("Price"), currency=currency, required=_("Write a price."))
    unit = Line(_("Unit"), most=20)
    is_hourly = BooleanField(_("Sold by the hour"))
    tax_rate = Choice(_("Tax"))
    cost = PriceField(_("What it costs us"), currency=currency)
    seen = HiddenField()

    def __init__(self, *args, kept: TaxRate | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        usual = taxes.default()
        words = gettext("The usual one (%(tax)s)", tax=tax_words(usual)) if usual else gettext("The usual one")
        pairs = [("", words), *((str(tax.id), tax_words(tax)) for tax in taxes.offered())]
        if kept and kept.archived_at:
            pairs.append((str(kept.id), gettext("%(tax)s (archived)", tax=tax_words(kept))))
        self.tax_rate.offer(pairs, "")


@bp.get("/items")
@office_only
def items():
    query, is_archived = one_line(request.args.get("q"))[:200], request.args.get("tab") == "archived"
    offset = whole_number(request.args.get("from"))
    found = catalogue.search(query, limit=PAGE + 1, offset=offset, is_archived=is_archived)
    asked = {"q": query or None, "tab": "archived" if is_archived else None}
    return render_template(
        "staff/items.html",
        items=[view(item) for item in found[:PAGE]],
        query=query,
        tab="archived" if is_archived else "",
        more_url=url_for("staff.items", **asked, **{"from": offset + PAGE}) if len(found) > PAGE else "",
    )


def view(item: Item) -> ItemView:
    shop = shops.profile()
    return ItemView(
        id=item.id,
        description=item.description,
        details=item.details,
        unit=item.unit,
        price=amounts.price(item.price, shop.currency, shop.locale),
        cost="" if item.cost is None else amounts.price(item.cost, shop.currency, shop.locale),
        is_hourly=item.is_hourly,
        tax=tax_words(item.tax_rate) if item.tax_rate else "",
        is_archived=item.archived_at is not None,
    )


def tax_words(tax: TaxRate) -> str:
    return f"{tax.name} {amounts.percent(tax.rate, shops.profile().locale)}"


@bp.get("/items/new")
@office_only
def new_item():
    return form_page(ItemForm(), None)


@bp.post("/items/new", endpoint="add_item")
@office_only
def add_item():
    form = ItemForm(request.form)
    if not form.validate():
        return form_page(form, None), 422
    with writing():
        catalogue.add(typed(form), by=current_staff())
    flash(gettext("On the price list."), "done")
    return redirect(url_for("staff.items"), 303)


@bp.get("/items/<int:id>")
@office_only
def edit_item(id: int):
    item = find(Item, id)
    return form_page(ItemForm(data=shown(item) | {"seen": item.edition}, kept=item.tax_rate), item)


@bp.post("/items/<int:id>", endpoint="save_item")
@office_only
def save_item(id: int):
    form = ItemForm(request.form, kept=find(Item, id).tax_rate)
    if not form.validate():
        return form_page(form, find(Item, id)), 422
    try:
        with writing():
            catalogue.edit(find(Item, id), typed(form), seen=whole_number(form.seen.data), by=current_staff())
    except ChangedMeanwhile:
        item = find(Item, id)
        form.seen.data = item.edition
        return form_page(form, item, conflict=both(form, item)), 409
    flash(gettext("Saved. Lines written before stay as they are."), "done")
    return redirect(url_for("staff.items"), 303)


def typed(form: ItemForm) -> dict:
    tax = whole_number(form.tax_rate.data)
    values = {name: form[name].data for name in catalogue.FIELDS}
    return values | {"tax_rate": db.session.get(TaxRate, tax) if tax else None}


def shown(item: Item) -> dict:
    """The entry as the form holds it."""
    values = {name: getattr(item, name) for name in catalogue.FIELDS}
    return values | {"tax_rate": str(item.tax_rate_id or "")}


def both(form: ItemForm, item: Item) -> dict:
    """The entry as it is now beside what was typed, where they differ."""
    theirs = shown(item)
    rows = [
        (form[name].label.text, said(form, name, theirs[name]), said(form, name, form[name].data))
        for name in catalogue.FIELDS
        if theirs[name] != form[name].data
    ]
    return {"who": "", "at": "", "fields": rows}


def said(form: ItemForm, name: str, value) -> str:
    if name == "tax_rate":
        return str(dict(form.tax_rate.choices).get(value, value))
    if name in ("price", "cost"):
        return "" if value is None else amounts.price(value, currency(), shops.profile().locale)
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return value


@bp.post("/items/<int:id>/archive")
@office_only
def archive_item(id: int):
    with writing():
        catalogue.archive(find(Item, id), by=current_staff())
    flash(gettext("Off the price list. You find it under “Archived”."), "done")
    return redirect(url_for("staff.items"), 303)


@bp.post("/items/<int:id>/bring-back")
@office_only
def bring_back_item(id: int):
    with writing():
        catalogue.restore(find(Item, id), by=current_staff())
    flash(gettext("Back in the list."), "done")
    return redirect(url_for("staff.items"), 303)


def form_page(form: ItemForm, item: Item | None, *, conflict: dict | None = None) -> str:
    entry = view(item) if item else None
    return render_template("staff/item_form.html", form=form, item=entry, conflict=conflict, currency=currency())
