from decimal import Decimal

import pytest

from models import Counter, Event, TaxCategory, TaxRate, db
from portal.db import writing
from portal.domain import documents, numbers, taxes
from portal.domain import shop as shops
from portal.staff.event_words import event_words
from tests.factories import line, press
from tests.pages import read

PAGE = "/staff/settings/billing"
TERMS = {
    "prices_include_tax": "y",
    "quote_terms": "Half in advance.\n<b>No</b> refunds.",
    "valid_days": "20",
    "invoice_terms": "Late payment costs interest.",
    "due_days": "0",
    "how_to_pay": "Account 12 34",
    "seen": "1",
}
VAT = {"name": "VAT", "rate": "20", "category": "S"}


@pytest.fixture
def olive(shop):
    return shop.staff_client("Olive")


def add_rate(shop, **values) -> TaxRate:
    with writing():
        vat = {"name": "VAT", "rate": Decimal(20), "category": TaxCategory.STANDARD, "by": shop.dana}
        return taxes.add(**vat | values)


def place(tax: TaxRate, rest: str = "") -> str:
    return f"/staff/settings/taxes/{tax.id}{rest}"


def rows(page) -> list[str]:
    return [" ".join("".join(a.itertext()).split()) for a in page.all("a") if "/settings/taxes/" in a.get("href", "")]


def last_words(shop) -> str:
    db.session.rollback()
    return event_words(db.session.query(Event).order_by(Event.id.desc()).first())


# --- terms, days, how to pay --------------------------------------------------------------------------------------


def test_the_settings_lead_there_and_back(olive):
    assert read(olive.get("/staff/settings")).all("a", href=PAGE)
    page = read(olive.get(PAGE))
    assert page.all("a", href="/staff/settings")
    assert page.all("a", href="/staff/items")


def test_what_is_saved_is_shown_again(shop, olive):
    answer = press(olive, PAGE, TERMS)
    assert (answer.status_code, answer.location) == (303, PAGE)
    page = read(olive.get(PAGE))
    assert "Saved. New quotes and invoices begin with it." in page.words()
    assert {name: page.kept(name) for name in TERMS} == TERMS | {"seen": "2"}
    assert last_words(shop) == "Olive changed the shop’s settings"


def test_a_new_quote_begins_with_it_and_an_old_one_stays(shop, olive):
    before = shop.quote()
    press(olive, PAGE, TERMS)
    after = shop.quote(is_sent=True)
    assert (before.terms, before.prices_include_tax) == ("", False)
    assert (after.terms, after.prices_include_tax) == (TERMS["quote_terms"], True)
    assert (after.valid_until - after.sent_at.date()).days in (19, 20)
    invoice = shop.invoice(is_issued=True)
    assert (invoice.due_on, invoice.terms) == (invoice.issued_on, TERMS["invoice_terms"])


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("valid_days", "", "Write a number of days."),
        ("valid_days", "0", "Enter a whole number from 1 to 3650."),
        ("due_days", "-1", "Enter a whole number from 0 to 3650."),
        ("due_days", "2 weeks", "Enter a whole number from 0 to 3650."),
        ("due_days", "9" * 40, "Enter a whole number from 0 to 3650."),
        ("how_to_pay", "x" * 2001, "Use at most 2000 characters."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_kept(shop, olive, field, typed, words):
    page = read(press(olive, PAGE, TERMS | {field: typed}), 422)
    assert page.error(field) == words
    assert (page.kept(field), page.kept("quote_terms")) == (typed, TERMS["quote_terms"])
    assert page.title.startswith("Error: ")
    assert shop.again(shop.profile).quote_terms == ""


def test_the_second_of_two_owners_sees_both_versions_and_overwrites_nothing(shop, olive):
    with writing():
        shops.edit(shop.profile, {"valid_days": 7, "how_to_pay": "Theirs"}, seen=1, by=shop.dana)
    page = read(press(olive, PAGE, TERMS), 409)
    assert "Now 7 Yours 20" in page.words()
    assert "Now Theirs Yours Account 12 34" in page.words()
    assert page.kept("how_to_pay") == "Account 12 34"
    assert shop.again(shop.profile).how_to_pay == "Theirs"
    assert press(olive, PAGE, TERMS | {"seen": page.kept("seen")}).status_code == 303
    assert shop.again(shop.profile).how_to_pay == "Account 12 34"


# --- numbers ------------------------------------------------------------------------------------------------------


def go_on(client, quote: int | str, invoice: int | str, seen: tuple[int, int] = (1001, 1001)):
    form = {"quote": quote, "invoice": invoice, "seen_quote": seen[0], "seen_invoice": seen[1]}
    return press(client, f"{PAGE}/numbers", form)


def test_the_numbers_go_on_from_where_the_owner_says(shop, olive):
    page = read(olive.get(PAGE))
    assert (page.kept("quote"), page.kept("invoice")) == ("1001", "1001")
    assert go_on(olive, 318, 1001).status_code == 303
    assert shop.quote(is_sent=True).number == 318
    assert shop.invoice(is_issued=True).number == 1001
    assert "numbering_set" in [event.verb for event in db.session.query(Event).filter_by(kind="shop")]


def test_who_set_a_number_is_told_in_words(shop, olive):
    go_on(olive, 1001, 2031)
    assert last_words(shop) == "Olive had invoices go on with number 2031"


def test_a_number_never_goes_below_what_was_given(shop, olive):
    go_on(olive, 318, 1001)
    assert shop.quote(is_sent=True).number == 318
    page = read(go_on(olive, 318, 5000, seen=(319, 1001)), 422)
    assert page.error("quote") == "The numbers before 319 are taken. Choose that one or a higher one."
    assert (page.kept("quote"), page.kept("invoice")) == ("318", "5000")
    assert (numbers.upcoming("quote"), numbers.upcoming("invoice")) == (319, 1001)


def test_saving_the_numbers_as_they_are_does_nothing(shop, olive):
    before = shop.count(Event)
    assert go_on(olive, 1001, 1001).status_code == 303
    assert (shop.count(Event), shop.count(Counter)) == (before, 0)


def test_a_number_that_was_not_touched_does_not_stand_in_the_way(shop, olive):
    shop.quote(is_sent=True)
    assert go_on(olive, 1001, 2031).status_code == 303
    assert (numbers.upcoming("quote"), numbers.upcoming("invoice")) == (1002, 2031)


def test_the_second_who_sets_a_number_is_told(shop, olive):
    with writing():
        numbers.set_next("invoice", 3000, by=shop.dana)
    page = read(go_on(olive, 1001, 5000), 409)
    assert "Now 3000 Yours 5000" in page.words()
    assert numbers.upcoming("invoice") == 3000
    answer = go_on(olive, page.kept("quote"), page.kept("invoice"), seen=(1001, page.kept("seen_invoice")))
    assert answer.status_code == 303
    db.session.rollback()
    assert numbers.upcoming("invoice") == 5000


@pytest.mark.parametrize("typed", ["0", "-5", "1.5", "1,000", "٣٫٥", "x", "9" * 12])
def test_what_is_no_number_to_go_on_with_is_refused(shop, olive, typed):
    page = read(go_on(olive, typed, 1001), 422)
    assert page.error("quote") == "Enter a whole number from 1 to 999999999."
    assert page.kept("quote") == typed
    assert shop.count(Counter) == 0


# --- tax rates ----------------------------------------------------------------------------------------------------


def test_the_first_rate_is_added_and_is_the_usual_one(shop, olive):
    assert "None yet, so nothing is taxed." in read(olive.get(PAGE)).words()
    answer = press(olive, "/staff/settings/taxes/new", VAT)
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "VAT Usual 20%" in read(olive.get(PAGE)).words()
    assert taxes.default().rate == 20
    assert last_words(shop) == "Olive added the tax rate VAT"


def test_a_rate_with_many_places_is_kept_exactly(shop, olive):
    press(olive, "/staff/settings/taxes/new", {"name": "GST + QST", "rate": "14.9750 %", "category": "S"})
    assert "14.975%" in read(olive.get(PAGE)).words()


@pytest.mark.parametrize(
    ("bent", "field", "words"),
    [
        ({"name": " "}, "name", "Write a name, as it will stand on the invoice."),
        ({"name": "x" * 61}, "name", "Use at most 60 characters."),
        ({"rate": ""}, "rate", "Write a rate, or 0 where none is charged."),
        ({"rate": "7,5"}, "rate", "Enter a percentage like 7.5."),
        ({"rate": "101"}, "rate", "Enter at most 100."),
        ({"rate": "-1"}, "rate", "Enter 0 or more."),
        ({"rate": "0"}, "rate", "A tax that is charged has a rate above 0. Or choose another kind."),
        ({"category": "E"}, "rate", "With the kind you chose, the rate is 0."),
        ({"category": "Q"}, "category", "Choose one of the list."),
    ],
)
def test_a_rate_that_cannot_be_is_refused_beside_its_field(shop, olive, bent, field, words):
    page = read(press(olive, "/staff/settings/taxes/new", VAT | bent), 422)
    assert page.error(field) == words
    assert shop.count(TaxRate) == 0


def test_a_rate_is_changed_for_lines_yet_to_be_written(shop, olive):
    tax = add_rate(shop)
    page = read(olive.get(place(tax)))
    assert (page.kept("rate"), page.kept("category")) == ("20", "S")
    press(olive, place(tax), VAT | {"rate": "21", "seen": page.kept("seen")})
    assert shop.again(tax).rate == 21
    assert last_words(shop) == "Olive changed the tax rate VAT"


def test_the_second_who_changes_a_rate_sees_both_versions(shop, olive):
    tax = add_rate(shop)
    seen = read(olive.get(place(tax))).kept("seen")
    with writing():
        old = {name: getattr(tax, name) for name in taxes.FIELDS}
        taxes.edit(tax, old | {"rate": Decimal(19)}, seen=old, by=shop.dana)
    mine = VAT | {"rate": "21", "name": "TVA"}
    page = read(press(olive, place(tax), mine | {"seen": seen}), 409)
    assert "Now 19% Yours 21%" in page.words()
    assert "Now VAT Yours TVA" in page.words()
    assert page.kept("rate") == "21"
    assert shop.again(tax).rate == 19
    assert press(olive, place(tax), mine | {"seen": page.kept("seen")}).status_code == 303
    assert shop.again(tax).rate == 21


def test_another_rate_becomes_the_usual_one(shop, olive):
    add_rate(shop)
    low = add_rate(shop, name="Low", rate=Decimal("5.5"))
    assert press(olive, place(low, "/usual")).location == PAGE
    assert "Low Usual 5.5%" in read(olive.get(PAGE)).words()
    assert last_words(shop) == "Olive made Low the usual tax rate"


def test_a_rate_is_archived_and_brought_back(shop, olive):
    tax = add_rate(shop)
    press(olive, place(tax, "/archive"))
    db.session.rollback()
    assert taxes.offered() == []
    page = read(olive.get(PAGE))
    assert "Archived 1" in page.words()
    assert "no new line gets it" in read(olive.get(place(tax))).words()
    press(olive, place(tax, "/bring-back"))
    db.session.rollback()
    assert [rate.name for rate in taxes.offered()] == ["VAT"]


def test_an_archived_rate_does_not_become_the_usual_one(shop, olive):
    tax = add_rate(shop)
    press(olive, place(tax, "/archive"))
    assert press(olive, place(tax, "/usual")).status_code == 303
    db.session.rollback()
    assert taxes.default() is None


def test_a_rate_that_is_not_there_is_not_found(olive):
    for rest in ("", "/usual", "/archive", "/bring-back"):
        path = f"/staff/settings/taxes/999999{rest}"
        assert press(olive, path, VAT).status_code == 404
    assert olive.get("/staff/settings/taxes/999999").status_code == 404


def test_the_office_sets_none_of_it(shop):
    dana, tax = shop.staff_client("Dana"), add_rate(shop)
    for path in (PAGE, place(tax), "/staff/settings/taxes/new"):
        assert dana.get(path).status_code == 403
        assert press(dana, path, TERMS | VAT).status_code == 403
    assert go_on(dana, 5, 5).status_code == 403


def test_a_quote_keeps_its_tax_when_the_rate_goes(shop, olive):
    tax = add_rate(shop)
    quote = shop.quote(lines=(line(tax=20, tax_name="VAT"),), is_sent=True)
    press(olive, place(tax, "/archive"))
    assert shop.again(quote).lines[0].tax_rate == 20
    assert documents.figures(quote).tax == 2000


# --- bank details, PDFs and e-invoices ----------------------------------------------------------------------------


def test_bank_details_are_kept_without_spaces_and_shown_in_groups(shop, olive):
    typed = {"iban": "de89 3704 0044 0532 0130 00", "bic": "cobadeff", "account_holder": "Bright Water Inc."}
    assert press(olive, PAGE, TERMS | typed).status_code == 303
    profile = shop.again(shop.profile)
    assert (profile.iban, profile.bic) == ("DE89370400440532013000", "COBADEFF")
    page = read(olive.get(PAGE))
    assert page.kept("iban") == "DE89 3704 0044 0532 0130 00"
    assert page.kept("account_holder") == "Bright Water Inc."


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("iban", "DE89 3704 0044 0532 0130 01", "This IBAN isn’t complete or has a typo."),
        ("iban", "1234567", "This IBAN isn’t complete or has a typo."),
        ("bic", "Commerz", "A BIC has 8 or 11 letters and digits, like COBADEFFXXX."),
    ],
)
def test_a_slip_in_the_bank_details_is_said_beside_its_field(shop, olive, field, typed, words):
    page = read(press(olive, PAGE, TERMS | {field: typed}), 422)
    assert (page.error(field), page.kept(field)) == (words, typed)
    assert shop.again(shop.profile).iban == ""


def test_an_e_invoice_is_switched_on_once_the_shop_has_what_the_law_wants(shop, olive):
    page = read(press(olive, PAGE, TERMS | {"sends_e_invoices": "y"}), 422)
    assert page.error("sends_e_invoices") == (
        "First fill in: Street and number, City and postcode, Tax ID. Then switch it on."
    )
    assert "An e-invoice also needs: Street and number, City and postcode, Tax ID." in page.words()
    with writing():
        address = {"street": "1 Main Street", "locality": "Portland", "tax_id": "12-34"}
        shops.edit(shop.profile, address, seen=1, by=shop.dana)
    assert press(olive, PAGE, TERMS | {"sends_e_invoices": "y", "seen": "2"}).status_code == 303
    assert shop.again(shop.profile).sends_e_invoices
    assert "also needs" not in read(olive.get(PAGE)).words()


def test_a_pdf_goes_along_with_mail_until_the_owner_says_no(shop, olive):
    assert shop.profile.attaches_paper
    assert read(olive.get(PAGE)).all("input", name="attaches_paper", checked="")
    assert press(olive, PAGE, TERMS).status_code == 303
    assert not shop.again(shop.profile).attaches_paper
