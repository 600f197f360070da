"""The sample shop's taxes, price list, quotes and invoices as data. The account is nobody's."""

from dataclasses import dataclass

from models import MessageKind, Method

FIRST_NUMBERS = {"quote": 313, "invoice": 2028}

BILLING = {
    "tax_id": "93-0204118",
    "valid_days": 14,
    "due_days": 14,
    "quote_terms": "Prices hold for the work described here. Anything we find behind a wall is shown to you and priced "
    "before we go on. We clean up after ourselves, and our work is guaranteed for two years.",
    "invoice_terms": "Our work is guaranteed for two years; the makers guarantee their parts.",
    "how_to_pay": "Bank transfer to Hartley & Sons, routing 123456780, account 0042118077. "
    "Checks to 210 Burnside Road, Portland, OR 97214. Please write the number of the invoice on it.",
}

# key, name, rate, category
TAXES = (("usual", "Sales tax", "7.9", "S"), ("none", "Tax exempt", "0", "E"))

# key, description, details, unit, price, cost, by the hour
ITEMS = (
    ("heater", "50-gallon water heater", "6-year tank warranty", "", "1180", "742", False),
    ("install", "Labor: remove and install", "Fixed price", "", "640", "260", False),
    ("ball_valve", "Brass ball valve, ¾ in", "", "", "38", "14.20", False),
    ("tank", "Expansion tank", "2 gallon", "", "118", "51", False),
    ("haul", "Haul away old unit", "", "", "80", "25", False),
    ("pan", "Drain pan with leak alarm", "Shuts the water off if the tank ever leaks", "", "145", "61.50", False),
    ("flush", "First yearly flush", "We come back a year after the installation", "", "89", "30", False),
    ("call", "Service call", "Travel and the first half hour", "", "95", "38", False),
    ("labor", "Plumber", "", "hour", "110", "46", True),
    ("drain", "Drain cleaning, up to 50 ft", "With a camera look at the end", "", "165", "52", False),
    ("trap", "P-trap, 1½ in", "", "", "24.50", "8.75", False),
    ("cartridge", "Shower cartridge", "", "", "64", "27.40", False),
    ("copper", "Copper pipe, ¾ in", "", "ft", "6.40", "2.85", False),
    ("pex", "PEX pipe, ¾ in", "", "ft", "2.35", "0.845", False),
    ("rough_in", "Bathroom rough-in", "Supply, drain and vent, three visits", "", "3450", "1610", False),
    ("fan", "Bath fan with duct", "", "", "310", "128", False),
    ("toilet", "Toilet, two-piece", "Seat and wax ring included", "", "285", "139", False),
    ("boiler", "Boiler service", "Clean, test and adjust", "", "210", "70", False),
    ("supply", "Supply line, braided", "", "", "19.80", "6.10", False),
    ("insulation", "Pipe insulation", "", "ft", "3.10", "1.05", False),
)

HEATER = (("heater", "1"), ("install", "1"), ("ball_valve", "2"), ("tank", "1"), ("haul", "1"))


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A quote or an invoice. `lines` and `optional` are (key of an item, quantity). `job` is the title of one."""

    title: str
    customer: str
    lines: tuple[tuple[str, str], ...]
    optional: tuple[tuple[str, str], ...] = ()
    hours_ago: int = 0  # when it was sent or issued
    discount_percent: str = ""
    deposit_percent: str = ""
    message: str = ""
    job: str = ""
    is_draft: bool = False
    is_main: bool = False


@dataclass(frozen=True, kw_only=True)
class SampleQuote(Paper):
    """`answers` are (hours ago, kind, words), `revised` the lines that were sent again after the first of them."""

    answers: tuple[tuple[int, MessageKind, str], ...] = ()
    revised: tuple[tuple[str, str], ...] = ()
    revised_hours_ago: int = 0
    chosen: tuple[str, ...] = ()  # keys of optional lines that were ticked
    is_signed: bool = False
    is_by_phone: bool = False
    waits: bool = False  # its last answer stands in the inbox


@dataclass(frozen=True, kw_only=True)
class SampleInvoice(Paper):
    """`payments` are (hours ago, method, share of the total in percent, reference). `quote` is the title of one."""

    payments: tuple[tuple[int, Method, int, str], ...] = ()
    quote: str = ""


QUOTES = (
    SampleQuote(
        title="Pipe insulation in the crawl space",
        customer="Ivo Marek",
        lines=(("insulation", "60"), ("labor", "3")),
        hours_ago=24 * 24,
        message="So that the frost of last winter does not come back.",
    ),
    SampleQuote(
        title="Bathroom rough-in",
        customer="Whitfield Builders",
        lines=(("rough_in", "1"), ("copper", "80"), ("fan", "1")),
        revised=(("rough_in", "1"), ("pex", "80")),
        revised_hours_ago=24 * 13,
        hours_ago=24 * 16,
        deposit_percent="50",
        message="As discussed on site: three visits, the walls stay open until the inspection.",
        job="Bathroom rough-in, visit 2 of 3",
        answers=(
            (24 * 14, MessageKind.CHANGES, "Please price it with PEX instead of copper. We bring the fan ourselves."),
            (24 * 12, MessageKind.APPROVED, "Glen Whitfield"),
        ),
        is_by_phone=True,
    ),
    SampleQuote(
        title="New shower valve",
        customer="Carla Ruiz",
        lines=(("cartridge", "1"), ("labor", "4"), ("ball_valve", "2")),
        hours_ago=24 * 9,
        answers=((24 * 8, MessageKind.DECLINED, "The timing: we renovate the whole bathroom next year."),),
    ),
    SampleQuote(
        title="Water heater replacement",
        customer="Sam Rivera",
        lines=HEATER[:4],
        optional=(("pan", "1"), ("flush", "1")),
        hours_ago=24 * 7,
        message="Your tank is 14 years old and rusted at the base. This replaces it like for like.",
        job="Water heater replacement",
        answers=((24 * 6, MessageKind.APPROVED, "Sam Rivera"),),
        chosen=("flush",),
        is_signed=True,
    ),
    SampleQuote(
        title="New toilet instead of another repair",
        customer="Noor Haddad",
        lines=(("toilet", "1"), ("supply", "1"), ("labor", "2")),
        hours_ago=24,
        message="The old one can be repaired once more, but not for long.",
        answers=((1, MessageKind.CHANGES, "Could you also price one that is a little higher? For my mother."),),
        waits=True,
    ),
    SampleQuote(
        title="50-gallon water heater",
        customer="Grace Lindqvist",
        lines=HEATER,
        optional=(("pan", "1"),),
        hours_ago=2,
        discount_percent="5",
        message="Everything to replace your water heater, old unit taken away. Five percent off, as promised.",
        is_main=True,
    ),
    SampleQuote(
        title="Yearly boiler service, two boilers",
        customer="Theo Brandt",
        lines=(("boiler", "2"),),
        is_draft=True,
    ),
)

INVOICES = (
    SampleInvoice(
        title="Dishwasher supply line",
        customer="Oak Room Café",
        lines=(("call", "1"), ("labor", "1.5"), ("supply", "2")),
        hours_ago=24 * 30,
    ),
    SampleInvoice(
        title="Bathroom rough-in",
        customer="Whitfield Builders",
        lines=(),
        quote="Bathroom rough-in",
        hours_ago=24 * 10,
        payments=((24 * 8, Method.CHECK, 50, "Check 2207"),),
    ),
    SampleInvoice(
        title="Boiler repair",
        customer="Theo Brandt",
        lines=(("call", "1"), ("labor", "2.5")),
        hours_ago=24 * 9,
        payments=((24 * 6, Method.CARD, 100, "Card ending 4242"),),
    ),
    SampleInvoice(
        title="Kitchen drain, slow",
        customer="Lena Fischer",
        lines=(("call", "1"), ("drain", "1"), ("trap", "1")),
        hours_ago=1,
        job="Kitchen drain, slow",
        message="Thank you for having us. The drain runs freely again; the old trap was cracked.",
        is_main=True,
    ),
    SampleInvoice(
        title="Shower valve, second look",
        customer="Carla Ruiz",
        lines=(("call", "1"), ("cartridge", "1")),
        job="Shower valve, second look",
        is_draft=True,
    ),
)
