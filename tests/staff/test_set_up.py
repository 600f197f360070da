"""The first page of all: what it asks, what it makes, and that nobody gets in by it twice."""

import pytest
from sqlalchemy import select

from models import Event, OrgProfile, PaperSize, Role, SignInLink, Staff, db
from portal import first_start
from portal.db import writing
from portal.domain import shop as shops
from portal.domain import staff as people
from tests.bad_input import STRANGE
from tests.factories import csrf_of, press
from tests.pages import read

BASE = "https://jobs.example.com"
TYPED = {
    "name": "Rivera Plumbing",
    "phone": "(971) 555-0100",
    "brand_color": "#B3261E",
    "your_name": "Rosa Rivera",
    "email": "Rosa@Rivera.example",
    "password": "six little words of mine",
    "locale": "en_GB",
    "time_zone": "Europe/London",
}


def printed() -> str:
    """The address that a start prints, "" for none."""
    address = next((word for word in first_start.welcome().split() if "/sign-in/" in word), "")
    return address.removeprefix(BASE)


@pytest.fixture
def path(app):
    return printed()


def opened(app, path: str):
    client = app.test_client()
    client.csrf = csrf_of(client.get(path).text)
    return client


def rows(model) -> int:
    db.session.rollback()
    return len(db.session.scalars(select(model)).all())


def test_the_first_start_prints_a_link_to_it(app, path):
    assert path.startswith("/staff/sign-in/")
    assert path.endswith("/set-up")
    page = read(app.test_client().get(path))
    assert page.h1 == "Open your shop"
    assert {name: page.kept(name) for name in ("name", "your_name", "email", "password")} == {
        "name": "",
        "your_name": "",
        "email": "",
        "password": "",
    }


def test_looking_spends_nothing(app, path):
    for method in ("GET", "HEAD", "GET"):
        assert app.test_client().open(path, method=method).status_code == 200
    assert press(opened(app, path), path, TYPED).status_code == 303


def test_sending_it_opens_the_shop_and_lets_its_owner_in(app, path):
    client = opened(app, path)

    answer = press(client, path, TYPED)

    assert (answer.status_code, answer.location) == (303, "/staff/")
    db.session.rollback()
    shop, owner = shops.profile(), people.owner()
    assert (shop.name, shop.phone, shop.brand_color) == ("Rivera Plumbing", "(971) 555-0100", "#b3261e")
    assert (owner.name, owner.email, owner.role) == ("Rosa Rivera", "rosa@rivera.example", Role.OWNER)
    assert "Your shop is open." in read(client.get("/staff/")).words()
    assert read(client.get("/staff/me")).h1 == "Rosa Rivera"


def test_the_country_chooses_currency_and_paper(app, path):
    press(opened(app, path), path, TYPED)
    db.session.rollback()
    shop = shops.profile()
    assert (shop.locale, shop.time_zone) == ("en_GB", "Europe/London")
    assert (shop.currency, shop.paper_size) == ("GBP", PaperSize.A4)


def test_the_owner_signs_in_with_what_was_typed(app, path):
    press(opened(app, path), path, TYPED)
    client = opened(app, "/staff/sign-in")
    form = {"email": "rosa@rivera.example", "password": TYPED["password"]}
    assert press(client, "/staff/sign-in", form).location == "/staff/"


def test_afterwards_no_start_prints_a_way_in(app, path):
    press(opened(app, path), path, TYPED)
    db.session.rollback()
    assert printed() == ""


def test_a_second_start_before_anybody_finished_prints_another_one(app, path):
    again = printed()
    assert again != path
    assert len({path, again}) == 2
    assert read(app.test_client().get(path)).h1 == read(app.test_client().get(again)).h1 == "Open your shop"


def test_once_it_is_done_no_link_of_before_opens_anything(app, path):
    other = printed()
    late = opened(app, other)
    press(opened(app, path), path, TYPED)

    for link in (path, other):
        answer = press(late, link, TYPED | {"name": "Mallory’s"})
        assert (answer.status_code, answer.location) == (303, link.removesuffix("/set-up"))
        read(late.get(link, follow_redirects=True), 404)
        assert late.get(f"{link}/preview").status_code == 404
    assert late.get("/staff/").status_code == 302
    db.session.rollback()
    assert shops.profile().name == "Rivera Plumbing"


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", "", "Write the name your customers know."),
        ("name", "x" * 121, "Use at most 120 characters."),
        ("phone", "call me", "Enter a phone number"),
        ("brand_color", "red", "Enter a color like #0f6f68."),
        ("your_name", " ", "Write your name."),
        ("email", "", "Write your email: you sign in with it."),
        ("email", "rosa at rivera", "like name@example.com"),
        ("password", "", "Choose a password."),
        ("password", "too short", "Use at least 10 characters."),
        ("password", "x" * 1001, "Use at most 1000 characters."),
        ("locale", "xx_XX", "Choose one of the list."),
        ("time_zone", "Mars/Olympus", "Choose a time zone."),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_all_but_the_password_is_kept(app, path, field, typed, words):
    client, before = opened(app, path), rows(Event)
    page = read(press(client, path, TYPED | {field: typed}), 422)
    assert words in page.error(field)
    assert page.title.startswith("Error: ")
    kept = {name: text for name, text in (TYPED | {field: typed}).items() if name not in ("password", "locale")}
    assert {name: " ".join(page.kept(name).split()) for name in kept} == {n: t.strip() for n, t in kept.items()}
    assert page.kept("password") == ""
    assert TYPED["password"] not in page.html
    assert (rows(Event), people.owner().email) == (before, None)
    assert press(client, path, TYPED).status_code == 303  # the link was not spent


def test_the_picture_shows_what_a_refused_form_holds(app, path):
    client = opened(app, path)
    (frame,) = read(press(client, path, TYPED | {"email": ""}), 422).all("iframe")
    picture = client.get(frame.get("src"))
    assert "Rivera Plumbing" in read(picture).words("top")
    assert "--fill:#b3261e" in picture.text


@pytest.mark.parametrize("kind", STRANGE)
def test_strange_names_are_kept_whole_and_shown_safe(app, path, kind):
    client, text = opened(app, path), STRANGE[kind]
    assert press(client, path, TYPED | {"name": text, "your_name": text}).status_code == 303
    page = read(client.get("/staff/settings"))
    assert page.kept("name") == text
    assert [script.text for script in page.all("script") if script.text] == []
    assert text in read(client.get("/staff/settings/preview")).words() or kind == "markup"


@pytest.mark.parametrize("field", ["name", "phone", "brand_color", "your_name", "email", "password", "locale"])
def test_a_million_characters_are_refused_beside_the_field(app, path, field):
    answer = press(opened(app, path), path, TYPED | {field: "7" * 1_000_000})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


def test_line_ends_and_control_characters_are_no_way_out_of_a_field(app, path):
    client = opened(app, path)
    press(client, path, TYPED | {"name": "Rivera\r\nSet-Cookie: a=b\x00", "email": "rosa@rivera.example\r\n"})
    db.session.rollback()
    assert (shops.profile().name, people.owner().email) == ("Rivera Set-Cookie: a=b", "rosa@rivera.example")


def test_an_address_that_somebody_else_signs_in_with_is_refused(app, path):
    with writing():
        people.add(name="Dana", email="rosa@rivera.example", role=Role.OFFICE)
    page = read(press(opened(app, path), path, TYPED), 422)
    assert "Somebody else here signs in with that email." in page.error("email")
    db.session.rollback()
    assert (shops.profile().name, people.owner().email) == ("", None)


def test_a_form_without_its_token_does_nothing(app, path):
    assert app.test_client().post(path, data=TYPED).status_code == 400
    assert press(opened(app, path), path, TYPED).status_code == 303


def test_a_link_of_somebody_who_does_not_own_the_shop_leads_to_the_ordinary_page(shop):
    with writing():
        link = f"/staff/sign-in/{people.sign_in_link(shop.theo)}"
    client = shop.app.test_client()
    assert client.get(f"{link}/set-up").location == link
    assert client.get(f"{link}/set-up/preview").status_code == 404
    assert shop.count(SignInLink, used_at=None) == 1


def test_the_language_of_the_browser_is_chosen_beforehand(app, path):
    for asked, chosen in (("en-AU,en;q=0.9", "en_AU"), ("en", "en_US"), ("tlh, en-gb", "en_GB"), ("", "en_US")):
        page = read(app.test_client().get(path, headers={"Accept-Language": asked}))
        assert page.kept("locale") == chosen


def test_the_picture_follows_what_is_typed(app, path):
    answer = app.test_client().get(f"{path}/preview", query_string={"name": "Rivera", "brand_color": "#b3261e"})
    assert "Rivera" in read(answer).words("top")
    assert "--fill:#b3261e" in answer.text
    assert rows(OrgProfile) == 1
    assert rows(Staff) == 1


# --- a sample shop becomes somebody's own -----------------------------------------------------------------------------


@pytest.fixture
def sample(shop):
    with writing():
        shop.profile.is_sample = True
    return shop


def test_the_banner_of_a_sample_shop_leads_to_the_page(sample):
    owner = sample.staff_client("Olive")
    assert "/staff/make-it-yours" in [a.get("href") for a in read(owner.get("/staff/")).all("a")]
    page = read(owner.get("/staff/make-it-yours"))
    assert page.h1 == "Make it yours"
    assert (page.kept("name"), page.kept("email")) == ("Brightwater Plumbing", "")


def test_opening_it_makes_it_real_under_any_name(sample):
    owner = sample.staff_client("Olive")
    answer = press(owner, "/staff/make-it-yours", TYPED | {"name": "Brightwater Plumbing"})
    assert answer.status_code == 303
    assert not sample.again(sample.profile).is_sample
    assert people.by_email("rosa@rivera.example").name == "Rosa Rivera"
    assert "Sample data." not in read(owner.get("/staff/")).words()


def test_the_made_up_address_and_licence_go_and_what_was_typed_stays(sample):
    with writing():
        shop = sample.profile
        shop.street, shop.locality, shop.licence, shop.answer_hours = "210 Burnside Road", "Portland", "CCB 1", "Soon"
        shops.edit(shop, {"street": "1 Main Street"}, seen=1, by=sample.person("Olive"))
    press(sample.staff_client("Olive"), "/staff/make-it-yours", TYPED)
    shop = sample.again(sample.profile)
    assert (shop.street, shop.locality, shop.licence, shop.answer_hours) == ("1 Main Street", "", "", "")


def test_what_is_wrong_is_said_there_too(sample):
    owner = sample.staff_client("Olive")
    page = read(press(owner, "/staff/make-it-yours", TYPED | {"name": "", "email": "dana@shop.example"}), 422)
    assert page.error("name")
    page = read(press(owner, "/staff/make-it-yours", TYPED | {"email": "dana@shop.example"}), 422)
    assert page.error("email") == "Somebody else here signs in with that email."
    assert sample.again(sample.profile).is_sample


def test_it_is_for_the_owner_of_a_sample_shop_only(shop):
    owner = shop.staff_client("Olive")
    assert owner.get("/staff/make-it-yours").location == "/staff/settings"
    assert press(owner, "/staff/make-it-yours", TYPED).location == "/staff/settings"
    assert shop.again(shop.person("Olive")).email == "olive@shop.example"
    with writing():
        shop.profile.is_sample = True
    assert shop.staff_client("Dana").get("/staff/make-it-yours").status_code == 403
