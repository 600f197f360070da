"""Today's list, a work order's page, and its verbs."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import force_locale, gettext, ngettext
from flask_babel import lazy_gettext as _
from wtforms import Form, HiddenField

from models import Staff, WorkOrder
from portal import clock, customer_copy, dates, languages, stored
from portal.db import writing
from portal.domain import links, messages, parts, schedule, timeline, visits, work_orders
from portal.domain import my_day as days
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.domain.refusals import ChangedMeanwhile
from portal.fields import Text, one_line, whole_number
from portal.staff import bp, current_staff, find, find_job, my_day, office_copy, photo_copy, sharing
from portal.staff.part_forms import PartForm
from portal.staff.photo_forms import new_photos

PAGE = 50
PICKS = 12  # parts to choose with one tap
OFFERED = 200  # parts whose names come up while one is typed


class NotesForm(Form):
    notes = Text(_("Internal notes"), most=20_000)
    seen = HiddenField()


@bp.get("/")
def home():
    """The day's list, or what was searched for."""
    shop, person = shops.profile(), current_staff()
    tab = request.args.get("tab", "today")
    tab = tab if tab in schedule.TABS else "today"
    query = one_line(request.args.get("q"))[:200]
    if tab == "today" and not query and not people.can_office(person):
        return my_day.page()
    start = whole_number(request.args.get("from"))
    asked = {"limit": PAGE + 1, "offset": start}
    if query:
        rows = schedule.search(query, person, shop.time_zone, **asked)
    else:
        rows = schedule.rows(tab, person, shop.time_zone, **asked)
    more = url_for(".home", tab=tab, q=query or None, **{"from": start + PAGE}) if len(rows) > PAGE else ""
    heading, subline = headings(tab, query, person, shop)
    return render_template(
        "staff/home.html",
        tab=tab,
        query=query,
        counts=schedule.counts(person, shop.time_zone),
        rows=[office_copy.of_row(row, shop.locale) for row in rows[:PAGE]],
        heading=heading,
        subline=subline,
        more_url=more,
        my_visits=len(days.stops(person, shop.time_zone)) if tab == "today" else 0,
        told_at=dates.clock_time(clock.now(), shop.time_zone, shop.locale),
    )


def headings(tab: str, query: str, person: Staff, shop) -> tuple[str, str]:
    if query:
        return gettext("Results for “%(query)s”", query=query), ""
    if tab == "upcoming":
        return gettext("Upcoming"), gettext("Tomorrow and later, and what has no date yet")
    if tab == "done":
        return gettext("Done"), gettext("The last 30 days")
    day = dates.day(clock.today(shop.time_zone), shop.time_zone, shop.locale)
    loose = schedule.unassigned_today(person, shop.time_zone)
    if not loose:
        return gettext("Today"), day
    return gettext("Today"), ngettext("%(day)s · %(num)d unassigned", "%(day)s · %(num)d unassigned", loose, day=day)


@bp.get("/work-orders/<int:id>")
def work_order(id: int):
    return show(find_job(id))


def show(
    job: WorkOrder,
    *,
    notes_form: NotesForm | None = None,
    part_form: PartForm | None = None,
    photo_trouble: list[str] | None = None,
    photos_added: int = 0,
    code: int = 200,
):
    """A work order's page, with a form as it was typed when it had an error."""
    shop, current = shops.profile(), visits.current(job)
    link = links.of(job)
    events, photo_counts = photo_copy.gathered(timeline.of(job, limit=100 if "all" not in request.args else 1000))
    undo = office_copy.undo(job)
    newest = sorted(job.visits, key=lambda v: (v.starts_at or visits.FAR, v.id), reverse=True)
    page = render_template(
        "staff/work_order.html",
        work_order=office_copy.of_work_order(job),
        zone=job.time_zone,
        visit=office_copy.of_visit(current, current) if current else None,
        visits=[office_copy.of_visit(visit, current) for visit in newest],
        steps=office_copy.steps(job, shop.locale),
        undo=undo,
        undo_url=undo["url"] if undo and events[0].verb == work_orders.undoable(job) else "",
        verbs=office_copy.more_verbs(job),
        events=events if "all" in request.args else events[:8],
        photo_counts=photo_counts,
        messages=[office_copy.of_message(message) for message in messages.open_on(job)],
        link=sharing.of_link(link, job, shop) if link else None,
        share_open="shared" in request.args,
        notes_form=notes_form or NotesForm(notes=job.internal_notes, seen=job.edition),
        part_form=part_form or PartForm(),
        **offered_parts(),
        photo_form=new_photos(job),
        photo_count=photo_copy.count_words(job.photos),
        photo_trouble=photo_trouble,
        photos_added=photos_added,
    )
    return page, code


def offered_parts() -> dict:
    """What of the price list is a tap away, and whose names come up while somebody types."""
    picks = parts.picks(limit=OFFERED)
    names = [pick.name for pick in picks[PICKS:]]
    return {"picks": picks[:PICKS], "part_names": names, "parts_open": "parts" in request.args}


def step(id: int, verb, done: str):
    """One press: the verb, its commit, and back to the page with a word on what happened."""
    with writing():
        verb(find_job(id), by=current_staff())
    flash(done, "done")
    to_my_day = request.form.get("back") == "my-day"
    return redirect(my_day.address(id) if to_my_day else url_for(".work_order", id=id), 303)


@bp.post("/work-orders/<int:id>/set-off")
def set_off(id: int):
    return step(id, work_orders.set_off, gettext("On the way. The customer’s page says so now."))


@bp.post("/work-orders/<int:id>/start")
def start(id: int):
    return step(id, work_orders.start, gettext("Started. The customer’s page says so now."))


@bp.post("/work-orders/<int:id>/complete")
def complete(id: int):
    return step(id, work_orders.complete, gettext("Completed. The customer’s page says so now."))


@bp.post("/work-orders/<int:id>/finish-visit")
def finish_visit(id: int):
    return step(id, work_orders.finish_visit, gettext("Visit finished. Book the next one below."))


@bp.post("/work-orders/<int:id>/cancel")
def cancel(id: int):
    return step(id, work_orders.cancel, gettext("Cancelled. The customer’s page says so now."))


@bp.post("/work-orders/<int:id>/undo/<verb>")
def undo(id: int, verb: str):
    with writing():
        work_orders.undo(find_job(id), by=current_staff(), verb=verb)
    flash(gettext("Taken back. The customer’s page shows it."), "done")
    return redirect(url_for(".work_order", id=id), 303)


@bp.post("/work-orders/<int:id>/notes")
def save_notes(id: int):
    form = NotesForm(request.form)
    if not form.validate():
        return show(find_job(id), notes_form=form, code=422)
    try:
        with writing():
            seen = whole_number(form.seen.data)
            work_orders.save_notes(find_job(id), form.notes.data, seen=seen, by=current_staff())
    except ChangedMeanwhile as changed:
        return show_newer_notes(find_job(id), form, changed)
    return redirect(url_for(".work_order", id=id), 303)


def show_newer_notes(job: WorkOrder, form: NotesForm, changed: ChangedMeanwhile):
    """Both versions: the newer one stands above, the form still holds what was typed."""
    who = changed.who or gettext("Somebody")
    form.notes.errors = [
        gettext("%(name)s changed the notes meanwhile. Theirs stand above; add yours and save again.", name=who)
    ]
    form.seen.data = job.edition
    return show(job, notes_form=form, code=409)


@bp.get("/work-orders/<int:id>/photos/<name>")
def job_photo(id: int, name: str):
    if name not in {file for photo in find_job(id).photos for file in (photo.full, photo.thumb)}:
        abort(404)
    return stored.private(name)


@bp.get("/people/<int:id>/photo")
def photo(id: int):
    return stored.private(find(Staff, id).photo or abort(404))


@bp.get("/work-orders/<int:id>/preview")
def preview(id: int):
    """The customer's copy, shared or not, leaving no trace: no view counted, no stream, nothing to press."""
    job = find_job(id)
    with force_locale(languages.of_customer(job.customer.locale, shops.profile().locale)):
        copy = customer_copy.of_work_order(job)
        return render_template("customer/work_order.html", copy=copy, door=PreviewDoor(id))


class PreviewDoor:
    """The customer's page through the staff door: the same page, leading nowhere."""

    is_preview = True
    page = live = seen = help = calendar = pdf = sign = ""

    def __init__(self, id: int):
        self.id = id

    def photo(self, name: str) -> str:
        return url_for("staff.preview_photo", id=self.id, name=name)


@bp.get("/work-orders/<int:id>/preview/photos/<name>")
def preview_photo(id: int, name: str):
    if name not in customer_copy.of_work_order(find_job(id)).file_names:
        abort(404)
    return stored.private(name)
