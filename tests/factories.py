"""The cast and their things. State only what matters to the test; the rest is ordinary.

Olive owns the shop, Dana dispatches, Theo works. Carol is the customer; Mallory has a work order and a link of her own.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import func, select

from models import Customer, Link, Message, OrgProfile, Photo, Role, Staff, Visit, WorkOrder, db
from portal import clock
from portal.db import writing
from portal.domain import customers, links, messages, timeline, visits, work_orders
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.outside import passwords

ZONE = "America/Los_Angeles"
PASSWORD = "correct horse battery"
PASSWORD_HASH = passwords.HASHER.hash(PASSWORD)
PICTURE = b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0/\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"  # one pixel


def local(text: str, zone: str = ZONE) -> datetime:
    """The moment that a clock in `zone` shows as "2026-11-22 10:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


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

    def message(self, job: WorkOrder, body: str = "Please call me.", *, address: str = "192.0.2.7") -> Message:
        """What the customer of `job` wrote; shares the job for it."""
        self.token(job)
        with writing():
            return messages.leave(
                job, links.of(job).id, about="visit", body=body, name="Carol", reach_at="", address=address
            )

    def verbs(self, job: WorkOrder) -> list[str]:
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
            verb(record, **({"by": self.dana} | values))

    def token(self, work_order: WorkOrder) -> str:
        """The work order's share token, made on first use."""
        with writing():
            links.share(work_order, by=self.dana, keys=self.keys)
        return links.token(links.of(work_order), self.keys)

    def path(self, work_order: WorkOrder, rest: str = "") -> str:
        return f"/portal/wo/{self.token(work_order)}{rest}"

    def link(self, work_order: WorkOrder) -> Link | None:
        return links.of(work_order)

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
