"""Paper: what a customer's copy looks like as a PDF, through the real child."""

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import pikepdf
import pytest
from flask_babel import force_locale

from models import Method, PaperSize, Signature, db
from portal import clock, customer_copy
from portal.db import writing
from portal.domain import invoices, parts, payments
from portal.outside import storage
from portal.outside.paper import Press
from tests.conftest import ROOT
from tests.factories import Shop, line
from tests.outside import hostile, sheets

LIVE = "https://jobs.example.com/portal/invoice/abcdefghijklmnopqrstuvwxyz0"
LETTER, A4 = (612, 792), (595.28, 841.89)


def issued(shop: Shop, count: int = 1, **fields) -> customer_copy.InvoiceCopy:
    lines = tuple(line(f"Part {number}", "10.00", details="Brass") for number in range(1, count + 1))
    return customer_copy.of_invoice(shop.invoice(lines=lines, is_issued=True, **fields))


def test_an_invoice_becomes_a_pdf_named_after_it(shop, press: Press):
    printed = press.pdf(issued(shop), locale="en_US")
    assert (printed.name, printed.pages, printed.missing) == ("invoice-1001.pdf", 1, ())
    (page,) = sheets.words(printed.path)
    for words in ("Invoice 1001", "Brightwater Plumbing", "(503) 555-0142", "Carol Cruz", "Part 1", "Page 1 of 1"):
        assert words in page
    assert sheets.beside("Total", page) == "$10.00"


def test_it_can_be_read_aloud_and_needs_no_font_of_the_readers(shop, press, caplog):
    printed = press.pdf(issued(shop), locale="en_US", live_url=LIVE)
    with pikepdf.open(printed.path) as pdf:
        assert (str(pdf.Root.Lang), bool(pdf.Root.MarkInfo.Marked)) == ("en-US", True)
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.docinfo["/Title"]) == "Invoice 1001"
        with pdf.open_metadata() as metadata:
            assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        for font in pdf.pages[0].Resources.Font.values():
            assert "/ToUnicode" in font
            assert {"/FontFile2", "/FontFile3"} & set(font.DescendantFonts[0].FontDescriptor)
    subprocess.run(["qpdf", "--check", printed.path], check=True, capture_output=True)
    assert caplog.messages == []  # WeasyPrint complains of what a reader's aid cannot tell


@pytest.mark.parametrize(("size", "box"), [(PaperSize.LETTER, LETTER), (PaperSize.A4, A4)])
def test_it_is_cut_as_the_shops_printer_has_it(shop, press, size, box):
    with writing():
        shop.profile.paper_size = size
    with pikepdf.open(press.pdf(issued(shop), locale="en_US").path) as pdf:
        assert [float(side) for side in pdf.pages[0].MediaBox[2:]] == pytest.approx(box, abs=0.5)


@pytest.mark.parametrize("count", [1, 9, 10, 11, 12, 26, 37])
def test_the_total_never_stands_alone(shop, press, count):
    pages = sheets.words(press.pdf(issued(shop, count), locale="en_US", live_url=LIVE).path)
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Description" in page
    assert sheets.beside("Total", pages[-1]) == f"${count * 10}.00"
    assert pages[-1].count("Part ") >= min(count, 2)
    assert sum(page.count("Part ") for page in pages) == count


def test_its_footer_follows_the_total_to_the_same_page(shop, press):
    with writing():
        shop.profile.footer = "Thank you"
    for count in range(8, 14):
        assert "Thank you" in (last := sheets.words(press.pdf(issued(shop, count), locale="en_US").path)[-1])
        assert "Total" in last


def test_a_word_without_end_is_broken_and_stays_on_the_page(shop, press):
    copy = customer_copy.of_invoice(shop.invoice(lines=(line("x" * 300, unit="m" * 20),), is_issued=True))
    told = "".join(sheets.words(press.pdf(copy, locale="en_US").path)).replace("\n", "")
    assert told.count("x") >= 300


def test_a_draft_says_so_and_leads_nowhere(shop, press):
    printed = press.pdf(customer_copy.of_draft(shop.invoice()), locale="en_US")
    assert "Draft" in sheets.words(printed.path)[0]
    assert printed.name == "invoice.pdf"
    assert sheets.codes(printed.path) == []


def test_a_phone_reads_the_way_to_the_live_page_off_it(shop, press):
    assert sheets.codes(press.pdf(issued(shop), locale="en_US", live_url=LIVE).path) == [LIVE]


def test_a_banking_app_reads_the_transfer_off_it(shop, press):
    with writing():
        profile = shop.profile
        profile.currency, profile.iban, profile.bic = "EUR", "DE89370400440532013000", "COBADEFFXXX"
    copy = issued(shop)
    printed = press.pdf(copy, locale="en_US", live_url=LIVE)
    assert sorted(sheets.codes(printed.path)) == sorted([copy.bank.epc, LIVE])
    (page,) = sheets.words(printed.path)
    assert "DE89 3704 0044 0532 0130 00" in page
    assert page.index("Pay by banking app") < page.index("See it online")


def test_a_credit_note_takes_back_what_it_names(shop, press):
    invoice = shop.invoice(is_issued=True)
    with writing():
        credit = invoices.credit(invoice, by=shop.dana)
        invoices.issue(credit, by=shop.dana)
    (page,) = sheets.words(press.pdf(customer_copy.of_invoice(credit), locale="en_US").path)
    assert "Takes back invoice 1001" in page
    assert sheets.beside("Total", page) == "-$100.00"


def test_an_approved_quote_carries_the_signature(shop, press):
    quote = shop.approved(shop.quote(is_sent=True), path="M20 80 C 60 10, 90 10, 100 60")
    (page,) = sheets.words(press.pdf(customer_copy.of_quote(quote), locale="en_US").path)
    assert "Approved" in page
    assert "Signed by Carol Cruz" in page


def test_an_open_quote_offers_what_can_be_added_and_an_approved_one_does_not(shop, press):
    quote = shop.quote(lines=(line("Labour"), line("Better faucet", "50.00", is_optional=True)), is_sent=True)
    (page,) = sheets.words(press.pdf(customer_copy.of_quote(quote, ticked=()), locale="en_US").path)
    assert page.index("Total") < page.index("You can add")
    assert sheets.beside("Better faucet", page) == "+$50.00"
    shop.approved(quote, chosen=[quote.lines[1].id])
    copy = customer_copy.of_quote(quote)
    assert [row.mark for row in copy.paper.lines] == ["", ""]
    assert "You can add" not in sheets.words(press.pdf(copy, locale="en_US").path)[0]


def test_a_report_keeps_its_photos_on_the_page_with_the_code(shop, press):
    job = shop.steps(shop.work_order(title="Water heater"), "start", "complete")
    printed = press.pdf(customer_copy.of_work_order(job), locale="en_US", live_url=LIVE)
    (page,) = sheets.words(printed.path)
    assert page.index("See it online") < page.index("Service address")
    assert sheets.codes(printed.path) == [LIVE]


def test_a_receipt_of_all_that_was_due_says_so(shop, press):
    invoice = shop.invoice(is_issued=True)
    shop.do(payments.record, invoice, amount=10000, method=Method.CASH, paid_on=invoice.issued_on, reference="")
    (page,) = sheets.words(press.pdf(customer_copy.of_receipt(invoice), locale="en_US").path)
    assert sheets.beside("Paid in full", page) == "$0.00"


def test_a_receipt_tells_what_came_and_what_is_left(shop, press):
    invoice = shop.invoice(is_issued=True)
    shop.do(payments.record, invoice, amount=4000, method=Method.CASH, paid_on=invoice.issued_on, reference="")
    printed = press.pdf(customer_copy.of_receipt(invoice), locale="en_US")
    (page,) = sheets.words(printed.path)
    assert printed.name == "receipt-for-invoice-1001.pdf"
    assert (sheets.beside("Cash", page), sheets.beside("Balance due", page)) == ("$40.00", "$60.00")


def test_a_service_report_shows_parts_photos_visits_and_the_signature(shop, press, caplog):
    job = shop.work_order(title="Water heater")
    photo = shop.photo(job, caption="The old one")
    shop.app.extensions["storage"].path(photo.full).write_bytes(hostile.saved(hostile.scene((900, 600)), "WEBP"))
    with writing():
        parts.add(job, name="Expansion tank", quantity=Decimal(2), unit="pcs", by=shop.theo)
        db.session.add(Signature(work_order=job, name="Carol Cruz", path="M1 1 L9 9", signed_at=clock.now()))
    shop.steps(job, "start", "complete")
    printed = press.pdf(customer_copy.of_work_order(job), locale="en_US")
    told = "".join(sheets.words(printed.path))
    for words in ("Service report 1001", "Water heater", "Theo Tran", "Expansion tank", "The old one", "Signed by"):
        assert words in told
    with pikepdf.open(printed.path) as pdf:
        kinds = [str(image.Filter) for page in pdf.pages for image in page.get_images().values()]
    assert kinds == ["/DCTDecode"]  # as a photo, not as ten times its size
    assert caplog.messages == []


def test_a_service_report_says_whose_job_it_was_and_the_page_does_not(shop, press):
    job = shop.steps(shop.work_order("Carol Cruz", title="Water heater"), "start", "complete")
    (page,) = sheets.words(press.pdf(customer_copy.of_work_order(job), locale="en_US").path)
    assert page.index("Carol Cruz") < page.index("48 Alder Street")
    assert "Carol" not in shop.app.test_client().get(shop.path(job)).text


def test_the_logo_comes_along(shop, press):
    with writing():
        shop.profile.logo = storage.Storage.put(
            shop.app.extensions["storage"], hostile.saved(hostile.scene(mode="RGBA"), "WEBP"), "webp"
        )
        shop.profile.logo_width, shop.profile.logo_height = 64, 48
    with pikepdf.open(press.pdf(issued(shop), locale="en_US").path) as pdf:
        assert len(pdf.pages[0].get_images()) == 1


def test_from_right_to_left_the_columns_change_sides_and_each_text_keeps_its_own(shop, press):
    copy = customer_copy.of_invoice(shop.invoice(lines=(line("دوش", details="50 L tank"),), is_issued=True))
    copy = replace(copy, paper=replace(copy.paper, address_lines=("48 Alder Street",)))
    with force_locale("ar"):
        (page,) = sheets.words(press.pdf(copy, locale="ar_EG").path)
    row = next(line for line in page.splitlines() if "$100.00" in line)
    assert row.index("$100.00") < len(row) / 2
    assert "48 Alder Street" in page
    assert "50 L tank" in page


def test_the_same_page_is_laid_out_once(shop, press):
    invoice = shop.invoice(is_issued=True)
    first = press.pdf(customer_copy.of_invoice(invoice), locale="en_US")
    press.worker.stop()
    assert press.pdf(customer_copy.of_invoice(invoice), locale="en_US") == first


def test_the_same_page_is_the_same_file_on_any_day_by_any_child(shop, press, tmp_path):
    copy = issued(shop)
    other = Press(worker=type(press.worker)(memory_mb=700), folder=tmp_path / "other", storage=press.storage)
    try:
        printed = [each.pdf(copy, locale="en_US", live_url=LIVE) for each in (press, other)]
    finally:
        other.worker.stop()
    assert printed[0].path.read_bytes() == printed[1].path.read_bytes()
    assert printed[0].etag == printed[1].etag


def test_many_become_one_in_their_order(shop, press, tmp_path):
    printed = [press.pdf(issued(shop, count), locale="en_US") for count in (1, 12)]
    assert press.bundle([each.path for each in printed], tmp_path / "runs" / "all.pdf") == 3
    told = sheets.words(tmp_path / "runs" / "all.pdf")
    assert ["Invoice 1001" in told[0], "Invoice 1002" in told[1], "Page 2 of 2" in told[2]] == [True] * 3
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["all.pdf"]


def test_the_server_never_loads_what_lays_out():
    heavy = "weasyprint pydyf pikepdf PIL fontTools lxml".split()
    asks = f"import sys, app; sys.exit(bool(set({heavy}) & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", asks], cwd=ROOT, check=True)
