"""The shop: its profile, and the verbs that change what every page shows."""

from models import Bell, OrgProfile, Staff, db
from portal.db import is_writing
from portal.domain import timeline
from portal.domain.refusals import ChangedMeanwhile

SHOWN = (
    "name",
    "trade",
    "brand_color",
    "phone",
    "street",
    "locality",
    "licence",
    "answer_hours",
    "time_zone",
    "says_late",
    "email",
    "opening_hours",
    "locale",
)
PAPER = ("tax_id", "footer", "currency", "paper_size")  # no customer's page shows them
# What quotes and invoices yet to be made begin with.
BILLING = ("prices_include_tax", "quote_terms", "valid_days", "invoice_terms", "due_days", "how_to_pay")
BILLING += ("allows_part_payments", "account_holder", "iban", "bic", "attaches_paper", "sends_e_invoices")
EDITS = ("profile_edited", "logo_set")


def open_shop(*, time_zone: str, is_sample: bool = False) -> OrgProfile:
    """The shop's one row, made on the very first start."""
    shop = db.session.get(OrgProfile, 1)
    if shop is None:
        shop = OrgProfile(id=1, time_zone=time_zone, is_sample=is_sample)
        db.session.add(shop)
        db.session.flush()
    return shop


def profile() -> OrgProfile:
    """The shop. Raises LookupError before the first start has made it."""
    shop = db.session.get(OrgProfile, 1, with_for_update=is_writing())
    db.session.info["profile"] = shop  # a session forgets what nobody holds, and every date on a page asks for this
    if shop is None:
        raise LookupError("the shop has not been opened yet: run `flask --app app upgrade`")
    return shop


def as_it_is() -> OrgProfile:
    """The shop, not locked: whoever only reads it while writing something else keeps nobody waiting."""
    return db.session.get_one(OrgProfile, 1)


def edit(shop: OrgProfile, values: dict, *, seen: int, by: Staff) -> None:
    """Change the profile. `values` may hold what is in SHOWN, PAPER and BILLING.

    Raises ChangedMeanwhile if `seen` is an old edition.
    """
    if seen != shop.edition:
        raise changed_meanwhile()
    changed = [name for name in (*SHOWN, *PAPER, *BILLING) if name in values and getattr(shop, name) != values[name]]
    if not changed:
        return
    for name in changed:
        setattr(shop, name, values[name])
    shop.is_sample = shop.is_sample and "name" not in changed
    shop.edition += 1
    bell = Bell.RING if set(changed) & set(SHOWN) else Bell.SILENT
    timeline.note_shop("profile_edited", by=by, bell=bell, fields=", ".join(changed))


def changed_meanwhile() -> ChangedMeanwhile:
    """Says who changed the profile last, and when."""
    last = timeline.last_of_shop(EDITS)
    return ChangedMeanwhile(last.staff.name if last and last.staff else "", last.at if last else None)


def set_logo(shop: OrgProfile, name: str, width: int, height: int, *, by: Staff) -> None:
    """Show the stored picture `name`, of so many pixels, instead of initials; "" shows them again."""
    shop.logo, shop.logo_width, shop.logo_height = name, width, height
    timeline.note_shop("logo_set", by=by, bell=Bell.RING)


def initials(name: str) -> str:
    """Up to three letters for the shop's mark: "Hartley & Sons" is H&S, "Brightwater Plumbing" is BP."""
    words = [word for word in name.split() if word[0].isalnum() or word == "&"]
    letters = [word[0].upper() for word in words if word != "&"]
    if len(words) == 3 and len(letters) == 2 and words[1] == "&":
        return f"{letters[0]}&{letters[1]}"
    return "".join(letters[:2]) or "•"
