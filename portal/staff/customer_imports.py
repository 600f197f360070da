"""A list of customers from another program: read, looked at, and only then imported. For the office."""

import csv
import io

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import BooleanField, FileField, Form, TextAreaField

from models import Customer, db
from portal.db import writing
from portal.domain import duplicates
from portal.domain.customers import CARD
from portal.staff import bp, current_staff, customer_file, office_only
from portal.staff.customer_file import MOST_BYTES, Row, Sheet, Unreadable, cleaned, decoded
from portal.staff.customers import CustomerForm
from portal.staff.shapes import FileRow

FIRST = 8  # rows that show how the file was read
NOTED = 100  # rows of which something is to be said


class FileForm(Form):
    """Either a file or its text; after the preview the text travels on in the page."""

    file = FileField(_("CSV file"))
    text = TextAreaField(_("Or paste the rows here"))
    even_alike = BooleanField(_("Add these all the same"))


@bp.get("/customers/import")
@office_only
def customer_file_page():
    return render_template("staff/customer_import.html", form=FileForm())


@bp.post("/customers/import", endpoint="read_customer_file")
@office_only
def read_customer_file():
    form = FileForm(request.form)
    file = request.files.get("file")
    raw = file.read(MOST_BYTES + 1) if file else b""
    return preview(form, cleaned(decoded(raw) if raw else form.text.data or ""), field="file" if raw else "text")


def preview(form: FileForm, text: str, *, field: str):
    """What would come of `text`, or what is wrong with it beside the field it came by."""
    try:
        sheet = read(text)
    except Unreadable as unreadable:
        form[field].errors = [str(unreadable)]
        return render_template("staff/customer_import.html", form=form), 422
    form.text.data = text
    return render_template("staff/customer_import_preview.html", form=form, **seen(sheet))


def read(text: str) -> Sheet:
    if not text.strip():
        raise Unreadable(gettext("Choose a file, or paste its rows."))
    if len(text) > MOST_BYTES:
        raise Unreadable(gettext("That is more than 2 MB. Split the file and import one part at a time."))
    return customer_file.read(text, labels())


@bp.post("/customers/import/save")
@office_only
def import_customers():
    form = FileForm(request.form)
    try:
        sheet = read(cleaned(form.text.data or ""))
    except Unreadable as unreadable:
        form.file.errors = [str(unreadable)]
        return render_template("staff/customer_import.html", form=form), 422
    good = [row.card for row in sheet.rows if not row.errors]
    with writing():
        added = duplicates.add_many(good, by=current_staff(), even_alike=form.even_alike.data)
    words = ngettext("Added %(num)d customer.", "Added %(num)d customers.", added)
    flash(words if added else gettext("Nobody was added: you have all of them already."), "done")
    return redirect(url_for("staff.customers"), 303)


@bp.get("/customers/import/sample.csv")
@office_only
def customer_file_sample():
    """A small file to fill in: the heads of the columns, and one customer as an example."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(labels().values())
    writer.writerow(
        ["Carol Cruz", "(503) 555-0188", "carol@example.com", "48 Alder Street", "Portland, OR 97205", "", ""]
    )
    # With a byte order mark Excel knows that it is UTF-8.
    return Response(
        "\ufeff" + written.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="customers.csv"'},
    )


def labels() -> dict[str, str]:
    """{field: our word for it}, in the order of the sample."""
    form = CustomerForm()
    words = {name: str(form[name].label.text) for name in CARD if name not in ("notes", "locale")}
    return words | {"locale": gettext("Language"), "notes": str(form.notes.label.text)}


def seen(sheet: Sheet) -> dict:
    """What the preview shows of `sheet`."""
    known, fresh, alike, same, faulty = duplicates.Known(), [], [], [], []
    for row in sheet.rows:
        if row.errors:
            faulty.append((row, 0))
            continue
        twin = known.same(row.card)
        like = known.alike(row.card) if twin is None else None
        (same if twin is not None else alike if like is not None else fresh).append((row, twin or like or 0))
        known.learn(row.card, -row.number)
    names = named({id for _row, id in (*alike[:NOTED], *same[:NOTED]) if id > 0})
    words = labels()
    return {
        "columns": [(words[name], head) for name, head in sheet.columns],
        "unused": sheet.unused,
        "counts": {"fresh": len(fresh), "alike": len(alike), "same": len(same), "faulty": len(faulty)},
        "first": [file_row(row, 0, {}, words) for row, _id in fresh[:FIRST]],
        "faulty": [file_row(row, 0, {}, words) for row, _id in faulty[:NOTED]],
        "alike": [file_row(row, id, names, words) for row, id in alike[:NOTED]],
        "same": [file_row(row, id, names, words) for row, id in same[:NOTED]],
        "strange_languages": sum(not row.knows_language for row in sheet.rows),
    }


def named(ids: set[int]) -> dict[int, str]:
    return dict(db.session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(ids))).all())


def file_row(row: Row, twin: int, names: dict[int, str], words: dict[str, str]) -> FileRow:
    """`twin` is the id of a card that is like it, or less than 0: an earlier row of the file."""
    about = [row.card[name] for name in ("phone", "email", "street", "locality")]
    return FileRow(
        number=row.number,
        name=row.card["name"][:120],
        about=tuple(text[:60] for text in about if text),
        errors=tuple((words[name], said) for name, said in row.errors),
        twin_id=max(twin, 0),
        twin_name=names.get(twin, ""),
        twin_row=-min(twin, 0),
    )
