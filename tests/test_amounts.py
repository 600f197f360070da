"""How amounts read and how they may be typed: as CLDR says, with the decimals that we keep."""

from decimal import Decimal

import pytest

from portal import amounts, money
from portal.amounts import Unreadable

LOCALES = "en_US en_GB en_IN de_DE de_CH fr_FR es_ES it nl pl pt_BR sv ar ar_EG fa he hi ja zh".split()


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "words"),
    [
        (214645, "USD", "en_US", "$2,146.45"),
        (-1000, "USD", "en_US", "-$10.00"),
        (0, "USD", "en_US", "$0.00"),
        (214645, "EUR", "de_DE", "2.146,45 €"),
        (214645, "EUR", "fr_FR", "2 146,45 €"),
        (29, "JPY", "en_US", "¥29"),
        (1234567, "KWD", "en_US", "KWD 1,234.567"),
        (123, "ISK", "en_US", "ISK 123"),
        (1500, "IQD", "en_US", "IQD 1.500"),
        (money.MOST_MINOR, "USD", "en_US", "$10,000,000,000,000.00"),
    ],
)
def test_an_amount(minor, currency, locale, words):
    assert plain(amounts.amount(minor, currency, locale)) == words


@pytest.mark.parametrize(("price", "words"), [("85", "$85.00"), ("0.335", "$0.335"), ("0.000001", "$0.000001")])
def test_a_price_has_all_its_decimals(price, words):
    assert amounts.price(Decimal(price), "USD", "en_US") == words


@pytest.mark.parametrize(
    ("rate", "locale", "words"),
    [("7.375", "en_US", "7.375%"), ("19.0000", "de_DE", "19 %"), ("0", "en_US", "0%"), ("5.5", "fr_FR", "5,5 %")],
)
def test_a_percentage(rate, locale, words):
    assert plain(amounts.percent(Decimal(rate), locale)) == words


def test_a_number_has_all_its_decimals_and_at_least_some():
    assert amounts.number(Decimal("1.3330"), "en_US") == "1.333"
    assert amounts.number(Decimal("1234.5"), "de_DE", least=2) == "1.234,50"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("currency", ["USD", "EUR", "JPY", "KWD", "CHF"])
def test_what_is_written_can_be_typed_back(locale, currency):
    for minor in (0, 5, 29, 123456, -123456789):
        words = amounts.amount(minor, currency, locale)
        assert amounts.typed(words, locale, beside=currency) == money.major(minor, currency), words
    for value in ("0.5", "1.333", "1234.5", "-1234567.8901"):
        assert amounts.typed(amounts.number(Decimal(value), locale), locale) == Decimal(value)
    assert amounts.typed(amounts.percent(Decimal("7.375"), locale), locale, beside="%") == Decimal("7.375")


@pytest.mark.parametrize(
    ("text", "locale", "value"),
    [
        ("1,234.50", "en_US", "1234.50"),
        ("38", "en_US", "38"),
        ("$38.00", "en_US", "38"),
        ("38 usd", "en_US", "38"),
        ("US$38", "en_GB", "38"),
        ("-$5", "en_US", "-5"),
        ("−5", "en_US", "-5"),
        ("5.", "en_US", "5"),
        (".5", "en_US", "0.5"),
        ("12,34,567", "en_IN", "1234567"),
        ("1.234,50", "de_DE", "1234.50"),
        ("1.234", "de_DE", "1234"),
        ("1234,5", "de_DE", "1234.5"),
        ("1 234,5", "fr_FR", "1234.5"),
        ("1'234.5", "de_CH", "1234.5"),
        ("٣٨", "ar", "38"),
        ("١٬٢٣٤٫٥", "ar", "1234.5"),
        ("９９", "ja", "99"),
        ("9" * 40, "en_US", "9" * 40),
    ],
)
def test_what_people_type(text, locale, value):
    assert amounts.typed(text, locale, beside="USD") == Decimal(value)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("1.234,50", "en_US"),
        ("1,5", "en_US"),
        ("12,34", "en_US"),
        ("1,234,56", "en_US"),
        ("1.5", "de_DE"),
        ("1 234", "en_US"),
        ("€38", "en_US"),
        *[
            (text, "en_US")
            for text in ("", " ", "$", "-", ".", ",", "--5", "+5", "5-", "1e9", "NaN", "Infinity", "1_000")
        ],
        *[(text, "en_US") for text in ("0x1f", "²", "½", "Ⅷ", "\ud800", "5\x00", "two", "1.2.3", "1,", "9" * 61)],
        ("1," + "000," * 9 + "000", "en_US"),
    ],
)
def test_what_could_be_taken_for_another_number_is_refused(text, locale):
    with pytest.raises(Unreadable):
        amounts.typed(text, locale, beside="USD")
