from datetime import UTC, datetime

import pytest

from models import Role
from portal.db import writing
from portal.domain import staff as people
from tests.bad_input import STRANGE
from tests.factories import PASSWORD, csrf_of, press
from tests.pages import read

MISMATCH = "That email and password don’t match."


@pytest.fixture
def door(shop):
    """Somebody in front of the sign-in page: a client with a csrf token, not signed in."""
    client = shop.app.test_client()
    client.csrf = csrf_of(client.get("/staff/sign-in").text)
    return client


def sign_in(client, query: str = "", **form):
    return press(client, f"/staff/sign-in{query}", {"email": "dana@shop.example", "password": PASSWORD} | form)


def is_in(client) -> bool:
    return client.get("/staff/").status_code == 200


def test_the_page_says_whose_it_is_and_points_customers_to_their_link(door):
    page = read(door.get("/staff/sign-in"))
    assert page.h1 == "Sign in"
    assert "Brightwater Plumbing, staff only" in page.words()
    assert "Use the link we sent you" in page.words()


def test_the_right_password_opens_todays_list(door):
    answer = sign_in(door)
    assert (answer.status_code, answer.location) == (303, "/staff/")
    assert read(door.get("/staff/")).h1 == "Today"


def test_an_email_may_be_typed_in_any_case_and_with_spaces(door):
    assert sign_in(door, email=" Dana@SHOP.example ").status_code == 303


def test_wrong_password_unknown_email_and_people_who_left_get_the_same_answer(shop, door):
    with writing():
        shop.theo.archived_at = datetime(2026, 1, 1, tzinfo=UTC)
        people.add(name="Nell New", email="nell@shop.example", role="office")  # has no password yet
    answers = [
        sign_in(door, **form)
        for form in (
            {"password": "wrong wrong wrong"},
            {"email": "nobody@shop.example"},
            {"email": "theo@shop.example"},
            {"email": "nell@shop.example"},
        )
    ]
    pages = [read(answer, 422) for answer in answers]
    assert MISMATCH in pages[0].words()
    assert pages[0].title.startswith("Error: ")
    assert len({page.words() for page in pages}) == 1
    assert not is_in(door)


def test_the_email_is_kept_and_the_password_never(door):
    answer = sign_in(door, password="not my password")
    page = read(answer, 422)
    assert page.kept("email") == "dana@shop.example"
    assert page.kept("password") == ""
    assert "not my password" not in answer.text


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"email": ""}, "email", "Enter your email."),
        ({"password": ""}, "password", "Enter your password."),
        ({"email": "dana"}, "email", "like name@example.com"),
        ({"email": f"{'d' * 300}@shop.example"}, "email", "Use at most 254 characters."),
        ({"password": "p" * 1001}, "password", ""),
        ({"password": "p" * 1_000_000}, "password", ""),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(door, form, field, words):
    page = read(sign_in(door, **form), 422)
    assert page.error(field)
    assert words in page.error(field)


def test_strange_input_is_only_wrong(door):
    for typed in (*STRANGE.values(), "\0", "\ud7ff", "²"):
        assert sign_in(door, email=typed).status_code == 422
        assert sign_in(door, password=typed).status_code == 422


def test_signing_in_leads_only_to_pages_of_ours(door):
    for query, leads_to in (
        ("?next=/staff/work-orders/7", "/staff/work-orders/7"),
        ("?next=/staff/?tab=done", "/staff/?tab=done"),
        ("?next=https://evil.example/staff/", "/staff/"),
        ("?next=//evil.example/staff/", "/staff/"),
        ("?next=/staff//evil.example", "/staff/"),
        ("?next=/staff/\\evil.example", "/staff/"),
        ("?next=/portal/wo/x", "/staff/"),
        ("?next=javascript:alert(1)", "/staff/"),
        ("?next=", "/staff/"),
    ):
        door.csrf = csrf_of(door.get("/staff/sign-in").text)
        answer = sign_in(door, query)
        assert answer.location == leads_to
        door.delete_cookie("__Host-porchlight")


@pytest.mark.parametrize(("form", "lasts"), [({"stay": "y"}, True), ({}, False)])
def test_a_session_outlasts_the_browser_only_when_asked_to(door, form, lasts):
    cookie = sign_in(door, **form).headers["Set-Cookie"]
    assert ("Expires=" in cookie) is lasts


def test_the_cookie_cannot_be_read_by_scripts_or_sent_along_from_elsewhere(door):
    cookie = sign_in(door).headers["Set-Cookie"]
    assert cookie.startswith("__Host-porchlight=")
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_an_answer_that_a_page_fetched_by_itself_cannot_undo_a_newer_session(shop, door):
    with writing():
        shop.dana.role = Role.OWNER
    sign_in(door, stay="y")
    assert "Set-Cookie" in door.get("/staff/").headers
    for path in ("/staff/settings/preview", "/staff/customers/suggestions?q=ca", "/staff/inbox/count"):
        answer = door.get(path)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers


def test_who_is_in_already_is_sent_on(shop):
    answer = shop.staff_client().get("/staff/sign-in")
    assert (answer.status_code, answer.location) == (302, "/staff/")


def test_a_stranger_is_asked_to_sign_in_and_brought_back(door):
    answer = door.get("/staff/work-orders/7?all=1")
    assert answer.status_code == 302
    assert sign_in(door, answer.location.removeprefix("/staff/sign-in")).location == "/staff/work-orders/7?all=1"


def test_signing_out_ends_the_session(shop):
    office = shop.staff_client()
    answer = press(office, "/staff/sign-out")
    assert (answer.status_code, answer.location) == (303, "/staff/sign-in")
    assert not is_in(office)


def test_a_copied_cookie_is_worth_nothing_after_a_new_password(shop):
    thief, owner = shop.staff_client("Dana"), shop.staff_client("Dana")
    assert is_in(thief)
    form = {"name": "Dana Diaz", "email": "dana@shop.example", "current_password": PASSWORD}
    assert press(owner, "/staff/me", form | {"new_password": "an entirely new one"}).status_code == 303

    assert not is_in(thief)
    assert is_in(owner)


def test_a_session_of_somebody_who_left_is_over(shop):
    technician = shop.staff_client("Theo")
    with writing():
        shop.theo.archived_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert not is_in(technician)


def test_a_press_after_the_session_ended_is_said_to_have_done_nothing(shop):
    job = shop.work_order()
    technician = shop.staff_client("Theo")
    with writing():
        people.set_password(shop.theo, "another hash")

    answer = press(technician, f"/staff/work-orders/{job.id}/start")

    assert (answer.status_code, answer.location) == (303, "/staff/sign-in")
    assert "You were signed out. Sign in and do it once more." in read(technician.get(answer.location)).words()
    assert "started" not in shop.verbs(job)


def test_a_script_is_told_plainly_that_it_must_sign_in(shop):
    technician = shop.staff_client("Theo")
    with writing():
        people.set_password(shop.theo, "another hash")
    assert technician.get("/staff/", headers={"Accept": "application/json"}).status_code == 401


@pytest.mark.parametrize("path", ["/staff/sign-in", "/staff/sign-out", "/staff/me", "/staff/work-orders/1/start"])
def test_a_form_without_its_token_is_refused(shop, path):
    job = shop.work_order()
    office = shop.staff_client()
    for token in ("", "x", "IjEi.x.y"):
        page = read(office.post(path, data={"csrf_token": token}), 400)
        assert page.h1 == "That didn’t work"
    assert "started" not in shop.verbs(job)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_on_another_site_is_refused_even_with_the_token(shop, site):
    job = shop.work_order()
    office = shop.staff_client()
    path = f"/staff/work-orders/{job.id}/start"
    assert press(office, path, headers={"Sec-Fetch-Site": site}).status_code == 400
    assert "started" not in shop.verbs(job)
    assert press(office, path, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
