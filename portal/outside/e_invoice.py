"""The e-invoice inside an invoice's PDF: Factur-X 1.0 (ZUGFeRD 2) of the profile EN 16931, as XML."""

import re

from flask import render_template

from portal.customer_copy import InvoiceCopy

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0, escaped or not


class DoesNotMatch(AssertionError):
    """The e-invoice says another total than the page: neither may go out."""


def xml(copy: InvoiceCopy) -> str:
    """ "" where the invoice has none. Raises DoesNotMatch."""
    if copy.e_invoice is None:
        return ""
    text = FORBIDDEN.sub("", render_template("paper/factur-x.xml", it=copy.e_invoice, said=said))
    check(copy, text)
    return text


def said(text: str) -> str:
    """`text` on one line, as the norm has it."""
    return " ".join(text.split())


def check(copy: InvoiceCopy, text: str) -> None:
    """Compares the digits that the customer reads with those that their bookkeeping will."""
    (total,) = re.findall("<ram:GrandTotalAmount>-?([0-9.]+)</ram:GrandTotalAmount>", text)
    if digits(total) != digits(copy.paper.total.amount):
        raise DoesNotMatch(copy.number)


def digits(amount: str) -> str:
    """ "1234.50" and "€ 1.234,50" are "123450"."""
    return re.sub(r"\D", "", amount)
