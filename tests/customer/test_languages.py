"""A customer's pages in the customer's language: words, dates, and no word too many."""

from datetime import timedelta

import pytest

from portal import clock
from portal.db import writing
from portal.domain import signatures
from tests.factories import local
from tests.pages import read

MORNING = local("2026-11-22 08:00")


@pytest.fixture(autouse=True)
def sunday_morning():
    with clock.stopped_at(MORNING):
        yield


@pytest.fixture
def job(shop):
    return shop.work_order(starts_at=local("2026-11-22 10:00"))


def ask(shop, job, languages: str = "", rest: str = ""):
    headers = {"Accept-Language": languages} if languages else {}
    return read(shop.app.test_client().get(shop.path(job, rest), headers=headers))


def speak(shop, *, of_shop: str = "en_US", of_customer: str = "", job=None) -> None:
    with writing():
        shop.profile.locale = of_shop
        if job:
            job.customer.locale = of_customer


def test_a_german_phone_gets_a_german_page(shop, job):
    page = ask(shop, job, "de-DE,de;q=0.9,en;q=0.8")
    assert (page.tree.get("lang"), page.tree.get("dir")) == ("de-DE", "ltr")
    assert page.h1 == "Theo kommt heute zwischen 10:00 und 12:00 Uhr"
    assert "Geplant 08:00 In Arbeit Erledigt" in page.words("status")
    assert "Sonntag, 22. November 10:00–12:00 Uhr" in page.words("facts")
    assert page.title == "Geplant – Kitchen tap · Brightwater Plumbing"


def test_another_day_is_named_as_the_language_names_it(shop):
    job = shop.work_order(starts_at=local("2026-12-12 13:00"))
    assert ask(shop, job, "de").h1 == "Theo kommt am Samstag, 12. Dezember zwischen 13:00 und 15:00 Uhr"
    assert ask(shop, job, "es-ES").h1 == "Theo irá el sábado, 12 de diciembre de 13:00 a 15:00"


def test_a_customer_who_reads_spanish_in_an_english_shop(shop, job):
    speak(shop, of_customer="es", job=job)
    page = ask(shop, job, "en-US,en;q=0.9")
    assert page.tree.get("lang") == "es-US"
    assert page.h1 == "Theo irá hoy de 10:00 a.m. a 12:00 p.m."
    assert "Programado" in page.words("status")
    assert "domingo, 22 de noviembre" in page.words("facts")


def test_a_german_shop_whose_customers_phone_is_english(shop, job):
    speak(shop, of_shop="de_DE")
    assert ask(shop, job).h1 == "Theo kommt heute zwischen 10:00 und 12:00 Uhr"
    page = ask(shop, job, "en-US")
    assert page.h1 == "Theo is coming today between 10 and noon"
    assert page.tree.get("lang") == "en-US"


@pytest.mark.parametrize(
    ("steps", "german", "spanish"),
    [
        (["set_off"], "Theo ist unterwegs", "Theo va en camino"),
        (["start"], "Theo ist bei der Arbeit", "Theo está trabajando en ello"),
        (["start", "complete"], "Alles erledigt", "Todo listo"),
        (["cancel"], "Dieser Termin wurde abgesagt", "Esta visita se ha cancelado"),
    ],
)
def test_every_stage_has_its_words(shop, job, steps, german, spanish):
    shop.steps(job, *steps)
    assert (ask(shop, job, "de").h1, ask(shop, job, "es").h1) == (german, spanish)


def test_a_signature_is_dated_as_the_reader_dates(shop, job):
    shop.steps(job, "start", "complete")
    shop.do(signatures.sign, job, name="Carol Cruz", path="")
    assert "Unterschrieben von Carol Cruz am Sonntag, 22. November um 08:00 Uhr" in ask(shop, job, "de").words()
    assert "Firmado por Carol Cruz el domingo, 22 de noviembre, 8:00" in ask(shop, job, "es-ES").words()


def test_the_help_form_and_its_errors_speak_the_language_too(shop, job):
    client, path = shop.app.test_client(), shop.path(job, "/help")
    german = {"Accept-Language": "de"}
    assert read(client.get(path, headers=german)).h1 == "Wie können wir helfen?"
    page = read(client.post(path, data={"name": "x" * 200}, headers=german), 422)
    assert page.error("message") == "Bitte schreiben Sie Ihre Nachricht."
    assert page.error("name") == "Bitte höchstens 120 Zeichen verwenden."
    assert "Bitte Folgendes korrigieren" in page.words("error-summary")
    assert page.title.startswith("Fehler: Hilfe & Kontakt")


def test_the_calendar_file_is_in_utc_in_every_language(shop):
    job = shop.work_order(starts_at=local("2026-11-23 10:00"))
    files = {
        shop.app.test_client().get(shop.path(job, "/calendar.ics"), headers={"Accept-Language": tag}).text
        for tag in ("en", "de", "es")
    }
    assert len(files) == 1
    assert "DTSTART:20261123T180000Z" in files.pop()


def test_a_link_that_opens_nothing_speaks_the_browsers_language_and_never_the_shops(shop, job):
    speak(shop, of_shop="de_DE", of_customer="es", job=job)
    client, good = shop.app.test_client(), shop.path(job)
    for asked, h1 in (
        ("", "This link doesn’t work any more"),
        ("es", "Este enlace ya no funciona"),
        ("fr", "This link doesn’t work any more"),
    ):
        headers = {"Accept-Language": asked} if asked else {}
        bad = client.get("/portal/wo/nothing", headers=headers)
        assert read(bad, 404).h1 == h1
        for rest in ("/photos/nothing.webp", "/nothing"):
            assert client.get(good + rest, headers=headers).text == bad.text


def test_a_page_in_another_language_is_not_another_version(shop, job):
    """What an open page compares is the same in every language, so nobody's page reloads for somebody else's."""
    versions = {ask(shop, job, tag).find("main").get("data-version") for tag in ("en", "de", "es")}
    assert len(versions) == 1


def test_midnight_is_that_of_the_site_in_every_language(shop):
    job = shop.work_order(starts_at=local("2026-11-22 23:30"))
    with clock.stopped_at(local("2026-11-22 23:00") + timedelta(minutes=5)):
        assert ask(shop, job, "de").h1 == "Theo kommt heute zwischen 23:30 und 01:30 Uhr"
        assert "Sonntag, 22. November" in ask(shop, job, "de").words("facts")
