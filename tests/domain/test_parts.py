from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from models import Bell
from portal.domain import parts, timeline


def test_a_part_keeps_its_quantity_to_the_last_digit(shop):
    job = shop.work_order()
    quantities = [Decimal(text) for text in ("1", "0.0001", "2.5", "0.1", "3.3333", "1000000")]
    for quantity in quantities:
        shop.do(parts.add, job, name="Copper pipe", quantity=quantity, unit="m")
    assert [part.quantity for part in shop.again(job).parts] == quantities


def test_a_part_that_comes_or_goes_rings(shop):
    job = shop.work_order()
    shop.do(parts.add, job, name="Washer", quantity=Decimal(2))
    added = timeline.of(job, limit=1)[0]
    assert (added.verb, added.bell, added.details) == ("part_added", Bell.RING, {"part": "Washer"})

    shop.do(parts.remove, job.parts[0])

    removed = timeline.of(job, limit=1)[0]
    assert (removed.verb, removed.bell, removed.details) == ("part_removed", Bell.RING, {"part": "Washer"})
    assert shop.again(job).parts == []


@pytest.mark.parametrize("quantity", ["0", "-1"])
def test_the_database_refuses_less_than_something(shop, quantity):
    job = shop.work_order()
    with pytest.raises(IntegrityError):
        shop.do(parts.add, job, name="Washer", quantity=Decimal(quantity))


def test_parts_stay_in_the_order_they_were_written_down(shop):
    job = shop.work_order()
    for name in ("Valve", "Anode", "Pipe"):
        shop.do(parts.add, job, name=name, quantity=Decimal(1))
    assert [part.name for part in shop.again(job).parts] == ["Valve", "Anode", "Pipe"]
