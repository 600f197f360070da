"""The sample shop: believable at whatever hour it is opened, every state in it, and nobody real."""

import re
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app import create_app
from models import (
    Customer,
    Invoice,
    Item,
    Kind,
    Message,
    MessageKind,
    OrgProfile,
    Photo,
    Quote,
    Snapshot,
    Staff,
    Status,
    WorkOrder,
    db,
)
from portal import clock, customer_copy, demo, first_start, settings
from portal.db import writing
from portal.demo.jobs import JOBS, PEOPLE, SHOP, SIGNATURE, SIGNATURES
from portal.demo.papers import BILLING, INVOICES, ITEMS, QUOTES, TAXES
from portal.domain import invoices, links, quotes, schedule, snapshots, timeline, visits
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.domain.refusals import NotAllowed
from tests.conftest import TEMPLATES, Visitor
from tests.factories import ZONE, csrf_of

PORTLAND = ZoneInfo(ZONE)
# Hours at which the shop is opened, as a clock at the shop shows them; with fold=1 the second of two equal ones.
HOURS = {
    "a working morning": ("2026-11-18 10:42", 0),
    "a working afternoon": ("2026-11-18 14:59", 0),
    "before work": ("2026-11-18 06:10", 0),
    "ten to midnight": ("2026-11-18 23:50", 0),
    "just after midnight": ("2026-11-19 00:05", 0),
    "the morning an hour is skipped": ("2026-03-08 03:05", 0),
    "noon of the day an hour is skipped": ("2026-03-08 12:00", 0),
    "an hour that comes twice, first": ("2026-11-01 01:30", 0),
    "an hour that comes twice, again": ("2026-11-01 01:30", 1),
    "the last night of the year": ("2026-12-31 23:50", 0),
}


def moment(hour: str) -> datetime:
    text, fold = HOURS[hour]
    return datetime.fromisoformat(text).replace(tzinfo=PORTLAND, fold=fold).astimezone(UTC)


@contextmanager
def opened(folder, empty_database, at: datetime):
    """The sample shop, opened at this hour, at which the clock then stands."""
    folder.mkdir()
    (folder / "porchlight.db").write_bytes(empty_database.read_bytes())
    app = create_app(settings.read({"DATA_DIR": str(folder), "PUBLIC_BASE_URL": "https://jobs.example.com"}))
    app.test_client_class, app.jinja_env.bytecode_cache = Visitor, TEMPLATES
    with app.app_context(), clock.stopped_at(at):
        with writing():
            shops.profile().time_zone = ZONE
        demo.fill()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module", params=HOURS)
def sample(request, empty_database, tmp_path_factory):
    """The sample shop at each of HOURS. Nobody changes it."""
    folder = tmp_path_factory.mktemp("sample") / "data"
    with opened(folder, empty_database, moment(request.param)) as app:
        yield app


@pytest.fixture
def fresh(empty_database, tmp_path):
    """The sample shop on a working morning, for tests that change it."""
    with opened(tmp_path / "data", empty_database, moment("a working morning")) as app:
        yield app


def all_jobs() -> list[WorkOrder]:
    return list(db.session.scalars(select(WorkOrder).order_by(WorkOrder.id)))


def main_job() -> WorkOrder:
    return next(job for job in all_jobs() if job.title == "Water heater replacement")


# --- believable at any hour ---------------------------------------------------------------------------------------


def test_every_state_is_there(sample):
    jobs = all_jobs()
    assert {job.status for job in jobs} == set(Status)
    assert {bool(links.of(job)) for job in jobs} == {True, False}
    assert {bool(job.visits[0].technician) for job in jobs} == {True, False}
    assert max(len(job.visits) for job in jobs) > 1
    for piece in ("parts", "photos", "signature", "internal_notes"):
        assert {bool(getattr(job, piece)) for job in jobs} == {True, False}, piece
    waiting = select(Message.kind).where(Message.answered_at.is_(None))
    assert sorted(db.session.scalars(waiting)) == [MessageKind.CHANGES, MessageKind.HELP]


def test_the_day_is_full_and_so_is_the_next(sample):
    june = people.by_email("june@hartley.example")
    counts = schedule.counts(june, ZONE)
    assert counts["today"] >= 5
    assert counts["upcoming"] >= 3
    assert counts["done"] >= 3
    rows = schedule.rows("today", june, ZONE, limit=50)
    assert Counter(row.is_late for row in rows) == {False: len(rows)}
    assert any(row.is_unassigned for row in rows)


def test_todays_visits_are_today_and_by_daylight(sample):
    june, today = people.by_email("june@hartley.example"), clock.today(ZONE)
    for row in schedule.rows("today", june, ZONE, limit=50):
        start, end = (at.astimezone(PORTLAND) for at in (row.visit.starts_at, row.visit.ends_at))
        assert start.date() == end.date() == today, row.work_order.title
        assert start.hour >= 6, row.work_order.title
        assert end.hour <= 21, row.work_order.title
        assert start.minute in (0, 30), row.work_order.title


def test_each_step_was_taken_in_its_order_and_near_its_window(sample):
    for job in all_jobs():
        for visit in job.visits:
            taken = [at for at in (visit.on_my_way_at, visit.started_at, visit.finished_at) if at]
            assert taken == sorted(taken), job.title
            if visit.started_at:
                near = timedelta(minutes=45)
                assert visit.starts_at - near <= visit.started_at <= visit.ends_at + near, job.title
        assert job.scheduled_at < min((v.starts_at for v in job.visits if v.starts_at), default=clock.now())
        if job.completed_at:
            assert job.completed_at == visits.last_finished(job).finished_at


def test_nothing_has_happened_yet_that_lies_ahead(sample):
    """Before working hours the sample day is told from its first hour, not from the night."""
    told_from = max(clock.now(), demo.sample_now(ZONE))
    for job in all_jobs():
        moments = [job.scheduled_at, job.completed_at, job.cancelled_at]
        moments += [at for v in job.visits for at in (v.on_my_way_at, v.started_at, v.finished_at)]
        moments += [photo.created_at for photo in job.photos] + [job.signature.signed_at if job.signature else None]
        assert max(at for at in moments if at) <= told_from, job.title


def test_every_page_of_it_opens(sample):
    client = sample.test_client()
    for job in all_jobs():
        link = links.of(job)
        if link:
            path = demo.address(link).removeprefix("https://jobs.example.com")
            assert client.get(path).status_code == 200, job.title
            assert client.get(f"{path}/help").status_code == 200, job.title


def test_the_job_to_look_at_says_what_the_help_page_promises(sample):
    copy = customer_copy.of_work_order(main_job())
    assert copy.headline == "Marcus is on the job"
    assert [stage.word for stage in copy.stages] == ["Scheduled", "In Progress", "Completed"]
    assert re.fullmatch(r"Started at \d+:\d\d [ap]m\. This page updates by itself\.", copy.lead)
    assert copy.technician.photo
    assert copy.address_lines == ("48 Alder Street, Apt 3", "Portland, OR 97205")
    assert (len(copy.parts), len(copy.photos)) == (2, 3)
    assert copy.shop.phone_uri


def test_quotes_and_invoices_stand_as_they_would(sample):
    today = clock.today(ZONE)
    told = {quote.title: quotes.state(quote, today) for quote in all_of(Quote)}
    assert set(told.values()) == {"draft", "sent", "expired", "changes_requested", "approved", "declined"}
    states = {invoices.state(invoice, today) for invoice in all_of(Invoice)}
    assert states == {"draft", "issued", "part_paid", "paid", "overdue"}
    for model in (Quote, Invoice):
        sent = sorted((at, record.number) for record in all_of(model) if (at := first_sent(record)))
        numbers_given = [number for _at, number in sent]
        assert numbers_given == list(range(numbers_given[0], numbers_given[0] + len(sent)))
        assert sent[-1][0] <= max(clock.now(), demo.sample_now(ZONE))


def first_sent(record) -> datetime | None:
    dates_of = select(Snapshot.created_at).where(Snapshot.kind == timeline.kind_of(record))
    return db.session.scalar(dates_of.where(Snapshot.record_id == record.id).order_by(Snapshot.revision).limit(1))


def test_the_quote_to_look_at_is_the_one_in_the_pictures(sample):
    quote = demo.paperwork.main_quote()
    content = snapshots.newest(Kind.QUOTE, quote.id).content
    assert (content["number"], content["subtotal"], content["discount"], content["total"]) == (
        318,
        209400,
        10470,
        214645,
    )
    assert [tax["tax"] for tax in content["taxes"]] == [15715]
    assert [line["description"] for line in content["lines"] if line["is_optional"]] == ["Drain pan with leak alarm"]
    assert quotes.state(quote, clock.today(ZONE)) == "sent"
    assert (date.fromisoformat(content["valid_until"]) - date.fromisoformat(content["issued_on"])).days == 14
    assert (content["terms"], content["shop"]["tax_id"]) == (BILLING["quote_terms"], "93-0204118")


def test_the_invoice_to_look_at_is_due_in_two_weeks(sample):
    invoice = demo.paperwork.main_invoice()
    assert (invoice.number, invoices.state(invoice, clock.today(ZONE))) == (2031, "issued")
    assert (invoice.due_on - invoice.issued_on).days == 14
    assert invoice.work_order.title == "Kitchen drain, slow"
    content = snapshots.newest(Kind.INVOICE, invoice.id).content
    assert (content["how_to_pay"], content["work_order_number"]) == (BILLING["how_to_pay"], invoice.work_order.number)


def test_the_approved_ones_are_kept_with_their_evidence(sample):
    signed, by_phone = [q for t in ("Water heater replacement", "Bathroom rough-in") for q in [titled(Quote, t)]]
    assert (quotes.approval(signed).path, quotes.approval(signed).name) == (SIGNATURE, "Sam Rivera")
    assert len(quotes.approval(signed).chosen) == 1
    assert signed.work_order == main_job()
    assert (by_phone.revision, quotes.approval(by_phone).staff.name) == (2, "June Hartley")
    assert titled(Invoice, "Bathroom rough-in").total == quotes.approval(by_phone).total


def test_every_line_of_a_quote_is_on_the_price_list(sample):
    known = {item.description for item in all_of(Item)}
    assert len(known) == len(ITEMS)
    assert {line.description for quote in all_of(Quote) for line in quote.lines} <= known


def all_of(model) -> list:
    return list(db.session.scalars(select(model).order_by(model.id)))


def titled(model, title: str):
    return db.session.scalars(select(model).where(model.title == title)).one()


def test_the_three_pages_to_open_side_by_side_are_in_three_states(sample):
    rows = demo.links_to_show()[:3]
    client = sample.test_client()
    pages = [client.get(url.removeprefix("https://jobs.example.com")).text for _words, url in rows]
    assert len(pages) == 3
    assert ["is on the job" in pages[0], "All done" in pages[1], "is on the way" in pages[2]] == [True] * 3


# --- nobody real --------------------------------------------------------------------------------------------------

BRANDS = """
    bosch rheem moen kohler delta grohe viessmann vaillant buderus grundfos navien rinnai lennox carrier trane honeywell
    nest ecobee whirlpool samsung lg miele siemens philips schlage yale kwikset chamberlain genie liftmaster home.depot
    lowe's jobber housecall servicetitan stripe google apple whatsapp facebook insinkerator sharkbite milwaukee makita
""".split()


def texts() -> list[str]:
    """Everything that the sample shop says, from its data."""
    said = [*SHOP.values(), *(text for person in PEOPLE for text in person)]
    for job in JOBS:
        said += [job.title, job.customer, job.phone, job.street, job.email, job.locality, job.notes, job.message]
        said += [text for rows in (job.parts, job.photos) for row in rows for text in row]
    said += [text for text in BILLING.values() if isinstance(text, str)]
    said += [text for row in ITEMS for text in row[1:4]] + [name for _key, name, *_rate in TAXES]
    for paper in (*QUOTES, *INVOICES):
        said += [paper.title, paper.customer, paper.message]
    said += [words for quote in QUOTES for _hours, _kind, words in quote.answers]
    said += [reference for invoice in INVOICES for *_payment, reference in invoice.payments]
    return said


def test_no_brand_is_named():
    words = " ".join(texts()).lower()
    assert len(words) > 1000
    assert [brand for brand in BRANDS if re.search(rf"\b{brand}\b", words)] == []


def test_every_phone_number_belongs_to_nobody():
    phones = [SHOP["phone"], *(job.phone for job in JOBS)]
    assert [phone for phone in phones if not re.fullmatch(r"\(\d{3}\) 555-01\d\d", phone)] == []
    assert len(set(phones)) == len(phones)
    found = re.findall(r"\d{3}[ .-]\d{4}", " ".join(texts()))
    assert {number[:6] for number in found} == {"555-01"}


def test_every_address_for_mail_belongs_to_nobody():
    emails = [email for _key, _name, email, _role, _picture in PEOPLE] + [job.email for job in JOBS if job.email]
    assert [email for email in emails if not email.endswith(".example")] == []
    assert [text for text in texts() if "@" in text and not text.endswith(".example")] == []
    assert not re.search(r"https?://|www\.", " ".join(texts()))


def test_nobody_is_a_customer_and_works_there(fresh):
    staff, customers = set(db.session.scalars(select(Staff.name))), set(db.session.scalars(select(Customer.name)))
    assert staff
    assert customers
    assert staff.isdisjoint(customers)


def test_the_pictures_are_small_and_tell_nothing_of_where_they_were_taken(fresh):
    storage = fresh.extensions["storage"]
    names = {name for photo in db.session.scalars(select(Photo)) for name in (photo.full, photo.thumb)}
    names |= {photo for photo in db.session.scalars(select(Staff.photo)) if photo}
    assert len(names) > 8
    for name in names:
        picture = storage.path(name).read_bytes()
        assert picture[8:12] == b"WEBP"
        assert len(picture) < 60_000
        assert not any(mark in picture for mark in (b"EXIF", b"XMP ", b"ICCP"))


# --- in and out ---------------------------------------------------------------------------------------------------


def test_it_says_that_it_is_a_sample(fresh):
    assert db.session.get(OrgProfile, 1).is_sample
    client, june = fresh.test_client(), demo.ways_in(many=0)["staff"][0]
    path = june["sign_in_url"].removeprefix("https://jobs.example.com")
    client.post(path, data={"csrf_token": csrf_of(client.get(path).text)})
    assert "Sample data" in client.get("/staff/").text


def test_every_way_in_opens_for_each_of_its_people(fresh):
    ways = demo.ways_in(many=0)["staff"]
    assert len(ways) == len(PEOPLE)
    for way in ways:
        client, path = fresh.test_client(), way["sign_in_url"].removeprefix("https://jobs.example.com")
        form = {"csrf_token": csrf_of(client.get(path).text)}
        assert client.post(path, data=form).location == "/staff/"
        assert client.get("/staff/").status_code == 200


def test_it_is_put_into_an_empty_shop_only(fresh):
    before = len(all_jobs())
    with pytest.raises(NotAllowed):
        demo.fill()
    db.session.rollback()
    assert len(all_jobs()) == before


def test_a_second_start_adds_nothing(fresh):
    before = len(all_jobs())
    first_start.prepare(is_demo=True)
    assert len(all_jobs()) == before


def test_a_link_that_was_revoked_is_not_shown_any_more(fresh):
    shown = demo.links_to_show()
    with writing():
        links.revoke(main_job(), by=None)
    assert demo.links_to_show() == shown[1:]


def test_scripts_are_told_a_link_and_a_number_of_each_kind(fresh):
    told = demo.ways_in(many=0)
    assert told["numbers"] == {"wo": main_job().number, "quote": 318, "invoice": 2031}
    for kind, url in told["links"].items():
        assert re.fullmatch(rf"https://jobs\.example\.com/portal/{kind}/[0-9a-z]{{27}}", url)
    assert demo.ways_in(many=0)["links"] == told["links"]


def test_the_welcome_shows_the_way_in_and_the_three_links(fresh):
    words = first_start.welcome()
    assert words.count("https://jobs.example.com/portal/wo/") == 3
    assert words.count("https://jobs.example.com/portal/quote/") == 1
    assert words.count("https://jobs.example.com/portal/invoice/") == 1
    assert words.count("https://jobs.example.com/staff/sign-in/") == 2
    assert "once" in words


def test_the_welcome_shows_a_technicians_way_in_as_long_as_they_work_there(fresh):
    url = re.search(r"technician Marcus Bell, on a phone:\n  (\S+)", first_start.welcome())[1]
    client, path = fresh.test_client(), url.removeprefix("https://jobs.example.com")
    client.post(path, data={"csrf_token": csrf_of(client.get(path).text)})
    assert "My day" in client.get("/staff/").text
    with writing():
        demo.technician().archived_at = clock.now()
    assert first_start.welcome().count("/staff/sign-in/") == 1


def test_its_clock_is_the_one_of_its_address_whatever_the_machines(empty_database, tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    (tmp_path / "porchlight.db").write_bytes(empty_database.read_bytes())
    app = create_app(settings.read({"DATA_DIR": str(tmp_path)}))
    with app.app_context():
        first_start.prepare(is_demo=True)
        assert shops.profile().time_zone == ZONE
        assert {job.time_zone for job in all_jobs()} == {ZONE}
        db.session.remove()
        db.engine.dispose()


def test_everybody_who_signed_wrote_a_name_of_their_own(sample):
    signed = [job for job in all_jobs() if job.signature]
    assert signed
    for job in signed:
        assert job.signature.path == SIGNATURES[job.customer.name]
    assert len(set(SIGNATURES.values())) == len(SIGNATURES)
