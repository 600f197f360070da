"""The open page of a customer on a bad line: it says how fresh it is, never gives up, and misses nothing."""

import re

import pytest
from playwright.sync_api import expect

from portal.domain import links
from tests.browser.live import expect_headline, expect_label, expect_wiped, follow, is_the_same_page
from tests.conftest import wait_for

pytestmark = pytest.mark.browser
S = 1000


@pytest.fixture
def job(open_shop):
    return open_shop.work_order("Carol Cruz", title="Kitchen tap")


@pytest.fixture
def page(phone, open_shop, job, line):
    """A live page behind the line, whose clock can be turned on."""
    phone.clock.install()
    return follow(phone, line.url + open_shop.path(job))


def toast(page):
    return page.locator("#toast")


def test_a_dropped_stream_comes_back_by_itself(page, open_shop, job, line):
    line.cut()
    wait_for(lambda: line.streams == 1, "a new stream")

    open_shop.steps(job, "start")

    expect_headline(page, "Theo is on the job")
    expect_label(page, "Live")


def test_a_change_while_the_stream_is_down_is_not_missed(page, open_shop, job, line):
    line.go_down()
    open_shop.steps(job, "start")
    line.come_up()

    expect_headline(page, "Theo is on the job")
    expect_label(page, "Live")
    assert is_the_same_page(page)


def test_a_revoke_while_the_stream_is_down_wipes_the_page(page, open_shop, job, line):
    line.go_down()
    open_shop.do(links.revoke, job)
    line.come_up()

    expect_wiped(page)


def test_after_a_restart_of_the_server_the_page_catches_up(page, server, open_shop, job):
    server.kill()
    open_shop.steps(job, "start")
    server.start()

    expect_headline(page, "Theo is on the job")
    expect_label(page, "Live")
    assert is_the_same_page(page)


def test_a_server_that_stops_in_order_is_taken_for_a_short_break(page, server, open_shop, job):
    assert server.stop() == 0
    server.start()
    open_shop.steps(job, "start")

    expect_headline(page, "Theo is on the job")
    expect_label(page, "Live")
    expect(toast(page)).to_be_empty()


def test_nothing_is_said_of_a_short_break_and_all_of_a_long_one(page, line):
    line.go_down()
    wait_for(lambda: line.streams == 0, "the stream to break")
    expect_label(page, "Live")

    page.clock.run_for(4 * S)
    expect_label(page, "Reconnecting…")
    expect(toast(page)).to_be_empty()

    page.clock.run_for(20 * S)
    expect(toast(page)).to_have_text(
        re.compile(
            r"^We can’t reach Brightwater Plumbing right now\. Last updated at \d+:\d\d [ap]m\. We’ll keep trying\.$"
        )
    )

    line.come_up()
    page.clock.run_for(60 * S)
    expect_label(page, "Live")
    expect(toast(page)).to_be_empty()


def test_a_line_that_went_silent_is_noticed(page, open_shop, job, line):
    line.stall()
    page.clock.run_for(40 * S)
    page.clock.run_for(4 * S)
    expect_label(page, "Reconnecting…")

    open_shop.steps(job, "start")
    line.flow()

    expect_headline(page, "Theo is on the job")
    expect_label(page, "Live")


def test_offline_is_said_at_once_and_online_catches_up(page, open_shop, job):
    page.context.set_offline(True)
    expect_label(page, "Offline")
    expect(toast(page)).to_have_text(re.compile(r"^You’re offline\. This is how things stood at \d+:\d\d [ap]m\.$"))
    assert page.locator("#headline").is_visible()

    open_shop.steps(job, "start")
    page.context.set_offline(False)

    expect_headline(page, "Theo is on the job")
    expect_label(page, "Live")
    expect(toast(page)).to_be_empty()
    assert is_the_same_page(page)


def test_a_revoke_while_offline_wipes_the_page_once_it_is_online(page, open_shop, job):
    page.context.set_offline(True)
    expect_label(page, "Offline")
    open_shop.do(links.revoke, job)

    page.context.set_offline(False)

    expect_wiped(page)


def test_behind_a_proxy_that_holds_streams_back_the_page_asks_by_itself(page, open_shop, job, line):
    line.holds_streams_back = True
    page.reload()
    page.evaluate("window.isTheSamePage = true")
    assert page.locator("#live").inner_text() == ""

    for _try in range(3):
        page.clock.run_for(8 * S)
    expect_label(page, "Up to date")

    open_shop.steps(job, "start")
    page.clock.run_for(20 * S)
    expect_headline(page, "Theo is on the job")
    expect_label(page, "Up to date")
    expect(toast(page)).to_be_empty()
    assert is_the_same_page(page)


def test_where_there_is_no_room_for_one_more_stream_the_page_asks_by_itself(page, open_shop, job):
    refused = []
    page.route("**/live", lambda route: refused.append(route.fulfill(status=503)))
    page.reload()
    expect_label(page, "Up to date")

    open_shop.steps(job, "start")
    page.clock.run_for(20 * S)
    expect_headline(page, "Theo is on the job")
    assert refused

    page.unroute("**/live")
    page.clock.run_for(60 * S)
    expect_label(page, "Live")


def test_trouble_on_our_side_wipes_nothing(page, open_shop, job):
    address = f"**{open_shop.path(job)}"
    page.route(address, lambda route: route.fulfill(status=500, body="broken"))
    with page.expect_response(address):
        open_shop.steps(job, "start")
    page.clock.run_for(4 * S)
    expect_label(page, "Reconnecting…")
    expect(page.locator("#headline")).to_contain_text("Theo is coming")

    page.unroute(address)
    open_shop.steps(job, "complete")

    expect_headline(page, "All done")
    expect_label(page, "Live")


def test_a_page_that_is_no_page_of_ours_is_not_put_in_its_place(page, open_shop, job):
    """A hotel's sign-in page answers 200 to everything."""
    hotel, address = "<main id=main><h1>Welcome to our Wi-Fi</h1></main>", f"**{open_shop.path(job)}"
    page.route(address, lambda route: route.fulfill(body=hotel, content_type="text/html"))
    with page.expect_response(address):
        open_shop.steps(job, "start")
    page.clock.run_for(4 * S)

    expect_label(page, "Reconnecting…")
    expect(page.locator("#headline")).to_contain_text("Theo is coming")
