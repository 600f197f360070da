"""The first minute: the owner names the shop and gets a way in; a sample shop becomes somebody's own."""

from sqlalchemy import update

from models import Bell, OrgProfile, Role, SignInLink, Staff, db
from portal import clock
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.domain import timeline

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
    shop.is_sample = False
    shop.edition += 1
    unspent = update(SignInLink).where(SignInLink.staff_id == owner.id, SignInLink.used_at.is_(None))
    db.session.execute(unspent.values(used_at=clock.now()))
    timeline.note_shop("opened_shop", by=owner, bell=Bell.RING)
