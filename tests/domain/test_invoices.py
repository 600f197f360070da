import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest

from models import Bell, Invoice, InvoiceStatus, Method, Quote, db
from portal import clock
from portal.db import writing
from portal.domain import documents, invoices, parts, payments, quotes, snapshots, taxes, timeline
from portal.domain.refusals import Incomplete, NotAllowed
from tests.conftest import ROOT
from tests.crowd import in_threads
from tests.factories import line, local

TODAY = date(2026, 11, 22)


def pay(shop, invoice, amount=10000):
    return shop.do(payments.record, invoice, amount=amount, method=Method.CASH, paid_on=TODAY)


# --- issuing ------------------------------------------------------------------------------------------------------


def test_an_invoice_gets_number_dates_and_total_when_it_is_issued(shop):
    with clock.stopped_at(local("2026-11-22 23:30")):
        invoice = shop.invoice(lines=(line(tax=10),))
        assert (invoice.number, invoice.issued_on, invoice.total) == (None, None, None)
        snapshot = shop.do(invoices.issue, invoice)
    assert (invoice.number, invoice.status, invoice.total) == (1001, InvoiceStatus.ISSUED, 11000)
    assert (invoice.issued_on, invoice.due_on) == (TODAY, date(2026, 12, 6))
    assert (snapshot.content["number"], snapshot.content["due_on"]) == (1001, "2026-12-06")
    assert timeline.last(invoice, ("issued",)).bell is Bell.RING


def test_the_days_until_it_is_due_can_be_its_own(shop):
    with clock.stopped_at(local("2026-11-22 10:00")):
        assert shop.invoice(is_issued=True, due_days=0).due_on == TODAY


def test_issuing_twice_issues_once(shop):
    invoice = shop.invoice()
    assert shop.do(invoices.issue, invoice) == shop.do(invoices.issue, invoice)
    assert (invoice.number, shop.verbs(invoice).count("issued")) == (1001, 1)


def test_an_issued_invoice_is_frozen(shop):
    invoice = shop.invoice(is_issued=True)
    with pytest.raises(NotAllowed):
        shop.do(documents.edit, invoice, values={"title": "Other"}, seen=invoice.edition)
    with pytest.raises(NotAllowed):
        shop.do(documents.save_lines, invoice, lines=[], seen=invoice.edition)


def test_nothing_is_issued_without_a_line(shop):
    with pytest.raises(Incomplete):
        shop.do(invoices.issue, shop.invoice(lines=()))


def test_a_draft_in_the_archive_is_not_issued(shop):
    invoice = shop.invoice()
    shop.do(documents.archive, invoice)
    with pytest.raises(NotAllowed):
        shop.do(invoices.issue, invoice)
    shop.do(documents.restore, invoice)
    shop.do(invoices.issue, invoice)


def test_an_issue_that_fails_leaves_no_gap(shop):
    first, second = shop.invoice(), shop.invoice()

    def fail_half_way():
        with writing():
            invoices.issue(first, by=None)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_half_way()
    shop.do(invoices.issue, second)
    assert (shop.again(first).number, shop.again(second).number) == (None, 1001)
    assert snapshots.newest("invoice", first.id) is None


def issue_in_turn(shop, app, ids: list[int]) -> list[int]:
    left = list(ids)

    def press() -> int:
        id = left.pop()
        with writing():
            invoice = db.session.get(Invoice, id)
            invoices.issue(invoice, by=None)
            return invoice.number

    return in_threads(app, len(ids), press)


def test_fifty_issued_at_once_get_fifty_numbers_in_a_row(shop, app):
    ids = [shop.invoice().id for _ in range(50)]
    assert sorted(issue_in_turn(shop, app, ids)) == list(range(1001, 1051))
    db.session.rollback()
    numbers = [row.content["number"] for row in snapshots.newest_of("invoice", ids).values()]
    assert sorted(numbers) == list(range(1001, 1051))


PROCESS = """
import sys
from app import create_app
from models import Invoice, db
from portal import settings
from portal.db import writing
from portal.domain import invoices
data_dir, url, *ids = sys.argv[1:]
with create_app(settings.read({"DATA_DIR": data_dir, "DATABASE_URL": url})).app_context():
    for id in ids:
        with writing():
            invoices.issue(db.session.get(Invoice, int(id)), by=None)
"""


def test_processes_beside_one_another_share_the_series(shop, tmp_path, database):
    ids = [shop.invoice().id for _ in range(12)]
    folder = str(tmp_path / "data")
    shares = [[str(id) for id in ids[place::2]] for place in range(2)]
    started = [subprocess.Popen([sys.executable, "-c", PROCESS, folder, database, *some], cwd=ROOT) for some in shares]
    assert [process.wait(120) for process in started] == [0, 0]
    db.session.rollback()
    assert sorted(db.session.get(Invoice, id).number for id in ids) == list(range(1001, 1013))


# --- void and credit ----------------------------------------------------------------------------------------------


def test_a_void_invoice_keeps_its_number(shop):
    invoice = shop.invoice(is_issued=True)
    shop.do(invoices.void, invoice)
    assert (invoice.number, invoices.state(invoice, TODAY), invoices.balance(invoice)) == (1001, "void", 0)
    assert timeline.last(invoice, ("voided",)).bell is Bell.RING
    assert shop.invoice(is_issued=True).number == 1002


def test_what_money_came_for_is_not_voided(shop):
    invoice = shop.invoice(is_issued=True)
    payment = pay(shop, invoice, 1)
    with pytest.raises(NotAllowed):
        shop.do(invoices.void, invoice)
    shop.do(payments.take_back, payment)
    shop.do(invoices.void, invoice)


def test_a_draft_is_neither_voided_nor_credited(shop):
    for verb in (invoices.void, invoices.credit):
        with pytest.raises(NotAllowed):
            shop.do(verb, shop.invoice())


def test_a_credit_note_mirrors_its_invoice_and_has_a_number_of_the_same_series(shop):
    lines = (
        line("Labour", "85.00", "1.333", is_hourly=True, tax="7.375", discount_percent=Decimal(10)),
        line(price="0.335", quantity="3", tax=20, discount_amount=7),
    )
    invoice = shop.invoice(lines=lines, is_issued=True, discount_amount=333, deposit_percent=Decimal(30))
    note = shop.do(invoices.credit, invoice)
    assert (note.number, note.credits_id, note.total, note.due_on) == (1002, invoice.id, -invoice.total, None)
    mine, theirs = (snapshots.newest("invoice", each.id).content for each in (note, invoice))
    assert mine["credits_number"] == 1001
    for name in ("subtotal", "discount", "net", "tax", "total", "deposit"):
        assert mine[name] == -theirs[name] != 0
    assert [tax["tax"] for tax in mine["taxes"]] == [-tax["tax"] for tax in theirs["taxes"]]
    assert timeline.last(invoice, ("credited",)).details == {"number": 1002}


def test_credited_twice_is_credited_once(shop):
    invoice = shop.invoice(is_issued=True)
    assert shop.do(invoices.credit, invoice) == shop.do(invoices.credit, invoice)
    assert shop.count(Invoice) == 2


def test_a_credit_note_is_not_credited(shop):
    note = shop.do(invoices.credit, shop.invoice(is_issued=True))
    with pytest.raises(NotAllowed):
        shop.do(invoices.credit, note)


def test_a_credited_invoice_is_neither_due_nor_voided(shop):
    invoice = shop.invoice(is_issued=True)
    shop.do(invoices.credit, invoice)
    assert (invoices.state(invoice, TODAY), invoices.balance(invoice)) == ("credited", 0)
    with pytest.raises(NotAllowed):
        shop.do(invoices.void, invoice)


def test_a_paid_invoice_that_is_credited_leaves_money_to_give_back(shop):
    invoice = shop.invoice(is_issued=True)
    pay(shop, invoice)
    note = shop.do(invoices.credit, invoice)
    assert (invoices.balance(invoice), invoices.trouble(invoice)) == (-10000, "to_refund")
    assert (invoices.balance(note), invoices.trouble(note), invoices.state(note, TODAY)) == (0, "", "issued")
    pay(shop, invoice, -10000)
    assert (invoices.balance(invoice), invoices.trouble(invoice)) == (0, "")


def test_a_credit_note_can_be_taken_back_and_the_invoice_is_due_again(shop):
    invoice = shop.invoice(is_issued=True)
    shop.do(invoices.void, shop.do(invoices.credit, invoice))
    assert invoices.balance(invoice) == 10000
    assert shop.do(invoices.credit, invoice).number == 1003


def test_an_invoice_over_nothing_can_be_credited(shop):
    invoice = shop.invoice(lines=(line(price="0"),), is_issued=True)
    assert invoices.state(invoice, TODAY) == "paid"
    shop.do(invoices.credit, invoice)
    assert invoices.state(invoice, TODAY) == "credited"


# --- how it stands ------------------------------------------------------------------------------------------------


def test_an_invoice_goes_from_draft_to_paid(shop):
    with clock.stopped_at(local("2026-11-22 10:00")):
        invoice = shop.invoice()
        states = [invoices.state(invoice, TODAY)]
        shop.do(invoices.issue, invoice)
        states.append(invoices.state(invoice, TODAY))
        pay(shop, invoice, 4000)
        states.append(invoices.state(invoice, TODAY))
        assert invoices.balance(invoice) == 6000
        pay(shop, invoice, 6000)
        states.append(invoices.state(invoice, TODAY))
    assert states == ["draft", "issued", "part_paid", "paid"]
    assert invoices.state(invoice, date(2030, 1, 1)) == "paid"


def test_it_is_overdue_from_the_day_after_the_last(shop):
    with clock.stopped_at(local("2026-11-22 10:00")):
        invoice = shop.invoice(is_issued=True)
    pay(shop, invoice, 1)
    assert invoices.state(invoice, date(2026, 12, 6)) == "part_paid"
    assert invoices.state(invoice, date(2026, 12, 7)) == "overdue"


def test_many_stand_in_two_queries(shop):
    paid, credited, plain = (shop.invoice(is_issued=True) for _ in range(3))
    pay(shop, paid, 2500)
    shop.do(invoices.credit, credited)
    found = invoices.standings([paid, credited, plain])
    assert [found[each.id].balance for each in (paid, credited, plain)] == [7500, 0, 10000]


# --- where they come from -----------------------------------------------------------------------------------------


def test_a_job_without_a_quote_is_billed_by_its_parts(shop):
    job = shop.work_order()
    shop.do(parts.add, job, name="Ball valve", quantity=Decimal(2), unit="pcs")
    with writing():
        taxes.add(name="VAT", rate=Decimal(20), category=line(tax=20).tax_category, by=shop.dana)
    invoice = shop.do(invoices.from_work_order, job)
    (billed,) = invoice.lines
    assert (billed.description, billed.quantity, billed.unit, billed.price) == ("Ball valve", 2, "pcs", 0)
    assert (billed.tax_name, billed.tax_rate) == ("VAT", 20)
    assert (invoice.work_order, invoice.street, invoice.title) == (job, job.street, job.title)
    assert shop.do(invoices.from_work_order, job) == invoice


def test_a_job_is_billed_by_what_was_approved(shop):
    quote = shop.approved(shop.quote(is_sent=True))
    job = shop.do(quotes.make_work_order, quote)
    invoice = shop.do(invoices.from_work_order, job)
    assert (invoice.quote, invoice.work_order, documents.figures(invoice).total) == (quote, job, 10000)
    assert shop.do(invoices.from_work_order, job) == invoice == shop.do(quotes.make_invoice, quote)


def test_a_job_with_two_quotes_is_billed_twice(shop):
    job = shop.work_order()
    first, second = (shop.approved(shop.quote(work_order=job, is_sent=True)) for _ in range(2))
    assert [shop.do(invoices.from_work_order, job).quote for _ in range(3)] == [first, second, second]
    assert shop.count(Invoice) == 2


def test_what_was_voided_or_credited_is_billed_anew(shop):
    quote = shop.approved(shop.quote(is_sent=True))
    made = []
    for verb in (invoices.void, invoices.credit, lambda invoice, by: None):
        made.append(shop.do(quotes.make_invoice, quote))
        shop.do(invoices.issue, made[-1])
        shop.do(verb, made[-1])
    assert len({invoice.id for invoice in made}) == 3
    assert shop.do(quotes.make_invoice, quote) == made[-1]


def test_what_was_sold_is_billed_though_the_customer_was_archived(shop):
    quote = shop.approved(shop.quote(is_sent=True))
    with writing():
        quote.customer.archived_at = clock.now()
    assert shop.do(invoices.issue, shop.do(quotes.make_invoice, quote))
    assert shop.count(Quote) == 1


def test_another_currency_of_the_shop_changes_no_invoice_of_an_older_quote(shop):
    quote = shop.approved(shop.quote(is_sent=True))
    with writing():
        shop.profile.currency, shop.profile.prices_include_tax = "JPY", True
    invoice = shop.do(quotes.make_invoice, quote)
    assert (invoice.currency, invoice.prices_include_tax) == ("USD", False)
