"""Photos of a job: sent from the phone, described, hidden from the customer, taken out again."""

import re
from pathlib import Path

from flask import abort, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.datastructures import FileStorage

from models import Photo
from portal.db import look_again, writing
from portal.domain import photos
from portal.domain.refusals import Full
from portal.outside import pictures
from portal.outside.storage import NoRoom, OutOfReach
from portal.outside.worker import Busy, Failed, Interrupted, Refused
from portal.staff import bp, current_staff, find, find_job, photo_copy, work_orders
from portal.staff.photo_forms import PhotoForm

KEY = re.compile(r"[0-9a-f]{32}")
BYTES_MOST = 25_000_000  # one photo, as it comes from a camera


class NotKept(Exception):
    """This file gave no photo. `code` is 422 when sending it again would end the same, 503 when it may go well."""

    def __init__(self, words: str, code: int = 422):
        super().__init__(words)
        self.words, self.code = words, code


@bp.post("/work-orders/<int:id>/photos")
def add_photos(id: int):
    """One photo from the page's queue, answered in JSON, or however many a form without script brings."""
    form = PhotoForm(request.form)
    uploads = [upload for upload in request.files.getlist("photos") if upload.filename]
    is_queue = request.accept_mimetypes.best == "application/json"
    if request.form.get("me", str(current_staff().id)) != str(current_staff().id):
        # Taken by somebody who had signed in here before: it waits for them, and is nobody else's.
        return jsonify(error=gettext("You were signed out.")), 401
    find_job(id)
    if not form.validate():
        form.caption.data = ""
        return work_orders.show(find_job(id), photo_trouble=[str(e) for e in form.caption.errors], code=422)
    if is_queue and len(uploads) == 1:
        return answer_queue(id, uploads[0], form)
    trouble, added = [], 0
    for upload in uploads:
        try:
            keep(id, upload, "", form.said())
            added += 1
        except NotKept as error:
            trouble.append(gettext("%(file)s: %(why)s", file=upload.filename, why=error.words))
    if not uploads:
        trouble.append(gettext("Choose a photo first."))
    if trouble:
        return work_orders.show(find_job(id), photo_trouble=trouble, photos_added=added, code=422)
    flash(ngettext("Photo added.", "%(num)d photos added.", added), "done")
    return redirect(f"{url_for('.work_order', id=id)}#photos", 303)


def answer_queue(id: int, upload: FileStorage, form: PhotoForm):
    try:
        photo_id = keep(id, upload, request.form.get("key", ""), form.said())
    except NotKept as error:
        return jsonify(error=error.words), error.code, {"Retry-After": "5"} if error.code == 503 else {}
    job, photo = find_job(id), find(Photo, photo_id)
    view = photo_copy.of_photo(photo)
    return jsonify(
        tile=render_template("staff/_photo_tile.html", photo=view), count=photo_copy.count_words(job.photos)
    ), 201


def keep(id: int, upload: FileStorage, key: str, said: dict) -> int:
    """The id of the photo that `upload` became, or had become when it was sent before. Raises NotKept."""
    look_again()  # what follows takes a moment: hold no transaction meanwhile
    with pictures.received(upload) as source:
        if source.stat().st_size > BYTES_MOST:
            raise NotKept(gettext("That file is too large. Use a photo of at most 25 MB."))
        # Without a key of its own the same file is the same photo: a form that is sent again adds nothing.
        key = key if KEY.fullmatch(key) else pictures.fingerprint(source)
        try:
            job = find_job(id)
            known = photos.sent_before(job, key)
            if known:
                return known.id
            photos.check_room(job)
            return written(id, remade(source), key, said)
        except Full as full:
            raise NotKept(gettext("This work order holds as many photos as it can. Take some out first.")) from full


def remade(source: Path) -> pictures.Shot:
    """The photo in `source` as it is kept. Raises NotKept."""
    look_again()
    worker, storage = current_app.extensions["worker"], current_app.extensions["storage"]
    try:
        return pictures.photo(source, worker=worker, storage=storage)
    except Refused as refused:
        raise NotKept(refusal(refused.reason)) from refused
    except (Busy, Interrupted) as busy:
        words = gettext("Many photos are being prepared at this moment. Try again in a few seconds.")
        raise NotKept(words, 503) from busy
    except Failed as failed:
        raise NotKept(gettext("That photo could not be read. It may be damaged, or too large.")) from failed
    except (NoRoom, OutOfReach) as trouble:
        current_app.logger.error("a photo could not be kept: %s %s", type(trouble).__name__, trouble)
        words = gettext("There is no room for photos at this moment. Ask the owner of the shop to make some.")
        if isinstance(trouble, OutOfReach):
            words = gettext("The place where photos are kept does not answer. Try again in a few minutes.")
        raise NotKept(words, 503) from trouble


def refusal(reason: str) -> str:
    return {
        "too_many_pixels": gettext("That photo is too large: at most 60 megapixels as JPEG, 24 as HEIC."),
        "too_small": gettext("That picture is too small, or empty. Use one of at least 16 × 16 pixels."),
    }.get(reason, gettext("That is not a photo we can read. Use a JPEG, HEIC, PNG or WebP file."))


def written(id: int, shot: pictures.Shot, key: str, said: dict) -> int:
    """Put the kept files on the work order. Those that come to nothing are taken away at once, or by tomorrow."""
    files = {"full": shot.full, "thumb": shot.thumb, "size": shot.size, "byte_count": shot.byte_count}
    is_ours = False
    try:
        with writing():
            photo = photos.add(find_job(id), **files, key=key, **said, by=current_staff())
            photo_id, is_ours = photo.id, photo.full == shot.full
        return photo_id
    finally:
        if not is_ours:
            current_app.extensions["storage"].forget([shot.full, shot.thumb])


@bp.get("/work-orders/<int:id>/photos/<int:photo_id>/edit")
def edit_job_photo(id: int, photo_id: int):
    photo = find_photo(id, photo_id)
    form = PhotoForm(kind=photo.kind.value, caption=photo.caption, is_shown=photo.is_shown)
    return photo_page(photo, form)


@bp.post("/work-orders/<int:id>/photos/<int:photo_id>/edit", endpoint="save_job_photo")
def save_job_photo(id: int, photo_id: int):
    form = PhotoForm(request.form)
    if not form.validate():
        return photo_page(find_photo(id, photo_id), form), 422
    with writing():
        photos.edit(find_photo(id, photo_id), **form.said(), by=current_staff())
    flash(gettext("Saved."), "done")
    return redirect(f"{url_for('.work_order', id=id)}#photos", 303)


@bp.post("/work-orders/<int:id>/photos/<int:photo_id>/remove")
def remove_job_photo(id: int, photo_id: int):
    with writing():
        files = photos.remove(find_photo(id, photo_id), by=current_staff())
    current_app.extensions["storage"].forget(files)
    flash(gettext("The photo was taken out."), "done")
    return redirect(f"{url_for('.work_order', id=id)}#photos", 303)


def find_photo(id: int, photo_id: int) -> Photo:
    job, photo = find_job(id), find(Photo, photo_id)  # the job first: whoever writes to it waits there
    return photo if photo.work_order is job and not photo.taken_out_at else abort(404)


def photo_page(photo: Photo, form: PhotoForm) -> str:
    return render_template("staff/photo.html", work_order=photo.work_order, photo=photo_copy.of_photo(photo), form=form)
