"""How a work order reads today: its words, its stages, its times, all in the job site's zone."""

import hashlib
from datetime import date, datetime, timedelta

from flask_babel import gettext as _

from models import OrgProfile, Signature, Status, Visit, WorkOrder
from portal import clock, dates, languages
from portal.customer_copy.shapes import CalendarCopy, SignatureCopy, StageCopy, VisitCopy
from portal.customer_copy.shop import lines
from portal.domain import staff as people
from portal.domain import visits


class Look:
    """How a work order reads today: its words and its times."""

    def __init__(self, work_order: WorkOrder, visit: Visit | None, shop: OrgProfile, today: date):
        self.work_order, self.current, self.shop, self.today = work_order, visit, shop, today
        self.zone, self.locale = work_order.time_zone, languages.current()

    def time(self, moment: datetime) -> str:
        return dates.clock_time(moment, self.zone, self.locale)

    def time_or_day(self, moment: datetime | None) -> str:
        if moment is None:
            return ""
        is_today = dates.local_date(moment, self.zone) == self.today
        return self.time(moment) if is_today else dates.short_day(moment, self.zone, self.locale)

    def words(self) -> tuple[str, str]:
        """(headline, the line under it). Says the agreed window, never an invented time of arrival."""
        name = people.first_name(self.current.technician) if self.current and self.current.technician else ""
        match self.work_order.status:
            case Status.CANCELLED:
                return _("This visit was cancelled"), self._surprise_line()
            case Status.COMPLETED:
                return _("All done"), self._finished_line(name)
            case Status.IN_PROGRESS:
                return self._working_words(name)
            case Status.ON_THE_WAY:
                headline = _("%(name)s is on the way", name=name) if name else _("We’re on the way")
                return headline, self._expected_line()
        return self._scheduled_words(name)

    def _finished_line(self, name: str) -> str:
        done_at = self.work_order.completed_at
        when = self.time(done_at)
        if dates.local_date(done_at, self.zone) != self.today:
            when = dates.day(done_at, self.zone, self.locale)
            if name:
                return _("%(name)s finished on %(day)s. Keep this link for your records.", name=name, day=when)
            return _("We finished on %(day)s. Keep this link for your records.", day=when)
        if name:
            return _("%(name)s finished at %(time)s. Keep this link for your records.", name=name, time=when)
        return _("We finished at %(time)s. Keep this link for your records.", time=when)

    def _working_words(self, name: str) -> tuple[str, str]:
        headline = _("%(name)s is on the job", name=name) if name else _("We’re on the job")
        started = self.current.started_at
        if dates.local_date(started, self.zone) == self.today:
            return headline, _("Started at %(time)s. This page updates by itself.", time=self.time(started))
        day = dates.day(started, self.zone, self.locale)
        return headline, _("Started on %(day)s. This page updates by itself.", day=day)

    def completed(self) -> str:
        done_at = self.work_order.completed_at if self.work_order.status is Status.COMPLETED else None
        return dates.full_day(dates.local_date(done_at, self.zone), self.locale) if done_at else ""

    def _expected_line(self) -> str:
        if not self.current.starts_at or self.current.ends_at < clock.now():
            return _("We’ll update this page when they arrive.")
        start, end = self._spoken()
        return _(
            "Expected between %(start)s and %(end)s. We’ll update this page when they arrive.", start=start, end=end
        )

    def _scheduled_words(self, name: str) -> tuple[str, str]:
        visit = self.current
        if visit is None or not visit.starts_at:
            if visits.last_finished(self.work_order):
                return _("We’ll be back"), _("We’ll show the day here as soon as it’s booked.")
            return _("We have your job"), _("We’ll show the day and time here as soon as it’s booked.")
        if self.is_late():
            return _("We’re running late"), self._late_line()
        start, end = self._spoken()
        if visit.ends_at < clock.now() and dates.local_date(visit.starts_at, self.zone) < self.today:
            day = dates.day(visit.starts_at, self.zone, self.locale)
            return _("You were booked for %(day)s", day=day), self._ask_line()
        if dates.local_date(visit.starts_at, self.zone) == self.today:
            if name:
                headline = _("%(name)s is coming today between %(start)s and %(end)s", name=name, start=start, end=end)
            else:
                headline = _("You’re booked for today between %(start)s and %(end)s", start=start, end=end)
        else:
            headline = self._other_day_headline(name, start, end)
        return headline, self._waiting_line(name)

    def _surprise_line(self) -> str:
        if self.shop.phone:
            return _("Call us if that is a surprise, or to book a new time.")
        return _("Write to us if that is a surprise, or to book a new time.")

    def _ask_line(self) -> str:
        return (
            _("Call us if you need to know more.") if self.shop.phone else _("Use Get help if you need to know more.")
        )

    def _late_line(self) -> str:
        if self.shop.phone:
            return _("We haven’t started yet. Call us if you need to know more.")
        return _("We haven’t started yet. Use Get help if you need to know more.")

    def _other_day_headline(self, name: str, start: str, end: str) -> str:
        moment = self.current.starts_at
        soon = dates.is_soon(moment, self.today, self.zone)
        day = (dates.weekday if soon else dates.day)(moment, self.zone, self.locale)
        if name:
            return _(
                "%(name)s is coming %(day)s between %(start)s and %(end)s", name=name, day=day, start=start, end=end
            )
        return _("You’re booked for %(day)s between %(start)s and %(end)s", day=day, start=start, end=end)

    @staticmethod
    def _waiting_line(name: str) -> str:
        if not name:
            return _("We’ll show who’s coming as soon as it’s set.")
        return _("We’ll update this page when %(name)s sets off. You don’t need to do anything.", name=name)

    def _spoken(self) -> tuple[str, str]:
        return dates.spoken_window(self.current.starts_at, self.current.ends_at, self.zone, self.locale)

    def is_late(self) -> bool:
        """The window is over and nobody has set off. Only said where the shop asked for it."""
        waits = self.work_order.status is Status.SCHEDULED and self.current and self.current.ends_at
        return bool(waits and self.shop.says_late and self.current.ends_at < clock.now())

    def stages(self) -> tuple[StageCopy, ...]:
        """Scheduled, In Progress, Completed: in those words, with the time each was reached."""
        status, visit = self.work_order.status, self.current
        reached = {Status.SCHEDULED: 0, Status.ON_THE_WAY: 0, Status.IN_PROGRESS: 1, Status.COMPLETED: 2}[status]
        ats = (
            _("On the way") if status is Status.ON_THE_WAY else self.time_or_day(self.work_order.scheduled_at),
            self.time_or_day(visit.started_at) if visit and reached >= 1 else "",
            self.time_or_day(self.work_order.completed_at) if reached == 2 else "",
        )
        words = (status_word(Status.SCHEDULED), status_word(Status.IN_PROGRESS), status_word(Status.COMPLETED))
        states = ["past" if place < reached else "ahead" for place in range(3)]
        states[reached] = "running" if status is Status.IN_PROGRESS else "now"
        return tuple(StageCopy(word=w, at=a, state=s) for w, a, s in zip(words, ats, states, strict=True))

    def visit(self, visit: Visit, note: str = "") -> VisitCopy:
        return VisitCopy(
            date=dates.day(visit.starts_at or visit.finished_at, self.zone, self.locale),
            window=dates.window(visit.starts_at, visit.ends_at, self.zone, self.locale) if visit.starts_at else "",
            zone=dates.zone_name(visit.starts_at, self.zone, self.locale) if visit.starts_at else "",
            technician=visit.technician.name if visit.technician else "",
            note=note,
        )

    def earlier_visits(self) -> tuple[VisitCopy, ...]:
        """Finished ones before the current one, newest first."""
        done = [v for v in self.work_order.visits if v.finished_at and v is not self.current]
        done.sort(key=lambda v: v.finished_at, reverse=True)
        return tuple(self.visit(v, _("Done")) for v in done)

    def later_visits(self) -> tuple[VisitCopy, ...]:
        if self.work_order.status in (Status.CANCELLED, Status.COMPLETED):
            return ()
        waiting = [v for v in self.work_order.visits if v.starts_at and not v.finished_at and v is not self.current]
        return tuple(self.visit(v) for v in waiting)

    def signature(self, signature: Signature) -> SignatureCopy:
        at = signature.signed_at
        day, time = dates.day(at, self.zone, self.locale), self.time(at)
        words = _("Signed by %(name)s on %(day)s at %(time)s", name=signature.name, day=day, time=time)
        return SignatureCopy(path=signature.path, name=signature.name, words=words)

    def calendar(self) -> CalendarCopy | None:
        """Only while there is a time to wait for."""
        visit = self.current
        if (
            self.work_order.status is not Status.SCHEDULED
            or not visit
            or not visit.starts_at
            or visit.ends_at < clock.now()
        ):
            return None
        return CalendarCopy(
            uid=self._uid(visit),
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            summary=_("%(job)s, %(shop)s", job=self.work_order.title, shop=self.shop.name),
            place=", ".join(lines(self.work_order.street, self.work_order.locality)),
            sequence=visit.edition,
        )

    def _uid(self, visit: Visit) -> str:
        """The same for the same visit, so that a newer file replaces the older one; tells nothing of our numbering."""
        return hashlib.sha256(f"{visit.id} {self.work_order.scheduled_at.isoformat()}".encode()).hexdigest()[:24]

    def clock_moment(self) -> datetime:
        """When it matters whether the reader's clock shows what the site's does."""
        now = clock.now().replace(second=0, microsecond=0)
        return self.current.starts_at if self.current and self.current.starts_at else now

    def changes_in_s(self) -> int:
        """Seconds until the words change by themselves: at midnight on site, or when the window is over."""
        moments = [clock.midnight(self.today + timedelta(days=1), self.zone)]
        waits = self.work_order.status in (Status.SCHEDULED, Status.ON_THE_WAY)
        if waits and self.current and self.current.ends_at and self.current.ends_at > clock.now():
            moments.append(self.current.ends_at)
        return clock.seconds_until(min(moments))


def status_word(status: Status) -> str:
    return {
        Status.SCHEDULED: _("Scheduled"),
        Status.ON_THE_WAY: _("On the way"),
        Status.IN_PROGRESS: _("In Progress"),
        Status.COMPLETED: _("Completed"),
        Status.CANCELLED: _("Cancelled"),
    }[status]
