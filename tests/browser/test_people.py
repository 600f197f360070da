"""The owner takes somebody on and lets somebody go, each in a browser of their own."""

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.inspection import Watched

pytestmark = pytest.mark.browser


def invite(owner, name: str, email: str) -> str:
    """Add a technician as the owner does; gives the link that the page shows."""
    owner.goto("/staff/settings")
    owner.get_by_role("link", name="People: who works here").click()
    owner.get_by_role("link", name="Add a person").click()
    owner.get_by_label("Name").fill(name)
    owner.get_by_label("Email").fill(email)
    owner.get_by_role("radio", name="Technician").check()
    owner.get_by_role("button", name="Add and make an invite link").click()
    return owner.get_by_label("One-time link").input_value()


def test_a_technician_is_invited_sees_their_day_and_is_switched_off(new_page, signed_in, open_shop):
    owner, technician = new_page(DESKTOP, **signed_in("Olive")), new_page(PHONE)
    address = invite(owner, "Rosa Ruiz", "rosa@shop.example")
    owner.context.grant_permissions(["clipboard-read", "clipboard-write"])
    owner.get_by_role("button", name="Copy").click()
    expect(owner.get_by_role("button", name="Copied")).to_be_visible()
    assert owner.evaluate("navigator.clipboard.readText()") == address

    technician.goto(address)
    technician.get_by_role("button", name="Sign in as Rosa Ruiz").click()
    technician.get_by_label("New password").fill("correct horse battery")
    technician.get_by_role("button", name="Save the password").click()
    expect(technician.get_by_role("navigation", name="Main")).to_contain_text("My day")
    job = open_shop.work_order(technician="Rosa", title="Kitchen tap")
    technician.goto(f"/staff/work-orders/{job.id}")

    owner.reload()
    expect(owner.get_by_label("One-time link")).to_have_count(0)
    expect(owner.get_by_role("heading", name="1 visit ahead")).to_be_visible()
    owner.get_by_text("Switch off", exact=True).click()
    owner.get_by_role("button", name="Switch Rosa off").click()
    expect(owner.get_by_text("Switched off. They are signed out everywhere.")).to_be_visible()

    expect(technician.get_by_role("heading", name="Sign in")).to_be_visible()
    technician.goto(f"/staff/work-orders/{job.id}")
    expect(technician.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_ways_in_work_without_script(new_page, signed_in):
    owner = new_page(DESKTOP, java_script_enabled=False, **signed_in("Olive"))
    address = invite(owner, "Noor Noscript", "noor@shop.example")
    owner.get_by_text("Switch off", exact=True).click()
    owner.get_by_role("button", name="Switch Noor off").click()
    expect(owner.get_by_text("They can’t sign in")).to_be_visible()
    late = new_page(PHONE)
    late.goto(address)
    expect(late.get_by_role("heading", name="has been used or has run out")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_of_people_suit_everybody(new_page, signed_in, open_shop, size, scheme):
    page = new_page(size, **signed_in("Olive"))
    watched = Watched(page)
    open_shop.work_order(technician="Theo", title="Replacement of the Druckminderungsventilbaugruppe")
    theo = f"/staff/people/{open_shop.theo.id}"
    for path in ("/staff/people", "/staff/people/new", theo, f"{theo}/edit", "/staff/me"):
        page.goto(path)
        page.evaluate("for (const fold of document.querySelectorAll('main details')) fold.open = true")
        assert (watched.axe(scheme), watched.cut_off(), watched.small_targets()) == ([], [], []), path
        with watched.narrowed(320, 100):
            assert watched.cut_off() == [], path
        with watched.narrowed(390, 200):
            assert watched.cut_off() == [], path
    page.goto(theo)
    page.get_by_role("button", name="Link to a new password").click()
    expect(page.get_by_label("One-time link")).to_be_visible()
    assert (watched.axe(scheme), watched.cut_off(), watched.small_targets()) == ([], [], [])
    assert watched.complaints == []
