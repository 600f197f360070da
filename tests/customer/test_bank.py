"""Where a transfer goes, on the page: what is read, what is copied, and what paper has of it."""

from datetime import date

import brotli
import pytest

from models import Method
from portal.db import writing
from portal.domain import payments
from portal.domain import shop as shops
from tests.factories import line
from tests.pages import Page, read, said

IBAN = "DE89370400440532013000"


def with_bank(shop, **values):
    with writing():
        known = {"iban": IBAN, "bic": "COBADEFFXXX", "currency": "EUR", "account_holder": "Bäder Müller"}
        shops.edit(shop.profile, known | values, seen=shop.profile.edition, by=shop.dana)


def look(shop, invoice, language: str = "en") -> Page:
    return read(shop.app.test_client().get(shop.path(invoice), headers={"Accept-Language": language}))


def block(page: Page, id: str):
    """The bank's block in the section `id`."""
    (found,) = [e for e in page.find(id).iter("div") if "bank" in (e.get("class") or "").split()]
    return found


def lines(of) -> list[tuple[str, str, str | None]]:
    """(word, what is read, what is copied), line by line. Nothing is copied where there is no button."""

    def copied(row) -> str | None:
        return next((button.get("data-copy") for button in row.iter("button")), None)

    return [(said(row.find("dt")), said(row.find("dd/bdi")), copied(row)) for row in of.find("dl")]


def is_scanned(of) -> bool:
    return any(element.get("class") == "qr__code" for element in of.find("figure"))


def test_each_line_is_read_by_a_person_and_copied_for_a_banking_app(shop):
    with_bank(shop)
    invoice = shop.invoice(lines=(line("Heater", "1234.50"),), is_issued=True)
    assert lines(block(look(shop, invoice), "status")) == [
        ("Account holder", "Bäder Müller", "Bäder Müller"),
        ("IBAN", "DE89 3704 0044 0532 0130 00", IBAN),
        ("BIC", "COBADEFFXXX", "COBADEFFXXX"),
        ("Amount due", "€1,234.50", "1234.50"),
        ("Reference", "Invoice 1001", "Invoice 1001"),
    ]


def test_the_amount_is_copied_as_banking_apps_of_that_country_write_it(shop):
    with_bank(shop, locale="de")
    invoice = shop.invoice(lines=(line("Heizung", "1234.50"),), is_issued=True)
    assert lines(block(look(shop, invoice), "status"))[3] == ("Amount due", "1.234,50 €", "1234,50")


def test_what_is_copied_is_what_is_still_due(shop):
    with_bank(shop, bic="")
    invoice = shop.invoice(is_issued=True)
    shop.do(payments.record, invoice, amount=4005, method=Method.CASH, paid_on=date(2026, 11, 20))
    assert lines(block(look(shop, invoice), "status"))[2:] == [
        ("Amount due", "€59.95", "59.95"),
        ("Reference", "Invoice 1001", "Invoice 1001"),
    ]


@pytest.mark.parametrize(
    ("language", "copy", "copied", "reference"),
    [
        ("en", "Copy", "Copied", "Invoice"),
        ("de", "Kopieren", "Kopiert", "Rechnung"),
        ("es", "Copiar", "Copiado", "Factura"),
    ],
)
def test_every_button_says_what_it_copies_in_the_customers_language(shop, language, copy, copied, reference):
    with_bank(shop)
    found = block(look(shop, shop.invoice(is_issued=True), language), "status")
    buttons = list(found.iter("button"))
    assert [said(button).replace(" :", ":") for button in buttons] == [f"{copy}: {word}" for word, *_ in lines(found)]
    assert {(button.get("type"), button.get("data-copied")) for button in buttons} == {("button", copied)}
    assert buttons[-1].get("data-copy") == f"{reference} 1001"


def test_the_code_is_folded_on_the_page_and_open_on_its_paper(shop):
    with_bank(shop)
    page = look(shop, shop.invoice(is_issued=True))
    fold = block(page, "status").find("details")
    assert "open" not in fold.attrib
    assert said(fold.find("summary")) == "Show the code for another phone"
    assert is_scanned(fold)
    paper = block(page, "paper")
    assert paper.find("details") is None
    assert is_scanned(paper)


def test_paper_has_the_amount_beside_it_and_nothing_to_press(shop):
    with_bank(shop)
    paper = block(look(shop, shop.invoice(is_issued=True)), "paper")
    assert [(word, copied) for word, _read, copied in lines(paper)] == [
        ("Account holder", None),
        ("IBAN", None),
        ("BIC", None),
        ("Reference", None),
    ]


def test_other_money_is_copied_and_has_no_code_to_unfold(shop):
    with_bank(shop, currency="JPY")
    found = block(look(shop, shop.invoice(lines=(line("Heater", "1200"),), is_issued=True)), "status")
    assert lines(found)[3] == ("Amount due", "¥1,200", "1200")
    assert found.find("details") is None
    assert found.find("figure") is None


def test_only_a_page_with_a_bank_brings_what_copies(shop):
    def scripts(of) -> list[str]:
        return [script.get("src").rsplit("/", 1)[1] for script in look(shop, of).all("script")]

    before = shop.invoice(is_issued=True)
    with_bank(shop)
    after = shop.invoice(is_issued=True)
    assert (scripts(before), scripts(after)) == (["quote.js"], ["quote.js", "bank.js"])


def test_a_page_with_a_bank_still_fits_into_ten_kilobytes(shop):
    with_bank(shop)
    page = look(shop, shop.invoice(is_issued=True))
    assert is_scanned(block(page, "paper"))
    assert len(brotli.compress(page.html.encode(), quality=11)) <= 10_000
