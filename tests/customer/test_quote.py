from datetime import timedelta

import pytest
from flask import render_template

from models import Answer, Event, Message, Quote, QuoteStatus, Snapshot, db
from portal import clock, customer_copy, ink
from portal.domain import documents, quotes
from tests.bad_input import STRANGE
from tests.factories import line, local
from tests.pages import Page, read

NOON = local("2026-11-22 12:00")
DRAWN = "M10 20L11.5 22L30 40"


@pytest.fixture
def quote(shop) -> Quote:
    """Sent: a heater for 1,000.00, with a pan and a yearly flush to add."""
    lines = (
        line("Heater", "1000.00", tax=10, tax_name="Sales tax"),
        line("Drain pan", "100.00", is_optional=True, is_chosen=False, tax=10, tax_name="Sales tax"),
        line("Yearly flush", "50.00", is_optional=True, is_chosen=False, tax=10, tax_name="Sales tax"),
    )
    with clock.stopped_at(NOON):
        return shop.quote(lines=lines, title="Water heater", is_sent=True)


@pytest.fixture(autouse=True)
def noon():
    with clock.stopped_at(NOON):
        yield


@pytest.fixture
def carol(shop):
    return shop.app.test_client()


@pytest.fixture
def path(shop, quote) -> str:
    return shop.path(quote)


def approval() -> Answer:
    db.session.rollback()
    return db.session.query(Answer).filter_by(kind="approved").one()


def say_yes(client, path, **form):
    return client.post(f"{path}/approve", data={"name": "Carol Cruz", "revision": "1"} | form)


# --- what the page says -------------------------------------------------------------------------------------------


def test_the_amount_comes_first_then_what_it_is_for_and_until_when(carol, path):
    page = read(carol.get(path))
    assert page.h1 == "Quote total $1,100.00"
    assert "Water heater Tax included." in page.words("status")
    assert "Good until Dec 22" in page.words("status")
    assert "Heater $1,000.00 $1,000.00" in page.words("paper").replace(" 1 ", " ")
    assert "Sales tax (10%) $100.00 Total $1,100.00" in page.words("paper")
    assert page.title == "Quote 1001 · Brightwater Plumbing"


def test_what_is_sold_by_the_hour_shows_neither_hours_nor_rate(shop, carol):
    labour = line("Labour", "85.00", "1.5", unit="h", is_hourly=True)
    page = read(carol.get(shop.path(shop.quote(lines=(labour,)))))
    assert "Labour $127.50" in page.words("paper")
    assert "85" not in page.words()
    assert "1.5" not in page.words()


def test_options_are_ticked_by_the_address_and_the_server_adds_them_up(carol, path):
    page = read(carol.get(f"{path}?choose=&add=2&add=3"))
    assert page.h1 == "Quote total $1,265.00"
    ticked = [box.get("value") for box in page.all("input", type="checkbox") if "checked" in box.attrib]
    assert ticked == ["2", "3"]
    assert "Optional Drain pan" in page.words("paper")
    assert read(carol.get(f"{path}?choose=")).h1 == "Quote total $1,100.00"


@pytest.mark.parametrize("add", ["1", "99", "-1", "x", "9" * 30, ""])
def test_a_tick_that_is_none_counts_for_nothing(carol, path, add):
    assert read(carol.get(path, query_string={"choose": "", "add": add})).h1 == "Quote total $1,100.00"


def test_an_option_keeps_its_section_while_it_is_ticked(carol, path):
    hashes = [read(carol.get(f"{path}{rest}")).find("options").get("data-hash") for rest in ("", "?choose=&add=2")]
    assert hashes[0] == hashes[1]


def test_without_a_script_every_answer_is_a_page_of_its_own(carol, path):
    for rest, title in (
        ("approve", "Approve this quote?"),
        ("request-changes", "What should we change?"),
        ("decline", "Decline this quote?"),
    ):
        assert read(carol.get(f"{path}/{rest}")).h1 == title
    page = read(carol.get(f"{path}/approve?choose=&add=2"))
    assert "for $1,210.00 , tax included" in page.words()
    assert (page.kept("add"), page.kept("revision")) == ("2", "1")


# --- approving ----------------------------------------------------------------------------------------------------


def test_an_approval_is_kept_with_its_evidence(shop, quote, carol, path):
    headers = {"User-Agent": "Phone"}
    form = {"name": "Carol Cruz", "revision": "1", "choose": "", "add": "2", "signature": DRAWN}
    answer = carol.post(f"{path}/approve", data=form, headers=headers)
    assert (answer.status_code, answer.location) == (303, path)
    kept = approval()
    assert (kept.name, kept.path, kept.total, kept.user_agent) == ("Carol Cruz", ink.read(DRAWN), 121_000, "Phone")
    assert kept.chosen == [quote.lines[1].id]
    assert kept.at == NOON

    page = read(carol.get(path))
    assert page.h1 == "Quote total $1,210.00"
    assert "You approved this quote on Sunday, November 22 at 12:00 pm." in page.words("status")
    assert "Signed by Carol Cruz" in page.words("status")
    assert "Drain pan" in page.words("paper")
    assert "Optional" not in page.words("paper")
    assert page.find("options") is None
    assert page.find("approve-sheet") is None


def test_approving_twice_is_approving_once(shop, quote, carol, path):
    for _ in range(2):
        assert say_yes(carol, path).status_code == 303
    assert (shop.count(Answer), shop.count(Message)) == (1, 1)
    assert shop.verbs(quote).count("approved") == 1


def test_what_no_field_says_is_as_the_office_ticked_it(shop, carol):
    quote = shop.quote(lines=(line(), line("Extra", "5.00", is_optional=True, is_chosen=True)), is_sent=True)
    say_yes(carol, shop.path(quote))
    assert approval().total == 10500


@pytest.mark.parametrize("name", ["", "   ", "\u0000", "x" * 121])
def test_an_approval_needs_a_name(shop, carol, path, name):
    answer = say_yes(carol, path, name=name, choose="", add="2")
    page = read(answer, 422)
    assert page.error("name")
    assert page.kept("add") == "2"
    assert shop.count(Answer) == 0


@pytest.mark.parametrize("drawn", ["<svg>", "M1 1", "M1 1L2 2z", "M1 1L99999 2", "M1 1L2 2" * 4001, "url(x)"])
def test_what_is_no_drawing_is_left_out(carol, path, drawn):
    say_yes(carol, path, signature=drawn)
    assert approval().path == ""


@pytest.mark.parametrize("text", STRANGE)
def test_a_name_of_any_letters_is_taken_as_text(carol, path, text):
    assert say_yes(carol, path, name=text[:100]).status_code in (303, 422)
    assert carol.get(path).status_code == 200


def revised(shop, quote, **values):
    shop.do(documents.save, quote, lines=[line("Bigger heater", "1500.00")], values=values, seen=quote.edition)
    shop.do(quotes.send, quote)


def test_a_form_of_an_older_revision_shows_the_new_one_and_asks_again(shop, quote, carol, path):
    revised(shop, quote)
    answer = say_yes(carol, path, name="Carol C.", choose="", add="2")
    page = read(answer, 409)
    assert "This quote changed while you were looking." in page.words()
    assert "Bigger heater" in page.words("paper")
    assert (page.kept("name"), page.kept("revision")) == ("Carol C.", "2")
    assert shop.count(Answer) == 0
    assert say_yes(carol, path, revision=page.kept("revision")).status_code == 303
    assert approval().total == 150_000


@pytest.mark.parametrize("revision", ["", "0", "2", "-1", "x", "9" * 40])
def test_a_form_of_no_revision_is_asked_again(shop, carol, path, revision):
    assert say_yes(carol, path, revision=revision).status_code == 409
    assert shop.count(Answer) == 0


def test_it_can_be_approved_through_its_last_day_and_not_after(shop, quote, carol, path):
    with clock.stopped_at(local("2026-12-23 00:00")):
        assert say_yes(carol, path).status_code == 303
        page = read(carol.get(path))
        assert "This price was good until December 22, 2026." in page.words("status")
        assert "Ask for an updated quote" in page.words("status")
        assert carol.get(f"{path}/approve").status_code == 303
    assert shop.count(Answer) == 0
    with clock.stopped_at(local("2026-12-22 23:59")):
        say_yes(carol, path)
    assert shop.count(Answer) == 1


def test_an_approval_taken_by_phone_says_so(shop, quote, carol, path):
    shop.do(quotes.approve, quote, revision=1, name="Carol Cruz")
    page = read(carol.get(path))
    assert "You told us on Sunday, November 22 at 12:00 pm that you approve this quote." in page.words("status")
    assert "Approved by Carol Cruz, taken down by Brightwater Plumbing" in page.words("status")


# --- asking for something else, and no ----------------------------------------------------------------------------


def test_a_change_request_reaches_the_office_and_stays_on_the_page(shop, quote, carol, path):
    form = {"message": "Cheaper, please", "revision": "1"}
    assert carol.post(f"{path}/request-changes", data=form).status_code == 303
    assert shop.again(quote).status is QuoteStatus.CHANGES_REQUESTED
    page = read(carol.get(path))
    assert "We got your message and will send you an updated quote." in page.words("status")
    assert "Cheaper, please" in page.words("status")


def test_a_change_request_needs_words(shop, carol, path):
    answer = carol.post(f"{path}/request-changes", data={"message": " ", "revision": "1"})
    assert read(answer, 422).error("message") == "Write what we should change."
    assert shop.count(Answer) == 0


def test_the_sixth_request_in_an_hour_is_refused_and_kept_in_the_form(shop, carol, path):
    for number in range(5):
        carol.post(f"{path}/request-changes", data={"message": f"No {number}", "revision": "1"})
    answer = carol.post(f"{path}/request-changes", data={"message": "Once more", "revision": "1"})
    assert read(answer, 429).kept("message") == "Once more"
    assert shop.count(Answer) == 5


def test_a_refusal_is_kept_with_its_reason(shop, quote, carol, path):
    assert carol.post(f"{path}/decline", data={"reason": "price", "revision": "1"}).status_code == 303
    db.session.rollback()
    assert db.session.query(Answer).one().body == "The price"
    assert "This quote was declined." in read(carol.get(path)).words("status")
    assert carol.post(f"{path}/decline", data={"revision": "1"}).status_code == 303
    assert shop.count(Answer) == 1


@pytest.mark.parametrize("verb", ["approve", "request-changes", "decline"])
def test_machines_that_fill_every_field_change_nothing(shop, carol, path, verb):
    form = {"name": "Bot", "message": "Buy", "revision": "1", "website": "https://spam.example"}
    before = shop.count(Event)
    assert carol.post(f"{path}/{verb}", data=form).status_code == 303
    assert (shop.count(Answer), shop.count(Event)) == (0, before)


@pytest.mark.parametrize("verb", ["approve", "request-changes", "decline"])
def test_looking_at_a_form_answers_nothing(shop, quote, carol, path, verb):
    before = shop.count(Event)
    for method in ("GET", "HEAD"):
        assert carol.open(f"{path}/{verb}", method=method).status_code == 200
    assert (shop.again(quote).status, shop.count(Event)) == (QuoteStatus.SENT, before)


@pytest.mark.parametrize("kind", ["wo", "invoice"])
def test_only_a_quote_can_be_answered(shop, carol, kind):
    other = shop.path(shop.work_order() if kind == "wo" else shop.invoice())
    for verb in ("approve", "request-changes", "decline"):
        for method in ("GET", "POST"):
            assert carol.open(f"{other}/{verb}", method=method, data={"revision": "1"}).status_code == 404


# --- a new revision on the same link ------------------------------------------------------------------------------


def seen(client, path, revision):
    assert client.post(f"{path}/seen?revision={revision}").status_code == 204


def test_a_new_revision_marks_what_changed_since_the_customer_last_looked(shop, quote, carol, path):
    seen(carol, path, 1)
    kept = documents.values_of(quote.lines[0])
    lines = [kept, line("Permit", "80.00", tax=10, tax_name="Sales tax")]
    shop.do(documents.save, quote, lines=lines, values={"terms": "Half first"}, seen=quote.edition)
    shop.do(quotes.send, quote)
    words = read(carol.get(path)).words("changes")
    assert "Total $1,188.00 was $1,100.00" in words
    assert "New Permit" in words
    assert "No longer in it Drain pan" in words
    assert "Changed Terms" in words
    assert "New Permit" in read(carol.get(path)).words("paper")
    seen(carol, path, 2)
    assert "New Permit" in read(carol.get(path)).words("changes"), "a reload still shows it"


def test_what_nobody_saw_is_not_compared_with(shop, quote, carol, path):
    revised(shop, quote)
    assert read(carol.get(path)).find("changes") is None


def test_a_look_marks_the_revision_that_was_shown(shop, quote, carol, path):
    revised(shop, quote)
    seen(carol, path, 2)
    db.session.rollback()
    looked = {each.revision: each.seen_at for each in db.session.query(Snapshot)}
    assert looked == {1: None, 2: NOON}
    for revision in ("", "x", "7", "-1"):
        seen(carol, path, revision)


def test_a_draft_in_the_making_stays_inside(shop, quote, carol, path):
    shop.do(documents.save, quote, lines=[line("Secret plan", "1.00")], seen=quote.edition)
    page = read(carol.get(path))
    assert "Secret plan" not in page.html
    assert page.h1 == "Quote total $1,100.00"


def test_an_approval_taken_back_opens_it_again(shop, quote, carol, path):
    say_yes(carol, path)
    shop.do(quotes.undo_answer, quote)
    page = read(carol.get(path))
    assert page.find("approve-sheet") is not None
    with clock.stopped_at(NOON + timedelta(hours=1)):
        assert say_yes(carol, path).status_code == 303


def test_a_look_names_the_revision_on_the_page(shop, quote, carol, path):
    assert read(carol.get(path)).find("paper").get("data-seen") == f"{path}/seen?revision=1"
    revised(shop, quote)
    assert read(carol.get(path)).find("paper").get("data-seen") == f"{path}/seen?revision=2"


class PreviewDoor:
    is_preview = True
    page = live = seen = help = calendar = ""


def test_a_draft_can_be_looked_at_before_it_goes_out(shop):
    for document, template in (
        (shop.quote(lines=(line(), line("Pan", is_optional=True))), "quote"),
        (shop.invoice(), "invoice"),
    ):
        with shop.app.test_request_context():
            copy = customer_copy.of_draft(document)
            page = Page(render_template(f"customer/{template}.html", copy=copy, door=PreviewDoor()))
        assert "This is what the customer sees." in page.words()
        assert page.all("form", method="post") == []
        assert page.find("main").get("data-live") == ""
        assert "data-seen" not in page.find("paper").attrib
