"""The e-invoice inside a PDF: valid by the norm, inside the container it asks for, and never another total."""

import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import facturx
import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from models import Method, TaxCategory, db
from portal import customer_copy
from portal.customer_copy.e_invoice import of_content
from portal.db import writing
from portal.domain import invoices, payments, snapshots
from portal.outside import e_invoice
from tests.factories import Shop, line
from tests.outside import sheets

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


@pytest.fixture
def berlin(shop) -> Shop:
    """The shop, in Berlin, with a bank account, and sending e-invoices."""
    with writing():
        for name, value in {
            "name": "Hansen & Söhne GmbH",
            "street": "Werkstraße 12",
            "locality": "10115 Berlin",
            "email": "buero@hansen.example",
            "tax_id": "DE 123 456 789",
            "locale": "de_DE",
            "currency": "EUR",
            "iban": "DE89370400440532013000",
            "bic": "COBADEFFXXX",
            "sends_e_invoices": True,
        }.items():
            setattr(shop.profile, name, value)
    return shop


def issued(shop: Shop, *lines, **fields) -> customer_copy.InvoiceCopy:
    return customer_copy.of_invoice(shop.invoice(lines=lines or (line(tax=19),), is_issued=True, **fields))


def told(xml: str, name: str) -> list[str]:
    return [element.text for element in etree.fromstring(xml.encode()).iter(RAM + name)]


def untaxed(category: TaxCategory, **values):
    return replace(line("Advice", "80.00", **values), tax_category=category)


# --- the norm -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        (line(tax=19),),
        (line(tax=19), line("Book <& Söhne>", "20.00", tax=7, details="Two\nlines", unit="Std.")),
        (line("Pipe", "3.3333", "2.5", unit="m", tax=19, discount_percent=Decimal("12.5")),),
        (line("Fee", "100", tax=19), line("Returned", "30", "-1", tax=19)),
        (untaxed(TaxCategory.EXEMPT, tax_name="§ 19 UStG"),),
        (untaxed(TaxCategory.EXEMPT), line(tax=19), untaxed(TaxCategory.ZERO)),
        (untaxed(TaxCategory.EXPORT),),
        (untaxed(TaxCategory.OUTSIDE),),
        (line("Free", "0", tax=19),),
        (line("Hours", "83.71", "1.9", unit="h", is_hourly=True, tax=19),),
        (line("\x0bBell\x07 \ufffe", "5", tax=19),),
    ],
)
@pytest.mark.parametrize("includes_tax", [False, True])
def test_it_keeps_every_rule_of_the_norm(berlin, norm, lines, includes_tax):
    copy = issued(berlin, *lines, prices_include_tax=includes_tax, discount_percent=Decimal(5), terms="Danke")
    assert norm.broken(e_invoice.xml(copy)) == []


def test_a_shop_without_a_vat_number_keeps_them_too(berlin, norm):
    with writing():
        berlin.profile.tax_id, berlin.profile.iban = "27/123/45678", ""
    xml = e_invoice.xml(issued(berlin))
    assert norm.broken(xml) == []
    assert 'schemeID="FC">27/123/45678<' in xml


def test_the_check_finds_what_is_wrong(berlin, norm):
    xml = e_invoice.xml(issued(berlin))
    assert "BR-CO-16" in norm.broken(xml.replace("<ram:DuePayableAmount>", "<ram:DuePayableAmount>9"))[0]


def test_a_credit_note_is_one_and_names_the_invoice(berlin, norm):
    invoice = berlin.invoice(lines=(line(tax=19),), discount_percent=Decimal(10), is_issued=True)
    with writing():
        credit = invoices.credit(invoice, by=berlin.dana)
        invoices.issue(credit, by=berlin.dana)
    xml = e_invoice.xml(customer_copy.of_invoice(credit))
    assert norm.broken(xml) == []
    assert told(xml, "TypeCode")[0] == "381"
    assert told(xml, "GrandTotalAmount") == ["107.10"]
    assert told(xml, "IssuerAssignedID") == ["1001"]


def test_it_says_who_and_where_and_how_to_pay(berlin):
    xml = e_invoice.xml(issued(berlin))
    assert told(xml, "Name")[1:] == ["Hansen & Söhne GmbH", "Carol Cruz"]
    assert told(xml, "PostcodeCode") == ["10115"]
    assert told(xml, "CityName") == ["Berlin", "Portland", "Portland"]
    assert told(xml, "IBANID") == ["DE89370400440532013000"]
    assert 'schemeID="VA">DE123456789<' in xml


def test_what_the_shop_changed_since_is_not_in_it(berlin):
    """Whoever booked it holds it for good: the same invoice is the same e-invoice."""
    invoice = berlin.invoice(lines=(line(tax=19),), is_issued=True)
    before = e_invoice.xml(customer_copy.of_invoice(invoice))
    with writing():
        berlin.profile.name, berlin.profile.iban, invoice.customer.name = "Other", "", "Other"
    assert e_invoice.xml(customer_copy.of_invoice(invoice)) == before


# --- what is due ----------------------------------------------------------------------------------------------------


def paid(shop: Shop, invoice, amount: int) -> None:
    shop.do(payments.record, invoice, amount=amount, method=Method.CASH, paid_on=invoice.issued_on)


def asks_for(invoice, norm) -> tuple[list[str], list[str]]:
    xml = e_invoice.xml(customer_copy.of_invoice(invoice))
    assert norm.broken(xml) == []
    assert told(xml, "GrandTotalAmount") == ["119.00"]
    return told(xml, "TotalPrepaidAmount"), told(xml, "DuePayableAmount")


@pytest.mark.parametrize("is_late", [False, True])
def test_it_asks_for_no_money_that_came_in_already(berlin, norm, is_late):
    invoice = berlin.invoice(lines=(line(tax=19),), deposit_percent=Decimal(50), is_issued=True)
    if is_late:
        with writing():
            invoice.due_on = invoice.issued_on - timedelta(days=3)
    assert asks_for(invoice, norm) == ([], ["119.00"])
    for amount, left in ((2000, "99.00"), (9900, "0.00"), (500, "-5.00")):
        paid(berlin, invoice, amount)
        assert asks_for(invoice, norm) == ([f"{Decimal(119) - Decimal(left)}"], [left])


@pytest.mark.parametrize(("came", "left"), [(0, "0.00"), (2000, "-20.00")])
def test_it_asks_for_nothing_once_a_credit_note_took_it_back(berlin, norm, came, left):
    invoice = berlin.invoice(lines=(line(tax=19),), is_issued=True)
    if came:
        paid(berlin, invoice, came)
    note = berlin.do(invoices.credit, invoice)
    assert asks_for(invoice, norm) == ([f"{Decimal(119) - Decimal(left)}"], [left])
    assert asks_for(note, norm) == ([], ["119.00"])


# --- when there is none ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"sends_e_invoices": False}, {"tax_id": ""}, {"locale": "de"}, {"currency": "KWD"}])
def test_there_is_none_where_the_shop_wants_none_or_has_not_told_enough(berlin, change):
    with writing():
        for name, value in change.items():
            setattr(berlin.profile, name, value)
    assert issued(berlin).e_invoice is None


@pytest.mark.parametrize("category", [TaxCategory.REVERSE_CHARGE, TaxCategory.INTRA_COMMUNITY])
def test_there_is_none_where_the_norm_asks_for_the_customers_own_number(berlin, category):
    assert issued(berlin, untaxed(category)).e_invoice is None


def test_a_draft_has_none(berlin):
    assert customer_copy.of_draft(berlin.invoice()).e_invoice is None


def test_an_old_invoice_that_was_issued_without_a_country_has_none(berlin):
    content = snapshots.content_of(berlin.invoice(is_issued=True), revision=1)
    assert of_content(content) is not None
    assert of_content({name: value for name, value in content.items() if name not in ("country", "bank")}) is None


# --- the container --------------------------------------------------------------------------------------------------


def test_the_pdf_is_the_container_that_it_asks_for(berlin, press, caplog):
    copy = issued(berlin)
    printed = press.pdf(copy, locale="de_DE")
    name, inside = facturx.get_xml_from_pdf(printed.path.read_bytes(), check_xsd=True, check_schematron=False)
    assert (name, inside.decode()) == ("factur-x.xml", e_invoice.xml(copy))
    with pikepdf.open(printed.path) as pdf:
        (file,) = pdf.Root.AF
        assert (str(file.AFRelationship), str(file.UF)) == ("/Alternative", "factur-x.xml")
        assert str(file.EF.F.Subtype) == "/text/xml"
        assert "/OutputIntents" in pdf.Root
        with pdf.open_metadata() as metadata:
            assert metadata.pdfa_status == "3A"
            assert metadata[f"{FX}ConformanceLevel"] == "EN 16931"
            assert metadata[f"{FX}DocumentFileName"] == "factur-x.xml"
    assert caplog.messages == []


def test_it_is_the_same_file_every_time(berlin, press):
    copy = issued(berlin)
    first = (printed := press.pdf(copy, locale="de_DE")).path.read_bytes()
    printed.path.unlink()
    press.worker.stop()
    again = type(press)(worker=type(press.worker)(memory_mb=700), folder=press.folder, storage=press.storage)
    assert again.pdf(copy, locale="de_DE").path.read_bytes() == first
    again.worker.stop()


# --- one total ------------------------------------------------------------------------------------------------------


def test_another_total_than_the_pages_does_not_go_out(berlin, press):
    copy = issued(berlin)
    bent = replace(copy, e_invoice=replace(copy.e_invoice, total="119.01"))
    with pytest.raises(e_invoice.DoesNotMatch):
        press.pdf(bent, locale="de_DE")
    assert not press.folder.exists()


def test_nor_does_one_that_asks_for_more_than_the_page(berlin, press):
    invoice = berlin.invoice(lines=(line(tax=19),), is_issued=True)
    paid(berlin, invoice, 2000)
    copy = customer_copy.of_invoice(invoice)
    for change in ({"due": "119.00"}, {"settled": "", "due": "119.00"}):
        with pytest.raises(e_invoice.DoesNotMatch):
            press.pdf(replace(copy, e_invoice=replace(copy.e_invoice, **change)), locale="de_DE")


def test_while_it_is_made_no_connection_is_held(berlin, press, app):
    """The page is the office's as much as the customer's: what flask adds for its frame asks the database."""
    copy = issued(berlin)
    db.session.rollback()
    with app.test_request_context("/staff/invoices/1/pdf"):
        assert e_invoice.xml(copy)
        assert not db.session.registry().in_transaction()


prices = st.sampled_from("0.01 0.125 0.335 9.99 33.33 84.03".split()) | st.decimals(0, 99999, places=2).map(str)
quantities = st.sampled_from("1 2 3 7 0.5 1.333 -1".split()) | st.decimals("0.0001", 999, places=4).map(str)
discounts = st.none() | st.sampled_from([Decimal(3), Decimal("12.5"), Decimal(50)])
made_up = st.lists(
    st.builds(
        lambda price, quantity, tax, percent: line("Part", price, quantity, tax=tax, discount_percent=percent),
        prices,
        quantities,
        st.sampled_from([19, 7, 0, "9.5625"]),
        discounts,
    ),
    min_size=1,
    max_size=5,
)


@settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lines=made_up, includes_tax=st.booleans(), percent=discounts)
def test_page_and_paper_and_e_invoice_have_the_same_total(berlin, press, norm, lines, includes_tax, percent):
    invoice = berlin.invoice(lines=tuple(lines), prices_include_tax=includes_tax, discount_percent=percent)
    with writing():
        invoices.issue(invoice, by=berlin.dana)
    path, copy = berlin.path(invoice), customer_copy.of_invoice(invoice)
    db.session.rollback()
    page = berlin.app.test_client().get(path, headers={"Accept-Language": "de-DE"}).text.replace("\u00a0", " ")
    with berlin.app.test_request_context():
        printed = press.pdf(copy, locale="de_DE")
    _name, inside = facturx.get_xml_from_pdf(io.BytesIO(printed.path.read_bytes()).read(), check_xsd=False)
    total = sheets.beside("Total", sheets.words(printed.path)[-1])
    assert f"<bdi>{total}</bdi>" in page
    (said,) = told(inside.decode(), "GrandTotalAmount")
    assert said.replace(".", "") == "".join(filter(str.isdigit, total)).zfill(3)
    assert said.startswith("-") == total.startswith("-")
    assert norm.broken(inside.decode()) == []
