"""A believable sample shop: work orders in every state, links open, pictures drawn by us, nobody real."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select

from models import Customer, OrgProfile, Photo, PhotoKind, Role, Staff, WorkOrder, db
from portal import clock
from portal.db import writing
from portal.demo import paperwork
from portal.demo.jobs import JOBS, PEOPLE, SHOP, SIGNATURES, WORKING_HOURS, Job
from portal.domain import customers, links, messages, parts, samples, shop, signatures, staff, visits, work_orders
from portal.domain.refusals import NotAllowed

SIGN_IN_LASTS = timedelta(days=7)
PICTURES = Path(__file__).parent / "pictures"
THUMB = (440, 330)


def fill() -> None:
    """Put the sample shop into an empty database. Raises NotAllowed where people work already."""
    with writing():
        if staff.anybody():
            raise NotAllowed("a real shop")
        profile = shop.profile()
        for name, value in SHOP.items():
            setattr(profile, name, value)
        profile.is_sample = True
        people = hire()
        for job in JOBS:
            enact(job, people, profile, sample_now(profile.time_zone))
        paperwork.fill(people, profile, sample_now(profile.time_zone))
        mark_as_samples(people)


def mark_as_samples(people: dict[str, Staff]) -> None:
    """Note what is here now, so that it can be cleared once the shop is somebody's own. The owner stays."""
    samples.mark(
        jobs=list(db.session.scalars(select(WorkOrder.id))),
        customers=list(db.session.scalars(select(Customer.id))),
        staff=[person.id for person in people.values() if person.role is not Role.OWNER],
        **{noun: list(db.session.scalars(select(model.id))) for noun, model in samples.PAPERS.items()},
    )


def hire() -> dict[str, Staff]:
    people = {}
    for key, name, email, role, picture in PEOPLE:
        people[key] = staff.add(name=name, email=email, role=Role(role))
        if picture:
            people[key].photo = kept(f"{picture}.webp")
    return people


def enact(job: Job, people: dict[str, Staff], profile: OrgProfile, now: datetime) -> None:
    """Live through one job as it would have happened, each step at its own moment."""
    june, technician = people["june"], people.get(job.technician)
    start = begins(job, now, profile.time_zone)
    with clock.stopped_at(min(now, start) - timedelta(days=job.booked_days_ago)):
        work_order = booked(job, profile.time_zone, start, technician, by=june)
        if job.is_shared:
            links.share(work_order, by=june, keys=current_app.extensions["settings"].link_keys)
    told_from = start if job.day < 0 else now
    for minutes_ago, verb in job.steps:
        with clock.stopped_at(told_from - timedelta(minutes=minutes_ago)):
            getattr(work_orders, verb)(work_order, by=technician or june)
    for name, quantity, unit in job.parts:
        parts.add(work_order, name=name, quantity=Decimal(quantity), unit=unit, by=technician)
    for picture, caption in job.photos:
        add_photo(work_order, picture, caption)
    if job.is_signed:
        with clock.stopped_at(told_from - timedelta(minutes=job.steps[-1][0])):
            signatures.sign(work_order, name=job.customer, path=SIGNATURES[job.customer], by=technician)
    if job.message:
        link = links.of(work_order)
        messages.leave(
            work_order, link.id, about="visit", body=job.message, name=job.customer, reach_at=job.phone, address=""
        )
    if job.next_visit_days:
        later = start + timedelta(days=job.next_visit_days)
        visits.book(
            work_order, starts_at=later, ends_at=later + timedelta(hours=job.hours), technician=technician, by=june
        )


def booked(job: Job, zone: str, start: datetime, technician: Staff | None, *, by: Staff) -> WorkOrder:
    """The work order and its first visit."""
    customer = customers.add(
        name=job.customer, phone=job.phone, email=job.email, street=job.street, locality=job.locality
    )
    work_order = work_orders.book(
        customer,
        title=job.title,
        street=job.street,
        locality=job.locality,
        time_zone=zone,
        internal_notes=job.notes,
        by=by,
    )
    visits.book(work_order, starts_at=start, ends_at=start + timedelta(hours=job.hours), technician=technician, by=by)
    return work_order


def sample_now(zone: str) -> datetime:
    """The moment the sample day is told from: the present, kept inside working hours so that no job runs at night."""
    local = clock.now().astimezone(ZoneInfo(zone))
    first, last = WORKING_HOURS
    return clock.on_site(local.date(), min(max(local.time(), first), last), zone)


def begins(job: Job, now: datetime, zone: str) -> datetime:
    """When the first window begins: at a full hour on another day, at a half hour near `now` today."""
    local = now.astimezone(ZoneInfo(zone))
    if job.day:
        return clock.on_site(local.date() + timedelta(days=job.day), time(job.hour), zone)
    half_hour = local.replace(minute=local.minute // 30 * 30, second=0, microsecond=0)
    return half_hour.astimezone(UTC) + timedelta(minutes=job.minutes_from_now)


def add_photo(work_order: WorkOrder, picture: str, caption: str) -> None:
    width, height = THUMB
    kind = {"Before": PhotoKind.BEFORE, "After": PhotoKind.AFTER}.get(caption, PhotoKind.OTHER)
    full, thumb = kept(f"{picture}.webp"), kept(f"{picture}-thumb.webp")
    db.session.add(
        Photo(
            work_order=work_order,
            full=full,
            thumb=thumb,
            width=width,
            height=height,
            kind=kind,
            caption=caption if kind is PhotoKind.OTHER else "",
            is_shown=True,
            created_at=clock.now(),
        )
    )


def kept(file: str) -> str:
    """The stored name of a copy of one of our pictures."""
    return current_app.extensions["storage"].put((PICTURES / file).read_bytes(), "webp")


def links_to_show() -> list[tuple[str, str]]:
    """(words, URL) of the pages worth opening side by side, while they are shared: three jobs, a quote, an invoice."""
    rows = []
    for job in JOBS:
        if job.shown_as:
            url = url_of(job)
            if url:
                rows.append((job.shown_as, url))
    for words, record in (("Quote:        ", paperwork.main_quote()), ("Invoice:      ", paperwork.main_invoice())):
        link = links.of(record) if record else None
        if link:
            rows.append((words, address(link)))
    return rows


def url_of(job: Job) -> str | None:
    found = (
        select(WorkOrder).join(WorkOrder.customer).where(WorkOrder.title == job.title, Customer.name == job.customer)
    )
    work_order = db.session.scalar(found.limit(1))
    link = links.of(work_order) if work_order else None
    return address(link) if link else None


def address(link) -> str:
    return links.url(link, current_app.extensions["settings"])


def technician() -> Staff | None:
    """Who is on the main job, as long as they work here."""
    main = next(job for job in JOBS if job.is_main)
    email = next(email for key, _name, email, _role, _picture in PEOPLE if key == main.technician)
    person = staff.by_email(email)
    return None if person is None or person.archived_at else person


def ways_in(*, many: int) -> dict:
    """What `demo --json` prints: fresh sign-in links, a customer's link, and `many` more for load tests."""
    base_url = current_app.extensions["settings"].base_url
    with writing():
        if not shop.profile().is_sample:
            raise NotAllowed("a real shop")
        people = [staff.by_email(email) for _key, _name, email, _role, _picture in PEOPLE]
        told = {
            "staff": [
                {
                    "email": person.email,
                    "role": person.role.value,
                    "sign_in_url": f"{base_url}/staff/sign-in/{staff.sign_in_link(person, lasts=SIGN_IN_LASTS)}",
                }
                for person in people
                if person
            ]
        }
        main = next(job for job in JOBS if job.is_main)
        work_order = db.session.scalar(select(WorkOrder).where(WorkOrder.title == main.title).order_by(WorkOrder.id))
        keys = current_app.extensions["settings"].link_keys
        shown = {"wo": work_order, "quote": paperwork.main_quote(), "invoice": paperwork.main_invoice()}
        told["links"] = {kind: address(links.share(record, by=None, keys=keys)) for kind, record in shown.items()}
        told["numbers"] = {kind: record.number for kind, record in shown.items()}
        if many:
            told["many"] = [address(more) for more in shared_work_orders(many, people[1], keys)]
    return told


def shared_work_orders(many: int, technician: Staff, keys: dict[str, bytes]):
    """`many` further jobs for tomorrow, each with its own link."""
    zone = shop.profile().time_zone
    tomorrow = clock.midnight(clock.today(zone) + timedelta(days=1), zone) + timedelta(hours=9)
    customer, jobs = customers.add(name="Load Test", street="1 Test Way"), []
    for number in range(many):
        job = work_orders.book(
            customer, title=f"Load test {number + 1}", street="1 Test Way", locality="", time_zone=zone, by=None
        )
        visits.book(job, starts_at=tomorrow, ends_at=tomorrow + timedelta(hours=2), technician=technician, by=None)
        jobs.append(job.id)
        yield links.share(job, by=None, keys=keys)
    samples.mark(jobs=jobs, customers=[customer.id], staff=[])
