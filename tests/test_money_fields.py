"""Money typed into forms: kept as typed, read as the language writes it, and refused in plain words."""

from decimal import Decimal

import pytest
from flask import Flask, g
from flask_babel import Babel
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import Form

from portal import money
from portal.money_fields import LineQuantityField, MoneyField, PercentField, PriceField
from tests.bad_input import QUANTITIES

CURRENCY = {"now": "USD"}


class Fields(Form):
    quantity = LineQuantityField("Quantity")
    price = PriceField("Price", currency=lambda: CURRENCY["now"])
    amount = MoneyField("Amount", currency=lambda: CURRENCY["now"], required="Enter an amount.")
    percent = PercentField("Percent")


@pytest.fixture(autouse=True, scope="module")
def language():
    app = Flask("fields")
    Babel(app, locale_selector=lambda: g.get("locale", "en_US"))
    with app.test_request_context():
        yield


def filled(**typed) -> Fields:
    return Fields(MultiDict({"amount": "1", **typed}))


def complaint(name: str, text: str) -> str:
    form = filled(**{name: text})
    assert not form.validate()
    assert list(form.errors) == [name]
    assert getattr(form, name).data is None
    return str(form.errors[name][0])


def test_what_is_typed_becomes_decimals_and_minor_units():
    form = filled(quantity="1.333", price="$0.335", amount="$1,234.50", percent="7.375 %")
    assert form.validate()
    assert form.data == {
        "quantity": Decimal("1.333"),
        "price": Decimal("0.335"),
        "amount": 123450,
        "percent": Decimal("7.375"),
    }
    assert form.amount._value() == "$1,234.50"


def test_a_record_is_shown_as_people_write_it():
    form = Fields(
        data={"quantity": Decimal("2.0000"), "price": Decimal("85"), "amount": 123450, "percent": Decimal("5.0")}
    )
    assert [field._value() for field in form] == ["2", "85.00", "1,234.50", "5"]
    assert [field._value() for field in Fields()] == ["", "", "", ""]


def test_the_language_of_the_reader_decides(monkeypatch):
    app = Flask("fields")
    Babel(app, locale_selector=lambda: "de_DE")
    with app.test_request_context():
        form = filled(price="1.234,50", amount="38,00 $", percent="7,5")
        assert form.validate()
        assert (form.price.data, form.amount.data, form.percent.data) == (Decimal("1234.5"), 3800, Decimal("7.5"))
        assert complaint("price", "1.5") == "Enter a number like 1.234,50."


def test_the_currency_decides_the_decimals(monkeypatch):
    monkeypatch.setitem(CURRENCY, "now", "JPY")
    assert filled(amount="400").amount.data == 400
    assert complaint("amount", "0.5") == "Enter a whole number."
    assert filled(price="0.3335").price.data == Decimal("0.3335")
    monkeypatch.setitem(CURRENCY, "now", "KWD")
    assert filled(amount="0.005").amount.data == 5


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("amount", "", "Enter an amount."),
        ("amount", "two", "Enter a number like 1,234.50."),
        ("amount", "1.234,50", "Enter a number like 1,234.50."),
        ("amount", "€5", "Enter a number like 1,234.50."),
        ("amount", "0.001", "Use at most 2 decimal places."),
        ("amount", "-1", "Enter 0 or more."),
        ("amount", "9" * 40, "Enter at most 10,000,000,000,000.00."),
        ("price", "0.0000001", "Use at most 6 decimal places."),
        ("price", "9" * 40, "Enter at most 10,000,000,000.00."),
        ("quantity", "0", "Enter a number above 0."),
        ("quantity", "-1", "Enter a number above 0."),
        ("quantity", "1,5", "Enter a number like 1,234.5."),
        ("quantity", "1000001", "Enter at most 1,000,000."),
        ("percent", "101", "Enter at most 100."),
        ("percent", "5.00001", "Use at most 4 decimal places."),
        ("percent", "ten", "Enter a percentage like 7.5."),
    ],
)
def test_what_cannot_be_is_refused_in_plain_words(name, text, words):
    assert complaint(name, text) == words


@pytest.mark.parametrize("text", [*QUANTITIES, "1e9", "-Infinity", "sNaN", "²", "1_0", "0" * 999])
def test_no_bad_quantity_is_kept(text):
    assert complaint("quantity", text)


@pytest.mark.parametrize("text", ["", "  ", "\ud800", "\x00"])
def test_what_no_keyboard_types_is_nothing(text):
    form = filled(quantity=text)
    assert form.validate()
    assert form.quantity.data is None


@settings(deadline=None, derandomize=True, max_examples=60, database=None)
@given(st.text(max_size=70) | st.text("0123456789.,-$%eE' \u202f٣٫٬", max_size=70))
def test_whatever_is_typed_is_kept_or_refused(text):
    form = filled(quantity=text, price=text, amount=text, percent=text)
    form.validate()
    for field in form:
        assert field.data is None or field.data >= 0
        assert isinstance(field._value(), str)
    assert form.amount.data is None or form.amount.data <= money.MOST_MINOR
