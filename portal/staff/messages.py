"""What customers asked through Get help."""

from flask import abort, redirect, render_template, request, url_for

from models import Message, db
from portal.db import locked, writing
from portal.domain import messages
from portal.domain import shop as shops
from portal.staff import bp, current_staff, office_copy

MOST = 100


@bp.get("/inbox")
def inbox():
    found = messages.inbox(current_staff(), limit=MOST)
    return render_template(
        "staff/inbox.html",
        messages=[office_copy.of_message(message) for message in found],
        zone=shops.profile().time_zone,
    )


@bp.post("/messages/<int:id>/close", endpoint="close_message")
def close(id: int):
    return change(id, messages.answered)


@bp.post("/messages/<int:id>/reopen", endpoint="reopen_message")
def reopen(id: int):
    return change(id, messages.reopen)


def change(id: int, verb):
    with writing():
        visible = messages.visible_to(current_staff()).where(Message.id == id)
        message = db.session.scalar(locked(visible)) or abort(404)
        verb(message, by=current_staff())
        job_id = message.work_order_id
    came_from = request.args.get("from")
    return redirect(url_for("staff.work_order", id=job_id) if came_from == "job" else url_for("staff.inbox"), 303)
