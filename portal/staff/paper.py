"""One document on paper: the PDF that the customer would have, drafts too."""

from flask import current_app, flash, redirect, request, url_for
from flask_babel import gettext

from models import Invoice, Quote, Status
from portal import printouts
from portal.domain.timeline import Record
from portal.outside import scripts
from portal.staff import bp, find, find_job, office_only
from portal.staff.sharing import page_of


@bp.get("/quotes/<int:id>/pdf")
@office_only
def quote_pdf(id: int):
    return pdf(find(Quote, id))


@bp.get("/invoices/<int:id>/pdf")
@office_only
def invoice_pdf(id: int):
    return pdf(find(Invoice, id))


@bp.get("/work-orders/<int:id>/pdf")
def work_order_pdf(id: int):
    job = find_job(id)
    if job.status is not Status.COMPLETED:
        flash(gettext("There is a report once the job is done."), "trouble")
        return redirect(url_for("staff.work_order", id=id), 303)
    return pdf(job)


@bp.context_processor
def attach() -> dict:
    """What lacks on paper: asked for by the pages that say so."""
    return {"missing_fonts": missing_fonts}


def missing_fonts() -> tuple[list[str], list[str]]:
    """The scripts that paper could not show, and the Debian packages that have them."""
    missing = current_app.extensions["press"].missing()
    return sorted(missing), sorted({scripts.fonts_for(script) for script in missing})


def pdf(record: Record):
    """To save; with `?show` the browser shows it, and prints it."""
    return printouts.answer_of_record(record, back=page_of(record), is_shown="show" in request.args)
