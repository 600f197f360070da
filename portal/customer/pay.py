"""Pay now: the customer chooses how much and goes on to Stripe's own page. No card number ever comes near us."""

import re

from flask import abort, current_app, g, redirect, render_template, request, url_for
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from wtforms import Form, StringField, ValidationError

from portal import customer_copy, languages
from portal.customer import bp, only_for
from portal.customer.pages import Door
from portal.domain import checkouts, links
from portal.domain import shop as shops
from portal.domain.refusals import NotAllowed, Stale
from portal.money_fields import MoneyField
from portal.outside.checkout import Declined, Unreachable

WAY_BACK_S = 60 * 60 * 3  # a page of Stripe's is open for one hour; a bank may take its time
WAY_BACK = "way-back"
PAGES = ("customer.page", "customer.pay")


class PayForm(Form):
    """Which amount: a choice by its name, or "part" with one of the customer's own."""

    choice = StringField()
    seen = StringField()  # the balance that the form was made for


def form_in(currency: str, most: int, offered: dict[str, int], *, takes_part: bool) -> type[PayForm]:
    class Form(PayForm):
        amount = MoneyField(_("Amount"), currency=currency)

        @property
        def wanted(self) -> int:
            return self.amount.data if self.is_part else offered[self.choice.data or "balance"]

        @property
        def is_part(self) -> bool:
            return takes_part and self.choice.data == "part"

        def validate_choice(self, field):
            if not self.is_part and (field.data or "balance") not in offered:
                raise ValidationError(gettext("Choose one of the list."))

        def validate_amount(self, field):
            if not self.is_part:
                field.errors = []
                return
            if not field.data:
                raise ValidationError(gettext("Enter an amount above 0."))
            if field.data > most:
                raise ValidationError(gettext("Enter at most %(most)s.", most=field.written(field.decimal_of(most))))
            if not checkouts.is_exact(field.data, currency):
                raise ValidationError(gettext("Enter an amount that ends in 0."))

    return Form


@bp.before_request
def let_forms_lead_to_stripe() -> None:
    keys = current_app.extensions["settings"].stripe
    if keys and g.kind == "invoice" and request.endpoint in PAGES:
        g.leads_to = keys.page_origin


@bp.post("/pay")
def pay():
    """303 to Stripe's page; to the invoice, where there is nothing to pay any more."""
    only_for("invoice")
    cashier = current_app.extensions["cashier"] or abort(404)
    invoice = links.record(g.link)
    offered = checkouts.choices(invoice)
    if not offered:
        return to_the_invoice()
    kind = form_in(invoice.currency, checkouts.most_in_part(invoice), offered, takes_part=takes_part())
    form = kind(request.form)
    if not form.validate():
        return pay_page(form), 422
    with force_locale(languages.of_shop(shops.profile().locale)):  # whoever presses again must ask for the same
        what = gettext("Invoice %(number)s", number=invoice.number)
    seen = int(form.seen.data) if re.fullmatch("[0-9]{1,16}", form.seen.data or "") else None
    try:
        page = cashier.page_for(g.link, form.wanted, what=what, seen=seen)
    except Stale:
        return pay_page(form, trouble="changed"), 409
    except NotAllowed:
        return to_the_invoice()
    except Unreachable:
        return pay_page(form, trouble="unreachable"), 503
    except Declined as declined:
        current_app.logger.error("stripe: no page to pay invoice %s: %s", what, declined.reason)
        return pay_page(form, trouble="refused"), 503
    answer = redirect(page.url, 303)
    answer.set_cookie(
        WAY_BACK,
        g.token,
        max_age=WAY_BACK_S,
        path=f"/portal/paid/{page.key}",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return answer


def takes_part() -> bool:
    pay = customer_copy.of(g.link).pay
    return pay is not None and pay.allows_part


def to_the_invoice():
    return redirect(url_for("customer.page"), 303)


def pay_page(form: PayForm, *, trouble: str = "") -> str:
    """The choice once more, with what was typed. `trouble`: changed, unreachable, refused."""
    return render_template("customer/pay.html", copy=customer_copy.of(g.link), door=Door(), form=form, trouble=trouble)
