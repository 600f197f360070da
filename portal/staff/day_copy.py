"""A technician's day as its page reads it: big enough for wet hands, and only what a visit needs."""

from dataclasses import dataclass

from portal import dates
from portal.customer_copy import phone_uri
from portal.domain.my_day import Stop
from portal.staff import office_copy
from portal.staff.shapes import StepView


@dataclass(frozen=True, slots=True, kw_only=True)
class StopView:
    """One visit: when, where, to whom, and what can be pressed."""

    job_id: int
    title: str
    window: str
    day: str  # "" for today
    status: str
    customer_name: str
    address_lines: tuple[str, ...]
    phone_uri: str
    next_step: StepView | None
    other_step: StepView | None  # Start, without having said On the way
    finished: str
    is_done: bool


def of_stop(stop: Stop, today, locale: str) -> StopView:
    job, visit, zone = stop.work_order, stop.visit, stop.work_order.time_zone
    steps = office_copy.steps(job, locale) if stop.is_current and not stop.is_done else []
    start = visit.starts_at
    is_today = start is None or dates.local_date(start, zone) == today
    return StopView(
        job_id=job.id,
        title=job.title,
        window=dates.window(start, visit.ends_at, zone, locale) if start else "",
        day="" if is_today else dates.short_day(start, zone, locale),
        status="late" if stop.is_late else job.status.value,
        customer_name=job.customer.name,
        address_lines=office_copy.address_lines(job),
        phone_uri=phone_uri(job.customer.phone),
        next_step=next((step for step in steps if step.state == "next"), None),
        other_step=next((step for step in steps if step.state == "later"), None),
        finished=dates.clock_time(visit.finished_at, zone, locale) if visit.finished_at else "",
        is_done=stop.is_done,
    )
