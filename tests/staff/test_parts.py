from decimal import Decimal

import pytest

from portal.domain import parts
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
