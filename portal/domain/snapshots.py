"""What was sent or issued, word for word and to the cent: taken once, proved, and never changed.

Amounts are whole minor units, everything else that is a number is text, so that the same content has the same hash on
every machine. Neither cost nor hours nor notes enter it: what is sold by the hour is one lump.
"""

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy import event, func, inspect, select, update

from models import Document, Invoice, Kind, OrgProfile, Quote, Snapshot, TaxCategory, db
from portal import clock, money, regions, totals
from portal.domain import documents, timeline
from portal.domain import shop as shops
from portal.domain.documents import LineValues

SHOP = ("name", "trade", "street", "locality", "phone", "email", "licence", "tax_id", "footer")
SUMS = ("subtotal", "discount", "net", "tax", "total", "deposit")


def take(document: Document, *, revision: int) -> Snapshot:
    """Keep what `document` says now. Raises DoesNotAddUp when its parts do not make the whole."""
    content = content_of(document, revision=revision)
    snapshot = Snapshot(
        kind=timeline.kind_of(document),
        record_id=document.id,
        revision=revision,
        content=content,
        content_hash=content_hash(content),
        created_at=clock.now(),
    )
    db.session.add(snapshot)
    db.session.flush()
    return snapshot


@event.listens_for(Snapshot, "before_insert")
def _prove(_mapper, _connection, snapshot: Snapshot) -> None:
    """The guard: nothing that does not add up is ever written."""
    found, content = totals.totals(asked(snapshot.content)), snapshot.content
    totals.prove(found)
    lines = [(line["amount"], line["discount"], line["price"]) for line in content["lines"]]
    if lines != [(line.amount, line.discount, line.price) for line in found.lines]:
        raise totals.DoesNotAddUp(lines)
    sums = _sums(content["lines"], found)
    if sums != {name: content[name] for name in sums}:
        raise totals.DoesNotAddUp(sums)


@event.listens_for(Snapshot, "before_update")
def _keep(_mapper, _connection, snapshot: Snapshot) -> None:
    if any(inspect(snapshot).attrs[name].history.has_changes() for name in ("content", "content_hash", "revision")):
        raise TypeError("a snapshot is never changed")


def newest(kind: Kind, record_id: int) -> Snapshot | None:
    return newest_of(kind, [record_id]).get(record_id)


def newest_of(kind: Kind, ids: Iterable[int]) -> dict[int, Snapshot]:
    """{record's id: its newest snapshot}, in one query."""
    last = select(Snapshot.record_id, func.max(Snapshot.revision).label("revision"))
    last = last.where(Snapshot.kind == kind, Snapshot.record_id.in_(list(ids))).group_by(Snapshot.record_id).subquery()
    is_last = (Snapshot.record_id == last.c.record_id) & (Snapshot.revision == last.c.revision)
    found = db.session.scalars(select(Snapshot).join(last, is_last).where(Snapshot.kind == kind))
    return {snapshot.record_id: snapshot for snapshot in found}


def of(kind: Kind, record_id: int, revision: int) -> Snapshot | None:
    return db.session.scalar(select(Snapshot).filter_by(kind=kind, record_id=record_id, revision=revision))


def last_seen(kind: Kind, record_id: int, *, before: int) -> Snapshot | None:
    """The newest revision older than `before` that a customer's screen has shown: what they compare with."""
    shown = select(Snapshot).where(Snapshot.kind == kind, Snapshot.record_id == record_id, Snapshot.revision < before)
    shown = shown.where(Snapshot.seen_at.is_not(None)).order_by(Snapshot.revision.desc())
    return db.session.scalar(shown.limit(1))


def mark_seen(kind: Kind, record_id: int, revision: int) -> None:
    """A customer's screen showed it: when for the first time. A hint, never evidence."""
    unseen = (Snapshot.kind == kind, Snapshot.record_id == record_id, Snapshot.revision == revision)
    db.session.execute(update(Snapshot).where(*unseen, Snapshot.seen_at.is_(None)).values(seen_at=clock.now()))


def content_of(document: Document, *, revision: int) -> dict:
    """All that the customer may read of it, as it is now."""
    shop, found = shops.as_it_is(), documents.figures(document)
    lines = [
        shown(documents.values_of(line), each, document.currency)
        for line, each in zip(document.lines, found.lines, strict=True)
    ]
    return {
        "currency": document.currency,
        "prices_include_tax": document.prices_include_tax,
        "title": document.title,
        "message": document.message,
        "terms": document.terms,
        "how_to_pay": shop.how_to_pay,
        "number": document.number,
        "revision": revision,
        "customer": {name: getattr(document.customer, name) for name in ("name", "street", "locality")},
        "site": {"street": document.street, "locality": document.locality},
        "work_order_number": document.work_order.number if document.work_order else None,
        "shop": {name: getattr(shop, name) for name in SHOP},
        "country": regions.territory_of(shop.locale),
        "lines": lines,
        "discount_percent": plain(document.discount_percent),
        "discount_amount": document.discount_amount or 0,
        "deposit_percent": plain(document.deposit_percent),
        "deposit_amount": document.deposit_amount or 0,
        **_of_its_kind(document, clock.today(shop.time_zone)),
        **_sums(lines, found),
    }


def _of_its_kind(document: Document, today: date) -> dict:
    if isinstance(document, Quote):
        until = document.valid_until
        told = {"issued_on": today, "valid_until": until, "quote_number": None, "credits_number": None}
    else:
        credited = db.session.get(Invoice, document.credits_id) if document.credits_id else None
        told = {
            "issued_on": document.issued_on or today,
            "due_on": document.due_on,
            "quote_number": document.quote.number if document.quote else None,
            "credits_number": credited.number if credited else None,
            "bank": _bank(shops.as_it_is()),
        }
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}


def _bank(shop: OrgProfile) -> dict:
    return {"account_holder": shop.account_holder or shop.name, "iban": shop.iban, "bic": shop.bic}


def shown(line: LineValues, found: totals.LineFigures, currency: str) -> dict:
    """The line as the customer may read it: what is sold by the hour is one unit at its amount."""
    quantity, price = documents.lump(found.amount, currency) if line.is_hourly else (line.quantity, line.price)
    return {
        "id": line.id,
        "description": line.description,
        "details": line.details,
        "quantity": plain(quantity),
        "unit": "" if line.is_hourly else line.unit,
        "unit_price": plain(price),
        "amount": found.amount,
        "discount": found.discount,
        "discount_percent": plain(line.discount_percent),
        "price": found.price,
        "is_hourly": line.is_hourly,
        "is_optional": line.is_optional,
        "is_chosen": line.is_chosen or not line.is_optional,
        "tax_rate": plain(line.tax_rate),
        "tax_name": line.tax_name,
        "tax_category": line.tax_category.value,
    }


def plain(number: Decimal | None) -> str | None:
    """ "7.375", "1000": without an exponent, without what says nothing."""
    return None if number is None else f"{number.normalize() + 0:f}"


def _sums(lines: list[dict], found: totals.Totals) -> dict:
    """What the lines that count come to. A tax is named as on the first line that has it."""
    names = {}
    for line in lines:
        if line["is_chosen"]:
            names.setdefault((Decimal(line["tax_rate"]), line["tax_category"]), line["tax_name"])
    taxes = [
        {
            "name": names[group.rate, group.category.value],
            "rate": plain(group.rate),
            "category": group.category.value,
            "net": group.net,
            "tax": group.tax,
        }
        for group in found.groups
    ]
    return {name: getattr(found, name) for name in SUMS} | {"taxes": taxes}


def asked(content: dict) -> totals.Document:
    """The content as the totals engine reads it."""
    return totals.Document(
        currency=content["currency"],
        lines=tuple(
            totals.Line(
                quantity=Decimal(line["quantity"]),
                unit_price=Decimal(line["unit_price"]),
                discount=money.Part(minor=line["discount"]),
                tax=money.Tax(rate=Decimal(line["tax_rate"]), category=money.Category(line["tax_category"])),
                is_optional=line["is_optional"],
                is_chosen=line["is_chosen"],
            )
            for line in content["lines"]
        ),
        includes_tax=content["prices_include_tax"],
        discount=documents.part(number(content["discount_percent"]), content["discount_amount"]),
        deposit=documents.part(number(content["deposit_percent"]), content["deposit_amount"]),
    )


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def optional_ids(content: dict) -> set[int]:
    return {line["id"] for line in content["lines"] if line["is_optional"]}


def choose(content: dict, chosen: Collection[int]) -> dict:
    """The same content with these optional lines ticked and no other, and what it then comes to."""
    lines = [line | {"is_chosen": not line["is_optional"] or line["id"] in chosen} for line in content["lines"]]
    picked = content | {"lines": lines}
    return picked | _sums(lines, totals.totals(asked(picked)))


def content_hash(content: dict) -> str:
    """SHA-256 of the content as sorted JSON in UTF-8."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def agreed_lines(quote: Quote, content: dict) -> list[LineValues]:
    """The lines that count in `content`, none optional any more, to go on with.

    The office's own line is taken, with its hours and cost, unless it was edited after it was sent.
    """
    own = {}
    for line, found in zip(map(documents.values_of, quote.lines), documents.figures(quote).lines, strict=True):
        said = shown(replace(line, is_optional=False), found, quote.currency)
        own[line.id] = said, replace(line, id=None, is_optional=False, is_chosen=True)
    agreed = []
    for line in content["lines"]:
        if line["is_chosen"]:
            said, values = own.get(line["id"], (None, None))
            is_same = said == line | {"is_optional": False}
            agreed.append(values if is_same else _read(line))
    return agreed


def _read(line: dict) -> LineValues:
    percent = number(line["discount_percent"])
    return LineValues(
        quantity=Decimal(line["quantity"]),
        price=Decimal(line["unit_price"]),
        discount_percent=percent,
        discount_amount=None if percent is not None else line["discount"] or None,
        tax_rate=Decimal(line["tax_rate"]),
        tax_category=TaxCategory(line["tax_category"]),
        **{name: line[name] for name in ("description", "details", "unit", "is_hourly", "tax_name")},
    )
