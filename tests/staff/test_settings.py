import re

import pytest

from portal.db import writing
from portal.domain import shop as shops
from tests.factories import ZONE, press
from tests.pages import read

PROFILE = {
    "name": "Hartley & Sons",
    "trade": "Heating",
    "brand_color": "#1f4fd8",
    "licence": "CCB 1",
    "phone": "(971) 555-0100",
    "street": "1 Main Street",
    "locality": "Salem",
    "answer_hours": "We usually answer within an hour.",
    "time_zone": "America/Denver",
    "email": "office@hartley.example",
    "opening_hours": "Mon to Fri, 7 am to 6 pm",
    "tax_id": "93-0204118",
    "footer": "Thank you for your trust.\nAll work is guaranteed.",
    "currency": "CAD",
    "paper_size": "a4",
    "locale": "en_GB",
}


@pytest.fixture
def owner(shop):
    return shop.staff_client("Olive")


def test_the_form_opens_with_the_shop_as_it_is(owner):
    page = read(owner.get("/staff/settings"))
    assert (page.kept("name"), page.kept("time_zone"), page.kept("late_note")) == ("Brightwater Plumbing", ZONE, "")


def test_every_customer_sees_a_change_at_once(shop, owner):
    customers_page = shop.path(shop.work_order())
    answer = press(owner, "/staff/settings", PROFILE | {"seen": "1"})
    assert (answer.status_code, answer.location) == (303, "/staff/settings")
    assert "Saved. Your customers see it now." in read(owner.get("/staff/settings")).words()

    words = read(shop.app.test_client().get(customers_page)).words()
    for text in ("Hartley & Sons", "(971) 555-0100", "1 Main Street", "Salem", "CCB 1", "office@hartley.example"):
        assert text in words
    assert "Mon to Fri, 7 am to 6 pm" in words
    for text in ("93-0204118", "Thank you", "Heating"):
        assert text not in words


def test_the_whole_profile_is_kept_and_shown_again(shop, owner):
    press(owner, "/staff/settings", PROFILE | {"seen": "1"})
    page = read(owner.get("/staff/settings"))
    assert {name: page.kept(name) for name in PROFILE} == PROFILE


def test_the_choice_to_own_up_to_being_late_is_kept(shop, owner):
    press(owner, "/staff/settings", PROFILE | {"seen": "1", "late_note": "y"})
    assert shop.again(shop.profile).says_late
    assert read(owner.get("/staff/settings")).kept("late_note")
    press(owner, "/staff/settings", PROFILE | {"seen": "2"})
    assert not shop.again(shop.profile).says_late


def test_a_color_is_kept_in_small_letters(shop, owner):
    press(owner, "/staff/settings", PROFILE | {"seen": "1", "brand_color": "#AbCdEf"})
    assert shop.again(shop.profile).brand_color == "#abcdef"


@pytest.mark.parametrize("color", ["#000000", "#ffffff", "#ffff00", "#7f7f7f"])
def test_any_color_makes_pages_that_work(shop, owner, color):
    press(owner, "/staff/settings", PROFILE | {"seen": "1", "brand_color": color})
    read(owner.get("/staff/settings"))
    read(shop.app.test_client().get(shop.path(shop.work_order())))


@pytest.mark.parametrize("name", ["&", "& & &", "A & &", "🚿", "…", "x"])
def test_any_name_makes_pages_that_work(shop, owner, name):
    assert press(owner, "/staff/settings", PROFILE | {"seen": "1", "name": name}).status_code == 303
    assert read(owner.get("/staff/settings")).kept("name") == name
    read(shop.app.test_client().get(shop.path(shop.work_order())))


def test_the_second_of_two_sees_both_versions_and_overwrites_nothing(shop, owner):
    with writing():
        shops.edit(shop.profile, {"trade": "Theirs"}, seen=1, by=shop.dana)
    mine = PROFILE | {"trade": "Mine", "seen": "1"}

    page = read(press(owner, "/staff/settings", mine), 409)

    assert "Now Theirs Yours Mine" in page.words()
    assert re.search(r"Dana Diaz changed this at \d+:\d\d [ap]m\.", page.words())
    assert {name: page.kept(name) for name in PROFILE} == PROFILE | {"trade": "Mine"}
    assert (shop.again(shop.profile).trade, shop.profile.name) == ("Theirs", "Brightwater Plumbing")

    assert press(owner, "/staff/settings", mine | {"seen": page.kept("seen")}).status_code == 303
    assert shop.again(shop.profile).trade == "Mine"


def test_both_versions_are_told_in_words(shop, owner):
    with writing():
        values = {"says_late": True, "paper_size": "a4", "currency": "EUR"}
        shops.edit(shop.profile, values, seen=1, by=shop.dana)
    mine = PROFILE | {"seen": "1", "paper_size": "letter"}
    words = read(press(owner, "/staff/settings", mine), 409).words()
    assert "Now Yes Yours No" in words
    assert "Now A4 Yours US Letter" in words
    assert "Now EUR – Euro Yours CAD – Canadian Dollar" in words


def test_what_the_shop_has_stays_though_it_is_not_offered_any_more(shop, owner):
    with writing():
        shop.profile.locale, shop.profile.currency = "ar", "DEM"
    page = read(owner.get("/staff/settings"))
    kept = {name: page.kept(name) for name in ("locale", "currency")}
    assert kept == {"locale": "ar", "currency": "DEM"}
    assert press(owner, "/staff/settings", PROFILE | kept | {"seen": "1"}).status_code == 303


def test_the_picture_beside_the_form_is_the_customers_page_by_what_is_typed(shop, owner):
    page = read(owner.get("/staff/settings"))
    (frame,) = page.all("iframe")
    assert frame.get("src") == "/staff/settings/preview"
    saved = read(owner.get(frame.get("src"))).words()
    assert "Brightwater Plumbing" in saved
    assert "Marcus is coming" in saved

    typed = owner.get(frame.get("src"), query_string={"name": "A <b> & Co", "phone": "", "brand_color": "#B3261E"})
    assert "A <b> & Co" in read(typed).words()
    assert "Call us" not in read(typed).words()
    assert "--fill:#b3261e" in typed.text
    assert shop.again(shop.profile).name == "Brightwater Plumbing"


@pytest.mark.parametrize("color", ["red", "#fff", "#0f6f68;}body{display:none", "", "#0f6f68\n"])
def test_a_color_that_is_none_leaves_the_picture_as_saved(owner, color):
    answer = owner.get("/staff/settings/preview", query_string={"brand_color": color})
    assert "--fill:#0f6f68" in read(answer).html


def test_the_picture_is_for_the_owner_only(shop):
    assert shop.staff_client("Dana").get("/staff/settings/preview").status_code == 403
    assert shop.app.test_client().get("/staff/settings/preview").status_code == 302


def test_a_sample_shop_becomes_the_owners_with_its_name(shop, owner):
    with writing():
        shop.profile.is_sample = True
    press(owner, "/staff/settings", PROFILE | {"seen": "1"})
    assert "Sample data." not in read(owner.get("/staff/")).words()


def test_jobs_already_booked_keep_the_zone_of_their_site(shop, owner):
    job = shop.work_order()
    press(owner, "/staff/settings", PROFILE | {"seen": "1"})
    assert shop.again(job).time_zone == ZONE
    assert read(owner.get("/staff/work-orders/new")).kept("time_zone") == "America/Denver"
