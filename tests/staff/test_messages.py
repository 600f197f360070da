import pytest

from models import Message, db
from portal import clock
from portal.db import writing
from portal.domain import messages
from tests.bad_input import STRANGE
from tests.factories import press
from tests.pages import Page, read, said


@pytest.fixture
def job(shop):
    return shop.work_order("Carol Cruz", title="Kitchen tap")


def message(shop, job, **values) -> Message:
    kept = shop.message(job, values.pop("body", "Please call me."))
    with writing():
        for name, value in values.items():
            setattr(kept, name, value)
    return kept


def test_a_message_stands_with_its_job_and_in_the_inbox(shop, job):
    shop.message(job, "The gate code is 12.")
    office = shop.staff_client()
    for path in (f"/staff/work-orders/{job.id}", "/staff/inbox"):
        words = read(office.get(path)).words()
        assert "The gate code is 12." in words
        assert "Mark as answered" in words
    assert "Kitchen tap" in read(office.get("/staff/inbox")).words()


def test_the_navigation_counts_what_waits(shop, job):
    office = shop.staff_client()
    assert "to answer" not in read(office.get("/staff/")).words()
    shop.message(job)
    assert "1 message to answer" in read(office.get("/staff/")).words()


def test_an_empty_inbox_says_so(shop):
    assert "You’re all caught up" in read(shop.staff_client().get("/staff/inbox")).words()


@pytest.mark.parametrize(("query", "leads_to"), [("", "/staff/inbox"), ("?from=job", "/staff/work-orders/1")])
def test_a_message_is_answered_and_can_be_reopened(shop, job, query, leads_to):
    left = shop.message(job)
    office = shop.staff_client()

    answer = press(office, f"/staff/messages/{left.id}/close{query}")
    assert (answer.status_code, answer.location) == (303, leads_to)
    assert shop.again(left).answered_at
    assert "Answered" in read(office.get("/staff/inbox?tab=closed")).words("main")
    assert press(office, f"/staff/messages/{left.id}/close{query}").status_code == 303  # somebody else was quicker

    assert press(office, f"/staff/messages/{left.id}/reopen{query}").location == leads_to
    assert shop.again(left).answered_at is None


@pytest.mark.parametrize(
    ("reach_at", "href"),
    [
        ("(503) 555-0188", ["tel:5035550188", "sms:5035550188"]),
        ("+44 (0)20 7946 0018 x12", ["tel:+442079460018", "sms:+442079460018"]),
        ("carol@home.example", ["mailto:carol@home.example"]),
        ("c?bcc=evil&x@home.example", ["mailto:c%3Fbcc%3Devil%26x@home.example"]),
        ("a@b?bcc=evil@evil.example", []),
        ("through my neighbour", []),
        ("call 5035550188 after 6", []),
        ("javascript:alert(1)", []),
    ],
)
def test_there_is_a_way_to_answer_where_one_was_given(shop, job, reach_at, href):
    left = message(shop, job, reach_at=reach_at)
    for path in ("/staff/inbox", f"/staff/messages/{left.id}"):
        page = read(shop.staff_client().get(path))
        assert ways(page) == href
        assert reach_at in page.words()


def ways(page) -> list[str]:
    schemes = ("tel:", "sms:", "mailto:", "java")
    return [a.get("href") for a in page.all("a") if (a.get("href") or "").startswith(schemes)]


def test_who_left_no_way_is_reached_by_what_the_customers_card_says(shop, job):
    left = shop.message(job)
    page = read(shop.staff_client().get(f"/staff/messages/{left.id}"))
    assert ways(page) == ["tel:5035550188", "sms:5035550188"]


def test_a_technician_who_was_given_a_message_learns_no_more_than_it_says(shop):
    job = shop.work_order("Carol Cruz", technician="Dana")
    left = shop.message(job)
    theo, path = shop.staff_client("Theo"), f"/staff/messages/{left.id}"
    read(theo.get(path), 404)
    shop.do(messages.assign, left, person=shop.theo)

    page = read(theo.get(path))

    assert ways(page) == []
    assert "They left no way to reach them." in page.words()
    assert not page.all("a", href=f"/staff/work-orders/{job.id}")
    assert "Who answers it" not in page.words()
    assert press(theo, f"{path}/close").status_code == 303
    assert shop.again(left).answered_at


def test_the_office_says_who_answers(shop, job):
    left = shop.message(job)
    office, path = shop.staff_client(), f"/staff/messages/{left.id}"
    assert press(office, f"{path}/assign", {"person": str(shop.theo.id)}).location == path
    assert shop.again(left).assigned_to == shop.theo
    assert read(office.get(path)).kept("person") == str(shop.theo.id)
    assert read(office.get("/staff/inbox")).all("span", **{"aria-label": "Theo Tran"})

    assert press(office, f"{path}/assign", {"person": ""}).status_code == 303
    assert shop.again(left).assigned_to is None


@pytest.mark.parametrize("person", ["999", "x", "-1", "Theo"])
def test_nobody_else_can_be_chosen(shop, job, person):
    left = shop.message(job)
    page = read(press(shop.staff_client(), f"/staff/messages/{left.id}/assign", {"person": person}), 422)
    assert page.error("person") == "Choose somebody who works here."
    assert page.title.startswith("Error: ")
    assert shop.again(left).assigned_to is None


def test_a_technician_gives_messages_to_nobody(shop, job):
    left = shop.message(job)
    read(press(shop.staff_client("Theo"), f"/staff/messages/{left.id}/assign", {"person": "1"}), 403)
    assert shop.again(left).assigned_to is None


def test_each_tab_shows_its_own(shop, job):
    mine, closed = shop.message(job, "This is mine."), shop.message(job, "This is done.")
    shop.message(job, "This is open.")
    shop.do(messages.assign, mine, person=shop.dana)
    shop.do(messages.answered, closed)
    office = shop.staff_client()
    for tab, words in {
        "open": {"This is open.", "This is mine."},
        "mine": {"This is mine."},
        "closed": {"This is done."},
        "nonsense": {"This is open.", "This is mine."},
    }.items():
        page = read(office.get(f"/staff/inbox?tab={tab}"))
        told = page.words("inbox-rows")
        assert {w for w in ("This is open.", "This is mine.", "This is done.") if w in told} == words
        assert (page.words("inbox-open"), page.words("inbox-mine")) == ("2", "1")


def test_a_long_inbox_comes_in_pages_of_fifty(shop, job):
    kept = shop.message(job)
    with writing():
        values = {c.key: getattr(kept, c.key) for c in Message.__table__.columns if c.key != "id"}
        db.session.add_all(Message(**values | {"body": f"Message {number}"}) for number in range(50))
    office = shop.staff_client()
    first = read(office.get("/staff/inbox"))
    rows = [a for a in first.all("a") if "letter" in (a.get("class") or "").split()]
    assert len(rows) == 50

    more = next(link.get("href") for link in first.all("a") if link.text == "Show more")

    assert "Please call me." in read(office.get(more)).words("inbox-rows")


def test_an_open_page_fetches_what_is_new(shop, job):
    office = shop.staff_client()
    assert Page(f"<!doctype html><title>x</title>{office.get('/staff/inbox/count').text}").words("inbox-count") == ""
    shop.message(job, "The gate code is 12.")
    page = Page(f"<!doctype html><title>x</title>{office.get('/staff/inbox/count?tab=open').text}")
    assert "1 message to answer" in page.words("inbox-count")
    assert "1 message to answer" in page.words("open-messages")
    assert "The gate code is 12." in page.words("inbox-rows")
    assert "gate code" not in office.get("/staff/inbox/count").text


def test_todays_list_says_what_waits_and_marks_its_job(shop):
    asked = shop.work_order(title="Kitchen tap", starts_at=clock.now())
    shop.work_order(title="Boiler service", starts_at=clock.now())
    office = shop.staff_client()
    assert read(office.get("/staff/")).words("open-messages") == ""

    left = shop.message(asked)
    page = read(office.get("/staff/"))

    assert page.words("open-messages") == "1 message to answer"
    marked = [said(a) for a in page.all("a") if "job" in (a.get("class") or "").split() and "Message" in said(a)]
    assert len(marked) == 1
    assert "Kitchen tap" in marked[0]
    shop.do(messages.answered, left)
    assert "Message" not in read(office.get("/staff/")).words("main")


def test_what_customers_write_is_shown_as_they_wrote_it(shop):
    office = shop.staff_client()
    for typed in STRANGE.values():
        left = message(shop, shop.work_order(), body=typed, name=typed[:120], reach_at=typed[:254])
        page = read(office.get(f"/staff/messages/{left.id}"))
        assert " ".join(typed.split()) in page.words()
        assert [script.text for script in page.all("script") if script.text] == []


def test_a_message_of_somebody_elses_job_cannot_be_closed(shop):
    left = shop.message(shop.work_order(technician="Dana"))
    technician = shop.staff_client("Theo")
    for verb in ("close", "reopen"):
        read(press(technician, f"/staff/messages/{left.id}/{verb}"), 404)
    assert shop.again(left).answered_at is None
