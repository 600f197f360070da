"""Two cards of one customer: found, laid side by side, made one."""

import pytest

from models import Event
from portal.db import writing
from portal.domain import customers
from tests.factories import press
from tests.pages import read
from tests.staff.forms import CARD


@pytest.fixture
def pair(shop):
    """Carol's two cards, with a job each."""
    cards = [shop.work_order(name, title=f"Job of {name}").customer for name in ("Carol Cruz", "Caroline Cruz")]
    with writing():
        cards[0].notes, cards[1].notes = "Gate code 12", "Pays late"
        cards[1].email = "carol@home.example"
    return cards


def form(carol, double, **changes) -> dict:
    return {"other": double.id, "seen": carol.edition, "other_seen": double.edition} | changes


def test_a_customers_page_names_who_may_be_the_same(shop, pair):
    carol, double = pair
    page = read(shop.staff_client().get(f"/staff/customers/{carol.id}"))
    assert [a.get("href") for a in page.all("a") if "with=" in a.get("href", "")] == [
        f"/staff/customers/{carol.id}/merge?with={double.id}"
    ]


def test_the_other_card_is_searched_for_and_never_the_same_one(shop, pair):
    carol, double = pair
    path = f"/staff/customers/{carol.id}/merge"
    for asked in (path, f"{path}?q=cruz"):
        page = read(shop.staff_client().get(asked))
        found = [a.get("href") for a in page.all("a", **{"class": "person"})]
        assert found == [f"{path}?with={double.id}"]


def test_both_cards_stand_side_by_side_and_nothing_would_be_lost(shop, pair):
    carol, double = pair
    before = shop.count(Event)
    page = read(shop.staff_client().get(f"/staff/customers/{carol.id}/merge?with={double.id}"))
    kept = {name: page.kept(f"keep_{name}") for name in ("name", "email", "notes")}
    assert kept == {"name": "mine", "email": "other", "notes": "both"}
    assert "(503) 555-0188" in page.words("main")
    assert shop.count(Event) == before


def test_two_cards_are_made_one(shop, pair):
    carol, double = pair
    office = shop.staff_client()
    answer = press(office, f"/staff/customers/{carol.id}/merge", form(carol, double, keep_name="other"))
    assert (answer.status_code, answer.location) == (303, f"/staff/customers/{carol.id}")
    page = read(office.get(answer.location))
    assert page.h1 == "Caroline Cruz"
    assert shop.again(carol).notes == "Gate code 12\n\nPays late"
    for words in ("Merged. 1 job came along.", "Job of Carol Cruz", "Job of Caroline Cruz", "carol@home.example"):
        assert words in page.words()


def test_the_old_cards_address_leads_to_the_one_that_is_left(shop, pair):
    carol, double = pair
    office = shop.staff_client()
    press(office, f"/staff/customers/{carol.id}/merge", form(carol, double))
    for rest in ("", "/edit"):
        assert office.get(f"/staff/customers/{double.id}{rest}").location == f"/staff/customers/{carol.id}"
    assert press(office, f"/staff/customers/{double.id}/edit", CARD | {"seen": double.edition}).status_code == 303
    assert shop.again(carol).name == "Carol Cruz"


def test_who_saw_an_older_card_is_shown_both_as_they_are_now(shop, pair):
    carol, double = pair
    old = form(carol, double, keep_name="other")
    shop.do(customers.edit, double, values=CARD | {"name": "Caro Cruz"}, seen=1)
    office = shop.staff_client("Olive")

    page = read(press(office, f"/staff/customers/{carol.id}/merge", old), 409)

    assert "nothing was merged" in page.words()
    assert "Caro Cruz" in page.words()
    assert page.kept("keep_name") == "other"
    assert shop.again(double).archived_at is None
    again = old | {"other_seen": page.kept("other_seen")}
    assert press(office, f"/staff/customers/{carol.id}/merge", again).status_code == 303


@pytest.mark.parametrize("other", ["itself", "archived"])
def test_what_cannot_be_merged_is_refused_in_words(shop, pair, other):
    carol, double = pair
    if other == "archived":
        with writing():
            double.archived_at = double.created_at
    office, wanted = shop.staff_client(), carol if other == "itself" else double
    looked = office.get(f"/staff/customers/{carol.id}/merge?with={wanted.id}")
    pressed = press(office, f"/staff/customers/{carol.id}/merge", form(carol, wanted))
    for answer in (looked, pressed):
        assert (answer.status_code, answer.location) == (303, f"/staff/customers/{carol.id}")
    assert "can’t be merged" in read(office.get(f"/staff/customers/{carol.id}")).words()
    assert shop.count(Event, verb="customers_merged") == 0


@pytest.mark.parametrize("other", ["", "999999", "x", None])
def test_without_another_card_nothing_is_merged(shop, pair, other):
    carol, double = pair
    values = {name: text for name, text in form(carol, double, other=other).items() if text is not None}
    page = read(press(shop.staff_client(), f"/staff/customers/{carol.id}/merge", values), 422)
    assert "Choose the other card first." in page.words()


def test_a_job_booked_from_an_old_page_goes_to_the_card_that_is_left(shop, pair):
    carol, double = pair
    office = shop.staff_client()
    press(office, f"/staff/customers/{carol.id}/merge", form(carol, double))
    new = {"customer_id": double.id, "customer_name": "Caroline Cruz", "title": "Sink", "street": "1 Way"}
    answer = press(office, "/staff/work-orders/new", new | {"time_zone": "UTC"})
    assert answer.status_code == 303
    assert "Sink" in read(office.get(f"/staff/customers/{carol.id}")).words()
