from datetime import timedelta

import pytest

from models import Event, Message, db
from portal import clock
from portal.db import writing
from portal.domain import links
from tests.bad_input import STRANGE, UNTYPABLE
from tests.factories import local
from tests.pages import read

NOW = local("2026-11-22 09:00")
TYPED = {"about": "time", "message": "Can you come on Friday?", "name": "Carol", "reach_at": "(503) 555-0188"}


@pytest.fixture
def job(shop):
    return shop.work_order("Carol Cruz")


@pytest.fixture
def path(shop, job):
    return shop.path(job, "/help")


@pytest.fixture
def carol(shop):
    return shop.app.test_client()


def kept() -> Message:
    db.session.rollback()
    return db.session.query(Message).one()


def test_the_form_asks_little_and_knows_nothing_of_the_customer(carol, path):
    page = read(carol.get(path))
    assert page.h1 == "How can we help?"
    assert "Is it an emergency? Call (503) 555-0142 now." in page.words()
    assert (page.kept("message"), page.kept("name"), page.kept("reach_at")) == ("", "", "")
    assert "Carol" not in page.html


@pytest.mark.parametrize(("query", "about"), [("", "visit"), ("?about=time", "time"), ("?about=x", "visit")])
def test_the_form_can_begin_with_what_it_is_about(carol, path, query, about):
    assert read(carol.get(path + query)).kept("about") == about


def test_a_message_reaches_the_office_with_the_record(shop, job, carol, path):
    with clock.stopped_at(NOW):
        answer = carol.post(path, data=TYPED)
    assert (answer.status_code, answer.location) == (303, f"{path}?sent=1")

    message = kept()
    assert {name: getattr(message, name) for name in ("about", "name", "reach_at")} == {
        name: TYPED[name] for name in ("about", "name", "reach_at")
    }
    assert (message.body, message.work_order, message.created_at) == ("Can you come on Friday?", job, NOW)
    assert message.link_id == shop.link(job).id
    words = read(shop.staff_client().get(f"/staff/work-orders/{job.id}")).words()
    assert "Can you come on Friday?" in words
    assert "Needs a different time" in words


def test_after_sending_it_says_when_to_expect_an_answer(shop, carol, path):
    with writing():
        shop.profile.answer_hours = "We usually answer within an hour."
    page = read(carol.get(carol.post(path, data=TYPED).location))
    assert page.h1 == "Message sent"
    assert "We usually answer within an hour. If it can’t wait, call us." in page.words()
    assert page.all("form") == []


def test_a_message_alone_is_enough(carol, path):
    assert carol.post(path, data={"message": "Hello"}).status_code == 303
    message = kept()
    assert (message.body, message.about, message.name, message.reach_at) == ("Hello", "visit", "", "")


def test_a_message_without_words_is_asked_for(shop, carol, path):
    for typed in ("", "  ", "\0\r\n", None):
        form = {name: text for name, text in (TYPED | {"message": typed}).items() if text is not None}
        page = read(carol.post(path, data=form), 422)
        assert page.error("message") == "Write your message."
        assert "Write your message." in page.words("error-summary")
        assert page.title.startswith("Error: Get help")
        assert {name: page.kept(name) for name in TYPED if name != "message"} == {
            name: text for name, text in TYPED.items() if name != "message"
        }
    assert shop.count(Message) == 0


@pytest.mark.parametrize(("field", "most"), [("message", 4000), ("name", 120), ("reach_at", 254)])
def test_what_is_too_long_is_said_and_kept(shop, carol, path, field, most):
    for length in (most + 1, 100_000):
        typed = TYPED | {field: "7" * length}
        page = read(carol.post(path, data=typed), 422)
        assert page.error(field) == f"Use at most {most} characters."
        assert {name: page.kept(name) for name in typed} == typed
    million = carol.post(path, data=TYPED | {field: "7" * 1_000_000})
    assert million.status_code == 422
    assert "7" * 1_000_000 in million.text
    assert carol.post(path, data=TYPED | {field: "7" * most}).status_code == 303


def test_more_than_any_message_is_refused_whole(carol, path):
    page = read(carol.post(path, data=TYPED | {"message": "7" * 3_000_000}), 413)
    assert page.h1 == "That was too much at once"
    assert "/staff" not in page.html


def test_a_choice_that_was_not_offered_is_refused_and_nothing_is_lost(shop, carol, path):
    page = read(carol.post(path, data=TYPED | {"about": "<b>"}), 422)
    assert page.error("about")
    assert page.kept("message") == TYPED["message"]
    assert shop.count(Message) == 0


def test_strange_words_are_kept_as_typed(shop, carol):
    for typed in STRANGE.values():
        path = shop.path(shop.work_order(), "/help")
        assert carol.post(path, data={"message": typed, "name": typed[:120], "reach_at": typed}).status_code == 303
    db.session.rollback()
    assert [message.body for message in db.session.query(Message).order_by(Message.id)] == list(STRANGE.values())


def test_strange_words_that_come_back_are_text(carol, path):
    for typed in STRANGE.values():
        page = read(carol.post(path, data={"message": "", "name": typed, "reach_at": typed, "about": typed}), 422)
        assert (page.kept("name"), page.kept("reach_at")) == (typed, typed)
        assert page.all("script") == []


def test_what_no_keyboard_types_is_left_out(shop, carol):
    for typed, cleaned in UNTYPABLE.values():
        carol.post(shop.path(shop.work_order(), "/help"), data={"message": "Hello", "name": typed})
        db.session.rollback()
        assert db.session.query(Message).order_by(Message.id.desc()).first().name == cleaned


def test_a_machine_that_fills_every_field_is_thanked_and_forgotten(shop, carol, path):
    before = shop.count(Event)
    answer = carol.post(path, data=TYPED | {"website": "https://spam.example"})
    assert (answer.status_code, answer.location) == (303, f"{path}?sent=1")
    assert (shop.count(Message), shop.count(Event)) == (0, before)


def test_people_do_not_meet_the_trap(carol, path):
    trap = next(element for element in read(carol.get(path)).all("input") if element.get("name") == "website")
    assert (trap.get("tabindex"), trap.get("autocomplete")) == ("-1", "off")


def test_the_sixth_message_in_an_hour_is_refused_and_kept_on_the_page(shop, carol, path):
    for number in range(5):
        assert carol.post(path, data=TYPED | {"message": f"Message {number}"}).status_code == 303

    page = read(carol.post(path, data=TYPED), 429)

    assert "You’ve sent several messages already. We have them all." in page.words()
    assert {name: page.kept(name) for name in TYPED} == TYPED
    assert shop.count(Message) == 5
    with clock.stopped_at(clock.now() + timedelta(minutes=61)):
        assert carol.post(path, data=TYPED).status_code == 303


def test_one_address_cannot_flood_the_office_over_many_links(shop, carol):
    paths = [shop.path(shop.work_order(), "/help") for _ in range(21)]
    codes = [carol.post(path, data=TYPED).status_code for path in paths]
    assert codes == [303] * 20 + [429]


def test_an_invented_forwarding_address_does_not_get_around_that(shop, carol, path):
    for number in range(5):
        carol.post(path, data=TYPED, headers={"X-Forwarded-For": f"198.51.100.{number}"})
    assert kept_addresses() == {""}  # a proxy that nobody named: the sender is unknown, the link's own limit holds


def kept_addresses() -> set[str]:
    db.session.rollback()
    return {message.address for message in db.session.query(Message)}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_on_another_site_is_refused(shop, carol, path, site):
    page = read(carol.post(path, data=TYPED, headers={"Sec-Fetch-Site": site}), 400)
    assert page.h1 == "That didn’t work"
    assert shop.count(Message) == 0


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_the_form_itself_may_send(carol, path, site):
    assert carol.post(path, data=TYPED, headers={"Sec-Fetch-Site": site}).status_code == 303


def test_a_message_sent_just_as_the_link_is_revoked_gets_the_one_404(shop, job, carol, path):
    shop.do(links.revoke, job)
    answer = carol.post(path, data=TYPED)
    assert answer.status_code == 404
    assert answer.text == carol.get("/portal/wo/x").text
    assert shop.count(Message) == 0
