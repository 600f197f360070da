import pytest

from portal.db import writing
from portal.domain import staff as people
from portal.outside import passwords
from tests.factories import PASSWORD, csrf_of, press
from tests.pages import read

THEO = {"name": "Theo Tran", "phone": "", "email": "theo@shop.example"}
NEW = "an entirely new one"


@pytest.fixture
def theo(shop):
    return shop.staff_client("Theo")


def sign_in(shop, **form) -> int:
    client = shop.app.test_client()
    client.csrf = csrf_of(client.get("/staff/sign-in").text)
    return press(client, "/staff/sign-in", {"email": "theo@shop.example"} | form).status_code


def test_the_card_is_changed_and_customers_see_the_new_name(shop, theo):
    customers_page = shop.path(shop.work_order(technician="Theo"))
    answer = press(theo, "/staff/me", THEO | {"name": "Teddy Tran", "phone": "503 555 0100"})
    assert (answer.status_code, answer.location) == (303, "/staff/me")
    page = read(theo.get("/staff/me"))
    assert "Saved." in page.words()
    assert (page.kept("name"), page.kept("phone")) == ("Teddy Tran", "503 555 0100")
    words = read(shop.app.test_client().get(customers_page)).words()
    assert "Teddy Tran" in words
    assert "503 555 0100" not in words


def test_a_new_password_opens_and_the_old_one_does_not(shop, theo):
    answer = press(theo, "/staff/me", THEO | {"current_password": PASSWORD, "new_password": NEW})
    assert answer.status_code == 303
    assert sign_in(shop, password=NEW) == 303
    assert sign_in(shop, password=PASSWORD) == 422
    assert theo.get("/staff/").status_code == 200


@pytest.mark.parametrize("current", ["", "wrong wrong wrong"])
def test_a_new_password_needs_the_current_one(shop, theo, current):
    answer = press(theo, "/staff/me", THEO | {"current_password": current, "new_password": NEW, "phone": "555 0100"})
    page = read(answer, 422)
    assert page.error("current_password") == "That isn’t your current password."
    assert page.kept("phone") == "555 0100"
    assert NEW not in answer.text
    assert sign_in(shop, password=PASSWORD) == 303


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "Use at least 10 characters."),
        ("9 letters", "Use at least 10 characters."),
        ("x" * 1001, "Use at most 1000 characters."),
    ],
)
def test_a_password_that_is_too_short_or_endless_is_refused(shop, theo, password, words):
    answer = press(theo, "/staff/me", THEO | {"current_password": PASSWORD, "new_password": password})
    assert words in read(answer, 422).error("new_password")
    assert sign_in(shop, password=PASSWORD) == 303


def test_a_password_may_be_in_any_letters(shop, theo):
    new = "пароль 密码 🔑 '; --"
    press(theo, "/staff/me", THEO | {"current_password": PASSWORD, "new_password": new})
    assert sign_in(shop, password=new) == 303


def test_somebody_who_came_by_a_link_chooses_a_first_password_without_an_old_one(shop, theo):
    with writing():
        shop.theo.password_hash = None
    assert "current_password" not in theo.get("/staff/me").text
    assert press(theo, "/staff/me", THEO | {"new_password": NEW}).status_code == 303
    assert sign_in(shop, password=NEW) == 303


def test_an_email_that_somebody_else_signs_in_with_is_refused(shop, theo):
    page = read(press(theo, "/staff/me", THEO | {"email": "Dana@shop.example", "name": "Teddy"}), 422)
    assert page.error("email") == "Somebody else here signs in with that email."
    assert (page.kept("email"), page.kept("name")) == ("Dana@shop.example", "Teddy")
    assert (shop.again(shop.theo).email, shop.theo.name) == ("theo@shop.example", "Theo Tran")


def test_a_refused_email_changes_no_password(shop, theo):
    form = THEO | {"email": "dana@shop.example", "current_password": PASSWORD, "new_password": NEW}
    read(press(theo, "/staff/me", form), 422)
    assert passwords.matches(shop.again(shop.theo).password_hash, PASSWORD)


def test_passwords_never_come_back_to_the_page(shop, theo):
    answer = press(theo, "/staff/me", THEO | {"name": "", "current_password": PASSWORD, "new_password": NEW})
    assert answer.status_code == 422
    assert PASSWORD not in answer.text
    assert NEW not in answer.text


def test_nobody_makes_themselves_the_owner(shop, theo):
    epoch = shop.theo.session_epoch
    press(theo, "/staff/me", THEO | {"role": "owner", "id": "1", "session_epoch": "9"})
    assert (shop.again(shop.theo).role, shop.theo.session_epoch) == ("technician", epoch)


def test_a_forgotten_password_is_replaced_after_a_one_time_link(shop):
    with writing():
        token = people.sign_in_link(shop.theo)
    client = shop.app.test_client()
    opened = client.get(f"/staff/sign-in/{token}").text
    client.post(f"/staff/sign-in/{token}", data={"csrf_token": csrf_of(opened)})
    client.csrf = csrf_of(client.get("/staff/me").text)

    assert press(client, "/staff/me", THEO | {"new_password": NEW}).status_code == 303
    assert sign_in(shop, password=NEW) == 303
