from decimal import Decimal

import pytest

from models import Item, TaxCategory
from portal.db import writing
from portal.domain import catalogue, taxes
from portal.domain.refusals import ChangedMeanwhile
from portal.money import Fault, MoneyError
from tests.factories import line


def add(shop, description: str = "Ball valve", price: str = "12.50", **values) -> Item:
    with writing():
        return catalogue.add({"description": description, "price": Decimal(price)} | values, by=shop.dana)


def found(query: str, **values) -> list[str]:
    return [item.description for item in catalogue.search(query, limit=10, **values)]


def test_an_item_is_found_by_any_of_its_words_in_any_case(shop):
    for name in ("Ball valve", "Valve, brass", "Hose 100%"):
        add(shop, name, details="DN15" if name == "Hose 100%" else "")
    assert found("VALVE") == ["Valve, brass", "Ball valve"]
    assert found("brass valve") == ["Valve, brass"]
    assert found("dn15") == found("100%") == ["Hose 100%"]
    assert found("%") == ["Hose 100%"]
    assert found("_") == []
    assert len(found("")) == 3


def test_what_is_no_longer_sold_is_not_found(shop):
    item = add(shop)
    shop.do(catalogue.archive, item)
    assert (found("valve"), found("valve", is_archived=True)) == ([], ["Ball valve"])
    shop.do(catalogue.restore, item)
    assert found("valve") == ["Ball valve"]


def test_an_item_becomes_a_line(shop):
    with writing():
        usual = taxes.add(name="VAT", rate=Decimal(20), category=TaxCategory.STANDARD, by=shop.dana)
        low = taxes.add(name="Low", rate=Decimal(5), category=TaxCategory.STANDARD, by=shop.dana)
    given = {"unit": "h", "cost": Decimal(40), "is_hourly": True, "details": "By day"}
    own, plain = add(shop, "Labour", "85", tax_rate=low, **given), add(shop)
    made = catalogue.line_of(own)
    assert made == line("Labour", "85", tax=5, tax_name="Low", **given)
    assert catalogue.line_of(plain).tax_name == usual.name
    shop.do(taxes.archive, low)
    assert catalogue.line_of(own).tax_name == "VAT"


def test_an_item_is_changed_unless_somebody_else_did(shop):
    item = add(shop)
    shop.do(catalogue.edit, item, values={"price": Decimal("13.335")}, seen=1)
    assert (item.price, item.edition) == (Decimal("13.335"), 2)
    with pytest.raises(ChangedMeanwhile):
        shop.do(catalogue.edit, item, values={"price": Decimal(14)}, seen=1)


def test_an_item_saved_as_it_is_is_not_changed(shop):
    item = add(shop)
    shop.do(catalogue.edit, item, values={"price": Decimal("12.5")}, seen=1)
    assert item.edition == 1


@pytest.mark.parametrize(
    ("bent", "fault", "field"),
    [
        ({"price": Decimal("-1")}, Fault.NEGATIVE, "price"),
        ({"cost": Decimal("1E40")}, Fault.TOO_LARGE, "cost"),
        ({"price": Decimal("0.0000001")}, Fault.TOO_FINE, "price"),
    ],
)
def test_a_price_that_cannot_be_is_refused(shop, bent, fault, field):
    with pytest.raises(MoneyError) as refused, writing():
        catalogue.add({"description": "Valve", "price": Decimal(1)} | bent, by=shop.dana)
    assert (refused.value.fault, refused.value.field) == (fault, field)
    assert shop.count(Item) == 0
