from datetime import UTC, datetime, timedelta

import pytest

from models import Bell, Event, Role, SignInLink, Staff, db
from portal import clock
from portal.db import writing
from portal.domain import staff
from portal.domain.refusals import NotAllowed

NOON = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def sign_in_link(person, **kwargs) -> str:
    with writing():
        return staff.sign_in_link(person, **kwargs)


def edit_self(person, **card):
    with writing():
        staff.edit_self(person, **({"name": person.name, "phone": "", "email": person.email} | card))


def test_an_email_is_the_same_in_any_case(shop):
    assert staff.by_email(" DANA@Shop.Example ") == shop.dana


def test_two_people_cannot_have_one_email(shop):
    with pytest.raises(NotAllowed), writing():
        staff.add(name="Dana Two", email="DANA@shop.example", role=Role.OFFICE)


def test_several_people_may_have_no_email_yet(shop):
    with writing():
        people = [staff.add(name=name, email=None, role=Role.TECHNICIAN) for name in ("Ann", "Ben")]
    assert [person.email for person in people] == [None, None]


def test_a_sign_in_link_opens_once(shop):
    token = sign_in_link(shop.theo)
    link = staff.find_sign_in_link(token)
    with writing():
        assert staff.use_sign_in_link(link) == shop.theo

    assert staff.find_sign_in_link(token) is None
    with pytest.raises(NotAllowed), writing():
        staff.use_sign_in_link(link)


def test_looking_at_a_sign_in_link_does_not_spend_it(shop):
    token = sign_in_link(shop.theo)
    for _ in range(3):
        assert staff.find_sign_in_link(token).staff == shop.theo


@pytest.mark.parametrize(("minutes", "opens"), [(59, True), (60, False), (61, False)])
def test_a_sign_in_link_lasts_an_hour(shop, minutes, opens):
    with clock.stopped_at(NOON):
        token = sign_in_link(shop.theo)
    with clock.stopped_at(NOON + timedelta(minutes=minutes)):
        assert bool(staff.find_sign_in_link(token)) is opens


def test_a_sign_in_link_of_somebody_who_left_opens_nothing(shop):
    token = sign_in_link(shop.theo)
    with writing():
        shop.theo.archived_at = NOON
    assert staff.find_sign_in_link(token) is None


@pytest.mark.parametrize("token", ["", "x", "\udcff", "☃", "a" * 100_000])
def test_a_made_up_sign_in_token_opens_nothing(shop, token):
    sign_in_link(shop.theo)
    assert staff.find_sign_in_link(token) is None


def test_only_a_hash_of_the_sign_in_token_is_kept(shop):
    token = sign_in_link(shop.theo)
    kept = db.session.query(SignInLink).one().lookup
    assert len(kept) == 32
    assert token.encode() not in kept


def test_a_new_name_rings_every_page_and_a_new_phone_none(shop):
    edit_self(shop.theo, phone="555")
    edit_self(shop.theo, name="Theo Trang")
    bells = [event.bell for event in db.session.query(Event).filter_by(verb="card_edited").order_by(Event.id)]
    assert bells == [Bell.SILENT, Bell.RING]


def test_nobody_can_take_somebody_elses_email(shop):
    with pytest.raises(NotAllowed):
        edit_self(shop.theo, email="Dana@shop.example")
    assert shop.again(shop.theo).email == "theo@shop.example"


def test_somebody_may_keep_their_own_email_in_other_letters(shop):
    edit_self(shop.theo, email="THEO@shop.example")
    assert shop.theo.email == "theo@shop.example"


def test_a_new_password_ends_the_sessions_of_the_old_one(shop):
    epoch = shop.theo.session_epoch
    with writing():
        staff.set_password(shop.theo, "hash")
    assert (shop.theo.session_epoch, shop.theo.password_hash) == (epoch + 1, "hash")


def test_everybody_who_works_here_can_be_sent_by_name(shop):
    with writing():
        staff.add(name="ann ames", email=None, role=Role.TECHNICIAN)
        staff.add(name="Gone Gary", email=None, role=Role.TECHNICIAN).archived_at = NOON
    assert [person.name for person in staff.technicians()] == ["ann ames", "Dana Diaz", "Olive Owens", "Theo Tran"]


def test_owner_and_office_run_the_office(shop):
    assert [staff.can_office(shop.person(name)) for name in ("Olive", "Dana", "Theo")] == [True, True, False]


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Theo Tran", "TT"), ("Theo", "T"), ("Ana Maria de Souza", "AS"), ("émile zola", "ÉZ"), ("", ""), ("  ", "")],
)
def test_initials_are_those_of_first_and_last_name(name, initials):
    assert staff.initials(name) == initials


@pytest.mark.parametrize(("name", "first"), [("Theo Tran", "Theo"), ("Theo", "Theo"), (" Theo  T ", "Theo"), ("", "")])
def test_a_first_name_is_the_first_word(name, first):
    assert staff.first_name(Staff(name=name)) == first


def test_a_shop_with_people_has_somebody(shop):
    assert staff.anybody()
