"""The visit as a calendar file: RFC 5545, read back by a reader of our own."""

from datetime import UTC, datetime, timedelta

import pytest

from portal import clock
from portal.db import writing
from portal.domain import visits
from tests.bad_input import STRANGE
from tests.factories import local

TEN = local("2026-11-22 10:00")


@pytest.fixture(autouse=True)
def _the_day_before():
    with clock.stopped_at(TEN - timedelta(days=1)):
        yield


@pytest.fixture
def job(shop):
    return shop.work_order(title="Water heater", starts_at=TEN)


def fetch(shop, job) -> bytes:
    answer = shop.app.test_client().get(shop.path(job, "/calendar.ics"))
    assert answer.status_code == 200
    return answer.data


def fields(file: bytes) -> dict[str, str]:
    """The event's fields: lines unfolded, text unescaped. Fails for a line that is too long or ends wrongly."""
    assert file.endswith(b"\r\n")
    assert b"\n" not in file.replace(b"\r\n", b"")
    rows = file.split(b"\r\n")
    assert max(len(row) for row in rows) <= 75
    assert [row.decode() for row in rows]  # no character is cut in two
    whole = file.replace(b"\r\n ", b"").decode().split("\r\n")
    return {name: unescaped(text) for name, _colon, text in (row.partition(":") for row in whole if row)}


def unescaped(text: str) -> str:
    out, rest = "", text
    while rest:
        if rest[0] == "\\":
            out, rest = out + {"n": "\n", "N": "\n"}.get(rest[1], rest[1]), rest[2:]
        else:
            assert rest[0] not in ";,", f"not escaped: {text}"
            out, rest = out + rest[0], rest[1:]
    return out


def test_the_file_holds_the_visit(shop, job):
    told = fields(fetch(shop, job))
    assert (told["DTSTART"], told["DTEND"]) == ("20261122T180000Z", "20261122T200000Z")
    assert told["SUMMARY"] == "Water heater, Brightwater Plumbing"
    assert told["LOCATION"] == "48 Alder Street, Portland"
    assert told["DTSTAMP"] == "20261121T180000Z"
    assert (told["VERSION"], told["METHOD"]) == ("2.0", "PUBLISH")
    assert told["UID"].endswith("@porchlight")


def test_the_file_is_whole_and_in_order(shop, job):
    rows = fetch(shop, job).decode().split("\r\n")
    assert rows[0] == "BEGIN:VCALENDAR"
    assert rows[-3:] == ["END:VEVENT", "END:VCALENDAR", ""]
    assert rows.count("BEGIN:VEVENT") == 1


def test_it_is_taken_for_a_calendar_file(shop, job):
    answer = shop.app.test_client().get(shop.path(job, "/calendar.ics"))
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="visit.ics"'


def test_whatever_a_title_or_an_address_holds_stays_text(shop, job):
    for typed in (*STRANGE.values(), "a;b,c\\d\\n:e", "ü" * 120, "👩‍🔧" * 30, "BEGIN:VEVENT", 'x"y'):
        with writing():
            job.title = job.street = typed
        told = fields(fetch(shop, job))
        assert told["SUMMARY"] == f"{typed}, Brightwater Plumbing"
        assert told["LOCATION"] == f"{typed}, Portland"


def test_a_visit_at_half_past_eleven_at_night_is_at_that_moment(shop):
    zone = "America/New_York"
    job = shop.work_order(starts_at=local("2026-11-22 23:30", zone), time_zone=zone)
    assert fields(fetch(shop, job))["DTSTART"] == "20261123T043000Z"


def test_it_is_the_same_entry_until_the_visit_is_moved_and_then_a_newer_one(shop, job):
    first = fields(fetch(shop, job))
    assert fields(fetch(shop, job)) == first
    with writing():
        window = {"starts_at": TEN + timedelta(days=1), "ends_at": TEN + timedelta(days=1, hours=1)}
        visits.move(job.visits[0], **window, technician=None, seen=1, by=shop.dana)
    second = fields(fetch(shop, job))
    assert second["UID"] == first["UID"]
    assert int(second["SEQUENCE"]) > int(first["SEQUENCE"])


def test_it_tells_no_number_and_no_token(shop, job):
    file = fetch(shop, job).decode()
    for secret in (shop.token(job), "1001", "Carol", "http"):
        assert secret not in file


@pytest.mark.parametrize("way", [("set_off",), ("start",), ("start", "complete"), ("cancel",)])
def test_when_there_is_nothing_to_wait_for_there_is_no_file(shop, job, way):
    shop.steps(job, *way)
    client = shop.app.test_client()
    answer = client.get(shop.path(job, "/calendar.ics"))
    assert answer.status_code == 404
    assert answer.text == client.get("/portal/wo/x").text
    assert "Add to calendar" not in client.get(shop.path(job)).text


def test_the_page_offers_the_file_while_there_is_one(shop, job):
    assert shop.path(job, "/calendar.ics") in shop.app.test_client().get(shop.path(job)).text
    with clock.stopped_at(datetime(2026, 11, 22, 21, tzinfo=UTC)):
        assert "calendar.ics" not in shop.app.test_client().get(shop.path(job)).text
