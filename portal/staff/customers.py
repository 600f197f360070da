"""The customers' cards. For the office."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from wtforms import Form, HiddenField

from models import Customer, db
from portal.db import writing
from portal.domain import customers as cards
from portal.domain import duplicates, messages, schedule
from portal.domain import shop as shops
from portal.domain.refusals import ChangedMeanwhile, NotAllowed
from portal.fields import Email, Line, Phone, Text, one_line, whole_number
from portal.staff import activity, bp, current_staff, find, language_field, office_copy, office_only
from portal.staff.language_field import LanguageField

PAGE = 50
JOBS = 20
FEW = 12  # a list so short needs nobody named on top


class CustomerForm(Form):
    name = Line(_("Name"), most=120, required=_("Write a name."))
    phone = Phone(_("Phone"))
    email = Email(_("Email"))
    street = Line(_("Street and number"), most=200)
    locality = Line(_("City and postcode"), most=200)
    locale = LanguageField(_("Language of their pages"))
    notes = Text(_("Notes"), most=20_000)
    seen = HiddenField()


@bp.get("/customers")
@office_only
def customers():
    query, is_archived = one_line(request.args.get("q"))[:200], request.args.get("tab") == "archived"
    after = db.session.get(Customer, whole_number(request.args.get("after")))
    found = cards.find(query, limit=PAGE + 1, after=after, archived=is_archived)
    asked = {"q": query or None, "tab": "archived" if is_archived else None}
    more = url_for(".customers", **asked, after=found[PAGE - 1][0].id) if len(found) > PAGE else ""
    counts = {"": cards.count(query), "archived": cards.count(query, archived=True)}
    has_lately = not (query or is_archived or after) and counts[""] > FEW
    return render_template(
        "staff/customers.html",
        customers=of_all(found[:PAGE]),
        lately=of_all(cards.lately()) if has_lately else [],
        query=query,
        tab="archived" if is_archived else "",
        counts=counts,
        more_url=more,
    )


def of_all(found: list[tuple[Customer, int]]) -> list[office_copy.CustomerView]:
    return [office_copy.of_customer(customer, jobs) for customer, jobs in found]


@bp.get("/customers/suggestions")
@office_only
def customer_suggestions():
    """A few cards for what was typed so far, as options of a list."""
    query = one_line(request.args.get("q"))[:200]
    found = cards.find(query, limit=6) if len(query) >= 2 else []
    return render_template("staff/_customer_suggestions.html", customers=of_all(found))


@bp.get("/customers/<int:id>")
@office_only
def customer(id: int):
    card, shop = find(Customer, id), shops.profile()
    if card.merged_into_id:
        return redirect(url_for("staff.customer", id=card.merged_into_id))
    rows = schedule.of_customer(card, shop.time_zone, limit=JOBS + 1, before=whole_number(request.args.get("before")))
    more = url_for(".customer", id=id, before=rows[JOBS - 1].work_order.id) if len(rows) > JOBS else ""
    return render_template(
        "staff/customer.html",
        customer=office_copy.of_customer(card, cards.jobs(card)),
        open_jobs=cards.open_jobs(card),
        alike=[] if card.archived_at else [office_copy.of_customer(other) for other in duplicates.of(card)],
        rows=[office_copy.of_row(row, shop.locale) for row in rows[:JOBS]],
        messages=[office_copy.of_message(message) for message in messages.open_of_customer(card)],
        events=activity.of_customer(card),
        more_url=more,
        zone=shop.time_zone,
    )


@bp.get("/customers/new")
@office_only
def new_customer():
    return form_page(CustomerForm(), None)


@bp.post("/customers/new", endpoint="add_customer")
@office_only
def add_customer():
    form = CustomerForm(request.form)
    if not form.validate():
        return form_page(form, None), 422
    with writing():
        id = cards.add(**typed(form), by=current_staff()).id
    return redirect(url_for("staff.customer", id=id), 303)


@bp.get("/customers/<int:id>/edit")
@office_only
def edit_customer(id: int):
    card = find(Customer, id)
    if card.merged_into_id:
        return redirect(url_for("staff.customer", id=card.merged_into_id))
    return form_page(CustomerForm(obj=card, seen=card.edition), card)


@bp.post("/customers/<int:id>/edit", endpoint="save_customer")
@office_only
def save_customer(id: int):
    form = CustomerForm(request.form)
    form.kept_locale = find(Customer, id).locale
    if not form.validate():
        return form_page(form, find(Customer, id)), 422
    try:
        with writing():
            seen = whole_number(form.seen.data)
            cards.edit(find(Customer, id), typed(form), seen=seen, by=current_staff())
    except ChangedMeanwhile:
        card = find(Customer, id)
        form.seen.data = card.edition
        return form_page(form, card, conflict=both(form, card)), 409
    except NotAllowed:
        flash(
            gettext("This card was merged into another, so nothing was saved. This is the one that is left."), "trouble"
        )
    return redirect(url_for("staff.customer", id=id), 303)


def both(form: CustomerForm, card: Customer) -> dict:
    """The card as it is now beside what was typed, where they differ."""
    fields = [
        (form[name].label.text, shown(name, getattr(card, name)), shown(name, form[name].data)) for name in cards.CARD
    ]
    return {"who": gettext("Somebody"), "at": "", "fields": [row for row in fields if row[1] != row[2]]}


def shown(name: str, text: str) -> str:
    """A value of a card as a person reads it."""
    return (language_field.name(text) or gettext("As the shop")) if name == "locale" else text


@bp.post("/customers/<int:id>/archive")
@office_only
def archive_customer(id: int):
    try:
        with writing():
            cards.archive(find(Customer, id), by=current_staff())
    except NotAllowed:
        waiting = cards.open_jobs(find(Customer, id))
        flash(refused_for(waiting), "trouble")
    else:
        flash(gettext("Archived. You find the card under “Archived”."), "done")
    return redirect(url_for("staff.customer", id=id), 303)


def refused_for(waiting: int) -> str:
    return ngettext(
        "This customer still has %(num)d open job. Complete or cancel it first, then archive the card.",
        "This customer still has %(num)d open jobs. Complete or cancel them first, then archive the card.",
        waiting,
    )


@bp.post("/customers/<int:id>/bring-back")
@office_only
def bring_back_customer(id: int):
    try:
        with writing():
            cards.bring_back(find(Customer, id), by=current_staff())
    except NotAllowed:
        flash(gettext("This card was merged into another. This is the one that is left."), "trouble")
    else:
        flash(gettext("Back in the list."), "done")
    return redirect(url_for("staff.customer", id=id), 303)


def typed(form: CustomerForm) -> dict[str, str]:
    return {name: form[name].data for name in cards.CARD}


def form_page(form: CustomerForm, card: Customer | None, *, conflict: dict | None = None) -> str:
    view = office_copy.of_customer(card) if card else None
    return render_template("staff/customer_form.html", form=form, customer=view, conflict=conflict)
