"""Role by route by object, over every route there is: the table in test_roles.py, tried out door by door.

Own is what the person has to do with (Theo's job, one's own card), another's is somebody else's, missing is nobody's.
"""

import dataclasses
import itertools
from datetime import date
from decimal import Decimal

import pytest

from models import Event, Kind, Message, Method, Part, Photo, Role, Staff, TaxCategory, db
from portal.db import writing
from portal.domain import catalogue, parts, payments, people, print_runs, taxes
from portal.domain import staff as cards
from tests.factories import PASSWORD_HASH, PICTURE, Shop, csrf_of
from tests.staff.test_mail import SERVER
from tests.staff.test_roles import FOR_THE_OFFICE, FOR_THE_OWNER, ON_THE_JOB, ONES_OWN, OPEN_TO_STRANGERS

MISSING = 999_999
NUMBERS = itertools.count(1)
NAMES = {"stranger": "", "technician": "Theo", "office": "Dana", "owner": "Olive", "switched off": "Gary"}
IN, SIGN_IN, NOT_YOURS, NOT_THERE = "in", "has to sign in", "not yours to open", "not there"


def expected(endpoint: str, who: str, whose: str, takes_object: bool) -> str:
    """What the table says of this door, this person and this object."""
    if endpoint in OPEN_TO_STRANGERS:
        return IN
    if who in ("stranger", "switched off"):
        return SIGN_IN
    if endpoint in FOR_THE_OWNER and who != "owner":
        return NOT_YOURS
    if endpoint in FOR_THE_OFFICE and who == "technician":
        return NOT_YOURS
    is_anothers = whose != "own" and (endpoint in ONES_OWN or (endpoint in ON_THE_JOB and who == "technician"))
    if takes_object and (whose == "missing" or is_anothers):
        return NOT_THERE
    return IN


def outcome(answer) -> str:
    if answer.status_code == 403:
        return NOT_YOURS
    if answer.status_code == 404:
        return NOT_THERE
    if answer.status_code in (302, 303) and answer.location.partition("?")[0] == "/staff/sign-in":
        return SIGN_IN
    assert answer.status_code in (200, 302, 303, 409, 422), answer.status
    return IN


@dataclasses.dataclass
class Object:
    """Ids for whatever a route may ask for."""

    job: int
    customer: int
    visit: int
    part: int
    photo: str
    photo_id: int
    message: int
    person: int
    quote: int
    invoice: int
    payment: int
    item: int
    tax: int
    run: int
    token: str = "no-such-token"


class Somebody:
    """One of the five, with a browser. Who is switched off was an owner, and signed in until then."""

    def __init__(self, shop: Shop, who: str):
        self.name = NAMES[who]
        if self.name == "Gary":
            with writing():
                gary = cards.add(name="Gary Gone", email="gary@shop.example", role=Role.OWNER)
                gary.password_hash = PASSWORD_HASH
        self.client = shop.staff_client(self.name) if self.name else shop.app.test_client()
        if self.name == "Gary":
            with writing():
                people.switch_off(shop.person("Gary"), by=shop.person("Olive"))
        page = "/staff/sign-in" if self.name in ("", "Gary") else "/staff/me"
        self.csrf = csrf_of(self.client.get(page).text)

    def call(self, method: str, path: str):
        if method == "POST":
            return self.client.post(path, data={"csrf_token": self.csrf}, buffered=True)
        answer = self.client.get(path)
        if answer.mimetype == "text/event-stream":  # it would not end by itself
            answer.response = ()
        answer.make_sequence()
        answer.close()  # the files that it was read from
        return answer


def made(shop: Shop, who: str, whose: str) -> Object:
    """A fresh object: `whose` is "own", "other" or "missing"."""
    if whose == "missing":
        return Object(*[MISSING] * 4, f"{'0' * 32}.webp", *[MISSING] * 9)
    technician = NAMES[who] if whose == "own" and NAMES[who] else "Vera"
    job = shop.work_order("Carol Canary", technician=technician)
    shop.do(parts.add, job, name="Washer", quantity=Decimal(1))
    photo, message = shop.photo(job), shop.message(job, address="")
    with writing():
        if whose == "own" and NAMES[who]:
            person = shop.person(NAMES[who])
        else:
            person = cards.add(name="Ned Next", email=f"ned{next(NUMBERS)}@shop.example", role=Role.TECHNICIAN)
        person.photo = shop.app.extensions["storage"].put(PICTURE, "webp")
        person_id = person.id
        item = catalogue.add({"description": "Canary", "price": Decimal(1)}, by=None)
        tax = taxes.add(name="Canary", rate=Decimal(5), category=TaxCategory.STANDARD, by=None)
        more_ids = item.id, tax.id
    ids = job.id, job.customer_id, job.visits[0].id, job.parts[0].id, photo.full, photo.id, message.id
    documents = shop.quote(work_order=job, is_sent=True), shop.invoice(work_order=job, is_issued=True)
    payment = shop.do(payments.record, documents[1], amount=1, method=Method.CASH, paid_on=date(2026, 11, 22))
    with writing():
        asker = shop.person(NAMES[who] if whose == "own" and NAMES[who] else "Vera")
        run = print_runs.ask(Kind.INVOICE, [documents[1].id], is_zip=True, by=asker)
        more_ids += (run.id,)
    return Object(*ids, person_id, *(record.id for record in (*documents, payment)), *more_ids)


def path_of(rule, it: Object) -> str:
    endpoint = rule.endpoint
    id = it.person if "person" in endpoint or endpoint == "staff.photo" else it.job
    id = it.quote if "quote" in endpoint else it.invoice if "invoice" in endpoint or "payment" in endpoint else id
    id = it.job if endpoint == "staff.invoice_job" else id
    id = it.run if "print_run" in endpoint else id
    id = it.item if "item" in endpoint else it.tax if "tax" in endpoint else id
    id = it.customer if "customer" in endpoint else it.message if "message" in endpoint else id
    values = {
        "id": id,
        "visit_id": it.visit,
        "part_id": it.part,
        "payment_id": it.payment,
        "name": it.photo,
        "photo_id": it.photo_id,
        "token": it.token,
        "verb": "started",
    }
    return rule.build({name: values[name] for name in rule.arguments})[1]


@pytest.mark.parametrize("whose", ["own", "other", "missing"])
@pytest.mark.parametrize("who", NAMES)
def test_everybody_reaches_what_the_table_says_and_nothing_else(shop, who, whose):
    with writing():
        cards.add(name="Vera Voss", email="vera@shop.example", role=Role.TECHNICIAN)
    kept = shop.app.extensions
    kept["settings"] = dataclasses.replace(kept["settings"], mail=SERVER)  # without one, its routes are not there
    somebody, it, tried = Somebody(shop, who), made(shop, who, whose), 0
    for rule in sorted(shop.app.url_map.iter_rules(), key=lambda rule: rule.endpoint):
        if not rule.endpoint.startswith("staff.") or rule.endpoint in OPEN_TO_STRANGERS:
            continue
        for method in sorted(rule.methods & {"GET", "POST"}):
            due = expected(rule.endpoint, who, whose, bool(rule.arguments))
            if rule.endpoint.startswith("staff.sign_out") and due == IN:
                continue  # it would end the session of those that follow; test_people.py tries it
            before = shop.count(Event)
            answer = somebody.call(method, path_of(rule, it))
            place = f"{who}, {whose}: {method} {path_of(rule, it)} ({rule.endpoint})"
            assert outcome(answer) == due, f"{place}: {answer.status} {answer.location}"
            tried += 1
            if due != IN:
                assert "Canary" not in answer.text, place
                assert shop.count(Event) == before, place
            elif method == "POST":
                it = made(shop, who, whose)
    assert tried > 50


@pytest.mark.parametrize("who", NAMES)
def test_a_one_time_link_that_was_never_made_lets_nobody_in(shop, who):
    somebody = Somebody(shop, who)
    for method in ("GET", "POST"):
        answer = somebody.call(method, "/staff/sign-in/no-such-token")
        assert answer.status_code in (303, 404)
        assert answer.status_code == 404 or answer.location == "/staff/sign-in/no-such-token"


def test_there_is_something_of_everything_to_refuse(shop):
    """The setup itself: an object that is there is really there, and the missing one is not."""
    there, missing = made(shop, "technician", "own"), made(shop, "technician", "missing")
    for model, id in ((Part, there.part), (Message, there.message), (Staff, there.person)):
        assert db.session.get(model, id) is not None
        assert db.session.get(model, missing.part) is None
    assert db.session.query(Photo).filter_by(full=there.photo).one()
    assert db.session.get(Staff, there.person) == shop.theo
