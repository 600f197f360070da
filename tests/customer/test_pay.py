"""Pay now and the way back, as the customer has them; Stripe is the fake one, spoken to over HTTP."""

from models import Checkout, CheckoutStatus, db
from portal.domain import invoices


def press_pay(shop, invoice, form=None, **kwargs):
    return shop.app.test_client().post(shop.path(invoice, "/pay"), data=form or {}, **kwargs)


def the_try(shop) -> Checkout:
    db.session.rollback()
    return db.session.query(Checkout).order_by(Checkout.id.desc()).first()


def test_pay_now_leads_to_stripes_page_for_the_balance(paying_shop, stripe):
    invoice = paying_shop.invoice(is_issued=True)
    answer = press_pay(paying_shop, invoice)
    (session,) = stripe.sessions.values()
    assert (answer.status_code, answer.location) == (303, session["url"])
    assert (session["amount_total"], session["currency"], session["what"]) == (
        10000,
        "usd",
        f"Invoice {invoice.number}",
    )


def test_the_sweep_writes_down_what_was_paid(paying_shop, stripe):
    invoice = paying_shop.invoice(is_issued=True)
    press_pay(paying_shop, invoice)
    (id,) = stripe.sessions
    stripe.pay(id)
    paying_shop.app.extensions["sweep"].go_round(of_all=True)
    assert invoices.balance(paying_shop.again(invoice)) == 0
    assert the_try(paying_shop).status is CheckoutStatus.PAID
