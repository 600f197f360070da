"""The open page of a customer stays true by itself, and is wiped when its link is revoked."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from portal import clock
from portal.db import writing
from portal.domain import links, parts, visits, work_orders
from tests.browser.live import expect_headline, expect_label, expect_wiped, follow, is_the_same_page
from tests.conftest import ROOT, wait_for

pytestmark = pytest.mark.browser


@pytest.fixture
def job(open_shop):
    return open_shop.work_order("Carol Cruz", title="Kitchen tap")


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_a_press_in_the_office_reaches_the_open_page_without_a_reload(device, request, office, open_shop, job):
    page = follow(request.getfixturevalue(device), open_shop.path(job))
    office.goto(f"/staff/work-orders/{job.id}")

    office.get_by_role("button", name="Start").click()

    expect_headline(page, "Theo is on the job")
    expect(page.locator("[aria-current=step]")).to_contain_text("In Progress")
    expect(page).to_have_title(re.compile("^In Progress – Kitchen tap"))
    expect(page.locator("#say[role=status]")).to_have_text("Theo is on the job")
    expect_label(page, "Live")
    assert is_the_same_page(page)


def test_new_sections_appear_and_empty_ones_go(phone, open_shop, job):
    follow(phone, open_shop.path(job))
    assert phone.get_by_role("heading", name="Parts used").count() == 0

    open_shop.do(parts.add, job, name="Brass ball valve", quantity=Decimal(2))
    expect(phone.locator("#parts")).to_contain_text("Brass ball valve")

    open_shop.do(parts.remove, open_shop.again(job).parts[0])
    expect(phone.locator("#parts")).to_have_count(0)
    assert is_the_same_page(phone)


@pytest.mark.parametrize("change", ["elsewhere", "around it"])
def test_the_keyboard_focus_survives_a_change(change, desktop, open_shop, job):
    follow(desktop, open_shop.path(job))
    link = desktop.locator("#facts").get_by_role("link", name="(503) 555-0142")
    link.focus()

    if change == "elsewhere":
        open_shop.steps(job, "set_off")
        expect_headline(desktop, "Theo is on the way")
    else:
        tomorrow = job.visits[0].starts_at + timedelta(days=1)
        moved = {"starts_at": tomorrow, "ends_at": tomorrow + timedelta(hours=2), "technician": open_shop.theo}
        old = desktop.locator("#facts").element_handle()
        open_shop.do(visits.move, job.visits[0], seen=1, **moved)
        wait_for(lambda: not old.evaluate("section => section.isConnected"), "the facts to be replaced")

    expect(link).to_be_focused()


def test_what_somebody_reads_does_not_move_on_a_change_above_it(phone, open_shop, job):
    for number in range(1, 9):
        open_shop.do(parts.add, job, name=f"Part {number}", quantity=Decimal(1))
    follow(phone, open_shop.path(job))
    reading = phone.get_by_text("Part 8")
    reading.scroll_into_view_if_needed()
    before = reading.bounding_box()["y"]
    assert phone.evaluate("scrollY") > 0

    open_shop.steps(job, "start", "complete")

    expect_headline(phone, "All done")
    assert reading.bounding_box()["y"] == pytest.approx(before, abs=2)


def test_an_open_photo_stays_open_on_a_change(phone, open_shop, job):
    for caption in ("Before", "After"):
        open_shop.photo(job, caption=caption)
    follow(phone, open_shop.path(job))
    phone.get_by_role("link", name="After").click()
    viewer = phone.get_by_role("dialog")
    expect(viewer.get_by_text("After")).to_be_in_viewport()

    open_shop.photo(job, caption="Pressure")
    open_shop.steps(job, "start")

    expect_headline(phone, "Theo is on the job")
    expect(phone.locator("#photos")).to_contain_text("Pressure")
    expect(viewer.get_by_text("After")).to_be_in_viewport()
    phone.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(phone.get_by_role("link", name="After")).to_be_focused()


def test_photos_turn_with_the_arrow_keys(desktop, open_shop, job):
    for caption in ("Before", "After"):
        open_shop.photo(job, caption=caption)
    desktop.goto(open_shop.path(job))
    desktop.get_by_role("link", name="Before").click()

    desktop.keyboard.press("ArrowRight")

    expect(desktop.get_by_role("dialog").get_by_text("After")).to_be_in_viewport(ratio=1)
    expect(desktop.get_by_role("dialog").get_by_text("Before")).not_to_be_in_viewport()


def test_every_photo_is_there_when_the_page_is_printed(phone, open_shop, job):
    open_shop.photo(job)
    phone.goto(open_shop.path(job))
    expect(phone.locator("#photos img")).to_have_attribute("loading", "lazy")

    phone.evaluate("dispatchEvent(new Event('beforeprint'))")

    expect(phone.locator("#photos img")).to_have_attribute("loading", "eager")


def test_words_that_change_by_themselves_are_asked_for_in_time(phone, open_shop, job):
    phone.clock.install()
    follow(phone, open_shop.path(job))
    wait_s = int(phone.locator("#main").get_attribute("data-changes-in"))
    with writing():  # without an event, so that nothing rings: what midnight does to "today"
        job.visits[0].technician = None
        open_shop.profile.edition += 1  # the server's own clock stays: it would answer with the page that it kept

    phone.clock.fast_forward((wait_s + 3) * 1000)

    expect(phone.locator("#headline")).to_contain_text("You’re booked for")


def test_a_page_that_is_told_something_with_a_crowd_looks_at_a_moment_of_its_own(phone, open_shop, job):
    told, looks, path = [], [], open_shop.path(job)

    def tell(route):
        told.append(route)
        route.fulfill(content_type="text/event-stream", body="event: version\ndata: news 1000000000\n\n")

    phone.clock.install()
    phone.route("**/live", tell)
    phone.goto(path)
    phone.on("request", lambda asked: asked.url.endswith(path) and looks.append(asked.url))
    wait_for(lambda: phone.clock.run_for(500) or len(told) > 1, "the page to have heard it and to come back")
    assert looks == []
    phone.clock.fast_forward(1_000_000_000)
    wait_for(lambda: phone.wait_for_timeout(10) or looks, "the page to look")


# --- revoked while it is open -------------------------------------------------------------------------------------


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_revoke_wipes_the_open_page(device, request, office, open_shop, job, line):
    open_shop.photo(job, caption="Before")
    page = follow(request.getfixturevalue(device), line.url + open_shop.path(job))
    secrets = ["Kitchen tap", str(job.number), "Alder", "Portland", "Theo", "Brightwater", "555-0142", "Before"]
    secrets.append(open_shop.token(job))
    assert [word for word in secrets if word not in page.content()] == []
    office.goto(f"/staff/work-orders/{job.id}")

    office.get_by_role("button", name="Share").click()
    office.get_by_text("Revoke link").first.click()
    office.get_by_role("button", name="Revoke link").click()

    expect_wiped(page)
    expect(page).to_have_title("This link has been revoked")
    expect(page.locator("h1")).to_be_focused()
    assert [word for word in secrets if word in page.content()] == []
    wait_for(lambda: line.streams == 0, "the stream to be closed")


def test_the_last_word_on_the_stream_is_enough_to_wipe_the_page(phone, open_shop, job):
    follow(phone, open_shop.path(job))
    phone.route("**/portal/**", lambda route: route.abort())

    open_shop.do(links.revoke, job)

    expect_wiped(phone)


def test_a_revoke_on_the_command_line_wipes_the_open_page(phone, server, open_shop, job):
    follow(phone, open_shop.path(job))

    command = [sys.executable, "-m", "flask", "--app", "app", "revoke", "wo", str(job.number)]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"DATA_DIR": str(server.data_dir)}, check=True)

    expect_wiped(phone)


def test_an_open_photo_goes_with_the_page(phone, open_shop, job):
    open_shop.photo(job, caption="Before")
    follow(phone, open_shop.path(job))
    phone.get_by_role("link", name="Before").click()
    expect(phone.get_by_role("dialog")).to_be_visible()

    open_shop.do(links.revoke, job)

    expect_wiped(phone)


def test_an_answer_that_comes_after_the_wipe_changes_nothing(phone, open_shop, job):
    address, held = f"**{open_shop.path(job)}", []
    follow(phone, open_shop.path(job))
    phone.route(address, lambda route: held.append(route))
    open_shop.steps(job, "start")
    # Playwright hands a request over only while it is asked for something.
    wait_for(lambda: phone.evaluate("true") and held, "the page to ask for itself again")
    open_shop.steps(job, "complete")
    late = phone.request.get(open_shop.path(job)).text()
    assert "Kitchen tap" in late

    open_shop.do(links.revoke, job)
    expect_wiped(phone)
    held[0].fulfill(body=late, content_type="text/html")

    expect_wiped(phone)
    assert "Kitchen tap" not in phone.content()
    assert len(held) == 1


def test_a_cross_fade_that_runs_after_the_wipe_changes_nothing(phone, open_shop, job):
    phone.add_init_script("""document.startViewTransition = put => {
        window.fade = put
        return { ready: Promise.resolve(), skipTransition() {} }
    }""")
    follow(phone, open_shop.path(job))
    open_shop.steps(job, "start")
    phone.wait_for_function("() => window.fade")

    open_shop.do(links.revoke, job)
    expect_wiped(phone)
    phone.evaluate("window.fade()")

    expect_wiped(phone)
    assert "Kitchen tap" not in phone.content()


def test_changes_and_a_revoke_all_at_once_end_in_the_wipe(phone, open_shop, job):
    follow(phone, open_shop.path(job))

    with writing():
        work_orders.start(job, by=open_shop.dana)
    with writing():
        work_orders.complete(job, by=open_shop.dana)
        links.revoke(job, by=open_shop.dana)

    expect_wiped(phone)
    phone.wait_for_function("() => document.getAnimations().length === 0")
    expect_wiped(phone)


# --- coming back to it --------------------------------------------------------------------------------------------


def test_back_after_a_revoke_shows_nothing(phone, open_shop, job):
    follow(phone, open_shop.path(job))
    phone.get_by_role("link", name="Get help").last.click()
    expect(phone.get_by_role("heading", name="How can we help?")).to_be_visible()

    open_shop.do(links.revoke, job)
    phone.go_back(wait_until="commit")

    expect(phone.locator("h1")).to_have_text("This link doesn’t work any more")
    assert "Kitchen tap" not in phone.content()


def test_back_after_a_revoke_shows_nothing_even_from_a_cache(phone, open_shop, job, line):
    leave_a_kept_page(phone, open_shop.path(job), line)

    open_shop.do(links.revoke, job)
    phone.go_back(wait_until="commit")

    expect_wiped(phone)
    assert phone.evaluate("window.isTheSamePage")
    assert "Kitchen tap" not in phone.content()
    wait_for(lambda: line.streams == 0, "0 streams")


def test_a_page_from_the_cache_catches_up_and_is_live_again(phone, open_shop, job, line):
    leave_a_kept_page(phone, open_shop.path(job), line)
    wait_for(lambda: line.streams == 0, "0 streams")

    open_shop.steps(job, "start")
    phone.go_back(wait_until="commit")

    expect_headline(phone, "Theo is on the job")
    expect_label(phone, "Live")
    assert is_the_same_page(phone)
    wait_for(lambda: line.streams == 1, "1 streams")


def leave_a_kept_page(phone, path, line):
    """Follow a page, then go on to another one, while the browser keeps the first as it is.

    Safari keeps our pages so although they say no-store; Chromium does when they do not say it.
    """
    line.lets_pages_be_kept = True
    phone.clock.install()
    follow(phone, line.url + path)
    phone.get_by_role("link", name="Get help").last.click()
    expect(phone.get_by_role("heading", name="How can we help?")).to_be_visible()


def test_a_tab_in_the_background_hangs_up_and_catches_up_in_front(tabs, open_shop, job, line):
    page = hidden_tab(tabs, line.url + open_shop.path(job), line)

    open_shop.steps(job, "start")
    page.bring_to_front()

    expect_headline(page, "Theo is on the job")
    expect_label(page, "Live")
    assert is_the_same_page(page)
    wait_for(lambda: line.streams == 1, "1 streams")


def test_a_revoke_in_the_background_wipes_the_tab_before_it_is_read(tabs, open_shop, job, line):
    page = hidden_tab(tabs, line.url + open_shop.path(job), line)

    open_shop.do(links.revoke, job)
    page.bring_to_front()

    expect_wiped(page)


def hidden_tab(tabs, address, line):
    """Follow a page, then open another tab in front of it and wait until the page has hung up."""
    page = tabs()
    page.clock.install()
    follow(page, address)
    wait_for(lambda: line.streams == 1, "1 streams")
    tabs()
    wait_for(lambda: page.evaluate("document.hidden"), "the first tab to be hidden")
    page.clock.fast_forward(5_000)
    wait_for(lambda: line.streams == 0, "its stream to be closed")
    return page


# --- without scripts ----------------------------------------------------------------------------------------------


def test_without_scripts_the_page_is_complete(new_page, open_shop, job):
    open_shop.photo(job, caption="Before")
    page = new_page({}, java_script_enabled=False)
    page.goto(open_shop.path(job))

    expect(page.locator("#headline")).to_contain_text("Theo is coming")
    expect(page.locator(".eyebrow")).to_have_text(re.compile(r"Updated \d"), use_inner_text=True)
    expect(page.locator("#live")).to_be_hidden()
    photo = page.get_by_role("link", name="Before").get_attribute("href")
    assert page.request.get(photo).headers["content-type"] == "image/webp"

    open_shop.steps(job, "start")
    page.reload()
    expect_headline(page, "Theo is on the job")


def test_without_scripts_a_message_reaches_the_shop(new_page, open_shop, job):
    page = new_page({}, java_script_enabled=False)
    page.goto(open_shop.path(job))

    page.get_by_role("link", name="Get help").last.click()
    page.get_by_label("Your message").fill("The gate code is 4417.")
    page.get_by_role("button", name="Send message").click()

    expect(page.locator("h1")).to_have_text("Message sent")
    page.get_by_role("link", name="Back to your job").last.click()
    expect(page.locator("#headline")).to_be_visible()


def test_the_shop_sees_that_the_page_was_looked_at(phone, open_shop, job):
    phone.clock.install()
    follow(phone, open_shop.path(job))
    assert open_shop.again(open_shop.link(job)).opened_count == 0

    with phone.expect_response("**/seen"):
        phone.clock.fast_forward(2_000)

    assert open_shop.again(open_shop.link(job)).opened_count == 1
    assert clock.now() - open_shop.link(job).last_opened_at < timedelta(minutes=1)
