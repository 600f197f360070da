import pytest

from portal import regions
from portal.languages import OFFERED


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        (["de-AT", "de"], "de_AT"),
        (["de"], "de_DE"),
        (["es-419"], "es_ES"),
        (["EN-gb"], "en_GB"),
        (["tlh", "es-MX"], "es_MX"),
        (["*"], "en_US"),
        (["-", ""], "en_US"),
        ([], "en_US"),
    ],
)
def test_the_browsers_wish_is_met_as_near_as_can_be(asked, chosen):
    assert regions.best_locale(asked, OFFERED) == chosen


@pytest.mark.parametrize(
    ("locale", "currency", "paper"),
    [
        ("en_US", "USD", "letter"),
        ("en_CA", "CAD", "letter"),
        ("es_MX", "MXN", "letter"),
        ("en_GB", "GBP", "a4"),
        ("de_CH", "CHF", "a4"),
        ("en", "USD", "a4"),
    ],
)
def test_a_country_has_its_money_and_its_paper(locale, currency, paper):
    assert (regions.currency_of(locale), regions.paper_of(locale)) == (currency, paper)


def test_every_place_that_is_offered_pays_with_something_that_is_offered():
    codes = {code for code, _words in regions.currencies("en")}
    assert {regions.currency_of(locale) for locale in OFFERED} <= codes
    assert ("EUR", "EUR – Euro") in regions.currencies("en")
    assert ("CHF", "CHF – Schweizer Franken") in regions.currencies("de")
    assert "DEM" not in codes
