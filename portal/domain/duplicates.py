"""Two cards for one person: suspected, and merged into one."""

from collections.abc import Iterable

from sqlalchemy import func, insert, or_, select, update

from models import Customer, Staff, WorkOrder, db
from portal import clock
from portal.db import alone
from portal.domain import documents, timeline
from portal.domain.customers import CARD, digits_of, plain_digits, require_edition
from portal.domain.refusals import NotAllowed

FEW = 3
TELLING = 7  # so many digits make a phone number somebody's own
LOCAL = 9  # of longer ones the last so many count: +1 and 0049 are written or left out


def of(customer: Customer) -> list[Customer]:
    """Who may be the same person: the same phone number or the same email address."""
    alike = []
    if number := phone_key(customer.phone):
        alike.append(plain_digits(Customer.phone).like(f"%{number}"))
    if customer.email:
        alike.append(func.lower(Customer.email) == customer.email.lower())
    if not alike:
        return []
    others = select(Customer).where(or_(*alike), Customer.id != customer.id, Customer.archived_at.is_(None))
    return list(db.session.scalars(others.order_by(Customer.id).limit(FEW)))


def phone_key(phone: str) -> str:
    """What two ways of writing one phone number have in common, or "" when it is too short to tell."""
    digits = digits_of(phone)
    return digits[-LOCAL:] if len(digits) >= TELLING else ""


def may_merge(survivor: Customer, other: Customer) -> bool:
    """Not with itself, and only what is in the lists: so nothing is ever merged in a circle."""
    return survivor.id != other.id and not survivor.archived_at and not other.archived_at


def differing(survivor: Customer, other: Customer) -> list[str]:
    return [name for name in CARD if getattr(survivor, name) != getattr(other, name)]


def merge(
    survivor: Customer, other: Customer, values: dict[str, str], *, seen: int, other_seen: int, by: Staff
) -> None:
    """Make one card of two: `values` stay, all jobs move to `survivor`, `other` is archived and leads there.

    Messages and share links belong to the jobs and go with them. Raises NotAllowed unless both are in the lists,
    ChangedMeanwhile if either was changed after it was looked at.
    """
    if not may_merge(survivor, other):
        raise NotAllowed("merge")
    require_edition(survivor, seen)
    require_edition(other, other_seen)
    for name in CARD:
        setattr(survivor, name, values[name])
    moved = db.session.execute(
        update(WorkOrder)
        .where(WorkOrder.customer_id == other.id)
        .values(customer_id=survivor.id, edition=WorkOrder.edition + 1),  # an open form would move it back
    ).rowcount
    documents.hand_over(other, survivor)
    # Those merged into `other` before lead straight to where it went: nobody ever follows more than one step.
    db.session.execute(
        update(Customer).where(Customer.merged_into_id == other.id).values(merged_into_id=survivor.id),
    )
    survivor.edition += 1
    other.edition += 1
    other.archived_at, other.merged_into_id = clock.now(), survivor.id
    timeline.note_shop("customers_merged", by=by, customer_id=survivor.id, merged_id=other.id, jobs=moved)


class Known:
    """Everybody the shop has a card of, archived and merged ones too, to be compared with cards of a file."""

    def __init__(self):
        columns = (Customer.id, *(getattr(Customer, name) for name in CARD), Customer.merged_into_id)
        self._same: dict[tuple, int] = {}
        self._alike: dict[tuple, int] = {}
        for row in db.session.execute(select(*columns).order_by(Customer.id)).mappings():
            self.learn(row, row["merged_into_id"] or row["id"])

    def learn(self, card, id: int) -> None:
        self._same.setdefault(_whole(card), id)
        for trait in _traits(card):
            self._alike.setdefault(trait, id)

    def same(self, card) -> int | None:
        """Whose card this is, word for word but for notes and language."""
        return self._same.get(_whole(card))

    def alike(self, card) -> int | None:
        """Whose card this may be: the same phone number, email address, or name and street."""
        return next((self._alike[trait] for trait in _traits(card) if trait in self._alike), None)


def _whole(card) -> tuple[str, ...]:
    return tuple(card[name].lower() for name in ("name", "phone", "email", "street", "locality"))


def _traits(card) -> list[tuple[str, ...]]:
    number = phone_key(card["phone"])
    traits = [("phone", number)] if number else []
    traits += [("email", card["email"].lower())] if card["email"] else []
    return traits + ([("home", card["name"].lower(), card["street"].lower())] if card["street"] else [])


def add_many(cards: Iterable[dict[str, str]], *, by: Staff, even_alike: bool = False) -> int:
    """Add those cards that nobody has yet; with `even_alike` also those of whom somebody similar is known.

    How many were added. A second go with the same cards adds nobody, even when both go at once.
    """
    alone()
    known, now, fresh = Known(), clock.now(), []
    for card in cards:
        if known.same(card) is None and (even_alike or known.alike(card) is None):
            fresh.append(card | {"created_at": now, "edition": 1})
            known.learn(card, 0)
    if fresh:
        db.session.execute(insert(Customer), fresh)
        timeline.note_shop("customers_imported", by=by, count=len(fresh))
    return len(fresh)
