"""The inbox: what customers asked and what they said to quotes, who answers it, and that it is answered."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload, selectinload
from wtforms import Form, SelectField
from wtforms.fields.choices import SelectChoice

from models import Invoice, Message, Quote, Staff, WorkOrder, db
from portal.db import locked, writing
from portal.domain import messages
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.fields import whole_number
from portal.staff import bp, current_staff, office_copy, office_only, records

PAGE = 50
WITH_THE_RECORD = (
    joinedload(Message.work_order).joinedload(WorkOrder.customer),
    joinedload(Message.work_order).selectinload(WorkOrder.visits),
    selectinload(Message.quote).joinedload(Quote.customer),
    selectinload(Message.quote).joinedload(Quote.work_order),
    selectinload(Message.invoice).joinedload(Invoice.customer),
    selectinload(Message.assigned_to),
)


class AssignForm(Form):
    person = SelectField(_("Who answers it"), validate_choice=False)

    def __init__(self, *args, message: Message, **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {person.id: person for person in people.technicians() if messages.may_answer(message, person)}
        if message.assigned_to:
            self.people.setdefault(message.assigned_to.id, message.assigned_to)
        named = [SelectChoice(str(id), person.name) for id, person in self.people.items()]
        self.person.choices = [SelectChoice("", gettext("Nobody yet")), *named]

    def validate(self, extra_validators=None) -> bool:
        good = super().validate(extra_validators)
        if self.person.data and self.chosen is None:
            self.person.errors = [gettext("Choose somebody who works here.")]
        return good and not self.person.errors

    @property
    def chosen(self) -> Staff | None:
        return self.people.get(whole_number(self.person.data))


@bp.get("/inbox")
def inbox():
    """The list; where there is room, its first message stands beside it."""
    tab, start = asked_tab(), whole_number(request.args.get("from"))
    first = messages.inbox(current_staff(), tab, limit=1, offset=start)
    pane = pane_of(first[0]) if first else {"message": None}
    shown_id = first[0].id if first else 0
    return render_template("staff/inbox.html", **list_of(tab, start, shown_id), **pane, is_list=True)


def asked_tab() -> str:
    tab = request.args.get("tab", "open")
    return tab if tab in messages.TABS else "open"


def list_of(tab: str, start: int, shown_id: int) -> dict:
    person = current_staff()
    found = messages.inbox(person, tab, limit=PAGE + 1, offset=start, options=WITH_THE_RECORD)
    more = {"tab": tab, "from": start + PAGE}
    return {
        "tab": tab,
        "counts": messages.counts(person),
        "messages": [office_copy.of_message(message, person) for message in found[:PAGE]],
        "more_url": url_for("staff.inbox", **more) if len(found) > PAGE else "",
        "news_url": url_for("staff.inbox_count", tab=tab, shown=shown_id, **{"from": start or None}),
        "shown_id": shown_id,
        "zone": shops.profile().time_zone,
    }


def pane_of(message: Message, form: AssignForm | None = None) -> dict:
    kept = AssignForm(message=message, person=str(message.assigned_to_id or ""))
    return {"message": office_copy.of_message(message, current_staff()), "form": form or kept}


@bp.get("/inbox/count")
def inbox_count():
    """What an open page shows anew when something came in: how many wait and, for the inbox itself, its rows."""
    start, shown_id = (whole_number(request.args.get(name)) for name in ("from", "shown"))
    rows = list_of(asked_tab(), start, shown_id) if "tab" in request.args else {}
    return render_template("staff/_inbox_news.html", **rows)


@bp.get("/messages/<int:id>")
def message(id: int):
    return show(find_message(id))


def show(message: Message, form: AssignForm | None = None) -> str:
    is_mine = message.assigned_to_id == current_staff().id
    tab = "closed" if message.answered_at else "mine" if is_mine and request.args.get("tab") == "mine" else "open"
    return render_template("staff/inbox.html", **list_of(tab, 0, message.id), **pane_of(message, form), is_list=False)


def find_message(id: int) -> Message:
    """The message, or 404 when this person has nothing to do with it; locked when it is about to be changed."""
    visible = messages.visible_to(current_staff()).where(Message.id == id)
    return db.session.scalar(locked(visible)) or abort(404)


@bp.post("/messages/<int:id>/assign", endpoint="assign_message")
@office_only
def assign(id: int):
    form = AssignForm(request.form, message=find_message(id))
    if not form.validate():
        return show(find_message(id), form), 422
    with writing():
        messages.assign(find_message(id), form.chosen, by=current_staff())
    flash(gettext("Saved."), "done")
    return redirect(url_for("staff.message", id=id), 303)


@bp.post("/messages/<int:id>/close", endpoint="close_message")
def close(id: int):
    return change(id, messages.answered, gettext("Answered. It stands under “Closed” now."))


@bp.post("/messages/<int:id>/reopen", endpoint="reopen_message")
def reopen(id: int):
    return change(id, messages.reopen, gettext("Open again."))


def change(id: int, verb, done: str):
    with writing():
        message = find_message(id)
        verb(message, by=current_staff())
        record = messages.record(message)
        pages = {"job": records.page(record), "customer": url_for("staff.customer", id=record.customer_id)}
    flash(done, "done")
    return redirect(pages.get(request.args.get("from")) or url_for("staff.inbox"), 303)
