"""Pay now and the way back, as the customer has them; Stripe is the fake one, spoken to over HTTP."""

from datetime import timedelta
from decimal import Decimal

import pytest

from models import Checkout, CheckoutStatus, Method, db
from portal import clock, customer_copy
from portal.db import writing
from portal.domain import invoices, links, payments
from tests.factories import line
from tests.pages import Page
from tests.records import everything


def press_pay(shop, invoice, form=None, **kwargs):
    return shop.app.test_client().post(shop.path(invoice, "/pay"), data=form or {}, **kwargs)


def tries(shop) -> list[Checkout]:
    db.session.rollback()
    return db.session.query(Checkout).order_by(Checkout.id).all()


def rows(shop) -> dict:
    return everything(shop.app.extensions["settings"].database_path)


def sweep(shop) -> None:
    db.session.rollback()
    shop.app.extensions["sweep"].go_round(of_all=True)


def in_force(stripe) -> list[str]:
    return [session["status"] for session in stripe.sessions.values()]


def test_a_page_made_for_another_link_is_closed_before_the_next_one_opens(paying_shop, stripe):
    invoice = paying_shop.invoice(is_issued=True)
    press_pay(paying_shop, invoice)
    db.session.rollback()
    with writing():
        db.session.query(Checkout).one().link_id = None
    press_pay(paying_shop, invoice)
    assert in_force(stripe) == ["expired", "open"]


def test_a_page_that_is_nearly_over_is_closed_before_the_next_one_opens(paying_shop, stripe):
    invoice = paying_shop.invoice(is_issued=True)
    press_pay(paying_shop, invoice)
    db.session.rollback()
    with writing():
        db.session.query(Checkout).one().expires_at = clock.now() + timedelta(seconds=50)
    press_pay(paying_shop, invoice)
    assert in_force(stripe) == ["expired", "open"]


def test_whoever_presses_again_in_another_language_comes_to_the_same_page(paying_shop, stripe):
    invoice = paying_shop.invoice(is_issued=True)
    stripe.drops = 2  # Stripe made it, and nobody heard
    assert press_pay(paying_shop, invoice, headers={"Accept-Language": "de"}).status_code == 503
    assert press_pay(paying_shop, invoice, headers={"Accept-Language": "es"}).status_code == 303
    (session,) = stripe.sessions.values()
    assert session["what"] == f"Invoice {invoice.number}"


def test_a_part_may_be_paid_where_the_balance_itself_cannot_be_asked_for(paying_shop, stripe):
    with writing():
        paying_shop.profile.currency, paying_shop.profile.allows_part_payments = "KWD", True
    invoice = paying_shop.invoice(lines=(line(price="8.125"),), is_issued=True, deposit_percent=Decimal(16))
    assert press_pay(paying_shop, invoice, {"choice": "part", "amount": "8.125"}).status_code == 422
    assert press_pay(paying_shop, invoice, {"choice": "part", "amount": "8.120"}).status_code == 303
    (session,) = stripe.sessions.values()
    assert session["amount_total"] == 8120


# --- to Stripe's page -------------------------------------------------------------------------------------------------


def test_pay_now_leads_to_stripes_page_for_the_balance(paying_shop, stripe):
    invoice = paying_shop.invoice(is_issued=True)
    answer = press_pay(paying_shop, invoice)
    (session,) = stripe.sessions.values()
    assert (answer.status_code, answer.location) == (303, session["url"])
    assert (session["amount_total"], session["currency"], session["what"]) == (
        10000,
        "usd",
        f"Invoice {invoice.number}",
    )


@pytest.mark.parametrize(
    ("currency", "price", "asked"), [("JPY", "4321", 4321), ("KWD", "5.120", 5120), ("USD", "0.50", 50)]
)
def test_every_currency_is_asked_for_exactly(paying_shop, stripe, currency, price, asked):
    with writing():
        paying_shop.profile.currency = currency
    invoice = paying_shop.invoice(is_issued=True, lines=(line(price=price),))
    assert press_pay(paying_shop, invoice).status_code == 303
    (session,) = stripe.sessions.values()
    assert (session["amount_total"], session["currency"]) == (asked, currency.lower())
    stripe.pay(session["id"])
    sweep(paying_shop)
    assert invoices.balance(paying_shop.again(invoice)) == 0


def test_a_deposit_or_a_part_is_asked_for_where_they_are_offered(paying_shop, stripe):
    with writing():
        paying_shop.profile.allows_part_payments = True
    invoice = paying_shop.invoice(is_issued=True, deposit_percent=Decimal(30))
    press_pay(paying_shop, invoice, {"choice": "deposit"})
    press_pay(paying_shop, invoice, {"choice": "part", "amount": "$12.34", "seen": "10000"})
    assert [session["amount_total"] for session in stripe.sessions.values()] == [3000, 1234]
    assert [session["status"] for session in stripe.sessions.values()] == ["expired", "open"]


@pytest.mark.parametrize("form", [{"choice": "gift"}, {"choice": "deposit"}, {"choice": "part", "amount": "5"}])
def test_what_is_not_offered_is_refused_beside_the_choice(paying_shop, stripe, form):
    answer = press_pay(paying_shop, paying_shop.invoice(is_issued=True), form)
    assert (answer.status_code, stripe.sessions) == (422, {})
    assert "Choose one of the list." in answer.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter an amount above 0."),
        ("0", "Enter an amount above 0."),
        ("100.01", "Enter at most 100.00."),
        ("ten", "Enter a number like"),
    ],
)
def test_a_slip_in_the_amount_is_told_beside_it_and_kept(paying_shop, stripe, typed, words):
    with writing():
        paying_shop.profile.allows_part_payments = True
    answer = press_pay(paying_shop, paying_shop.invoice(is_issued=True), {"choice": "part", "amount": typed})
    assert (answer.status_code, stripe.sessions) == (422, {})
    assert words in answer.text
    assert f'value="{typed}"' in answer.text


def test_whoever_presses_again_comes_to_the_same_page(paying_shop, stripe):
    invoice = paying_shop.invoice(is_issued=True)
    places = {press_pay(paying_shop, invoice).location for _press in range(3)}
    assert (len(places), len(stripe.sessions)) == (1, 1)


def test_whoever_has_paid_already_does_not_pay_twice_though_nobody_has_told_us(paying_shop, stripe):
    """The message was lost; the customer thinks that it did not work, and presses once more."""
    invoice = paying_shop.invoice(is_issued=True, deposit_amount=3000)
    press_pay(paying_shop, invoice, {"choice": "balance"})
    (id,) = stripe.sessions
    stripe.pay(id)
    for choice in ("balance", "deposit"):
        answer = press_pay(paying_shop, invoice, {"choice": choice})
        assert answer.location == paying_shop.path(invoice)
    assert (len(stripe.sessions), invoices.balance(paying_shop.again(invoice))) == (1, 0)


def test_a_form_from_before_the_balance_changed_asks_once_more(paying_shop, stripe):
    invoice = paying_shop.invoice(is_issued=True)
    cash = {"amount": 4000, "method": Method.CASH, "paid_on": clock.today("UTC")}
    paying_shop.do(payments.record, invoice, **cash)
    answer = press_pay(paying_shop, invoice, {"choice": "balance", "seen": "10000"})
    assert (answer.status_code, stripe.sessions) == (409, {})
    assert Page(answer.text).h1 == "This invoice changed while you were looking"
    assert "$60.00" in answer.text


def test_where_nothing_is_due_pay_leads_to_the_invoice(paying_shop, stripe):
    invoice = paying_shop.invoice(is_issued=True)
    path = paying_shop.path(invoice)
    paying_shop.do(invoices.void, invoice)
    answer = press_pay(paying_shop, invoice)
    assert (answer.status_code, answer.location, stripe.calls) == (303, path, [])


def test_while_stripe_is_down_the_customer_is_told_and_nothing_typed_is_lost(paying_shop, stripe):
    with writing():
        paying_shop.profile.allows_part_payments = True
    invoice = paying_shop.invoice(is_issued=True)
    stripe.is_down = True
    answer = press_pay(paying_shop, invoice, {"choice": "part", "amount": "12.34"})
    assert answer.status_code == 503
    assert Page(answer.text).h1 == "We can’t reach the payment page right now"
    assert 'value="12.34"' in answer.text
    stripe.is_down = False
    assert press_pay(paying_shop, invoice, {"choice": "part", "amount": "12.34"}).location.startswith(stripe.url)


def test_what_stripe_will_not_have_is_no_failure_of_ours(paying_shop, stripe):
    invoice = paying_shop.invoice(is_issued=True, lines=(line(price="0.10"),))
    answer = press_pay(paying_shop, invoice)
    assert (answer.status_code, Page(answer.text).h1) == (503, "This can’t be paid online right now")
    assert [(each.status, each.trouble) for each in tries(paying_shop)] == [(CheckoutStatus.FAILED, "amount_too_small")]


# --- the way back -----------------------------------------------------------------------------------------------------


def paying(shop, invoice):
    """A browser that went to Stripe's page, and the address that leads back from there."""
    client = shop.app.test_client()
    client.post(shop.path(invoice, "/pay"), base_url="https://jobs.example.com")
    return client, f"/portal/paid/{tries(shop)[-1].key}"


def go(client, path):
    return client.get(path, base_url="https://jobs.example.com")


def test_the_way_back_leads_to_the_invoice_and_writes_nothing(paying_shop, stripe):
    invoice = paying_shop.invoice(is_issued=True)
    client, back = paying(paying_shop, invoice)
    (session,) = stripe.sessions.values()
    assert session["success_url"] == f"https://jobs.example.com{back}"
    stripe.pay(session["id"])
    before = rows(paying_shop)
    answer = go(client, back)
    assert answer.status_code == 303
    assert answer.location == f"{paying_shop.path(invoice)}?paid={back.rpartition('/')[2]}"
    assert rows(paying_shop) == before


def test_the_way_back_wakes_the_sweep_for_this_try(paying_shop, stripe):
    invoice = paying_shop.invoice(is_issued=True)
    client, back = paying(paying_shop, invoice)
    stripe.pay(*stripe.sessions)
    go(client, back)
    db.session.rollback()
    paying_shop.app.extensions["sweep"].look_at_woken()
    assert invoices.balance(paying_shop.again(invoice)) == 0


def test_the_cookie_is_for_the_way_back_only(paying_shop):
    invoice = paying_shop.invoice(is_issued=True)
    (cookie,) = press_pay(paying_shop, invoice).headers.getlist("Set-Cookie")
    name, *marks = cookie.split("; ")
    assert name == f"way-back={paying_shop.token(invoice)}"
    assert {"Secure", "HttpOnly", "SameSite=Lax", f"Path=/portal/paid/{tries(paying_shop)[0].key}"} <= set(marks)
    assert "Max-Age=10800" in marks


@pytest.mark.parametrize("cookie", ["", "../../staff", "https://evil.example", "x" * 27, "é"])
def test_a_browser_that_did_not_pay_gets_thanks_that_name_nobody(paying_shop, cookie):
    invoice = paying_shop.invoice(is_issued=True)
    _client, back = paying(paying_shop, invoice)
    stranger = paying_shop.app.test_client()
    if cookie:
        stranger.set_cookie("way-back", cookie, path=back)
    answer = stranger.get(back)
    if answer.status_code == 303:  # a token of the right form opens what it opens: here nothing
        assert stranger.get(answer.location).status_code == 404
        return
    assert (answer.status_code, Page(answer.text).h1) == (200, "Thank you")
    for secret in ("Carol", "Brightwater", "100.00", str(invoice.number), paying_shop.token(invoice)):
        assert secret not in answer.text
    assert stranger.get(f"{back}?back=1").status_code == 200


def test_a_try_that_never_was_is_thanked_the_same(paying_shop):
    _client, back = paying(paying_shop, paying_shop.invoice(is_issued=True))
    stranger = paying_shop.app.test_client()
    assert stranger.get(back).data == stranger.get("/portal/paid/no-such-try").data


@pytest.mark.parametrize("key", ["%00abc", "%00", "A" * 32, "x" * 32, "0" * 31])
def test_what_is_no_key_wakes_nobody_and_is_thanked_the_same(paying_shop, key):
    client, back = paying(paying_shop, paying_shop.invoice(is_issued=True))
    sweep = paying_shop.app.extensions["sweep"]
    assert client.get(f"/portal/paid/{key}", base_url="https://jobs.example.com").status_code == 200
    assert client.get(f"{paying_shop.path(paying_shop.invoice(is_issued=True))}?paid={key}").status_code == 200
    assert sweep._woken == set()
    go(client, back)
    assert sweep._woken == {back.rpartition("/")[2]}


def test_whoever_comes_back_again_and_again_has_stripe_asked_once_and_holds_up_nobody(paying_shop, stripe):
    first, second = paying_shop.invoice(is_issued=True), paying_shop.invoice(is_issued=True)
    client, back = paying(paying_shop, first)
    press_pay(paying_shop, second)
    mine, other = stripe.sessions
    sweep = paying_shop.app.extensions["sweep"]
    db.session.rollback()
    stripe.after_answer = lambda _method, _path: sweep.wake(back.rpartition("/")[2])  # quicker than Stripe answers
    assert sweep.look_at_woken() is False
    sweep.wake(back.rpartition("/")[2])
    assert sweep.look_at_woken() is False
    assert sweep.look_at_woken() is True
    assert sweep.look_at_woken() is True
    assert stripe.count("GET", f"/v1/checkout/sessions/{mine}") == 1
    stripe.pay(other)
    sweep.go_round()
    assert invoices.balance(paying_shop.again(second)) == 0
    stripe.pay(mine)
    checkout = tries(paying_shop)[0]
    with writing():
        checkout.asked_at = clock.now() - timedelta(seconds=4)
    assert sweep.look_at_woken() is False  # it was not forgotten meanwhile
    assert invoices.balance(paying_shop.again(first)) == 0


def test_after_the_link_was_revoked_the_way_back_opens_nothing(paying_shop):
    invoice = paying_shop.invoice(is_issued=True)
    client, back = paying(paying_shop, invoice)
    paying_shop.do(links.revoke, invoice)
    assert go(client, go(client, back).location).status_code == 404


# --- what the page is told --------------------------------------------------------------------------------------------


def copy_of(shop, invoice, **came):
    db.session.rollback()
    with shop.app.test_request_context():
        back = customer_copy.CameBack(**came) if came else None
        return customer_copy.of(shop.link(invoice), came_back=back).pay


def test_the_copy_says_what_can_be_paid(paying_shop):
    invoice = paying_shop.invoice(is_issued=True, deposit_percent=Decimal(30))
    paying_shop.token(invoice)
    pay = copy_of(paying_shop, invoice)
    assert [(each.key, each.amount) for each in pay.choices] == [("deposit", "$30.00"), ("balance", "$100.00")]
    assert (pay.allows_part, pay.balance, pay.is_processing, pay.came_back) == (False, 10000, False, "")


def test_who_got_back_more_than_they_paid_is_asked_for_all_of_it_and_no_deposit(paying_shop):
    invoice = paying_shop.invoice(is_issued=True)
    for amount in (10000, -10000, -10000):
        cash = {"amount": amount, "method": Method.CASH, "paid_on": clock.today("UTC")}
        paying_shop.do(payments.record, invoice, **cash)
    copy = customer_copy.of_invoice(invoice)
    assert [(each.key, each.amount) for each in copy.pay.choices] == [("balance", "$200.00")]
    assert "-$" not in copy.lead


def test_the_copy_tells_whoever_comes_back_how_it_stands(paying_shop, stripe):
    invoice, other = paying_shop.invoice(is_issued=True), paying_shop.invoice("Mallory Moss", is_issued=True)
    press_pay(paying_shop, invoice)
    paying_shop.token(other)
    key = tries(paying_shop)[0].key
    assert copy_of(paying_shop, invoice, key=key, is_cancelled=False).came_back == "confirming"
    assert copy_of(paying_shop, invoice, key=key, is_cancelled=True).came_back == "cancelled"
    assert copy_of(paying_shop, invoice, key="no-such", is_cancelled=False).came_back == ""
    assert copy_of(paying_shop, other, key=key, is_cancelled=False).came_back == ""
    (id,) = stripe.sessions
    stripe.pay(id, by_bank=True)
    sweep(paying_shop)
    pay = copy_of(paying_shop, invoice, key=key, is_cancelled=False)
    assert (pay.choices, pay.is_processing, pay.came_back) == ((), True, "")
    stripe.bank_says(id, is_good=False)
    sweep(paying_shop)
    pay = copy_of(paying_shop, invoice, key=key, is_cancelled=False)
    assert (len(pay.choices), pay.is_processing, pay.came_back) == (1, False, "failed")


def test_a_shop_without_stripe_has_no_trace_of_paying_online(shop):
    invoice = shop.invoice(is_issued=True)
    page = shop.app.test_client().get(shop.path(invoice))
    assert copy_of(shop, invoice) is None
    assert "stripe" not in page.text.lower()
    assert "/pay" not in page.text
    assert "form-action 'self';" in page.headers["Content-Security-Policy"]
    nothing = shop.app.test_client().post(shop.path(invoice, "/nothing"))
    assert (press_pay(shop, invoice).status_code, press_pay(shop, invoice).data) == (404, nothing.data)
    assert shop.app.test_client().get("/portal/paid/x").data == nothing.data


# --- what the browser is allowed --------------------------------------------------------------------------------------


def policy(answer) -> str:
    return next(
        part for part in answer.headers["Content-Security-Policy"].split("; ") if part.startswith("form-action")
    )


def test_forms_of_the_invoice_page_alone_may_lead_to_stripe(paying_shop, stripe):
    shop, client = paying_shop, paying_shop.app.test_client()
    invoice, quote = shop.invoice(is_issued=True), shop.quote(is_sent=True)
    assert policy(client.get(shop.path(invoice))) == f"form-action 'self' {stripe.url}"
    assert policy(press_pay(shop, invoice)) == f"form-action 'self' {stripe.url}"
    for path in (shop.path(quote), shop.path(shop.work_order()), shop.path(invoice, "/help"), "/staff/sign-in"):
        assert policy(client.get(path)) == "form-action 'self'"
