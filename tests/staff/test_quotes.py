"""A quote from the office's side: written, sent with its link, answered by phone, and made into a job or an invoice."""

import pytest

from models import Invoice, Quote, QuoteStatus, WorkOrder, db
from portal.domain import quotes
from tests.factories import line, press
from tests.pages import read


@pytest.fixture
def dana(shop):
    return shop.staff_client()


def newest(model):
    db.session.rollback()
    return db.session.query(model).order_by(model.id.desc()).first()


def test_from_the_list_to_a_quote_that_the_customer_can_open(shop, dana):
    assert "Billing" in read(dana.get("/staff/quotes")).h1
    read(dana.get("/staff/quotes/new"))
    answer = press(dana, "/staff/quotes/new", {"customer_name": "Carol Cruz", "title": "Water heater"})
    assert answer.status_code == 303
    quote = newest(Quote)
    assert answer.location == f"/staff/quotes/{quote.id}/edit"
    page = read(dana.get(answer.location))
    assert page.kept("title") == "Water heater"
    form = {"title": "Water heater", "seen": page.kept("seen"), "do": "send", "lines-0-description": "Heater"}
    answer = press(dana, answer.location, form | {"lines-0-price": "1,180.00", "lines-0-quantity": "2"})
    assert answer.status_code == 303
    assert answer.location == f"/staff/quotes/{quote.id}?shared=1"
    page = read(dana.get(answer.location))
    assert "$2,360.00" in page.words()
    assert "/portal/quote/" in page.html
    assert shop.verbs(quote) == ["created", "edited", "sent", "shared"]


def test_a_quote_for_a_job_begins_with_what_the_job_says(shop, dana):
    job = shop.work_order(title="Boiler")
    answer = press(dana, "/staff/quotes/new", {"work_order": str(job.id)})
    assert answer.status_code == 303
    assert (newest(Quote).title, newest(Quote).work_order_id) == ("Boiler", job.id)
    assert "Boiler" in read(dana.get(f"/staff/work-orders/{job.id}")).words()


def test_a_quote_without_lines_is_not_sent(shop, dana):
    quote = shop.quote(lines=())
    answer = press(dana, f"/staff/quotes/{quote.id}/send")
    assert "Add a line first" in read(dana.get(answer.location)).words()
    assert shop.verbs(quote) == ["created"]


def test_sharing_hands_out_one_link_and_revoking_ends_it(shop, dana):
    quote = shop.quote(is_sent=True)
    wants = {"headers": {"Accept": "application/json"}}
    said = press(dana, f"/staff/quotes/{quote.id}/share", **wants).get_json()
    assert said["kind"] == "quote"
    assert said["url"] == press(dana, f"/staff/quotes/{quote.id}/share", **wants).get_json()["url"]
    assert "answer it" in said["sheet"]
    assert press(dana, f"/staff/quotes/{quote.id}/revoke").status_code == 303
    assert shop.link(quote) is None


def test_an_approval_by_phone_is_taken_down_with_what_was_ticked(shop, dana):
    pan = line("Pan", "50.00", is_optional=True, is_chosen=False)
    quote = shop.quote(lines=(line(), pan), is_sent=True)
    path = f"/staff/quotes/{quote.id}"
    nobody = read(press(dana, f"{path}/approve", {"revision": "1", "name": ""}), 422)
    assert nobody.error("name") == "Say who approved it."
    form = {"revision": "1", "name": "Carol", "chosen": str(quote.lines[1].id)}
    assert press(dana, f"{path}/approve", form).status_code == 303
    page = read(dana.get(path))
    assert "Carol approved this" in page.words()
    assert "$150.00" in page.words("totals-title") or "$150.00" in page.words()
    assert "approved" in read(dana.get("/staff/quotes?tab=approved")).html
    assert press(dana, f"{path}/undo").status_code == 303
    assert shop.again(quote).status is QuoteStatus.SENT


def test_changes_and_a_no_are_taken_down_too(shop, dana):
    quote = shop.quote(is_sent=True)
    path = f"/staff/quotes/{quote.id}"
    read(press(dana, f"{path}/request-changes", {"revision": "1", "body": ""}), 422)
    press(dana, f"{path}/request-changes", {"revision": "1", "body": "A cheaper tap"})
    assert "A cheaper tap" in read(dana.get(path)).words()
    press(dana, f"{path}/decline", {"revision": "1", "body": "Too dear"})
    assert shop.again(quote).status is QuoteStatus.DECLINED
    assert "The customer declined" in read(dana.get(path)).words()


def test_an_answer_to_an_old_version_is_refused_in_words(shop, dana):
    quote = shop.quote(is_sent=True)
    answer = press(dana, f"/staff/quotes/{quote.id}/approve", {"revision": "7", "name": "Carol"})
    assert "nothing was done" in read(dana.get(answer.location)).words()


def test_an_approved_quote_becomes_a_job_and_an_invoice_once(shop, dana):
    quote = shop.approved(shop.quote(is_sent=True))
    path = f"/staff/quotes/{quote.id}"
    for _press in range(2):
        assert press(dana, f"{path}/invoice").status_code == 303
        assert press(dana, f"{path}/book").status_code == 303
    assert (shop.count(Invoice), shop.count(WorkOrder)) == (1, 1)
    assert "New invoice" in read(dana.get(path)).words()


def test_a_new_version_of_an_approved_quote_begins_in_the_editor(shop, dana):
    quote = shop.approved(shop.quote(is_sent=True))
    assert dana.get(f"/staff/quotes/{quote.id}/edit").location == f"/staff/quotes/{quote.id}"
    answer = press(dana, f"/staff/quotes/{quote.id}/reopen")
    assert answer.location == f"/staff/quotes/{quote.id}/edit"
    read(dana.get(answer.location))


def test_what_was_changed_after_it_was_sent_is_not_what_the_customer_has(shop, dana):
    quote = shop.quote(is_sent=True)
    page = read(dana.get(f"/staff/quotes/{quote.id}/edit"))
    form = {"title": "New faucet", "seen": page.kept("seen"), "lines-0-description": "Tap", "lines-0-price": "80"}
    press(dana, f"/staff/quotes/{quote.id}/edit", form)
    page = read(dana.get(f"/staff/quotes/{quote.id}"))
    assert "Changed since it was sent" in page.words()
    assert "$100.00" in page.words()
    assert "$80.00" in read(dana.get(f"/staff/quotes/{quote.id}/preview")).words()
    shop.do(quotes.send, quote)
    assert "$80.00" in read(dana.get(f"/staff/quotes/{quote.id}")).words()


def test_the_list_finds_by_customer_title_and_number(shop, dana):
    quote = shop.quote("Mallory Moss", title="Sump pump", is_sent=True)
    shop.quote(title="Faucet", is_sent=True)
    for words in ("mallory", "SUMP", str(quote.number), "moss pump"):
        page = read(dana.get("/staff/quotes", query_string={"q": words})).words()
        assert "Sump pump" in page
        assert "Faucet" not in page
    assert "Nothing matches that" in read(dana.get("/staff/quotes?q=%25")).words()


def test_the_preview_of_a_draft_leaves_no_trace(shop, dana):
    quote = shop.quote()
    before = shop.verbs(quote)
    assert "$100.00" in read(dana.get(f"/staff/quotes/{quote.id}/preview")).words()
    assert shop.verbs(quote) == before
