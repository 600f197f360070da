"""Money that came for an invoice: written down, and taken back when it was a slip. For the office."""

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, Form, HiddenField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, InputRequired

from models import Invoice, Method, Payment
from portal import clock
from portal.db import writing
from portal.domain import invoices, payments
from portal.domain import shop as shops
from portal.domain.refusals import ChangedMeanwhile
from portal.fields import Line, sensible_day, whole_number
from portal.money_fields import MoneyField
from portal.staff import bp, current_staff, find, office_only
from portal.staff.payment_copy import METHODS


class PaymentForm(Form):
    method = SelectField(
        _("How"),
        [AnyOf([method.value for method in METHODS], message=_("Choose one of the list."))],
        choices=[SelectChoice(method.value, word) for method, word in METHODS.items()],
        validate_choice=False,
    )
    paid_on = DateField(_("Day"), [InputRequired(_("Enter the day it was paid."))])
    reference = Line(_("Reference"), most=120)
    is_refund = BooleanField(_("The money went back to the customer"))
    seen = HiddenField()

    def validate_paid_on(self, field):
        if field.data and not sensible_day(field.data, clock.now().date()):
            raise ValidationError(_("Check the year."))


def form_in(currency: str) -> type[PaymentForm]:
    class Form(PaymentForm):
        amount = MoneyField(_("Amount"), currency=currency, required=_("Enter the amount that came."))

        def validate_amount(self, field):
            if field.data == 0:
                raise ValidationError(_("Enter an amount above 0."))

    return Form


def blank_form(invoice: Invoice) -> PaymentForm:
    """Filled with what is most likely: all of the rest, today; or what the shop owes the customer."""
    rest, today = invoices.balance(invoice), clock.today(shops.profile().time_zone)
    data = {"amount": abs(rest) or None, "is_refund": rest < 0, "paid_on": today, "seen": len(invoice.payments)}
    return form_in(invoice.currency)(data=data)


@bp.post("/invoices/<int:id>/payments")
@office_only
def record_payment(id: int):
    from portal.staff.invoices import show

    form = form_in(find(Invoice, id).currency)(request.form)
    if not form.validate():
        return show(find(Invoice, id), payment_form=form, code=422)
    try:
        with writing():
            payments.record(
                find(Invoice, id),
                amount=-form.amount.data if form.is_refund.data else form.amount.data,
                method=Method(form.method.data),
                paid_on=form.paid_on.data,
                reference=form.reference.data,
                by=current_staff(),
                seen=whole_number(form.seen.data),
            )
    except ChangedMeanwhile as changed:
        who = changed.who or gettext("Somebody")
        words = gettext("%(name)s wrote down a payment meanwhile. If this is another one, save it again.", name=who)
        form.amount.errors = [words]
        form.seen.data = len(find(Invoice, id).payments)
        return show(find(Invoice, id), payment_form=form, code=409)
    flash(gettext("Payment saved. The customer’s page shows it."), "done")
    return redirect(url_for("staff.invoice", id=id), 303)


@bp.post("/invoices/<int:id>/payments/<int:payment_id>/take-back")
@office_only
def take_back_payment(id: int, payment_id: int):
    with writing():
        invoice, payment = find(Invoice, id), find(Payment, payment_id)
        if payment.invoice_id != invoice.id:
            abort(404)
        payments.take_back(payment, by=current_staff())
    flash(gettext("Taken back. It counts no more."), "done")
    return redirect(url_for("staff.invoice", id=id), 303)
