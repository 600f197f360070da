from datetime import timedelta

import pytest

from portal import clock
from portal.db import writing
from portal.domain import links
from tests.factories import local, press
from tests.pages import Page, read

SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def job(shop):
    return shop.work_order("Carol Cruz", title="Kitchen tap")


def path(job, rest="/share") -> str:
    return f"/staff/work-orders/{job.id}{rest}"


def test_the_first_tap_makes_the_link_and_tells_a_script_its_url(shop, job):
    told = press(shop.staff_client(), path(job), headers=SCRIPT).json
    assert (told["kind"], told["number"]) == ("wo", 1001)
    assert told["url"] == f"https://jobs.example.com{shop.path(job)}"
    assert told["url"] in told["sheet"]


def test_every_later_tap_gives_the_same_url(shop, job):
    office, technician = shop.staff_client("Dana"), shop.staff_client("Theo")
    urls = [press(client, path(job), headers=SCRIPT).json["url"] for client in (office, office, technician)]
    assert len(set(urls)) == 1
    assert shop.verbs(job).count("shared") == 1


def test_without_a_script_the_sheet_is_open_on_the_page(shop, job):
    office = shop.staff_client()
    answer = press(office, path(job))
    assert answer.status_code == 303
    page = read(office.get(answer.location))
    assert "open" in page.find("share-sheet").attrib
    assert page.find("share-url").get("value") == f"https://jobs.example.com{shop.path(job)}"


def test_the_sheet_offers_every_way_to_send_it(shop, job):
    told = press(shop.staff_client(), path(job), headers=SCRIPT).json
    sheet = Page(f"<!DOCTYPE html><title>Sheet</title>{told['sheet']}")
    ways = {link.text: link.get("href") for link in sheet.all("a")}
    text = f"Hi%20Carol%2C%20follow%20your%20job%20with%20Brightwater%20Plumbing%20here%3A%20{told['url']}"
    text = text.replace("://", "%3A//")
    assert ways["Text"] == f"sms:5035550188?&body={text}"
    assert ways["WhatsApp"] == f"https://wa.me/?text={text}"
    assert ways["Email"].startswith("mailto:?subject=Your%20job%20with%20Brightwater%20Plumbing&body=Hi%20Carol")
    assert "qr__code" in told["sheet"]
    assert "Not opened yet" in sheet.words()
    assert "Revoke link" in sheet.words()


def test_a_message_goes_straight_to_an_international_number(shop, job):
    with writing():
        job.customer.phone, job.customer.email = "+1 503 555 0188", "carol@home.example"
    sheet = press(shop.staff_client(), path(job), headers=SCRIPT).json["sheet"]
    assert 'href="sms:+15035550188?&amp;body=' in sheet
    assert 'href="https://wa.me/15035550188?text=' in sheet
    assert 'href="mailto:carol@home.example?subject=' in sheet


@pytest.mark.parametrize(
    ("opened_at", "words"),
    [
        (["2026-11-22 10:31"], "Opened once · last today at 10:31 am"),
        (["2026-11-17 09:00", "2026-11-22 10:31"], "Opened 2 times · last today at 10:31 am"),
        (["2026-11-17 09:00"], "Opened once · last Tue, Nov 17 at 9:00 am"),
    ],
)
def test_the_sheet_says_whether_it_was_opened(shop, job, opened_at, words):
    shop.token(job)
    for moment in opened_at:
        with clock.stopped_at(local(moment)), writing():
            links.opened(shop.link(job), job)
    with clock.stopped_at(local("2026-11-22 12:00")):
        assert words in read(shop.staff_client().get(path(job, ""))).words("share-sheet")


def test_an_unshared_job_has_no_url_on_its_page(shop, job):
    page = read(shop.staff_client().get(path(job, "")))
    assert page.find("share-url") is None
    assert "/portal/wo/" not in page.html


def test_a_shop_without_a_name_still_makes_a_sentence(shop, job):
    with writing():
        shop.profile.name = ""
    sheet = press(shop.staff_client(), path(job), headers=SCRIPT).json["sheet"]
    assert "Hi%20Carol%2C%20follow%20your%20job%20here%3A%20https" in sheet


def test_a_link_whose_key_is_lost_can_still_be_seen_to_exist_and_be_revoked(shop, job):
    customers_page = shop.path(job)
    with writing():
        shop.link(job).key_id = "lost"
    office = shop.staff_client()

    page = read(office.get(path(job, "")))
    told = press(office, path(job), headers=SCRIPT)

    assert "its key is lost" in page.words("share-sheet")
    assert told.status_code == 200
    assert "its key is lost" in told.json["sheet"]
    assert shop.app.test_client().get(customers_page).status_code == 200

    press(office, path(job, "/revoke"))
    assert press(office, path(job), headers=SCRIPT).json["url"].startswith("https://jobs.example.com/portal/wo/")


def test_sharing_leaves_the_customers_page_as_it_was(shop, job):
    page = shop.path(job)
    customer = shop.app.test_client()
    with clock.stopped_at(clock.now() + timedelta(seconds=1)):
        before = customer.get(page).text
        press(shop.staff_client(), path(job))
        assert customer.get(page).text == before


def test_the_url_comes_from_the_settings_and_never_from_the_request(shop, job):
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"} | SCRIPT
    office = shop.staff_client()
    answer = press(office, path(job), headers={"X-Forwarded-Host": "evil.example"} | SCRIPT)
    assert answer.json["url"].startswith("https://jobs.example.com/")
    assert "evil.example" not in press(office, path(job), headers=evil).text
