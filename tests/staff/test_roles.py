"""Who may do what: the owner all, the office all but the settings, a technician their own jobs."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from models import Customer, Event, Invoice, Kind, Method, PrintRun, Quote, WorkOrder, db
from portal.db import writing
from portal.domain import catalogue, parts, payments, print_runs, visits
from tests.factories import press
from tests.pages import read

# The table: every route of the staff's side stands in one of these lists. One that stands in none fails below until
# somebody has decided who may reach it.
OPEN_TO_STRANGERS = {
    "staff.manifest",
    "staff.worker",
    "staff.offline",
    "staff.sign_in",
    "staff.try_sign_in",
    "staff.sign_in_link",
    "staff.use_sign_in_link",
    "staff.mail_sign_in_link",
    "staff.set_up",  # for whoever holds the link that the first start printed
    "staff.finish_set_up",
    "staff.set_up_preview",
}
FOR_ALL_STAFF = {
    "staff.home",
    "staff.my_day",
    "staff.my_day_news",
    "staff.inbox",
    "staff.inbox_count",
    "staff.live",
    "staff.me",
    "staff.save_me",
    "staff.save_photo",
    "staff.remove_photo",
    "staff.choose_password",
    "staff.save_password",
    "staff.sign_out",
    "staff.sign_out_everywhere",
    "staff.photo",  # the face of a colleague: on the jobs that one shares with them
}
# A technician reaches their own job and what belongs to it; of others they do not even learn that they exist.
ON_THE_JOB = {
    "staff.work_order",
    "staff.job_photo",
    "staff.add_photos",
    "staff.edit_job_photo",
    "staff.save_job_photo",
    "staff.remove_job_photo",
    "staff.preview",
    "staff.preview_photo",
    "staff.set_off",
    "staff.start",
    "staff.finish_visit",
    "staff.complete",
    "staff.cancel",
    "staff.undo",
    "staff.save_notes",
    "staff.add_part",
    "staff.pick_part",
    "staff.count_part",
    "staff.remove_part",
    "staff.sign",
    "staff.save_signature",
    "staff.ask_signature",
    "staff.stop_asking",
    "staff.take_back_signature",
    "staff.share",
    "staff.revoke",
    "staff.send_link",
    "staff.message",
    "staff.close_message",
    "staff.reopen_message",
    "staff.work_order_pdf",
}
# What somebody had printed is for nobody else to fetch, whatever they may do otherwise.
ONES_OWN = {"staff.print_run", "staff.print_run_news", "staff.print_run_file"}
BY_MAIL = {"staff.send_quote_link", "staff.send_invoice_link"}  # not there without a mail server
FOR_THE_OFFICE = {
    "staff.send_quote_link",
    "staff.send_invoice_link",
    "staff.new_work_order",
    "staff.book",
    "staff.edit_work_order",
    "staff.save_work_order",
    "staff.book_visit",
    "staff.save_new_visit",
    "staff.edit_visit",
    "staff.save_visit",
    "staff.remove_visit",
    "staff.customers",
    "staff.customer_suggestions",
    "staff.customer",
    "staff.new_customer",
    "staff.add_customer",
    "staff.edit_customer",
    "staff.save_customer",
    "staff.assign_message",
    "staff.activity",
    "staff.archive_customer",
    "staff.bring_back_customer",
    "staff.merge_customer",
    "staff.merge_customers",
    "staff.customer_file_page",
    "staff.read_customer_file",
    "staff.import_customers",
    "staff.customer_file_sample",
    "staff.quotes",
    "staff.quote",
    "staff.new_quote",
    "staff.add_quote",
    "staff.edit_quote",
    "staff.save_quote",
    "staff.quote_totals",
    "staff.send_quote",
    "staff.approve_quote",
    "staff.request_quote_changes",
    "staff.decline_quote",
    "staff.undo_quote_answer",
    "staff.reopen_quote",
    "staff.book_quote",
    "staff.invoice_quote",
    "staff.share_quote",
    "staff.revoke_quote",
    "staff.invoices",
    "staff.invoice",
    "staff.new_invoice",
    "staff.add_invoice",
    "staff.edit_invoice",
    "staff.save_invoice",
    "staff.invoice_totals",
    "staff.issue_invoice",
    "staff.void_invoice",
    "staff.credit_invoice",
    "staff.record_payment",
    "staff.take_back_payment",
    "staff.refund_payment",
    "staff.payments",
    "staff.look_at_payment",
    "staff.share_invoice",
    "staff.revoke_invoice",
    "staff.invoice_job",
    "staff.quote_news",
    "staff.invoice_news",
    "staff.preview_quote",
    "staff.preview_invoice",
    "staff.items",
    "staff.new_item",
    "staff.add_item",
    "staff.edit_item",
    "staff.save_item",
    "staff.archive_item",
    "staff.bring_back_item",
    "staff.quote_pdf",
    "staff.invoice_pdf",
    "staff.add_print_run",
    *ONES_OWN,
}
FOR_THE_OWNER = {
    "staff.settings",
    "staff.save_settings",
    "staff.shop_preview",
    "staff.send_test_mail",
    "staff.test_stripe",
    "staff.make_it_yours",
    "staff.open_my_shop",
    "staff.clear_samples",
    "staff.do_clear_samples",
    "staff.save_logo",
    "staff.remove_logo",
    "staff.people",
    "staff.person",
    "staff.new_person",
    "staff.add_person",
    "staff.edit_person",
    "staff.save_person",
    "staff.invite_person",
    "staff.mail_person",
    "staff.switch_off_person",
    "staff.switch_on_person",
    "staff.sign_out_person",
    "staff.save_person_photo",
    "staff.remove_person_photo",
    "staff.billing_settings",
    "staff.save_billing_settings",
    "staff.set_numbers",
    "staff.new_tax",
    "staff.add_tax",
    "staff.edit_tax",
    "staff.save_tax",
    "staff.make_tax_usual",
    "staff.archive_tax",
    "staff.bring_back_tax",
}
TABLE = (OPEN_TO_STRANGERS, FOR_ALL_STAFF, ON_THE_JOB, FOR_THE_OFFICE, FOR_THE_OWNER)


@pytest.fixture
def job(shop):
    """A job of Dana's, with something of everything."""
    job = shop.work_order("Carol Cruz", technician="Dana")
    shop.do(parts.add, job, name="Washer", quantity=Decimal(1))
    shop.photo(job)
    shop.message(job)
    shop.quote(work_order=job, is_sent=True)
    invoice = shop.invoice(work_order=job, is_issued=True)
    shop.do(payments.record, invoice, amount=100, method=Method.CASH, paid_on=date(2026, 11, 22))
    with writing():
        catalogue.add({"description": "Washer", "price": Decimal(1)}, by=shop.dana)
        print_runs.ask(Kind.INVOICE, [invoice.id], is_zip=False, by=shop.dana)
    return job


def record_of(job, rule: str) -> int:
    """The id of what an address is about: the job, or its quote or invoice."""
    if rule.startswith("/staff/print-runs/"):
        return db.session.scalars(select(PrintRun.id)).first() or 0
    for start, table in (("/staff/quotes/", Quote), ("/staff/invoices/", Invoice)):
        if rule.startswith(start):
            return db.session.scalars(select(table.id).filter_by(work_order_id=job.id)).first() or 0
    return job.id


def walk(shop, job, endpoints=None):
    """(endpoint, method, path) of every staff route that takes a record, filled in with those of `job`."""
    for rule in shop.app.url_map.iter_rules():
        if rule.endpoint.startswith("staff.") and (endpoints is None or rule.endpoint in endpoints):
            values = {"id": record_of(job, rule.rule), "visit_id": job.visits[0].id, "part_id": job.parts[0].id}
            values |= {"verb": "started", "payment_id": 1, "photo_id": job.photos[0].id}
            path = rule.rule.replace("<name>", job.photos[0].full).replace("<token>", "x")
            for name, value in values.items():
                path = path.replace(f"<int:{name}>", str(value)).replace(f"<{name}>", str(value))
            for method in rule.methods & {"GET", "POST"}:
                yield rule.endpoint, method, path


def call(client, method: str, path: str):
    return press(client, path) if method == "POST" else client.get(path, buffered=True)


def test_somebody_decided_about_every_route(shop):
    routes = {rule.endpoint for rule in shop.app.url_map.iter_rules() if rule.endpoint.startswith("staff.")}
    assert set().union(*TABLE) == routes
    assert sum(map(len, TABLE)) == len(routes), "a route stands in two lists"


def test_the_technician_of_a_job_may_do_everything_that_is_done_on_site(shop):
    job = shop.work_order(technician="Theo")
    theo, path = shop.staff_client("Theo"), f"/staff/work-orders/{job.id}"
    assert read(theo.get(path)).h1 == "Kitchen tap"
    read(theo.get(f"{path}/preview"))
    for verb in (
        "set-off",
        "start",
        "finish-visit",
        "start",
        "complete",
        "undo/completed",
        "cancel",
        "share",
        "revoke",
    ):
        assert press(theo, f"{path}/{verb}").status_code == 303
    assert press(theo, f"{path}/parts", {"name": "Washer", "quantity": "1"}).status_code == 303
    assert press(theo, f"{path}/notes", {"notes": "Dog", "seen": "1"}).status_code == 303
    assert "shared" in shop.verbs(job)
    assert "cancelled" in shop.verbs(job)


def test_a_technician_has_no_business_in_the_office(shop, job):
    theo = shop.staff_client("Theo")
    before = (shop.count(Event), shop.count(WorkOrder), shop.count(Customer))
    routes = list(walk(shop, job, FOR_THE_OFFICE | FOR_THE_OWNER))
    assert {endpoint for endpoint, _method, _path in routes} == FOR_THE_OFFICE | FOR_THE_OWNER
    for _endpoint, method, path in routes:
        page = read(call(theo, method, path), 403)
        assert page.h1 == "This isn’t yours to open"
        assert "Carol" not in page.html
    assert (shop.count(Event), shop.count(WorkOrder), shop.count(Customer)) == before


def test_somebody_elses_job_does_not_exist_for_a_technician(shop, job):
    theo = shop.staff_client("Theo")
    before = shop.count(Event)
    routes = [r for r in walk(shop, job) if r[2].startswith("/staff/work-orders/") and r[0] not in FOR_THE_OFFICE]
    assert len(routes) >= 15
    for endpoint, method, path in routes:
        answer = call(theo, method, path)
        assert answer.status_code == 404, endpoint
        assert "Carol" not in answer.text
    assert shop.count(Event) == before


def test_the_office_may_do_all_but_the_settings(shop, job):
    dana = shop.staff_client("Dana")
    for _endpoint, method, path in walk(shop, job, FOR_THE_OWNER):
        read(call(dana, method, path), 403)
    for _endpoint, method, path in walk(shop, job, FOR_THE_OFFICE - BY_MAIL):
        assert call(dana, method, path).status_code in (200, 303, 422, 409)
    assert "Settings" not in read(dana.get("/staff/")).words()


def test_a_technicians_page_offers_nothing_that_it_would_refuse(shop):
    job = shop.work_order("Carol Cruz", technician="Theo")
    shop.message(job)
    theo = shop.staff_client("Theo")
    for path in ("/staff/", f"/staff/work-orders/{job.id}", "/staff/inbox", "/staff/me"):
        for link in read(theo.get(path)).all("a"):
            if link.get("href", "").startswith("/staff/"):
                assert theo.get(link.get("href"), follow_redirects=True).status_code == 200, link.get("href")


def test_a_technician_who_was_taken_off_a_job_sees_it_no_more(shop):
    job = shop.work_order(technician="Theo")
    theo = shop.staff_client("Theo")
    read(theo.get(f"/staff/work-orders/{job.id}"))
    visit = job.visits[0]
    window = {"starts_at": visit.starts_at, "ends_at": visit.ends_at}
    shop.do(visits.move, visit, **window, technician=shop.dana, seen=1)
    read(theo.get(f"/staff/work-orders/{job.id}"), 404)
