"""What the owner says about paper: where a transfer goes, what travels with mail, and e-invoices."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Form, ValidationError

from models import OrgProfile
from portal.domain import shop as shops
from portal.fields import Account, Bank, Line


class PaperForm(Form):
    account_holder = Line(_("Account holder"), most=70)
    iban = Account(_("IBAN"))
    bic = Bank(_("BIC"))
    attaches_paper = BooleanField(_("Send the PDF along with the mail of a quote or an invoice"))
    sends_e_invoices = BooleanField(_("Put an e-invoice into the PDF of an invoice"))

    def validate_sends_e_invoices(self, field):
        if field.data and (missing := e_invoices_need(shops.profile())):
            what = ", ".join(missing)
            raise ValidationError(gettext("First fill in: %(what)s. Then switch it on.", what=what))


def e_invoices_need(shop: OrgProfile) -> tuple[str, ...]:
    """What the law wants on an e-invoice and the shop has not filled in."""
    wanted = {
        gettext("Name"): shop.name,
        gettext("Street and number"): shop.street,
        gettext("City and postcode"): shop.locality,
        gettext("Tax ID"): shop.tax_id,
    }
    return tuple(word for word, value in wanted.items() if not value)
