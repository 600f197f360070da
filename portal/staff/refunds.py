"""Money that goes back through Stripe, to the card or account it came from: the form and the press. For the office."""

from flask import abort, current_app, flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Form, HiddenField

from models import Invoice, Payment
from portal.domain import money_back
from portal.fields import whole_number
from portal.money_fields import MoneyField
from portal.outside.checkout import Declined, NotOurs, Unreachable
from portal.staff import bp, current_staff, find, money_copy, office_only


class RefundForm(Form):
    seen = HiddenField()  # how often something of it went back, as far as the page knew


def form_of(payment: Payment, typed=None) -> RefundForm:
    """Filled with what is likely to go back. Several stand on one page, so each has names of its own."""

    class Filled(RefundForm):
        amount = MoneyField(
            _("How much goes back"), currency=currency_of(payment), required=_("Enter how much goes back.")
        )

    data = {"amount": money_back.proposed(payment), "seen": times(payment)}
    return Filled(typed, prefix=f"refund-{payment.id}-", data=data)


def currency_of(payment: Payment) -> str:
    return payment.currency or payment.invoice.currency


def times(payment: Payment) -> int:
    return sum(each.pays_back_id == payment.id for each in payment.invoice.payments)


@bp.post("/invoices/<int:id>/payments/<int:payment_id>/refund")
@office_only
def refund_payment(id: int, payment_id: int):
    from portal.staff.invoices import show

    payment = find(Payment, payment_id)
    if payment.invoice_id != find(Invoice, id).id:
        abort(404)
    form = form_of(payment, request.form)
    if current_app.extensions["cashier"] is None or not money_back.most_to_refund(payment):
        flash(gettext("This can’t go back through Stripe. Pay it back another way and record that below."), "trouble")
    elif not form.validate() or not fits(form, payment):
        return show(find(Invoice, id), refund_forms={payment_id: form}, code=422)
    elif whole_number(form.seen.data) != times(payment):
        flash(gettext("Something of it went back meanwhile. This is how things stand now."), "trouble")
    else:
        send_back(payment, form.amount.data)
    return redirect(url_for("staff.invoice", id=id), 303)


def fits(form: RefundForm, payment: Payment) -> bool:
    rest = money_back.most_to_refund(payment)
    if 0 < form.amount.data <= rest:
        return True
    most = money_copy.money_words(rest, currency_of(payment))
    form.amount.errors = [gettext("Enter an amount above 0, and at most %(most)s.", most=most)]
    return False


def send_back(payment: Payment, amount: int) -> None:
    """Through Stripe. Pressed twice, or cut off before it was written down, it goes back once."""
    words, intent = money_copy.money_words(amount, currency_of(payment)), payment.provider_id
    try:
        current_app.extensions["cashier"].refund(payment.id, amount, seen=times(payment), by=current_staff())
    except Unreachable:
        current_app.extensions["sweep"].doubt(intent)
        flash(gettext("Stripe didn’t answer in time. Look here again in a minute before you try once more."), "trouble")
    except (Declined, NotOurs) as refused:
        flash(why_not(str(refused)), "trouble")
    else:
        flash(gettext("%(amount)s is on its way back.", amount=words), "done")


def why_not(reason: str) -> str:
    return {
        "charge_already_refunded": gettext("All of it went back already. Reload the page in a minute."),
        "charge_disputed": gettext("It is disputed, so Stripe pays nothing back until the bank has decided."),
        "balance_insufficient": gettext("There is not enough money in the Stripe account for it. Top it up in Stripe."),
        "insufficient_funds": gettext("There is not enough money in the Stripe account for it. Top it up in Stripe."),
    }.get(reason) or gettext("Nothing went back. Stripe said: %(words)s", words=reason)


def forms_of(invoice: Invoice) -> dict[int, RefundForm]:
    """{payment's id: its form}, of the payments that can go back through Stripe."""
    if current_app.extensions["cashier"] is None:
        return {}
    return {each.id: form_of(each) for each in invoice.payments if money_back.most_to_refund(each)}
