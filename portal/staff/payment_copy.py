"""Payments as the office's pages read them: how the money moved, and why somebody should look at it."""

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from models import Invoice, Method, Payment, PaymentKind
from portal.domain import checkouts, invoices, ledger
from portal.staff import money_copy
from portal.staff.money_shapes import FlagView, LedgerRow, PaymentView

METHODS = {
    Method.CASH: _("Cash"),
    Method.CHECK: _("Check"),
    Method.TRANSFER: _("Bank transfer"),
    Method.CARD: _("Card"),
    Method.OTHER: _("Something else"),
}
# flag: (what happened, what to do about it)
FLAGS = {
    "overpaid": (
        _("More was paid than was asked"),
        _("Pay back what is too much, or agree with the customer what it is for."),
    ),
    "wrong_amount": (
        _("It is not the amount that was asked"),
        _("What came counts. Compare it with Stripe’s page of the payment, and pay back what is too much."),
    ),
    "wrong_currency": (
        _("It came in another currency"),
        _("It doesn’t count towards the invoice. Pay it back, and ask the customer to pay once more."),
    ),
    "on_void": (
        _("Money came for a void invoice"),
        _("Nobody had to pay it any more. Pay it back."),
    ),
    "on_credited": (
        _("Money came after the invoice was taken back"),
        _("A credit note had taken the invoice back. Pay the money back."),
    ),
    "inquiry": (
        _("The customer’s bank asks about it"),
        _("No money has moved yet. Answer in Stripe before the day it names, or it may become a dispute."),
    ),
    "disputed": (
        _("The customer disputes it with their bank"),
        _(
            "Stripe holds the money until the bank decides. Answer in Stripe before the day it names: "
            "the signed quote, photos and this invoice are your proof."
        ),
    ),
    "dispute_lost": (
        _("The bank decided for the customer"),
        _("The money is gone, and the invoice asks for it again. Talk to the customer, or issue a credit note."),
    ),
    "dispute_won": (
        _("The bank decided for you"),
        _("The money is back and counts again. There is nothing to do."),
    ),
    "refund_failed": (
        _("The money didn’t reach the customer"),
        _("Their bank gave it back to Stripe. Pay it another way, by transfer or check, and record that."),
    ),
}


def of_payment(payment: Payment) -> PaymentView:
    is_gone = payment.taken_back_at is not None
    return PaymentView(
        id=payment.id,
        amount=money_copy.money_words(payment.amount, payment.currency or payment.invoice.currency),
        method=how(payment),
        on=money_copy.day_words(payment.paid_on),
        reference=payment.reference,
        provider_id=payment.provider_id or "",
        stripe_url=stripe_url(payment),
        by=payment.staff.name if payment.staff else "",
        is_taken_back=is_gone,
        can_take_back=not is_gone and payment.provider_id is None,
        flag=flag_of(payment) if ledger.needs_a_look(payment) else None,
    )


def how(payment: Payment) -> str:
    """How the money moved, and which way."""
    if payment.kind is PaymentKind.DISPUTE:
        return gettext("Disputed with the bank")
    if payment.method is Method.ONLINE:
        if payment.pays_back_id and payment.amount > 0:
            return gettext("Dispute won")
        return gettext("Paid back online") if payment.amount < 0 else gettext("Online")
    word = str(METHODS.get(payment.method, payment.method.value))
    return gettext("Paid back · %(how)s", how=word) if payment.amount < 0 else word


def stripe_url(payment: Payment) -> str:
    """Its page in the shop's account at Stripe. A refund and a dispute stand on the page of the payment."""
    keys, name = current_app.extensions["settings"].stripe, payment.provider_id or ""
    if keys is None or not name.startswith("pi_"):
        return ""
    return f"https://dashboard.stripe.com/{'' if keys.is_live else 'test/'}payments/{name}"


def flag_of(payment: Payment) -> FlagView:
    unknown = gettext("Something about it is unusual"), gettext("Compare it with Stripe’s page of the payment.")
    title, words = FLAGS.get(payment.flag, unknown)
    return FlagView(title=str(title), words=str(words))


def of_ledger(found: list[Payment]) -> list[LedgerRow]:
    return [
        LedgerRow(
            payment=of_payment(payment),
            customer_name=payment.invoice.customer.name,
            invoice_name=money_copy.name_of(payment.invoice),
            invoice_url=money_copy.url_of(payment.invoice),
        )
        for payment in found
    ]


def balance_words(invoice: Invoice) -> tuple[str, str]:
    """What the balance is called, and how much it is: never less than nothing."""
    standing, rest = invoices.standing(invoice), invoices.balance(invoice)
    over = gettext("To be paid back") if standing.is_credited else gettext("Paid too much")
    word = over if rest < 0 else gettext("Still to be paid")
    return word, money_copy.money_words(abs(rest), invoice.currency)


def under_way(invoice: Invoice) -> str:
    """What the customer has paid and the bank has not handed over yet, in words; "" when there is nothing."""
    checkout = checkouts.under_way(invoice)
    if checkout is None:
        return ""
    amount = money_copy.money_words(checkout.amount, checkout.currency)
    return gettext("%(amount)s is on its way from the customer’s bank. That can take some days.", amount=amount)
