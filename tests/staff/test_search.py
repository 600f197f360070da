import pytest

from portal import clock
from tests.bad_input import STRANGE
from tests.pages import read
from tests.staff.test_home import jobs


def test_a_search_shows_what_it_looked_for_and_what_it_found(shop):
    shop.work_order("Carol Cruz", title="Kitchen tap")
    shop.work_order("Mallory May", title="Boiler")
    page = read(shop.staff_client().get("/staff/?q=carol"))
    assert page.h1 == "Results for “carol”"
    assert jobs(page) == ["Kitchen tap"]
    assert page.kept("q") == "carol"


def test_a_search_without_a_hit_says_so_and_leads_back(shop):
    page = read(shop.staff_client().get("/staff/?q=zebra"))
    assert "No job matches that" in page.words()
    assert page.all("a", href="/staff/")


def test_spaces_are_no_search(shop):
    assert read(shop.staff_client().get("/staff/?q=%20%20")).h1 == "Today"


@pytest.mark.parametrize("path", ["/staff/", "/staff/customers", "/staff/customers/suggestions"])
def test_strange_searches_find_nothing_and_break_nothing(shop, path):
    shop.work_order("Carol Cruz")
    office = shop.staff_client()
    for typed in (*STRANGE.values(), "%", "_", "a\0b", "\x1bq9", "²", "9" * 400, "x" * 5000):
        answer = office.get(path, query_string={"q": typed})
        assert answer.status_code == 200
        assert "Carol" not in answer.text
        if not path.endswith("suggestions"):
            assert read(answer).kept("q") == " ".join(typed.replace("\0", " ").replace("\x1b", " ").split())[:200]


def test_bytes_that_are_no_text_break_nothing(shop):
    assert read(shop.staff_client().get("/staff/?q=%ff%fe%ed%a0%80")).h1.startswith("Results for")


def test_a_long_result_comes_in_pages_that_remember_the_search(shop):
    shop.many(51, starts_at=clock.now())
    office = shop.staff_client()
    first = read(office.get("/staff/?q=Job&tab=done"))
    more = next(link.get("href") for link in first.all("a") if link.text == "Show more")
    second = read(office.get(more))
    assert second.h1 == "Results for “Job”"
    assert jobs(second) == ["Job 1"]


def test_suggestions_are_a_few_customers_with_their_card(shop):
    job = shop.work_order("Carol Cruz")
    answer = shop.staff_client().get("/staff/customers/suggestions?q=ca")
    assert f'data-id="{job.customer_id}"' in answer.text
    assert 'data-name="Carol Cruz"' in answer.text
    assert 'data-phone="(503) 555-0188"' in answer.text


def test_one_letter_suggests_nobody(shop):
    shop.work_order("Carol Cruz")
    assert "Carol" not in shop.staff_client().get("/staff/customers/suggestions?q=c").text
