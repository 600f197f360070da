"""Parts used on a job: what and how many, never a price."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Select, func, select

from models import Bell, Item, Part, Staff, WorkOrder, db
from portal.domain import timeline

NAME = 120  # characters of a part's name
LATELY = 500  # parts back: what is asked for often is asked for first


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """Something of the price list as a part to choose: without its price."""

    item_id: int
    name: str
    unit: str


def add(work_order: WorkOrder, *, name: str, quantity: Decimal, unit: str = "", by: Staff | None) -> Part:
    """Write a part down. `quantity` is more than 0 and has at most 4 decimal places."""
    part = Part(work_order=work_order, name=name, quantity=quantity, unit=unit)
    db.session.add(part)
    timeline.note(work_order, "part_added", by=by, bell=Bell.RING, part=name)
    return part


def take(work_order: WorkOrder, picked: Pick, *, by: Staff) -> None:
    """One of what was picked; picked again, one more."""
    there = next((part for part in work_order.parts if (part.name, part.unit) == (picked.name, picked.unit)), None)
    if there is None:
        add(work_order, name=picked.name, quantity=Decimal(1), unit=picked.unit, by=by)
    else:
        there.quantity += 1
        timeline.note(work_order, "part_added", by=by, bell=Bell.RING, part=picked.name)


def count(part: Part, quantity: Decimal, *, by: Staff) -> None:
    """It were so many. `quantity` is more than 0 and has at most 4 decimal places."""
    if part.quantity != quantity:
        part.quantity = quantity
        timeline.note(part.work_order, "part_counted", by=by, bell=Bell.RING, part=part.name)


def remove(part: Part, *, by: Staff) -> None:
    timeline.note(part.work_order, "part_removed", by=by, bell=Bell.RING, part=part.name)
    db.session.delete(part)


def pick(item_id: int) -> Pick | None:
    """What of the price list has this id, while it is offered."""
    item = db.session.scalar(_offered().where(Item.id == item_id))
    return _as_pick(item) if item else None


def picks(*, limit: int) -> list[Pick]:
    """What the shop sells by the piece, most used of late first, then by name."""
    newest = select(Part.name).order_by(Part.id.desc()).limit(LATELY).subquery()
    used = select(func.count()).where(newest.c.name == Item.description).correlate(Item).scalar_subquery()
    in_order = _offered().order_by(used.desc(), func.lower(Item.description), Item.id)
    return [_as_pick(item) for item in db.session.scalars(in_order.limit(limit))]


def _offered() -> Select:
    return select(Item).where(Item.archived_at.is_(None), ~Item.is_hourly)


def _as_pick(item: Item) -> Pick:
    return Pick(item_id=item.id, name=item.description[:NAME].strip(), unit=item.unit)
