"""The cast and their things. State only what matters to the test; the rest is ordinary.

Olive owns the shop, Dana dispatches, Theo works. Carol is the customer; Mallory has a work order and a link of her own.
"""

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select

from models import Customer, Link, OrgProfile, Role, Staff, WorkOrder, db
from portal import clock
from portal.db import writing
from portal.domain import customers, links, visits, work_orders
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.outside import passwords

ZONE = "America/Los_Angeles"
PASSWORD = "correct horse battery"
PASSWORD_HASH = passwords.HASHER.hash(PASSWORD)


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
        return db.session.scalar(select(Staff).where(Staff.name.startswith(first_name)))

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

    def again(self, record):
        """The record as it is now, whoever changed it."""
        db.session.rollback()
        db.session.refresh(record)
        return record

    def do(self, verb, record, **values):
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
