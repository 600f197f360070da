"""Share: one tap makes the link, copies it and opens the sheet. Revoke ends it."""

import base64
import re
from urllib.parse import unquote

import pytest
import zxingcpp
from playwright.sync_api import Page, expect

from portal.db import writing
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.inspection import Watched
from tests.browser.live import follow
from tests.conftest import wait_for

pytestmark = pytest.mark.browser

CLIPBOARD_IS_CLOSED = """
    Object.defineProperty(navigator, 'clipboard', { value: undefined })
    document.execCommand = () => false
"""
SPY_ON_CLIPBOARD_ITEM = """
    const Item = window.ClipboardItem
    window.ClipboardItem = class extends Item {
        constructor(parts) {
            super(parts)
            window.isPromised = parts['text/plain'] instanceof Promise
            window.wasInsideTheTap = navigator.userActivation.isActive
        }
    }
"""
PIXELS = """async png => {
    const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob())
    const canvas = new OffscreenCanvas(picture.width, picture.height).getContext('2d')
    canvas.drawImage(picture, 0, 0)
    const { data } = canvas.getImageData(0, 0, picture.width, picture.height)
    return [picture.height, picture.width, Array.from(data.filter((_value, at) => at % 4 === 0))]
}"""


@pytest.fixture
def job(open_shop):
    return open_shop.work_order("Carol Cruz", title="Kitchen tap")


@pytest.fixture
def on_the_job(new_page, signed_in, server, job):
    """Opens the job's page as Dana, with a clipboard that can be read, on a device."""

    def on_the_job(size: dict, *scripts: str, origin: str = "", **options) -> Page:
        page = new_page(size, **signed_in("Dana") | options)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
        for script in scripts:
            page.add_init_script(script)
        page.goto(f"{origin}/staff/work-orders/{job.id}")
        return page

    return on_the_job


def share(page: Page):
    """Tap Share. Gives the sheet."""
    page.get_by_role("button", name="Share", exact=True).click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_be_visible()
    return sheet


def clipboard(page: Page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


def address_in(sheet) -> str:
    return sheet.locator("#share-url").input_value()


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_one_tap_makes_the_link_copies_it_and_says_so(device, on_the_job, phone, open_shop, job):
    page = on_the_job(device)
    assert open_shop.link(job) is None

    sheet = share(page)

    expect(sheet.get_by_role("heading")).to_have_text("Link copied")
    expect(sheet.get_by_role("heading")).to_be_focused()
    copied = clipboard(page)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/portal/wo/[0-9a-z]{27}", copied)
    assert copied == address_in(sheet)
    assert follow(phone, copied)


def test_every_later_tap_gives_the_same_address(on_the_job):
    page = on_the_job(DESKTOP)
    share(page)
    first = clipboard(page)

    page.get_by_role("button", name="Close").click()
    page.evaluate("navigator.clipboard.writeText('something else')")
    expect(share(page).get_by_role("heading")).to_have_text("Link copied")
    assert clipboard(page) == first

    page.reload()
    page.evaluate("navigator.clipboard.writeText('something else')")
    expect(share(page).get_by_role("heading")).to_have_text("Link copied")
    assert clipboard(page) == first


def test_the_copy_begins_inside_the_tap_with_a_promise(on_the_job):
    """Safari lets nobody copy who waited for an answer first."""
    page = on_the_job(PHONE, SPY_ON_CLIPBOARD_ITEM)

    expect(share(page).get_by_role("heading")).to_have_text("Link copied")

    assert page.evaluate("[window.isPromised, window.wasInsideTheTap]") == [True, True]


def test_where_copying_is_refused_the_link_is_selected_and_the_sheet_says_so(on_the_job):
    page = on_the_job(DESKTOP, CLIPBOARD_IS_CLOSED)

    sheet = share(page)

    expect(sheet.get_by_role("heading")).to_have_text("Share link")
    expect(sheet.get_by_role("status")).to_contain_text("Your browser would not copy it")
    expect(sheet.locator("#share-url")).to_be_focused()
    selected = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert sheet.locator("#share-url").evaluate(selected) == address_in(sheet)


@pytest.fixture
def origin(server):
    """The shop under a name of its network's."""
    origin = server.url.replace("127.0.0.1", "shop.test")
    server.stop()
    server.environ["PUBLIC_BASE_URL"] = origin
    server.start()
    yield origin
    server.stop()
    del server.environ["PUBLIC_BASE_URL"]
    server.start()


def test_in_a_network_without_https_the_link_is_copied_the_old_way(on_the_job, origin, signed_in):
    cookies = signed_in("Dana")["storage_state"]["cookies"]
    elsewhere = {"storage_state": {"cookies": [cookie | {"domain": "shop.test"} for cookie in cookies], "origins": []}}
    page = on_the_job(DESKTOP, origin=origin, **elsewhere)
    assert page.evaluate("[isSecureContext, navigator.clipboard]") == [False, None]

    sheet = share(page)

    expect(sheet.get_by_role("heading")).to_have_text("Link copied")
    reader = page.context.new_page()
    reader.goto("/healthz")
    assert clipboard(reader) == address_in(sheet)


def test_copy_in_the_sheet_copies_once_more(on_the_job):
    page = on_the_job(DESKTOP)
    sheet = share(page)
    page.evaluate("navigator.clipboard.writeText('something else')")

    sheet.get_by_role("button", name="Copy").click()

    expect(sheet.get_by_role("button", name="Copied")).to_be_visible()
    assert clipboard(page) == address_in(sheet)


def test_the_ways_to_send_it_carry_the_link(on_the_job):
    sheet = share(on_the_job(PHONE))
    address = address_in(sheet)

    ways = {link.inner_text(): unquote(link.get_attribute("href")) for link in sheet.get_by_role("link").all()}

    assert ways["Text"].startswith("sms:5035550188?&body=Hi Carol, ")
    assert ways["WhatsApp"].startswith("https://wa.me/?text=Hi Carol, ")
    assert ways["Email"].startswith("mailto:")
    assert {name for name, way in ways.items() if way.endswith(f" {address}")} == {"Text", "WhatsApp", "Email"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_code_on_the_screen_can_be_scanned(scheme, on_the_job, browser):
    page = on_the_job(PHONE)
    page.emulate_media(color_scheme=scheme)
    sheet = share(page)
    sheet.get_by_text("Show a code to scan").click()

    picture = sheet.locator(".qr").screenshot()

    assert scanned(picture, browser) == address_in(sheet)


def scanned(picture: bytes, browser) -> str:
    """What a phone's camera reads from a screenshot."""
    blank = browser.new_page()
    height, width, grey = blank.evaluate(PIXELS, base64.b64encode(picture).decode())
    blank.context.close()
    code = zxingcpp.read_barcode(memoryview(bytes(grey)).cast("B", (height, width)))
    return code.text if code else "nothing"


def test_the_sheet_warns_that_this_link_opens_on_this_computer_only(on_the_job):
    expect(share(on_the_job(DESKTOP))).to_contain_text("This link opens on this computer only.")


def test_the_sheet_tells_when_the_customer_has_looked(on_the_job, phone, open_shop, job):
    page = on_the_job(DESKTOP)
    expect(share(page)).to_contain_text("Not opened yet")
    phone.clock.install()
    follow(phone, open_shop.path(job))
    with phone.expect_response("**/seen"):
        phone.clock.fast_forward(2_000)

    page.reload()

    expect(share(page)).to_contain_text("Opened once · last today at ")


def test_revoke_asks_first_and_share_then_makes_another_address(on_the_job, open_shop, job):
    page = on_the_job(DESKTOP)
    sheet = share(page)
    first = address_in(sheet)

    sheet.locator("summary", has_text="Revoke link").click()
    expect(sheet).to_contain_text("Anyone with the link will see “not found”.")
    sheet.get_by_role("button", name="Keep it").click()
    expect(sheet.get_by_role("button", name="Revoke link")).to_be_hidden()
    assert page.request.get(first).status == 200

    sheet.locator("summary", has_text="Revoke link").click()
    sheet.get_by_role("button", name="Revoke link").click()
    expect(page.get_by_text("Link revoked.")).to_be_visible()
    assert page.request.get(first).status == 404
    assert address_in(share(page)) != first


def test_no_connection_is_said_and_the_next_tap_works(on_the_job):
    page = on_the_job(PHONE)
    page.context.set_offline(True)
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("no connection")

    page.context.set_offline(False)

    expect(share(page).get_by_role("heading")).to_have_text("Link copied")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_somebody_signed_out_meanwhile_is_told(on_the_job):
    page = on_the_job(PHONE)
    page.context.clear_cookies()

    page.get_by_role("button", name="Share", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("Reload this page")


def test_without_scripts_share_and_revoke_are_plain_forms(on_the_job, phone, server):
    page = on_the_job(DESKTOP, java_script_enabled=False)

    sheet = share(page)
    address = address_in(sheet)
    assert phone.request.get(address).status == 200
    expect(sheet.get_by_role("heading")).to_have_text("Share link")

    sheet.locator("summary", has_text="Revoke link").click()
    sheet.get_by_role("button", name="Revoke link").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert phone.request.get(address).status == 404


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_in_the_sheet(device, on_the_job):
    watched = Watched(on_the_job(device))
    sheet = share(watched.page)
    sheet.get_by_text("Show a code to scan").click()
    sheet.locator("summary", has_text="Revoke link").click()
    expect(sheet.get_by_role("button", name="Revoke link")).to_be_visible()

    assert watched.axe("light") == []
    assert watched.axe("dark") == []
    assert watched.small_targets() == []
    for width, text_percent in ((320, 100), (390, 200)):
        with watched.narrowed(width, text_percent):
            assert watched.cut_off() == []
    assert watched.complaints == []


def test_escape_closes_the_sheet_and_a_tap_beside_it_too(on_the_job):
    page = on_the_job(DESKTOP)
    share(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()

    share(page)
    page.mouse.click(10, 10)
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_two_people_who_share_at_once_get_the_same_link(on_the_job, new_page, signed_in, job):
    pages = [on_the_job(DESKTOP), new_page(DESKTOP, **signed_in("Olive"))]
    pages[1].goto(f"/staff/work-orders/{job.id}")
    assert pages[0].locator("form[data-share][data-url]").count() == 0

    for page in pages:
        page.evaluate("document.querySelector('form[data-share]').requestSubmit()")

    wait_for(lambda: all(page.get_by_role("dialog").is_visible() for page in pages), "both sheets")
    assert address_in(pages[0].get_by_role("dialog")) == address_in(pages[1].get_by_role("dialog"))


def test_a_link_whose_key_is_lost_says_so_and_can_still_be_revoked(on_the_job, open_shop, job):
    open_shop.token(job)
    with writing():
        open_shop.link(job).key_id = "lost"
    page = on_the_job(DESKTOP)
    page.evaluate("navigator.clipboard.writeText('something else')")

    sheet = share(page)

    expect(sheet).to_contain_text("it can’t be shown again")
    expect(sheet.get_by_role("heading")).to_have_text("Share link")
    assert clipboard(page) == "something else"
    sheet.locator("summary", has_text="Revoke link").click()
    sheet.get_by_role("button", name="Revoke link").click()
    expect(page.get_by_text("Link revoked.")).to_be_visible()
