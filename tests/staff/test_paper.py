import subprocess

import pytest

from models import db
from portal.db import writing
from portal.domain import documents, links, quotes
from portal.outside.worker import Busy
from tests.factories import line
from tests.pages import read


@pytest.fixture
def dana(shop):
    return shop.staff_client("Dana")


def words_of(answer) -> str:
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    said = subprocess.run(["pdftotext", "-layout", "-", "-"], input=answer.data, capture_output=True, check=True)
    return said.stdout.decode()


def fetch(client, path: str):
    return client.get(path, buffered=True)


@pytest.mark.parametrize("kind", ["quotes", "invoices"])
def test_each_document_can_be_saved_and_printed(shop, dana, kind):
    record = shop.quote(is_sent=True) if kind == "quotes" else shop.invoice(is_issued=True)
    path = f"/staff/{kind}/{record.id}"
    page = read(dana.get(path))
    assert page.all("a", href=f"{path}/pdf")
    assert page.all("a", href=f"{path}/pdf?show=1", target="_blank")
    saved, shown = fetch(dana, f"{path}/pdf"), fetch(dana, f"{path}/pdf?show=1")
    assert "$100.00" in words_of(saved)
    assert saved.headers["Content-Disposition"].startswith("attachment;")
    assert shown.headers["Content-Disposition"].startswith("inline;")
    assert saved.data == shown.data


@pytest.mark.parametrize("kind", ["quotes", "invoices"])
def test_a_draft_is_printed_as_one(shop, dana, kind):
    record = shop.quote() if kind == "quotes" else shop.invoice()
    assert "Draft" in words_of(fetch(dana, f"/staff/{kind}/{record.id}/pdf"))
    record = shop.quote(is_sent=True) if kind == "quotes" else shop.invoice(is_issued=True)
    assert "Draft" not in words_of(fetch(dana, f"/staff/{kind}/{record.id}/pdf"))


def test_of_a_changed_quote_what_was_sent_is_printed(shop, dana):
    quote = shop.quote(is_sent=True)
    with writing():
        documents.save(quote, values={}, lines=(line("Golden faucet", "900.00"),), seen=quote.edition, by=shop.dana)
    assert quotes.has_unsent_changes(shop.again(quote))
    said = words_of(fetch(dana, f"/staff/quotes/{quote.id}/pdf"))
    assert "$100.00" in said
    assert "Golden" not in said


def test_only_what_is_shared_leads_back_to_its_page(shop, dana):
    """A code on paper is a key: none is printed for who has none, nor after it was revoked."""
    invoice = shop.invoice(is_issued=True)
    path = f"/staff/invoices/{invoice.id}/pdf"
    assert "Scan the code" not in words_of(fetch(dana, path))
    shop.token(invoice)
    assert "Scan the code" in words_of(fetch(dana, path))
    shop.do(links.revoke, invoice)
    assert "Scan the code" not in words_of(fetch(dana, path))


def test_a_paper_speaks_its_customers_language(shop, dana):
    invoice = shop.invoice(is_issued=True)
    with writing():
        invoice.customer.locale = "de"
    assert "Rechnung 1001" in words_of(fetch(dana, f"/staff/invoices/{invoice.id}/pdf"))
    assert db.session.get(type(invoice), invoice.id).customer.locale == "de"


def test_a_technician_prints_the_report_of_their_own_finished_job(shop):
    theo, job = shop.staff_client("Theo"), shop.work_order(technician="Theo", title="Kitchen tap")
    path = f"/staff/work-orders/{job.id}"
    assert theo.get(f"{path}/pdf").location == path
    assert "There is a report once the job is done." in read(theo.get(path)).words()
    assert f"{path}/pdf" not in theo.get(path).text
    shop.steps(job, "set_off", "start", "complete")
    assert read(theo.get(path)).all("a", href=f"{path}/pdf")
    assert "Kitchen tap" in words_of(fetch(theo, f"{path}/pdf"))
    others = shop.work_order(technician="Dana")
    shop.steps(others, "set_off", "start", "complete")
    assert fetch(theo, f"/staff/work-orders/{others.id}/pdf").status_code == 404


def test_letters_that_no_font_has_are_told_with_what_to_install(shop, dana):
    khitan = "\U00018b00"  # which no machine has by chance
    invoice = shop.invoice(title=khitan, is_issued=True)
    path = f"/staff/invoices/{invoice.id}"
    assert "boxes" not in read(dana.get(path)).words()
    assert fetch(dana, f"{path}/pdf").status_code == 200
    assert shop.app.extensions["press"].missing() == ("Khitan",)
    settings = shop.staff_client("Olive").get("/staff/settings/billing")
    for page in (dana.get(path), settings):
        assert "(Khitan): it shows boxes instead. To add them, install there: fonts-noto-core" in read(page).words()


# --- when there is none -------------------------------------------------------------------------------------------


def papers(shop) -> list[str]:
    """The page of one of each kind that can be printed."""
    job = shop.steps(shop.work_order(), "set_off", "start", "complete")
    quote, invoice = shop.quote(is_sent=True), shop.invoice(is_issued=True)
    return [f"/staff/work-orders/{job.id}", f"/staff/quotes/{quote.id}", f"/staff/invoices/{invoice.id}"]


def test_a_full_queue_says_when_to_come_back(shop, dana, app):
    app.extensions["press"].worker.queue = -1  # nobody may wait
    for path in papers(shop):
        answer = fetch(dana, f"{path}/pdf")
        page = read(answer, 503)
        assert page.h1 == "The PDF isn’t ready yet"
        assert answer.headers["Retry-After"] == str(Busy.retry_after_s)
        assert page.all("a", href=path)


def test_a_paper_that_takes_too_long_is_given_up_and_the_next_is_fine(shop, dana, monkeypatch):
    addresses = papers(shop)
    monkeypatch.setattr("portal.outside.paper.DEADLINE_S", 0.01)  # less than the child's own start
    for path in addresses:
        page = read(fetch(dana, f"{path}/pdf"), 500)
        assert page.h1 == "The PDF could not be made"
        assert page.all("a", href=path)
    monkeypatch.undo()
    assert fetch(dana, f"{addresses[0]}/pdf").status_code == 200


def test_no_paper_says_another_total_than_the_e_invoice_inside_it(shop, dana):
    invoice = shop.e_invoice()
    path = f"/staff/invoices/{invoice.id}"
    shop.bend(invoice)
    page = read(fetch(dana, f"{path}/pdf"), 500)
    assert page.h1 == "Das PDF ließ sich nicht erstellen"
    assert page.all("a", href=path)
