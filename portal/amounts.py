"""How amounts, prices and percentages are written and typed: as CLDR says for a locale. Pure."""

import copy
import re
from decimal import Decimal, InvalidOperation
from unicodedata import decimal

from babel import Locale
from babel.numbers import (
    NumberFormatError,
    get_currency_symbol,
    get_decimal_symbol,
    get_group_symbol,
    parse_decimal,
)

from portal import money

MOST_TYPED = 60
UNSEEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
SPACES = " \u00a0\u2009\u202f"


class Unreadable(ValueError):
    """Not a number as people of that locale write it."""


def amount(minor: int, currency: str, locale: str) -> str:
    """ "$2,146.45", "2.146,45 €", "¥29"."""
    return _in_currency(money.major(minor, currency), currency, locale, more=0)


def plain(minor: int, currency: str, locale: str) -> str:
    """ "1234.50", "1234,50": without sign or grouping, as every form of that locale takes it."""
    return str(money.major(minor, currency)).replace(".", get_decimal_symbol(locale))


def price(unit_price: Decimal, currency: str, locale: str) -> str:
    """ "$85.00", "$0.335": all the decimal places there are, and at least the currency's."""
    return _in_currency(unit_price, currency, locale, more=money.PRICE_PLACES)


def percent(rate: Decimal, locale: str) -> str:
    """ "7.375%", "19 %"."""
    pattern = copy.copy(Locale.parse(locale).percent_formats[None])
    pattern.frac_prec, pattern.scale = (0, money.PERCENT_PLACES), 0
    return pattern.apply(rate, locale)


def number(value: Decimal, locale: str, *, least: int = 0) -> str:
    """ "1.333", "1,234.50": all the decimal places there are, and at least `least`."""
    pattern = copy.copy(Locale.parse(locale).decimal_formats[None])
    pattern.frac_prec = (least, 12)
    return pattern.apply(value, locale)


def typed(text: str, locale: str, *, beside: str = "") -> Decimal:
    """The number in `text`, typed as in `locale`; `beside` it may stand a currency ("USD") or "%". Raises Unreadable.

    Strict: "1.5" is no number in German and "1,5" none in English, as each would be taken for another one.
    """
    if len(text) > MOST_TYPED:
        raise Unreadable(text[:MOST_TYPED])
    point, comma = get_decimal_symbol(locale), get_group_symbol(locale)
    digits = "".join(str(decimal(c)) if c.isdecimal() else c for c in UNSEEN.sub("", text)).replace("−", "-")
    bare = _without(digits.strip(), beside, locale).replace("٫", point).replace("٬", comma)
    for group in (SPACES, "'’"):
        if comma in group:
            bare = re.sub(f"[{group}]", comma, bare)
    bare = bare.removesuffix(point)
    p, c = re.escape(point), re.escape(comma)
    if not re.fullmatch(rf"-?(?:[0-9]+(?:{c}[0-9]+)*(?:{p}[0-9]+)?|{p}[0-9]+)", bare):
        raise Unreadable(text)
    try:
        return parse_decimal(bare, locale, strict=True)
    except (NumberFormatError, InvalidOperation):
        raise Unreadable(text) from None


def _in_currency(value: Decimal, currency: str, locale: str, *, more: int) -> str:
    places = money.decimals(currency)
    # A copy: Babel shares its patterns. Its own decimals of a currency are CLDR's, not those we keep.
    pattern = copy.copy(Locale.parse(locale).currency_formats["standard"])
    pattern.frac_prec = (places, places + more)
    words = pattern.apply(value, locale, currency=currency, currency_digits=False)
    # As CLDR's currencySpacing wants, and Babel does not: "KWD 5.000", not "KWD5.000".
    return re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", "\u00a0", words)


def _without(text: str, beside: str, locale: str) -> str:
    """`text` without the currency's sign or code, or the percent sign, before or behind it."""
    sign, text = ("-", text[1:].strip()) if text.startswith("-") else ("", text)
    words = {"%", "٪"} if beside == "%" else {beside, UNSEEN.sub("", get_currency_symbol(beside, locale))} - {""}
    words |= {sign for sign in "$£¥" if any(sign in word for word in words)}
    for word in sorted(words, key=len, reverse=True):
        if text.casefold().startswith(word.casefold()):
            return sign + text[len(word) :].strip()
        if text.casefold().endswith(word.casefold()):
            return sign + text[: -len(word)].strip()
    return sign + text
