"""How each mail fares: whose it is, when it is tried again, when it is given up."""

from datetime import timedelta

import pytest

from models import Mail, MailKind, db
from portal import clock
from portal.db import writing
from portal.domain import delivery, outbox
from tests.factories import local

NOW = local("2026-11-22 09:00")
LEASE = timedelta(minutes=3)


@pytest.fixture
def mail(shop) -> Mail:
    with clock.stopped_at(NOW), writing():
        return outbox.add(MailKind.TEST, "olive@shop.example", staff=shop.person("Olive"))


def claim(at=NOW) -> Mail | None:
    with clock.stopped_at(at), writing():
        return delivery.claim(LEASE)


def fare(verb, *words, at=NOW) -> Mail:
    """The mail that is due at `at`, tried then."""
    mail = claim(at)
    with clock.stopped_at(at), writing():
        verb(mail, *words)
    return mail


def test_a_claimed_mail_is_nobody_elses(mail):
    assert claim() is mail
    assert claim() is None
    assert claim(NOW + LEASE - timedelta(seconds=1)) is None


def test_a_mail_whose_postman_died_is_due_again_after_the_lease(mail):
    claim()
    again = claim(NOW + LEASE)
    assert (again, again.tries) == (mail, 2)


def test_who_claimed_it_too_long_ago_notes_nothing(mail):
    claim()
    claim(NOW + LEASE)
    with writing():
        assert delivery.claimed(mail.id, 1) is None
        assert delivery.claimed(mail.id, 2) is mail


def test_the_mail_that_waits_longest_goes_first(shop, mail):
    with clock.stopped_at(NOW - timedelta(minutes=1)), writing():
        older = outbox.add(MailKind.TEST, "dana@shop.example", staff=shop.dana)
    assert [claim(), claim(), claim()] == [older, mail, None]


def test_what_was_sent_is_never_due_again(mail):
    fare(delivery.sent)
    assert (mail.sent_at, mail.due_at, mail.trouble) == (NOW, None, "")
    assert claim(NOW + timedelta(days=30)) is None
    assert delivery.waiting() == 0


def test_after_trouble_it_is_tried_ever_more_seldom_and_given_up_after_a_day(mail):
    at, waits = NOW, []
    while mail.due_at:
        fare(delivery.put_off, "no answer", at=at)
        if mail.due_at:
            waits.append(mail.due_at - at)
            at = mail.due_at
    assert [wait / timedelta(minutes=1) for wait in waits] == [1, 5, 30, 120, 360, 720]
    assert timedelta(hours=20) < at - NOW < timedelta(hours=24)
    assert (mail.sent_at, mail.trouble, mail.tries) == (None, "no answer", 7)
    assert claim(at + timedelta(days=30)) is None


def test_trouble_that_is_mended_is_forgotten(mail):
    fare(delivery.put_off, "no answer")
    assert delivery.newest_trouble() is mail
    fare(delivery.sent, at=NOW + timedelta(minutes=2))
    assert delivery.newest_trouble() is None
    assert delivery.newest_sent() is mail


def test_what_a_server_says_at_length_is_cut(mail):
    fare(delivery.put_off, "5" * 1000)
    assert mail.trouble == "5" * 200


def test_a_mail_handed_back_is_due_as_if_never_tried(mail):
    fare(delivery.hand_back)
    assert (mail.tries, mail.due_at) == (0, NOW)


def test_a_link_that_could_not_be_mailed_stands_in_the_jobs_activity(shop):
    job = shop.work_order("Carol Cruz")
    shop.token(job)
    with writing():
        job.customer.email = "carol@home.example"
        mail = outbox.send_link(job, by=shop.dana)
    with writing():
        delivery.give_up(mail, "550 no such user")
    assert shop.verbs(job)[-2:] == ["link_mailed", "link_mail_failed"]
    assert delivery.newest_trouble() is mail


def test_a_later_success_hides_what_waits_but_not_what_was_given_up(shop, mail):
    with clock.stopped_at(NOW):
        fare(delivery.give_up, "550 no such user")
        with writing():
            outbox.add(MailKind.TEST, "dana@shop.example", staff=shop.dana)
        fare(delivery.sent)
        assert delivery.newest_trouble() is mail
    with clock.stopped_at(NOW + timedelta(days=8)):
        assert delivery.newest_trouble() is None


@pytest.mark.parametrize("why", delivery.NEEDLESS)
def test_what_nobody_misses_is_no_trouble(mail, why):
    fare(delivery.give_up, why)
    assert delivery.newest_trouble() is None


def test_it_knows_when_the_next_is_due(mail):
    db.session.rollback()
    assert (delivery.next_due(), delivery.waiting()) == (NOW, 1)
