"""The first minute: the owner names the shop and gets a way in; a sample shop becomes somebody's own."""

from sqlalchemy import select, update

from models import Bell, Event, OrgProfile, Role, SignInLink, Staff, db
from portal import clock
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.domain import timeline

SAMPLE_WORDS = ("trade", "street", "locality", "licence", "answer_hours", "tax_id")
# Above all the account that nobody has: what customers pay there is lost.
SAMPLE_WORDS += ("quote_terms", "invoice_terms", "how_to_pay")
OWN = ("name", "phone", "brand_color", "locale", "time_zone", "currency", "paper_size")


def is_due(person: Staff) -> bool:
    """Whether the shop still waits for `person` to open it: its owner, whom nothing but a printed link lets in."""
    if person.role is not Role.OWNER or shops.profile().is_sample:
        return False
    return not person.email or not people.has_been_in()


def owner_awaited() -> bool:
    """Whether a start has to print a way in."""
    owner = people.owner()
    return owner is None or is_due(owner)


def open_shop(owner: Staff, shop: OrgProfile, values: dict, *, name: str, email: str, password_hash: str) -> None:
    """Give the shop its name and its owner a way in; links printed before open nothing any more.

    `values` holds the names in OWN, as far as they were asked. Raises NotAllowed when somebody else has the e-mail.
    """
    people.edit_self(owner, name=name, phone=owner.phone, email=email)
    people.set_password(owner, password_hash)
    for field in OWN:
        setattr(shop, field, values.get(field, getattr(shop, field)))
    if shop.is_sample:
        forget_sample_words(shop)
    shop.is_sample = False
    shop.edition += 1
    unspent = update(SignInLink).where(SignInLink.staff_id == owner.id, SignInLink.used_at.is_(None))
    db.session.execute(unspent.values(used_at=clock.now()))
    timeline.note_shop("opened_shop", by=owner, bell=Bell.RING)


def forget_sample_words(shop: OrgProfile) -> None:
    """Take out the made-up address, licence, account and so on. What somebody typed stays."""
    edits = select(Event.details).where(Event.kind == timeline.SHOP, Event.verb == "profile_edited")
    typed = {name for details in db.session.scalars(edits) for name in details["fields"].split(", ")}
    for name in SAMPLE_WORDS:
        if name not in typed:
            setattr(shop, name, "")
