"""Whose language a page speaks, and what a browser may ask for."""

import pytest

from portal import languages
from tests.pages import read


@pytest.mark.parametrize(
    ("tag", "home", "locale"),
    [
        ("de", "", "de"),
        ("de-AT", "", "de_AT"),
        ("DE_ch", "", "de_CH"),
        ("de-CH-1996", "", "de_CH"),
        ("de_DE.UTF-8", "", "de_DE"),
        ("es", "en_US", "es_US"),
        ("es", "es_MX", "es_MX"),
        ("es-419", "en_US", "es_US"),
        ("en", "de_DE", "en_DE"),
        ("en-PH", "en_GB", "en_GB"),
        ("en-Latn-GB", "en_US", "en_GB"),
        ("de", "en_US", "de"),
        ("fr", "fr_FR", ""),
        ("", "en_US", ""),
        ("*", "en_US", ""),
        ("../../etc", "en_US", ""),
        ("de" * 4000, "en_US", ""),
        ("d\x00e", "en_US", ""),
        ("de", "../..", "de"),
    ],
)
def test_a_tag_becomes_one_of_our_locales_or_none(app, tag, home, locale):
    assert languages.fit(tag, home) == locale


@pytest.mark.parametrize(
    ("customer", "asked", "shop", "locale"),
    [
        ("es", "de", "en_US", "es_US"),  # the customer's card
        ("", "de-AT,en;q=0.8", "en_US", "de_AT"),  # the browser
        ("", "fr-FR,fr;q=0.9,de;q=0.5,en;q=0.4", "en_US", "de"),
        ("", "en;q=0.5, de;q=0.9", "en_US", "de"),
        ("", "de;q=0, en", "de_DE", "en_DE"),
        ("", "fr, *;q=0.1", "en_GB", "en_GB"),  # any: the shop's
        ("", "fr", "de_DE", "de_DE"),  # the shop
        ("", "", "es_ES", "es_ES"),
        ("fr", "de", "en_US", "de"),  # a language we have no words in is no language
        ("xx", "yy", "zz_ZZ", "en"),
    ],
)
def test_a_customer_reads_the_language_of_their_card_their_browser_or_the_shop(app, customer, asked, shop, locale):
    with app.test_request_context(headers={"Accept-Language": asked}):
        assert languages.of_reader(customer, shop) == locale


def test_what_is_sent_to_a_customer_does_not_depend_on_who_sends_it(app):
    with app.test_request_context(headers={"Accept-Language": "de"}):
        assert languages.of_customer("", "en_GB") == "en_GB"
        assert languages.of_customer("es", "en_GB") == "es"


def test_whatever_is_offered_has_words_and_a_name(app):
    assert [languages.fit(code) for code in languages.OFFERED] == languages.OFFERED
    assert languages.name_of("es_US") == "Español (Estados Unidos)"


def test_without_a_request_the_words_are_english(app):
    assert languages.selected() == "en"


NONSENSE = [
    "x",
    ";;;,,,;q=",
    "de;q=abc",
    "de;q=99999999999999999999",
    "de-" + "A" * 10_000,
    ",".join(["xx"] * 5000),
    "\u00e4\u00f6",
    "de_DE@euro",
    "../../../../etc/passwd",
    "-",
    "en-ZZ",
    "*;q=0",
    "%00",
]


@pytest.mark.parametrize("asked", NONSENSE)
def test_a_nonsensical_wish_still_gets_a_page(shop, asked):
    browser, path = shop.app.test_client(), shop.path(shop.work_order())
    for address, code in ((path, 200), (f"{path}/help", 200), ("/portal/wo/x", 404), ("/nope", 404)):
        page = read(browser.get(address, headers={"Accept-Language": asked}), code)
        assert page.h1


def test_no_wish_makes_the_server_keep_another_language(shop):
    browser, path = shop.app.test_client(), shop.path(shop.work_order())
    for region in ("ZW", "MH", "150", "JM", "BB", "XX"):
        assert browser.get(path, headers={"Accept-Language": f"en-{region}"}).text.count('<html lang="en-US"') == 1
    assert set(shop.app.extensions["babel"].instance.domain_instance.cache) == {"en"}
