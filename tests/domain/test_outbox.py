"""Who gets which mail, how often, and when one that waited should not go any more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models import Event, Mail, MailKind, Message, Quote, Role, db
from portal import clock
from portal.db import writing
from portal.domain import links, messages, outbox, quotes
from portal.domain import staff as people
from portal.domain.refusals import NotAllowed, TooMany
from portal.settings import MailServer
from tests.crowd import in_threads

SERVER = MailServer(
    host="localhost", port=25, user="", password="", is_tls=False, sender="mail@shop.example", sender_name=""
)


@pytest.fixture
def job(shop):
    job = shop.work_order("Carol Cruz")
    shop.token(job)
    with writing():
        job.customer.email = "carol@home.example"
    return job


def left() -> list[Mail]:
    db.session.rollback()
    return db.session.query(Mail).order_by(Mail.id).all()


def send_link(shop, job) -> Mail:
    with writing():
        return outbox.send_link(job, by=shop.dana)


def arrived(mail: Mail) -> None:
    with writing():
        mail.sent_at, mail.due_at = clock.now(), None


# --- a message came in ----------------------------------------------------------------------------------------------


def tell_office(shop, job) -> list[str]:
    message = shop.message(job)
    with writing():
        return sorted(mail.recipient for mail in outbox.tell_office(message))


def test_a_message_is_told_to_the_owner_and_the_office(shop, job):
    assert tell_office(shop, job) == ["dana@shop.example", "olive@shop.example"]
    assert {(mail.kind, mail.tries, mail.sent_at) for mail in left()} == {(MailKind.MESSAGE, 0, None)}


def test_who_left_or_has_no_address_is_told_nothing(shop, job):
    with writing():
        shop.dana.archived_at = clock.now()
        people.add(name="Owen Old", email=None, role=Role.OFFICE)
    assert tell_office(shop, job) == ["olive@shop.example"]


def test_a_message_that_is_taken_back_is_told_to_nobody(shop, job):
    message = shop.message(job)

    def fails():
        outbox.tell_office(message)
        db.session.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), writing():
        fails()
    assert left() == []


def test_one_message_is_told_once_however_often_it_is_said(shop, job):
    message = shop.message(job)
    for _time in range(2):
        with writing():
            outbox.tell_office(message)
    assert len(left()) == 2


# --- a quote was answered -------------------------------------------------------------------------------------------


@pytest.fixture
def with_mail(app, monkeypatch):
    """A shop whose mail goes somewhere."""
    kept = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(kept, mail=SERVER))


@pytest.fixture
def quote(shop):
    quote = shop.quote(is_sent=True)
    shop.token(quote)
    return quote


ANSWERS = [(quotes.approve, {"name": "Carol"}), (quotes.request_changes, {"body": "Cheaper"}), (quotes.decline, {})]


@pytest.mark.parametrize(("verb", "said"), ANSWERS, ids=["approve", "changes", "decline"])
def test_an_answer_is_told_to_the_owner_and_the_office_once(with_mail, shop, quote, verb, said):
    shop.do(verb, quote, revision=1, by=None, **said)
    assert {mail.recipient for mail in left()} == {"dana@shop.example", "olive@shop.example"}
    assert {mail.message.quote for mail in left()} == {quote}
    assert [outbox.obstacle(mail) for mail in left()] == ["", ""]


@pytest.mark.parametrize(("verb", "said"), ANSWERS, ids=["approve", "changes", "decline"])
def test_an_answer_that_was_undone_before_the_mail_went_is_told_to_nobody(with_mail, shop, quote, verb, said):
    shop.do(verb, quote, revision=1, by=None, **said)
    shop.do(quotes.undo_answer, quote)
    assert [outbox.obstacle(mail) for mail in left()] == ["answered", "answered"]


def test_what_the_office_took_down_itself_it_is_not_told(with_mail, shop, quote):
    shop.approved(quote, by=shop.dana)
    assert left() == []


def test_without_a_mail_server_no_mail_piles_up(shop, quote):
    shop.approved(quote)
    assert left() == []


def test_twenty_approvals_at_once_are_one_message_one_event_and_one_mail_each(with_mail, shop, quote):
    quote_id = quote.id

    def approve():
        with writing():
            return quotes.approve(db.session.get(Quote, quote_id), revision=1, name="Carol Cruz").id

    assert len(set(in_threads(shop.app, 20, approve))) == 1
    assert sorted(mail.recipient for mail in left()) == ["dana@shop.example", "olive@shop.example"]
    assert shop.count(Message, quote_id=quote_id) == 1
    assert shop.verbs(quote).count("approved") == 1


def test_an_answer_that_fails_half_way_leaves_no_mail(with_mail, shop, quote):
    def fails():
        quotes.approve(quote, revision=1, name="Carol")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), writing():
        fails()
    assert left() == []


# --- a link to the customer -----------------------------------------------------------------------------------------


def test_a_link_goes_to_the_customers_own_address(shop, job):
    mail = send_link(shop, job)
    assert (mail.kind, mail.recipient, mail.link) == (MailKind.LINK, "carol@home.example", shop.link(job))
    assert shop.verbs(job)[-1] == "link_mailed"


@pytest.mark.parametrize("kind", ["quote", "invoice"])
def test_the_link_of_a_quote_or_an_invoice_goes_there_too(shop, job, kind):
    record = getattr(shop, kind)("Carol Cruz")
    shop.token(record)
    mail = send_link(shop, record)
    assert (mail.recipient, mail.link, outbox.obstacle(mail)) == ("carol@home.example", shop.link(record), "")
    assert shop.verbs(record)[-1] == "link_mailed"
    shop.do(links.revoke, record)
    assert outbox.obstacle(shop.again(mail)) == "revoked"


def test_a_second_press_while_it_waits_is_the_same_mail(shop, job):
    assert send_link(shop, job).id == send_link(shop, job).id
    assert shop.verbs(job).count("link_mailed") == 1


def test_a_new_address_gets_a_mail_of_its_own(shop, job):
    send_link(shop, job)
    with writing():
        job.customer.email = "carol@work.example"
    assert send_link(shop, job).recipient == "carol@work.example"
    assert len(left()) == 2


@pytest.mark.parametrize("missing", ["an address", "a link"])
def test_without_an_address_or_a_link_there_is_nothing_to_send(shop, job, missing):
    with writing():
        if missing == "a link":
            links.revoke(job, by=shop.dana)
        else:
            job.customer.email = ""
    with pytest.raises(NotAllowed):
        send_link(shop, job)
    assert left() == []


def test_a_link_is_sent_three_times_an_hour_at_most(shop, job):
    for _time in range(outbox.PER_LINK):
        arrived(send_link(shop, job))
    with pytest.raises(TooMany):
        send_link(shop, job)
    with clock.stopped_at(clock.now() + timedelta(minutes=61)):
        send_link(shop, job)
    assert len(left()) == outbox.PER_LINK + 1


def test_the_shop_sends_a_hundred_links_an_hour_at_most(shop, job, monkeypatch):
    monkeypatch.setattr(outbox, "PER_SHOP", 2)
    other = shop.work_order("Mallory Moss")
    shop.token(other)
    with writing():
        other.customer.email = "mallory@home.example"
    arrived(send_link(shop, job))
    arrived(send_link(shop, job))
    with pytest.raises(TooMany):
        send_link(shop, other)


# --- ways in, tests -------------------------------------------------------------------------------------------------


def test_a_way_in_goes_to_who_works_here_and_holds_no_token(shop):
    with writing():
        outbox.send_way_in(shop.theo)
    (mail,) = left()
    assert (mail.kind, mail.recipient, mail.staff) == (MailKind.RESET, "theo@shop.example", shop.theo)
    assert shop.count(Event, verb="way_in_mailed") == 1


def test_who_left_gets_no_way_in(shop):
    with writing():
        shop.theo.archived_at = clock.now()
        assert outbox.send_way_in(shop.theo) is None
    assert left() == []


def test_nobodys_mailbox_is_filled_with_ways_in(shop):
    with writing():
        for _time in range(20):
            outbox.send_way_in(shop.theo)
            db.session.flush()
        assert outbox.send_way_in(shop.dana)
    assert [mail.staff.name for mail in left()] == ["Theo Tran"] * outbox.PER_PERSON + ["Dana Diaz"]


def test_a_test_needs_an_address_and_is_bounded(shop):
    olive = shop.person("Olive")
    for _time in range(outbox.PER_PERSON):
        with writing():
            outbox.send_test(olive)
    with pytest.raises(TooMany), writing():
        outbox.send_test(olive)
    with writing():
        shop.theo.email = None
    with pytest.raises(NotAllowed), writing():
        outbox.send_test(shop.theo)
    assert {mail.recipient for mail in left()} == {"olive@shop.example"}


# --- what should not go any more ------------------------------------------------------------------------------------


def test_a_mail_whose_reason_still_stands_goes(shop, job):
    send_link(shop, job)
    tell_office(shop, job)
    with writing():
        outbox.send_way_in(shop.theo)
    assert [outbox.obstacle(mail) for mail in left()] == [""] * 4


@pytest.mark.parametrize("why", ["revoked", "moved", "old"])
def test_a_link_that_is_not_the_customers_any_more_does_not_go(shop, job, why):
    mail = send_link(shop, job)
    with writing():
        if why == "revoked":
            links.revoke(job, by=shop.dana)
        elif why == "moved":
            job.customer.email = "carol@work.example"
        else:
            mail.created_at -= timedelta(days=3, minutes=1)
    assert outbox.obstacle(shop.again(mail)) == why


def test_a_link_that_was_shared_anew_does_not_go_by_its_old_mail(shop, job):
    mail = send_link(shop, job)
    shop.do(links.revoke, job)
    shop.token(job)
    assert outbox.obstacle(shop.again(mail)) == "revoked"


@pytest.mark.parametrize("why", ["answered", "left", "moved to the field", "another address"])
def test_a_message_is_not_told_to_who_need_not_know_any_more(shop, job, why):
    message = shop.message(job)
    with writing():
        mail = next(mail for mail in outbox.tell_office(message) if mail.recipient == "dana@shop.example")
    with writing():
        match why:
            case "answered":
                messages.answered(message, by=shop.person("Olive"))
            case "left":
                shop.dana.archived_at = clock.now()
            case "moved to the field":
                shop.dana.role = Role.TECHNICIAN
            case "another address":
                shop.dana.email = "dana@home.example"
    assert outbox.obstacle(shop.again(mail)) == ("answered" if why == "answered" else "left")


def test_a_way_in_is_not_sent_long_after_it_was_asked_for(shop):
    with writing():
        mail = outbox.send_way_in(shop.theo)
    with clock.stopped_at(clock.now() + timedelta(minutes=61)):
        assert outbox.obstacle(mail) == "old"


def test_a_mail_about_nothing_stops_nobody_elses(shop):
    with writing():
        mails = [outbox.add(kind, "x@y.example") for kind in MailKind]
    assert {outbox.obstacle(mail) for mail in mails} == {"left"}
