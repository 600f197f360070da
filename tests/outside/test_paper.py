"""Paper: what a customer's copy looks like as a PDF, through the real child."""

import io

import pikepdf
import pytest

from portal import customer_copy
from portal.outside.paper import Press


@pytest.fixture
def press(app):
    yield (press := app.extensions["press"])
    press.worker.stop()


def test_an_invoice_becomes_a_pdf_named_after_it(shop, press: Press):
    copy = customer_copy.of_invoice(shop.invoice(is_issued=True))
    printed = press.pdf(copy, locale="en_US")
    assert (printed.name, printed.pages, printed.missing) == ("invoice-1001.pdf", 1, ())
    with pikepdf.open(io.BytesIO(printed.path.read_bytes())) as pdf:
        assert len(pdf.pages) == 1
        assert str(pdf.docinfo["/Title"]) == "Invoice 1001"


def test_the_same_page_is_laid_out_once(shop, press):
    invoice = shop.invoice(is_issued=True)
    first = press.pdf(customer_copy.of_invoice(invoice), locale="en_US")
    press.worker.stop()
    assert press.pdf(customer_copy.of_invoice(invoice), locale="en_US") == first
