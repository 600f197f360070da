from decimal import Decimal

import pytest

from portal.db import writing
from portal.domain import catalogue, parts
from tests.factories import press
from tests.pages import read


@pytest.fixture
def job(shop):
    return shop.work_order()


def test_a_part_is_written_down_and_the_customer_sees_it(shop, job):
    technician = shop.staff_client("Theo")
    form = {"name": "Copper pipe", "quantity": "2.5", "unit": "m"}
    answer = press(technician, f"/staff/work-orders/{job.id}/parts", form)
    assert answer.status_code == 303
    assert "Copper pipe × 2.5 m" in read(technician.get(answer.location)).words()
    assert "Copper pipe × 2.5 m" in read(shop.app.test_client().get(shop.path(job))).words("parts")


def test_a_part_can_be_taken_out_again(shop, job):
    shop.do(parts.add, job, name="Washer", quantity=Decimal(1))
    technician = shop.staff_client("Theo")
    answer = press(technician, f"/staff/work-orders/{job.id}/parts/{job.parts[0].id}/remove")
    assert answer.status_code == 303
    assert shop.again(job).parts == []


def test_taking_a_part_out_twice_is_not_found_the_second_time(shop, job):
    shop.do(parts.add, job, name="Washer", quantity=Decimal(1))
    technician = shop.staff_client("Theo")
    path = f"/staff/work-orders/{job.id}/parts/{job.parts[0].id}/remove"
    press(technician, path)
    read(press(technician, path), 404)


def test_a_part_of_another_job_cannot_be_taken_out_through_this_one(shop, job):
    other = shop.work_order("Mallory May")
    shop.do(parts.add, other, name="Washer", quantity=Decimal(1))
    read(press(shop.staff_client(), f"/staff/work-orders/{job.id}/parts/{other.parts[0].id}/remove"), 404)
    assert len(shop.again(other).parts) == 1


def test_a_refused_part_keeps_its_form_open(shop, job):
    page = read(press(shop.staff_client(), f"/staff/work-orders/{job.id}/parts", {"name": "", "quantity": "x"}), 422)
    assert "open" in page.all("details", **{"class": "fold"})[-1].attrib
    assert (page.error("name"), page.error("quantity")) == ("Write which part.", "Enter a number like 2 or 1.5.")


def test_a_name_that_is_too_long_is_said_and_kept_as_typed(shop, job):
    typed = "Valve " * 20 + "x"
    page = read(press(shop.staff_client(), f"/staff/work-orders/{job.id}/parts", {"name": typed, "quantity": "1"}), 422)
    assert (page.error("name"), page.kept("name")) == ("Use at most 120 characters.", typed)
    assert page.all("input", name="name")[0].get("maxlength") is None
    assert shop.again(job).parts == []


def test_a_quantity_that_is_too_large_names_the_largest(shop, job):
    form = {"name": "Washer", "quantity": "1000001"}
    page = read(press(shop.staff_client(), f"/staff/work-orders/{job.id}/parts", form), 422)
    assert (page.error("quantity"), page.kept("quantity")) == ("Enter at most 1,000,000.", "1000001")


def test_what_is_not_listed_is_typed_above_the_suggestions(shop, job, valve):
    html = shop.staff_client("Theo").get(f"/staff/work-orders/{job.id}").text
    assert html.index('name="name"') < html.index('class="picks')


@pytest.fixture
def valve(shop):
    with writing():
        return catalogue.add({"description": "Ball valve", "unit": "pc", "price": Decimal("38.5")}, by=None)


def test_the_price_list_offers_its_names_and_never_its_prices(shop, job, valve):
    with writing():
        catalogue.add({"description": "Labour", "price": Decimal(95), "is_hourly": True}, by=None)
    page = read(shop.staff_client("Theo").get(f"/staff/work-orders/{job.id}"))
    assert "Ball valve" in page.words("parts")
    assert "38" not in page.words("parts")
    assert "Labour" not in page.html


def test_one_tap_takes_one_and_another_tap_one_more(shop, job, valve):
    theo, path = shop.staff_client("Theo"), f"/staff/work-orders/{job.id}/parts/pick"
    answer = press(theo, path, {"item": valve.id})
    assert answer.location == f"/staff/work-orders/{job.id}?parts=1#parts"
    press(theo, path, {"item": valve.id})
    assert [(part.name, part.quantity, part.unit) for part in shop.again(job).parts] == [("Ball valve", 2, "pc")]
    assert "Ball valve × 2 pc" in read(shop.app.test_client().get(shop.path(job))).words("parts")


def test_what_is_off_the_list_cannot_be_picked(shop, job, valve):
    shop.do(catalogue.archive, valve)
    theo, path = shop.staff_client("Theo"), f"/staff/work-orders/{job.id}/parts/pick"
    for item in (valve.id, "", "x", 999_999):
        page = read(press(theo, path, {"item": item}, follow_redirects=True))
        assert "That isn’t on the price list any more." in page.words()
    assert shop.again(job).parts == []


def test_what_is_used_most_of_late_is_offered_first(shop, job, valve):
    with writing():
        catalogue.add({"description": "Adapter", "price": Decimal(1)}, by=None)
    assert [pick.name for pick in parts.picks(limit=9)] == ["Adapter", "Ball valve"]
    shop.do(parts.add, job, name="Ball valve", quantity=Decimal(1))
    assert [pick.name for pick in parts.picks(limit=9)] == ["Ball valve", "Adapter"]


def test_a_part_is_counted_up_and_down(shop, job):
    shop.do(parts.add, job, name="Pipe", quantity=Decimal("1.5"), unit="m")
    theo, part = shop.staff_client("Theo"), job.parts[0]
    page = read(theo.get(f"/staff/work-orders/{job.id}"))
    assert sorted(b.get("value") for b in page.all("button", name="quantity")) == ["0.5", "2.5"]
    press(theo, f"/staff/work-orders/{job.id}/parts/{part.id}/count", {"quantity": "2.5"})
    assert shop.again(part).quantity == Decimal("2.5")
    press(theo, f"/staff/work-orders/{job.id}/parts/{part.id}/count", {"quantity": "0"})
    assert shop.again(part).quantity == Decimal("2.5")
