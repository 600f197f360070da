"""The rates of tax that the shop charges. A line keeps the rate it was written with, whatever becomes of it here."""

from decimal import Decimal

from sqlalchemy import func, select, update

from models import Staff, TaxCategory, TaxRate, db
from portal import clock, money
from portal.domain import shop as shops
from portal.domain import timeline
from portal.domain.refusals import ChangedMeanwhile, NotAllowed

FIELDS = ("name", "rate", "category")


def offered() -> list[TaxRate]:
    """What can be chosen for a line: the usual one first."""
    alive = select(TaxRate).where(TaxRate.archived_at.is_(None))
    return list(db.session.scalars(alive.order_by(TaxRate.is_default.desc(), func.lower(TaxRate.name), TaxRate.id)))


def archived() -> list[TaxRate]:
    gone = select(TaxRate).where(TaxRate.archived_at.is_not(None))
    return list(db.session.scalars(gone.order_by(func.lower(TaxRate.name), TaxRate.id)))


def default() -> TaxRate | None:
    """The usual one; None where the shop charges no tax."""
    return db.session.scalar(select(TaxRate).where(TaxRate.is_default, TaxRate.archived_at.is_(None)).limit(1))


def values_of(rate: TaxRate | None) -> dict:
    """What a line keeps of it."""
    if rate is None:
        none = money.UNTAXED
        return {"tax_name": "", "tax_rate": none.rate, "tax_category": TaxCategory(none.category.value)}
    return {"tax_name": rate.name, "tax_rate": rate.rate, "tax_category": rate.category}


def find(id: int) -> TaxRate | None:
    """The rate, not locked: each verb here locks the shop, and after that it would be the wrong way round."""
    return db.session.get(TaxRate, id)


def add(*, name: str, rate: Decimal, category: TaxCategory, by: Staff | None, is_default: bool = False) -> TaxRate:
    """Offer a rate; the first one becomes the usual one. Raises MoneyError for a rate that its category cannot have."""
    _check(rate, category)
    timeline.note_shop("tax_added", by=by, name=name)
    tax = TaxRate(name=name, rate=rate, category=category, is_default=False)
    db.session.add(tax)
    db.session.flush()
    if is_default or default() is None:
        _only_default(tax)
    return tax


def edit(tax: TaxRate, values: dict, *, seen: dict, by: Staff) -> None:
    """Change the names in FIELDS, for lines yet to be written. `seen`: what the form showed them to be.

    Raises ChangedMeanwhile when they were something else by now, MoneyError as `add`.
    """
    _check(values["rate"], values["category"])
    _locked(tax)
    if any(getattr(tax, name) != seen[name] for name in FIELDS):
        raise ChangedMeanwhile("", None)
    if any(getattr(tax, name) != values[name] for name in FIELDS):
        for name in FIELDS:
            setattr(tax, name, values[name])
        timeline.note_shop("tax_edited", by=by, name=tax.name, tax_id=tax.id)


def make_default(tax: TaxRate, *, by: Staff) -> None:
    """New lines have this one. Raises NotAllowed for one that is not offered any more."""
    _locked(tax)
    if tax.archived_at:
        raise NotAllowed("archived")
    if not tax.is_default:
        _only_default(tax)
        timeline.note_shop("tax_default", by=by, name=tax.name, tax_id=tax.id)


def archive(tax: TaxRate, *, by: Staff) -> None:
    """Offer it no more. Lines that have it keep it."""
    _locked(tax)
    if tax.archived_at is None:
        tax.archived_at, tax.is_default = clock.now(), False
        timeline.note_shop("tax_archived", by=by, name=tax.name, tax_id=tax.id)


def restore(tax: TaxRate, *, by: Staff) -> None:
    _locked(tax)
    if tax.archived_at is not None:
        tax.archived_at = None
        timeline.note_shop("tax_restored", by=by, name=tax.name, tax_id=tax.id)


def _check(rate: Decimal, category: TaxCategory) -> None:
    money.check_tax(money.Tax(rate=rate, category=money.Category(category.value)), "tax")


def _locked(tax: TaxRate) -> None:
    """As it is now, with the shop locked: or one could be archived and made the usual one at once."""
    shops.profile()
    db.session.refresh(tax)


def _only_default(tax: TaxRate) -> None:
    everyone = update(TaxRate).values(is_default=TaxRate.id == tax.id)
    db.session.execute(everyone.execution_options(synchronize_session=False))
    db.session.expire_all()
