"""How moments read to people: by CLDR, in the job site's zone. Pure.

English writes "am" small and calls twelve o'clock noon or midnight; every other language gets exactly what CLDR says.
"""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton, format_time

WORDS = {(12, 0): "noon", (0, 0): "midnight"}


def clock_time(moment: datetime, zone: str, locale: str) -> str:
    """ "10:04 am", "14:30"."""
    text = format_time(moment, "short", tzinfo=ZoneInfo(zone), locale=locale)
    return text.replace("\u202f", " ").replace("AM", "am").replace("PM", "pm") if speaks_english(locale) else text


def day(moment: datetime | date, zone: str, locale: str) -> str:
    """ "Sunday, November 22"."""
    return format_date(local_date(moment, zone), _day_pattern(locale), locale=locale)


@lru_cache
def _day_pattern(locale: str) -> str:
    """Weekday, day and month in full. Few languages have it in CLDR; elsewhere it is the full date without its year."""
    patterns = Locale.parse(locale).datetime_skeletons
    if "MMMMEEEEd" in patterns:
        return patterns["MMMMEEEEd"].pattern
    full = Locale.parse(locale).date_formats["full"].pattern
    return re.sub(r"[,،]?\s*(?:'[^']*'\s*)?y+(?:年|\.\s)?", "", full).strip(" ,")


def short_day(moment: datetime, zone: str, locale: str) -> str:
    """ "Tue, Nov 17"."""
    return _skeleton("MMMEd", moment, zone, locale)


def full_day(day: date, locale: str, *, with_weekday: bool = False) -> str:
    """ "November 22, 2026", as papers are dated; or "Sunday, November 22, 2026"."""
    return format_date(day, "full" if with_weekday else "long", locale=locale)


def weekday(moment: datetime, zone: str, locale: str, *, short: bool = False) -> str:
    """ "Thursday", or "Thu"."""
    return format_date(local_date(moment, zone), "EEE" if short else "EEEE", locale=locale)


def month_day(moment: datetime, zone: str, locale: str) -> str:
    """ "Nov 23"."""
    return _skeleton("MMMd", moment, zone, locale)


def when(moment: datetime, today: date, zone: str, locale: str) -> tuple[str, str]:
    """(day, time): the day is "" today and "Tue, Nov 17" otherwise."""
    is_today = local_date(moment, zone) == today
    return "" if is_today else short_day(moment, zone, locale), clock_time(moment, zone, locale)


def window(start: datetime, end: datetime, zone: str, locale: str) -> str:
    """ "10:00 am – 12:00 noon", "10:00–12:00 Uhr": the window agreed with the customer."""
    if not speaks_english(locale):
        hours = "hm" if "a" in Locale.parse(locale).time_formats["short"].pattern else "Hm"
        return format_interval(start, end, hours, tzinfo=ZoneInfo(zone), locale=locale)
    return f"{_exact(start, zone, locale)} – {_exact(end, zone, locale)}"


def spoken_window(start: datetime, end: datetime, zone: str, locale: str) -> tuple[str, str]:
    """The two ends as people say them: ("10", "noon"), ("11 am", "1 pm"), ("10:30", "11:15 am")."""
    if not _has_twelve_hours(locale):
        return clock_time(start, zone, locale), clock_time(end, zone, locale)
    first, last = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    same_half = (first.hour < 12) == (last.hour < 12) or _is_noon(last)
    return _spoken(first, zone, locale, with_half=not same_half), _spoken(last, zone, locale, with_half=True)


def zone_name(moment: datetime, zone: str, locale: str) -> str:
    """ "PST", "MEZ", or "GMT-03:00" where the language has no short name for it."""
    name = format_time(moment, "z", tzinfo=ZoneInfo(zone), locale=locale)
    if name.isalpha() and len(name) <= 5:
        return name
    return format_time(moment, "OOOO", tzinfo=ZoneInfo(zone), locale=locale)


def minutes_west(moment: datetime, zone: str) -> int:
    """How far the site's clock is behind UTC, counted as a browser counts its own: 480 for "PST"."""
    return -int(moment.astimezone(ZoneInfo(zone)).utcoffset().total_seconds() // 60)


def is_soon(moment: datetime, today: date, zone: str) -> bool:
    """Whether a weekday alone names the day without doubt."""
    return timedelta(0) <= local_date(moment, zone) - today < timedelta(days=7)


def local_date(moment: datetime | date, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date() if isinstance(moment, datetime) else moment


def local_time(moment: datetime, zone: str) -> time:
    return moment.astimezone(ZoneInfo(zone)).time()


def speaks_english(locale: str) -> bool:
    return locale.startswith("en")


def _skeleton(skeleton: str, moment: datetime | date, zone: str, locale: str) -> str:
    noon = datetime.combine(local_date(moment, zone), datetime.min.time())
    return format_skeleton(skeleton, noon, locale=locale)


def _exact(moment: datetime, zone: str, locale: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return "12:00 noon" if _is_noon(local) and _has_twelve_hours(locale) else clock_time(moment, zone, locale)


def _spoken(local: datetime, zone: str, locale: str, *, with_half: bool) -> str:
    if (local.hour, local.minute) in WORDS:
        return WORDS[local.hour, local.minute]
    text = clock_time(local, zone, locale).replace(":00", "")
    return text if with_half else text.rsplit(" ", 1)[0]


def _is_noon(local: datetime) -> bool:
    return (local.hour, local.minute) == (12, 0)


def _has_twelve_hours(locale: str) -> bool:
    return speaks_english(locale) and "a" in Locale.parse(locale).time_formats["short"].pattern
