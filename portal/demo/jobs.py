"""The sample shop as data. Nobody here is real: 555-01xx numbers and .example addresses belong to nobody."""

from dataclasses import dataclass
from datetime import time

SHOP = {
    "name": "Hartley & Sons",
    "trade": "Plumbing and water heaters",
    "brand_color": "#0f6f68",
    "phone": "(503) 555-0142",
    "street": "210 Burnside Road",
    "locality": "Portland, OR 97214",
    "time_zone": "America/Los_Angeles",
    "licence": "CCB 204118",
    "answer_hours": "We usually answer within an hour, 7 am to 6 pm.",
    "locale": "en_US",
}

# key, name, e-mail, role, picture
PEOPLE = (
    ("june", "June Hartley", "june@hartley.example", "owner", ""),
    ("marcus", "Marcus Bell", "marcus@hartley.example", "technician", "marcus"),
    ("dana", "Dana Ortiz", "dana@hartley.example", "technician", ""),
    ("priya", "Priya Kaur", "priya@hartley.example", "technician", ""),
    ("olive", "Olive Chen", "olive@hartley.example", "office", ""),
)

WORKING_HOURS = (time(10), time(15))  # the sample day is told from a moment in between

# SVG paths in a 320 x 110 box, drawn by us: everybody writes a name of their own.
SIGNATURE = (
    "M28 74c14-30 34-58 44-52 9 6-22 22-30 30-4 6 18 4 22 12 4 10-18 24-34 18"
    "M84 66c8-10 16-8 14 0s-12 10-12 2 10-10 14-4l6 8"
    "M114 70l8-16 2 16 10-16 2 16 8-14M176 30c-6 18-12 34-16 48 2-20 14-46 32-46 14 0 6 20-14 22 10 6 16 18 26 20"
    "M208 58l-4 16"
    "M208 46v.1M220 56l6 16 12-18M244 66c10 0 12-10 4-10s-10 18 4 16 12-14 18-14-2 14 6 12"
    "M282 68c2-12 14-12 14-4s-14 10-14 4"
    "M300 60l4 10c8 4 12-2 14-6"
)
SIGNATURES = {
    "Sam Rivera": SIGNATURE,
    "Lena Fischer": (
        "M38 32c-6 14-12 28-16 40 8 3 16 1 24-4"
        "M46 66c9 0 14-9 7-10s-12 9-6 15 12 1 17-5"
        "M66 57l-4 17c4-9 10-18 15-16s-1 11 1 15 8-2 12-8"
        "M106 60c-9-5-17 4-15 11s12 3 16-10c-2 7-2 11 1 12s7-3 10-7"
        "M140 78c5-16 11-32 18-42 10-3 22-3 34-1M144 56c10-2 18-2 26-1"
        "M176 58l-4 15c4 2 8-2 12-7M178 47v.1"
        "M196 58c-7-2-11 3-5 7s1 10-7 8M214 60c-9-4-15 4-13 11s10 3 15-3"
        "M232 32c-6 14-10 28-13 42 4-9 10-17 15-15s-1 11 1 14 8-3 11-6"
        "M248 66c9 0 14-9 7-10s-12 9-6 15 12 1 17-5"
        "M268 58l-4 16c4-10 9-17 17-16 8 2 14 8 24 4"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job and how far it got. `steps` are (minutes ago, verb of domain.work_orders).

    On a day gone by they are minutes before its window began: below zero for what happened inside it.
    """

    title: str
    customer: str
    phone: str
    street: str
    technician: str = ""
    email: str = ""
    locality: str = "Portland, OR 97205"
    notes: str = ""
    day: int = 0  # days from today
    hour: int = 9  # when the window begins, for another day
    minutes_from_now: int = 0  # where today's window begins
    hours: int = 2
    booked_days_ago: int = 4
    is_shared: bool = False
    is_signed: bool = False
    is_main: bool = False
    steps: tuple[tuple[int, str], ...] = ()
    parts: tuple[tuple[str, str, str], ...] = ()
    photos: tuple[tuple[str, str], ...] = ()
    message: str = ""
    next_visit_days: int = 0
    shown_as: str = ""


HEATER_PARTS = (
    ("50-gallon water heater", "1", ""),
    ("Brass ball valve, ¾ in", "2", ""),
    ("Expansion tank", "1", ""),
    ("Copper pipe, ¾ in", "10", "ft"),
)

JOBS = (
    Job(
        title="Water heater replacement",
        customer="Sam Rivera",
        phone="(503) 555-0188",
        email="sam@rivera.example",
        street="48 Alder Street, Apt 3",
        technician="marcus",
        notes="Gate code 4417. Call ahead: dog in the yard.",
        minutes_from_now=-60,
        booked_days_ago=5,
        is_shared=True,
        is_main=True,
        steps=((75, "set_off"), (50, "start")),
        parts=HEATER_PARTS[:2],
        photos=(("gauge", "Pressure"), ("valve", "New valve"), ("old-heater", "Before")),
        message="Could Marcus look at the kitchen tap too while he is here?",
        shown_as="On the job:   ",
    ),
    Job(
        title="Kitchen drain, slow",
        customer="Lena Fischer",
        phone="(503) 555-0117",
        street="9 Pine Court",
        technician="dana",
        minutes_from_now=-180,
        hours=1,
        is_shared=True,
        is_signed=True,
        steps=((170, "set_off"), (150, "start"), (95, "complete")),
        parts=(("P-trap, 1½ in", "1", ""),),
        photos=(("heater", "After"), ("old-heater", "Before")),
        shown_as="Completed:    ",
    ),
    Job(
        title="Boiler service",
        customer="Theo Brandt",
        phone="(503) 555-0121",
        street="77 Mill Lane",
        technician="priya",
        minutes_from_now=30,
        is_shared=True,
        steps=((12, "set_off"),),
        shown_as="On the way:   ",
    ),
    Job(
        title="Leaking outside tap",
        customer="Amara Osei",
        phone="(503) 555-0133",
        street="310 Hill Road",
        technician="marcus",
        minutes_from_now=120,
    ),
    Job(
        title="Bathroom rough-in, visit 2 of 3",
        customer="Whitfield Builders",
        phone="(503) 555-0150",
        street="5 Quarry Way, unit B",
        technician="dana",
        minutes_from_now=180,
        is_shared=True,
        next_visit_days=3,
        notes="Bill to the main office, not to the site.",
    ),
    Job(
        title="Toilet keeps running",
        customer="Noor Haddad",
        phone="(503) 555-0164",
        street="18 Cedar Row",
        minutes_from_now=240,
        hours=1,
        booked_days_ago=1,
    ),
    Job(
        title="Sump pump check",
        customer="Grace Lindqvist",
        phone="(503) 555-0170",
        street="44 Low Street",
        technician="priya",
        day=1,
    ),
    Job(
        title="Garbage disposal, no power",
        customer="Ben Adeyemi",
        phone="(503) 555-0176",
        street="61 Fern Street",
        technician="marcus",
        day=1,
        hour=13,
        is_shared=True,
    ),
    Job(
        title="Gas line pressure test",
        customer="Oak Room Café",
        phone="(503) 555-0179",
        street="2 Market Square",
        day=2,
        hour=8,
    ),
    Job(
        title="Shower valve, second look",
        customer="Carla Ruiz",
        phone="(503) 555-0183",
        street="12 Orchard Close",
        technician="dana",
        day=-1,
        hour=14,
        is_shared=True,
        steps=((-15, "start"), (-80, "complete")),
        parts=(("Shower cartridge", "1", ""), ("Plumber’s grease", "0.5", "oz")),
    ),
    Job(
        title="Frozen pipe",
        customer="Ivo Marek",
        phone="(503) 555-0190",
        street="230 Bridge Avenue",
        technician="priya",
        day=1,
        hour=15,
        is_shared=True,
        steps=((60 * 3, "cancel"),),
    ),
)
