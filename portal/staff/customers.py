"""The customers' cards. For the office."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Form, HiddenField

from models import Customer, Message, WorkOrder, db
from portal.db import writing
from portal.domain import customers as cards
from portal.domain import messages, schedule
from portal.domain import shop as shops
from portal.domain.refusals import ChangedMeanwhile
from portal.fields import Email, Line, Phone, Text, one_line, whole_number
from portal.staff import activity, bp, current_staff, find, office_copy, office_only

PAGE = 50


class CustomerForm(Form):
    name = Line(_("Name"), most=120, required=_("Write a name."))
    phone = Phone(_("Phone"))
    email = Email(_("Email"))
    street = Line(_("Street and number"), most=200)
    locality = Line(_("City and postcode"), most=200)
    notes = Text(_("Notes"), most=20_000)
    seen = HiddenField()


@bp.get("/customers")
@office_only
def customers():
    query = one_line(request.args.get("q"))[:200]
    start = whole_number(request.args.get("from"))
    found = cards.find(query, limit=PAGE + 1, offset=start)
    more = url_for(".customers", q=query or None, **{"from": start + PAGE}) if len(found) > PAGE else ""
    rows = [office_copy.of_customer(customer, jobs) for customer, jobs in found[:PAGE]]
    return render_template("staff/customers.html", customers=rows, query=query, more_url=more)


@bp.get("/customers/suggestions")
@office_only
def customer_suggestions():
    """A few cards for what was typed so far, as options of a list."""
    query = one_line(request.args.get("q"))[:200]
    found = cards.find(query, limit=6) if len(query) >= 2 else []
    return render_template(
        "staff/_customer_suggestions.html", customers=[office_copy.of_customer(c, jobs) for c, jobs in found]
    )


@bp.get("/customers/<int:id>")
@office_only
def customer(id: int):
    card, shop = find(Customer, id), shops.profile()
    rows = schedule.of_customer(card, shop.time_zone, limit=100)
    waiting = db.session.scalars(
        messages.visible_to(current_staff())
        .join(Message.work_order)
        .where(WorkOrder.customer_id == card.id, Message.answered_at.is_(None))
    )
    return render_template(
        "staff/customer.html",
        customer=office_copy.of_customer(card, len(rows)),
        rows=[office_copy.of_row(row, shop.locale) for row in rows],
        messages=[office_copy.of_message(message) for message in waiting],
        events=activity.of_customer(card),
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
        id = cards.add(**typed(form)).id
    return redirect(url_for("staff.customer", id=id), 303)


@bp.get("/customers/<int:id>/edit")
@office_only
def edit_customer(id: int):
    card = find(Customer, id)
    return form_page(CustomerForm(obj=card, seen=card.edition), card)


@bp.post("/customers/<int:id>/edit", endpoint="save_customer")
@office_only
def save_customer(id: int):
    form = CustomerForm(request.form)
    if not form.validate():
        return form_page(form, find(Customer, id)), 422
    try:
        with writing():
            seen = whole_number(form.seen.data)
            cards.edit(find(Customer, id), typed(form), seen=seen, by=current_staff())
    except ChangedMeanwhile:
        card = find(Customer, id)
        form.seen.data = card.edition
        fields = [(form[name].label.text, getattr(card, name), form[name].data) for name in cards.CARD]
        conflict = {"who": gettext("Somebody"), "at": "", "fields": [row for row in fields if row[1] != row[2]]}
        return form_page(form, card, conflict=conflict), 409
    return redirect(url_for("staff.customer", id=id), 303)


def typed(form: CustomerForm) -> dict[str, str]:
    return {name: form[name].data for name in cards.CARD}


def form_page(form: CustomerForm, card: Customer | None, *, conflict: dict | None = None) -> str:
    view = office_copy.of_customer(card) if card else None
    return render_template("staff/customer_form.html", form=form, customer=view, conflict=conflict)
