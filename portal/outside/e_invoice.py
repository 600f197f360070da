"""The e-invoice inside an invoice's PDF: Factur-X 1.0 (ZUGFeRD 2) of the profile EN 16931, as XML."""

import re

from flask import current_app

from portal.customer_copy import InvoiceCopy
from portal.customer_copy.invoice import TO_PAY

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0, escaped or not


class DoesNotMatch(AssertionError):
    """The e-invoice says another total than the page, or asks for more or less: neither may go out."""


def xml(copy: InvoiceCopy) -> str:
    """ "" where the invoice has none. Raises DoesNotMatch."""
    if copy.e_invoice is None:
        return ""
    # As sheet.py does it: flask's own way asks the database, which would be held while the paper is made.
    made = current_app.jinja_env.get_template("paper/factur-x.xml").render(it=copy.e_invoice, said=one_line)
    text = FORBIDDEN.sub("", made)
    check(copy, text)
    return text


def one_line(text: str) -> str:
    """`text` on one line, as the norm has it."""
    return " ".join(text.split())


def check(copy: InvoiceCopy, text: str) -> None:
    """Compares the digits that the customer reads with those that their bookkeeping will."""
    for name, amount in (("GrandTotalAmount", copy.paper.total.amount), ("DuePayableAmount", asked(copy))):
        (said,) = re.findall(f"<ram:{name}>-?([0-9.]+)</ram:{name}>", text)
        if digits(said) != digits(amount):
            raise DoesNotMatch(copy.number)


def asked(copy: InvoiceCopy) -> str:
    """What the page says is due: large at its top, or below its total once there is nothing to pay any more."""
    if copy.status in TO_PAY:
        return copy.amount
    return copy.paper.after[-1].amount if copy.e_invoice.settled else copy.paper.total.amount


def digits(amount: str) -> str:
    """ "1234.50" and "€ 1.234,50" are "123450"."""
    return re.sub(r"\D", "", amount)
