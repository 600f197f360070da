"""What each mail says, to whom, and what it must never say."""

import dataclasses

import pytest

from models import Mail, MailKind, Message, db
from portal import letters
from portal.db import writing
from portal.domain import invoices, links, outbox, quotes
from portal.domain import staff as people
from portal.domain.refusals import KeyLost
from tests.bad_input import STRANGE
from tests.factories import local
from tests.pages import Page


@pytest.fixture
def job(shop):
    job = shop.work_order("Carol Cruz", title="Kitchen tap", starts_at=local("2036-11-22 10:00"))
    shop.token(job)
    with writing():
        job.customer.email = "carol@home.example"
        shop.profile.email = "office@shop.example"
    return job


def written(mail: Mail):
    """The letter, as the postman has it written."""
    with writing():
        db.session.flush()
        way_in = letters.way_in(mail)
    return letters.write(mail, way_in)


def link_letter(shop, job):
    with writing():
        mail = outbox.send_link(job, by=shop.dana)
    return written(mail)


def message_letter(shop, job, **said: str):
    message = shop.message(job)
    with writing():
        for name, value in said.items():
            setattr(message, name, value)
    return office_letter(shop, message)


def office_letter(shop, message):
    with writing():
        mail = outbox.add(MailKind.MESSAGE, "dana@shop.example", staff=shop.dana, message=message)
    return written(mail)


def staff_letter(shop, kind: MailKind):
    with writing():
        mail = outbox.add(kind, "theo@shop.example", staff=shop.theo)
    return written(mail)


def every_letter(shop, job):
    yield link_letter(shop, job)
    yield message_letter(shop, job)
    for kind in (MailKind.INVITE, MailKind.RESET, MailKind.TEST):
        yield staff_letter(shop, kind)


def test_a_customers_mail_leads_to_their_page(shop, job):
    letter = link_letter(shop, job)
    url = f"https://jobs.example.com{shop.path(job)}"
    assert (letter.recipient, letter.sender_name, letter.reply_to) == (
        *("carol@home.example", "Brightwater Plumbing"),
        "office@shop.example",
    )
    assert letter.subject == "Your job with Brightwater Plumbing"
    assert letter.text.count(url) == 1
    assert f"See your job:\n{url}\n" in letter.text
    assert "Theo is coming" in letter.text
    page = Page(letter.html)
    assert {link.get("href") for link in page.all("a")} == {url}
    assert page.h1 == "Kitchen tap"


def test_a_message_is_read_whole_and_answered_by_replying(shop, job):
    letter = message_letter(shop, job, body="First line\n\nThird <b>line</b>", name="Carol", reach_at="c@home.example")
    assert letter.subject == "New message: Kitchen tap (work order 1001)"
    assert letter.reply_to == "c@home.example"
    assert "Carol sent you a message" in letter.text
    assert "> First line\n> \n> Third <b>line</b>\n" in letter.text
    assert "Third &lt;b&gt;line&lt;/b&gt;" in letter.html
    assert "To be reached at: c@home.example" in letter.text
    assert f"https://jobs.example.com/staff/work-orders/{job.id}\n" in letter.text


ANSWERS = {
    quotes.approve: ({"name": "Carol Cruz", "path": "M1 1L2 2"}, "Approved: ", "Carol Cruz approved your quote"),
    quotes.request_changes: ({"body": "Without the tank?"}, "Change requested: ", "Carol Cruz asked for a change"),
    quotes.decline: ({"reason": "Too late."}, "Declined: ", "Carol Cruz declined your quote"),
}


@pytest.mark.parametrize("verb", ANSWERS, ids=lambda verb: verb.__name__)
def test_an_answer_to_a_quote_is_told_without_sums_or_secrets(shop, job, verb):
    said, subject, heading = ANSWERS[verb]
    quote = shop.quote(title="New faucet", is_sent=True)
    token = shop.token(quote)
    shop.do(verb, quote, revision=1, by=None, address="192.0.2.7", user_agent="Firefox", **said)
    message = db.session.query(Message).one()
    letter = office_letter(shop, message)
    assert letter.subject == f"{subject}New faucet (quote 1001)"
    assert heading in letter.text
    assert "About: New faucet, quote 1001" in letter.text
    assert f"https://jobs.example.com/staff/messages/{message.id}\n" in letter.text
    for typed in (said.get("body"), said.get("reason")):
        assert not typed or f"> {typed}\n" in letter.text
    for secret in (token, "100.00", "192.0.2.7", "Firefox", "M1 1L2"):
        assert secret not in str(dataclasses.asdict(letter))


@pytest.mark.parametrize("kind", ["quote", "invoice"])
def test_help_about_a_quote_or_an_invoice_says_which(shop, job, kind):
    record = getattr(shop, kind)(title="New faucet")
    letter = office_letter(shop, shop.message(record, "Is VAT in it?"))
    assert letter.subject == f"New message: New faucet ({kind} 1001)"
    assert "> Is VAT in it?\n" in letter.text
    assert "Carol sent you a message" in letter.text


@pytest.mark.parametrize("kind", ["quote", "invoice"])
def test_a_customers_mail_leads_to_their_quote_or_invoice_and_names_no_sum(shop, job, kind):
    record = getattr(shop, kind)(title="New faucet", internal_notes="Haggles")
    url = f"https://jobs.example.com{shop.path(record)}"
    letter = link_letter(shop, record)
    assert letter.subject == f"Your {kind} from Brightwater Plumbing"
    assert (letter.recipient, letter.reply_to) == ("carol@home.example", "office@shop.example")
    assert letter.text.count(url) == 1
    assert f"See your {kind}:\n{url}\n" in letter.text
    assert Page(letter.html).h1 == f"{kind.title()} 1001"
    for unsaid in ("100.00", "New faucet", "Haggles", "work order"):
        assert unsaid not in letter.text


def test_a_credit_note_is_called_one(shop, job):
    invoice = shop.invoice(is_issued=True)
    note = shop.do(invoices.credit, invoice)
    shop.token(note)
    assert link_letter(shop, note).subject == "Your credit note from Brightwater Plumbing"


def test_a_message_with_a_phone_number_or_nothing_is_not_answered_by_replying(shop, job):
    assert message_letter(shop, job, reach_at="(503) 555-0188").reply_to == ""
    letter = message_letter(shop, job, reach_at="", name="")
    assert letter.reply_to == ""
    assert "No phone or email was left" in letter.text
    assert "Carol Cruz sent you a message" in letter.text


@pytest.mark.parametrize(
    ("kind", "hours", "says"), [(MailKind.INVITE, 72, "within three days"), (MailKind.RESET, 1, "within an hour")]
)
def test_a_way_in_is_made_with_the_letter_and_only_its_hash_is_kept(shop, kind, hours, says):
    letter = staff_letter(shop, kind)
    token = letter.text.partition("/staff/sign-in/")[2].split()[0]
    link = people.find_sign_in_link(token)
    assert link.staff == shop.theo
    (mail,) = db.session.query(Mail)
    assert round((link.expires_at - mail.created_at).total_seconds() / 3600) == hours
    assert says in letter.text


def test_no_secret_stands_in_a_subject_or_a_header(shop, job):
    token = shop.token(job)
    for letter in every_letter(shop, job):
        headers = dataclasses.asdict(letter) | {"text": "", "html": ""}
        assert token not in str(headers)
        assert "sign-in/" not in str(headers)


def test_a_link_whose_key_is_lost_cannot_be_written_down(shop, job):
    with writing():
        links.of(job).key_id = "lost"
    with pytest.raises(KeyLost):
        link_letter(shop, job)


def test_every_letter_asks_for_nothing_from_anywhere(shop, job):
    for letter in every_letter(shop, job):
        page = Page(letter.html)
        assert page.all("img") == page.all("script") == page.all("link") == []
        assert "url(" not in letter.html
        assert "@import" not in letter.html


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_whatever_is_typed_is_read_as_typed(shop, job, text):
    message = message_letter(shop, job, body=text, name=text[:120], reach_at=text)
    with writing():
        shop.profile.name = shop.profile.phone = text[:40]
        job.title = text[:120]
        shop.theo.name = f"Theo {text}"[:120]
    for letter in (message, *every_letter(shop, job)):
        page = Page(letter.html)
        assert {element.tag for element in page.elements()} <= {
            *("html", "head", "meta", "title", "style", "body", "div", "p", "bdi", "h1", "a", "blockquote", "br")
        }
        assert all(link.get("href").startswith("https://jobs.example.com/") for link in page.all("a"))
        assert "\n" not in letter.subject
        assert "\u202e" not in letter.subject
    assert text in message.text


def test_a_shop_without_a_name_still_makes_sentences(shop, job):
    with writing():
        shop.profile.name = ""
    assert link_letter(shop, job).subject == "Your job with Your service company"
    assert staff_letter(shop, MailKind.RESET).subject == "Your sign-in link: Porchlight"


def test_a_customer_reads_their_own_language(shop, job):
    with writing():
        shop.profile.locale, job.customer.locale = "en_US", "es"
    letter = link_letter(shop, job)
    assert letter.locale == "es_US"
    assert '<html lang="es-US" dir="ltr">' in letter.html
    assert message_letter(shop, job).locale == "en_US"
