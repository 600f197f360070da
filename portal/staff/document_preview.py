"""What the customer sees of a quote or an invoice, sent or not: their page, leading nowhere. For the office."""

from flask import render_template
from flask_babel import force_locale

from models import Document, Invoice, Quote
from portal import customer_copy, languages
from portal.domain import documents, quotes
from portal.domain import shop as shops
from portal.staff import bp, find, office_only


class PreviewDoor:
    """The customer's page through the staff door."""

    is_preview = True
    page = live = seen = help = calendar = pdf = receipt = ""

    def answer(self, verb: str, choice: str = "") -> str:
        return ""


@bp.get("/quotes/<int:id>/preview")
@office_only
def preview_quote(id: int):
    """What they have before them; or what they would have, where there is something that was not sent yet."""
    quote = find(Quote, id)
    is_next = documents.is_editable(quote) and quotes.has_unsent_changes(quote)
    return preview(quote, is_draft=is_next)


@bp.get("/invoices/<int:id>/preview")
@office_only
def preview_invoice(id: int):
    invoice = find(Invoice, id)
    return preview(invoice, is_draft=invoice.number is None)


def preview(document: Document, *, is_draft: bool) -> str:
    template = "customer/quote.html" if isinstance(document, Quote) else "customer/invoice.html"
    with force_locale(languages.of_customer(document.customer.locale, shops.profile().locale)):
        if is_draft:
            copy = customer_copy.of_draft(document)
        elif isinstance(document, Quote):
            copy = customer_copy.of_quote(document)
        else:
            copy = customer_copy.of_invoice(document)
        return render_template(template, copy=copy, door=PreviewDoor(), answers=None)
