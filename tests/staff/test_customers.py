import pytest
from sqlalchemy import event

from models import Customer, db
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


# --- archived -----------------------------------------------------------------------------------------------------


def test_a_card_is_archived_and_brought_back(shop, carol):
    office, path = shop.staff_client(), f"/staff/customers/{carol.id}"
    assert press(office, f"{path}/archive").location == path
    assert named(read(office.get("/staff/customers"))) == []
    assert named(read(office.get("/staff/customers?tab=archived&q=carol"))) == ["Carol Cruz"]
    assert "Carol" not in office.get("/staff/customers/suggestions?q=carol").text

    press(office, f"{path}/bring-back")

    assert named(read(office.get("/staff/customers"))) == ["Carol Cruz"]


def test_a_customer_with_open_jobs_is_not_archived_and_the_page_says_why(shop):
    carol = shop.work_order("Carol Cruz").customer
    office, path = shop.staff_client(), f"/staff/customers/{carol.id}"
    assert "Archive" not in [button.text for button in read(office.get(path)).all("button")]
    press(office, f"{path}/archive")
    assert "still has 1 open job" in read(office.get(path)).words()
    assert shop.again(carol).archived_at is None


def test_a_job_for_somebody_archived_meanwhile_brings_the_card_back(shop, carol):
    office = shop.staff_client()
    press(office, f"/staff/customers/{carol.id}/archive")
    new = {"customer_id": carol.id, "customer_name": "Carol Cruz", "title": "Sink", "street": "1 Way"}
    assert press(office, "/staff/work-orders/new", new | {"time_zone": "UTC"}).status_code == 303
    assert shop.again(carol).archived_at is None
    assert shop.count(Customer) == 1


# --- language -----------------------------------------------------------------------------------------------------


def test_the_language_of_a_customers_pages_is_kept_and_shown(shop, carol):
    office, path = shop.staff_client(), f"/staff/customers/{carol.id}"
    assert press(office, f"{path}/edit", CARD | {"locale": "en", "seen": "1"}).status_code == 303
    assert shop.again(carol).locale == "en"
    assert "Language of their pages English" in read(office.get(path)).words()
    assert read(office.get(f"{path}/edit")).kept("locale") == "en"


def test_a_language_that_there_is_none_of_is_refused(shop, carol):
    for locale in ("xx", "../en", "tlh"):
        page = read(press(shop.staff_client(), f"/staff/customers/{carol.id}/edit", CARD | {"locale": locale}), 422)
        assert page.error("locale")


def test_a_language_taken_away_since_stays_on_the_card(shop, carol):
    with writing():
        carol.locale = "fr"
    office, path = shop.staff_client(), f"/staff/customers/{carol.id}/edit"
    assert read(office.get(path)).kept("locale") == "fr"
    assert press(office, path, CARD | {"locale": "fr", "name": "Carol Lopez", "seen": "1"}).status_code == 303


# --- long lists ---------------------------------------------------------------------------------------------------


def test_a_customers_jobs_come_in_pages_newest_first(shop):
    shop.many(21, starts_at=clock.now())
    carol = customers.named("Carol Cruz")[0]
    office = shop.staff_client()
    first = read(office.get(f"/staff/customers/{carol.id}"))
    more = next(a.get("href") for a in first.all("a") if a.text == "Show more")
    titles = [a.find(".//b/bdi").text for a in first.all("a", **{"class": "job"})]
    assert (titles[0], len(titles)) == ("Job 21", 20)
    assert "21 jobs" in first.words()
    rest = read(office.get(more))
    assert [a.find(".//b/bdi").text for a in rest.all("a", **{"class": "job"})] == ["Job 1"]


def test_a_long_list_begins_with_those_of_the_newest_jobs(shop):
    with writing():
        for number in range(13):
            customers.add(name=f"Customer {number:02}")
    shop.work_order("Zoe Zane")
    office = shop.staff_client()
    assert named(read(office.get("/staff/customers")))[:2] == ["Zoe Zane", "Customer 00"]
    assert named(read(office.get("/staff/customers?q=zoe"))) == ["Zoe Zane"]


@pytest.mark.parametrize("path", ["/staff/", "/staff/?q=tap", "/staff/customers", "/staff/customers?q=c", "{customer}"])
def test_a_longer_list_asks_the_database_no_more_often(shop, path):
    office, jobs = shop.staff_client(), [shop.work_order(f"Carol {n}", starts_at=clock.now()) for n in range(2)]
    path = path.format(customer=f"/staff/customers/{jobs[0].customer_id}")
    with writing():
        for job in jobs:
            job.customer_id = jobs[0].customer_id
    asked = [statements_of(office, path)]
    for number in range(8):
        job = shop.work_order(f"Carol {number + 2}", starts_at=clock.now())
        shop.photo(job)
        if "customers/" in path:
            with writing():
                job.customer_id = jobs[0].customer_id
    asked.append(statements_of(office, path))
    assert asked[0] == asked[1]


def statements_of(client, path: str) -> int:
    """How many statements a page asks the database."""
    asked = []
    listen = (db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    event.listen(*listen)
    try:
        read(client.get(path))
    finally:
        event.remove(*listen)
    return len([words for words in asked if words.startswith("SELECT")])
