"""Quote and invoice in a browser: sheets, ticks, answers on every open screen, paper; light, dark and narrow."""

from datetime import date
from decimal import Decimal
from time import monotonic

import brotli
import pytest
import requests
from playwright.sync_api import expect

from models import Answer, Method
from portal.db import writing
from portal.demo.jobs import SIGNATURE
from portal.domain import documents, invoices, links, payments, quotes
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import PLACE
from tests.browser.inspection import EverybodyCanUseIt, Watched
from tests.browser.live import expect_wiped, follow
from tests.factories import line

pytestmark = pytest.mark.browser

TAX = {"tax": Decimal("7.9"), "tax_name": "Sales tax"}
SOLD = (
    line("50-gallon water heater", "1180.00", details="Rheem Performance, 6-year warranty", **TAX),
    line("Labor: remove and install", "85.00", "7.5", unit="h", is_hourly=True, **TAX),
    line("Brass ball valve, ¾ in", "38.00", "2", unit="pieces", **TAX),
    line("Druckminderungsventilbaugruppenhalterung", "118.00", discount_percent=Decimal(10), **TAX),
)
EXTRAS = (
    line("Drain pan", "145.00", details="Shuts the water off", is_optional=True, is_chosen=False, **TAX),
    line("Yearly flush", "89.00", is_optional=True, is_chosen=False, **TAX),
)


@pytest.fixture(scope="module", autouse=True)
def talkative_shop(open_shop):
    with writing():
        shop = open_shop.profile
        shop.street, shop.locality, shop.licence = "210 Burnside Road", "Portland, OR 97214", "CCB 204118"
        shop.tax_id, shop.email, shop.how_to_pay = "93-0204118", "office@shop.example", "Bank transfer to\n0042 1180 77"
        shop.footer = "Thank you."


def sent(shop):
    words = {
        "title": "Water heater, and removal of the old one",
        "terms": "12 months of warranty.",
        "message": "Dear C,",
    }
    return shop.quote(lines=SOLD + EXTRAS, work_order=shop.work_order(), is_sent=True, **words)


def revised(shop):
    quote = sent(shop)
    shop.app.test_client().post(shop.path(quote, "/seen?revision=1"))
    lines = [line("Permit", "75.00", **TAX), *map(documents.values_of, quote.lines[1:])]
    shop.do(documents.save, quote, lines=lines, seen=quote.edition)
    shop.do(quotes.send, quote)
    return quote


def answered(shop, verb, **values):
    quote = sent(shop)
    shop.do(verb, quote, revision=1, by=None, **values)
    return quote


def issued(shop, **values):
    return shop.invoice(lines=SOLD, work_order=shop.work_order(), is_issued=True, **values)


def paid(shop, amount=None):
    invoice = issued(shop)
    values = {"amount": amount or invoice.total, "method": Method.CHECK, "paid_on": date(2026, 11, 22)}
    shop.do(payments.record, invoice, **values)
    return invoice


def huge(shop):
    name = "Wolfeschlegelsteinhausenbergerdorff Maximiliana"
    return shop.invoice(name, lines=(line("Ventilbaugruppe" * 6, "9876543.10", "123", unit="pieces"),), is_issued=True)


STATES = {
    "sent": sent,
    "revised": revised,
    "approved": lambda shop: answered(shop, quotes.approve, name="Carol Cruz", path=SIGNATURE),
    "approved by typing": lambda shop: answered(shop, quotes.approve, name="Carolina Maximiliana Cruz-Wolfeschlegel"),
    "changes requested": lambda shop: answered(shop, quotes.request_changes, body="Cheaper, please"),
    "declined": lambda shop: answered(shop, quotes.decline),
    "issued": issued,
    "part paid": lambda shop: paid(shop, 50_000),
    "paid": paid,
    "credited": lambda shop: shop.do(invoices.credit, issued(shop)),
    "huge": huge,
}
SHEETS = {"approve": "Approve quote", "request_changes": "Request changes", "decline": "Decline this quote"}


@pytest.fixture(scope="module", params=[*STATES, *SHEETS, "form", "stale"])
def state(request) -> str:
    return request.param


@pytest.fixture(scope="module", params=["phone", "desktop"])
def opened(request, browser, server, open_shop, state):
    size = {"phone": PHONE, "desktop": DESKTOP}[request.param]
    context = browser.new_context(base_url=server.url, reduced_motion="reduce", **PLACE, **size)
    watched = Watched(context.new_page())
    record = STATES.get(state, sent)(open_shop)
    path = open_shop.path(record)
    watched.page.goto(f"{path}/approve" if state == "form" else path)
    if state in SHEETS:
        watched.page.locator(f"#answer [data-open={state}-sheet]").click()
        expect(watched.page.locator(f"#{state}-sheet")).to_be_visible()
    if state == "stale":
        watched.page.locator("#answer [data-open=approve-sheet]").click()
        watched.page.get_by_label("Your full name").fill("Carol Cruz")
        watched.page.evaluate("document.querySelector('[name=revision]').value = 7")
        watched.page.locator("#approve-sheet").get_by_role("button", name="Approve quote").click()
        expect(watched.page.get_by_role("alert")).to_be_visible()
    yield watched
    context.close()


class TestEachPage(EverybodyCanUseIt):
    pass


def test_the_browser_has_nothing_to_complain_of(opened, server):
    assert opened.complaints == []
    assert opened.asked_elsewhere(server.url) == []


# --- answering ----------------------------------------------------------------------------------------------------


def total(page) -> str:
    return page.locator("#headline bdi").inner_text()


def answer_sheet(page, verb):
    page.locator(f"#answer [data-open={verb}-sheet]").click()
    return page.locator(f"#{verb}-sheet")


def test_what_is_ticked_is_added_up_by_the_server_and_approved(phone, open_shop):
    quote = sent(open_shop)
    follow(phone, open_shop.path(quote))
    before = total(phone)
    phone.get_by_label("Drain pan").check()
    expect(phone.locator("#headline bdi")).not_to_have_text(before)
    after = total(phone)
    expect(phone.get_by_label("Drain pan")).to_be_checked()
    expect(phone.get_by_label("Drain pan")).to_be_focused()

    sheet = answer_sheet(phone, "approve")
    expect(sheet).to_contain_text(after)
    sheet.get_by_label("Your full name").fill("Carol Cruz")
    box = sheet.locator("[data-pad] svg").bounding_box()
    phone.mouse.move(box["x"] + 20, box["y"] + 20)
    phone.mouse.down()
    phone.mouse.move(box["x"] + 120, box["y"] + 60, steps=6)
    phone.mouse.up()
    sheet.get_by_role("button", name="Approve quote").click()

    expect(phone.locator("#status")).to_contain_text("You approved this quote")
    assert total(phone) == after
    open_shop.again(quote)
    kept = quote.answers[0]
    assert (kept.name, kept.chosen) == ("Carol Cruz", [quote.lines[4].id])
    assert kept.path.startswith("M")
    assert kept.path.count("L") > 3


def test_asking_for_changes_shows_on_the_page(phone, open_shop):
    follow(phone, open_shop.path(sent(open_shop)))
    sheet = answer_sheet(phone, "request_changes")
    sheet.get_by_label("Tell us in your own words").fill("Without the valve")
    sheet.get_by_role("button", name="Send").click()
    expect(phone.locator("#status")).to_contain_text("We got your message")
    expect(phone.locator("#status")).to_contain_text("Without the valve")


def test_declining_shows_on_the_page(phone, open_shop):
    follow(phone, open_shop.path(sent(open_shop)))
    sheet = answer_sheet(phone, "decline")
    sheet.get_by_label("The timing").check()
    sheet.get_by_role("button", name="Decline quote").click()
    expect(phone.locator("#status")).to_contain_text("This quote was declined")


def test_a_sheet_closes_without_an_answer(phone, open_shop):
    quote = sent(open_shop)
    follow(phone, open_shop.path(quote))
    sheet = answer_sheet(phone, "approve")
    sheet.get_by_text("Not yet").click()
    expect(sheet).to_be_hidden()
    answer_sheet(phone, "approve")
    phone.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    assert open_shop.count(Answer, quote_id=quote.id) == 0


def test_the_bar_comes_when_the_buttons_scroll_away(phone, open_shop):
    follow(phone, open_shop.path(sent(open_shop)))
    expect(phone.locator("#bar")).to_be_hidden()
    phone.locator("#paper .terms").last.scroll_into_view_if_needed()
    expect(phone.locator("#bar")).to_be_visible()
    expect(phone.locator("#bar")).to_contain_text(f"Approve · {total(phone)}")


def test_without_a_script_it_is_approved_by_plain_pages(new_page, open_shop):
    page = new_page(PHONE, java_script_enabled=False)
    page.goto(open_shop.path(sent(open_shop)))
    before = total(page)
    page.get_by_label("Drain pan").check()
    page.get_by_role("button", name="Update total").click()
    after = total(page)
    assert after != before
    page.get_by_role("link", name="Approve quote").click()
    expect(page.locator("main")).to_contain_text(after)
    page.get_by_role("button", name="Approve quote").click()
    expect(page.locator("#name-error")).to_have_text("Enter your full name.")
    page.get_by_label("Your full name").fill("Carol Cruz")
    page.get_by_role("button", name="Approve quote").click()
    expect(page.locator("#status")).to_contain_text("You approved this quote")
    assert total(page) == after
    expect(page.locator("#answer [data-print]")).to_be_hidden()
    expect(page.locator("#answer").get_by_role("link", name="Save as PDF")).to_be_visible()


# --- live ---------------------------------------------------------------------------------------------------------


def test_an_approval_appears_on_every_open_screen(phone, desktop, open_shop):
    path = open_shop.path(sent(open_shop))
    for page in (phone, desktop):
        follow(page, path)
    sheet = answer_sheet(phone, "approve")
    sheet.get_by_label("Your full name").fill("Carol Cruz")
    sheet.get_by_role("button", name="Approve quote").click()
    expect(desktop.locator("#status")).to_contain_text("You approved this quote")
    expect(desktop.locator("#approve-sheet")).to_have_count(0)


def test_a_new_revision_appears_while_a_name_is_typed_and_keeps_it(phone, open_shop):
    quote = sent(open_shop)
    follow(phone, open_shop.path(quote))
    answer_sheet(phone, "approve").get_by_label("Your full name").fill("Carol Cruz")
    lines = [line("Smaller heater", "900.00", **TAX)]
    open_shop.do(documents.save, quote, lines=lines, seen=quote.edition)
    open_shop.do(quotes.send, quote)
    expect(phone.locator("#paper")).to_contain_text("Smaller heater")
    expect(phone.locator("#approve-sheet")).to_be_hidden()
    sheet = answer_sheet(phone, "approve")
    expect(sheet.get_by_label("Your full name")).to_have_value("Carol Cruz")
    sheet.get_by_role("button", name="Approve quote").click()
    expect(phone.locator("#status")).to_contain_text("You approved this quote")


def test_a_payment_appears_on_the_open_invoice(phone, open_shop):
    invoice = issued(open_shop)
    follow(phone, open_shop.path(invoice))
    values = {"amount": 50_000, "method": Method.CASH, "paid_on": date(2026, 11, 22)}
    open_shop.do(payments.record, invoice, **values)
    expect(phone.locator("#status")).to_contain_text("Partly paid")
    expect(phone.locator("#paper")).to_contain_text("Balance due")


def test_a_revoked_quote_wipes_itself(phone, open_shop):
    quote = sent(open_shop)
    follow(phone, open_shop.path(quote))
    open_shop.do(links.revoke, quote)
    expect_wiped(phone)


# --- paper and weight ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [sent, issued], ids=["quote", "invoice"])
def test_paper_shows_the_letterhead_and_nothing_to_press(phone, open_shop, make):
    phone.goto(open_shop.path(make(open_shop)))
    phone.emulate_media(media="print", color_scheme="dark")
    expect(phone.locator("#paper")).to_be_visible()
    for gone in ("#status", "#top", "#foot", "#options", "#toast"):
        expect(phone.locator(gone)).to_be_hidden() if phone.locator(gone).count() else None
    color = phone.evaluate("getComputedStyle(document.querySelector('#paper h2')).color")
    assert color == "rgb(0, 0, 0)"


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_usual_invoice_prints_on_one_page(phone, open_shop, paper):
    phone.goto(open_shop.path(issued(open_shop)))
    assert phone.pdf(format=paper).count(b"/Type /Page\n") == 1


def test_the_approval_is_printed_with_its_signature(phone, open_shop):
    phone.goto(open_shop.path(STATES["approved"](open_shop)))
    phone.emulate_media(media="print")
    expect(phone.locator("#paper .signature svg")).to_be_visible()
    expect(phone.locator("#paper")).to_contain_text("Signed by Carol Cruz")


def squeezed(address: str) -> int:
    return len(brotli.compress(requests.get(address, timeout=10).content, quality=11))


def test_a_quote_and_an_invoice_fit_into_ten_kilobytes(server, open_shop):
    for make in (revised, issued):
        assert squeezed(server.url + open_shop.path(make(open_shop))) <= 10_000


def test_all_scripts_together_fit_into_four_kilobytes_and_a_half(phone, open_shop):
    watched = Watched(phone)
    follow(phone, open_shop.path(sent(open_shop)))
    scripts = {url for url in watched.requests if url.endswith(".js")}
    assert {url.rsplit("/", 1)[1] for url in scripts} == {"quote.js", "live.js", "page.js", "seen.js", "pad.js"}
    assert sum(map(squeezed, scripts)) <= 4_500


def test_six_hundred_lines_open_within_two_seconds_and_scroll(phone, open_shop):
    path = open_shop.path(open_shop.invoice(lines=tuple(line(f"Part {n}", "1.25", "3") for n in range(600))))
    started = monotonic()
    phone.goto(path)
    expect(phone.locator("#headline")).to_be_visible()
    assert monotonic() - started < 2
    phone.locator("#paper .sums__total").first.scroll_into_view_if_needed()
    expect(phone.locator("#paper .sums__total").first).to_be_in_viewport()
    assert Watched(phone).cut_off() == []


def test_each_revision_on_the_screen_is_seen(phone, open_shop):
    quote = sent(open_shop)
    path = open_shop.path(quote)
    with phone.expect_request(lambda request: request.url.endswith("/seen?revision=1")):
        follow(phone, path)
    open_shop.do(documents.save, quote, lines=[line("Smaller", "900.00")], seen=quote.edition)
    with phone.expect_request(lambda request: request.url.endswith("/seen?revision=2")):
        open_shop.do(quotes.send, quote)
    expect(phone.locator("#changes")).to_contain_text("Smaller")


# --- from right to left ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("make", [sent, issued], ids=["quote", "invoice"])
def test_from_right_to_left_nothing_is_cut_off(new_page, open_shop, make, size):
    document = make(open_shop)
    with writing():
        document.customer.locale = "ar"  # the language of tests/pseudo.py
    watched = Watched(new_page(size))
    watched.page.goto(open_shop.path(document))
    expect(watched.page.locator("html")).to_have_attribute("dir", "rtl")

    for width in (320, size["viewport"]["width"]):
        with watched.narrowed(width, 100):
            assert watched.cut_off() == []
    assert watched.axe("light") == []
    with writing():
        document.customer.locale = ""
