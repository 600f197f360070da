from datetime import UTC, datetime

import pytest

from models import Customer, WorkOrder, db
from portal import clock
from portal.db import writing
from portal.domain import visits
from tests.factories import ZONE, local, press
from tests.pages import read
from tests.staff.forms import CUSTOMER, SITE

NEW = "/staff/work-orders/new"
VISIT = {"date": "2026-11-24", "from_time": "10:00", "to_time": "12:00", "technician_id": ""}
NOW = local("2026-11-22 09:10")


def book(shop, **form):
    """Dana books; gives the answer."""
    with clock.stopped_at(NOW):
        return press(shop.staff_client(), NEW, CUSTOMER | SITE | VISIT | form)


def booked(shop, **form) -> WorkOrder:
    answer = book(shop, **form)
    assert answer.status_code == 303, read(answer, 422).words("error-summary")
    db.session.rollback()
    return db.session.get(WorkOrder, int(answer.location.rsplit("/", 1)[1]))


def test_a_job_is_booked_with_customer_place_and_visit(shop):
    job = booked(shop, technician_id=str(shop.theo.id), internal_notes="Dog")

    assert (job.title, job.street, job.locality, job.time_zone, job.internal_notes) == (
        "Water heater",
        "48 Alder Street",
        "Portland",
        ZONE,
        "Dog",
    )
    visit = visits.current(job)
    assert (visit.starts_at, visit.ends_at, visit.technician) == (
        local("2026-11-24 10:00"),
        local("2026-11-24 12:00"),
        shop.theo,
    )
    assert shop.verbs(job) == ["booked", "visit_booked"]


def test_a_new_customer_gets_a_card_with_the_address_of_the_job(shop):
    customer = booked(shop).customer
    assert (customer.name, customer.phone, customer.email, customer.street, customer.locality) == (
        "Nora New",
        "(503) 555-0199",
        "nora@home.example",
        "48 Alder Street",
        "Portland",
    )


def test_the_form_begins_with_the_next_sensible_window(shop):
    office = shop.staff_client()
    for now, window in (
        ("2026-11-22 09:10", ("2026-11-22", "10:00", "12:00")),
        ("2026-11-22 05:10", ("2026-11-22", "09:00", "11:00")),
        ("2026-11-22 06:10", ("2026-11-22", "07:00", "09:00")),
        ("2026-11-22 16:59", ("2026-11-22", "17:00", "19:00")),
        ("2026-11-22 17:10", ("2026-11-23", "09:00", "11:00")),
        ("2026-11-22 23:30", ("2026-11-23", "09:00", "11:00")),
        ("2026-12-31 22:30", ("2027-01-01", "09:00", "11:00")),
    ):
        with clock.stopped_at(local(now)):
            page = read(office.get(NEW))
        assert (page.kept("date"), page.kept("from_time"), page.kept("to_time")) == window
        assert (page.kept("time_zone"), page.kept("technician_id")) == (ZONE, "")


def test_the_form_can_begin_with_a_customer(shop):
    carol = shop.work_order("Carol Cruz").customer
    with writing():
        carol.street = "9 Birch Lane"
    page = read(shop.staff_client().get(f"{NEW}?customer={carol.id}"))
    assert (page.kept("customer_name"), page.kept("customer_phone"), page.kept("street")) == (
        "Carol Cruz",
        "(503) 555-0188",
        "9 Birch Lane",
    )
    assert page.kept("customer_id") == str(carol.id)


def test_a_customer_that_does_not_exist_leaves_the_form_empty(shop):
    office = shop.staff_client()
    for number in ("0", "-1", "x", "²", "9" * 30, ""):
        assert read(office.get(f"{NEW}?customer={number}")).kept("customer_name") == ""


def test_without_a_day_the_job_waits_without_a_visit(shop):
    assert booked(shop, date="", from_time="", to_time="").visits == []


def test_a_technician_can_be_set_before_there_is_a_day(shop):
    job = booked(shop, date="", from_time="", to_time="", technician_id=str(shop.theo.id))
    assert [(visit.starts_at, visit.technician) for visit in job.visits] == [(None, shop.theo)]


def test_the_window_is_in_the_time_of_the_site(shop):
    job = booked(shop, time_zone="America/New_York")
    assert visits.current(job).starts_at == datetime(2026, 11, 24, 15, tzinfo=UTC)


def test_a_window_in_the_evening_may_end_after_midnight(shop):
    job = booked(shop, from_time="23:30", to_time="00:30")
    visit = visits.current(job)
    assert (visit.starts_at, visit.ends_at) == (local("2026-11-24 23:30"), local("2026-11-25 00:30"))


@pytest.mark.parametrize(
    ("day", "from_time", "to_time", "starts_at", "ends_at"),
    [
        ("2027-03-14", "02:30", "03:00", "2027-03-14T10:30Z", "2027-03-14T11:30Z"),  # 02:30 does not exist that night
        ("2027-03-14", "01:30", "03:30", "2027-03-14T09:30Z", "2027-03-14T10:30Z"),
        ("2026-11-01", "01:30", "02:00", "2026-11-01T08:30Z", "2026-11-01T10:00Z"),  # 01:30 comes twice
        ("2026-11-01", "10:00", "12:00", "2026-11-01T18:00Z", "2026-11-01T20:00Z"),
    ],
)
def test_a_window_in_the_night_the_clocks_change_runs_forward(shop, day, from_time, to_time, starts_at, ends_at):
    visit = visits.current(booked(shop, date=day, from_time=from_time, to_time=to_time))
    assert [visit.starts_at, visit.ends_at] == [datetime.fromisoformat(text) for text in (starts_at, ends_at)]


def test_a_known_name_is_asked_about_before_anything_is_saved(shop):
    carol = shop.work_order("Carol Cruz").customer
    before = shop.count(WorkOrder)

    page = read(book(shop, customer_name="carol cruz"), 422)

    assert "You already know somebody by this name. Who is it?" in page.words()
    offered = [radio.get("value") for radio in page.all("input", type="radio", name="customer_id")]
    assert offered == [str(carol.id), "new"]
    typed = CUSTOMER | SITE | VISIT | {"customer_name": "carol cruz"}
    assert {name: page.kept(name) for name in typed} == typed
    assert shop.count(WorkOrder) == before


def test_the_known_customer_can_be_meant(shop):
    carol = shop.work_order("Carol Cruz").customer
    job = booked(shop, customer_name="carol cruz", customer_id=str(carol.id), customer_phone="", customer_email="")
    assert job.customer == carol
    assert (carol.name, carol.phone) == ("Carol Cruz", "(503) 555-0188")


def test_a_known_customers_new_phone_number_is_kept(shop):
    carol = shop.work_order("Carol Cruz").customer
    booked(shop, customer_name="Carol Cruz", customer_id=str(carol.id), customer_phone="971 555 0100")
    assert shop.again(carol).phone == "971 555 0100"


def test_another_person_of_the_same_name_can_be_meant(shop):
    carol = shop.work_order("Carol Cruz").customer
    job = booked(shop, customer_name="Carol Cruz", customer_id="new")
    assert job.customer != carol
    assert shop.count(Customer, name="Carol Cruz") == 2


def test_a_chosen_customer_whose_name_was_typed_over_is_not_meant_any_more(shop):
    carol = shop.work_order("Carol Cruz").customer
    job = booked(shop, customer_name="Nora New", customer_id=str(carol.id))
    assert job.customer.name == "Nora New"
    assert shop.again(carol).name == "Carol Cruz"


def test_an_impatient_second_press_does_not_book_a_new_customers_job_twice(shop):
    office = shop.staff_client()
    form = CUSTOMER | SITE | VISIT
    with clock.stopped_at(NOW):
        assert press(office, NEW, form).status_code == 303
        read(press(office, NEW, form), 422)
    assert shop.count(WorkOrder) == 1
