from decimal import Decimal

import pytest

from models import Event, Item, TaxCategory, db
from portal.db import writing
from portal.domain import activity, catalogue, taxes
from portal.domain import shop as shops
from portal.staff.event_words import event_words
from tests.factories import press
from tests.pages import read

PAGE = "/staff/items"
VALVE = {
    "description": "Ball valve",
    "details": "Brass, ¾ in",
    "price": "38.5",
    "unit": "",
    "cost": "14.205",
    "tax_rate": "",
}


@pytest.fixture
def dana(shop):
    return shop.staff_client("Dana")


def add(shop, description: str = "Ball valve", price: str = "38.50", **values) -> Item:
    with writing():
        return catalogue.add({"description": description, "price": Decimal(price)} | values, by=shop.dana)


def listed(page) -> list[str]:
    return ["".join(a.find(".//b").itertext()) for a in page.all("a") if "price-row" in (a.get("class") or "")]


def test_an_empty_list_says_what_it_is_for(dana):
    page = read(dana.get(PAGE))
    assert "The price list is empty" in page.words()
    assert page.all("a", href="/staff/items/new")


def test_an_entry_is_added_and_listed_with_its_figures(shop, dana):
    answer = press(dana, "/staff/items/new", VALVE | {"is_hourly": "y", "unit": "hour"})
    assert (answer.status_code, answer.location) == (303, PAGE)
    page = read(dana.get(PAGE))
    assert listed(page) == ["Ball valve"]
    for words in ("Brass, ¾ in", "$38.50 / hour", "$14.205", "By the hour", "On the price list."):
        assert words in page.words()
    item = db.session.query(Item).one()
    assert (item.price, item.cost, item.is_hourly, item.tax_rate) == (Decimal("38.5"), Decimal("14.205"), True, None)


def test_figures_are_typed_and_written_as_the_shop_does(shop, dana):
    with writing():
        shops.edit(shop.profile, {"locale": "de_DE", "currency": "EUR"}, seen=1, by=shop.dana)
    press(dana, "/staff/items/new", VALVE | {"price": "1.234,50", "cost": "0,335"})
    item = db.session.query(Item).one()
    assert (item.price, item.cost) == (Decimal("1234.5"), Decimal("0.335"))
    assert "1.234,50\xa0€" in dana.get(PAGE).text
    assert read(dana.get(f"{PAGE}/{item.id}")).kept("price") == "1.234,50"


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("description", "", "Write what it is."),
        ("description", "x" * 201, "Use at most 200 characters."),
        ("price", "", "Write a price."),
        ("price", "ten", "Enter a number like 1,234.50."),
        ("price", "-1", "Enter 0 or more."),
        ("price", "1" * 40, "Enter at most 10,000,000,000.00."),
        ("price", "1.2345678", "Use at most 6 decimal places."),
        ("cost", "1,5", "Enter a number like 1,234.50."),
        ("unit", "x" * 21, "Use at most 20 characters."),
        ("tax_rate", "7", "Choose one of the list."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_kept(shop, dana, field, typed, words):
    page = read(press(dana, "/staff/items/new", VALVE | {field: typed}), 422)
    assert page.error(field) == words
    assert page.kept("details") == VALVE["details"]
    assert shop.count(Item) == 0


def test_pasted_html_and_odd_characters_are_text(shop, dana):
    press(
        dana,
        "/staff/items/new",
        VALVE | {"description": "<script>alert(1)</script> 🚿 \ud800x".encode("utf-8", "replace")},
    )
    page = read(dana.get(PAGE))
    assert listed(page)[0].startswith("<script>alert(1)</script> 🚿")


def test_it_is_found_by_its_words(shop, dana):
    for name in ("Ball valve", "Valve, brass", "Hose"):
        add(shop, name)
    assert listed(read(dana.get(f"{PAGE}?q=VALVE"))) == ["Valve, brass", "Ball valve"]
    page = read(dana.get(f"{PAGE}?q=lamp"))
    assert "Nothing on the price list matches that" in page.words()
    assert page.kept("q") == "lamp"


def test_a_long_list_goes_on(shop, dana):
    with writing():
        for number in range(53):
            catalogue.add({"description": f"Part {number:02}", "price": Decimal(1)}, by=shop.dana)
    page = read(dana.get(PAGE))
    assert (len(listed(page)), listed(page)[0]) == (50, "Part 00")
    (more,) = [a.get("href") for a in page.all("a") if a.text == "Show more"]
    assert listed(read(dana.get(more))) == ["Part 50", "Part 51", "Part 52"]


def test_an_entry_is_changed(shop, dana):
    item = add(shop, cost=Decimal(10))
    page = read(dana.get(f"{PAGE}/{item.id}"))
    assert (page.kept("price"), page.kept("cost"), page.kept("seen")) == ("38.50", "10.00", "1")
    press(dana, f"{PAGE}/{item.id}", VALVE | {"price": "40", "cost": "", "seen": "1"})
    item = shop.again(item)
    assert (item.price, item.cost, item.edition) == (40, None, 2)


def test_the_second_of_two_sees_both_versions_and_overwrites_nothing(shop, dana):
    item = add(shop)
    with writing():
        catalogue.edit(item, {"price": Decimal(45), "is_hourly": True}, seen=1, by=shop.dana)
    mine = VALVE | {"details": "", "cost": "", "price": "40", "seen": "1"}
    page = read(press(dana, f"{PAGE}/{item.id}", mine), 409)
    assert "Now $45.00 Yours $40.00" in page.words()
    assert "Now Yes Yours No" in page.words()
    assert page.kept("price") == "40"
    assert shop.again(item).price == 45
    assert press(dana, f"{PAGE}/{item.id}", mine | {"seen": page.kept("seen")}).status_code == 303
    assert shop.again(item).price == 40


def test_an_entry_may_have_a_tax_of_its_own(shop, dana):
    with writing():
        taxes.add(name="VAT", rate=Decimal(20), category=TaxCategory.STANDARD, by=shop.dana)
        low = taxes.add(name="Low", rate=Decimal(5), category=TaxCategory.STANDARD, by=shop.dana)
    page = read(dana.get("/staff/items/new"))
    words = [option.text for option in page.all("option")]
    assert words == ["The usual one (VAT 20%)", "VAT 20%", "Low 5%"]
    press(dana, "/staff/items/new", VALVE | {"tax_rate": str(low.id)})
    db.session.rollback()
    assert db.session.query(Item).one().tax_rate.name == "Low"
    assert "Low 5%" in read(dana.get(PAGE)).words()


def test_an_archived_tax_stays_with_the_entry_that_has_it(shop, dana):
    with writing():
        low = taxes.add(name="Low", rate=Decimal(5), category=TaxCategory.STANDARD, by=shop.dana)
    item = add(shop, tax_rate=low)
    shop.do(taxes.archive, low)
    page = read(dana.get(f"{PAGE}/{item.id}"))
    assert page.kept("tax_rate") == str(low.id)
    assert "Low 5% (archived)" in page.words()
    press(dana, f"{PAGE}/{item.id}", VALVE | {"tax_rate": str(low.id), "seen": "1"})
    assert shop.again(item).tax_rate == low
    assert "(archived)" not in read(dana.get("/staff/items/new")).words()


def test_an_entry_is_archived_and_brought_back(shop, dana):
    item = add(shop)
    press(dana, f"{PAGE}/{item.id}/archive")
    assert listed(read(dana.get(PAGE))) == []
    assert listed(read(dana.get(f"{PAGE}?tab=archived"))) == ["Ball valve"]
    assert "Archived: nobody is offered it." in read(dana.get(f"{PAGE}/{item.id}")).words()
    press(dana, f"{PAGE}/{item.id}/bring-back")
    assert listed(read(dana.get(PAGE))) == ["Ball valve"]


def test_who_did_it_is_on_record_and_for_the_office_to_read(shop, dana):
    item = add(shop)
    press(dana, f"{PAGE}/{item.id}", VALVE | {"price": "40", "seen": "1"})
    press(dana, f"{PAGE}/{item.id}/archive")
    press(dana, f"{PAGE}/{item.id}/bring-back")
    db.session.rollback()
    told = activity.find(activity.Filter(about="prices"), shop.dana, limit=9)
    assert [event_words(event) for event in told] == [
        "Dana put an entry back on the price list",
        "Dana took an entry off the price list",
        "Dana changed an entry of the price list",
        "Dana put something on the price list",
    ]
    assert "Price list" in read(dana.get("/staff/activity")).words()
    assert shop.count(Event, verb="item_added") == 1


def test_the_cost_is_marked_as_private(shop, dana):
    item = add(shop, cost=Decimal(10))
    page = read(dana.get(f"{PAGE}/{item.id}"))
    (card,) = [e for e in page.all("section") if "card--private" in e.get("class", "")]
    assert [e.get("name") for e in card.iter("input")] == ["cost"]


def test_a_technician_sees_no_prices(shop):
    item, theo = add(shop), shop.staff_client("Theo")
    for path in (PAGE, f"{PAGE}/{item.id}", f"{PAGE}/new"):
        assert theo.get(path).status_code == 403
    assert press(theo, f"{PAGE}/{item.id}/archive").status_code == 403


def test_an_entry_that_is_not_there_is_not_found(dana):
    assert dana.get(f"{PAGE}/999999").status_code == 404
    for rest in ("", "/archive", "/bring-back"):
        assert press(dana, f"{PAGE}/999999{rest}", VALVE).status_code == 404
