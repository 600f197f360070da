"""The staff's side as an app: today's list is readable without a connection, says so, and goes with who signs out."""

import pytest
import requests
from playwright.sync_api import Page, expect

from portal import clock
from portal.db import writing
from tests.browser.chromium import PHONE
from tests.browser.inspection import Watched

pytestmark = pytest.mark.browser

IS_KEPT = """async () => {
    await navigator.serviceWorker.ready
    for (let tries = 0; tries < 100; tries++) {
        if (navigator.serviceWorker.controller && await (await caches.open('day')).match('/staff/')) return true
        await new Promise(done => setTimeout(done, 50))
    }
    return false
}"""


@pytest.fixture
def theo(new_page, signed_in, open_shop, line) -> Page:
    """Theo's phone with today's list on it, behind a line that can be cut."""
    open_shop.work_order("Carol Cruz", title="Kitchen tap", starts_at=clock.now())
    page = new_page(PHONE, **signed_in("Theo"))
    page.goto(f"{line.url}/staff/")
    assert page.evaluate(IS_KEPT)
    return page


def test_without_a_connection_the_list_is_there_and_says_so(theo, line):
    line.go_down()
    theo.goto(f"{line.url}/staff/")
    expect(theo.locator(".offline-only--look")).to_be_visible()
    expect(theo.get_by_role("link", name="Call · Carol Cruz").first).to_be_visible()
    expect(theo.get_by_role("link", name="Directions · Carol Cruz").first).to_be_visible()
    expect(theo.get_by_role("button", name="On the way")).to_have_count(0)
    watched = Watched(theo)
    assert watched.axe("light") + watched.axe("dark") == []


def test_a_job_that_cannot_be_had_says_so_above_the_list(theo, line):
    line.go_down()
    theo.get_by_role("link", name="Kitchen tap").first.click()
    note = theo.locator(".offline-only--elsewhere")
    expect(note).to_contain_text("This page can’t be opened without a connection")
    expect(note).to_contain_text("On the way, Start and Complete come back with the connection.")
    expect(theo.locator(".offline-only--look")).to_be_hidden()


def test_a_press_that_did_not_get_through_is_not_taken_for_done(theo, line):
    line.go_down()
    theo.get_by_role("button", name="On the way").first.click()
    expect(theo.locator(".offline-only--press")).to_be_visible()
    theo.wait_for_load_state()  # its scripts listen
    line.come_up()
    theo.evaluate("dispatchEvent(new Event('online'))")
    expect(theo.get_by_role("button", name="On the way").first).to_be_visible()


def test_signing_out_takes_the_list_off_the_phone(theo, line):
    theo.goto(f"{line.url}/staff/me")
    theo.get_by_role("button", name="Sign out", exact=True).click()
    expect(theo.get_by_role("heading", level=1)).to_have_text("Sign in")
    line.go_down()
    theo.goto(f"{line.url}/staff/")
    expect(theo.get_by_role("heading", level=1)).to_have_text("No connection")
    assert "Carol" not in theo.content()
    assert theo.evaluate("caches.open('day').then(cache => cache.keys()).then(keys => keys.length)") == 0


@pytest.fixture
def signed_out_elsewhere(open_shop):
    """Ends every session of Theo's when it is called; they are good again for the tests after this one."""

    def end(by: int = 1) -> None:
        with writing():
            open_shop.theo.session_epoch += by

    yield end
    end(by=-1)


def test_being_signed_out_elsewhere_takes_it_too(theo, line, signed_out_elsewhere):
    signed_out_elsewhere()
    theo.goto(f"{line.url}/staff/")
    expect(theo.get_by_role("heading", level=1)).to_have_text("Sign in")
    line.go_down()
    theo.goto(f"{line.url}/staff/")
    expect(theo.get_by_role("heading", level=1)).to_have_text("No connection")


def test_the_customers_page_has_no_worker_and_nothing_of_it_is_kept(theo, open_shop, line):
    job = open_shop.work_order("Carol Cruz")
    theo.goto(line.url + open_shop.path(job))
    assert theo.evaluate("navigator.serviceWorker.controller") is None
    kept = theo.evaluate("""async () => {
        const found = []
        for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) {
            found.push(new URL(request.url).pathname)
        }
        return found
    }""")
    assert {path for path in kept if not path.startswith("/static/")} == {"/staff/offline", "/staff/"}


def test_a_browser_finds_what_it_takes_to_install_it(theo, open_shop, line):
    manifest = requests.get(f"{line.url}/staff/app.webmanifest", timeout=10).json()
    assert (manifest["name"], manifest["start_url"], manifest["scope"]) == (
        "Brightwater Plumbing",
        "/staff/",
        "/staff/",
    )
    for icon in manifest["icons"]:
        answer = requests.get(line.url + icon["src"], timeout=10)
        assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, icon["type"])
    session = theo.context.new_cdp_session(theo)
    missing = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in missing] == ["in-incognito"]  # as every profile of a test is
    assert session.send("Page.getAppManifest")["errors"] == []
