"""Languages, currencies and paper by country, as CLDR knows them. Pure."""

from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_name, get_territory_currencies

# CLDR's supplemental data, paperSize: US-Letter. Everybody else cuts A4.
LETTER = frozenset("BZ CA CL CO CR GT MX NI PA PH PR SV US VE".split())


def best_locale(asked: list[str], offered: list[str]) -> str:
    """The first of `asked` ("de-AT", "en") that is offered, by its language where its country is not; else the first
    offered."""
    for wish in asked:
        wish = wish.replace("-", "_")
        same_language = [code for code in offered if code.partition("_")[0] == wish.partition("_")[0].lower()]
        if same_language:
            return next((code for code in same_language if code.lower() == wish.lower()), same_language[0])
    return offered[0]


def currency_of(locale: str) -> str:
    """What is paid with where `locale` is spoken. "USD" where that cannot be told."""
    territory = Locale.parse(locale).territory
    return (get_territory_currencies(territory) or ["USD"])[0] if territory else "USD"


def territory_of(locale: str) -> str:
    """ "DE": the country, "" where the locale names none."""
    return Locale.parse(locale).territory or ""


def paper_of(locale: str) -> str:
    """The paper in a printer there: "letter" or "a4"."""
    return "letter" if Locale.parse(locale).territory in LETTER else "a4"


@lru_cache
def currencies(language: str) -> list[tuple[str, str]]:
    """(code, "USD – US Dollar") of everything that somebody pays with today, by code."""
    codes = {code for territory in get_global("territory_currencies") for code in get_territory_currencies(territory)}
    return [(code, f"{code} – {get_currency_name(code, locale=language)}") for code in sorted(codes)]
