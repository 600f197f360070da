from datetime import timedelta

import pytest

from models import Event
from portal import clock
from tests.factories import local
from tests.pages import read

NOON = local("2026-11-22 12:00")
MACHINES = [
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mozilla/5.0 (compatible; BingPreview/1.0b)",
    "Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
    "",
]


@pytest.fixture
def job(shop):
    job = shop.work_order()
    shop.token(job)
    return job


def look(shop, job, minutes=0, client=None, **headers):
    with clock.stopped_at(NOON + timedelta(minutes=minutes)):
        return (client or shop.app.test_client()).post(shop.path(job, "/seen"), headers=headers)


def opened(shop, job) -> int:
    return shop.again(shop.link(job)).opened_count


def test_a_page_on_a_screen_counts_as_a_look(shop, job):
    answer = look(shop, job)
    assert (answer.status_code, answer.data) == (204, b"")
    assert (opened(shop, job), shop.link(job).last_opened_at) == (1, NOON)
    assert shop.verbs(job)[-1] == "opened"


def test_looks_within_half_an_hour_count_once(shop, job):
    for minutes in (0, 1, 29):
        look(shop, job, minutes)
    assert opened(shop, job) == 1
    look(shop, job, 60)
    assert opened(shop, job) == 2


def test_staff_who_look_at_their_own_link_do_not_count(shop, job):
    assert look(shop, job, client=shop.staff_client()).status_code == 204
    assert opened(shop, job) == 0
    assert "opened" not in shop.verbs(job)


@pytest.mark.parametrize("rest", ["", "/help", "/calendar.ics"])
def test_fetching_a_page_counts_nothing_whoever_fetches(shop, job, rest):
    before = shop.count(Event)
    for agent in MACHINES:
        for method in ("GET", "HEAD"):
            path = shop.path(job, rest)
            assert shop.app.test_client().open(path, method=method, headers={"User-Agent": agent}).status_code == 200
    assert (opened(shop, job), shop.count(Event)) == (0, before)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_a_look_is_only_ever_posted(shop, job, method):
    assert shop.app.test_client().open(shop.path(job, "/seen"), method=method).status_code == 404
    assert opened(shop, job) == 0


def test_a_page_on_another_site_cannot_count_a_look(shop, job):
    assert look(shop, job, **{"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert opened(shop, job) == 0


def test_a_look_changes_nothing_on_the_page(shop, job):
    with clock.stopped_at(NOON):
        before = shop.app.test_client().get(shop.path(job)).text
        look(shop, job)
        assert shop.app.test_client().get(shop.path(job)).text == before


def test_the_office_reads_of_it(shop, job):
    look(shop, job)
    with clock.stopped_at(NOON + timedelta(hours=1)):
        page = read(shop.staff_client().get(f"/staff/work-orders/{job.id}"))
    assert "Opened once · last today at 12:00 pm" in page.words("share-sheet")
    assert "Customer opened the link" in page.words()
