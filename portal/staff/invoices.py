"""An invoice's page and its verbs: written, issued, voided, credited. For the office."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from models import Invoice, InvoiceStatus, WorkOrder
from portal.db import writing
from portal.domain import invoices
from portal.staff import (
    billing,
    bp,
    current_staff,
    document_editor,
    document_page,
    find,
    money_copy,
    office_only,
    payment_copy,
    payments,
    refunds,
)
from portal.staff import sharing as sheets


@bp.get("/invoices/<int:id>")
@office_only
def invoice(id: int):
    return show(find(Invoice, id))


def show(
    record: Invoice,
    *,
    payment_form: payments.PaymentForm | None = None,
    refund_forms: dict[int, refunds.RefundForm] | None = None,
    code: int = 200,
):
    now = seen(record)
    now["payment_form"] = payment_form or now["payment_form"]
    now["refund_forms"] |= refund_forms or {}
    return render_template("staff/invoice.html", **now), code


@bp.get("/invoices/<int:id>/news")
@office_only
def invoice_news(id: int):
    """What the open page shows anew when it heard the bell."""
    return render_template("staff/_document_news.html", **seen(find(Invoice, id)))


def seen(record: Invoice) -> dict:
    """How the invoice stands, with its forms as nobody has filled them in."""
    is_issued, is_note = record.status is InvoiceStatus.ISSUED, record.credits_id is not None
    credited, living = invoices.credit_of(record), invoices.living_payments(record)
    return {
        **document_page.around(record),
        "document": money_copy.of_document(record),
        "payments": [payment_copy.of_payment(payment) for payment in record.payments],
        "balance": payment_copy.balance_words(record),
        "has_payment_form": record.status is not InvoiceStatus.DRAFT and not is_note,
        "has_bounced": any(payment.flag == "refund_failed" for payment in record.payments),
        "payment_form": payments.blank_form(record),
        "refund_forms": refunds.forms_of(record),
        "paying_words": payment_copy.under_way(record),
        "can_void": is_issued and not credited and not living,
        "can_credit": is_issued and not is_note and not credited,
        "news_url": url_for("staff.invoice_news", id=record.id, all=request.args.get("all")),
    }


@bp.get("/invoices/new")
@office_only
def new_invoice():
    return billing.new_page("invoice")


@bp.post("/invoices/new", endpoint="add_invoice")
@office_only
def add_invoice():
    return billing.begin("invoice", invoices.add)


@bp.post("/work-orders/<int:id>/invoice")
@office_only
def invoice_job(id: int):
    """Bill a job: what was approved, or its parts. A job that was billed leads to its invoice."""
    with writing():
        made = invoices.from_work_order(find(WorkOrder, id), by=current_staff())
        is_draft, made_id = made.status is InvoiceStatus.DRAFT, made.id
    return redirect(url_for("staff.edit_invoice" if is_draft else "staff.invoice", id=made_id), 303)


@bp.get("/invoices/<int:id>/edit")
@office_only
def edit_invoice(id: int):
    return document_editor.edit(Invoice, id)


@bp.post("/invoices/<int:id>/edit", endpoint="save_invoice")
@office_only
def save_invoice(id: int):
    return document_editor.save(Invoice, id, then=money_copy.url_of)


@bp.post("/invoices/<int:id>/totals")
@office_only
def invoice_totals(id: int):
    return document_editor.figures(Invoice, id)


@bp.post("/invoices/<int:id>/issue")
@office_only
def issue_invoice(id: int):
    """Give it its number and have its link: the page with the open sheet."""
    answer = sheets.share_record(Invoice, id)
    flash(gettext("Issued. Pass the link on."), "done")
    return answer


@bp.post("/invoices/<int:id>/void")
@office_only
def void_invoice(id: int):
    with writing():
        invoices.void(find(Invoice, id), by=current_staff())
    flash(gettext("Void. The number stays used, and the customer’s page says so."), "done")
    return redirect(url_for("staff.invoice", id=id), 303)


@bp.post("/invoices/<int:id>/credit")
@office_only
def credit_invoice(id: int):
    with writing():
        note = invoices.credit(find(Invoice, id), by=current_staff()).id
    flash(gettext("The credit note is issued. It takes back the whole invoice."), "done")
    return redirect(url_for("staff.invoice", id=note), 303)


@bp.post("/invoices/<int:id>/share")
@office_only
def share_invoice(id: int):
    return sheets.share_record(Invoice, id)


@bp.post("/invoices/<int:id>/revoke")
@office_only
def revoke_invoice(id: int):
    return sheets.revoke_record(Invoice, id)
