"""My day: a technician's visits in order, each with its one tap to call, to get there and to say how far it is."""

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from models import WorkOrder, db
from portal import clock, dates
from portal.domain import my_day, schedule, timeline, work_orders
from portal.domain import shop as shops
from portal.fields import whole_number
from portal.staff import bp, current_staff, day_copy, office_copy


@bp.get("/my-day", endpoint="my_day")
def page() -> str:
    """The home of technicians; whoever of the office drives out as well finds it from theirs."""
    shop, person = shops.profile(), current_staff()
    return render_template(
        "staff/my_day.html",
        **day(),
        counts=schedule.counts(person, shop.time_zone),
        undo_url=undo_url(whole_number(request.args.get("did"))),
        told_at=dates.clock_time(clock.now(), shop.time_zone, shop.locale),
    )


@bp.get("/my-day/news", endpoint="my_day_news")
def news() -> str:
    """What the open page shows anew when the office changed something."""
    return render_template("staff/_my_day_news.html", **day())


def day() -> dict:
    shop, person = shops.profile(), current_staff()
    today = clock.today(shop.time_zone)
    stops = [day_copy.of_stop(stop, today, shop.locale) for stop in my_day.stops(person, shop.time_zone)]
    waiting = [stop for stop in stops if not stop.is_done]
    return {
        "waiting": waiting,
        "done": [stop for stop in stops if stop.is_done],
        "day_words": day_words(dates.day(today, shop.time_zone, shop.locale), len(waiting), len(stops)),
    }


def day_words(day: str, waiting: int, all_of_them: int) -> str:
    if waiting:
        return ngettext("%(day)s · %(num)d visit", "%(day)s · %(num)d visits", waiting, day=day)
    return _("%(day)s · all done", day=day) if all_of_them else day


def undo_url(job_id: int) -> str:
    """What takes back the press that led here, while nothing else has happened to that job."""
    job = db.session.get(WorkOrder, job_id) if job_id else None
    if job is None or not work_orders.may_see(job, current_staff()):
        return ""
    undo, events = office_copy.undo(job), timeline.of(job, limit=1)
    return undo["url"] if undo and events and events[0].verb == work_orders.undoable(job) else ""


def address(did: int) -> str:
    """Where a press on My day leads back to."""
    return url_for("staff.my_day", did=did)
