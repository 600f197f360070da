"""An invoice from the office's side: written, issued once, voided or credited, and found again."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from models import Invoice, InvoiceStatus, Method, db
from portal import clock
from portal.db import writing
from portal.domain import payments
from tests.factories import ZONE, press
from tests.pages import read


@pytest.fixture
def dana(shop):
    return shop.staff_client()


def newest():
    db.session.rollback()
    return db.session.query(Invoice).order_by(Invoice.id.desc()).first()


def test_an_invoice_for_a_customer_is_written_and_issued(shop, dana):
    customer = shop.customer()
    page = read(dana.get(f"/staff/invoices/new?customer={customer.id}"))
    assert page.kept("customer_name") == "Carol Cruz"
    form = {"customer_name": "Carol Cruz", "customer_id": str(customer.id), "title": "Repair"}
    assert press(dana, "/staff/invoices/new", form).status_code == 303
    invoice = newest()
    path = f"/staff/invoices/{invoice.id}"
    seen = read(dana.get(f"{path}/edit")).kept("seen")
    form = {"title": "Repair", "seen": seen, "due_days": "10"}
    form |= {"lines-0-description": "Valve", "lines-0-price": "1,200.50"}
    assert press(dana, f"{path}/edit", form).status_code == 303
    assert "can’t be changed any more" in read(dana.get(path)).words()
    answer = press(dana, f"{path}/issue")
    assert answer.location == f"{path}?shared=1"
    page = read(dana.get(answer.location))
    assert "$1,200.50" in page.words()
    assert "/portal/invoice/" in page.html
    assert (shop.again(invoice).status, invoice.total) == (InvoiceStatus.ISSUED, 120050)
    assert dana.get(f"{path}/edit").location == path


def test_a_job_is_billed_once(shop, dana):
    job = shop.work_order()
    for _press in range(2):
        assert press(dana, f"/staff/work-orders/{job.id}/invoice").status_code == 303
    assert shop.count(Invoice) == 1


def test_an_invoice_without_lines_is_not_issued(shop, dana):
    invoice = shop.invoice(lines=())
    answer = press(dana, f"/staff/invoices/{invoice.id}/issue")
    page = read(dana.get(answer.location)).words()
    assert "Add a line first" in page
    assert "Issued." not in page


def test_a_void_invoice_keeps_its_number(shop, dana):
    invoice = shop.invoice(is_issued=True)
    number = invoice.number
    press(dana, f"/staff/invoices/{invoice.id}/void")
    page = read(dana.get(f"/staff/invoices/{invoice.id}"))
    assert f"Invoice {number}" in page.h1
    assert "Void" in page.words()
    assert shop.again(invoice).status is InvoiceStatus.VOID


def test_a_credit_note_takes_the_whole_invoice_back(shop, dana):
    invoice = shop.invoice(is_issued=True)
    answer = press(dana, f"/staff/invoices/{invoice.id}/credit")
    page = read(dana.get(answer.location))
    assert "Credit note" in page.h1
    assert "−$100.00" in page.words()
    assert "Record a payment" not in page.words()
    assert "Credited" in read(dana.get(f"/staff/invoices/{invoice.id}")).words()


def test_each_invoice_stands_in_its_tab(shop, dana):
    today = clock.today(ZONE)
    shop.invoice(title="Scribble")
    shop.invoice(title="Fresh", is_issued=True)
    late, paid, void, credited = (
        shop.invoice(title=title, is_issued=True) for title in ("Late", "Settled", "Wrong", "Returned")
    )
    with writing():
        late.due_on = today - timedelta(days=1)
    shop.do(payments.record, paid, amount=10000, method=Method.CASH, paid_on=today)
    press(dana, f"/staff/invoices/{void.id}/void")
    press(dana, f"/staff/invoices/{credited.id}/credit")
    expected = {"drafts": {"Scribble"}, "due": {"Fresh"}, "overdue": {"Late"}, "paid": {"Settled"}}
    expected |= {"void": {"Wrong", "Returned"}}
    for tab, titles in expected.items():
        words = read(dana.get(f"/staff/invoices?tab={tab}")).words()
        shown = {title for title in ("Scribble", "Fresh", "Late", "Settled", "Wrong", "Returned") if title in words}
        assert shown == titles, tab


def test_the_list_asks_no_more_of_the_database_when_it_is_long(shop, dana):
    def queries() -> int:
        asked = []
        count = lambda *_args: asked.append(1)  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", count)
        read(dana.get("/staff/invoices?tab=due"))
        event.remove(db.engine, "before_cursor_execute", count)
        return len(asked)

    shop.invoice(is_issued=True)
    few = queries()
    for number in range(6):
        shop.invoice(f"Customer {number}", is_issued=True)
    assert queries() == few


def test_a_preview_shows_what_the_customer_will_see(shop, dana):
    draft, issued = shop.invoice(), shop.invoice(is_issued=True)
    for invoice in (draft, issued):
        assert "$100.00" in read(dana.get(f"/staff/invoices/{invoice.id}/preview")).words()
