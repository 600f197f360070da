"""The line editor: what is typed stays, what cannot be is said beside its field, and nobody undoes what another did."""

import json
from decimal import Decimal

import pytest

from models import Quote, TaxCategory, db
from portal import money
from portal.db import writing
from portal.domain import catalogue, quotes, taxes
from tests.factories import line, press
from tests.pages import read


@pytest.fixture
def quote(shop):
    return shop.quote()


@pytest.fixture
def dana(shop):
    return shop.staff_client()


def typed(quote, **changes) -> dict:
    """The form with one line as the editor sends it."""
    db.session.rollback()
    form = {
        "title": quote.title,
        "seen": str(quote.edition),
        "lines-0-id": str(quote.lines[0].id),
        "lines-0-description": "Faucet",
        "lines-0-quantity": "1",
        "lines-0-price": "100.00",
    }
    return form | {name.replace("__", "-"): value for name, value in changes.items()}


def save(client, quote, **changes):
    return press(client, f"/staff/quotes/{quote.id}/edit", typed(quote, **changes))


def test_lines_are_saved_in_the_order_in_which_they_stand(shop, dana, quote):
    kept = quote.lines[0].id
    form = {"lines-7-description": "Valve", "lines-7-price": "5", "lines-7-quantity": "2"} | typed(quote)
    assert press(dana, f"/staff/quotes/{quote.id}/edit", form).status_code == 303
    lines = shop.again(quote).lines
    assert [row.description for row in lines] == ["Valve", "Faucet"]
    assert lines[1].id == kept


def test_what_nobody_wrote_on_is_no_line(shop, dana, quote):
    empty = {"lines__1__description": "", "lines__1__quantity": "", "lines__1__price": "", "lines__1__tax": ""}
    assert save(dana, quote, **empty).status_code == 303
    assert len(shop.again(quote).lines) == 1


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("lines-0-price", "abc", "Enter a number like 1,234.50."),
        ("lines-0-price", "9" * 40, "Enter at most 10,000,000,000.00."),
        ("lines-0-price", "0.0000001", "Use at most 6 decimal places."),
        ("lines-0-quantity", "-1", "Enter a number above 0."),
        ("lines-0-cost", "1,5", "Enter a number like 1,234.50."),
        ("lines-0-discount", "101%", "Enter a percentage from 0 to 100, with at most 4 decimal places."),
        ("lines-0-discount", "100.01", "This is more than there is to take it from."),
        ("lines-0-description", "", "Write what this line is for."),
        ("discount", "500", "This is more than there is to take it from."),
        ("title", "", "Write what it is for, like “Water heater replacement”."),
        ("valid_until", "0202-01-01", "Check the year."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_all_stays(shop, dana, quote, field, text, words):
    answer = press(dana, f"/staff/quotes/{quote.id}/edit", typed(quote) | {"message": "Hello", field: text})
    page = read(answer, 422)
    assert page.error(field) == words
    assert page.kept(field) == text
    assert page.kept("message") == "Hello"
    assert shop.verbs(quote) == ["created", "edited"]


@pytest.mark.parametrize(
    "text", ["<b>Valve</b><script>alert(1)</script>", "🚿 🔧", "\ud800x", "a\x00b", "‮evil", "x" * 200]
)
def test_whatever_is_pasted_is_kept_or_cleaned_and_never_breaks(shop, dana, quote, text):
    form = typed(quote) | {"lines-0-description": text.encode("utf-8", "surrogatepass")}
    assert press(dana, f"/staff/quotes/{quote.id}/edit", form).status_code == 303
    assert "<script>alert" not in read(dana.get(f"/staff/quotes/{quote.id}")).html


def test_a_button_changes_the_rows_and_saves_nothing(shop, dana, quote):
    two = {"lines__1__description": "Valve", "lines__1__price": "bad"}
    page = read(save(dana, quote, do="up-1", **two))
    assert page.html.index("Valve") < page.html.index("Faucet")
    assert page.kept("lines-1-price") == "bad"
    page = read(save(dana, quote, do="delete-0", **two))
    assert "Faucet" not in page.html
    page = read(save(dana, quote, do="add"))
    assert len([row for row in page.all("fieldset") if row.get("class") == "line"]) >= 2
    assert shop.verbs(quote) == ["created", "edited"]


def test_the_price_list_puts_a_filled_line_on_the_form(shop, dana, quote):
    with writing():
        item = catalogue.add({"description": "Ball valve", "price": Decimal(38), "cost": Decimal(14)}, by=None)
        number = item.id
    page = read(save(dana, quote, do="item", item=str(number)))
    assert page.kept("lines-1-description") == "Ball valve"
    assert page.kept("lines-1-price") == "38.00"


def test_the_server_says_what_it_comes_to_while_one_types(shop, dana, quote):
    with writing():
        rate = taxes.add(name="Sales tax", rate=Decimal(10), category=TaxCategory.STANDARD, by=None).id
    path = f"/staff/quotes/{quote.id}/totals"
    answer = press(dana, path, typed(quote, lines__0__tax=str(rate), lines__0__cost="60", discount="10%"))
    said = json.loads(answer.text)
    assert said["total"] == "$99.00"
    assert said["amounts"] == {"0": "$100.00"}
    assert "$30.00" in said["totals"]
    assert shop.verbs(quote) == ["created", "edited"]
    wrong = press(dana, path, typed(quote, lines__0__price="abc"))
    assert wrong.status_code == 422
    assert json.loads(wrong.text)["errors"] == {"lines-0-price": "Enter a number like 1,234.50."}


def test_a_tax_that_is_not_offered_any_more_stays_on_its_line(shop, dana):
    quote = shop.quote(lines=(line(tax=19, tax_name="Old"),))
    page = read(dana.get(f"/staff/quotes/{quote.id}/edit"))
    assert page.kept("lines-0-tax") == "kept"
    assert save(dana, quote, lines__0__tax="kept").status_code == 303
    assert shop.again(quote).lines[0].tax_rate == 19


def test_two_who_edit_at_once_see_both_versions(shop, dana, quote):
    form = typed(quote, title="Mine", lines__0__description="My line")
    assert save(shop.staff_client("Olive"), quote, title="Theirs").status_code == 303
    answer = press(dana, f"/staff/quotes/{quote.id}/edit", form)
    page = read(answer, 409)
    assert "Olive Owens changed this" in page.words()
    assert "Theirs" in page.words()
    assert page.kept("title") == "Mine"
    assert page.kept("lines-0-description") == "My line"
    again = press(dana, f"/staff/quotes/{quote.id}/edit", form | {"seen": page.kept("seen")})
    assert again.status_code == 303
    assert shop.again(quote).title == "Mine"


def test_what_was_typed_is_not_lost_when_the_customer_approves_meanwhile(shop, dana):
    quote = shop.quote(is_sent=True)
    form = typed(quote, lines__0__description="My line")
    shop.approved(quote)
    page = read(press(dana, f"/staff/quotes/{quote.id}/edit", form), 409)
    assert page.kept("lines-0-description") == "My line"
    assert "nothing was saved" in page.words()


def test_more_lines_than_there_can_be_are_refused_in_words(shop, dana, quote):
    many = {f"lines-{n}-description": "x" for n in range(10_000)}
    answer = press(dana, f"/staff/quotes/{quote.id}/edit", typed(quote) | many)
    assert answer.status_code == 422
    assert "more than 1,000 lines" in answer.text
    assert money.MOST_LINES == 1000


def test_an_optional_line_counts_once_the_customer_ticks_it(shop, dana, quote):
    more = {"lines__1__description": "Pan", "lines__1__price": "50", "lines__1__is_optional": "y"}
    assert save(dana, quote, **more).status_code == 303
    shop.do(quotes.send, quote)
    assert "$100.00" in read(dana.get(f"/staff/quotes/{quote.id}")).words()
    assert [row.is_chosen for row in db.session.get(Quote, quote.id).lines] == [True, False]
