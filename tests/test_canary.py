"""A canary in every text column of every row: behind a link exactly those may sing that its holder may read.

Two ways: none that is not on the list comes out anywhere, and each one on the list does come out. The columns are
walked from db.metadata, so that a new one fails here until somebody has decided who may read it.
"""

import base64
import dataclasses
import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import NoneType
from typing import get_args, get_type_hints

import pytest
from sqlalchemy import JSON, Enum, LargeBinary, String, func, select, update

from models import (
    Answer,
    Checkout,
    Invoice,
    Kind,
    MailKind,
    Method,
    OrgProfile,
    Photo,
    PrintRun,
    Quote,
    Role,
    Snapshot,
    Staff,
    StripeEvent,
    StripeHealth,
    TaxCategory,
    WorkOrder,
    db,
)
from portal import clock, letters
from portal.customer_copy import e_shapes, money_shapes, shapes
from portal.db import writing
from portal.domain import catalogue, documents, links, outbox, parts, payments, quotes, signatures, taxes, work_orders
from portal.domain import staff as people
from tests.factories import PICTURE, Shop, line

# What the holder of a link may read, of the rows that belong to the record behind it.
SEEN = {
    "org_profile": {"name", "phone", "email", "street", "locality", "licence", "opening_hours", "answer_hours", "logo"},
    "staff": {"name", "photo"},
    "work_order": {"title", "street", "locality"},
    "part": {"name", "unit"},
    "photo": {"full", "thumb", "caption"},
    "signature": {"name", "path"},
}
# What no customer reads, not even of their own record. Quotes and invoices are read from what was sent, never from the
# rows: see the snapshots below.
PRIVATE = {
    "org_profile": {
        "trade",
        "tax_id",
        "footer",
        "quote_terms",
        "invoice_terms",
        "how_to_pay",
        "iban",
        "bic",
        "account_holder",
    },
    "staff": {"email", "phone", "password_hash"},
    "customer": {"name", "phone", "email", "street", "locality", "notes"},
    "work_order": {"internal_notes"},
    "signature": {"address"},
    "link": {"key_id"},
    "message": {"about", "body", "name", "reach_at", "address"},
    "mail": {"recipient", "trouble"},
    "tax_rate": {"name"},
    "item": {"description", "details", "unit"},
    "quote": {"title", "street", "locality", "message", "terms", "internal_notes"},
    "invoice": {"title", "street", "locality", "message", "terms", "internal_notes"},
    "line": {"description", "details", "unit", "tax_name"},
    "snapshot": {"content", "content_hash"},
    "answer": {"name", "body", "path", "chosen", "content_hash", "address", "user_agent"},
    "payment": {"reference", "provider_id", "flag"},
    "checkout": {"key", "session_id", "url", "trouble"},
    "stripe_event": {"kind"},
    "stripe_health": {"trouble"},
    "print_run": {"record_ids", "file", "trouble"},
    "photo": {"upload_key"},
    "event": {"verb", "details"},
}
# What must be one of a few words, or nothing works: nobody types it, so it holds no canary.
VOCABULARY = {
    "photo": {"kind"},
    "org_profile": {"brand_color", "time_zone", "locale", "currency", "paper_size"},
    "customer": {"locale"},
    "mail": {"kind"},
    "message": {"kind"},
    "tax_rate": {"category"},
    "quote": {"status", "currency"},
    "invoice": {"status", "currency"},
    "line": {"tax_category"},
    "snapshot": {"kind"},
    "answer": {"kind"},
    "payment": {"method", "kind", "currency"},
    "checkout": {"status", "currency"},
    "stripe_event": {"id"},
    "print_run": {"kind"},
    "staff": {"role"},
    "work_order": {"status", "time_zone"},
    "link": {"kind"},
    "event": {"kind", "bell"},
    "counter": {"series"},
}
STORED_FILES = {("staff", "photo"), ("photo", "full"), ("photo", "thumb")}

ALL_SHAPES = vars(e_shapes) | vars(money_shapes) | vars(shapes)
# Every field of every copy. Each is here because somebody decided that the customer may read it.
COPIES = {
    "ShopCopy": "name initials phone phone_uri email mailto_uri opening_hours address_lines licence answer_hours "
    "brand_color logo logo_width logo_height paper_size",
    "TechnicianCopy": "name initials photo",
    "StageCopy": "word at state",
    "VisitCopy": "date window zone technician note",
    "PartCopy": "name quantity",
    "PhotoCopy": "thumb full caption alt width height",
    "SignatureCopy": "path name words",
    "CalendarCopy": "uid starts_at ends_at summary place sequence",
    "WorkOrderCopy": (
        "shop number title status headline lead stages technician visit earlier_visits later_visits customer_name "
        "address_lines parts photos signature asks_signature calendar document_title completed updated clock_at_ms "
        "clock_minutes_west changes_in_s version"
    ),
    "LetterheadCopy": "name trade address_lines phone phone_uri email mailto_uri licence tax_id",
    "LineCopy": "description details quantity price times discount amount mark",
    "OptionCopy": "key description details times amount is_chosen",
    "SumCopy": "word amount",
    "DateCopy": "word date",
    "ChangeCopy": "word what before",
    "PaperCopy": (
        "heading letterhead dates for_word name address_lines site_lines job_lines message lines sums total after "
        "how_to_pay terms footer"
    ),
    "QuoteCopy": (
        "shop number title status pill amount headline lead tax_words said paper options options_hint changes "
        "signature revision choice document_title changes_in_s version"
    ),
    "BankCopy": "account_holder iban iban_plain bic amount_plain reference epc",
    "InvoiceCopy": (
        "shop number title status pill label amount headline lead paper bank has_receipt e_invoice pay revision "
        "document_title changes_in_s version"
    ),
    "ReceiptRowCopy": "date how amount",
    "ReceiptCopy": (
        "shop number heading letterhead for_word name address_lines job_lines rows sums balance footer document_title "
        "version"
    ),
    "EPartyCopy": "name street postcode town country vat_number tax_number phone email",
    "ELineCopy": "name details quantity unit price discount net category rate",
    "ETaxCopy": "category rate net tax discount reason",
    "EInvoiceCopy": (
        "kind number issued_on due_on currency takes_back seller buyer site lines taxes account_holder iban bic terms "
        "lines_net discount net tax total settled due"
    ),
    "PayChoiceCopy": "key word amount",
    "PayCopy": "choices allows_part balance is_processing came_back",
}


@dataclass
class Party:
    """A customer, the path behind their link, and the rows that this link may show: {(table, column): keys}."""

    path: str
    rows: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    def may_read(self) -> set[tuple[str, str, int]]:
        return {(table, column, key) for (table, column), keys in self.rows.items() for key in keys}


def text_columns():
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String | JSON | Enum):
                yield table, column


def test_somebody_decided_about_every_text_column():
    decided = {(t, c) for lists in (SEEN, PRIVATE, VOCABULARY) for t, columns in lists.items() for c in columns}
    assert {(table.name, column.name) for table, column in text_columns()} == decided
    assert sum(len(columns) for lists in (SEEN, PRIVATE, VOCABULARY) for columns in lists.values()) == len(decided)


def test_the_copies_hold_exactly_the_fields_that_were_decided_on():
    copies = {name: kind for name, kind in ALL_SHAPES.items() if dataclasses.is_dataclass(kind)}
    fields = {name: [f.name for f in dataclasses.fields(kind)] for name, kind in copies.items()}
    assert fields == {name: names.split() for name, names in COPIES.items()}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_frozen_and_made_of_plain_values_and_copies(name):
    copy = ALL_SHAPES[name]
    assert copy.__dataclass_params__.frozen
    assert "__slots__" in vars(copy)
    kinds = set().union(*(leaves(hint) for hint in get_type_hints(copy).values()))
    assert kinds <= {str, int, bool, datetime, NoneType, *(ALL_SHAPES[other] for other in COPIES)}


def leaves(hint) -> set:
    """The types that `hint` is made of: str and None of `tuple[str, ...] | None`."""
    pieces = [piece for piece in get_args(hint) if piece is not Ellipsis]
    return set().union(*map(leaves, pieces)) if pieces else {hint}


# --- the shop full of canaries ------------------------------------------------------------------------------------


def canary(table: str, column: str, key: object) -> str:
    """Unique, and the same each time it is asked for; cut to fit. A stored file keeps a name that storage gives."""
    room = getattr(db.metadata.tables[table].columns[column].type, "length", None) or 32
    letters = hashlib.sha256(f"canary {table} {column} {key}".encode()).hexdigest()[: min(room, 32)]
    return f"{letters}.webp" if (table, column) in STORED_FILES else letters


def hire(shop: Shop, name: str) -> Staff:
    with writing():
        person = people.add(
            name=name, email=f"{name.split()[0].lower()}@shop.example", role=Role.TECHNICIAN, phone="555 0101"
        )
        person.photo = shop.app.extensions["storage"].put(PICTURE, "webp")
    return person


def full_job(shop: Shop, customer: str, *, earlier: str, current: str) -> WorkOrder:
    """A job with everything on it: an earlier visit, the next one, parts, photos, a signature, notes and a message."""
    past, now = hire(shop, earlier), hire(shop, current)
    job = shop.work_order(customer, technician=past.name, starts_at=clock.now() - timedelta(days=1))
    shop.steps(job, "set_off", "start", "finish_visit")
    shop.visit(job, clock.now() + timedelta(days=1), technician=now.name)
    shop.do(work_orders.save_notes, job, text="Gate code", seen=job.edition)
    shop.do(parts.add, job, name="Ball valve", quantity=Decimal("1.5"), unit="m")
    shop.do(signatures.sign, job, name=customer, path="M1 1")
    shop.photo(job, caption="Before")
    shop.photo(job, caption="Not for the customer", is_shown=False)
    shop.message(job, address="192.0.2.7")
    full_money(shop, job)
    return job


def full_money(shop: Shop, job: WorkOrder) -> None:
    """A quote and an invoice of the job with everything on them, both shared; the invoice is paid in part."""
    hours = line("Labour", "85.00", "1.5", details="By day", unit="h", cost=Decimal(40), is_hourly=True, tax=20)
    extra = line("Better faucet", "50.00", details="Brass", unit="pcs", is_optional=True, tax_name="None")
    words = {"message": "Dear customer", "terms": "Pay", "internal_notes": "Haggles"}
    quote = shop.quote(work_order=job, lines=(replace(hours, tax_name="VAT"), extra), **words)
    shop.token(quote)
    with writing():
        quotes.request_changes(quote, revision=1, body="Cheaper", name="C", address="192.0.2.7", user_agent="Phone")
    shop.approved(quote, chosen=[quote.lines[1].id], path="M1 1", address="192.0.2.7", user_agent="Phone")
    invoice = shop.do(quotes.make_invoice, quote)
    shop.do(documents.edit, invoice, values=words, seen=invoice.edition)
    shop.token(invoice)
    paid = {"amount": 100, "method": Method.CHECK, "paid_on": invoice.issued_on, "reference": "No 7"}
    shop.do(payments.record, invoice, **paid)
    now, money = clock.now(), {"amount": 100, "currency": invoice.currency}
    with writing():
        db.session.add(Checkout(key=f"way back {invoice.id}", invoice=invoice, created_at=now, expires_at=now, **money))


def party(shop: Shop, job: WorkOrder) -> Party:
    """What of `job` its customer may read, row by row."""
    finished, current = job.visits
    shown = [photo.id for photo in job.photos if photo.is_shown]
    keys = {
        "org_profile": {1},
        "staff": {current.technician_id},
        "work_order": {job.id},
        "part": {part.id for part in job.parts},
        "photo": set(shown),
        "signature": {job.signature.id},
    }
    rows = {(table, column): set(keys[table]) for table, columns in SEEN.items() for column in columns}
    rows["staff", "name"].add(finished.technician_id)  # of an earlier visit only the name
    assert len(shown) == 1
    assert len(job.photos) == 2
    return Party(path=shop.path(job), rows=rows)


@pytest.fixture
def parties(shop) -> dict[str, Party]:
    """Carol and Mallory, in a shop where every text of every row is a canary."""
    jobs = {
        "Carol": full_job(shop, "Carol Cruz", earlier="Tess Todd", current="Tom Tran"),
        "Mallory": full_job(shop, "Mallory Moss", earlier="Una Udo", current="Vic Voss"),
    }
    shop.work_order("Peggy Poe", title="Never shared")
    with writing():
        people.sign_in_link(shop.dana)
        rate = taxes.add(name="VAT", rate=Decimal(20), category=TaxCategory.STANDARD, by=shop.dana)
        sold = {"description": "Faucet", "details": "Brass", "unit": "pcs", "price": Decimal(1), "tax_rate": rate}
        catalogue.add(sold, by=shop.dana)
        outbox.add(MailKind.INVITE, shop.dana.email, staff=shop.dana)
        now = clock.now()
        db.session.add(StripeEvent(id="evt_1", kind="checkout.session.completed", made_at=now, received_at=now))
        db.session.add(StripeHealth(id=1))
        db.session.add(PrintRun(staff=shop.dana, kind=Kind.INVOICE, record_ids=[1], created_at=now))
    found = {name: party(shop, job) for name, job in jobs.items()}
    assert not (
        set(found["Carol"].may_read())
        & set(found["Mallory"].may_read()) - {("org_profile", c, 1) for c in SEEN["org_profile"]}
    )
    fill_with_canaries(shop)
    return found


def fill_with_canaries(shop: Shop) -> None:
    storage = shop.app.extensions["storage"]
    with writing():
        for table, column in text_columns():
            if column.name in VOCABULARY.get(table.name, ()):
                continue
            (key,) = table.primary_key.columns
            for id in db.session.scalars(select(key)).all():
                text = canary(table.name, column.name, id)
                value = {"said": text} if isinstance(column.type, JSON) else text
                db.session.execute(update(table).where(key == id).values({column.name: value}))
                if (table.name, column.name) in STORED_FILES:
                    storage.path(text).parent.mkdir(parents=True, exist_ok=True)
                    storage.path(text).write_bytes(PICTURE)
    db.session.expire_all()


def all_canaries() -> dict[str, tuple[str, str, int]]:
    """{canary: (table, column, key)} of everything in the database."""
    found = {}
    for table, column in text_columns():
        if column.name not in VOCABULARY.get(table.name, ()):
            (key,) = table.primary_key.columns
            for id in db.session.scalars(select(key)).all():
                found[canary(table.name, column.name, id)] = table.name, column.name, id
    return found


def test_every_table_has_a_row_and_every_text_of_it_is_a_canary(parties):
    for table in db.metadata.sorted_tables:
        assert db.session.scalar(select(func.count()).select_from(table)) > 0, table.name
    for table, column in text_columns():
        if column.name not in VOCABULARY.get(table.name, ()):
            (key,) = table.primary_key.columns
            for id, value in db.session.execute(select(key, column)):
                assert canary(table.name, column.name, id) in str(value)
    assert len(all_canaries()) > 150


# --- what comes out -----------------------------------------------------------------------------------------------


def everything_behind(shop: Shop, path: str) -> str:
    """All that whoever holds a link can make the server say, headers and failures too, in one text."""
    client, told = shop.app.test_client(), []

    def ask(rest: str, code: int, method: str = "GET", **kwargs) -> None:
        answer = client.open(path + rest, method=method, **kwargs)
        assert answer.status_code == code, f"{answer.status} {rest} {answer.text[-300:]}"
        body = next(iter(answer.response)) if answer.mimetype == "text/event-stream" else answer.data
        told.append(f"{answer.headers}\n{body.decode(errors='replace')}")
        answer.close()

    ask("", 200)
    ask("", 200, "HEAD")
    ask("/live", 200)
    ask("/calendar.ics", 200)
    ask("/help", 200)
    ask("/help?sent=1", 200)
    ask("/help?about=time", 200)
    ask("/help", 422, "POST", data={"message": "", "name": "Typed"})
    ask("/help", 303, "POST", data={"message": "Typed"})
    ask("/help", 413, "POST", data={"message": "x" * shop.app.config["MAX_CONTENT_LENGTH"]})
    ask("/help", 400, "POST", headers={"Sec-Fetch-Site": "cross-site"})
    ask("/seen", 204, "POST")
    for name in stored_names():
        code = 200 if name in told[0] else 404
        ask(f"/photos/{name}", code)
    ask("/nope", 404)
    ask("/photos", 404)
    with writing():
        profile = db.session.get(OrgProfile, 1)
        kept = {c.key: getattr(profile, c.key) for c in OrgProfile.__table__.columns}
        db.session.delete(profile)
    ask("", 500)
    with writing():
        db.session.add(OrgProfile(**kept))
    return "\n".join(told).replace("\r\n ", "")  # calendar lines are folded


def stored_names() -> list[str]:
    photos = [name for photo in db.session.scalars(select(Photo)) for name in (photo.full, photo.thumb)]
    return photos + [person.photo for person in db.session.scalars(select(Staff)) if person.photo]


def mailed(shop: Shop, path: str) -> str:
    """All that the customer's mail with this link says, in its headers too."""
    link = links.of(links.record(links.resolve("wo", path.rpartition("/")[2])))
    with writing():
        link.key_id = list(shop.keys)[-1]  # a canary there makes the link one that cannot be written down
        mail = outbox.add(MailKind.LINK, "holder@home.example", link=link)
    return str(dataclasses.asdict(letters.write(mail)))


@pytest.mark.parametrize("name", ["Carol", "Mallory"])
def test_a_customers_mail_sings_only_what_its_holder_may_read(shop, parties, name):
    told = mailed(shop, parties[name].path)
    singing = {place for text, place in all_canaries().items() if text in told}
    assert singing <= parties[name].may_read()
    assert ("work_order", "title") in {place[:2] for place in singing}
    others = parties["Mallory" if name == "Carol" else "Carol"].path.rpartition("/")[2]
    assert others not in told


@pytest.mark.parametrize("name", ["Carol", "Mallory"])
def test_behind_a_link_exactly_its_holders_canaries_sing(shop, parties, name):
    told = everything_behind(shop, parties[name].path)
    singing = {place for text, place in all_canaries().items() if text in told}
    assert singing - parties[name].may_read() == set(), "nobody decided that the customer may read this"
    assert parties[name].may_read() - singing == set(), "the customer should read this and does not"


def test_the_page_alone_shows_all_but_when_the_shop_answers(shop, parties):
    """What only the calendar file or the help page told would be missed by whoever looks at the page."""
    told = shop.app.test_client().get(parties["Carol"].path).text
    singing = {place for text, place in all_canaries().items() if text in told}
    assert parties["Carol"].may_read() - singing == {("org_profile", "answer_hours", 1)}


def test_a_link_that_opens_nothing_lets_no_canary_out(shop, parties):
    client = shop.app.test_client()
    told = "".join(client.get(f"/portal/wo/{'0' * 27}{rest}").text for rest in ("", "/help", "/live", "/calendar.ics"))
    told += "".join(client.get(path).text for path in ("/", "/healthz", "/nope", "/staff/", "/staff/work-orders/1"))
    assert {place for text, place in all_canaries().items() if text in told} == set()


def test_the_sign_in_page_shows_a_stranger_the_shops_name_only(shop, parties):
    told = shop.app.test_client().get("/staff/sign-in").text
    assert {place for text, place in all_canaries().items() if text in told} == {("org_profile", "name", 1)}


def test_no_secret_bytes_come_out_in_any_spelling(shop, parties):
    told = everything_behind(shop, parties["Carol"].path).lower()
    checked = 0
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, LargeBinary):
                for secret in db.session.scalars(select(column).where(column.is_not(None))):
                    checked += 1
                    for spelling in (
                        secret.hex(),
                        base64.b64encode(secret).decode(),
                        base64.urlsafe_b64encode(secret).decode(),
                    ):
                        assert spelling.rstrip("=").lower() not in told, f"{table.name}.{column.name}"
    assert checked > 4


def test_the_link_itself_comes_out_nowhere_but_in_its_own_addresses(shop, parties):
    carol, mallory = parties["Carol"].path, parties["Mallory"].path
    told = everything_behind(shop, carol)
    token = carol.rpartition("/")[2]
    assert told.count(token) == told.count(carol)
    assert mallory.rpartition("/")[2] not in told


# --- behind the links of a quote and of an invoice ----------------------------------------------------------------

# What of a snapshot its customer reads; everything that was typed is in it, and nothing else of ours may be.
TOLD = {"title", "message", "terms", "how_to_pay"}
# What the customer may read of the rows beside the snapshots: the shop of today in the frame, and their own answer.
BESIDE = {"org_profile": {"name", "phone", "opening_hours", "answer_hours", "logo"}, "answer": {"name", "path", "body"}}


def money_of(job: WorkOrder) -> dict[str, Quote | Invoice]:
    quote = db.session.scalar(select(Quote).where(Quote.work_order_id == job.id))
    invoice = db.session.scalar(select(Invoice).where(Invoice.work_order_id == job.id))
    return {"quote": quote, "invoice": invoice}


def sing(content, place: str):
    """The content with a canary in each text that somebody typed; figures, dates and codes stay."""
    if isinstance(content, dict):
        return {name: sing(value, f"{place} {name}") for name, value in content.items()}
    if isinstance(content, list):
        return [sing(value, f"{place} {number}") for number, value in enumerate(content)]
    is_typed = isinstance(content, str) and place.split()[-1] in TYPED
    return hashlib.sha256(place.encode()).hexdigest()[:32] if is_typed else content


TYPED = TOLD | {"name", "street", "locality", "phone", "email", "licence", "tax_id", "footer", "description", "details"}
TYPED |= {"unit", "tax_name", "trade"}


def canaries_in(content) -> set[str]:
    if isinstance(content, dict):
        return set().union(*map(canaries_in, content.values())) if content else set()
    if isinstance(content, list):
        return set().union(*map(canaries_in, content)) if content else set()
    return {content} if isinstance(content, str) and len(content) == 32 else set()


@pytest.fixture
def money(shop) -> dict[str, dict[str, str]]:
    """{"Carol": {"quote": path, "invoice": path}, …} in the shop full of canaries, snapshots singing too."""
    jobs = {name: full_job(shop, f"{name} C", earlier=f"E{name} X", current=f"N{name} X") for name in ("Carol", "Mal")}
    paths = {name: {kind: shop.path(record) for kind, record in money_of(job).items()} for name, job in jobs.items()}
    kept = {snapshot.id: snapshot.content for snapshot in db.session.scalars(select(Snapshot))}
    answers = {answer.id: (answer.chosen, answer.path) for answer in db.session.scalars(select(Answer))}
    fill_with_canaries(shop)
    with writing():
        for id, content in kept.items():
            sung = sing(content, f"snapshot {id}")
            db.session.execute(update(Snapshot).where(Snapshot.id == id).values(content=sung))
        for id, (chosen, _path) in answers.items():
            db.session.execute(update(Answer).where(Answer.id == id).values(chosen=chosen))
    db.session.expire_all()
    return paths


def everything_of_money(shop: Shop, path: str) -> str:
    """All that the holder of a quote's or an invoice's link can make the server say."""
    client, told = shop.app.test_client(), []

    def ask(rest: str, method: str = "GET", **kwargs) -> None:
        answer = client.open(path + rest, method=method, **kwargs)
        assert answer.status_code < 500, rest
        body = next(iter(answer.response)) if answer.mimetype == "text/event-stream" else answer.data
        told.append(f"{answer.headers}\n{body.decode(errors='replace')}")
        answer.close()

    for rest in ("", "?choose=", "?choose=&add=1&add=2", "/live", "/help", "/help?sent=1", "/nope", "/calendar.ics"):
        ask(rest)
    for verb in ("approve", "request-changes", "decline"):
        ask(f"/{verb}")
        for form in ({}, {"revision": "1", "name": "Typed", "message": "Typed"}, {"revision": "9", "name": "T"}):
            ask(f"/{verb}", "POST", data=form)
    ask("/help", "POST", data={"message": ""})
    ask("/help", "POST", data={"message": "Typed"})
    ask("/seen?revision=1", "POST")
    ask("")
    return "\n".join(told)


@pytest.mark.parametrize("kind", ["quote", "invoice"])
@pytest.mark.parametrize("is_answered", [True, False], ids=["as it stands", "waiting for an answer"])
def test_behind_a_money_link_only_what_was_sent_to_its_holder_sings(shop, money, kind, is_answered):
    path = money["Carol"][kind]
    link = links.resolve(kind, path.rpartition("/")[2])
    if not is_answered:
        with writing():
            db.session.execute(update(Quote).values(status="sent"))
            db.session.execute(update(Answer).values(undone_at=clock.now()))
    told = everything_of_money(shop, path)
    singing = {place[:2] for text, place in all_canaries().items() if text in told}
    decided = {(table, column) for table, columns in BESIDE.items() for column in columns}
    assert singing <= decided, "nobody decided that the customer may read this"
    own = [s for s in db.session.scalars(select(Snapshot)) if (s.kind, s.record_id) == (link.kind, link.record_id)]
    mine = set().union(*(canaries_in(each.content) for each in own))
    others = set().union(*(canaries_in(each.content) for each in db.session.scalars(select(Snapshot)))) - mine
    assert others
    assert {text for text in others if text in told} == set()
    assert len({text for text in mine if text in told}) > 12


def test_an_answer_of_another_customer_stays_with_them(shop, money):
    told = everything_of_money(shop, money["Carol"]["quote"])
    theirs = db.session.scalars(select(Answer).where(Answer.name != "")).all()
    carols = links.record(links.resolve("quote", money["Carol"]["quote"].rpartition("/")[2])).id
    assert {answer.quote_id for answer in theirs} > {carols}
    for answer in theirs:
        if answer.quote_id != carols:
            assert answer.name not in told


def test_what_the_office_knows_of_a_line_is_in_no_snapshot(shop):
    """Cost, hours and rate: told apart by figures that stand nowhere else."""
    hours = line("Labour", "83.17", "1.3719", unit="h", cost=Decimal("41.93"), is_hourly=True, tax=20)
    part = line("Valve", "12.00", "2", cost=Decimal("7.77"))
    quote = shop.quote(lines=(hours, part), is_sent=True, internal_notes="Haggles 4711")
    told = everything_of_money(shop, shop.path(quote))
    kept = str(db.session.scalar(select(Snapshot.content)))
    for secret in ("83.17", "1.3719", "41.93", "7.77", "4711"):
        assert secret not in told
        assert secret not in kept
    assert "114.10" in told
