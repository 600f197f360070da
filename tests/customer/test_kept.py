"""A kept page is byte for byte the page that would be drawn now, and nobody is shown it whom nothing is to be shown."""

import re
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import Engine, event, select

from app import create_app
from models import Method, PhotoKind, db
from portal import clock
from portal.customer import kept
from portal.customer_copy import chosen_ids
from portal.db import writing
from portal.domain import (
    customers,
    documents,
    duplicates,
    invoices,
    links,
    parts,
    payments,
    people,
    photos,
    quotes,
    signatures,
    snapshots,
    visits,
    work_orders,
)
from portal.domain import shop as shops
from portal.domain import staff as cards
from tests.factories import PICTURE, Shop, line, local

NOW = local("2026-11-22 09:00:10")
PICTURE_NAME = f"{7:032x}.jpg"


@pytest.fixture(autouse=True)
def _sunday_morning():
    with clock.stopped_at(NOW):
        yield


def look(shop: Shop, path: str, method: str = "GET", **headers):
    return shop.app.test_client().open(path, method=method, headers=headers)


def told(answer) -> tuple:
    return answer.status_code, sorted(answer.headers), answer.data


def anew(shop: Shop, path: str, **headers):
    """The page drawn once more, by an application that has kept nothing."""
    known, shop.app.extensions["kept_pages"] = shop.app.extensions["kept_pages"], kept.Pages()
    try:
        return look(shop, path, **headers)
    finally:
        shop.app.extensions["kept_pages"] = known


@contextmanager
def counted():
    """The statements that somebody asks of the database, but for the one look that finds the link."""
    asked = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        if statement != "BEGIN":
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def is_kept(shop: Shop, path: str, **headers) -> bool:
    with counted() as asked:
        look(shop, path, **headers)
    return not asked


@pytest.fixture
def records(shop) -> dict:
    """A job, a quote and an invoice of Carol's, each with all that its page can show."""
    job = shop.work_order("Carol Cruz", starts_at=NOW + timedelta(hours=1))
    shop.steps(job, "start", "finish_visit")
    shop.visit(job, NOW + timedelta(days=1), technician="Theo")
    shop.do(parts.add, job, name="Ball valve", quantity=Decimal("1.5"), unit="m")
    lines = (line("Heater", "1000.00", tax=10), line("Drain pan", "50.00", is_optional=True))
    quote = shop.quote(lines=lines, message="Dear Carol", terms="Pay", is_sent=True)
    return {"wo": job, "quote": quote, "invoice": shop.invoice(lines=lines, is_issued=True)}


@pytest.fixture
def paths(shop, records) -> dict[str, str]:
    return {kind: shop.path(record) for kind, record in records.items()}


# --- the same, byte for byte --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["wo", "quote", "invoice"])
@pytest.mark.parametrize("later_s", [0, 0.4, 1, 20.7, 49.999])
def test_it_is_the_page_that_would_be_drawn_now(shop, paths, kind, later_s):
    first = look(shop, paths[kind])
    with clock.stopped_at(NOW + timedelta(seconds=later_s)):
        assert is_kept(shop, paths[kind])
        second = look(shop, paths[kind])
        assert told(second) == told(anew(shop, paths[kind]))
    assert (second.data == first.data) == (later_s < 1)


@pytest.mark.parametrize("kind", ["wo", "quote", "invoice"])
def test_nothing_is_kept_longer_than_the_minute_that_it_shows(shop, paths, kind):
    look(shop, paths[kind])
    for moment in (NOW + timedelta(seconds=50), NOW - timedelta(seconds=11)):
        with clock.stopped_at(moment):
            assert not is_kept(shop, paths[kind])


def test_nothing_is_kept_past_the_moment_when_its_words_change(shop):
    job = shop.work_order(starts_at=NOW - timedelta(hours=2) + timedelta(seconds=20))
    path = shop.path(job)
    assert b'data-changes-in="21"' in look(shop, path).data
    with clock.stopped_at(NOW + timedelta(seconds=19)):
        assert is_kept(shop, path)
    with clock.stopped_at(NOW + timedelta(seconds=20)):
        assert not is_kept(shop, path)


def test_a_minute_ends_whatever_the_zone(shop):
    """Times are shown to the minute of the site; all zones of today are whole minutes from UTC."""
    job = shop.work_order(time_zone="Asia/Kathmandu", starts_at=NOW + timedelta(hours=1))
    path = shop.path(job)
    for second in range(0, 130, 7):
        with clock.stopped_at(NOW + timedelta(seconds=second)):
            assert look(shop, path).data == anew(shop, path).data


def test_a_job_without_a_time_is_kept_too(shop):
    job = shop.work_order()
    shop.do(visits.move, job.visits[0], starts_at=None, ends_at=None, technician=None, seen=1)
    path = shop.path(job)
    look(shop, path)
    with clock.stopped_at(NOW + timedelta(seconds=20.5)):
        assert is_kept(shop, path)
        assert look(shop, path).data == anew(shop, path).data


def test_what_somebody_typed_is_no_countdown(shop):
    path = shop.path(shop.work_order(title='Tap" data-changes-in="99" x="'))
    assert look(shop, path).data == look(shop, path).data
    with clock.stopped_at(NOW + timedelta(seconds=20)):
        assert is_kept(shop, path)
        assert look(shop, path).data == anew(shop, path).data


def test_a_head_is_that_of_the_page(shop, paths):
    page = look(shop, paths["wo"])
    for _ in range(2):
        head = look(shop, paths["wo"], "HEAD")
        assert (head.data, sorted(head.headers)) == (b"", sorted(page.headers))


def test_each_language_has_its_own_page(shop, paths):
    for _ in range(2):
        for languages in ("de", "es", "en", "de-AT,en;q=0.5", "xx", "*", "de;q=0"):
            asked = {"Accept-Language": languages}
            assert told(look(shop, paths["wo"], **asked)) == told(anew(shop, paths["wo"], **asked))
            assert is_kept(shop, paths["wo"], **asked)
    assert b"kommt" in look(shop, paths["wo"], **{"Accept-Language": "de"}).data


def test_a_condition_is_no_way_around_the_look(shop, paths):
    """There is nothing to revalidate: no answer carries a tag or a date, and none may be kept by a browser."""
    look(shop, paths["wo"])
    conditions = {"If-None-Match": "*", "If-Modified-Since": "Sun, 22 Nov 2026 17:00:00 GMT", "Range": "bytes=0-9"}
    answer = look(shop, paths["wo"], **conditions)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store, private")
    assert not {"ETag", "Last-Modified", "Vary", "Set-Cookie"} & set(answer.headers.keys())


def test_cookies_and_where_a_request_comes_from_change_nothing(shop, paths):
    client = shop.staff_client()
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Cookie": "a=b"}):
        assert told(client.get(paths["wo"], headers=headers)) == told(anew(shop, paths["wo"]))


@pytest.mark.parametrize(("rest", "is_same"), [("?choose=", False), ("?utm_source=x", True)])
def test_what_is_asked_for_otherwise_is_drawn_anew(shop, paths, rest, is_same):
    plain = look(shop, paths["quote"])
    assert not is_kept(shop, paths["quote"] + rest)
    assert (look(shop, paths["quote"] + rest).data == plain.data) == is_same
    assert look(shop, paths["quote"]).data == plain.data


def test_a_token_in_capitals_leads_on_in_capitals(shop, paths):
    look(shop, paths["wo"])
    kind, token = paths["wo"].rsplit("/", 1)
    page = look(shop, f"{kind}/{token.upper()}").text
    assert f"{token.upper()}/help" in page
    assert token not in page


def test_a_wish_of_any_length_fills_no_memory(shop, paths):
    look(shop, paths["wo"])
    assert not is_kept(shop, paths["wo"], **{"Accept-Language": "de," * 100})
    pages = kept.Pages()
    for number in range(500):
        pages.keep(number, page_of(100_000))
    assert pages._bytes == sum(len(page.html) for page in pages._pages.values()) <= kept.MOST_BYTES
    assert pages.find(499, NOW)
    assert not pages.find(0, NOW)
    pages.keep("later", page_of(10, NOW + timedelta(minutes=2)))
    assert len(pages._pages) == 1


def page_of(size: int, moment=NOW) -> kept.Page:
    return kept.Page(b"x" * size, (), moment, moment + timedelta(minutes=1), None)


# --- whom nothing is to be shown ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["wo", "quote", "invoice"])
def test_a_revoked_link_shows_nothing_from_the_next_request_on(shop, records, paths, kind):
    look(shop, paths[kind])
    assert is_kept(shop, paths[kind])
    shop.do(links.revoke, records[kind])
    gone = look(shop, paths[kind])
    never = look(shop, f"/portal/{kind}/{'0' * 27}")
    assert gone.status_code == 404
    assert told(gone) == told(never)
    assert look(shop, shop.path(records[kind])).status_code == 200


def test_another_process_is_believed_at_once(shop, records, paths):
    """It has nothing of our memory, and we nothing of its: the database tells both."""
    other = create_app(shop.app.extensions["settings"])
    look(shop, paths["wo"])
    look(shop, paths["quote"])
    with other.app_context():
        with writing():
            job = db.session.get(type(records["wo"]), records["wo"].id)
            work_orders.set_off(job, by=None)
            links.revoke(db.session.get(type(records["quote"]), records["quote"].id), by=None)
        db.session.remove()
        db.engine.dispose()
    assert b"Theo is on the way" in look(shop, paths["wo"]).data
    assert look(shop, paths["quote"]).status_code == 404


def test_a_page_is_for_the_holder_of_its_link_alone(shop, paths):
    mallorys = shop.path(shop.work_order("Mallory Moss", title="Kitchen tap"))
    carols = paths["wo"]
    for _ in range(2):
        for own, other in ((carols, mallorys), (mallorys, carols)):
            page = look(shop, own).text
            assert own in page
            assert other not in page


def test_a_page_that_failed_is_not_kept(shop, paths):
    with writing():
        profile = shop.profile
        known = {column.key: getattr(profile, column.key) for column in profile.__table__.columns}
        db.session.delete(profile)
    shop.app.config["PROPAGATE_EXCEPTIONS"] = False
    assert look(shop, paths["wo"]).status_code == 500
    with writing():
        db.session.add(type(profile)(**known))
    assert look(shop, paths["wo"]).status_code == 200


def test_it_is_off_where_the_clock_moves_while_it_is_drawn(shop, paths, monkeypatch):
    """Its countdown would begin at another second than its words."""
    moments = iter([NOW, NOW + timedelta(seconds=1)])
    monkeypatch.setattr(kept.clock, "now", lambda: next(moments, NOW + timedelta(seconds=1)))
    look(shop, paths["wo"])
    assert not shop.app.extensions["kept_pages"]._pages


# --- whatever changes, the next look shows it ---------------------------------------------------------------------

SHOP_VALUES = {
    "name": "Hartley & Sons",
    "trade": "Roofing",
    "brand_color": "#7a1f5c",
    "phone": "555 0199",
    "street": "1 New Street",
    "locality": "Salem",
    "licence": "CCB 7",
    "answer_hours": "Mondays",
    "time_zone": "Europe/Berlin",
    "says_late": True,
    "email": "new@shop.example",
    "opening_hours": "9 to 5",
    "locale": "es_ES",
    "tax_id": "12-3",
    "footer": "Bye",
    "currency": "EUR",
    "paper_size": "a4",
    "prices_include_tax": True,
    "quote_terms": "Soon",
    "valid_days": 3,
    "invoice_terms": "Now",
    "due_days": 3,
    "how_to_pay": "Cash",
}


PLACE = {"title": "Boiler", "street": "9 Elm Road", "locality": "Bend", "time_zone": "America/New_York"}


def verbs(shop: Shop, records: dict) -> list:
    """(name, what to do): every verb that changes what some page shows, in an order in which each is allowed."""
    job, quote, invoice = records["wo"], records["quote"], records["invoice"]
    return [
        *of_shop(shop),
        *of_people(shop, job),
        *of_job(shop, job),
        *of_quote(shop, quote),
        *of_invoice(shop, invoice),
    ]


def of_shop(shop: Shop) -> list:
    def setting(name, value):
        shop.do(shops.edit, shop.profile, values={name: value}, seen=shop.profile.edition)

    logo = {"name": "a.webp", "width": 20, "height": 10}
    settings = [(f"shop: {name}", partial(setting, name, value)) for name, value in SHOP_VALUES.items()]
    return [*settings, ("logo", lambda: shop.do(shops.set_logo, shop.profile, **logo))]


def of_people(shop: Shop, job) -> list:
    card = job.customer

    def rename() -> None:
        values = {"name": "Theodore Tran", "phone": "", "email": "theo@shop.example", "role": "technician"}
        shop.do(people.edit, shop.theo, values=values, seen=people.edition(shop.theo), by=shop.person("Olive"))

    def rename_oneself() -> None:
        with writing():
            cards.edit_self(shop.theo, name="Ted", phone="1", email="theo@shop.example")

    def picture() -> None:
        with writing():
            cards.set_photo(shop.theo, shop.app.extensions["storage"].put(PICTURE, "webp"))

    def language(code: str) -> None:
        values = {name: getattr(card, name) for name in customers.CARD} | {"locale": code}
        shop.do(customers.edit, card, values=values, seen=card.edition)

    def merge() -> None:
        keeper = shop.customer("Carol C.")
        values = {name: getattr(keeper, name) for name in customers.CARD} | {"locale": "de"}
        seen = {"seen": keeper.edition, "other_seen": card.edition}
        shop.do(duplicates.merge, keeper, other=card, values=values, **seen)

    return [
        ("rename", rename),
        ("rename oneself", rename_oneself),
        ("picture", picture),
        ("language", partial(language, "de")),
        ("no language", partial(language, "")),
        ("merge", merge),
    ]


def of_job(shop: Shop, job) -> list:
    def place(name: str, value: str) -> None:
        names = ("title", "street", "locality", "time_zone", "internal_notes")
        values = {name: getattr(job, name) for name in names} | {name: value}
        shop.do(work_orders.edit, job, values=values, customer=job.customer, seen=job.edition)

    def move(**values) -> None:
        visit = visits.current(job)
        said = {name: getattr(visit, name) for name in ("starts_at", "ends_at", "technician")} | values
        shop.do(visits.move, visit, **said, seen=visit.edition)

    def undo(verb: str) -> None:
        with writing():
            work_orders.undo(job, verb=verb, by=shop.dana)

    def photo() -> None:
        names = {"full": PICTURE_NAME, "thumb": f"a{PICTURE_NAME[1:]}"}
        shop.do(photos.add, job, **names, size=(4, 3), byte_count=9, key="k", kind=PhotoKind.BEFORE)

    def edit_photo(**values) -> None:
        said = {"kind": PhotoKind.AFTER, "caption": "After", "is_shown": True} | values
        shop.do(photos.edit, job.photos[0], **said)

    starts_at = NOW + timedelta(days=1)
    return [
        *((f"job: {name}", partial(place, name, value)) for name, value in PLACE.items()),
        ("later", lambda: move(ends_at=starts_at + timedelta(hours=4))),
        ("sooner", lambda: move(starts_at=starts_at - timedelta(hours=1))),
        ("somebody else", lambda: move(technician=shop.dana)),
        ("a photo", photo),
        ("its words", edit_photo),
        ("not for the customer", partial(edit_photo, is_shown=False)),
        ("no photo", lambda: shop.do(photos.remove, job.photos[0])),
        ("a part", lambda: shop.do(parts.add, job, name="Tape", quantity=Decimal(2))),
        ("no part", lambda: shop.do(parts.remove, job.parts[0])),
        ("set off", lambda: shop.steps(job, "set_off")),
        ("back", partial(undo, "set_off")),
        ("start", lambda: shop.steps(job, "start")),
        ("a signature asked", lambda: shop.do(signatures.ask, job)),
        ("not asked any more", lambda: shop.do(signatures.stop_asking, job)),
        ("signed", lambda: shop.do(signatures.sign, job, name="Carol", path="M1 1L2 2")),
        ("not signed", lambda: shop.do(signatures.take_back, job)),
        ("signed again", lambda: shop.do(signatures.sign, job, name="Carol", path="M1 1L3 3")),
        ("complete", lambda: shop.steps(job, "complete")),
        ("not complete", partial(undo, "completed")),
        ("not started", partial(undo, "started")),
        ("another visit", lambda: shop.visit(job, NOW + timedelta(days=9))),
        ("one visit less", lambda: shop.do(visits.remove, job.visits[-1])),
        ("cancel", lambda: shop.steps(job, "cancel")),
    ]


def of_quote(shop: Shop, quote) -> list:
    said = {"revision": 1, "name": "Carol", "address": "192.0.2.7", "by": None}

    def revise() -> None:
        with writing():
            lines = (line("Better heater", "1100.00", tax=10),)
            documents.save(quote, values={"title": "Better"}, lines=lines, seen=quote.edition, by=shop.dana)
            quotes.send(quote, by=shop.dana)

    def see() -> None:
        with writing():
            snapshots.mark_seen("quote", quote.id, 1)

    def approve() -> None:
        chosen = chosen_ids(quote, 1, {2})
        shop.do(quotes.approve, quote, chosen=chosen, path="M1 1L2 2", **said)

    return [
        ("changes asked", lambda: shop.do(quotes.request_changes, quote, body="Cheaper", **said)),
        ("not asked", lambda: shop.do(quotes.undo_answer, quote)),
        ("declined", lambda: shop.do(quotes.decline, quote, reason="The price", **said)),
        ("not declined", lambda: shop.do(quotes.undo_answer, quote)),
        ("approved", approve),
        ("a job of it", lambda: shop.do(quotes.make_work_order, quote)),
        ("no job of it", lambda: shop.steps(quote.work_order, "cancel")),
        ("reopened", lambda: shop.do(quotes.reopen, quote)),
        ("revised", revise),
        ("seen too late", see),
    ]


def of_invoice(shop: Shop, invoice) -> list:
    def pay(amount: int) -> None:
        shop.do(payments.record, invoice, amount=amount, method=Method.CHECK, paid_on=NOW.date(), reference="7")

    return [
        ("paid in part", partial(pay, 5_000)),
        ("by mistake", lambda: shop.do(payments.take_back, invoice.payments[0])),
        ("paid too much", partial(pay, 500_000)),
        ("paid back", partial(pay, -500_000)),
        ("credited", lambda: shop.do(invoices.credit, invoice)),
        ("credit voided", lambda: shop.do(invoices.void, invoices.credit_of(invoice))),
    ]


def rows() -> dict[tuple, object]:
    """{(table, key, column): value} of the whole database."""
    db.session.rollback()
    found = {}
    for table in db.metadata.sorted_tables:
        (key,) = table.primary_key.columns
        for row in db.session.execute(select(table)).mappings():
            found |= {(table.name, row[key], column.name): row[column] for column in table.columns}
    db.session.rollback()
    return found


# What hangs on a record: a new row of it counts as a change of each of its columns.
HANGS_ON = {"visit", "part", "photo", "signature", "snapshot", "answer", "payment"}
# Of the records themselves: what no verb changes once it is there, or no page shows.
STAYS = {
    "org_profile": "id iban bic account_holder allows_part_payments attaches_paper sends_e_invoices is_sample",
    "staff": "id email role password_hash session_epoch created_at archived_at",
    "customer": "id name phone email street locality notes created_at",
    "work_order": "id number internal_notes scheduled_at archived_at",
    "quote": "id number currency prices_include_tax discount_percent discount_amount deposit_percent deposit_amount "
    "message terms street locality internal_notes valid_until sent_at created_at archived_at",
    "invoice": "id number work_order_id title street locality currency prices_include_tax discount_percent "
    "discount_amount deposit_percent deposit_amount message terms internal_notes edition created_at archived_at "
    "quote_id credits_id due_days issued_on due_on total issued_at",
}
# The page reads otherwise and nobody rang: the office wrote to a card, or a look came late. The next look shows it.
UNRUNG = {"language", "no language", "merge", "seen too late"}
VERSION = re.compile(r' data-version="[^"]*"')


def test_after_every_verb_the_next_look_is_what_would_be_drawn_now(shop, records, paths):
    changed, unrung = set(), set()
    for name, verb in verbs(shop, records):
        before, pages = rows(), {kind: look(shop, path).text for kind, path in paths.items()}
        assert all(is_kept(shop, path) for path in paths.values()), name
        verb()
        changed |= columns_changed(before, rows())
        for kind, path in paths.items():
            now = look(shop, path)
            assert told(now) == told(anew(shop, path)), f"{kind} after {name}"
            is_rung = VERSION.findall(now.text) != VERSION.findall(pages[kind])
            if not is_rung and now.text != pages[kind]:
                unrung.add(name)
    assert unrung == UNRUNG, "a page that reads otherwise has to ring, so that who has it open sees it"
    tables = [table for table in db.metadata.sorted_tables if table.name in HANGS_ON | set(STAYS)]
    every = {(table.name, column.name) for table in tables for column in table.columns}
    stays = {(table, name) for table, names in STAYS.items() for name in names.split()}
    assert every - changed - stays == set(), "no verb here changes this: add one, or say that it stays"


def columns_changed(before: dict, after: dict) -> set[tuple[str, str]]:
    return {
        (table, column)
        for (table, key, column), value in after.items()
        if before.get((table, key, column), value if table not in HANGS_ON else ...) != value
    }
