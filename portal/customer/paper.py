"""What a customer saves or prints: the PDF of what their link shows, and the receipt for what they paid."""

from flask import abort, current_app, g, render_template, request, url_for

from portal import customer_copy, printouts
from portal.customer import bp, only_for
from portal.customer.pages import Door, ticked
from portal.domain import links


@bp.get("/pdf")
def pdf():
    """The page as a PDF, with what is ticked. A job has one once it is done."""
    copy = customer_copy.of(g.link, ticked=ticked(request.args))
    if g.kind == "wo" and copy.status != "completed":
        abort(404)
    return printouts.answer(copy, live_url=live_url(), back=url_for("customer.page"))


@bp.get("/receipt")
def receipt() -> str:
    return render_template("customer/receipt.html", copy=receipt_copy(), door=ReceiptDoor())


@bp.get("/receipt.pdf")
def receipt_pdf():
    return printouts.answer(receipt_copy(), live_url=live_url(), back=url_for("customer.receipt"))


def receipt_copy() -> customer_copy.ReceiptCopy:
    only_for("invoice")
    return customer_copy.of_receipt(links.record(g.link)) or abort(404)


def live_url() -> str:
    """Where the page is found from anywhere: a camera reads it off the paper.

    However the reader typed it, it is one address: another would be another paper, printed and kept once more.
    """
    return current_app.extensions["settings"].base_url + url_for("customer.page", token=g.token.lower())


class ReceiptDoor(Door):
    @property
    def pdf(self) -> str:
        return url_for("customer.receipt_pdf")
