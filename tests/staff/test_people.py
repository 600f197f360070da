import io
import re
from functools import partial

import pytest

from models import Event, Mail, Role, db
from portal import clock
from portal.db import writing
from portal.domain import people
from portal.domain import staff as cards
from portal.staff.event_words import event_words
from tests.conftest import RunningServer, free_port
from tests.crowd import Person, at_once
from tests.factories import PASSWORD, PASSWORD_HASH, csrf_of, press
from tests.outside.hostile import saved, scene
from tests.pages import read

ROSA = {"name": "Rosa Ruiz", "phone": "(503) 555-0101", "email": "rosa@shop.example", "role": "technician"}
NEW = "an entirely new one"


@pytest.fixture
def olive(shop):
    return shop.staff_client("Olive")


def place(person, rest: str = "") -> str:
    return f"/staff/people/{person.id}{rest}"


def listed(page) -> list[str]:
    return [" ".join(a.find(".//bdi").text.split()) for a in page.all("a") if "staffer" in (a.get("class") or "")]


def way_in(client, answer) -> str:
    """The path of the link that the page behind `answer` shows."""
    page = read(client.get(answer.location))
    return page.find("way-in-url").get("value").removeprefix("https://jobs.example.com")


def arrive(shop, path: str):
    """Somebody's own browser, in through a one-time link; and the answer that let them in."""
    client = shop.app.test_client()
    client.csrf = csrf_of(client.get(path).text)
    return client, press(client, path)


def sign_in(shop, email: str, password: str) -> int:
    client = shop.app.test_client()
    client.csrf = csrf_of(client.get("/staff/sign-in").text)
    return press(client, "/staff/sign-in", {"email": email, "password": password}).status_code


# --- the list -----------------------------------------------------------------------------------------------------


def test_the_list_has_everybody_with_role_and_state(shop, olive):
    with writing():
        cards.add(name="Nell New", email="nell@shop.example", role=Role.TECHNICIAN, phone="555 0199")
    page = read(olive.get("/staff/people"))
    assert listed(page) == ["Dana Diaz", "Nell New", "Olive Owens", "Theo Tran"]
    for words in (
        "Office",
        "Owner · You",
        "Technician",
        "555 0199",
        "nell@shop.example",
        "Not in yet",
        "Has a password",
    ):
        assert words in page.words()
    assert "Switched off" not in page.words()


def test_leavers_stand_apart_with_what_is_still_booked_for_them(shop, olive):
    shop.work_order(technician="Theo")
    press(olive, place(shop.theo, "/switch-off"))
    page = read(olive.get("/staff/people"))
    assert listed(page) == ["Dana Diaz", "Olive Owens", "Theo Tran"]
    assert "Switched off" in page.words()
    assert "1 visit to hand over" in page.words()


def test_the_settings_lead_to_the_people_and_the_people_back(shop, olive):
    assert read(olive.get("/staff/settings")).all("a", href="/staff/people")
    assert read(olive.get("/staff/people")).all("a", href="/staff/settings")


# --- taking somebody on -------------------------------------------------------------------------------------------


def test_a_person_is_added_and_their_link_is_shown_once(shop, olive):
    answer = press(olive, "/staff/people/new", ROSA)
    rosa = cards.by_email("rosa@shop.example")
    assert (answer.status_code, answer.location) == (303, place(rosa))
    page = read(olive.get(answer.location))
    url = page.find("way-in-url").get("value")
    assert url.startswith("https://jobs.example.com/staff/sign-in/new-")
    assert "It works once, for 7 days, and is shown only now." in page.words()
    again = olive.get(answer.location).text
    assert "way-in-url" not in again
    assert url not in again


def test_the_link_is_for_whom_it_was_made_only(shop, olive):
    press(olive, "/staff/people/new", ROSA)
    assert "way-in-url" not in olive.get(place(shop.theo)).text


def test_an_invited_technician_chooses_a_password_and_sees_their_day(shop, olive):
    path = way_in(olive, press(olive, "/staff/people/new", ROSA))
    for _ in range(3):
        assert read(shop.app.test_client().get(path)).h1 == "Welcome, Rosa Ruiz"
    rosa, answer = arrive(shop, path)
    assert (answer.status_code, answer.location) == (303, "/staff/me/password")
    page = read(rosa.get(answer.location))
    assert page.find("email").get("value") == ROSA["email"]
    rosa.csrf = csrf_of(page.html)
    assert press(rosa, "/staff/me/password", {"new_password": NEW}).location == "/staff/"
    assert "My day" in read(rosa.get("/staff/")).words()
    assert sign_in(shop, ROSA["email"], NEW) == 303
    assert shop.app.test_client().get(path).status_code == 404


@pytest.mark.parametrize(
    ("typed", "words"), [("", "Choose a password."), ("short", "Use at least 10 characters."), ("x" * 1001, "at most")]
)
def test_a_first_password_is_asked_for_until_it_is_good(shop, olive, typed, words):
    rosa, answer = arrive(shop, way_in(olive, press(olive, "/staff/people/new", ROSA)))
    rosa.csrf = csrf_of(rosa.get(answer.location).text)
    page = read(press(rosa, "/staff/me/password", {"new_password": typed}), 422)
    assert words in page.error("new_password")
    assert page.title.startswith("Error: ")


def test_the_password_page_is_for_who_came_by_a_link(shop):
    theo = shop.staff_client("Theo")
    assert theo.get("/staff/me/password").location == "/staff/me"
    assert press(theo, "/staff/me/password", {"new_password": NEW}).location == "/staff/me"
    assert sign_in(shop, "theo@shop.example", PASSWORD) == 303


def test_an_email_of_somebody_else_is_refused_beside_the_field_and_nothing_is_lost(shop, olive):
    page = read(press(olive, "/staff/people/new", ROSA | {"email": "DANA@shop.example"}), 422)
    assert page.error("email") == "Somebody else here signs in with that email."
    assert (page.kept("name"), page.kept("role")) == ("Rosa Ruiz", "technician")
    page = read(press(olive, place(shop.theo, "/edit"), card_of(shop.theo) | {"email": "Dana@Shop.example"}), 422)
    assert page.error("email") == "Somebody else here signs in with that email."


@pytest.mark.parametrize("role", ["", "boss", "OWNER"])
def test_a_role_that_does_not_exist_is_refused(shop, olive, role):
    page = read(press(olive, "/staff/people/new", ROSA | {"role": role}), 422)
    assert "Choose what they may see." in page.words("error-summary")


@pytest.mark.parametrize("name", ["Ж", "Łukasz" * 20, "مريم الخوري", "🔧🔩", "<b>Bo</b>", "O’Neil-de la Cruz"])
def test_any_name_is_shown_as_typed(shop, olive, name):
    press(olive, "/staff/people/new", ROSA | {"name": name})
    rosa = cards.by_email("rosa@shop.example")
    assert name in listed(read(olive.get("/staff/people")))
    assert read(olive.get(place(rosa))).h1 == name
    assert read(olive.get(place(rosa, "/edit"))).kept("name") == name
    assert name in read(shop.app.test_client().get(shop.path(shop.work_order(technician=name)))).words()


# --- the card -----------------------------------------------------------------------------------------------------


def card_of(person) -> dict[str, str]:
    """The form as it stands now."""
    db.session.rollback()
    card = {"name": person.name, "phone": person.phone, "email": person.email, "role": person.role.value}
    return card | {"seen": people.edition(person)}


def test_a_card_is_changed(shop, olive):
    theo = shop.theo
    answer = press(olive, place(theo, "/edit"), card_of(theo) | {"phone": "555 0100", "name": "Teddy Tran"})
    assert answer.location == place(theo)
    page = read(olive.get(answer.location))
    assert page.h1 == "Teddy Tran"
    assert "555 0100" in page.words()


def test_the_second_of_two_sees_both_versions_and_overwrites_nothing(shop, olive):
    mine = card_of(shop.theo) | {"phone": "503 555 0199", "role": "office"}
    theo = shop.staff_client("Theo")
    form = {"name": "Theo Tran", "phone": "971 555 0100", "email": "theo@shop.example"}
    assert press(theo, "/staff/me", form | {"seen": people.edition(shop.theo)}).status_code == 303

    page = read(press(olive, place(shop.theo, "/edit"), mine), 409)

    assert "Now 971 555 0100 Yours 503 555 0199" in page.words()
    assert "Now Technician Yours Office" in page.words()
    assert (page.kept("phone"), page.kept("role")) == ("503 555 0199", "office")
    assert shop.again(shop.theo).phone == "971 555 0100"
    assert press(olive, place(shop.theo, "/edit"), mine | {"seen": page.kept("seen")}).status_code == 303
    assert (shop.again(shop.theo).phone, shop.theo.role) == ("503 555 0199", "office")


def test_a_card_that_the_owner_changed_is_not_overwritten_from_ones_own_page(shop, olive):
    theo = shop.staff_client("Theo")
    seen = read(theo.get("/staff/me")).kept("seen")
    press(olive, place(shop.theo, "/edit"), card_of(shop.theo) | {"phone": "555 0100"})
    form = {"name": "Theo Tran", "phone": "555 0200", "email": "theo@shop.example"}
    page = read(press(theo, "/staff/me", form | {"seen": seen}), 409)
    assert "Now 555 0100 Yours 555 0200" in page.words()
    assert shop.again(shop.theo).phone == "555 0100"
    assert press(theo, "/staff/me", form | {"seen": page.kept("seen")}).status_code == 303


def test_a_new_role_counts_from_the_next_press_on(shop, olive):
    theo = shop.staff_client("Theo")
    assert theo.get("/staff/customers").status_code == 403
    press(olive, place(shop.theo, "/edit"), card_of(shop.theo) | {"role": "office"})
    assert theo.get("/staff/customers").status_code == 200
    press(olive, place(shop.theo, "/edit"), card_of(shop.theo) | {"role": "technician"})
    assert theo.get("/staff/customers").status_code == 403


def test_the_owner_gives_somebody_a_photo_and_takes_it_off(shop, olive):
    picture = {"photo": (io.BytesIO(saved(scene((640, 480)), "JPEG")), "theo.jpg")}
    answer = press(olive, place(shop.theo, "/photo"), picture, content_type="multipart/form-data")
    shop.app.extensions["worker"].stop()
    assert answer.location == place(shop.theo)
    assert shop.again(shop.theo).photo
    assert olive.get(f"/staff/people/{shop.theo.id}/photo", buffered=True).status_code == 200
    press(olive, place(shop.theo, "/photo/remove"))
    assert shop.again(shop.theo).photo == ""
    assert [event.staff.name for event in db.session.query(Event).filter_by(verb="photo_set")] == ["Olive Owens"] * 2


def test_no_picture_is_said_beside_the_field(shop, olive):
    assert read(press(olive, place(shop.theo, "/photo")), 422).error("photo") == "Choose a picture first."


# --- a new password -----------------------------------------------------------------------------------------------


def test_a_forgotten_password_is_replaced_behind_a_one_time_link(shop, olive):
    theo_before = shop.staff_client("Theo")
    answer = press(olive, place(shop.theo, "/invite"))
    path = way_in(olive, answer)
    theo, let_in = arrive(shop, path)
    assert let_in.location == "/staff/me/password"
    theo.csrf = csrf_of(theo.get("/staff/me/password").text)
    assert sign_in(shop, "theo@shop.example", PASSWORD) == 303  # an unused way in takes nothing away
    press(theo, "/staff/me/password", {"new_password": NEW})
    assert [sign_in(shop, "theo@shop.example", password) for password in (NEW, PASSWORD)] == [303, 422]
    assert theo_before.get("/staff/").status_code == 302
    assert theo.get("/staff/").status_code == 200
    assert theo.get("/staff/me/password").location == "/staff/me"


def test_a_second_link_ends_the_first(shop, olive):
    first = way_in(olive, press(olive, place(shop.theo, "/invite")))
    second = way_in(olive, press(olive, place(shop.theo, "/invite")))
    assert [shop.app.test_client().get(path).status_code for path in (first, second)] == [404, 200]


def test_a_new_password_keeps_this_session_and_ends_the_others(shop):
    here, there = shop.staff_client("Theo"), shop.staff_client("Theo")
    form = {"name": "Theo Tran", "phone": "", "email": "theo@shop.example", "current_password": PASSWORD}
    assert "Set-Cookie" in press(here, "/staff/me", form | {"new_password": NEW}).headers
    assert here.get("/staff/").status_code == 200
    assert there.get("/staff/").status_code == 302


def test_mail_is_offered_only_where_the_shop_sends_mail(shop, olive):
    assert "by email" not in read(olive.get(place(shop.theo))).words()
    page = read(press(olive, place(shop.theo, "/mail")), 409)
    assert "This shop sends no mail yet." in page.words()
    assert shop.count(Mail) == 0


# --- leavers ------------------------------------------------------------------------------------------------------


def test_a_leavers_next_press_says_they_are_signed_out(shop, olive):
    job = shop.work_order(technician="Theo")
    theo = shop.staff_client("Theo")
    answer = press(olive, place(shop.theo, "/switch-off"))
    assert answer.location == place(shop.theo)
    page = read(olive.get(answer.location))
    assert "1 visit ahead" in page.words()
    assert "Give each one to somebody else." in page.words()
    assert page.all("a", href=f"/staff/work-orders/{job.id}/visits/{job.visits[0].id}")

    pressed = press(theo, f"/staff/work-orders/{job.id}/start")
    assert pressed.location == "/staff/sign-in"
    assert "You were signed out." in read(theo.get(pressed.location)).words()
    assert "started" not in shop.verbs(job)
    assert sign_in(shop, "theo@shop.example", PASSWORD) == 422


def test_who_is_switched_on_again_signs_in_with_the_password_of_before(shop, olive):
    theo = shop.staff_client("Theo")
    press(olive, place(shop.theo, "/switch-off"))
    press(olive, place(shop.theo, "/switch-on"))
    assert theo.get("/staff/").status_code == 302
    assert sign_in(shop, "theo@shop.example", PASSWORD) == 303


def test_a_leavers_way_in_is_refused_with_the_reason(shop, olive):
    press(olive, place(shop.theo, "/switch-off"))
    page = read(press(olive, place(shop.theo, "/invite")), 409)
    assert "They are switched off. Switch them on first." in page.words()


def test_the_customer_still_sees_who_did_the_job(shop, olive):
    with writing():
        shop.theo.photo = shop.app.extensions["storage"].put(b"x", "webp")
    job = shop.steps(shop.work_order(technician="Theo"), "start", "complete")
    path, customer = shop.path(job), shop.app.test_client()
    before = read(customer.get(path)).words()
    press(olive, place(shop.theo, "/switch-off"))
    assert read(customer.get(path)).words() == before
    assert "Theo" in read(olive.get(f"/staff/work-orders/{job.id}")).words()


def test_moving_a_leavers_visit_does_not_take_it_from_them_unasked(shop, olive):
    job = shop.work_order(technician="Theo")
    press(olive, place(shop.theo, "/switch-off"))
    path = f"/staff/work-orders/{job.id}/visits/{job.visits[0].id}"
    page = read(olive.get(path))
    assert page.kept("technician_id") == str(shop.theo.id)
    assert "Theo Tran (switched off)" in page.words()
    form = {name: page.kept(name) for name in ("date", "from_time", "to_time", "technician_id", "seen")}
    assert press(olive, path, form | {"to_time": "23:59"}).status_code == 303
    assert shop.again(job).visits[0].technician == shop.theo
    assert "Theo Tran" not in read(olive.get(f"/staff/work-orders/{job.id}/visits/new")).words("technician_id")


def test_nobody_switches_themselves_off(shop, olive):
    me = shop.person("Olive")
    page = read(olive.get(place(me)))
    assert "You can’t switch yourself off" in page.words()
    assert not [form for form in page.all("form") if form.get("action").endswith("/switch-off")]
    page = read(press(olive, place(me, "/switch-off")), 409)
    assert "You can’t do that to yourself. Another owner can." in page.words()
    assert shop.again(me).archived_at is None


def test_nobody_changes_their_own_role(shop, olive):
    me = shop.person("Olive")
    page = read(press(olive, place(me, "/edit"), card_of(me) | {"role": "office"}), 422)
    assert page.error("role") == "You can’t do that to yourself. Another owner can."
    assert shop.again(me).role is Role.OWNER


# --- signing out everywhere ---------------------------------------------------------------------------------------


def test_signing_out_everywhere_ends_every_session_of_ones_own(shop):
    here, there, dana = shop.staff_client("Theo"), shop.staff_client("Theo"), shop.staff_client("Dana")
    answer = press(here, "/staff/me/sign-out-everywhere")
    assert (answer.status_code, answer.location) == (303, "/staff/sign-in")
    assert "You are signed out on every device." in read(here.get(answer.location)).words()
    assert [client.get("/staff/").status_code for client in (here, there, dana)] == [302, 302, 200]
    assert sign_in(shop, "theo@shop.example", PASSWORD) == 303


def test_the_owner_signs_somebody_out_everywhere(shop, olive):
    theo = shop.staff_client("Theo")
    press(olive, place(shop.theo, "/sign-out"))
    assert theo.get("/staff/").status_code == 302
    assert olive.get("/staff/").status_code == 200


# --- the books, and two at once -----------------------------------------------------------------------------------


def test_the_books_say_who_decided_what_about_whom(shop, olive):
    press(olive, "/staff/people/new", ROSA)
    rosa = cards.by_email("rosa@shop.example")
    press(olive, place(rosa, "/edit"), card_of(rosa) | {"role": "office", "phone": ""})
    for verb in ("invite", "sign-out", "switch-off", "switch-on", "photo/remove"):
        press(olive, place(rosa, f"/{verb}"))
    db.session.rollback()
    events = db.session.query(Event).filter(Event.kind == "shop").order_by(Event.id).all()
    assert [event_words(event) for event in events] == [
        "Olive added Rosa Ruiz",
        "Olive made an invite link for Rosa Ruiz",
        "Olive changed the card of Rosa Ruiz",
        "Olive changed what Rosa Ruiz may see",
        "Olive made an invite link for Rosa Ruiz",
        "Olive signed Rosa Ruiz out everywhere",
        "Olive switched Rosa Ruiz off",
        "Olive switched Rosa Ruiz on",
        "Olive changed the photo of Rosa Ruiz",
    ]
    assert {event.details["person_id"] for event in events} == {rosa.id}
    assert all(event.at <= clock.now() for event in events)
    assert not re.search(r"new-|http", "".join(str(event.details) for event in events))


@pytest.fixture
def running(shop, data_dir, database):
    """The real server over the same database, with two owners."""
    with writing():
        ona = cards.add(name="Ona Otis", email="ona@shop.example", role=Role.OWNER)
        ona.password_hash = PASSWORD_HASH
    server = RunningServer(data_dir, free_port(), DATABASE_URL=database)
    yield server
    server.kill()


def owners(shop) -> list[str]:
    db.session.rollback()
    return [p.name for p in cards.everybody() if p.role is Role.OWNER and not p.archived_at]


def test_two_owners_who_press_at_once_leave_one_owner(shop, running):
    people_at = {name: Person(running.url, name) for name in ("Olive", "Ona")}
    ids = {name: shop.person(name).id for name in people_at}
    for _ in range(3):
        presses = [
            partial(people_at[one].twin().press, f"/staff/people/{ids[other]}/switch-off")
            for one, other in (("Olive", "Ona"), ("Ona", "Olive"))
            for _ in range(3)
        ]
        answers = at_once(*presses)
        assert all(answer.status_code in (303, 409) for answer in answers), [a.status_code for a in answers]
        assert len(owners(shop)) == 1


def test_two_who_add_the_same_email_at_once_add_one_person(shop, running):
    form = ROSA | {"name": "Rosa Ruiz"}
    two = [Person(running.url, name) for name in ("Olive", "Ona") for _ in range(3)]
    answers = at_once(*(partial(person.press, "/staff/people/new", form) for person in two))
    assert sorted(answer.status_code for answer in answers) == [303, 422, 422, 422, 422, 422]
