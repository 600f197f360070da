"""Paying in a browser, on Stripe's page and back: every open screen turns paid; cancelled, in part, by bank debit."""

import shutil
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

import portal.live
from models import Method, Payment, Role
from portal import clock
from portal.db import writing
from portal.domain import invoices, payments
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import PLACE, PseudoServer
from tests.browser.inspection import Watched
from tests.browser.live import follow, is_the_same_page, stay
from tests.conftest import free_port, wait_for
from tests.factories import line
from tests.fake_stripe import FakeStripe

pytestmark = pytest.mark.browser

SOLD = (line("50-gallon water heater", "1180.00", tax=Decimal("7.9"), tax_name="Sales tax"),)
THANKS = "Thank you. We’re confirming your payment…"


@pytest.fixture(scope="module")
def stripe():
    with FakeStripe() as running:
        yield running


@pytest.fixture(scope="module")
def server(empty_database, tmp_path_factory, stripe):
    """The real server, which takes payments, and whom Stripe tells what happened."""
    folder = tmp_path_factory.mktemp("data")
    shutil.copy(empty_database, folder / "porchlight.db")
    running = PseudoServer(folder, free_port(), **stripe.environ)
    stripe.hook_url = f"{running.url}/hooks/stripe"
    yield running
    if running.process.poll() is None:
        running.kill()


@pytest.fixture(autouse=True)
def all_is_well(stripe, server):
    yield
    stripe.is_down = False
    stripe.hangs.clear()
    stripe.hook_url = f"{server.url}/hooks/stripe"


@pytest.fixture
def invoice(open_shop):
    """1,273.22 in all."""
    return open_shop.invoice(lines=SOLD, work_order=open_shop.work_order(), is_issued=True)


def card(page: Page):
    return page.locator("#status")


def pay_button(page: Page):
    return page.locator("#pay button").first


def to_stripe(page: Page, stripe) -> None:
    pay_button(page).click()
    page.wait_for_url(f"{stripe.url}/**")


def paid_on(page: Page) -> None:
    expect(card(page)).to_contain_text("Thank you.")
    expect(page.locator("#headline")).to_contain_text("Amount paid")
    expect(page.locator("#pay")).to_have_count(0)


def test_one_of_two_phones_pays_and_both_turn_paid(phone, new_page, open_shop, stripe, invoice):
    path, other = open_shop.path(invoice), new_page(PHONE)
    for page in (phone, other):
        follow(page, path)
        expect(pay_button(page)).to_have_text("Pay now · $1,273.22")
    to_stripe(phone, stripe)
    expect(phone.locator("h1")).to_contain_text("127322 usd")
    phone.get_by_role("button", name="Pay", exact=True).click()
    phone.wait_for_url("**/portal/invoice/**")
    for page in (phone, other):
        paid_on(page)
    assert is_the_same_page(other)
    assert open_shop.count(Payment, invoice_id=invoice.id, amount=127_322) == 1


def test_while_it_is_confirmed_the_page_says_so_and_asks_for_nothing(phone, open_shop, stripe, invoice):
    phone.goto(open_shop.path(invoice))
    to_stripe(phone, stripe)
    stripe.hook_url = ""  # Stripe's message is lost, and its answer takes its time
    stripe.hangs.set()
    phone.get_by_role("button", name="Pay", exact=True).click()
    expect(card(phone)).to_contain_text(THANKS)
    expect(phone.locator("#pay")).to_have_count(0)
    stripe.hangs.clear()
    paid_on(phone)


def test_who_comes_back_without_paying_is_not_scolded_and_can_pay(phone, open_shop, stripe, invoice):
    phone.goto(open_shop.path(invoice))
    to_stripe(phone, stripe)
    first = phone.url
    phone.get_by_role("link", name="Cancel").click()
    expect(card(phone)).to_contain_text("Nothing was paid. You can pay whenever you like.")
    to_stripe(phone, stripe)
    assert phone.url == first
    phone.go_back()
    to_stripe(phone, stripe)
    phone.get_by_role("button", name="Pay", exact=True).click()
    paid_on(phone)


def test_without_a_script_it_is_paid_all_the_same(new_page, open_shop, stripe, invoice):
    page = new_page(PHONE, java_script_enabled=False)
    page.goto(open_shop.path(invoice))
    to_stripe(page, stripe)
    page.get_by_role("button", name="Pay", exact=True).click()
    page.wait_for_url("**/portal/invoice/**")
    paid_on(page)  # where it was still being confirmed, the page has loaded itself again


def test_a_bank_debit_is_on_its_way_and_cannot_be_paid_twice(phone, desktop, open_shop, stripe, invoice):
    for page in (phone, desktop):
        follow(page, open_shop.path(invoice))
    to_stripe(phone, stripe)
    session = phone.url.rsplit("/", 1)[1]
    phone.get_by_role("button", name="Pay by bank debit").click()
    for page in (phone, desktop):
        expect(card(page)).to_contain_text("Your bank is passing your payment on")
        expect(page.locator("#pay")).to_have_count(0)
    stripe.bank_says(session, is_good=True)
    for page in (phone, desktop):
        paid_on(page)


def test_a_bank_that_refuses_is_told_and_paying_is_offered_again(phone, open_shop, stripe, invoice):
    phone.goto(open_shop.path(invoice))
    to_stripe(phone, stripe)
    session = phone.url.rsplit("/", 1)[1]
    phone.get_by_role("button", name="Pay by bank debit").click()
    expect(card(phone)).to_contain_text("Your bank is passing your payment on")
    stripe.bank_says(session, is_good=False)
    expect(card(phone)).to_contain_text("Your bank didn’t let the payment through")
    expect(pay_button(phone)).to_be_visible()


def test_a_part_is_paid_where_the_shop_allows_it(phone, open_shop, stripe, invoice):
    with writing():
        open_shop.profile.allows_part_payments = True
    follow(phone, open_shop.path(invoice))
    phone.get_by_text("Pay another amount").click()
    phone.get_by_label("Amount", exact=True).fill("2000")
    phone.get_by_role("button", name="Pay this amount").click()
    expect(phone.locator("#amount-error")).to_have_text("Enter at most 1,273.22.")
    expect(phone.get_by_label("Amount", exact=True)).to_have_value("2000")
    phone.get_by_label("Amount", exact=True).fill("273.22")
    phone.get_by_role("button", name="Pay this amount").click()
    phone.wait_for_url(f"{stripe.url}/**")
    phone.get_by_role("button", name="Pay", exact=True).click()
    expect(card(phone)).to_contain_text("$273.22 of $1,273.22 is paid.")
    expect(pay_button(phone)).to_have_text("Pay now · $1,000.00")
    with writing():
        open_shop.profile.allows_part_payments = False


def test_the_deposit_is_paid_first_and_then_the_rest(phone, open_shop, stripe):
    invoice = open_shop.invoice(lines=SOLD, is_issued=True, deposit_percent=Decimal(50))
    phone.goto(open_shop.path(invoice))
    expect(phone.locator("#pay button")).to_have_text(["Pay the deposit · $636.61", "Pay it all · $1,273.22"])
    to_stripe(phone, stripe)
    phone.get_by_role("button", name="Pay", exact=True).click()
    expect(phone.locator("#pay button")).to_have_text(["Pay now · $636.61"])


def test_in_another_language_the_way_there_and_back_is_the_same(phone, open_shop, stripe, invoice):
    with writing():
        invoice.customer.locale = "de"
    phone.goto(open_shop.path(invoice))
    expect(phone.locator("html")).to_have_attribute("lang", "de")
    to_stripe(phone, stripe)
    phone.get_by_role("button", name="Pay", exact=True).click()
    expect(card(phone)).to_contain_text("Bezahlt")
    expect(phone.locator("html")).to_have_attribute("lang", "de")
    with writing():
        invoice.customer.locale = ""


def test_a_stripe_out_of_reach_leads_back_to_the_invoice(phone, open_shop, stripe, invoice):
    phone.goto(open_shop.path(invoice))
    stripe.is_down = True
    pay_button(phone).click()
    expect(phone.locator("h1")).to_have_text("We can’t reach the payment page right now")
    expect(phone.locator("main")).to_contain_text("You haven’t paid anything, and nothing is lost.")
    stripe.is_down = False
    pay_button(phone).click()
    phone.wait_for_url(f"{stripe.url}/**")


def test_the_bar_pays_where_the_buttons_have_scrolled_away(phone, open_shop, stripe, invoice):
    follow(phone, open_shop.path(invoice))
    expect(phone.locator("#bar")).to_be_hidden()
    phone.locator("#foot").scroll_into_view_if_needed()
    phone.locator("#bar").get_by_role("button", name="Pay now").click()
    phone.wait_for_url(f"{stripe.url}/**")


# --- the office -----------------------------------------------------------------------------------------------------


def test_money_for_a_void_invoice_is_flagged_at_once_and_paid_back(phone, office, open_shop, stripe, invoice):
    phone.goto(open_shop.path(invoice))
    to_stripe(phone, stripe)
    office.goto("/staff/")
    expect(office.locator("#what-waits")).not_to_contain_text("needs a look")
    stripe.hangs.set()  # Stripe hears too late that nobody should pay any more
    open_shop.do(invoices.void, invoice)
    phone.get_by_role("button", name="Pay", exact=True).click()
    stripe.hangs.clear()
    office.locator("#what-waits").get_by_text("1 payment needs a look").click()
    expect(office.get_by_text("Money came for a void invoice")).to_be_visible()
    office.get_by_role("link", name="Open the invoice").click()
    office.get_by_text("Pay back", exact=True).click()
    office.get_by_role("button", name="Pay it back now").click()
    expect(office.locator("[data-snack]")).to_contain_text("$1,273.22 is on its way back.")
    expect(office.get_by_text("Money came for a void invoice")).to_have_count(0)
    office.goto("/staff/payments?tab=look")
    expect(office.get_by_text("Nothing needs a look")).to_be_visible()


def test_the_offices_open_page_turns_paid_by_itself(phone, office, open_shop, stripe, invoice):
    path = open_shop.path(invoice)
    stay(office, f"/staff/invoices/{invoice.id}")
    expect(office.locator("#document-head .pill")).to_have_text("To be paid")
    expect(office.get_by_text("Void", exact=True)).to_be_visible()
    phone.goto(path)
    expect(office.locator("#document-facts")).to_contain_text("Opened once")
    to_stripe(phone, stripe)
    phone.get_by_role("button", name="Pay", exact=True).click()
    expect(office.locator("#document-head .pill")).to_have_text("Paid")
    expect(office.locator("#payments-balance")).to_contain_text("$0.00")
    expect(office.locator("#payments-made")).to_contain_text("$1,273.22")
    expect(office.get_by_text("Pay back", exact=True)).to_be_visible()
    expect(office.get_by_text("Void", exact=True)).to_have_count(0)
    expect(office.locator("#document-activity")).to_contain_text("$1,273.22")
    assert is_the_same_page(office)


def test_what_was_unfolded_follows_once_it_is_folded_again(office, open_shop, invoice):
    stay(office, f"/staff/invoices/{invoice.id}")
    void = office.get_by_text("Void", exact=True)
    void.click()
    pay = {"amount": 127322, "method": Method.CASH, "paid_on": clock.today("UTC")}
    open_shop.do(payments.record, invoice, **pay)
    expect(office.locator("#document-head .pill")).to_have_text("Paid")
    expect(void).to_be_visible()
    void.click()
    expect(void).to_have_count(0, timeout=portal.live.BEAT_S * 2000)
    assert is_the_same_page(office)


def test_who_is_of_the_office_no_more_loses_its_open_pages(office, open_shop, invoice):
    stay(office, f"/staff/invoices/{invoice.id}")
    was = open_shop.dana.role
    with writing():
        open_shop.dana.role = Role.TECHNICIAN
    with office.expect_navigation():
        open_shop.message(invoice)
    expect(office.get_by_text(invoice.title)).to_have_count(0)
    with writing():
        open_shop.dana.role = was


def test_a_payment_that_is_being_written_down_stays_while_another_comes(phone, office, open_shop, stripe, invoice):
    phone.goto(open_shop.path(invoice))
    to_stripe(phone, stripe)
    stay(office, f"/staff/invoices/{invoice.id}")
    reference = office.get_by_label("Reference")
    office.get_by_text("Record a payment").click()
    office.get_by_label("How", exact=True).select_option("Check")
    reference.fill("Check 10")
    phone.get_by_role("button", name="Pay", exact=True).click()
    expect(office.locator("#document-head .pill")).to_have_text("Paid")
    expect(office.locator("#payments-balance")).to_contain_text("$0.00")
    expect(reference).to_be_focused()
    office.keyboard.type("42")
    assert is_the_same_page(office)
    office.get_by_role("button", name="Save the payment").click()
    expect(office.get_by_text("A payment came in meanwhile.").first).to_be_visible()
    expect(reference).to_have_value("Check 1042")
    with office.expect_response("**/news"):
        open_shop.message(invoice)
    expect(office.locator("#document-letters")).to_contain_text("Please call me.")
    expect(reference).to_have_value("Check 1042")
    expect(office.get_by_label("How", exact=True)).to_have_value("check")
    assert open_shop.count(Payment, invoice_id=invoice.id) == 1


# --- how it looks ---------------------------------------------------------------------------------------------------


def bought(shop, stripe, invoice, **how) -> str:
    """Carol's invoice, paid online; gives Stripe's name for the payment."""
    shop.token(invoice)
    session = begun(shop, stripe, invoice)
    stripe.pay(session, **how)
    return session


def begun(shop, stripe, invoice) -> str:
    import requests

    url = stripe.hook_url.removesuffix("/hooks/stripe")
    answer = requests.post(url + shop.path(invoice, "/pay"), allow_redirects=False, timeout=10)
    return answer.headers["Location"].rsplit("/", 1)[1]


def look_at_flags(page, shop, stripe):
    made = issued(shop)
    bought(shop, stripe, made)
    payment = wait_for(lambda: shop.again(made).payments, "the payment")[0]
    with writing():
        payments.raise_flag(payment, "disputed")
    page.goto("/staff/payments?tab=look")
    expect(page.get_by_text("The customer disputes it").first).to_be_visible()


def look_at_invoice(page, shop, stripe):
    look_at_flags(page, shop, stripe)
    page.get_by_role("link", name="Open the invoice").first.click()
    page.get_by_text("Pay back", exact=True).click()


def look_at_settings(page, _shop, _stripe):
    page.goto("/staff/settings")
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_text("Stripe answers")).to_be_visible()
    page.evaluate("for (const fold of document.querySelectorAll('main details')) fold.open = true")


def issued(shop, **values):
    return shop.invoice(lines=SOLD, work_order=shop.work_order(), is_issued=True, **values)


def look_at_pay(page, shop, stripe):
    with writing():
        shop.profile.allows_part_payments = True
    page.goto(shop.path(issued(shop, deposit_percent=Decimal(30))))
    page.get_by_text("Pay another amount").click()


def look_at_bank_debit(page, shop, stripe):
    made = issued(shop)
    bought(shop, stripe, made, by_bank=True)
    page.goto(shop.path(made))
    expect(card(page)).to_contain_text("Your bank is passing your payment on")


def look_at_unreachable(page, shop, stripe):
    page.goto(shop.path(issued(shop)))
    stripe.is_down = True
    pay_button(page).click()
    expect(page.locator("h1")).to_contain_text("We can’t reach")


def look_at_cancelled(page, shop, stripe):
    page.goto(shop.path(issued(shop)))
    to_stripe(page, stripe)
    page.get_by_role("link", name="Cancel").click()
    expect(card(page)).to_contain_text("Nothing was paid.")


LOOKS = {
    "pay": (look_at_pay, ""),
    "bank debit": (look_at_bank_debit, ""),
    "cancelled": (look_at_cancelled, ""),
    "unreachable": (look_at_unreachable, ""),
    "all payments": (lambda page, *_: page.goto("/staff/payments"), "Dana"),
    "flags": (look_at_flags, "Dana"),
    "invoice": (look_at_invoice, "Dana"),
    "settings": (look_at_settings, "Olive"),
}


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("name", LOOKS)
def test_everybody_can_use_it(browser, server, signed_in, open_shop, stripe, name, size):
    look, by = LOOKS[name]
    session = signed_in(by) if by else {}
    context = browser.new_context(base_url=server.url, reduced_motion="reduce", **PLACE, **size, **session)
    watched = Watched(context.new_page())
    look(watched.page, open_shop, stripe)
    for scheme in ("light", "dark"):
        assert watched.axe(scheme) == []
    for width, text_percent in ((320, 100), (390, 200)):
        with watched.narrowed(width, text_percent):
            assert watched.cut_off() == []
    assert watched.small_targets() == []
    # Stripe's stand-in has no icon for its tab.
    assert [words for words in watched.complaints if "401" not in words] == []
    context.close()
