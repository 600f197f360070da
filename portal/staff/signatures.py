"""The customer's signature: drawn on the technician's phone, asked for on the customer's page, taken back."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from models import WorkOrder
from portal.db import writing
from portal.domain import signatures
from portal.signature_form import SignatureForm
from portal.staff import bp, current_staff, find_job, office_copy


@bp.get("/work-orders/<int:id>/sign")
def sign(id: int):
    job = find_job(id)
    if not signatures.may_sign(job):
        return back(id)
    return page(job, SignatureForm(name=job.customer.name))


@bp.post("/work-orders/<int:id>/sign")
def save_signature(id: int):
    form = SignatureForm(request.form)
    if not form.validate():
        return page(find_job(id), form), 422
    with writing():
        signatures.sign(
            find_job(id), name=form.name.data, path=form.path, by=current_staff(), address=request.remote_addr or ""
        )
    flash(_("Signed. The customer’s page shows it."), "done")
    return back(id)


def page(job: WorkOrder, form: SignatureForm) -> str:
    return render_template("staff/sign.html", work_order=office_copy.of_work_order(job), form=form)


@bp.post("/work-orders/<int:id>/ask-signature")
def ask_signature(id: int):
    with writing():
        signatures.ask(find_job(id), by=current_staff())
    flash(_("The customer’s page asks for a signature once work has begun."), "done")
    return back(id)


@bp.post("/work-orders/<int:id>/stop-asking")
def stop_asking(id: int):
    with writing():
        signatures.stop_asking(find_job(id), by=current_staff())
    return back(id)


@bp.post("/work-orders/<int:id>/take-back-signature")
def take_back_signature(id: int):
    with writing():
        signatures.take_back(find_job(id), by=current_staff())
    flash(_("Taken back. The customer can sign again."), "done")
    return back(id)


def back(id: int):
    return redirect(url_for(".work_order", id=id, _anchor="signed"), 303)
