"""How moments read to people: what English says aloud, what every other language gets from CLDR."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal import dates

PORTLAND, BERLIN = "America/Los_Angeles", "Europe/Berlin"
ENGLISH = ("en_US", PORTLAND)
BRITISH = ("en_GB", "Europe/London")
GERMAN = ("de_DE", BERLIN)
SPANISH = ("es_ES", "Europe/Madrid")
MEXICAN = ("es_MX", "America/Mexico_City")
AUSTRALIAN = ("en_AU", "Australia/Sydney")


def at(text: str, zone: str = PORTLAND) -> datetime:
    """The moment that a clock in `zone` shows as "2026-11-22 10:00", or "10:00" of that day."""
    text = text if " " in text else f"2026-11-22 {text}"
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("place", "clock", "words"),
    [
        (ENGLISH, "10:04", "10:04 am"),
        (ENGLISH, "00:00", "12:00 am"),
        (ENGLISH, "12:00", "12:00 pm"),
        (ENGLISH, "23:30", "11:30 pm"),
        (BRITISH, "09:05", "09:05"),
        (BRITISH, "23:30", "23:30"),
        (AUSTRALIAN, "14:30", "2:30 pm"),
        (GERMAN, "14:30", "14:30"),
        (GERMAN, "00:00", "00:00"),
    ],
)
def test_a_time_of_day(place, clock, words):
    locale, zone = place
    assert dates.clock_time(at(clock, zone), zone, locale) == words


@pytest.mark.parametrize(
    ("locale", "day", "short_day", "weekday", "short_weekday", "month_day"),
    [
        ("en_US", "Sunday, November 22", "Sun, Nov 22", "Sunday", "Sun", "Nov 22"),
        ("en_GB", "Sunday 22 November", "Sun 22 Nov", "Sunday", "Sun", "22 Nov"),
        ("de_DE", "Sonntag, 22. November", "So., 22. Nov.", "Sonntag", "So.", "22. Nov."),
    ],
)
def test_a_day(locale, day, short_day, weekday, short_weekday, month_day):
    moment = at("10:00", "UTC")
    assert dates.day(moment, "UTC", locale) == dates.day(date(2026, 11, 22), "UTC", locale) == day
    assert dates.short_day(moment, "UTC", locale) == short_day
    assert dates.weekday(moment, "UTC", locale) == weekday
    assert dates.weekday(moment, "UTC", locale, short=True) == short_weekday
    assert dates.month_day(moment, "UTC", locale) == month_day


def test_a_day_is_that_of_the_job_site_however_late_it_is():
    late = at("23:30")
    assert late.date() == date(2026, 11, 23)
    assert dates.day(late, PORTLAND, "en_US") == "Sunday, November 22"
    assert dates.day(late, BERLIN, "en_US") == "Monday, November 23"


@pytest.mark.parametrize(
    ("place", "start", "end", "words"),
    [
        (ENGLISH, "10:00", "12:00", "10:00 am – 12:00 noon"),
        (ENGLISH, "12:00", "14:00", "12:00 noon – 2:00 pm"),
        (ENGLISH, "08:30", "11:15", "8:30 am – 11:15 am"),
        (ENGLISH, "23:30", "2026-11-23 01:00", "11:30 pm – 1:00 am"),
        (BRITISH, "10:00", "12:00", "10:00 – 12:00"),
        (AUSTRALIAN, "10:00", "12:00", "10:00 am – 12:00 noon"),
        (GERMAN, "10:00", "12:00", "10:00–12:00 Uhr"),
        (GERMAN, "23:30", "2026-11-23 01:00", "23:30–01:00 Uhr"),
        (SPANISH, "10:00", "12:00", "10:00–12:00"),
        (MEXICAN, "08:30", "11:15", "8:30–11:15\u202fa.m."),
        (MEXICAN, "10:00", "14:00", "10:00\u202fa.m.\u2009–\u20092:00\u202fp.m."),
    ],
)
def test_a_window_as_it_was_agreed(place, start, end, words):
    locale, zone = place
    assert dates.window(at(start, zone), at(end, zone), zone, locale) == words


@pytest.mark.parametrize(
    ("zone", "locale", "name"),
    [
        (PORTLAND, "en_US", "PST"),
        (PORTLAND, "de_DE", "GMT-08:00"),
        (BERLIN, "de_DE", "MEZ"),
        (BERLIN, "es_US", "GMT+01:00"),
        ("Asia/Kolkata", "en_US", "GMT+05:30"),
        ("America/Los_Angeles", "en_GB", "GMT-08:00"),
        ("UTC", "es_ES", "UTC"),
    ],
)
def test_a_zone_has_a_short_name(zone, locale, name):
    assert dates.zone_name(at("10:00"), zone, locale) == name


@pytest.mark.parametrize(
    ("zone", "minutes"), [(PORTLAND, 480), (BERLIN, -60), ("Asia/Kolkata", -330), ("UTC", 0), ("Asia/Kathmandu", -345)]
)
def test_how_far_west_a_clock_is_is_counted_as_browsers_do(zone, minutes):
    assert dates.minutes_west(at("10:00"), zone) == minutes


@pytest.mark.parametrize(
    ("place", "start", "end", "spoken"),
    [
        (ENGLISH, "10:00", "12:00", ("10", "noon")),
        (ENGLISH, "11:00", "13:00", ("11 am", "1 pm")),
        (ENGLISH, "10:30", "11:15", ("10:30", "11:15 am")),
        (ENGLISH, "08:00", "10:00", ("8", "10 am")),
        (ENGLISH, "13:00", "15:30", ("1", "3:30 pm")),
        (ENGLISH, "12:00", "14:00", ("noon", "2 pm")),
        (ENGLISH, "12:30", "14:00", ("12:30", "2 pm")),
        (ENGLISH, "10:00", "12:30", ("10 am", "12:30 pm")),
        (ENGLISH, "22:00", "2026-11-23 00:00", ("10 pm", "midnight")),
        (ENGLISH, "23:30", "2026-11-23 01:00", ("11:30 pm", "1 am")),
        (ENGLISH, "00:00", "02:00", ("midnight", "2 am")),
        (BRITISH, "10:00", "12:00", ("10:00", "12:00")),
        (BRITISH, "23:30", "2026-11-23 01:00", ("23:30", "01:00")),
        (AUSTRALIAN, "10:00", "12:00", ("10", "noon")),
        (GERMAN, "08:00", "10:30", ("08:00", "10:30")),
    ],
)
def test_a_window_as_people_say_it(place, start, end, spoken):
    locale, zone = place
    assert dates.spoken_window(at(start, zone), at(end, zone), zone, locale) == spoken


@pytest.mark.parametrize(
    ("start", "end", "spoken"),
    [
        ("2026-03-08 01:00", "2026-03-08 03:00", ("1", "3 am")),
        ("2026-11-01 00:30", "2026-11-01 02:30", ("12:30", "2:30 am")),
        ("2026-03-08 10:00", "2026-03-08 12:00", ("10", "noon")),
        ("2026-11-01 10:00", "2026-11-01 12:00", ("10", "noon")),
    ],
)
def test_a_window_on_a_day_that_is_longer_or_shorter_reads_as_the_clock_there(start, end, spoken):
    assert dates.spoken_window(at(start), at(end), PORTLAND, "en_US") == spoken


def test_a_moment_today_needs_no_day():
    assert dates.when(at("10:31"), date(2026, 11, 22), PORTLAND, "en_US") == ("", "10:31 am")
    assert dates.when(at("2026-11-17 10:31"), date(2026, 11, 22), PORTLAND, "en_US") == ("Tue, Nov 17", "10:31 am")
    assert dates.when(at("23:30"), date(2026, 11, 22), PORTLAND, "en_US") == ("", "11:30 pm")


@pytest.mark.parametrize(("days", "is_soon"), [(-1, False), (0, True), (1, True), (6, True), (7, False)])
def test_a_weekday_names_the_day_for_a_week(days, is_soon):
    moment = at("23:30") + timedelta(days=days)
    assert dates.is_soon(moment, date(2026, 11, 22), PORTLAND) is is_soon


def test_local_date_and_time_are_those_of_the_site():
    moment = at("23:30")
    assert (dates.local_date(moment, PORTLAND), dates.local_date(moment, BERLIN)) == (
        date(2026, 11, 22),
        date(2026, 11, 23),
    )
    assert dates.local_time(moment, PORTLAND).isoformat() == "23:30:00"
    assert dates.local_date(date(2026, 11, 22), BERLIN) == date(2026, 11, 22)


@pytest.mark.parametrize("locale", "ar bg cs da el es fa fi fr he hi hu it ja ko nl pl pt sv ta th tr uk vi zh".split())
def test_every_language_has_words_for_every_moment_and_only_english_says_noon(locale):
    start, end = at("10:00"), at("12:00")
    words = dates.window(start, end, PORTLAND, locale)
    spoken = dates.spoken_window(start, end, PORTLAND, locale)
    assert all([words, *spoken, dates.day(start, PORTLAND, locale), dates.short_day(start, PORTLAND, locale)])
    assert "noon" not in f"{words} {spoken}"
