"""What a customer saves: the PDF behind their link, and the receipt."""

import io
import re
import subprocess
from datetime import date

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from models import Method, db
from portal.db import writing
from portal.domain import links, payments
from portal.domain import shop as shops
from portal.outside.worker import Busy
from tests.conftest import Visitor
from tests.factories import line
from tests.pages import read


class Saver(Visitor):
    """Takes whole files, and closes them."""

    def open(self, *args, **kwargs):
        return super().open(*args, **{"buffered": True} | kwargs)


@pytest.fixture
def carol(app):
    app.test_client_class = Saver
    return app.test_client()


def paid(shop, invoice, amount: int = 4000):
    return shop.do(payments.record, invoice, amount=amount, method=Method.CASH, paid_on=date(2026, 11, 20))


def text_of(answer) -> str:
    """The words of a PDF, as pdftotext reads them."""
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    read_aloud = subprocess.run(["pdftotext", "-layout", "-", "-"], input=answer.data, capture_output=True, check=True)
    return read_aloud.stdout.decode()


def test_each_page_can_be_saved_as_a_pdf(shop, carol):
    quote, invoice = shop.quote(is_sent=True), shop.invoice(is_issued=True)
    for record, name in ((quote, "quote-1001.pdf"), (invoice, "invoice-1001.pdf")):
        (link,) = [a for a in read(carol.get(shop.path(record))).all("a") if a.get("href").endswith("/pdf")]
        answer = carol.get(link.get("href"))
        assert "New faucet" in text_of(answer)
        assert "$100.00" in text_of(answer)
        assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
        assert answer.headers["Cache-Control"] == "no-store, private"
        assert pikepdf.open(io.BytesIO(answer.data)).Root.MarkInfo.Marked


def test_the_pdf_is_not_sent_again_to_who_has_it(shop, carol):
    path = shop.path(shop.invoice(is_issued=True), "/pdf")
    first = carol.get(path)
    again = carol.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    head = carol.head(path)
    assert (head.status_code, head.data) == (200, b"")


def test_a_link_in_capitals_prints_no_second_paper(shop, carol):
    path = shop.path(shop.invoice(is_issued=True))
    start, token = path.rsplit("/", 1)
    answers = [carol.get(f"{start}/{typed}/pdf") for typed in (token, token.upper(), token.title())]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["ETag"] for answer in answers}) == 1


def test_a_quote_is_saved_with_what_is_ticked(shop, carol):
    quote = shop.quote(lines=(line(), line("Drain pan", "45.00", is_optional=True, is_chosen=False)), is_sent=True)
    path = shop.path(quote)
    assert "$145.00" not in text_of(carol.get(f"{path}/pdf"))
    ticked = read(carol.get(f"{path}?choose=&add=2"))
    (link,) = [a for a in ticked.all("a") if "/pdf" in a.get("href")]
    assert "$145.00" in text_of(carol.get(link.get("href")))


def test_a_job_has_a_report_once_it_is_done(shop, carol):
    job = shop.work_order(title="Kitchen tap")
    nothing = carol.get("/portal/wo/nonsense/pdf")
    answer = carol.get(shop.path(job, "/pdf"))
    assert (answer.status_code, answer.data) == (404, nothing.data)
    assert "/pdf" not in carol.get(shop.path(job)).text
    shop.steps(job, "set_off", "start", "complete")
    assert f"{shop.path(job)}/pdf" in carol.get(shop.path(job)).text
    assert "Kitchen tap" in text_of(carol.get(shop.path(job, "/pdf")))


@pytest.mark.parametrize("rest", ["/pdf", "/receipt", "/receipt.pdf"])
def test_a_revoked_link_has_no_paper_either(shop, carol, rest):
    invoice = shop.invoice(is_issued=True)
    paid(shop, invoice)
    path = shop.path(invoice, rest)
    assert carol.get(path).status_code == 200
    shop.do(links.revoke, invoice)
    answer = carol.get(path)
    assert (answer.status_code, answer.data) == (404, carol.get("/portal/invoice/nonsense").data)


def test_mallorys_link_prints_nothing_of_carols(shop, carol):
    shop.invoice("Carol Cruz", title="Secret boiler", is_issued=True)
    theirs = shop.invoice("Mallory Moss", is_issued=True)
    paid(shop, theirs)
    for rest in ("/pdf", "/receipt.pdf"):
        words = text_of(carol.get(shop.path(theirs, rest)))
        assert "Mallory Moss" in words
        assert "Carol" not in words
        assert "Secret" not in words


# --- the receipt --------------------------------------------------------------------------------------------------


def test_what_was_paid_has_a_receipt_to_read_and_to_save(shop, carol):
    invoice = shop.invoice(is_issued=True)
    path = shop.path(invoice)
    assert carol.get(f"{path}/receipt").status_code == 404
    assert "/receipt" not in carol.get(path).text
    paid(shop, invoice)
    assert read(carol.get(path)).all("a", href=f"{path}/receipt")
    page = read(carol.get(f"{path}/receipt"))
    assert page.h1 == "Receipt for invoice 1001"
    assert "Cash $40.00" in page.words("paper")
    assert "Balance due $60.00" in page.words("paper")
    assert page.all("a", href=f"{path}/receipt.pdf")
    answer = carol.get(f"{path}/receipt.pdf")
    assert answer.headers["Content-Disposition"] == "attachment; filename=receipt-for-invoice-1001.pdf"
    assert "$60.00" in text_of(answer)


def test_only_an_invoice_has_a_receipt(shop, carol):
    for record in (shop.quote(is_sent=True), shop.work_order()):
        for rest in ("/receipt", "/receipt.pdf"):
            assert carol.get(shop.path(record, rest)).status_code == 404


# --- the bank's code ----------------------------------------------------------------------------------------------


def test_a_banking_app_reads_what_is_due_off_the_page(shop, carol, tmp_path):
    with writing():
        values = {"iban": "DE89370400440532013000", "currency": "EUR", "account_holder": "Bäder Müller"}
        shops.edit(shop.profile, values, seen=1, by=shop.dana)
    invoice = shop.invoice(is_issued=True)
    page = read(carol.get(shop.path(invoice)))
    assert "IBAN DE89 3704 0044 0532 0130 00" in page.words("status")
    assert "Reference Invoice 1001" in page.words("status")
    code = next(e for e in page.elements() if e.get("class") == "qr__code")
    said = zxingcpp.read_barcode(drawn(code)).text
    assert said.split("\n")[5:8] == ["Bäder Müller", "DE89370400440532013000", "EUR100.00"]
    paid(shop, invoice, 10000)
    assert "IBAN" not in carol.get(shop.path(invoice)).text


def drawn(svg) -> Image.Image:
    """segno's SVG as pixels: its path is made of horizontal strokes, "m" and "h" with relative numbers."""
    side = int(svg.get("viewBox").split()[2])
    image, scale = Image.new("L", (side * 4, side * 4), 255), 4
    (stroke,) = [e for e in svg.iter() if e.get("stroke")]
    x = y = 0.0
    for move, numbers in re.findall(r"([Mmh])([-\d. ]+)", stroke.get("d")):
        parts = [float(n) for n in re.findall(r"-?[\d.]+", numbers)]
        if move == "M":
            x, y = parts
        elif move == "m":
            x, y = x + parts[0], y + parts[1]
        else:
            top = int(y)
            image.paste(0, (int(x) * scale, top * scale, int(x + parts[0]) * scale, (top + 1) * scale))
            x += parts[0]
    return image


# --- when there is none -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rest", "back"), [("/pdf", ""), ("/receipt.pdf", "/receipt")])
def test_a_full_queue_says_when_to_come_back(shop, carol, app, rest, back):
    invoice = shop.invoice(is_issued=True)
    paid(shop, invoice)
    path = shop.path(invoice)
    app.extensions["press"].worker.queue = -1  # nobody may wait
    answer = carol.get(path + rest)
    page = read(answer, 503)
    assert page.h1 == "The PDF isn’t ready yet"
    assert answer.headers["Retry-After"] == str(Busy.retry_after_s)
    assert page.all("a", href=path + back)


def test_a_paper_that_takes_too_long_is_given_up_and_the_next_is_fine(shop, carol, monkeypatch):
    path = shop.path(shop.invoice(is_issued=True))
    monkeypatch.setattr("portal.outside.paper.DEADLINE_S", 0.01)  # less than the child's own start
    answer = carol.get(f"{path}/pdf")
    page = read(answer, 500)
    assert page.h1 == "The PDF could not be made"
    assert page.all("a", href=path)
    assert "Retry-After" not in answer.headers
    monkeypatch.undo()
    assert carol.get(f"{path}/pdf").status_code == 200


def test_no_paper_says_another_total_than_the_e_invoice_inside_it(shop, carol, caplog):
    invoice = shop.e_invoice()
    path = shop.path(invoice)
    assert carol.get(f"{path}/pdf").status_code == 200, "the setup: there is an e-invoice, and it matches"
    shop.bend(invoice)
    page = read(carol.get(f"{path}/pdf"), 500)
    assert page.h1 == "Das PDF ließ sich nicht erstellen"
    assert page.all("a", href=path)
    assert "paper: DoesNotMatch 1001" in caplog.text


def test_an_endless_invoice_is_refused_in_plain_words(shop, carol):
    path = shop.path(shop.invoice(lines=tuple(line("Part", details="x" * 4000) for _ in range(400)), is_issued=True))
    page = read(carol.get(f"{path}/pdf"), 422)
    assert page.h1 == "Too long for a PDF"
    assert "Print the page from your browser instead." in page.words()


def test_where_no_file_can_be_kept_the_page_is_still_there_to_print(shop, carol, data_dir):
    path = shop.path(shop.invoice(is_issued=True))
    (data_dir / "paper").write_text("where the folder should be")
    page = read(carol.get(f"{path}/pdf"), 500)
    assert page.h1 == "The PDF could not be made"
    assert page.all("a", href=path)
    assert carol.get(path).status_code == 200


def test_while_a_pdf_is_made_the_database_is_free(shop, carol, app):
    """The connection goes back before the child begins: one slow paper must not use up the pool."""
    invoice = shop.path(shop.invoice(is_issued=True), "/pdf")
    worker, held = app.extensions["press"].worker, []
    do = worker.do

    def watching(*args, **kwargs):
        held.append(db.session.registry().in_transaction())
        return do(*args, **kwargs)

    worker.do = watching
    assert carol.get(invoice).status_code == 200
    assert held
    assert not any(held)
