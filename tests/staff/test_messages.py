import pytest

from models import Message
from portal.db import writing
from tests.bad_input import STRANGE
from tests.factories import press
from tests.pages import read


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
    assert "Answered" in read(office.get("/staff/inbox")).words()

    assert press(office, f"/staff/messages/{left.id}/reopen{query}").location == leads_to
    assert shop.again(left).answered_at is None


@pytest.mark.parametrize(
    ("reach_at", "href"),
    [
        ("(503) 555-0188", "tel:5035550188"),
        ("carol@home.example", "mailto:carol@home.example"),
        ("a@b?bcc=evil@evil.example", "mailto:a@b%3Fbcc%3Devil@evil.example"),
        ("through my neighbour", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_there_is_a_way_to_answer_where_one_was_given(shop, job, reach_at, href):
    message(shop, job, reach_at=reach_at)
    page = read(shop.staff_client().get("/staff/inbox"))
    ways = [a.get("href") for a in page.all("a") if (a.get("href") or "").startswith(("tel:", "mailto:", "java"))]
    assert ways == ([href] if href else [])
    assert reach_at in page.words()


def test_what_customers_write_is_shown_as_they_wrote_it(shop):
    for typed in STRANGE.values():
        message(shop, shop.work_order(), body=typed, name=typed[:120], reach_at=typed[:254])
    page = read(shop.staff_client().get("/staff/inbox"))
    for typed in STRANGE.values():
        assert " ".join(typed.split()) in page.words()
    assert [script.text for script in page.all("script") if script.text] == []


def test_a_message_of_somebody_elses_job_cannot_be_closed(shop):
    left = shop.message(shop.work_order(technician="Dana"))
    technician = shop.staff_client("Theo")
    for verb in ("close", "reopen"):
        read(press(technician, f"/staff/messages/{left.id}/{verb}"), 404)
    assert shop.again(left).answered_at is None
