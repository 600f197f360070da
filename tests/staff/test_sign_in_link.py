from datetime import timedelta

import pytest

from models import Role
from portal import clock
from portal.db import writing
from portal.domain import staff as people
from tests.factories import csrf_of, press
from tests.pages import read


@pytest.fixture
def path(shop):
    """A fresh link for Theo."""
    with writing():
        return f"/staff/sign-in/{people.sign_in_link(shop.theo)}"


def open_link(shop, path):
    client = shop.app.test_client()
    page = client.get(path)
    client.csrf = csrf_of(page.text)
    return client


def test_a_link_shows_a_button_with_a_name(shop, path):
    page = read(shop.app.test_client().get(path))
    assert page.h1 == "Welcome, Theo Tran"
    assert "Sign in as Theo Tran" in page.words()


def test_looking_does_not_spend_it(shop, path):
    for method in ("GET", "HEAD", "GET"):
        assert shop.app.test_client().open(path, method=method).status_code == 200
    assert press(open_link(shop, path), path).location == "/staff/"


def test_pressing_signs_in_and_stays(shop, path):
    client = open_link(shop, path)
    answer = press(client, path)
    assert (answer.status_code, answer.location) == (303, "/staff/")
    assert "Expires=" in answer.headers["Set-Cookie"]
    assert read(client.get("/staff/me")).h1 == "Theo Tran"


def test_it_works_once(shop, path):
    first, second = open_link(shop, path), open_link(shop, path)
    assert press(first, path).location == "/staff/"

    answer = press(second, path)

    assert answer.location == path
    page = read(second.get(path), 404)
    assert page.h1 == "This sign-in link has been used or has run out"
    assert second.get("/staff/").status_code == 302


def test_after_an_hour_it_has_run_out(shop, path):
    with clock.stopped_at(clock.now() + timedelta(minutes=61)):
        assert "has run out" in read(shop.app.test_client().get(path), 404).h1


def test_pressing_a_link_that_ran_out_meanwhile_signs_nobody_in(shop, path):
    client = open_link(shop, path)
    with clock.stopped_at(clock.now() + timedelta(minutes=61)):
        assert press(client, path).location == path
    assert client.get("/staff/").status_code == 302


def test_a_made_up_link_is_like_one_that_ran_out(shop):
    for token in ("x", "é", "%00", "..", "a" * 5000, "%ff"):
        page = read(shop.app.test_client().get(f"/staff/sign-in/{token}"), 404)
        assert page.h1 == "This sign-in link has been used or has run out"


def test_a_link_needs_the_token_of_its_form(shop, path):
    assert shop.app.test_client().post(path).status_code == 400
    assert press(open_link(shop, path), path).location == "/staff/"


def test_a_new_owner_is_led_to_the_set_up_page_and_pressing_here_spends_nothing(shop, path):
    with writing():
        owner = people.add(name="Owner", email=None, role=Role.OWNER)
        new = f"/staff/sign-in/{people.sign_in_link(owner)}"
    client = open_link(shop, path)
    assert client.get(new).location == f"{new}/set-up"
    assert press(client, new).location == new
    assert read(client.get(f"{new}/set-up")).h1 == "Open your shop"


def test_somebody_elses_open_session_is_replaced(shop, path):
    client = shop.staff_client("Dana")
    client.csrf = csrf_of(client.get(path).text)
    press(client, path)
    assert read(client.get("/staff/me")).h1 == "Theo Tran"
