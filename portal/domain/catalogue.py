"""The price list: what the shop usually sells, to be put on a line with one choice."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, or_, select

from models import Item, Staff, db
from portal import clock, money
from portal.db import contains, lock
from portal.domain import shop as shops
from portal.domain import taxes, timeline
from portal.domain.documents import LineValues
from portal.domain.refusals import ChangedMeanwhile

FIELDS = ("description", "details", "unit", "price", "cost", "is_hourly", "tax_rate")


def add(values: Mapping, *, by: Staff | None) -> Item:
    """Put something on the list. `values`: names in FIELDS, description and price at least. Raises MoneyError."""
    _check(values)
    item = Item(**{name: values[name] for name in FIELDS if name in values}, edition=1)
    db.session.add(item)
    db.session.flush()
    timeline.note_shop("item_added", by=by, item_id=item.id)
    return item


def edit(item: Item, values: Mapping, *, seen: int, by: Staff) -> None:
    """Change it for lines yet to be written. Raises ChangedMeanwhile if `seen` is an old edition, MoneyError."""
    _check(values)
    lock(item)
    if seen != item.edition:
        raise ChangedMeanwhile("", None)
    changed = [name for name in FIELDS if name in values and getattr(item, name) != values[name]]
    for name in changed:
        setattr(item, name, values[name])
    if changed:
        item.edition += 1
        timeline.note_shop("item_edited", by=by, item_id=item.id)


def archive(item: Item, *, by: Staff) -> None:
    _file(item, clock.now(), "item_archived", by)


def restore(item: Item, *, by: Staff) -> None:
    _file(item, None, "item_restored", by)


def _file(item: Item, at: datetime | None, verb: str, by: Staff) -> None:
    lock(item)
    if (item.archived_at is None) != (at is None):
        item.archived_at = at
        timeline.note_shop(verb, by=by, item_id=item.id)


def search(query: str, *, limit: int, offset: int = 0, is_archived: bool = False) -> list[Item]:
    """What has every word of `query` somewhere in it; what begins with it first."""
    found = select(Item).where(Item.archived_at.is_not(None) if is_archived else Item.archived_at.is_(None))
    name = func.lower(Item.description)
    for word in query.lower().split():
        found = found.where(or_(contains(Item.description, word), contains(Item.details, word)))
    begins = name.startswith(query.strip().lower(), autoescape=True)
    return list(db.session.scalars(found.order_by(begins.desc(), name, Item.id).limit(limit).offset(offset)))


def line_of(item: Item) -> LineValues:
    """One of it, with its own tax or the usual one."""
    is_offered = item.tax_rate is not None and item.tax_rate.archived_at is None
    tax = taxes.values_of(item.tax_rate if is_offered else taxes.default())
    said = {name: getattr(item, name) for name in FIELDS if name != "tax_rate"}
    return LineValues(quantity=Decimal(1), **said, **tax)


def _check(values: Mapping) -> None:
    places = money.decimals(shops.as_it_is().currency) + money.PRICE_PLACES
    for name in ("price", "cost"):
        if values.get(name) is not None:
            money.check_decimal(values[name], money.MOST_PRICE, places, name, None)
