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
from portal.staff import bp, current_staff, find, money_copy, office_only
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
    too_much = HiddenField()  # the amount that was asked about: saved again, it is meant

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
    if not form.validate() or not is_meant(form, find(Invoice, id)):
        return show(find(Invoice, id), payment_form=form, code=422)
    try:
        with writing():
            made = payments.record(
                find(Invoice, id),
                amount=-form.amount.data if form.is_refund.data else form.amount.data,
                method=Method(form.method.data),
                paid_on=form.paid_on.data,
                reference=form.reference.data,
                by=current_staff(),
                seen=whole_number(form.seen.data),
            )
            payments.weigh(made, by=current_staff())
    except ChangedMeanwhile as changed:
        form.amount.errors = [meanwhile(changed)]
        form.seen.data = len(find(Invoice, id).payments)
        return show(find(Invoice, id), payment_form=form, code=409)
    flash(gettext("Payment saved. The customer’s page shows it."), "done")
    return redirect(url_for("staff.invoice", id=id), 303)


def is_meant(form: PaymentForm, invoice: Invoice) -> bool:
    """Whether no more comes than is open, or it was asked about and is saved again.

    A page that does not know the last payment yet is told of that first.
    """
    rest, typed = max(invoices.balance(invoice), 0), str(form.amount.data)
    is_stale = whole_number(form.seen.data) != len(invoice.payments)
    if form.is_refund.data or is_stale or form.amount.data <= rest or form.too_much.data == typed:
        return True
    form.too_much.data = typed
    amount = money_copy.money_words(rest, invoice.currency)
    form.amount.errors = [gettext("That is more than is open (%(rest)s). Save again if it is right.", rest=amount)]
    return False


def meanwhile(changed: ChangedMeanwhile) -> str:
    if not changed.who:
        return gettext("A payment came in meanwhile. If this is another one, save it again.")
    return gettext("%(name)s wrote down a payment meanwhile. If this is another one, save it again.", name=changed.who)


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
