"""Booking a visit and moving it."""

from datetime import datetime, time, timedelta

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import DateField, Form, HiddenField, SelectField, TimeField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from models import Staff, Visit, db
from portal import clock, dates
from portal.db import writing
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.domain import visits
from portal.domain.refusals import ChangedMeanwhile
from portal.fields import sensible_day, whole_number
from portal.staff import bp, current_staff, find, find_job, office_only

EVENING, MORNING = time(18), time(8)


class VisitFields(Form):
    """When and who. Without a date the visit waits for one."""

    date = DateField(_("Day"), [Optional()])
    from_time = TimeField(_("From"), [Optional()])
    to_time = TimeField(_("To"), [Optional()])
    technician_id = SelectField(_("Technician"), [Optional()])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        nobody = SelectChoice("", gettext("Nobody yet"))
        self.technician_id.choices = [
            nobody,
            *(SelectChoice(str(person.id), person.name) for person in people.technicians()),
        ]

    def keep(self, person: Staff | None) -> None:
        """Leave a visit with who has it, though they are switched off: nobody is offered them anew."""
        if person and person.archived_at:
            words = gettext("%(name)s (switched off)", name=person.name)
            self.technician_id.choices.append(SelectChoice(str(person.id), words))

    def validate_date(self, field):
        if (self.from_time.data or self.to_time.data) and not field.data:
            raise ValidationError(_("Choose the day."))
        if field.data and not sensible_day(field.data, clock.now().date()):
            raise ValidationError(_("Check the year."))

    def validate_from_time(self, field):
        if self.date.data and not field.data:
            raise ValidationError(_("Write when the window begins."))

    def validate_to_time(self, field):
        if self.date.data and not field.data:
            raise ValidationError(_("Write when the window ends."))
        start = self.from_time.data
        if field.data and start and field.data <= start and not (start >= EVENING and field.data <= MORNING):
            raise ValidationError(_("The window ends before it begins."))

    # A field left empty is fine for Optional, but not next to a filled one: ask these even then.
    def validate(self, extra_validators=None):
        good = super().validate(extra_validators)
        for name in ("date", "from_time", "to_time"):
            field = self[name]
            if field.errors or field.raw_data and field.raw_data[0]:
                continue
            try:
                getattr(self, f"validate_{name}")(field)
            except ValidationError as error:
                field.errors = [str(error)]
                good = False
        return good

    def window(self, zone: str) -> tuple[datetime | None, datetime | None]:
        """Both ends in UTC. A window that begins in the evening may end after midnight."""
        if not self.date.data:
            return None, None
        overnight = timedelta(days=self.to_time.data <= self.from_time.data)
        start = clock.on_site(self.date.data, self.from_time.data, zone)
        end = clock.on_site(self.date.data + overnight, self.to_time.data, zone)
        # Summer time skips an hour: a window that begins inside it and ends at its end would run backwards.
        return start, end if end > start else start + timedelta(hours=1)

    def technician(self) -> Staff | None:
        return db.session.get(Staff, int(self.technician_id.data)) if self.technician_id.data else None


class VisitForm(VisitFields):
    seen = HiddenField()


def filled(form: VisitFields, visit: Visit, zone: str) -> VisitFields:
    """`form` as the visit stands."""
    form.keep(visit.technician)
    if visit.starts_at:
        form.date.data = dates.local_date(visit.starts_at, zone)
        form.from_time.data = dates.local_time(visit.starts_at, zone)
        form.to_time.data = dates.local_time(visit.ends_at, zone)
    form.technician_id.data = str(visit.technician_id or "")
    return form


@bp.get("/work-orders/<int:id>/visits/new")
@office_only
def book_visit(id: int):
    return visit_page(find_job(id), None, VisitForm())


@bp.post("/work-orders/<int:id>/visits/new", endpoint="save_new_visit")
@office_only
def save_new_visit(id: int):
    form = VisitForm(request.form)
    if not form.validate():
        return visit_page(find_job(id), None, form), 422
    with writing():
        job = find_job(id)
        starts_at, ends_at = form.window(job.time_zone)
        visits.book(job, starts_at=starts_at, ends_at=ends_at, technician=form.technician(), by=current_staff())
    return redirect(url_for("staff.work_order", id=id), 303)


@bp.get("/work-orders/<int:id>/visits/<int:visit_id>")
@office_only
def edit_visit(id: int, visit_id: int):
    visit = find_visit(id, visit_id)
    return visit_page(visit.work_order, visit, filled(VisitForm(seen=visit.edition), visit, visit.work_order.time_zone))


@bp.post("/work-orders/<int:id>/visits/<int:visit_id>", endpoint="save_visit")
@office_only
def save_visit(id: int, visit_id: int):
    form = VisitForm(request.form)
    form.keep(find_visit(id, visit_id).technician)
    if not form.validate():
        visit = find_visit(id, visit_id)
        return visit_page(visit.work_order, visit, form), 422
    try:
        with writing():
            visit = find_visit(id, visit_id)
            starts_at, ends_at = form.window(visit.work_order.time_zone)
            seen = whole_number(form.seen.data)
            visits.move(
                visit, starts_at=starts_at, ends_at=ends_at, technician=form.technician(), seen=seen, by=current_staff()
            )
    except ChangedMeanwhile as changed:
        visit = find_visit(id, visit_id)
        form.seen.data = visit.edition
        return visit_page(visit.work_order, visit, form, conflict=conflict(visit, form, changed)), 409
    return redirect(url_for("staff.work_order", id=id), 303)


@bp.post("/work-orders/<int:id>/visits/<int:visit_id>/remove")
@office_only
def remove_visit(id: int, visit_id: int):
    with writing():
        visits.remove(find_visit(id, visit_id), by=current_staff())
    return redirect(url_for("staff.work_order", id=id), 303)


def find_visit(id: int, visit_id: int) -> Visit:
    job, visit = find_job(id), find(Visit, visit_id)  # the job first: whoever writes to it waits there
    return visit if visit.work_order is job else abort(404)


def conflict(visit: Visit, form: VisitForm, changed: ChangedMeanwhile) -> dict:
    """Theirs beside what was typed."""
    zone, locale = visit.work_order.time_zone, shops.profile().locale
    starts_at, ends_at = form.window(zone)
    technician = form.technician()
    fields = [
        (
            gettext("Visit"),
            window_words(visit.starts_at, visit.ends_at, zone, locale),
            window_words(starts_at, ends_at, zone, locale),
        ),
        (
            gettext("Technician"),
            visit.technician.name if visit.technician else "",
            technician.name if technician else "",
        ),
    ]
    at = dates.clock_time(changed.at, zone, locale) if changed.at else ""
    return {"who": changed.who, "at": at, "fields": [row for row in fields if row[1] != row[2]]}


def window_words(starts_at: datetime | None, ends_at: datetime | None, zone: str, locale: str) -> str:
    if starts_at is None:
        return gettext("No time set yet")
    return f"{dates.day(starts_at, zone, locale)}, {dates.window(starts_at, ends_at, zone, locale)}"


def visit_page(job, visit: Visit | None, form: VisitForm, *, conflict: dict | None = None) -> str:
    return render_template("staff/visit_form.html", work_order=job, visit=visit, form=form, conflict=conflict)
