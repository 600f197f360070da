"""The staff side's forms as data: where each one is, what it takes, and where its values can be read again."""

from collections.abc import Callable
from dataclasses import dataclass, field

from models import Role, Staff
from portal.domain import people
from tests.factories import ZONE, Shop

WHO = "Write who it is for."
NAME = "Write a name."
JOB = "Write what the job is, like “Water heater replacement”."
PLACE = "Write where the job is."

SITE = {"title": "Water heater", "street": "48 Alder Street", "locality": "Portland", "time_zone": ZONE}
CUSTOMER = {"customer_name": "Nora New", "customer_phone": "(503) 555-0199", "customer_email": "nora@home.example"}
CARD = {
    "name": "Carol Cruz",
    "phone": "(503) 555-0188",
    "email": "carol@home.example",
    "street": "48 Alder Street",
    "locality": "Portland",
    "notes": "",
    "locale": "",
}
SETTINGS = {
    "name": "Brightwater",
    "brand_color": "#0f6f68",
    "time_zone": ZONE,
    "locale": "en_US",
    "currency": "USD",
    "paper_size": "letter",
}

THEO = {"name": "Theo Tran", "phone": "", "email": "theo@shop.example", "role": "technician"}


@dataclass(frozen=True, kw_only=True)
class Form:
    path: str  # {job}, {customer}, {visit} and {theo} stand for ids
    good: dict[str, str]
    most: dict[str, int] = field(default_factory=dict)  # characters, of every field that takes text
    free: tuple[str, ...] = ()  # fields that take any text at all
    required: dict[str, str] = field(default_factory=dict)  # words beside the field when it is empty
    again: Callable[[str, str], str] = lambda path, _location: path  # (path, location of the answer): holds the values
    who: str = "Dana"

    def url(self, shop: Shop, job) -> str:
        return self.path.format(job=job.id, customer=job.customer_id, visit=job.visits[0].id, theo=shop.theo.id)


FORMS = {
    "new job": Form(
        path="/staff/work-orders/new",
        good=CUSTOMER | SITE | {"internal_notes": "Dog"},
        most={
            "customer_name": 120,
            "customer_phone": 40,
            "customer_email": 254,
            "title": 120,
            "street": 200,
            "locality": 200,
            "internal_notes": 20_000,
        },
        free=("customer_name", "title", "street", "locality", "internal_notes"),
        required={"customer_name": WHO, "title": JOB, "street": PLACE},
        again=lambda _path, location: f"{location}/edit",
    ),
    "edit job": Form(
        path="/staff/work-orders/{job}/edit",
        good=CUSTOMER | SITE | {"internal_notes": "Dog", "seen": "1"},
        most={
            "customer_name": 120,
            "customer_phone": 40,
            "customer_email": 254,
            "title": 120,
            "street": 200,
            "locality": 200,
            "internal_notes": 20_000,
        },
        free=("customer_name", "title", "street", "locality", "internal_notes"),
        required={"customer_name": WHO, "title": JOB, "street": PLACE},
    ),
    "new customer": Form(
        path="/staff/customers/new",
        good=CARD,
        most={"name": 120, "phone": 40, "email": 254, "street": 200, "locality": 200, "notes": 20_000},
        free=("name", "street", "locality", "notes"),
        required={"name": NAME},
        again=lambda _path, location: f"{location}/edit",
    ),
    "edit customer": Form(
        path="/staff/customers/{customer}/edit",
        good=CARD | {"seen": "1"},
        most={"name": 120, "phone": 40, "email": 254, "street": 200, "locality": 200, "notes": 20_000},
        free=("name", "street", "locality", "notes"),
        required={"name": NAME},
    ),
    "notes": Form(
        path="/staff/work-orders/{job}/notes",
        good={"notes": "Dog", "seen": "1"},
        most={"notes": 20_000},
        free=("notes",),
        again=lambda path, _location: path.removesuffix("/notes"),
    ),
    "part": Form(
        path="/staff/work-orders/{job}/parts",
        good={"name": "Washer", "quantity": "2", "unit": ""},
        most={"name": 120},
        required={"name": "Write which part."},
    ),
    "settings": Form(
        path="/staff/settings",
        good=SETTINGS | {"seen": "1"},
        most={
            "email": 254,
            "opening_hours": 400,
            "tax_id": 80,
            "footer": 400,
            "name": 120,
            "trade": 120,
            "licence": 80,
            "phone": 40,
            "street": 200,
            "locality": 200,
            "answer_hours": 200,
        },
        free=("name", "trade", "street", "locality", "answer_hours", "opening_hours", "footer"),
        required={"name": "Write the name your customers know."},
        who="Olive",
    ),
    "me": Form(
        path="/staff/me",
        good={"name": "Theo Tran", "phone": "", "email": "theo@shop.example"},
        most={"name": 120, "phone": 40, "email": 254},
        free=("name",),
        required={"name": "Write your name.", "email": "Write your email: you sign in with it."},
        who="Theo",
    ),
    "new person": Form(
        path="/staff/people/new",
        good={"name": "Rosa Ruiz", "phone": "", "email": "rosa@shop.example", "role": "technician"},
        most={"name": 120, "phone": 40, "email": 254},
        required={"name": "Write their name.", "email": "Write their email: they sign in with it."},
        who="Olive",
    ),
    "edit person": Form(
        path="/staff/people/{theo}/edit",
        good=THEO | {"seen": people.edition(Staff(**THEO | {"role": Role.TECHNICIAN}))},
        most={"name": 120, "phone": 40, "email": 254},
        free=("name",),
        required={"name": "Write their name.", "email": "Write their email: they sign in with it."},
        who="Olive",
    ),
}
