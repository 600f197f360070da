"""The list of all payments, and the press that says somebody has looked at one. For the office."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from models import Payment, db
from portal.db import writing
from portal.domain import ledger, payments
from portal.fields import one_line, whole_number
from portal.staff import bp, current_staff, office_only, payment_copy

PAGE = 50


@bp.get("/payments", endpoint="payments")
@office_only
def all_payments():
    tab, query = request.args.get("tab", ""), one_line(request.args.get("q"))[:200]
    tab, start = tab if tab in ledger.TABS else ledger.TABS[0], whole_number(request.args.get("from"))
    found = ledger.payments(tab, query, limit=PAGE + 1, offset=start)
    more = {"tab": tab, "q": query or None, "from": start + PAGE}
    return render_template(
        "staff/payments.html",
        rows=payment_copy.of_ledger(found[:PAGE]),
        tab="" if query else tab,
        counts=ledger.counts(),
        query=query,
        more_url=url_for("staff.payments", **more) if len(found) > PAGE else "",
    )


@bp.post("/payments/<int:payment_id>/looked-at")
@office_only
def look_at_payment(payment_id: int):
    with writing():
        payment = db.session.get(Payment, payment_id) or abort(404)  # the verb locks its invoice first
        payments.look_at(payment, by=current_staff())
        invoice_id = payment.invoice_id
    flash(gettext("Done. It needs no look any more."), "done")
    is_on_invoice = request.args.get("from") == "invoice"
    page = url_for("staff.invoice", id=invoice_id) if is_on_invoice else url_for("staff.payments", tab="look")
    return redirect(page, 303)
