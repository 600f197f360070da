"""The cast and their things. State only what matters to the test; the rest is ordinary.

Olive owns the shop, Dana dispatches, Theo works. Carol is the customer; Mallory has a work order and a link of her own.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import func, select, update

from models import (
    Customer,
    Document,
    Invoice,
    Kind,
    Link,
    Message,
    OrgProfile,
    Photo,
    Quote,
    Role,
    Snapshot,
    Staff,
    TaxCategory,
    Visit,
    WorkOrder,
    db,
)
from portal import clock
from portal.db import writing
from portal.domain import (
    customers,
    documents,
    invoices,
    links,
    messages,
    quotes,
    sharing,
    snapshots,
    timeline,
    visits,
    work_orders,
)
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.domain.documents import LineValues
from portal.outside import passwords

ZONE = "America/Los_Angeles"
PASSWORD = "correct horse battery"
PASSWORD_HASH = passwords.HASHER.hash(PASSWORD)
PICTURE = b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0/\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"  # one pixel


def local(text: str, zone: str = ZONE) -> datetime:
    """The moment that a clock in `zone` shows as "2026-11-22 10:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def line(description: str = "Faucet", price: str = "100.00", quantity: str = "1", **values) -> LineValues:
    """One line: a faucet for 100.00 without tax, unless said otherwise. `tax` is a rate in percent."""
    rate = Decimal(values.pop("tax", 0))
    tax = {"tax_rate": rate, "tax_category": TaxCategory.STANDARD if rate else TaxCategory.EXEMPT}
    figures = {"price": Decimal(price), "quantity": Decimal(quantity)}
    return LineValues(**({"description": description} | figures | tax | values))


class Shop:
    """A shop with people in it."""

    def __init__(self, app: Flask):
        self.app = app
        self.keys = app.extensions["settings"].link_keys
        with writing():
            profile = shops.profile()
            profile.name, profile.phone, profile.time_zone = (
                "Brightwater Plumbing",
                "(503) 555-0142",
                "America/Los_Angeles",
            )
            for name, role in (("Olive Owens", Role.OWNER), ("Dana Diaz", Role.OFFICE), ("Theo Tran", Role.TECHNICIAN)):
                person = people.add(name=name, email=f"{name.split()[0].lower()}@shop.example", role=role)
                person.password_hash = PASSWORD_HASH

    @property
    def profile(self) -> OrgProfile:
        return shops.profile()

    def person(self, first_name: str) -> Staff:
        """By first name, or by the address, which they keep when a test renames them."""
        named = Staff.name.startswith(first_name) | (Staff.email == f"{first_name.lower()}@shop.example")
        return db.session.scalar(select(Staff).where(named).order_by(Staff.id))

    @property
    def dana(self) -> Staff:
        return self.person("Dana")

    @property
    def theo(self) -> Staff:
        return self.person("Theo")

    def work_order(
        self,
        customer: str = "Carol Cruz",
        *,
        title: str = "Kitchen tap",
        starts_at: datetime | None = None,
        technician: str = "Theo",
        **site: str,
    ) -> WorkOrder:
        """A job with one visit: tomorrow for two hours unless said otherwise."""
        place = {"street": "48 Alder Street", "locality": "Portland", "time_zone": ZONE} | site
        start = starts_at or clock.now() + timedelta(days=1)
        with writing():
            known = db.session.scalar(select(Customer).where(Customer.name == customer))
            card = known or customers.add(name=customer, phone="(503) 555-0188")
            job = work_orders.book(card, title=title, **place, by=self.dana)
            person = self.person(technician) if technician else None
            visits.book(job, starts_at=start, ends_at=start + timedelta(hours=2), technician=person, by=self.dana)
        return job

    def customer(self, name: str = "Carol Cruz") -> Customer:
        """Their card, made on first use."""
        known = db.session.scalar(select(Customer).where(Customer.name == name))
        if known is None:
            with writing():
                known = customers.add(name=name, phone="(503) 555-0188", street="48 Alder Street", locality="Portland")
        return known

    def quote(
        self,
        customer: str = "Carol Cruz",
        *,
        title: str = "New faucet",
        lines: tuple[LineValues, ...] | None = None,
        work_order: WorkOrder | None = None,
        is_sent: bool = False,
        **fields,
    ) -> Quote:
        """A draft with one line of 100.00, unless said otherwise; or one that was sent. `fields` as in documents."""
        card = work_order.customer if work_order else self.customer(customer)
        with writing():
            quote = quotes.add(card, title=title, work_order=work_order, by=self.dana)
            self._fill(quote, lines, fields)
            if is_sent:
                quotes.send(quote, by=self.dana)
        return quote

    def invoice(
        self,
        customer: str = "Carol Cruz",
        *,
        title: str = "New faucet",
        lines: tuple[LineValues, ...] | None = None,
        work_order: WorkOrder | None = None,
        is_issued: bool = False,
        **fields,
    ) -> Invoice:
        """A draft with one line of 100.00, unless said otherwise; or one that was issued. `fields` as in documents."""
        card = work_order.customer if work_order else self.customer(customer)
        with writing():
            invoice = invoices.add(card, title=title, work_order=work_order, by=self.dana)
            self._fill(invoice, lines, fields)
            if is_issued:
                invoices.issue(invoice, by=self.dana)
        return invoice

    def e_invoice(self) -> Invoice:
        """One of 119.00, issued in Berlin, which has an e-invoice inside."""
        with writing():
            for name, value in {"locale": "de_DE", "currency": "EUR", "tax_id": "DE123456789"}.items():
                setattr(self.profile, name, value)
            self.profile.sends_e_invoices = True
        return self.invoice(lines=(line(tax=19),), is_issued=True)

    def bend(self, invoice: Invoice) -> None:
        """Change behind everybody's back what was kept of an issued invoice: another total than its lines make."""
        kept = snapshots.of(Kind.INVOICE, invoice.id, invoices.REVISION)
        content = kept.content | {"total": kept.content["total"] + 1}
        with writing():
            db.session.execute(update(Snapshot).where(Snapshot.id == kept.id).values(content=content))

    def _fill(self, document: Document, lines: tuple[LineValues, ...] | None, fields: dict) -> None:
        lines = (line(),) if lines is None else lines
        documents.save(document, values=fields, lines=lines, seen=document.edition, by=self.dana)

    def approved(self, quote: Quote, **values) -> Quote:
        """The quote, approved by Carol as it stands."""
        with writing():
            quotes.approve(quote, **({"revision": quote.revision, "name": "Carol Cruz"} | values))
        return quote

    def many(self, count: int, *, starts_at: datetime) -> None:
        """As many jobs, one a minute, titled "Job 1" and so on: for long lists."""
        with writing():
            card = customers.add(name="Carol Cruz")
            for number in range(1, count + 1):
                start = starts_at + timedelta(minutes=number)
                job = work_orders.book(
                    card, title=f"Job {number}", street="", locality="", time_zone=ZONE, by=self.dana
                )
                visits.book(job, starts_at=start, ends_at=start + timedelta(hours=1), technician=None, by=self.dana)

    def visit(
        self, job: WorkOrder, starts_at: datetime | None = None, *, hours: float = 2, technician: str = "Theo"
    ) -> Visit:
        """One more visit; without `starts_at` it waits for a date."""
        person = self.person(technician) if technician else None
        ends_at = starts_at + timedelta(hours=hours) if starts_at else None
        with writing():
            return visits.book(job, starts_at=starts_at, ends_at=ends_at, technician=person, by=self.dana)

    def steps(self, job: WorkOrder, *names: str) -> WorkOrder:
        """Take the job through "set_off", "start", "complete", "finish_visit" or "cancel"."""
        for name in names:
            self.do(getattr(work_orders, name), job)
        return job

    def photo(self, job: WorkOrder, *, caption: str = "", is_shown: bool = True) -> Photo:
        storage = self.app.extensions["storage"]
        full, thumb = storage.put(PICTURE, "webp"), storage.put(PICTURE, "webp")
        with writing():
            photo = Photo(work_order=job, full=full, thumb=thumb, width=440, height=330, caption=caption)
            photo.is_shown, photo.created_at = is_shown, clock.now()
            db.session.add(photo)
        return photo

    def message(self, job: timeline.Record, body: str = "Please call me.", *, address: str = "192.0.2.7") -> Message:
        """What the customer of `job` wrote; shares the job for it."""
        self.token(job)
        with writing():
            return messages.leave(
                job, links.of(job).id, about="visit", body=body, name="Carol", reach_at="", address=address
            )

    def verbs(self, job: timeline.Record) -> list[str]:
        """What has happened to the job until now, oldest first."""
        db.session.rollback()
        return [event.verb for event in reversed(timeline.of(job, limit=1000))]

    def count(self, model, **values) -> int:
        """How many rows there are now."""
        db.session.rollback()
        return db.session.scalar(select(func.count()).select_from(model).filter_by(**values))

    def again(self, record):
        """The record as it is now, whoever changed it."""
        db.session.rollback()
        db.session.refresh(record)
        return record

    def do(self, verb, record, /, **values):
        """One verb in one transaction, as Dana unless said otherwise."""
        with writing():
            return verb(record, **({"by": self.dana} | values))

    def token(self, record: timeline.Record) -> str:
        """The record's share token, made on first use; a draft is sent or issued for it."""
        with writing():
            sharing.share(record, by=self.dana, keys=self.keys)
        return links.token(links.of(record), self.keys)

    def path(self, record: timeline.Record, rest: str = "") -> str:
        return f"/portal/{timeline.kind_of(record)}/{self.token(record)}{rest}"

    def link(self, record: timeline.Record) -> Link | None:
        return links.of(record)

    def staff_client(self, first_name: str = "Dana"):
        """A test client signed in as somebody, with a `csrf` token for its forms."""
        client = self.app.test_client()
        page = client.get("/staff/sign-in").text
        form = {"email": f"{first_name.lower()}@shop.example", "password": PASSWORD, "csrf_token": csrf_of(page)}
        answer = client.post("/staff/sign-in", data=form)
        assert answer.status_code == 303, answer.text
        client.csrf = csrf_of(client.get("/staff/me").text)
        return client


def csrf_of(page: str) -> str:
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def press(client, path: str, form: dict | None = None, **kwargs):
    """POST a staff form as its button does."""
    return client.post(path, data={"csrf_token": client.csrf} | (form or {}), **kwargs)
