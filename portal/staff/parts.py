"""Parts of a job: picked from the price list in two taps, typed freely, counted, taken out again."""

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _

from models import Part
from portal.db import writing
from portal.domain import parts
from portal.fields import whole_number
from portal.staff import bp, current_staff, find, find_job, work_orders
from portal.staff.part_forms import CountForm, PartForm


@bp.post("/work-orders/<int:id>/parts")
def add_part(id: int):
    form = PartForm(request.form)
    if not form.validate():
        return work_orders.show(find_job(id), part_form=form, code=422)
    values = {"name": form.name.data, "quantity": form.quantity.data, "unit": form.unit.data or ""}
    with writing():
        parts.add(find_job(id), **values, by=current_staff())
    return back(id)


@bp.post("/work-orders/<int:id>/parts/pick")
def pick_part(id: int):
    """One of an entry of the price list; picked again, one more."""
    with writing():
        job, picked = find_job(id), parts.pick(whole_number(request.form.get("item")))
        if picked:
            parts.take(job, picked, by=current_staff())
    if picked is None:
        flash(_("That isn’t on the price list any more."), "trouble")
    return back(id)


@bp.post("/work-orders/<int:id>/parts/<int:part_id>/count")
def count_part(id: int, part_id: int):
    form = CountForm(request.form)
    if not form.validate():
        return back(id)
    with writing():
        parts.count(part_of(id, part_id), form.quantity.data, by=current_staff())
    return back(id)


@bp.post("/work-orders/<int:id>/parts/<int:part_id>/remove")
def remove_part(id: int, part_id: int):
    with writing():
        parts.remove(part_of(id, part_id), by=current_staff())
    return back(id)


def part_of(id: int, part_id: int) -> Part:
    job, part = find_job(id), find(Part, part_id)
    return part if part.work_order is job else abort(404)


def back(id: int):
    """To where the thumb was: the next part is one tap away."""
    return redirect(url_for(".work_order", id=id, parts=1, _anchor="parts"), 303)
