"""Every word of every page is one that a translator can reach: seen in a language that puts brackets around ours.

What the shop typed is written in Cyrillic here, so a Latin letter outside brackets is a word of ours.
"""

import re
from datetime import timedelta
from decimal import Decimal
from string import ascii_letters

import pytest
from sqlalchemy import select, update

from models import Method, Snapshot, Staff, db
from portal import clock, languages
from portal.db import writing
from portal.domain import documents, invoices, links, payments, quotes, stripe_line, work_orders
from portal.staff.payment_copy import FLAGS
from tests import pseudo
from tests.addresses import Town
from tests.factories import line, press
from tests.pages import Page
from tests.wording import NAMES, READ

TYPED = "name title street locality trade licence answer_hours opening_hours footer caption body internal_notes notes"
TYPED += " description details message terms unit tax_name quote_terms invoice_terms how_to_pay reference tax_id"
# Never translated: addresses of every sort, zones, units, our own name, and what a language calls itself.
PEOPLE = "Marcus Bell|Marcus|MB|Owner|Olive Owens|Olive|OO|Dana Diaz|Dana|DD|Theo Tran|Theo|TT"
KEPT = re.compile(
    rf"\S+@\S+|https?://\S+|\b[A-Z]\w+/[\w/+-]+|\b(?:{PEOPLE}|{'|'.join(NAMES)}|UTC|PST|PDT|ft|kg|lb|USD)\b"
    r"|\b[A-Z]{3}(?= – )|(?<= – )[A-Z]{3}\b"  # a currency before its name, or one that has none yet
    r"|\bUS(?=\$)|\bar\b"  # the language made up for these tests, where the shop's own is kept in a list
)
LATIN = re.compile(r"[A-Za-z]{2,}")
SMALL = "абцдефгхийклмнопярстувжыьз"
CYRILLIC = str.maketrans(ascii_letters, SMALL + SMALL.upper())


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return pseudo.write(tmp_path_factory.mktemp("translations"))


@pytest.fixture
def data_dir(data_dir, folder, monkeypatch):
    """A shop that can also speak the language of brackets."""
    monkeypatch.setattr(languages, "FOLDERS", [*languages.FOLDERS, folder])
    return data_dir


@pytest.fixture
def town(shop) -> Town:
    town = Town(shop)
    in_cyrillic(shop)
    return town


def in_cyrillic(shop) -> None:
    """The shop speaks the language of brackets, and types in letters of its own."""
    with writing():
        shop.profile.locale, shop.profile.trade, shop.profile.licence = pseudo.LANGUAGE, "Plumbing", "CCB"
        shop.profile.answer_hours, shop.profile.is_sample = "Always", True
        for mapper in db.Model.registry.mappers:
            if mapper.class_ is Staff:
                continue  # the tests find people by their names
            for record in db.session.query(mapper.class_):
                for name in set(TYPED.split()) & set(mapper.columns.keys()):
                    if isinstance(typed := getattr(record, name), str):
                        setattr(record, name, typed.translate(CYRILLIC))
        for id, content in db.session.execute(select(Snapshot.id, Snapshot.content)).all():
            db.session.execute(update(Snapshot).where(Snapshot.id == id).values(content=typed_anew(content)))
    db.session.expire_all()


def typed_anew(content):
    """What was sent, in the same letters."""
    if isinstance(content, list):
        return [typed_anew(part) for part in content]
    if isinstance(content, dict):
        return {key: typed_anew(part) if key in TYPED.split() else part for key, part in content.items()} | {
            key: typed_anew(part) for key, part in content.items() if not isinstance(part, str)
        }
    return content.translate(CYRILLIC) if isinstance(content, str) else content


def forgotten(html: str) -> list[str]:
    """Words on the page that no translation put there."""
    whole = html if html.startswith("<!DOCTYPE") else f"<!DOCTYPE html><title></title>{html}"
    page, found = Page(whole), []
    own_names = {languages.name_of(code) for code in [*languages.OFFERED, "en", "de", "es"]}
    for element in page.elements():
        if element.tag in ("script", "style", "template", "code"):  # code is for machines
            continue
        said = [element.text, *(child.tail for child in element)]
        said += [value for name, value in element.attrib.items() if name in READ]
        said += [v for name, v in element.attrib.items() if name.startswith("data-") and re.search(r"[A-Z][a-z]+\b", v)]
        found += [words for words in said if words and words.strip() not in own_names]
    # A sentence may hold markup, so a bracket may close in another element: all together, in order.
    rest = pseudo.outside(" \n ".join(found))
    return LATIN.findall(KEPT.sub(" ", rest))


def test_a_forgotten_word_is_found():
    page = '<!DOCTYPE html><title>⟦Ťíţ⟧</title><p aria-label="Bare">⟦á ⟦b⟧ c⟧ Карол '
    page += '<b data-off="Gone now">dana@x.example</b> Word</p>'
    assert forgotten(page) == ["Word", "Bare", "Gone", "now"]


def in_state(shop, *steps, **job):
    made = shop.steps(shop.work_order(**job), *steps)
    in_cyrillic(shop)
    return made


STATES = {
    "scheduled": lambda shop: in_state(shop),
    "today": lambda shop: in_state(shop, starts_at=clock.now() + timedelta(minutes=1)),
    "nobody yet": lambda shop: in_state(shop, technician=""),
    "late": lambda shop: in_state(shop, starts_at=clock.now() - timedelta(days=2)),
    "on the way": lambda shop: in_state(shop, "set_off"),
    "in progress": lambda shop: in_state(shop, "start"),
    "completed": lambda shop: in_state(shop, "start", "complete"),
    "cancelled": lambda shop: in_state(shop, "cancel"),
}


@pytest.mark.parametrize("state", STATES)
def test_a_customers_page_has_no_word_out_of_reach(shop, state):
    job = STATES[state](shop)
    if state == "completed":
        shop.do(work_orders.sign, job, name="Карол", path="")
    for rest in ("", "/help", "/help?sent"):
        html = shop.app.test_client().get(shop.path(job, rest)).text
        assert '<html lang="ar" dir="rtl">' in html
        assert forgotten(html) == []
        assert html.count("⟦") > 5


MONEY = {
    "sent": lambda shop, quote: None,
    "revised": lambda shop, quote: revise(shop, quote),
    "approved": lambda shop, quote: shop.do(quotes.approve, quote, revision=1, name="Карол", by=None),
    "by phone": lambda shop, quote: shop.do(quotes.approve, quote, revision=1, name="Карол"),
    "changes": lambda shop, quote: shop.do(quotes.request_changes, quote, revision=1, body="Дорого", by=None),
    "declined": lambda shop, quote: shop.do(quotes.decline, quote, revision=1, by=None),
}


def of_money(shop) -> None:
    """Everything typed is in Cyrillic, and money has a sign of its own: "US$" would pass for a word."""
    shop.customer("Карол")
    with writing():
        shop.profile.currency = "EUR"
    in_cyrillic(shop)


def revise(shop, quote):
    shop.app.test_client().post(shop.path(quote, "/seen?revision=1"))
    shop.do(documents.save, quote, lines=[line("Насос", "7.00", "2")], seen=quote.edition)
    shop.do(quotes.send, quote)


@pytest.mark.parametrize("state", MONEY)
def test_a_quote_has_no_word_out_of_reach(shop, state):
    of_money(shop)
    lines = (line("Труба", "9.00", "2", tax=20), line("Кран", is_optional=True, discount_percent=Decimal(5)))
    quote = shop.quote("Карол", title="Труба", lines=lines, discount_amount=100, deposit_amount=50, is_sent=True)
    MONEY[state](shop, quote)
    for rest in ("", "/approve", "/request-changes", "/decline", "/help"):
        answer = shop.app.test_client().get(shop.path(quote, rest))
        assert answer.status_code == 303 or forgotten(answer.text) == [], rest
    for verb in ("approve", "request-changes", "decline"):
        for form in ({}, {"revision": "9", "name": "Карол", "message": "Труба"}):
            answer = shop.app.test_client().post(shop.path(quote, f"/{verb}"), data=form)
            assert answer.status_code == 303 or forgotten(answer.text) == [], verb


@pytest.mark.parametrize("state", ["issued", "part paid", "paid", "void", "credited", "credit note"])
def test_an_invoice_has_no_word_out_of_reach(shop, state):
    of_money(shop)
    invoice = shop.invoice("Карол", title="Труба", lines=(line("Труба", tax=20),), is_issued=True)
    if "paid" in state:
        amount = invoice.total - (state == "part paid")
        shop.do(payments.record, invoice, amount=amount, method=Method.CASH, paid_on=invoice.issued_on)
    if state == "void":
        shop.do(invoices.void, invoice)
    if "credit" in state:
        note = shop.do(invoices.credit, invoice)
        invoice = note if state == "credit note" else invoice
    assert forgotten(shop.app.test_client().get(shop.path(invoice)).text) == []


@pytest.fixture
def paying(paying_shop, stripe):
    """An invoice with a deposit, in a shop that takes any part of it online."""
    of_money(paying_shop)
    with writing():
        paying_shop.profile.allows_part_payments = True
    return paying_shop.invoice("Карол", title="Труба", lines=(line("Труба"),), deposit_amount=3_000, is_issued=True)


def test_paying_online_has_no_word_out_of_reach(paying_shop, stripe, paying):
    client, path = paying_shop.app.test_client(), paying_shop.path(paying)
    assert forgotten(client.get(path).text) == []
    for form in ({"choice": "part"}, {"choice": "part", "amount": "900"}, {"choice": "huh"}, {"seen": "7"}):
        assert forgotten(client.post(f"{path}/pay", data=form).text) == [], form
    stripe.is_down = True
    answer = client.post(f"{path}/pay")
    assert (answer.status_code, forgotten(answer.text)) == (503, [])
    stripe.is_down = False
    way_back = client.post(f"{path}/pay").location
    tried = stripe.sessions[way_back.rsplit("/", 1)[1]]
    for how in ("paid", "unpaid"):
        assert forgotten(client.get(f"{path}?{how}={tried['metadata']['checkout']}").text) == []
    for happen in (lambda id: stripe.pay(id, by_bank=True), lambda id: stripe.bank_says(id, is_good=False)):
        body, headers = stripe.signed(happen(tried["id"]))
        assert client.post("/hooks/stripe", data=body, headers=headers).status_code == 204
        html = client.get(f"{path}?paid={tried['metadata']['checkout']}").text
        assert 'role="status"' in html
        assert forgotten(html) == []


def test_what_the_office_reads_of_it_has_no_word_out_of_reach(paying_shop, stripe, paying):
    for amount, flag in enumerate([*FLAGS, "new"], start=1):
        online = payments.Online(name=f"pi_{amount}", currency="EUR", checkout=None)
        values = {"amount": amount, "method": Method.ONLINE, "paid_on": paying.issued_on, "online": online}
        payment = paying_shop.do(payments.record, paying, **values)
        with writing():
            payments.raise_flag(payment, flag)
    with writing():
        stripe_line.answered(skew_s=600, undelivered=2)
        stripe_line.troubled("permission")
    olive = paying_shop.staff_client("Olive")
    for path in ("/staff/payments", "/staff/payments?tab=look", f"/staff/invoices/{paying.id}", "/staff/settings"):
        assert forgotten(olive.get(path).text.replace("pi_", "№")) == [], path
    press(olive, "/staff/settings/test-stripe")
    assert forgotten(olive.get("/staff/settings").text.replace("Brightwater Plumbing", "")) == []


def test_what_a_customer_may_do_wrong_has_no_word_out_of_reach(town):
    client, path = town.shop.app.test_client(), f"/portal/wo/{town.token}/help"
    assert forgotten(client.post(path, data={"message": ""}).text) == []
    for _ in range(6):
        answer = client.post(path, data={"message": "Привет"})
    assert answer.status_code == 429
    assert forgotten(answer.text) == []


def test_every_failure_speaks_the_language_that_the_browser_asks_for(town):
    asked = {"Accept-Language": pseudo.LANGUAGE}
    town.shop.do(links.revoke, town.job)
    for path, code in ((f"/portal/wo/{town.token}", 404), ("/nope", 404), ("/staff/customers/9999", 404)):
        answer = town.shop.staff_client("Olive").get(path, headers=asked)
        assert answer.status_code == code
        assert forgotten(answer.text) == []
        assert "⟦" in answer.text


@pytest.mark.parametrize("person", ["Olive", "Theo"])
def test_no_page_of_the_staff_has_a_word_out_of_reach(town, person):
    client, looked = town.shop.staff_client(person), 0
    for address in town.addresses("staff"):
        if "GET" not in address.methods:
            continue
        with client.get(address.path) as answer:
            pass
        if answer.status_code == 200 and answer.mimetype == "text/html":
            assert forgotten(answer.text) == [], address.path
            looked += 1
    assert looked > 6


def test_every_form_of_the_staff_refuses_in_words_that_can_be_translated(town):
    client, refused = town.shop.staff_client("Olive"), 0
    for address in town.addresses("staff"):
        if "POST" in address.methods and not address.endpoint.endswith(("sign_out", "try_sign_in")):
            answer = press(client, address.path)
            if answer.status_code == 422:
                assert forgotten(answer.text) == [], address.path
                refused += 1
    assert refused > 3
