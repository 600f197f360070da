"""The shop's logo and one's own photo: uploaded, remade by the worker, shown to customers."""

from flask import current_app, flash, redirect, request, url_for
from flask_babel import gettext as _

from portal.db import look_again, writing
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.outside import pictures
from portal.outside.worker import Busy, Failed, Interrupted, Refused
from portal.staff import bp, current_staff, me, owner_only, settings


class NotKept(Exception):
    """The upload gave no picture. Says why, for beside the field."""


def remade(field: str, make) -> pictures.Picture:
    """The uploaded picture as `make`, pictures.logo or pictures.portrait, keeps it. Raises NotKept."""
    upload = request.files.get(field)
    if upload is None or not upload.filename:
        raise NotKept(_("Choose a picture first."))
    look_again()  # the worker takes a moment: hold no transaction meanwhile
    worker, storage = current_app.extensions["worker"], current_app.extensions["storage"]
    try:
        with pictures.received(upload) as source:
            return make(source, worker=worker, storage=storage)
    except Refused as refused:
        raise NotKept(refusal(refused.reason)) from refused
    except (Busy, Interrupted) as busy:
        raise NotKept(_("Several pictures are being prepared at this moment. Try again in a few seconds.")) from busy
    except Failed as failed:
        raise NotKept(_("That picture could not be read. Try another one.")) from failed


def refusal(reason: str) -> str:
    return {
        "too_many_pixels": _("That picture is too large. Use one of at most 30 megapixels."),
        "too_small": _("That picture is too small, or empty. Use one of at least 16 × 16 pixels."),
    }.get(reason, _("That is not a picture we can read. Use a JPEG, PNG or WebP file."))


@bp.post("/settings/logo")
@owner_only
def save_logo():
    try:
        logo = remade("logo", pictures.logo)
    except NotKept as error:
        return settings.page(settings.filled(), logo_error=str(error)), 422
    with writing():
        shops.set_logo(shops.profile(), logo.name, logo.width, logo.height, by=current_staff())
    flash(_("Saved. Your customers see it now."), "done")
    return redirect(url_for("staff.settings"), 303)


@bp.post("/settings/logo/remove")
@owner_only
def remove_logo():
    with writing():
        shops.set_logo(shops.profile(), "", 0, 0, by=current_staff())
    return redirect(url_for("staff.settings"), 303)


@bp.post("/me/photo")
def save_photo():
    try:
        portrait = remade("photo", pictures.portrait)
    except NotKept as error:
        return me.page(me.filled(), photo_error=str(error)), 422
    with writing():
        people.set_photo(current_staff(), portrait.name)
    flash(_("Saved. Customers see it when you are on their job."), "done")
    return redirect(url_for("staff.me"), 303)


@bp.post("/me/photo/remove")
def remove_photo():
    with writing():
        people.set_photo(current_staff(), "")
    return redirect(url_for("staff.me"), 303)
