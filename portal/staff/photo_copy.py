"""Photos of a job as the staff's pages show them, those that the customer does not see among them."""

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from models import Event, Photo
from portal.customer_copy import photo_label, photos_in_order
from portal.staff.shapes import PhotoView


def of_all(photos: list[Photo]) -> tuple[PhotoView, ...]:
    return tuple(of_photo(photo) for photo in photos_in_order(photos))


def of_photo(photo: Photo) -> PhotoView:
    def url(name: str) -> str:
        return url_for("staff.job_photo", id=photo.work_order_id, name=name)

    label = photo_label(photo)
    return PhotoView(
        id=photo.id,
        edit_url=url_for("staff.edit_job_photo", id=photo.work_order_id, photo_id=photo.id),
        is_shown=photo.is_shown,
        thumb=url(photo.thumb),
        full=url(photo.full),
        caption=label,
        alt=label or _("Photo from the job"),
        width=photo.width,
        height=photo.height,
    )


def count_words(photos: list[Photo]) -> str:
    """ "3, shown to the customer", or how many of them are."""
    count, shown = len(photos), sum(photo.is_shown for photo in photos)
    if count == shown:
        return ngettext("%(num)d, shown to the customer", "%(num)d, shown to the customer", count) if count else ""
    return _("%(num)d, of which the customer sees %(shown)d", num=count, shown=shown)


def gathered(events: list[Event]) -> tuple[list[Event], dict[int, int]]:
    """`events` with each run of photos by one person as its newest Event alone, and {that one's id: how many}."""
    kept: list[Event] = []
    counts: dict[int, int] = {}
    for event in events:
        newer = kept[-1] if kept else None
        if newer and event.verb == newer.verb == "photo_added" and event.staff_id == newer.staff_id:
            counts[newer.id] = counts.get(newer.id, 1) + 1
        else:
            kept.append(event)
    return kept, counts
