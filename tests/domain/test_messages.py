from datetime import UTC, datetime, timedelta

import pytest

from models import Message
from portal import clock
from portal.domain import messages, timeline
from portal.domain.refusals import TooMany

NOON = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def test_a_message_is_kept_with_its_time_and_noted_without_ringing(shop):
    job = shop.work_order()
    shop.token(job)
    version = timeline.version("wo", job.id)
    with clock.stopped_at(NOON):
        message = shop.message(job, "Please ring twice")

    assert (message.body, message.work_order, message.created_at) == ("Please ring twice", job, NOON)
    assert shop.verbs(job)[-1] == "message_left"
    assert timeline.version("wo", job.id) == version


def test_a_link_may_send_five_an_hour(shop):
    job = shop.work_order()
    with clock.stopped_at(NOON):
        for number in range(messages.PER_LINK):
            shop.message(job, address=f"192.0.2.{number}")
        with pytest.raises(TooMany):
            shop.message(job, address="192.0.2.99")

    assert shop.count(Message) == messages.PER_LINK == 5
    with clock.stopped_at(NOON + timedelta(hours=1)):
        shop.message(job)


def test_an_address_may_send_twenty_an_hour_over_all_links(shop):
    with clock.stopped_at(NOON):
        for _ in range(messages.PER_ADDRESS):
            shop.message(shop.work_order(), address="192.0.2.7")
        with pytest.raises(TooMany):
            shop.message(shop.work_order(), address="192.0.2.7")
        shop.message(shop.work_order(), address="192.0.2.8")
    assert shop.count(Message) == 21


def test_a_refused_message_leaves_nothing(shop):
    job = shop.work_order()
    for _ in range(5):
        shop.message(job)
    before = shop.verbs(job)
    with pytest.raises(TooMany):
        shop.message(job)
    assert shop.verbs(job) == before


def test_an_answered_message_is_open_no_more(shop):
    message = shop.message(shop.work_order())
    assert messages.open_count(shop.dana) == 1

    with clock.stopped_at(NOON):
        shop.do(messages.answered, message)

    assert message.answered_at == NOON
    assert messages.open_count(shop.dana) == 0
    assert messages.open_on(message.work_order) == []


def test_an_answered_message_can_be_opened_again(shop):
    message = shop.message(shop.work_order())
    shop.do(messages.answered, message)
    shop.do(messages.reopen, message)
    assert messages.open_on(message.work_order) == [message]


def test_answering_twice_is_noted_once(shop):
    message = shop.message(shop.work_order())
    for verb in (messages.answered, messages.answered, messages.reopen, messages.reopen):
        shop.do(verb, message)
    assert shop.verbs(message.work_order)[-2:] == ["message_answered", "message_reopened"]


def test_a_technician_reads_the_messages_of_their_own_jobs_only(shop):
    own, other = shop.work_order("Carol Cruz"), shop.work_order("Mallory May", technician="Dana")
    shop.message(own, "for Theo")
    shop.message(other, "for Dana")
    assert [message.body for message in messages.inbox(shop.dana, limit=9)] == ["for Dana", "for Theo"]

    assert [message.body for message in messages.inbox(shop.theo, limit=9)] == ["for Theo"]
    assert messages.open_count(shop.theo) == 1


def test_the_inbox_shows_what_waits_first_then_the_newest(shop):
    job = shop.work_order()
    first, second, third = [shop.message(job, body) for body in ("first", "second", "third")]
    shop.do(messages.answered, third)
    assert messages.inbox(shop.dana, limit=9) == [second, first, third]
    assert messages.inbox(shop.dana, limit=1) == [second]


def test_a_job_shows_its_own_waiting_messages(shop):
    carols, mallorys = shop.work_order("Carol Cruz"), shop.work_order("Mallory May")
    message = shop.message(carols)
    assert messages.open_on(carols) == [message]
    assert messages.open_on(mallorys) == []
