"""Booking a new job, and editing one."""

import zoneinfo
from datetime import timedelta

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Form, HiddenField, StringField

from models import Customer, WorkOrder, db
from portal import clock, dates
from portal.db import is_writing, writing
from portal.domain import customers, visits, work_orders
from portal.domain import shop as shops
from portal.domain.refusals import ChangedMeanwhile
from portal.fields import Email, Line, Phone, Text, ZoneField, whole_number
from portal.staff import bp, current_staff, find_job, office_copy, office_only
from portal.staff.visits import VisitFields


class WorkOrderFields(Form):
    customer_name = Line(_("Name"), most=120, required=_("Write who it is for."))
    customer_id = StringField()
    customer_phone = Phone(_("Phone"))
    customer_email = Email(_("Email"))
    title = Line(_("Job"), most=120, required=_("Write what the job is, like “Water heater replacement”."))
    street = Line(_("Street and number"), most=200, required=_("Write where the job is."))
    locality = Line(_("City and postcode"), most=200)
    time_zone = ZoneField(_("Time zone of the site"))
    internal_notes = Text(_("Internal notes"), most=20_000)


class NewWorkOrderForm(WorkOrderFields, VisitFields):
    pass


class EditWorkOrderForm(WorkOrderFields):
    seen = HiddenField()
    customer_seen = HiddenField()  # the edition of the customer's card that the form was filled from


@bp.get("/work-orders/new")
@office_only
def new_work_order():
    shop = shops.profile()
    form = NewWorkOrderForm(time_zone=shop.time_zone, **next_window(shop.time_zone))
    customer = customers.standing(db.session.get(Customer, whole_number(request.args.get("customer"))))
    if customer and not customer.archived_at:
        fill_customer(form, customer)
        form.street.data, form.locality.data = customer.street, customer.locality
    return form_page(form, None)


def next_window(zone: str) -> dict:
    """A window to begin with: the next full hour, two hours long; tomorrow morning once the day is over."""
    local = clock.now().astimezone(zoneinfo.ZoneInfo(zone))
    start = (local + timedelta(hours=1)).replace(minute=0)
    if not 7 <= start.hour <= 17:
        start = (start + timedelta(days=start.hour > 17)).replace(hour=9)
    return {
        "date": start.date(),
        "from_time": start.time().replace(second=0, microsecond=0),
        "to_time": start.replace(hour=start.hour + 2).time().replace(second=0, microsecond=0),
    }


def fill_customer(form: WorkOrderFields, customer: Customer) -> None:
    form.customer_id.data, form.customer_name.data = str(customer.id), customer.name
    form.customer_phone.data, form.customer_email.data = customer.phone, customer.email


@bp.post("/work-orders/new", endpoint="book")
@office_only
def book():
    form = NewWorkOrderForm(request.form)
    matches = unclear_customer(form)
    if not form.validate() or matches:
        return form_page(form, None, matches=matches), 422
    with writing():
        job = work_orders.book(
            meant_customer(form), **site(form), internal_notes=form.internal_notes.data, by=current_staff()
        )
        starts_at, ends_at = form.window(job.time_zone)
        if starts_at or form.technician_id.data:
            visits.book(job, starts_at=starts_at, ends_at=ends_at, technician=form.technician(), by=current_staff())
        id = job.id
    return redirect(url_for("staff.work_order", id=id), 303)


@bp.get("/work-orders/<int:id>/edit")
@office_only
def edit_work_order(id: int):
    job = find_job(id)
    form = EditWorkOrderForm(obj=job, seen=job.edition, customer_seen=job.customer.edition)
    fill_customer(form, job.customer)
    return form_page(form, job)


@bp.post("/work-orders/<int:id>/edit", endpoint="save_work_order")
@office_only
def save_work_order(id: int):
    form = EditWorkOrderForm(request.form)
    job = find_job(id)
    if shows_card_of(job.customer, form) and whole_number(form.customer_seen.data) != job.customer.edition:
        return told_of_newer_version(form, job, ChangedMeanwhile("", None))
    matches = unclear_customer(form)
    if not form.validate() or matches:
        return form_page(form, find_job(id), matches=matches), 422
    try:
        with writing():
            job = find_job(id)
            values = site(form) | {"internal_notes": form.internal_notes.data}
            seen = whole_number(form.seen.data)
            work_orders.require_edition(job, seen)
            work_orders.edit(job, values, customer=meant_customer(form), seen=seen, by=current_staff())
    except ChangedMeanwhile as changed:
        return told_of_newer_version(form, find_job(id), changed)
    return redirect(url_for("staff.work_order", id=id), 303)


def told_of_newer_version(form: EditWorkOrderForm, job: WorkOrder, changed: ChangedMeanwhile) -> tuple[str, int]:
    """Both versions; the form still holds what was typed, and the next save is meant."""
    page = conflict(job, form, changed)
    form.seen.data, form.customer_seen.data = job.edition, job.customer.edition
    return form_page(form, job, conflict=page), 409


def site(form: WorkOrderFields) -> dict:
    return {name: form[name].data for name in ("title", "street", "locality", "time_zone")}


def unclear_customer(form: WorkOrderFields) -> list[Customer]:
    """Those who already go by the typed name, unless the form says which of them is meant, or that none is."""
    if form.customer_id.data == "new":
        return []
    chosen = picked_card(form)
    if chosen and chosen.name.lower() == (form.customer_name.data or "").lower():
        return []
    form.customer_id.data = ""
    return customers.named(form.customer_name.data or "")


def picked_card(form: WorkOrderFields) -> Customer | None:
    """The card that the form names; locked while a job is booked for it, so that nobody archives it meanwhile."""
    return db.session.get(Customer, whole_number(form.customer_id.data), with_for_update=is_writing())


def meant_customer(form: WorkOrderFields) -> Customer:
    """The customer the form names, with what it says of phone and email; a new one takes the job's address."""
    customer = customers.standing(picked_card(form))
    if customer is None:
        return customers.add(
            name=form.customer_name.data,
            phone=form.customer_phone.data,
            email=form.customer_email.data,
            street=form.street.data,
            locality=form.locality.data,
            by=current_staff(),
        )
    if customer.archived_at and "seen" not in form:  # a new job for somebody whom another has just archived
        customers.bring_back(customer, by=current_staff())
    card = {name: getattr(customer, name) for name in customers.CARD}
    given = {"phone": form.customer_phone.data, "email": form.customer_email.data}
    if not shows_card_of(customer, form):  # what is empty was never shown, so nobody took it out
        given = {name: text for name, text in given.items() if text}
    if card | given != card:
        customers.edit(customer, card | given, seen=customer.edition, by=current_staff())
    return customer


def shows_card_of(customer: Customer, form: WorkOrderFields) -> bool:
    """Whether the form was filled from this customer's card, so that what it says of phone and email is meant."""
    return "customer_seen" in form and bool(form.customer_seen.data) and form.customer_id.data == str(customer.id)


def conflict(job: WorkOrder, form: WorkOrderFields, changed: ChangedMeanwhile) -> dict:
    """Theirs beside what was typed, for the fields that differ."""
    theirs = {name: getattr(job, name) for name in ("title", "street", "locality", "time_zone", "internal_notes")}
    theirs |= {"customer_phone": job.customer.phone, "customer_email": job.customer.email}
    theirs["customer_name"] = job.customer.name
    fields = [
        (form[name].label.text, text, form[name].data) for name, text in theirs.items() if text != form[name].data
    ]
    at = dates.clock_time(changed.at, shops.profile().time_zone, shops.profile().locale) if changed.at else ""
    return {"who": changed.who or gettext("Somebody"), "at": at, "fields": fields}


def form_page(form: WorkOrderFields, job: WorkOrder | None, *, matches=(), conflict: dict | None = None) -> str:
    return render_template(
        "staff/work_order_form.html",
        form=form,
        work_order=job,
        matches=[office_copy.of_customer(customer) for customer in matches],
        conflict=conflict,
    )
