from datetime import timedelta
from decimal import Decimal

import pytest
from flask_babel import force_locale

from portal import clock, customer_copy
from portal.db import writing
from portal.domain import links, parts, signatures, timeline
from tests.factories import local

DAY = "2026-11-22"


@pytest.fixture
def job(shop):
    with clock.stopped_at(local("2026-11-17 10:00")):
        return shop.work_order(title="Water heater", starts_at=local(f"{DAY} 10:00"))


def copy_at(shop, job, time="09:00", day=DAY):
    with clock.stopped_at(local(f"{day} {time}")):
        return customer_copy.of_work_order(shop.again(job))


def step(shop, job, verb, time, day=DAY):
    with clock.stopped_at(local(f"{day} {time}")):
        shop.steps(job, verb)


def test_it_names_the_job_and_its_place(shop, job):
    copy = copy_at(shop, job)
    assert (copy.number, copy.title, copy.status) == ("1001", "Water heater", "scheduled")
    assert copy.address_lines == ("48 Alder Street", "Portland")
    assert copy.document_title == "Scheduled – Water heater"
    assert copy.version == timeline.version("wo", job.id)


@pytest.mark.parametrize(
    ("steps", "title"),
    [
        (("set_off",), "On the way – Water heater"),
        (("start",), "In Progress – Water heater"),
        (("start", "complete"), "Completed – Water heater"),
        (("cancel",), "Cancelled – Water heater"),
    ],
)
def test_the_title_of_the_window_follows_the_status(shop, job, steps, title):
    shop.steps(job, *steps)
    assert copy_at(shop, job).document_title == title


def test_half_an_address_leaves_no_empty_line(shop):
    assert copy_at(shop, shop.work_order(locality="")).address_lines == ("48 Alder Street",)


def test_it_shows_the_technician_by_name_and_initials(shop, job):
    technician = copy_at(shop, job).technician
    assert (technician.name, technician.initials, technician.photo) == (
        "Theo Tran",
        "TT",
        "",
    )


def test_it_shows_nobody_when_nobody_is_set(shop):
    assert copy_at(shop, shop.work_order(technician="")).technician is None


def test_a_cancelled_job_shows_what_was_booked_and_nobody(shop, job):
    shop.steps(job, "cancel")
    copy = copy_at(shop, job)
    assert (copy.technician, copy.stages, copy.calendar) == (None, (), None)
    assert (copy.visit.date, copy.visit.window) == ("Sunday, November 22", "10:00 am – 12:00 noon")


def test_without_a_date_there_is_no_visit_to_show(shop, job):
    with writing():
        job.visits[0].starts_at = job.visits[0].ends_at = None
    copy = copy_at(shop, job)
    assert (copy.visit, copy.calendar) == (None, None)
    assert copy.technician.name == "Theo Tran"


def test_with_several_visits_the_current_one_stands_first_and_the_others_around_it(shop, job):
    step(shop, job, "start", "10:04")
    step(shop, job, "finish_visit", "11:40")
    shop.visit(job, local("2026-11-24 10:00"), technician="Dana")
    shop.visit(job, local("2026-12-01 08:00"), hours=1, technician="")
    shop.visit(job, None)

    copy = copy_at(shop, job, "12:00")

    assert (copy.visit.date, copy.visit.technician, copy.technician.name) == (
        "Tuesday, November 24",
        "Dana Diaz",
        "Dana Diaz",
    )
    assert [(v.date, v.window, v.technician, v.note) for v in copy.earlier_visits] == [
        ("Sunday, November 22", "10:00 am – 12:00 noon", "Theo Tran", "Done")
    ]
    assert [(v.date, v.window, v.technician, v.note) for v in copy.later_visits] == [
        ("Tuesday, December 1", "8:00 am – 9:00 am", "", "")
    ]


def test_earlier_visits_are_told_newest_first(shop, job):
    for day in ("22", "24", "26"):
        if day != "22":
            shop.visit(job, local(f"2026-11-{day} 10:00"))
        step(shop, job, "start", "10:00", f"2026-11-{day}")
        step(shop, job, "finish_visit" if day != "26" else "complete", "11:00", f"2026-11-{day}")
    copy = copy_at(shop, job, "12:00", "2026-11-26")
    assert copy.visit.date == "Thursday, November 26"
    assert [visit.date for visit in copy.earlier_visits] == ["Tuesday, November 24", "Sunday, November 22"]


def test_a_visit_made_without_a_window_is_told_by_the_day_it_was_made(shop, job):
    step(shop, job, "start", "10:04")
    step(shop, job, "finish_visit", "11:40")
    step(shop, job, "start", "08:00", "2026-11-23")
    step(shop, job, "finish_visit", "09:00", "2026-11-23")
    assert [(v.date, v.window) for v in copy_at(shop, job, "10:00", "2026-11-23").earlier_visits] == [
        ("Monday, November 23", ""),
        ("Sunday, November 22", "10:00 am – 12:00 noon"),
    ]


@pytest.mark.parametrize("last", ["complete", "cancel"])
def test_a_closed_job_promises_no_later_visit(shop, job, last):
    shop.visit(job, local("2026-11-24 10:00"))
    assert copy_at(shop, job).later_visits
    shop.steps(job, "start", last)
    assert copy_at(shop, job, "23:00").later_visits == ()


def test_a_completed_job_with_a_visit_still_booked_shows_who_did_the_work(shop, job):
    shop.visit(job, local("2026-11-24 10:00"), technician="Dana")
    shop.steps(job, "start", "complete")
    copy = copy_at(shop, job, "23:00")
    assert (copy.technician.name, copy.visit.date) == ("Theo Tran", "Sunday, November 22")
    assert copy.earlier_visits == ()


def test_a_part_has_a_name_and_how_many(shop, job):
    written = [("1", ""), ("10", ""), ("100", "m"), ("2.50", ""), ("3", "ft"), ("0.0001", "kg"), ("1000000", "")]
    for quantity, unit in written:
        shop.do(parts.add, job, name="Copper pipe", quantity=Decimal(quantity), unit=unit)
    told = copy_at(shop, job).parts
    assert {part.name for part in told} == {"Copper pipe"}
    assert [part.quantity for part in told] == ["1", "10", "100 m", "2.5", "3 ft", "0.0001 kg", "1,000,000"]


def test_how_many_is_written_as_its_reader_writes_numbers(shop, job):
    shop.do(parts.add, job, name="Kupferrohr", quantity=Decimal("12.50"), unit="m")
    with force_locale("de"):
        assert [part.quantity for part in copy_at(shop, job).parts] == ["12,5 m"]


def test_photos_that_are_not_for_the_customer_do_not_exist(shop, job):
    shown, hidden = shop.photo(job, caption="Before"), shop.photo(job, is_shown=False)
    copy = copy_at(shop, job)
    assert [photo.full for photo in copy.photos] == [shown.full]
    assert copy.file_names == {shown.full, shown.thumb}
    assert hidden.full not in repr(copy)


def test_a_photo_says_what_it_shows(shop, job):
    shop.photo(job, caption="Before")
    shop.photo(job)
    assert [(photo.caption, photo.alt) for photo in copy_at(shop, job).photos] == [
        ("Before", "Photo: Before"),
        ("", "Photo from the job"),
    ]


def test_the_technicians_photo_may_be_fetched_while_the_technician_is_shown(shop, job):
    with writing():
        shop.theo.photo = "0" * 32 + ".webp"
    assert copy_at(shop, job).file_names == {shop.theo.photo}
    shop.steps(job, "cancel")
    assert copy_at(shop, job).file_names == frozenset()


def test_a_signature_is_shown_with_who_and_when(shop, job):
    with clock.stopped_at(local(f"{DAY} 11:38")):
        shop.do(signatures.sign, job, name="Carol Cruz", path="M1 1L20 20")
    signature = copy_at(shop, job, "12:00").signature
    assert (signature.name, signature.path) == ("Carol Cruz", "M1 1L20 20")
    assert signature.words == "Signed by Carol Cruz on Sunday, November 22 at 11:38 am"


def test_nothing_captured_is_nothing_shown(shop, job):
    copy = copy_at(shop, job)
    assert (copy.parts, copy.photos, copy.signature, copy.earlier_visits, copy.later_visits) == ((), (), None, (), ())


def test_the_copy_of_a_link_is_the_copy_of_its_record(shop, job):
    shop.token(job)
    with clock.stopped_at(local(f"{DAY} 09:00")):
        assert customer_copy.of(links.of(job)) == customer_copy.of_work_order(job)


def test_a_copy_cannot_be_changed_or_added_to(shop, job):
    copy = copy_at(shop, job)
    with pytest.raises(AttributeError):
        copy.title = "Other"
    with pytest.raises((AttributeError, TypeError)):
        copy.internal_notes = "Dog bites"


def test_a_copy_tells_none_of_our_ids(shop):
    shop.work_order()
    job = shop.work_order("Carol Cruz")
    shop.photo(job)
    shop.do(parts.add, job, name="Washer", quantity=Decimal(7))
    with clock.stopped_at(clock.now() + timedelta(seconds=1)):
        copy = customer_copy.of_work_order(job)
    kept = {name: getattr(copy, name) for name in copy.__slots__}
    numbers = {name: value for name, value in kept.items() if isinstance(value, int) and not isinstance(value, bool)}
    assert numbers.keys() == {"changes_in_s", "clock_at_ms", "clock_minutes_west"}
    assert all(isinstance(value, str) for value in (copy.number, copy.photos[0].full, copy.calendar.uid))
