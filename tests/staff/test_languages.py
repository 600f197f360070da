"""The office in the shop's language, and what it sends in the customer's."""

from urllib.parse import unquote

import pytest

from portal.db import writing
from tests.factories import press
from tests.pages import Page, read

SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def job(shop):
    return shop.work_order("Carol Cruz", title="Kitchen tap")


def speak(shop, job, *, of_shop: str, of_customer: str = "") -> None:
    with writing():
        shop.profile.locale, job.customer.locale = of_shop, of_customer


def test_the_office_reads_the_shops_language_whatever_the_browser_asks_for(shop, job):
    speak(shop, job, of_shop="de_DE")
    office = shop.staff_client()
    page = read(office.get("/staff/?tab=upcoming", headers={"Accept-Language": "es"}))
    assert page.tree.get("lang") == "de-DE"
    assert page.h1 == "Demnächst"
    assert "1 Auftrag" in read(office.get("/staff/customers")).words()


def test_a_plural_has_the_form_of_its_number(shop, job):
    speak(shop, job, of_shop="de_DE")
    for _ in range(2):
        shop.work_order("Carol Cruz")
    assert "3 Aufträge" in read(shop.staff_client().get("/staff/customers")).words()


def test_the_text_that_goes_with_the_link_is_in_the_customers_language(shop, job):
    speak(shop, job, of_shop="de_DE", of_customer="es")
    told = press(shop.staff_client(), f"/staff/work-orders/{job.id}/share", headers=SCRIPT).json
    sheet = Page(f"<!DOCTYPE html><title>Sheet</title>{told['sheet']}")
    sms = next(unquote(link.get("href")) for link in sheet.all("a") if link.get("href").startswith("sms:"))
    assert "Hola, Carol. Siga aquí su servicio con Brightwater Plumbing: https://" in sms
    mail = next(unquote(link.get("href")) for link in sheet.all("a") if link.get("href").startswith("mailto:"))
    assert "subject=Su servicio con Brightwater Plumbing" in mail
    assert "Link sperren" in sheet.words()


def test_without_a_language_of_their_own_the_text_is_in_the_shops(shop, job):
    speak(shop, job, of_shop="de_DE")
    told = press(shop.staff_client(), f"/staff/work-orders/{job.id}/share", headers=SCRIPT).json
    assert "Hallo Carol, den Stand Ihres Auftrags" in unquote(told["sheet"])


def test_the_preview_speaks_the_customers_language_and_not_the_offices(shop, job):
    speak(shop, job, of_shop="en_US", of_customer="de")
    page = read(shop.staff_client().get(f"/staff/work-orders/{job.id}/preview"))
    assert page.tree.get("lang") == "de"
    assert "Theo kommt" in page.h1


def test_sign_in_is_in_the_shops_language(shop, job):
    speak(shop, job, of_shop="es_ES")
    page = read(shop.app.test_client().get("/staff/sign-in", headers={"Accept-Language": "de"}))
    assert page.h1 == "Iniciar sesión"
