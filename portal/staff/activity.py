"""The shop's activity, filtered: who did what when. For owner and office."""

from datetime import UTC, datetime, timedelta

from flask import render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from models import Customer, Event, Invoice, Quote, Staff, WorkOrder, db
from portal import clock
from portal.domain import activity as deeds
from portal.domain import shop as shops
from portal.domain import timeline
from portal.domain.timeline import Record
from portal.fields import one_line, sensible_day, whole_number
from portal.staff import bp, current_staff, find, office_copy, office_only, records
from portal.staff.event_words import event_words
from portal.staff.shapes import DeedRow

PAGE = 50
OF = {"job": WorkOrder, "quote": Quote, "invoice": Invoice, "customer": Customer}
SHORT = 8
ABOUT_WORDS = {
    "jobs": _("Work orders"),
    "quotes": _("Quotes"),
    "invoices": _("Invoices"),
    "messages": _("Messages"),
    "links": _("Links"),
    "customers": _("Customers"),
    "people": _("People"),
    "mail": _("Mail"),
    "prices": _("Price list"),
    "settings": _("Settings"),
}


class FilterForm(Form):
    who = SelectField(_("Who"), validate_choice=False)
    about = SelectField(_("What"), validate_choice=False)
    since = DateField(_("From"), [Optional()])
    until = DateField(_("To"), [Optional()])

    def __init__(self, *args, reader: Staff, **kwargs):
        super().__init__(*args, **kwargs)
        everybody = db.session.scalars(select(Staff).order_by(func.lower(Staff.name)))
        self.who.choices = [
            SelectChoice("", gettext("Anybody")),
            *(SelectChoice(str(person.id), person.name) for person in everybody),
            SelectChoice(deeds.CUSTOMER, gettext("The customer")),
            SelectChoice(deeds.MACHINE, gettext("The shop’s computer")),
        ]
        kinds = [SelectChoice(kind, str(ABOUT_WORDS[kind])) for kind in deeds.kinds_for(reader)]
        self.about.choices = [SelectChoice("", gettext("Anything")), *kinds]

    def validate_since(self, field):
        if field.data and not sensible_day(field.data, clock.now().date()):
            raise ValidationError(_("Check the year."))

    def validate_until(self, field):
        self.validate_since(field)
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError(_("The last day is before the first."))


@bp.get("/activity")
@office_only
def activity():
    shop, reader = shops.profile(), current_staff()
    form = FilterForm(typed(request.args), reader=reader)
    good = form.validate()
    record, customer = record_asked_for()
    asked = deeds.Filter(
        who=form.who.data or "",
        about=form.about.data or "",
        since=clock.midnight(form.since.data, shop.time_zone) if good and form.since.data else None,
        until=clock.midnight(form.until.data + timedelta(days=1), shop.time_zone) if good and form.until.data else None,
        record=(timeline.kind_of(record), record.id) if record else None,
        customer=customer.id if customer else 0,
        before=mark(request.args.get("before", "")),
    )
    found = deeds.find(asked, reader, limit=PAGE + 1) if good else []
    page = render_template(
        "staff/activity.html",
        form=form,
        deeds=rows(found[:PAGE]),
        more_url=more_url(found[PAGE - 1]) if len(found) > PAGE else "",
        record=records.of_record(record) if record else None,
        customer=customer,
        kept={name: request.args[name] for name in OF if request.args.get(name)},
        is_filtered=any(request.args.get(name) for name in ("who", "about", "since", "until")),
        zone=shop.time_zone,
    )
    return page, 200 if good else 422


def typed(args: MultiDict) -> MultiDict:
    return MultiDict({name: one_line(args.get(name))[:40] for name in ("who", "about", "since", "until")})


def record_asked_for() -> tuple[Record | None, Customer | None]:
    """The record or the customer that the list is of; 404 when there is none of that number."""
    asked = ((name, request.args.get(name)) for name in OF)
    found = {name: find(OF[name], whole_number(number)) for name, number in asked if number}
    customer = found.pop("customer", None)
    return next(iter(found.values()), None), customer


def mark(text: str) -> tuple[datetime, int] | None:
    """Where the page before ended: microseconds since 1970, and an id. None for what no page of ours says."""
    micros, _dot, id = text.partition(".")
    if not all(number.isascii() and number.isdigit() and len(number) <= 18 for number in (micros, id)):
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=min(int(micros), 10**17)), min(int(id), 2**31 - 1)


def more_url(last: Event) -> str:
    since_1970 = (last.at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    kept = {name: value for name, value in request.args.items() if name != "before" and value}
    return url_for("staff.activity", **kept, before=f"{since_1970}.{last.id}")


def of_customer(customer: Customer) -> list[Event]:
    """The short list on the customer's page."""
    return deeds.find(deeds.Filter(customer=customer.id), current_staff(), limit=SHORT)


def rows(events: list[Event]) -> list[DeedRow]:
    found, customers = deeds.records_of(events), deeds.customers_of(events)
    return [
        row(event, found.get((event.kind, event.record_id)), customers.get(deeds.customer_of(event)))
        for event in events
    ]


def row(event: Event, record: Record | None, customer: Customer | None) -> DeedRow:
    words, url = "", ""
    if record:
        words, url = records.titled(record), records.page(record)
    elif customer:
        words, url = customer.name, url_for("staff.customer", id=customer.id)
    message_id = (event.details or {}).get("message_id")
    return DeedRow(
        at=event.at,
        staff=office_copy.of_staff(event.staff) if event.staff else None,
        icon="user" if event.verb in deeds.CUSTOMERS_OWN else "gear",
        words=event_words(event, event.staff.name if event.staff else ""),
        record_words=words,
        record_url=url,
        message_url=url_for("staff.message", id=message_id) if message_id else "",
    )
