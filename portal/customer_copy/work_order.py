"""The customer's copy of a work order."""

from flask_babel import gettext as _

from models import OrgProfile, Part, Photo, PhotoKind, Staff, Status, Visit, WorkOrder
from portal import amounts, clock, dates, languages
from portal.customer_copy.shapes import PartCopy, PhotoCopy, TechnicianCopy, WorkOrderCopy
from portal.customer_copy.shop import lines, of_shop
from portal.customer_copy.words import Look, status_word
from portal.domain import shop as shops
from portal.domain import signatures, timeline, visits
from portal.domain import staff as people


def of_work_order(work_order: WorkOrder) -> WorkOrderCopy:
    """The customer's copy of a work order, as of now, in the job site's zone."""
    return written(work_order, shops.profile(), visits.current(work_order), timeline.version("wo", work_order.id))


def written(work_order: WorkOrder, shop: OrgProfile, visit: Visit | None, version: str) -> WorkOrderCopy:
    """The copy, for `visit` as the current one."""
    look = Look(work_order, visit, shop, clock.today(work_order.time_zone))
    headline, lead = look.words()
    is_open = work_order.status is not Status.CANCELLED
    return WorkOrderCopy(
        shop=of_shop(shop),
        number=str(work_order.number),
        title=work_order.title,
        status=work_order.status.value,
        headline=headline,
        lead=lead,
        stages=look.stages() if is_open else (),
        technician=technician(visit.technician) if is_open and visit and visit.technician else None,
        visit=look.visit(visit) if visit and visit.starts_at else None,
        earlier_visits=look.earlier_visits(),
        later_visits=look.later_visits(),
        customer_name=work_order.customer.name if work_order.status is Status.COMPLETED else "",
        address_lines=lines(work_order.street, work_order.locality),
        parts=tuple(part_copy(part) for part in work_order.parts),
        photos=tuple(photo_copy(photo) for photo in photos_in_order(work_order.photos) if photo.is_shown),
        signature=look.signature(work_order.signature) if work_order.signature else None,
        asks_signature=signatures.is_asked(work_order),
        calendar=look.calendar(),
        document_title=_("%(status)s – %(job)s", status=status_word(work_order.status), job=work_order.title),
        completed=look.completed(),
        updated=look.time(clock.now()),
        clock_at_ms=int(look.clock_moment().timestamp() * 1000),
        clock_minutes_west=dates.minutes_west(look.clock_moment(), work_order.time_zone),
        changes_in_s=look.changes_in_s(),
        version=version,
    )


def technician(person: Staff) -> TechnicianCopy:
    return TechnicianCopy(
        name=person.name,
        initials=people.initials(person.name),
        photo=person.photo,
    )


def part_copy(part: Part) -> PartCopy:
    return PartCopy(name=part.name, quantity=quantity_words(part))


def quantity_words(part: Part) -> str:
    return f"{amounts.number(part.quantity, languages.current())} {part.unit}".strip()


def photo_copy(photo: Photo) -> PhotoCopy:
    label = photo_label(photo)
    return PhotoCopy(
        thumb=photo.thumb,
        full=photo.full,
        caption=label,
        alt=_("Photo: %(caption)s", caption=label) if label else _("Photo from the job"),
        width=photo.width,
        height=photo.height,
    )


def photo_label(photo: Photo) -> str:
    """ "Before · Pressure": when it was taken and what it shows, as far as anybody said."""
    word = {PhotoKind.BEFORE: _("Before"), PhotoKind.AFTER: _("After")}.get(photo.kind, "")
    return " · ".join(filter(None, (word, photo.caption)))


def photos_in_order(photos: list[Photo]) -> list[Photo]:
    """As the story goes: before, in between, after."""
    story = [PhotoKind.BEFORE, PhotoKind.OTHER, PhotoKind.AFTER]
    return sorted(photos, key=lambda photo: (story.index(photo.kind), photo.id))
