"""What customers say to quotes, in the inbox: who did what, what it means now, and what to do next."""

import pytest

from models import Message, MessageKind, db
from portal.db import look_again, writing
from portal.domain import invoices, messages, quotes
from portal.domain import staff as people
from portal.domain.refusals import NotAllowed
from portal.staff import reach
from tests.factories import press
from tests.pages import read


@pytest.fixture
def quote(shop):
    quote = shop.quote("Carol Cruz", title="New faucet", is_sent=True)
    shop.token(quote)
    return quote


@pytest.fixture
def pages(app):
    """The pages of quotes and invoices, whoever makes them."""
    for endpoint, rule in {
        "quote": "/staff/quotes/<int:id>",
        "edit_quote": "/staff/quotes/<int:id>/edit",
        "invoice": "/staff/invoices/<int:id>",
    }.items():
        if f"staff.{endpoint}" not in app.view_functions:
            app.add_url_rule(rule, f"staff.{endpoint}", lambda id: "")


def answer(shop, verb, quote, **said) -> Message:
    shop.do(verb, quote, revision=quote.revision, by=None, **said)
    return newest()


def newest() -> Message:
    look_again()
    return db.session.query(Message).order_by(Message.id.desc()).first()


SAID = [
    (
        quotes.approve,
        {"name": "Carol Cruz"},
        "Carol Cruz approved quote 1001",
        "Quote approved. The job can be booked now.",
    ),
    (
        quotes.request_changes,
        {"name": "Carol", "body": "Without the tank?"},
        "Carol asked to change quote 1001",
        "Change requested. The quote waits for your new version.",
    ),
    (
        quotes.decline,
        {"reason": "Too late for us."},
        "Carol Cruz declined quote 1001",
        "Quote declined. You can still change the quote and send it again.",
    ),
]


@pytest.mark.parametrize(("verb", "said", "headline", "happened"), SAID, ids=[s[0].__name__ for s in SAID])
def test_the_inbox_says_who_did_what_and_what_it_means(shop, quote, verb, said, headline, happened):
    left = answer(shop, verb, quote, **said)
    office = shop.staff_client()
    rows = read(office.get("/staff/inbox")).words("inbox-rows")
    assert headline in rows
    assert "New faucet" in rows
    words = read(office.get(f"/staff/messages/{left.id}")).words("main")
    assert happened in words
    for typed in (said.get("body"), said.get("reason")):
        assert not typed or typed in words
        assert not typed or words.index(happened) < words.rindex(typed)
    assert "Quote 1001" in words


@pytest.mark.parametrize(("verb", "said", "headline", "happened"), SAID, ids=[s[0].__name__ for s in SAID])
def test_what_was_taken_back_is_said_to_be(shop, quote, verb, said, headline, happened):
    left = answer(shop, verb, quote, **said)
    shop.do(quotes.undo_answer, quote)
    words = read(shop.staff_client().get(f"/staff/messages/{left.id}")).words("main")
    assert happened not in words
    assert "since." in words
    assert "Answered" in words


@pytest.mark.parametrize(
    ("verb", "said", "path", "word"),
    [
        (quotes.approve, {"name": "Carol"}, "", "Open the quote"),
        (quotes.request_changes, {"body": "Cheaper"}, "/edit", "Change the quote"),
        (quotes.decline, {}, "", "Open the quote"),
    ],
    ids=["approve", "changes", "decline"],
)
def test_one_button_leads_on(pages, shop, quote, verb, said, path, word):
    left = answer(shop, verb, quote, **said)
    page = read(shop.staff_client().get(f"/staff/messages/{left.id}"))
    (button,) = [a for a in page.all("a") if "button--primary" in (a.get("class") or "")]
    assert (button.get("href"), word in page.words("main")) == (f"/staff/quotes/{quote.id}{path}", True)


def test_once_a_new_version_went_out_the_change_is_not_asked_for_again(pages, shop, quote):
    left = answer(shop, quotes.request_changes, quote, body="Cheaper")
    shop.do(quotes.send, quote)
    page = read(shop.staff_client().get(f"/staff/messages/{left.id}"))
    assert "The quote has gone on since." in page.words("main")
    assert not page.all("a", href=f"/staff/quotes/{quote.id}/edit")


def test_an_approval_whose_job_is_booked_says_so(shop, quote):
    left = answer(shop, quotes.approve, quote, name="Carol")
    shop.do(quotes.make_work_order, quote)
    words = read(shop.staff_client().get(f"/staff/messages/{left.id}")).words("main")
    assert "Quote approved. Its job is in the list." in words


def test_help_about_a_quote_and_an_invoice_stands_there_too(pages, shop, quote):
    invoice = shop.invoice(title="Boiler", is_issued=True)
    about_quote, about_invoice = shop.message(quote, "Is VAT in it?"), shop.message(invoice, "Paid by bank.")
    office = shop.staff_client()
    rows = read(office.get("/staff/inbox")).words("inbox-rows")
    assert "New faucet · Is VAT in it?" in rows
    assert "Boiler · Paid by bank." in rows
    for left, words, url in (
        (about_quote, "Quote 1001", f"/staff/quotes/{quote.id}"),
        (about_invoice, "Invoice 1001", f"/staff/invoices/{invoice.id}"),
    ):
        page = read(office.get(f"/staff/messages/{left.id}"))
        assert words in page.words("main")
        assert page.all("a", href=url)
        assert press(office, f"/staff/messages/{left.id}/close?from=job").location == url


def test_without_a_page_of_quotes_nothing_leads_there(shop, quote, app):
    if "staff.quote" in app.view_functions:
        pytest.skip("there is one")
    left = answer(shop, quotes.decline, quote)
    office = shop.staff_client()
    assert not [a for a in read(office.get(f"/staff/messages/{left.id}")).all("a") if "quotes" in a.get("href", "")]
    assert press(office, f"/staff/messages/{left.id}/close?from=job").location == "/staff/inbox"


def test_every_kind_has_a_face():
    assert set(reach.FACES) == set(MessageKind)


def test_the_customers_card_shows_what_waits_about_any_of_theirs(shop, quote):
    invoice = shop.invoice(is_issued=True)
    shop.message(invoice, "Paid by bank.")
    answer(shop, quotes.request_changes, quote, body="Without the tank?")
    mallorys = shop.quote("Mallory May", is_sent=True)
    answer(shop, quotes.decline, mallorys, reason="Mallory's reason")
    words = read(shop.staff_client().get(f"/staff/customers/{quote.customer_id}")).words("main")
    for told in ("Paid by bank.", "Without the tank?", "Change requested."):
        assert told in words
    assert "Mallory's reason" not in words


# --- technicians ----------------------------------------------------------------------------------------------------


def test_a_technician_sees_nothing_of_it_even_on_their_own_job(shop):
    job = shop.work_order(technician="Theo")
    quote, invoice = shop.quote(work_order=job, is_sent=True), shop.invoice(work_order=job, is_issued=True)
    left = [answer(shop, quotes.approve, quote, name="Carol"), shop.message(invoice, "Paid")]
    theo = shop.staff_client("Theo")
    assert "caught up" in read(theo.get("/staff/inbox")).words()
    for message in left:
        read(theo.get(f"/staff/messages/{message.id}"), 404)
        for verb in ("close", "reopen"):
            read(press(theo, f"/staff/messages/{message.id}/{verb}"), 404)


def test_a_technician_is_not_given_one(shop, quote):
    left = answer(shop, quotes.request_changes, quote, body="Cheaper")
    office, path = shop.staff_client(), f"/staff/messages/{left.id}"
    assert "Theo" not in read(office.get(path)).words("main")
    assert read(press(office, f"{path}/assign", {"person": str(shop.theo.id)}), 422).error("person")
    with pytest.raises(NotAllowed):
        shop.do(messages.assign, left, person=shop.theo)
    assert press(office, f"{path}/assign", {"person": str(shop.person("Olive").id)}).status_code == 303


def test_who_becomes_a_technician_loses_sight_of_what_was_given_to_them(shop, quote):
    left = answer(shop, quotes.request_changes, quote, body="Cheaper")
    shop.do(messages.assign, left, person=shop.dana)
    dana = shop.staff_client("Dana")
    assert read(dana.get(f"/staff/messages/{left.id}"))
    with writing():
        shop.dana.role = "technician"
    read(dana.get(f"/staff/messages/{left.id}"), 404)
    assert messages.open_count(shop.dana) == 0
    assert people.can_office(shop.dana) is False


# --- the record -----------------------------------------------------------------------------------------------------


def test_the_activity_names_the_record_and_leads_to_the_words(pages, shop, quote):
    left = answer(shop, quotes.request_changes, quote, body="Without the tank?")
    invoice = shop.invoice("Carol Cruz", title="Boiler", is_issued=True)
    shop.do(invoices.void, invoice)
    office = shop.staff_client()
    page = read(office.get(f"/staff/activity?customer={quote.customer_id}"))
    for words in (
        "Customer asked for changes",
        "New faucet – quote 1001",
        "Boiler – invoice 1001",
        "voided the invoice",
    ):
        assert words in page.words("main")
    assert page.all("a", href=f"/staff/messages/{left.id}")
    assert "tank" not in page.words("main")
    about = {kind: read(office.get(f"/staff/activity?about={kind}")).words("main") for kind in ("quotes", "invoices")}
    assert "Boiler" not in about["quotes"]
    assert "New faucet" not in about["invoices"]
    only = read(office.get(f"/staff/activity?quote={quote.id}"))
    assert "Quote 1001" in only.words("main")
    assert "Boiler" not in only.words("main")
    assert only.kept("quote") == str(quote.id)
    by_customer = read(office.get("/staff/activity?who=customer")).words("main")
    assert "Customer asked for changes" in by_customer
    assert "sent the quote" not in by_customer
