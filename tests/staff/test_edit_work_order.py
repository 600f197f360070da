import pytest

from models import Customer
from portal import clock
from portal.domain import customers, work_orders
from tests.factories import local, press
from tests.pages import read
from tests.staff.forms import SITE

TEN = local("2026-11-22 10:20")


@pytest.fixture
def job(shop):
    return shop.work_order("Carol Cruz", **SITE)


def path(job) -> str:
    return f"/staff/work-orders/{job.id}/edit"


def typed(job, **changes) -> dict[str, str]:
    """The form as its page was opened, with changes."""
    customer = {"customer_name": job.customer.name, "customer_id": str(job.customer_id), "customer_phone": ""}
    return customer | SITE | {"customer_email": "", "internal_notes": "", "seen": "1"} | changes


def theirs(shop, job, **changes):
    """Dana saves first, at 10:20."""
    names = ("title", "street", "locality", "time_zone", "internal_notes")
    values = {name: getattr(job, name) for name in names} | changes
    with clock.stopped_at(TEN):
        shop.do(work_orders.edit, job, values=values, customer=job.customer, seen=job.edition)


def test_the_form_opens_with_the_job_as_it_is(shop, job):
    page = read(shop.staff_client().get(path(job)))
    assert page.h1 == "Edit work order 1001"
    expected = typed(job, customer_phone="(503) 555-0188")
    assert {name: page.kept(name) for name in expected} == expected


def test_saving_changes_the_job_and_leads_back_to_it(shop, job):
    answer = press(shop.staff_client(), path(job), typed(job, title="Bath tap", internal_notes="Dog"))
    assert (answer.status_code, answer.location) == (303, f"/staff/work-orders/{job.id}")
    assert (shop.again(job).title, job.internal_notes, job.edition) == ("Bath tap", "Dog", 2)


def test_the_customers_page_shows_the_change(shop, job):
    page = shop.path(job)
    press(shop.staff_client(), path(job), typed(job, title="Bath tap", street="1 New Road"))
    words = read(shop.app.test_client().get(page)).words()
    assert "Bath tap" in words
    assert "1 New Road" in words


def test_the_second_of_two_is_told_and_sees_both_versions(shop, job):
    office = shop.staff_client("Olive")
    theirs(shop, job, title="Theirs", internal_notes="Their note")

    answer = press(office, path(job), typed(job, title="Mine", internal_notes="My note"))

    page = read(answer, 409)
    assert "Dana Diaz changed this at 10:20 am. Here is the newer version." in page.words()
    assert "Nothing of yours is saved yet." in page.words()
    for words in ("Now Theirs", "Yours Mine", "Now Their note", "Yours My note"):
        assert words in page.words()
    assert "Now 48 Alder Street" not in page.words()  # the same in both


def test_a_conflict_overwrites_nothing_and_keeps_what_was_typed(shop, job):
    office = shop.staff_client("Olive")
    theirs(shop, job, title="Theirs")
    mine = typed(job, title="Mine", street="2 My Street", internal_notes="My note")

    page = read(press(office, path(job), mine), 409)

    assert {name: page.kept(name) for name in mine if name != "seen"} == {
        name: text for name, text in mine.items() if name != "seen"
    }
    assert (shop.again(job).title, job.street, job.edition) == ("Theirs", "48 Alder Street", 2)


def test_after_a_conflict_the_same_form_saves(shop, job):
    office = shop.staff_client("Olive")
    theirs(shop, job, title="Theirs")
    page = read(press(office, path(job), typed(job, title="Mine")), 409)
    again = {name: page.kept(name) for name in typed(job)}

    assert press(office, path(job), again).status_code == 303

    assert shop.again(job).title == "Mine"


def test_after_a_conflict_a_third_save_is_still_noticed(shop, job):
    office = shop.staff_client("Olive")
    theirs(shop, job, title="Theirs")
    page = read(press(office, path(job), typed(job, title="Mine")), 409)
    theirs(shop, shop.again(job), title="Theirs again")

    read(press(office, path(job), typed(job, title="Mine", seen=page.kept("seen"))), 409)

    assert shop.again(job).title == "Theirs again"


def test_a_conflict_makes_no_customer_and_changes_no_card(shop, job):
    office = shop.staff_client("Olive")
    theirs(shop, job, title="Theirs")
    read(press(office, path(job), typed(job, customer_name="Nora New", customer_id="")), 409)
    read(press(office, path(job), typed(job, customer_phone="971 555 0100")), 409)
    assert shop.count(Customer) == 1
    assert shop.again(job.customer).phone == "(503) 555-0188"


def test_notes_typed_meanwhile_are_a_conflict_too(shop, job):
    office = shop.staff_client("Olive")
    shop.do(work_orders.save_notes, job, text="Their note", seen=1, by=shop.theo)
    page = read(press(office, path(job), typed(job, internal_notes="My note")), 409)
    assert "Theo Tran changed this" in page.words()
    assert shop.again(job).internal_notes == "Their note"


def test_a_step_of_the_technician_is_no_conflict(shop, job):
    office = shop.staff_client("Olive")
    shop.steps(job, "start")
    assert press(office, path(job), typed(job, title="Mine")).status_code == 303


def test_the_job_can_be_given_to_somebody_known(shop, job):
    mallory = shop.work_order("Mallory May").customer
    form = typed(job, customer_name="Mallory May", customer_id="")
    office = shop.staff_client()
    page = read(press(office, path(job), form), 422)
    assert "Who is it?" in page.words()

    assert press(office, path(job), form | {"customer_id": str(mallory.id)}).status_code == 303

    assert shop.again(job).customer == mallory


def card_of(customer, **changes) -> dict[str, str]:
    return {name: getattr(customer, name) for name in customers.CARD} | changes


@pytest.mark.parametrize("changes", [{"phone": "(503) 555-0199"}, {"name": "Carol Cruz-Wolfe"}])
def test_an_older_form_overwrites_no_newer_card(shop, job, changes):
    card = job.customer
    old = typed(job, title="Mine") | {"customer_phone": card.phone, "customer_seen": str(card.edition)}
    shop.do(customers.edit, card, values=card_of(card, **changes), seen=card.edition)

    assert press(shop.staff_client("Olive"), path(job), old).status_code == 409

    assert card_of(shop.again(card)) == card_of(card, **changes)
    assert shop.again(job).customer_id == card.id
