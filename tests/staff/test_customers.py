import pytest

from models import Customer
from portal import clock
from portal.db import writing
from portal.domain import customers
from tests.factories import press
from tests.pages import read
from tests.staff.forms import CARD


@pytest.fixture
def carol(shop):
    with writing():
        return customers.add(**CARD)


def named(page) -> list[str]:
    return [a.find(".//bdi").text for a in page.all("a", **{"class": "person"})]


def test_the_list_shows_everybody_by_name_with_their_jobs(shop):
    shop.work_order("Mallory May")
    shop.work_order("Carol Cruz")
    shop.work_order("Carol Cruz")
    page = read(shop.staff_client().get("/staff/customers"))
    assert named(page) == ["Carol Cruz", "Mallory May"]
    assert "2 jobs" in page.words()
    assert "1 job" in page.words()


def test_an_empty_list_says_where_customers_come_from(shop):
    assert "No customers yet" in read(shop.staff_client().get("/staff/customers")).words()


def test_a_search_finds_and_keeps_what_was_asked(shop, carol):
    shop.work_order("Mallory May")
    page = read(shop.staff_client().get("/staff/customers?q=CAROL"))
    assert named(page) == ["Carol Cruz"]
    assert page.kept("q") == "CAROL"


def test_a_search_without_a_hit_says_so(shop, carol):
    assert "No customer matches that" in read(shop.staff_client().get("/staff/customers?q=zebra")).words()


def test_a_long_list_comes_in_pages(shop):
    with writing():
        for number in range(51):
            customers.add(name=f"Customer {number:02}")
    office = shop.staff_client()
    first = read(office.get("/staff/customers?q=customer"))
    more = next(a.get("href") for a in first.all("a") if a.text == "Show more")
    assert (len(named(first)), named(read(office.get(more)))) == (50, ["Customer 50"])


def test_a_customers_page_has_their_card_jobs_and_messages(shop, carol):
    job = shop.work_order("Carol Cruz", title="Kitchen tap")
    shop.message(job, "Please call me.")
    shop.message(shop.work_order("Mallory May"), "For somebody else")
    page = read(shop.staff_client().get(f"/staff/customers/{carol.id}"))
    assert page.h1 == "Carol Cruz"
    for words in ("(503) 555-0188", "carol@home.example", "48 Alder Street", "Kitchen tap"):
        assert words in page.words()
    assert "For somebody else" not in page.words()


def test_a_customer_is_added(shop):
    answer = press(shop.staff_client(), "/staff/customers/new", CARD | {"notes": "Pays late"})
    assert answer.status_code == 303
    carol = customers.named("Carol Cruz")[0]
    assert answer.location == f"/staff/customers/{carol.id}"
    assert {name: getattr(carol, name) for name in CARD} == CARD | {"notes": "Pays late"}


def test_a_card_is_changed(shop, carol):
    answer = press(
        shop.staff_client(), f"/staff/customers/{carol.id}/edit", CARD | {"name": "Carol Lopez", "seen": "1"}
    )
    assert answer.status_code == 303
    assert (shop.again(carol).name, carol.edition) == ("Carol Lopez", 2)


def test_the_second_of_two_sees_both_versions_and_overwrites_nothing(shop, carol):
    office = shop.staff_client("Olive")
    shop.do(customers.edit, carol, values=CARD | {"phone": "971 555 0100"}, seen=1)
    mine = CARD | {"phone": "503 555 0199", "notes": "My note"}

    page = read(press(office, f"/staff/customers/{carol.id}/edit", mine | {"seen": "1"}), 409)

    assert "changed this" in page.words()
    assert "Now 971 555 0100 Yours 503 555 0199" in page.words()
    assert {name: page.kept(name) for name in mine} == mine
    assert shop.again(carol).phone == "971 555 0100"

    again = mine | {"seen": page.kept("seen")}
    assert press(office, f"/staff/customers/{carol.id}/edit", again).status_code == 303
    assert shop.again(carol).phone == "503 555 0199"


def test_an_archived_customers_page_still_opens(shop, carol):
    with writing():
        carol.archived_at = clock.now()
    assert read(shop.staff_client().get(f"/staff/customers/{carol.id}")).h1 == "Carol Cruz"


def test_no_note_about_a_customer_reaches_the_customer(shop, carol):
    job = shop.work_order("Carol Cruz")
    with writing():
        carol.notes = "Pays late"
    assert "Pays late" in shop.staff_client().get(f"/staff/customers/{carol.id}").text
    assert "Pays late" not in shop.app.test_client().get(shop.path(job)).text
    assert shop.count(Customer) == 1
