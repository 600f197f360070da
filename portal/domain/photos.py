"""Photos of a job: added, described, hidden from the customer, taken out again; and which files a row names."""

from collections.abc import Iterable

from sqlalchemy import func, select

from models import Bell, Link, OrgProfile, Photo, PhotoKind, Signature, Staff, WorkOrder, db
from portal import clock
from portal.domain import timeline
from portal.domain.refusals import Full

MOST = 300  # of one work order: more is a slip of the finger, or no job
BYTES_MOST = 500_000_000
FILE_COLUMNS = (Photo.full, Photo.thumb, Staff.photo, OrgProfile.logo)


def sent_before(work_order: WorkOrder, key: str) -> Photo | None:
    """The photo that came under this key already, when the answer to it was lost on the way."""
    query = select(Photo).where(Photo.work_order_id == work_order.id, Photo.upload_key == key)
    return db.session.scalar(query)


def check_room(work_order: WorkOrder) -> None:
    """Raises Full when the work order holds as many photos as it may."""
    ours = select(func.count(Photo.id), func.coalesce(func.sum(Photo.byte_count), 0))
    counted = ours.where(Photo.work_order_id == work_order.id, Photo.taken_out_at.is_(None))
    count, weight = db.session.execute(counted).one()
    if count >= MOST or weight >= BYTES_MOST:
        raise Full


def add(
    work_order: WorkOrder,
    *,
    full: str,
    thumb: str,
    size: tuple[int, int],
    byte_count: int,
    key: str,
    kind: PhotoKind = PhotoKind.OTHER,
    caption: str = "",
    is_shown: bool = True,
    by: Staff | None,
) -> Photo:
    """Put two stored files, of which the thumb has `size` in px, on the work order. Raises Full.

    Whoever sends `key` once more gets the photo that is there: what they sent now is nobody's.
    """
    known = sent_before(work_order, key)
    if known:
        return known
    check_room(work_order)
    width, height = size
    photo = Photo(
        work_order=work_order,
        full=full,
        thumb=thumb,
        width=width,
        height=height,
        byte_count=byte_count,
        kind=kind,
        caption=caption,
        is_shown=is_shown,
        upload_key=key,
        taken_by=by,
        created_at=clock.now(),
    )
    db.session.add(photo)
    timeline.note(work_order, "photo_added", by=by, bell=Bell.RING if is_shown else Bell.STAFF)
    return photo


def edit(photo: Photo, *, kind: PhotoKind, caption: str, is_shown: bool, by: Staff) -> None:
    """Say what the photo shows, and whether the customer sees it."""
    before = (photo.kind, photo.caption, photo.is_shown)
    if before == (kind, caption, is_shown):
        return
    photo.kind, photo.caption, photo.is_shown = kind, caption, is_shown
    verb = "photo_edited"
    if before[2] != is_shown:
        verb = "photo_shown" if is_shown else "photo_hidden"
    timeline.note(photo.work_order, verb, by=by, bell=Bell.RING if is_shown or before[2] else Bell.STAFF)


def remove(photo: Photo, *, by: Staff) -> list[str]:
    """Take the photo out: nobody sees it any more. Gives the names of files to forget once this is committed.

    Of a job that was ever shared or signed the photo is kept: the customer may have seen it.
    """
    details = {"photo": photo.id, "kind": photo.kind.value, "caption": photo.caption}
    bell = Bell.RING if photo.is_shown else Bell.STAFF
    timeline.note(photo.work_order, "photo_removed", by=by, bell=bell, **details)
    if _was_out(photo.work_order):
        photo.taken_out_at = clock.now()
        photo.upload_key = None  # whoever adds the same file again means it
        return []
    db.session.delete(photo)
    return [photo.full, photo.thumb]


def _was_out(work_order: WorkOrder) -> bool:
    """Whether the customer has ever been given the job's page, or has signed it."""
    shared = select(Link.id).where(Link.kind == timeline.kind_of(work_order), Link.record_id == work_order.id)
    signed = select(Signature.id).where(Signature.work_order_id == work_order.id)
    return bool(db.session.scalar(select(shared.exists() | signed.exists())))


def named(names: Iterable[str]) -> set[str]:
    """Those of `names` that a row names."""
    asked = list(names)
    found: set[str] = set()
    for column in FILE_COLUMNS:
        found |= set(db.session.scalars(select(column).where(column.in_(asked))))
    return found
