from decimal import Decimal

import pytest

from models import Event, TaxCategory, TaxRate, db
from portal.db import writing
from portal.domain import taxes
from portal.domain.refusals import ChangedMeanwhile, NotAllowed
from portal.money import Fault, MoneyError
from tests.crowd import in_threads

VAT = {"name": "VAT", "rate": Decimal(20), "category": TaxCategory.STANDARD}
LOW = {"name": "Low", "rate": Decimal("5.5"), "category": TaxCategory.STANDARD}


def add(shop, **values) -> TaxRate:
    with writing():
        return taxes.add(**({"by": shop.dana} | VAT | values))


def test_a_shop_without_taxes_charges_none(shop):
    assert (taxes.default(), taxes.offered()) == (None, [])
    assert taxes.values_of(None) == {"tax_name": "", "tax_rate": 0, "tax_category": TaxCategory.EXEMPT}


def test_the_first_rate_is_the_usual_one(shop):
    first, second = add(shop), add(shop, **LOW)
    assert taxes.default() == first
    assert taxes.offered() == [first, second]


def test_one_rate_is_the_usual_one(shop):
    first, second, third = add(shop), add(shop, **LOW), add(shop, name="New", is_default=True)
    assert taxes.default() == third
    shop.do(taxes.make_default, second)
    assert [rate.is_default for rate in (first, second, third)] == [False, True, False]
    assert taxes.offered()[0] == second


def test_two_who_each_make_another_rate_the_usual_one_leave_one(shop, app):
    left = [add(shop, name=f"Rate {place}").id for place in range(8)]

    def press() -> None:
        id = left.pop()
        with writing():
            taxes.make_default(taxes.find(id), by=shop.dana)

    assert in_threads(app, 8, press) == [None] * 8
    assert shop.count(TaxRate, is_default=True) == 1


def test_a_rate_no_longer_offered_stays_on_record(shop):
    rate = add(shop)
    shop.do(taxes.archive, rate)
    assert (taxes.default(), taxes.offered()) == (None, [])
    with pytest.raises(NotAllowed):
        shop.do(taxes.make_default, rate)
    shop.do(taxes.restore, rate)
    assert taxes.offered() == [rate]


def test_a_rate_is_changed_unless_somebody_else_did(shop):
    rate = add(shop)
    shop.do(taxes.edit, rate, values=LOW, seen=VAT)
    assert (rate.name, rate.rate) == ("Low", Decimal("5.5"))
    with pytest.raises(ChangedMeanwhile):
        shop.do(taxes.edit, rate, values=VAT, seen=VAT)


@pytest.mark.parametrize(
    ("bent", "fault"),
    [
        ({"rate": Decimal(0)}, Fault.TAX_MISFIT),
        ({"category": TaxCategory.EXPORT}, Fault.TAX_MISFIT),
        ({"rate": Decimal(101)}, Fault.TOO_LARGE),
        ({"rate": Decimal(-1)}, Fault.NEGATIVE),
        ({"rate": Decimal("0.00001")}, Fault.TOO_FINE),
    ],
)
def test_a_rate_that_cannot_be_is_refused(shop, bent, fault):
    with pytest.raises(MoneyError) as refused:
        add(shop, **bent)
    assert refused.value.fault is fault
    assert shop.count(TaxRate) == 0


def test_who_changed_the_taxes_is_on_record(shop):
    rate = add(shop)
    shop.do(taxes.archive, rate)
    assert [(event.verb, event.staff) for event in db.session.query(Event).order_by(Event.id)] == [
        ("tax_added", shop.dana),
        ("tax_archived", shop.dana),
    ]
