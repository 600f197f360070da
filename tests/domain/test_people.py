from datetime import UTC, datetime, timedelta

import pytest

from models import Bell, Event, Mail, MailKind, Role, SignInLink, db
from portal import clock
from portal.db import writing
from portal.domain import people, staff, timeline, visits
from portal.domain.refusals import ChangedMeanwhile, NotAllowed

NOON = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@pytest.fixture
def olive(shop):
    return shop.person("Olive")


@pytest.fixture
def ona(shop):
    """A second owner."""
    with writing():
        return staff.add(name="Ona Otis", email="ona@shop.example", role=Role.OWNER)


def card(person, **changes) -> dict:
    values = {name: getattr(person, name) or "" for name in people.CARD}
    return values | {"role": person.role.value} | changes


def edit(person, *, by, **changes):
    with writing():
        people.edit(person, card(person, **changes), seen=people.edition(person), by=by)


def refused(why: str):
    return pytest.raises(NotAllowed, match=why)


def told(verb: str) -> Event:
    return db.session.query(Event).filter_by(verb=verb).one()


def test_somebody_is_taken_on_and_the_books_say_by_whom(shop, olive):
    with writing():
        rosa = people.take_on(name="Rosa", email="Rosa@shop.example", role=Role.TECHNICIAN, phone="555", by=olive)
    assert (rosa.name, rosa.email, rosa.role, rosa.phone) == ("Rosa", "rosa@shop.example", Role.TECHNICIAN, "555")
    event = told("person_added")
    assert (event.staff, event.kind) == (olive, timeline.SHOP)
    assert event.details == {"person_id": rosa.id, "person": "Rosa", "role": "technician"}


@pytest.mark.parametrize("email", ["dana@shop.example", " DANA@Shop.Example "])
def test_two_cannot_have_one_email_in_whatever_letters(shop, olive, email):
    with refused("email taken"), writing():
        people.take_on(name="Dana Two", email=email, role=Role.OFFICE, by=olive)
    with refused("email taken"):
        edit(shop.theo, email=email, by=olive)
    assert shop.again(shop.theo).email == "theo@shop.example"


def test_the_email_of_a_leaver_stays_theirs(shop, olive):
    shop.do(people.switch_off, shop.theo, by=olive)
    with refused("email taken"), writing():
        people.take_on(name="New Theo", email="theo@shop.example", role=Role.OFFICE, by=olive)


def test_a_new_name_rings_every_page_and_a_new_phone_none(shop, olive):
    edit(shop.theo, phone="555", by=olive)
    edit(shop.theo, name="Teddy Tran", by=olive)
    bells = [event.bell for event in db.session.query(Event).filter_by(verb="person_edited").order_by(Event.id)]
    assert bells == [Bell.SILENT, Bell.RING]


def test_saving_an_unchanged_card_leaves_no_trace(shop, olive):
    before = shop.count(Event)
    edit(shop.theo, by=olive)
    assert shop.count(Event) == before


def test_an_old_form_overwrites_nothing(shop, olive):
    seen = people.edition(shop.theo)
    edit(shop.theo, phone="555 0101", by=olive)
    with pytest.raises(ChangedMeanwhile), writing():
        people.edit(shop.theo, card(shop.theo, phone="555 0202"), seen=seen, by=olive)
    assert shop.again(shop.theo).phone == "555 0101"


def test_a_new_role_is_noted_with_the_old_one(shop, olive):
    edit(shop.theo, role="office", by=olive)
    assert shop.again(shop.theo).role is Role.OFFICE
    event = told("role_changed")
    assert (event.details["role"], event.details["was"]) == ("office", "technician")


def test_a_leaver_is_out_at_once_and_every_link_of_theirs_is_dead(shop, olive):
    with writing():
        tokens = [staff.sign_in_link(shop.theo), people.invite(shop.theo, by=olive)]
    epoch = shop.theo.session_epoch
    shop.do(people.switch_off, shop.theo, by=olive)
    assert shop.theo.archived_at
    assert shop.theo.session_epoch > epoch
    assert [staff.find_sign_in_link(token) for token in tokens] == [None, None]
    assert shop.theo not in staff.technicians()

    shop.do(people.switch_on, shop.theo, by=olive)
    assert shop.theo.archived_at is None
    assert [staff.find_sign_in_link(token) for token in tokens] == [None, None]
    assert shop.theo in staff.technicians()


def test_switching_off_twice_is_noted_once(shop, olive):
    for _ in range(2):
        shop.do(people.switch_off, shop.theo, by=olive)
    assert told("person_switched_off").details["person"] == "Theo Tran"


def test_nobody_switches_themselves_off_or_makes_themselves_less(shop, olive, ona):
    with refused("yourself"):
        shop.do(people.switch_off, olive, by=olive)
    with refused("yourself"):
        edit(olive, role="office", by=olive)
    assert (shop.again(olive).role, olive.archived_at) == (Role.OWNER, None)


@pytest.mark.parametrize("name", ["Dana", "Theo"])
def test_only_an_owner_decides_about_people(shop, olive, name):
    other = shop.person(name)
    for verb in (people.switch_off, people.switch_on, people.invite, people.mail_invite, people.sign_out_everywhere):
        with refused("no owner"):
            shop.do(verb, olive, by=other)
    with refused("no owner"):
        edit(olive, name="Olive Oyl", by=other)
    with refused("no owner"), writing():
        people.take_on(name="Friend", email="f@shop.example", role=Role.OWNER, by=other)


def test_an_owner_who_was_just_switched_off_decides_nothing_more(shop, olive, ona):
    shop.do(people.switch_off, olive, by=ona)
    with refused("no owner"):
        shop.do(people.switch_off, ona, by=olive)
    assert shop.again(ona).archived_at is None


def test_the_last_owner_stays_one(shop, olive):
    with refused("last owner"), writing():
        people.keep_an_owner(olive)


def test_an_owner_may_go_when_another_stays(shop, olive, ona):
    edit(ona, role="technician", by=olive)
    assert shop.again(ona).role is Role.TECHNICIAN


def test_a_new_link_ends_the_ones_before_it(shop, olive):
    with writing():
        older = [staff.sign_in_link(shop.theo), people.invite(shop.theo, by=olive)]
        dana = staff.sign_in_link(shop.dana)
    with writing():
        newest = people.invite(shop.theo, by=olive)
    assert [staff.find_sign_in_link(token) for token in older] == [None, None]
    assert staff.find_sign_in_link(newest).staff == shop.theo
    assert staff.find_sign_in_link(dana).staff == shop.dana


@pytest.mark.parametrize(("has_password", "days"), [(False, 7), (True, 1)])
def test_an_invite_lasts_a_week_and_a_way_to_a_new_password_a_day(shop, olive, has_password, days):
    with writing():
        shop.theo.password_hash = "hash" if has_password else None
    with clock.stopped_at(NOON), writing():
        token = people.invite(shop.theo, by=olive)
    assert token.startswith(staff.ASKS_FOR_PASSWORD)
    with clock.stopped_at(NOON + timedelta(days=days, seconds=-1)):
        assert staff.find_sign_in_link(token)
    with clock.stopped_at(NOON + timedelta(days=days)):
        assert staff.find_sign_in_link(token) is None


def test_a_leaver_gets_no_way_in(shop, olive):
    shop.do(people.switch_off, shop.theo, by=olive)
    for verb in (people.invite, people.mail_invite):
        with refused("switched off"):
            shop.do(verb, shop.theo, by=olive)


@pytest.mark.parametrize(("has_password", "kind"), [(False, MailKind.INVITE), (True, MailKind.RESET)])
def test_a_way_in_goes_by_mail_and_the_ones_before_end(shop, olive, has_password, kind):
    with writing():
        shop.theo.password_hash = "hash" if has_password else None
        token = people.invite(shop.theo, by=olive)
    shop.do(people.mail_invite, shop.theo, by=olive)
    mail = db.session.query(Mail).one()
    assert (mail.kind, mail.recipient, mail.staff) == (kind, "theo@shop.example", shop.theo)
    assert staff.find_sign_in_link(token) is None


def test_a_spent_link_stays_spent_when_others_are_ended(shop, olive):
    with clock.stopped_at(NOON), writing():
        staff.use_sign_in_link(staff.find_sign_in_link(staff.sign_in_link(shop.theo)))
    shop.do(people.switch_off, shop.theo, by=olive)
    assert db.session.query(SignInLink).one().used_at == NOON


def test_somebody_signs_themselves_out_everywhere_and_an_owner_others(shop, olive):
    epoch = shop.theo.session_epoch
    shop.do(people.sign_out_everywhere, shop.theo, by=shop.theo)
    shop.do(people.sign_out_everywhere, shop.theo, by=olive)
    assert shop.theo.session_epoch == epoch + 2


def test_when_somebody_was_last_active_is_told_by_what_they_left(shop, olive):
    assert staff.last_active().get(shop.theo.id) is None
    with clock.stopped_at(NOON), writing():
        staff.use_sign_in_link(staff.find_sign_in_link(staff.sign_in_link(shop.theo)))
    assert staff.last_active()[shop.theo.id] == NOON
    with clock.stopped_at(NOON + timedelta(hours=1)), writing():
        staff.set_password(shop.theo, "hash")
    assert staff.last_active()[shop.theo.id] == NOON + timedelta(hours=1)


def test_the_visits_ahead_of_somebody_are_those_still_to_make(shop, olive):
    later, sooner = shop.work_order(starts_at=NOON + timedelta(days=3)), shop.work_order(starts_at=NOON)
    undated = shop.visit(shop.work_order(technician=""), None)
    shop.steps(shop.work_order(title="Done"), "start", "complete")
    shop.steps(shop.work_order(title="Called off"), "cancel")
    shop.work_order(technician="Dana")
    shop.do(people.switch_off, shop.theo, by=olive)
    ahead = visits.ahead_of(shop.theo, limit=10)
    assert ahead == [sooner.visits[0], later.visits[0], undated]
    assert visits.ahead() == {shop.theo.id: 3, shop.dana.id: 1}
    assert len(visits.ahead_of(shop.theo, limit=2)) == 2
