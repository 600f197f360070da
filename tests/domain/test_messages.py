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


def test_a_household_counts_as_one_sender_over_ipv6(shop):
    with clock.stopped_at(NOON):
        for number in range(messages.PER_ADDRESS):
            shop.message(shop.work_order(), address=f"2001:db8:0:1::{number:x}")
        with pytest.raises(TooMany):
            shop.message(shop.work_order(), address="2001:db8:0:1:ffff::1")
        shop.message(shop.work_order(), address="2001:db8:0:2::1")


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


def test_each_tab_shows_its_own_the_newest_first(shop):
    job = shop.work_order()
    first, second, third, fourth = [shop.message(job, body) for body in ("first", "second", "third", "fourth")]
    shop.do(messages.assign, first, person=shop.dana)
    for message in (fourth, third):
        shop.do(messages.answered, message)

    assert messages.inbox(shop.dana, "open", limit=9) == [second, first]
    assert messages.inbox(shop.dana, "mine", limit=9) == [first]
    assert messages.inbox(shop.dana, "closed", limit=9) == [third, fourth]
    assert messages.inbox(shop.dana, "closed", limit=1, offset=1) == [fourth]
    assert messages.counts(shop.dana) == {"open": 2, "mine": 1}


def test_who_is_given_a_message_reads_it_though_the_job_is_not_theirs(shop):
    message = shop.message(shop.work_order(technician="Dana"))
    assert messages.open_count(shop.theo) == 0

    shop.do(messages.assign, message, person=shop.theo)
    assert messages.inbox(shop.theo, limit=9) == messages.inbox(shop.theo, "mine", limit=9) == [message]

    shop.do(messages.assign, message, person=None)
    assert messages.inbox(shop.theo, limit=9) == []


def test_giving_a_message_to_the_same_person_twice_is_noted_once(shop):
    message = shop.message(shop.work_order())
    for person in (shop.theo, shop.theo, None, None):
        shop.do(messages.assign, message, person=person)
    assert shop.verbs(message.work_order)[-2:] == ["message_assigned", "message_unassigned"]


def test_what_happens_to_a_message_is_news_for_the_staff_and_not_for_the_customer(shop):
    job = shop.work_order()
    shop.token(job)
    customers, heard = timeline.version("wo", job.id), [timeline.staff_version()]
    message = shop.message(job)
    heard.append(timeline.staff_version())
    steps = (messages.assign, {"person": shop.theo}), (messages.answered, {}), (messages.reopen, {})
    for verb, values in steps:
        shop.do(verb, message, **values)
        heard.append(timeline.staff_version())

    assert len(set(heard)) == len(heard)
    assert timeline.version("wo", job.id) == customers


def test_the_jobs_with_a_message_to_answer_are_known(shop):
    asked, answered, quiet = (shop.work_order() for _ in range(3))
    shop.message(asked)
    shop.do(messages.answered, shop.message(answered))
    assert messages.jobs_with_open([asked.id, answered.id, quiet.id]) == {asked.id}


def test_a_job_shows_its_own_waiting_messages(shop):
    carols, mallorys = shop.work_order("Carol Cruz"), shop.work_order("Mallory May")
    message = shop.message(carols)
    assert messages.open_on(carols) == [message]
    assert messages.open_on(mallorys) == []
