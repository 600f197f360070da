"""Mail as the staff meet it: on the share sheet, at the sign-in page, in the settings; with a server and without."""

import dataclasses
from datetime import timedelta

import pytest

from models import Event, Mail, MailKind, db
from portal import clock
from portal.db import writing
from portal.domain import delivery, links, outbox
from portal.settings import MailServer
from portal.staff import mail as mail_room
from tests.bad_input import STRANGE, UNTYPABLE
from tests.factories import csrf_of, local, press
from tests.pages import Page, read

SERVER = MailServer(
    host="127.0.0.1", port=9, user="", password="", is_tls=False, sender="mail@shop.example", sender_name=""
)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(mail_room, "SAME_S", 0)


@pytest.fixture
def with_mail(shop):
    """The shop with a mail server, which nothing here talks to: the postman is not at work."""
    kept = shop.app.extensions
    kept["settings"] = dataclasses.replace(kept["settings"], mail=SERVER)


@pytest.fixture
def job(shop):
    job = shop.work_order("Carol Cruz")
    shop.token(job)
    with writing():
        job.customer.email = "carol@home.example"
    return job


def left(**values) -> list[Mail]:
    db.session.rollback()
    return db.session.query(Mail).filter_by(**values).order_by(Mail.id).all()


def fares(verb, *words: str) -> None:
    """What the postman notes of the newest mail."""
    mail = left()[-1]
    with writing():
        verb(mail, *words)


def sheet(shop, job, who="Dana") -> Page:
    return read(shop.staff_client(who).get(f"/staff/work-orders/{job.id}?shared=1"))


def send(shop, job, who="Dana", **form: str):
    return press(shop.staff_client(who), f"/staff/work-orders/{job.id}/send-link", form)


# --- the share sheet ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("with_mail")
def test_the_sheet_sends_the_link_to_the_customers_address(shop, job):
    page = sheet(shop, job)
    assert "Send by email" in page.words("share-sheet")
    assert "The email goes to carol@home.example." in page.words("share-sheet")
    assert "mailto:" not in page.html

    answer = send(shop, job)
    assert (answer.status_code, answer.location) == (303, f"/staff/work-orders/{job.id}?shared=1")
    assert [(mail.kind, mail.recipient) for mail in left()] == [(MailKind.LINK, "carol@home.example")]
    page = sheet(shop, job)
    assert "open" in page.find("share-sheet").attrib
    assert "On its way to carol@home.example" in page.words("mail-to")
    assert "Dana sent the link by email" in page.words()


@pytest.mark.usefixtures("with_mail")
def test_nobody_chooses_another_recipient(shop, job):
    send(shop, job, recipient="everybody@elsewhere.example", email="everybody@elsewhere.example", to="x@y.example")
    assert [mail.recipient for mail in left()] == ["carol@home.example"]
    names = {element.get("name") for element in sheet(shop, job).find("share-sheet").iter("input")}
    assert names == {None, "csrf_token"}


@pytest.mark.usefixtures("with_mail")
def test_the_sheet_says_when_it_went(shop, job):
    with clock.stopped_at(local("2026-11-22 10:31")):
        send(shop, job)
        fares(delivery.sent)
        assert "Sent to carol@home.example today at 10:31 am" in sheet(shop, job).words("mail-to")


@pytest.mark.usefixtures("with_mail")
def test_the_sheet_says_why_it_did_not_go(shop, job):
    send(shop, job)
    fares(delivery.put_off, "no answer")
    words = "Mail to carol@home.example waits and is tried again. The mail server doesn’t answer."
    assert words in sheet(shop, job).words("mail-to")
    fares(delivery.give_up, "550 <b>no</b> such user")
    page = sheet(shop, job)
    words = "Mail to carol@home.example could not be delivered. The mail server said: 550 <b>no</b> such user"
    assert words in page.words("mail-to")
    assert "The email with the link could not be delivered" in page.words()
    assert send(shop, job).status_code == 303
    assert len(left()) == 2


@pytest.mark.usefixtures("with_mail")
def test_a_customer_without_an_address_is_mailed_by_hand(shop, job):
    with writing():
        job.customer.email = ""
    page = sheet(shop, job)
    assert "Send by email" not in page.words("share-sheet")
    assert "mailto:" in page.html
    assert send(shop, job).status_code == 303
    assert left() == []


def test_without_a_mail_server_the_own_mail_program_sends_it(shop, job):
    page = sheet(shop, job)
    assert "Send by email" not in page.words()
    assert "mailto:carol@home.example?subject=" in page.html
    assert send(shop, job).status_code == 404
    assert left() == []


@pytest.mark.usefixtures("with_mail")
def test_the_fourth_mail_in_an_hour_is_refused_in_words(shop, job):
    for _time in range(3):
        send(shop, job)
        fares(delivery.sent)
    client = shop.staff_client()
    answer = press(client, f"/staff/work-orders/{job.id}/send-link")
    assert "This link was sent several times already." in read(client.get(answer.location)).words("share-sheet")
    assert len(left()) == 3


@pytest.mark.usefixtures("with_mail")
def test_a_technician_sends_the_links_of_their_own_jobs_only(shop, job):
    other = shop.work_order("Mallory Moss", technician="Dana")
    shop.token(other)
    with writing():
        other.customer.email = "mallory@home.example"
    assert send(shop, other, "Theo").status_code == 404
    assert send(shop, job, "Theo").status_code == 303
    assert [mail.recipient for mail in left()] == ["carol@home.example"]


@pytest.mark.usefixtures("with_mail")
def test_a_link_revoked_in_another_tab_is_not_sent(shop, job):
    shop.do(links.revoke, job)
    client = shop.staff_client()
    answer = press(client, f"/staff/work-orders/{job.id}/send-link")
    assert "That had changed meanwhile" in read(client.get(answer.location)).words()
    assert left() == []


@pytest.mark.usefixtures("with_mail")
def test_a_revoked_links_mail_says_nothing_of_the_next_one(shop, job):
    send(shop, job)
    shop.do(links.revoke, job)
    shop.token(job)
    assert "The email goes to carol@home.example." in sheet(shop, job).words("mail-to")


# --- a message came in ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("with_mail")
def test_a_message_is_told_to_the_office_in_its_own_transaction(shop, job):
    customer = shop.app.test_client()
    assert customer.post(shop.path(job, "/help"), data={"message": "Hello"}).status_code == 303
    assert {mail.recipient for mail in left(kind=MailKind.MESSAGE)} == {"olive@shop.example", "dana@shop.example"}
    assert customer.post(shop.path(job, "/help"), data={"message": "Spam", "website": "x"}).status_code == 303
    assert customer.post(shop.path(job, "/help"), data={"message": ""}).status_code == 422
    assert len(left()) == 2


def test_without_a_mail_server_a_message_waits_in_the_inbox_only(shop, job):
    assert shop.app.test_client().post(shop.path(job, "/help"), data={"message": "Hello"}).status_code == 303
    assert left() == []
    assert "Hello" in read(shop.staff_client().get("/staff/inbox")).words()


@pytest.mark.usefixtures("with_mail")
def test_strange_words_never_fail_a_message(shop, job):
    for text in (*STRANGE.values(), *(typed for typed, _kept in UNTYPABLE.values()), "a@b\r\nBcc: x@y.example"):
        with clock.stopped_at(clock.now() + timedelta(hours=2)):
            path = shop.path(shop.work_order(), "/help")
            answer = shop.app.test_client().post(path, data={"message": text, "name": text, "reach_at": text})
            assert answer.status_code == 303


# --- a way in -------------------------------------------------------------------------------------------------------


@pytest.fixture
def door(shop):
    client = shop.app.test_client()
    client.csrf = csrf_of(client.get("/staff/sign-in").text)
    return client


def ask(client, email: str):
    return press(client, "/staff/sign-in-by-email", {"email": email, "password": ""})


@pytest.mark.usefixtures("with_mail")
def test_who_forgot_the_password_is_mailed_a_way_in(shop, door):
    assert "Email me a sign-in link" in read(door.get("/staff/sign-in")).words()
    answer = ask(door, " Theo@Shop.example")
    page = read(door.get(answer.location))
    assert "Look into your mail." in page.words()
    assert [(mail.kind, mail.recipient) for mail in left()] == [(MailKind.RESET, "theo@shop.example")]
    assert shop.count(Event, verb="way_in_mailed") == 1


@pytest.mark.usefixtures("with_mail")
def test_the_answer_is_the_same_whether_anybody_has_the_address(shop, door):
    with writing():
        shop.dana.archived_at = clock.now()
    answers = [ask(door, email) for email in ("theo@shop.example", "nobody@shop.example", "dana@shop.example")]
    assert len({(answer.status_code, answer.location, answer.text) for answer in answers}) == 1
    assert [mail.recipient for mail in left()] == ["theo@shop.example"]


@pytest.mark.usefixtures("with_mail")
def test_the_answer_takes_the_same_time_whether_anybody_has_the_address(door, monkeypatch):
    slept = []
    monkeypatch.setattr(mail_room, "SAME_S", 60)
    monkeypatch.setattr(mail_room.time, "sleep", slept.append)
    for email in ("theo@shop.example", "nobody@shop.example"):
        ask(door, email)
    assert len(slept) == 2
    assert all(50 < seconds <= 60 for seconds in slept)


@pytest.mark.usefixtures("with_mail")
@pytest.mark.parametrize("email", ["theo@shop.example", "nobody@shop.example"])
def test_asking_again_and_again_is_refused_alike(door, email):
    assert [ask(door, email).status_code for _time in range(4)] == [303, 303, 303, 429]
    assert len(left()) <= 3


@pytest.mark.usefixtures("with_mail")
def test_an_address_that_asks_for_many_is_refused(shop, door):
    codes = [ask(door, f"nobody-{number}@shop.example").status_code for number in range(11)]
    assert codes == [303] * 10 + [429]


@pytest.mark.usefixtures("with_mail")
def test_asking_for_a_way_in_does_not_lock_the_password_out(door):
    for _time in range(4):
        ask(door, "theo@shop.example")
    form = {"email": "theo@shop.example", "password": "correct horse battery"}
    assert press(door, "/staff/sign-in", form).status_code == 303


@pytest.mark.usefixtures("with_mail")
@pytest.mark.parametrize("email", ["", "theo", "theo@shop.example\r\nBcc: x@y.example", *STRANGE.values()])
def test_what_is_no_address_is_said_beside_the_field(door, email):
    page = read(ask(door, email), 422)
    assert page.error("email")
    assert page.error("password") == ""
    assert left() == []


def test_without_a_mail_server_the_owner_makes_the_link(door):
    page = read(door.get("/staff/sign-in"))
    assert "Email me a sign-in link" not in page.words()
    assert "The owner can make you a one-time sign-in link." in page.words()
    assert ask(door, "theo@shop.example").status_code == 404
    assert left() == []


# --- how mail stands ------------------------------------------------------------------------------------------------


def settings(shop) -> Page:
    return read(shop.staff_client("Olive").get("/staff/settings"))


def test_without_a_mail_server_the_settings_say_what_to_do(shop):
    words = settings(shop).words()
    assert "Email: not connected" in words
    assert "SMTP_URL and MAIL_FROM" in words
    assert "test mail" not in words
    assert press(shop.staff_client("Olive"), "/staff/settings/test-mail").status_code == 404


@pytest.mark.usefixtures("with_mail")
def test_the_owner_tries_whether_mail_goes_out(shop):
    assert "Email: connected" in settings(shop).words()
    olive = shop.staff_client("Olive")
    answer = press(olive, "/staff/settings/test-mail", {"recipient": "x@y.example"})
    assert answer.location == "/staff/settings#mail"
    assert "A test mail is on its way to olive@shop.example." in read(olive.get("/staff/settings")).words()
    assert "One mail waits to be sent." in settings(shop).words()
    assert [mail.recipient for mail in left()] == ["olive@shop.example"]
    with clock.stopped_at(local("2026-11-22 10:31")):
        fares(delivery.put_off, "password")
        assert "The mail server refuses the user or password in SMTP_URL." in settings(shop).words()
        fares(delivery.sent)
        words = settings(shop).words()
    assert "The last mail went out today at 10:31 am." in words
    assert "refuses" not in words


@pytest.mark.usefixtures("with_mail")
def test_trying_is_the_owners_and_bounded(shop):
    assert press(shop.staff_client("Dana"), "/staff/settings/test-mail").status_code == 403
    olive = shop.staff_client("Olive")
    for _time in range(outbox.PER_PERSON + 1):
        press(olive, "/staff/settings/test-mail")
    assert "tried several times already" in read(olive.get("/staff/settings")).words()
    assert len(left()) == outbox.PER_PERSON


def test_every_trouble_has_words(app):
    for word in ("no answer", "unreachable", "hung up", "no encryption", "certificate", "password", "address", "key"):
        assert "said" not in mail_room.trouble_words(word)
    assert mail_room.trouble_words("550 5.1.1 no") == "The mail server said: 550 5.1.1 no"


# --- the link of a quote or an invoice ------------------------------------------------------------------------------


@pytest.mark.usefixtures("with_mail")
@pytest.mark.parametrize("kind", ["quote", "invoice"])
def test_the_link_of_a_quote_or_an_invoice_is_sent_by_the_office(shop, job, kind):
    record = getattr(shop, kind)("Carol Cruz")
    shop.token(record)
    path = f"/staff/{kind}s/{record.id}/send-link"
    assert press(shop.staff_client("Theo"), path).status_code == 403
    assert press(shop.staff_client("Dana"), path).status_code == 303
    (mail,) = left(kind=MailKind.LINK)
    assert (mail.recipient, mail.link) == ("carol@home.example", shop.link(record))


@pytest.mark.parametrize("kind", ["quote", "invoice"])
def test_without_a_mail_server_there_is_no_such_address(shop, kind):
    record = getattr(shop, kind)("Carol Cruz")
    assert press(shop.staff_client(), f"/staff/{kind}s/{record.id}/send-link").status_code == 404
