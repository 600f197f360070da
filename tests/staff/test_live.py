"""The stream of an open staff page: who may listen, what rings, and that it ends with the session."""

import re
from datetime import date
from xml.etree.ElementTree import tostring

import pytest

import portal.live
from models import Bell, Method, Quote, db
from portal.db import STAFF, writing
from portal.domain import invoices, links, messages, payments, quotes, timeline, work_orders
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.live import GONE
from portal.staff.live import MOST
from tests.factories import press
from tests.pages import Page, read


@pytest.fixture
def office(shop):
    return shop.staff_client("Dana")


@pytest.fixture
def viewers(shop):
    return shop.app.extensions["viewers"]


class Ear:
    """An open stream, read in the test's own process."""

    def __init__(self, client):
        self.answer = client.get("/staff/live")
        assert self.answer.status_code == 200
        self.words = iter(self.answer.response)

    def next(self) -> bytes:
        return next(self.words).rpartition(b"event: ")[2]

    def leave(self) -> None:
        self.answer.close()


@pytest.fixture
def ear(office):
    ear = Ear(office)
    yield ear
    ear.leave()


def version(sealed: str) -> bytes:
    return f"version\ndata: {sealed}\n\n".encode()


def test_a_stream_begins_with_the_version_that_the_page_shows(shop, ear, office):
    assert ear.next() == version(timeline.staff_version())
    shop.message(shop.work_order())
    assert f'data-version="{timeline.staff_version()}"' in office.get("/staff/").text


def test_whatever_happens_to_a_message_rings(shop, ear):
    ear.next()
    message = shop.message(shop.work_order())
    assert ear.next() == version(timeline.staff_version())
    for verb, values in ((messages.assign, {"person": shop.theo}), (messages.answered, {}), (messages.reopen, {})):
        shop.do(verb, message, **values)
        assert ear.next() == version(timeline.staff_version())


def test_what_a_customers_page_shows_anew_rings_at_the_office_too(shop, ear):
    job = shop.work_order()
    ear.next()
    shop.token(job)
    for verb in (work_orders.start, links.revoke):
        known = timeline.staff_version()
        shop.do(verb, job)
        assert ear.next() == version(timeline.staff_version())
        assert timeline.staff_version() != known


def test_what_only_stands_in_the_record_does_not_ring_at_the_office(shop, ear, monkeypatch):
    ear.next()
    job = shop.work_order()
    assert ear.next() == version(known := timeline.staff_version())
    monkeypatch.setattr(portal.live, "BEAT_S", 0.01)
    shop.do(work_orders.save_notes, job, text="Dog bites", seen=job.edition)
    assert timeline.staff_version() == known
    assert ear.next() == b"beat\ndata: 1\n\n"


@pytest.mark.parametrize(
    ("answer", "said"),
    [(quotes.approve, {"name": "Carol"}), (quotes.request_changes, {"body": "Cheaper"}), (quotes.decline, {})],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_an_answer_to_a_quote_is_counted_on_every_open_page_at_once(shop, answer, said):
    quote = shop.quote(is_sent=True)
    shop.token(quote)
    clients = [shop.staff_client(name) for name in ("Olive", "Dana", "Theo")]
    ears = [Ear(client) for client in clients]
    for ear in ears:
        ear.next()

    shop.do(answer, quote, revision=1, by=None, **said)

    assert {ear.next() for ear in ears} == {version(timeline.staff_version())}
    told = ["1 message to answer" in client.get("/staff/inbox/count").text for client in clients]
    assert told == [True, True, False]
    for ear in ears:
        ear.leave()


def test_who_opens_a_document_is_told_on_its_open_page(shop, office):
    invoice = shop.invoice(is_issued=True)
    path, ear = shop.path(invoice, "/seen?revision=1"), Ear(office)
    ear.next()
    assert "Opened once" not in office.get(f"/staff/invoices/{invoice.id}/news").text
    shop.app.test_client().post(path)
    assert shop.verbs(invoice)[-1] == "opened"
    assert ear.next() == version(timeline.staff_version())
    assert "Opened once" in office.get(f"/staff/invoices/{invoice.id}/news").text
    ear.leave()


TOKEN = re.compile('name="csrf_token" value="[^"]*"')


def as_it_stands(shop, stage: str):
    """A document at that stage, which has all that its page can show then."""
    if stage in ("drafted", "sent", "approved"):
        quote = shop.quote(is_sent=stage != "drafted", terms="Net 30", internal_notes="Dog bites")
        return shop.approved(quote) if stage == "approved" else quote
    invoice = shop.invoice(is_issued=stage != "begun", terms="Net 30")
    if stage == "paid":
        shop.do(payments.record, invoice, amount=10_000, method=Method.CASH, paid_on=date(2026, 11, 22))
        shop.message(invoice)
    return shop.do(invoices.credit, invoice) if stage == "credit note" else invoice


@pytest.mark.parametrize("stage", ["drafted", "sent", "approved", "begun", "issued", "paid", "credit note"])
def test_what_the_page_of_a_document_fetches_are_the_pieces_that_it_has(shop, office, stage):
    record = as_it_stands(shop, stage)
    path = f"/staff/{'quotes' if isinstance(record, Quote) else 'invoices'}/{record.id}"
    page, answer = read(office.get(f"{path}?all=1")), office.get(f"{path}/news?all=1")
    assert page.all("nav", **{"data-news": f"{path}/news?all=1"})
    news = Page(f"<!doctype html><title>x</title>{answer.text}")
    pieces = {piece.get("id"): TOKEN.sub("", tostring(piece, "unicode").strip()) for piece in news.tree.find("body")}
    assert len(pieces) > 10
    assert {id: TOKEN.sub("", tostring(page.find(id), "unicode").strip()) for id in pieces} == pieces
    assert "Set-Cookie" not in answer.headers


def test_the_stream_of_another_customer_hears_nothing_of_it(shop, monkeypatch):
    quote, other = shop.quote(is_sent=True), shop.work_order("Mallory May")
    words = iter(shop.app.test_client().get(shop.path(other, "/live")).response)
    next(words)
    shop.token(quote)
    monkeypatch.setattr(portal.live, "BEAT_S", 0.01)
    shop.approved(quote)
    assert next(words) == b"event: beat\ndata: 1\n\n"


def test_news_of_the_whole_shop_rings_everywhere(shop, ear):
    ear.next()
    shop.do(shops.edit, shop.profile, values={"phone": "(503) 555-0199"}, seen=shop.profile.edition)
    assert ear.next().startswith(b"version")


def test_a_customers_stream_hears_nothing_of_what_the_office_writes(shop, monkeypatch):
    monkeypatch.setattr(portal.live, "BEAT_S", 0.01)
    job = shop.work_order()
    answer = shop.app.test_client().get(shop.path(job, "/live"))
    words = iter(answer.response)
    next(words)
    shop.do(messages.answered, shop.message(job))
    assert next(words) == b"event: beat\ndata: 1\n\n"
    answer.close()


def new_password(shop):
    people.set_password(shop.dana, shop.dana.password_hash)


def switched_off(shop):
    shop.dana.archived_at = shop.dana.created_at
    timeline.note_shop("signed_out", by=shop.dana, bell=Bell.STAFF)


@pytest.mark.parametrize("end", [new_password, switched_off])
def test_a_stream_ends_with_its_session(shop, ear, viewers, end):
    ear.next()
    with writing():
        end(shop)
    assert ear.next() == GONE.removeprefix(b"event: ")
    assert list(ear.words) == []
    assert len(viewers) == 0


def test_a_stream_ends_at_the_next_beat_when_nobody_rang(shop, ear, monkeypatch):
    monkeypatch.setattr(portal.live, "BEAT_S", 0.01)
    ear.next()
    with writing():
        shop.dana.session_epoch += 1
    assert ear.next() == GONE.removeprefix(b"event: ")


def test_somebody_elses_stream_goes_on(shop, ear):
    ear.next()
    with writing():
        people.set_password(shop.theo, shop.theo.password_hash)
    assert ear.next() == version(timeline.staff_version())


def test_signing_out_on_one_device_rings_so_that_its_other_pages_look(shop, office, ear):
    ear.next()
    assert press(office, "/staff/sign-out").status_code == 303
    assert ear.next() == version(timeline.staff_version())
    assert office.get("/staff/inbox/count").status_code == 302


def test_one_stream_too_many_is_told_to_come_later(shop, office, viewers):
    held = [
        viewers.hold(STAFF, key=f"{shop.dana.id}.{shop.dana.session_epoch}", address="", most=MOST) for _ in range(MOST)
    ]
    answer = office.get("/staff/live")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    answer = shop.staff_client("Theo").get("/staff/live")
    assert answer.status_code == 200
    answer.close()
    assert len(viewers) == len(held)


def test_a_stream_holds_no_database_session_while_it_waits(shop, ear):
    ear.next()
    db.session.remove()
    assert db.engine.pool.checkedout() == 0
