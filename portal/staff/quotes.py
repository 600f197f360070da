"""A quote's page and its verbs: written, sent, answered, turned into a job or an invoice. For the office."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Form

from models import Quote, WorkOrder
from portal.db import writing
from portal.domain import answers, quotes, sharing
from portal.fields import Line, Text, whole_number
from portal.staff import billing, bp, current_staff, document_editor, document_page, find, money_copy, office_only
from portal.staff import sharing as sheets


class ApproveForm(Form):
    """An approval that came by phone or on paper."""

    name = Line(_("Who approved it?"), most=120, required=_("Say who approved it."))


class ReplyForm(Form):
    body = Text(_("What they said"), most=20_000)
    is_no = BooleanField()


@bp.get("/quotes/<int:id>")
@office_only
def quote(id: int):
    return show(find(Quote, id))


def show(
    record: Quote, *, approve_form: ApproveForm | None = None, reply_form: ReplyForm | None = None, code: int = 200
):
    now = seen(record)
    now["approve_form"] = approve_form or now["approve_form"]
    now["reply_form"] = reply_form or now["reply_form"]
    return render_template("staff/quote.html", **now), code


@bp.get("/quotes/<int:id>/news")
@office_only
def quote_news(id: int):
    """What the open page shows anew when it heard the bell."""
    return render_template("staff/_document_news.html", **seen(find(Quote, id)))


def seen(record: Quote) -> dict:
    """How the quote stands, with its forms as nobody has filled them in."""
    view, shown = money_copy.of_document(record), answers.shown(record)
    return {
        **document_page.around(record),
        "document": view,
        "answer": quotes.last_answer(record),
        "options": [line for line in shown.content["lines"] if line["is_optional"]] if shown else [],
        "can_undo": view.state in ("approved", "declined", "changes_requested") and not view.has_unsent_changes,
        "approve_form": ApproveForm(name=record.customer.name),
        "reply_form": ReplyForm(),
        "news_url": url_for("staff.quote_news", id=record.id, all=request.args.get("all")),
    }


@bp.get("/quotes/new")
@office_only
def new_quote():
    return billing.new_page("quote")


@bp.post("/quotes/new", endpoint="add_quote")
@office_only
def add_quote():
    """For the job that is named, as it is; else for whom the form says."""
    job_id = whole_number(request.form.get("work_order"))
    if job_id:
        with writing():
            job = find(WorkOrder, job_id)
            id = quotes.add(job.customer, title=job.title, work_order=job, by=current_staff()).id
        return redirect(url_for("staff.edit_quote", id=id), 303)
    return billing.begin("quote", quotes.add)


@bp.get("/quotes/<int:id>/edit")
@office_only
def edit_quote(id: int):
    return document_editor.edit(Quote, id)


@bp.post("/quotes/<int:id>/edit", endpoint="save_quote")
@office_only
def save_quote(id: int):
    return document_editor.save(Quote, id, then=after_save)


def after_save(record: Quote) -> str:
    if request.form.get("do") != "send":
        return url_for("staff.quote", id=record.id)
    return send(record.id)


@bp.post("/quotes/<int:id>/totals")
@office_only
def quote_totals(id: int):
    return document_editor.figures(Quote, id)


@bp.post("/quotes/<int:id>/send")
@office_only
def send_quote(id: int):
    return redirect(send(id), 303)


def send(id: int) -> str:
    """Send it as it is now and have its link: the page with the open sheet."""
    with writing():
        record = find(Quote, id)
        quotes.send(record, by=current_staff())
        sharing.share(record, by=current_staff(), keys=current_app.extensions["settings"].link_keys)
    flash(gettext("Sent. The customer’s page shows it: pass the link on."), "done")
    return url_for("staff.quote", id=id, shared=1)


def step(id: int, done: str, verb, **values):
    with writing():
        verb(find(Quote, id), by=current_staff(), **values)
    flash(done, "done")
    return redirect(url_for("staff.quote", id=id), 303)


@bp.post("/quotes/<int:id>/approve")
@office_only
def approve_quote(id: int):
    form = ApproveForm(request.form)
    if not form.validate():
        return show(find(Quote, id), approve_form=form, code=422)
    chosen = [whole_number(line) for line in request.form.getlist("chosen")]
    values = {"revision": whole_number(request.form.get("revision")), "name": form.name.data, "chosen": chosen}
    return step(id, gettext("Approved. The customer’s page says so now."), quotes.approve, **values)


@bp.post("/quotes/<int:id>/request-changes")
@office_only
def request_quote_changes(id: int):
    form = ReplyForm(request.form)
    form.validate()
    if not form.body.data and not form.body.errors:
        form.body.errors = [gettext("Say what is to be changed.")]
    if form.body.errors:
        return show(find(Quote, id), reply_form=form, code=422)
    values = {"revision": whole_number(request.form.get("revision")), "body": form.body.data}
    return step(id, gettext("Taken down. Change the quote and send it again."), quotes.request_changes, **values)


@bp.post("/quotes/<int:id>/decline")
@office_only
def decline_quote(id: int):
    form = ReplyForm(request.form)
    if not form.validate():
        return show(find(Quote, id), reply_form=form, code=422)
    values = {"revision": whole_number(request.form.get("revision")), "reason": form.body.data}
    return step(id, gettext("Taken down that they declined."), quotes.decline, **values)


@bp.post("/quotes/<int:id>/undo")
@office_only
def undo_quote_answer(id: int):
    return step(id, gettext("Taken back. The quote waits for an answer again."), quotes.undo_answer)


@bp.post("/quotes/<int:id>/reopen")
@office_only
def reopen_quote(id: int):
    """An approval is taken back to make a new version: on to the editor."""
    with writing():
        quotes.reopen(find(Quote, id), by=current_staff())
    return redirect(url_for("staff.edit_quote", id=id), 303)


@bp.post("/quotes/<int:id>/book")
@office_only
def book_quote(id: int):
    with writing():
        job = quotes.make_work_order(find(Quote, id), by=current_staff()).id
    flash(gettext("The job is booked. Give it a date."), "done")
    return redirect(url_for("staff.work_order", id=job), 303)


@bp.post("/quotes/<int:id>/invoice")
@office_only
def invoice_quote(id: int):
    with writing():
        made = quotes.make_invoice(find(Quote, id), by=current_staff()).id
    return redirect(url_for("staff.invoice", id=made), 303)


@bp.post("/quotes/<int:id>/share")
@office_only
def share_quote(id: int):
    return sheets.share_record(Quote, id)


@bp.post("/quotes/<int:id>/revoke")
@office_only
def revoke_quote(id: int):
    return sheets.revoke_record(Quote, id)
