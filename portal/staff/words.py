"""The words that the office's pages have at hand: of moments, of steps, and of what happened."""

from datetime import datetime, timedelta

from flask import Flask

from models import Status, Visit
from portal import clock, customer_copy, dates
from portal.domain import shop as shops
from portal.staff import office_copy, reach
from portal.staff.event_words import event_words


def attach(app: Flask) -> None:
    app.jinja_env.globals |= {"event_words": event_words, "status_word": status_word, "directions": reach.directions}
    app.jinja_env.filters |= {
        "clock": at_clock,
        "brief": brief,
        "day": on_day,
        "short_day": on_short_day,
        "when": when,
        "window": window,
    }


def at_clock(moment: datetime, zone: str) -> str:
    return dates.clock_time(moment, zone, shops.profile().locale)


def on_day(moment: datetime, zone: str) -> str:
    return dates.day(moment, zone, shops.profile().locale)


def on_short_day(moment: datetime, zone: str) -> str:
    return dates.short_day(moment, zone, shops.profile().locale)


def when(moment: datetime, zone: str) -> str:
    return office_copy.when_words(*dates.when(moment, clock.today(zone), zone, shops.profile().locale))


def brief(moment: datetime, zone: str) -> str:
    """ "10:04 am" today, "Thu" this week, "Nov 3" before."""
    locale, age = shops.profile().locale, clock.today(zone) - dates.local_date(moment, zone)
    if not age:
        return dates.clock_time(moment, zone, locale)
    week = timedelta(days=7)
    return dates.weekday(moment, zone, locale, short=True) if age < week else dates.month_day(moment, zone, locale)


def window(visit: Visit, zone: str) -> str:
    return dates.window(visit.starts_at, visit.ends_at, zone, shops.profile().locale)


def status_word(status: str) -> str:
    return customer_copy.status_word(Status(status))
