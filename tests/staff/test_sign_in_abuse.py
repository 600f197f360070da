"""The sign-in page before somebody who guesses, somebody who prepares a session, and behind HTTPS."""

import pytest

from app import create_app
from portal import settings
from portal.db import writing
from portal.domain import staff as people
from tests.conftest import Visitor
from tests.factories import PASSWORD, Shop, csrf_of, press
from tests.pages import read


@pytest.fixture
def door(shop):
    return at_the_door(shop)


def at_the_door(shop: Shop, address: str = "192.0.2.1"):
    """Somebody at the sign-in page, not signed in, calling from `address`."""
    client = shop.app.test_client()
    client.environ_base = client.environ_base | {"REMOTE_ADDR": address}
    client.csrf = csrf_of(client.get("/staff/sign-in").text)
    return client


def sign_in(client, password: str = PASSWORD, email: str = "dana@shop.example"):
    return press(client, "/staff/sign-in", {"email": email, "password": password})


def guess(client, times: int, email: str = "dana@shop.example") -> list[int]:
    return [sign_in(client, f"wrong {number}", email).status_code for number in range(times)]


@pytest.fixture
def time_passes(shop):
    """Makes the throttles' clocks go on by so many seconds."""
    gone = [0.0]
    for name in ("tries_by_account", "tries_by_address"):
        tries = shop.app.extensions[name]
        tries._now = lambda now=tries._now: now() + gone[0]

    def go_on(seconds: float) -> None:
        gone[0] += seconds

    return go_on


# --- guessing -------------------------------------------------------------------------------------------------------


def test_the_tenth_wrong_password_is_the_last_that_is_tried(door):
    assert guess(door, 11) == [422] * 10 + [429]


def test_then_the_page_says_so_keeps_the_email_and_refuses_even_the_right_password(door):
    guess(door, 10)
    answer = sign_in(door)
    page = read(answer, 429)
    assert "Too many tries." in page.words()
    assert page.kept("email") == "dana@shop.example"
    assert page.kept("password") == ""
    assert door.get("/staff/").status_code == 302


def test_an_account_is_one_however_it_is_typed(door):
    for number in range(10):
        sign_in(door, f"wrong {number}", ("dana@shop.example", " DANA@shop.example")[number % 2])
    assert sign_in(door, email="Dana@Shop.Example ").status_code == 429


def test_an_account_is_guarded_wherever_the_guesses_come_from(shop):
    for number in range(10):
        sign_in(at_the_door(shop, f"192.0.2.{number}"), "wrong")
    assert sign_in(at_the_door(shop, "198.51.100.1")).status_code == 429


def test_an_account_that_does_not_exist_is_throttled_alike(door):
    assert guess(door, 11, "nobody@shop.example") == [422] * 10 + [429]


def test_another_account_is_not_kept_waiting(door):
    guess(door, 11)
    assert sign_in(door, email="theo@shop.example").status_code == 303


def test_an_address_that_tries_many_accounts_is_refused_at_every_one(shop, door):
    for number in range(50):
        assert sign_in(door, "wrong", f"nobody-{number}@shop.example").status_code == 422
    assert sign_in(door).status_code == 429
    assert sign_in(at_the_door(shop, "198.51.100.1")).status_code == 303


def test_nobody_gets_more_tries_by_calling_from_another_address_of_theirs(shop):
    shop.app.extensions["tries_by_address"].most = 3
    codes = [
        sign_in(at_the_door(shop, f"2001:db8::{number}"), "wrong", f"nobody-{number}@shop.example").status_code
        for number in range(1, 5)
    ]
    assert codes == [422] * 3 + [429]
    assert sign_in(at_the_door(shop, "2001:db8:0:1::1")).status_code == 303


def test_signing_in_forgives_the_account_but_not_the_address(shop, door):
    tries = shop.app.extensions["tries_by_address"]
    tries.most = 12
    guess(door, 9)
    assert sign_in(door).status_code == 303
    other = at_the_door(shop)
    assert guess(other, 4) == [422] * 3 + [429]


def test_a_one_time_link_still_opens(shop, door):
    guess(door, 11)
    with writing():
        path = f"/staff/sign-in/{people.sign_in_link(shop.dana)}"
    door.csrf = csrf_of(door.get(path).text)
    assert press(door, path).location == "/staff/"
    assert door.get("/staff/").status_code == 200


def test_who_is_signed_in_already_stays(shop, door):
    inside = shop.staff_client("Dana")
    guess(door, 11)
    assert inside.get("/staff/").status_code == 200


def test_after_a_quarter_of_an_hour_it_may_be_tried_again(door, time_passes):
    guess(door, 11)
    time_passes(14 * 60)
    assert sign_in(door).status_code == 429
    time_passes(61)
    assert sign_in(door).status_code == 303


# --- a session that somebody else prepared --------------------------------------------------------------------------


def cookie_of(client) -> str:
    return client.get_cookie("__Host-porchlight", "localhost").value


def test_a_session_prepared_before_signing_in_is_worth_nothing_afterwards(shop, door):
    prepared = cookie_of(door)
    assert sign_in(door).status_code == 303
    mallory = shop.app.test_client()
    mallory.set_cookie("__Host-porchlight", prepared, domain="localhost")
    assert mallory.get("/staff/").status_code == 302


def test_the_token_of_the_forms_changes_with_the_session(shop, door):
    job, before = shop.work_order(), door.csrf
    sign_in(door)
    assert press(door, f"/staff/work-orders/{job.id}/start", {"csrf_token": before}).status_code == 400
    door.csrf = csrf_of(door.get("/staff/me").text)
    assert press(door, f"/staff/work-orders/{job.id}/start").status_code == 303


def test_a_session_made_up_by_hand_is_none(shop):
    client = shop.app.test_client()
    for value in ("x", "eyJfdXNlcl9pZCI6IjEuMSJ9", "eyJfdXNlcl9pZCI6IjEuMSJ9.Zx.y", "." * 4000):
        client.set_cookie("__Host-porchlight", value, domain="localhost")
        assert client.get("/staff/").status_code == 302


# --- behind HTTPS ---------------------------------------------------------------------------------------------------

HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7", "Host": "jobs.example.com"}


@pytest.fixture
def behind_https(data_dir):
    """The shop as it runs behind a proxy of ours that speaks HTTPS."""
    environ = {"DATA_DIR": str(data_dir), "PUBLIC_BASE_URL": "https://jobs.example.com", "TRUSTED_PROXIES": "127.0.0.1"}
    app = create_app(settings.read(environ))
    app.test_client_class = Visitor
    with app.app_context():
        yield Shop(app)
        app.extensions["sqlalchemy"].session.remove()
        app.extensions["sqlalchemy"].engine.dispose()


def browser(shop: Shop):
    """Keeps its cookie by hand: the test client would file it under the proxy's own http address."""
    client = shop.app.test_client(use_cookies=False)
    client.cookie = {}
    page = client.get("/staff/sign-in", headers=HTTPS)
    client.cookie = {"Cookie": page.headers["Set-Cookie"].split(";")[0]}
    client.csrf = csrf_of(page.text)
    return client


def over_https(client, **headers: str):
    form = {"email": "dana@shop.example", "password": PASSWORD}
    return press(client, "/staff/sign-in", form, headers=HTTPS | client.cookie | headers)


def test_the_cookie_is_bound_to_the_host_and_to_https(behind_https):
    cookie = over_https(browser(behind_https)).headers["Set-Cookie"].split("; ")
    assert cookie[0].startswith("__Host-porchlight=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie)
    assert not any(part.startswith("Domain") for part in cookie)


def test_over_plain_http_the_cookie_is_one_that_a_browser_keeps(data_dir):
    app = create_app(settings.read({"DATA_DIR": str(data_dir)}))
    cookie = app.test_client().get("/staff/sign-in").headers["Set-Cookie"]
    assert cookie.startswith("porchlight=")
    assert "Secure" not in cookie
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://jobs.example.com", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=["no Referer", "Origin: null", "as Chromium sends it", "with its Origin"],
)
def test_a_form_works_without_a_referer(behind_https, headers):
    answer = over_https(browser(behind_https), **headers)
    assert (answer.status_code, answer.location) == (303, "/staff/")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_from_elsewhere_does_not(behind_https, site):
    assert over_https(browser(behind_https), **{"Sec-Fetch-Site": site, "Origin": "null"}).status_code == 400


def test_a_form_without_its_token_does_not(behind_https):
    client = browser(behind_https)
    client.csrf = ""
    assert over_https(client).status_code == 400


def test_guesses_are_counted_by_the_callers_address_not_the_proxys(behind_https):
    behind_https.app.extensions["tries_by_address"].most = 1
    client = browser(behind_https)
    right, client.csrf = client.csrf, client.csrf
    form = {"csrf_token": right, "email": "nobody@shop.example", "password": "wrong"}
    assert client.post("/staff/sign-in", data=form, headers=HTTPS | client.cookie).status_code == 422
    assert over_https(client).status_code == 429
    assert over_https(client, **{"X-Forwarded-For": "198.51.100.8"}).status_code == 303
