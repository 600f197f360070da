"""Clear samples: for a demo that became a real shop. The owner is asked once, in plain words."""

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from portal.db import writing
from portal.domain import samples
from portal.domain import shop as shops
from portal.staff import bp, current_staff, let_in, owner_only


def offered() -> samples.Samples | None:
    """The samples that may be cleared: none while the whole shop is one."""
    return None if shops.profile().is_sample else samples.found() or None


@bp.get("/settings/samples")
@owner_only
def clear_samples():
    found = offered()
    return render_template("staff/samples.html", samples=found) if found else redirect(url_for("staff.settings"))


@bp.post("/settings/samples", endpoint="do_clear_samples")
@owner_only
def do_clear_samples():
    files = []
    with writing():
        owner, found = current_staff(), offered()
        if found:
            files = samples.clear(found, by=owner)
    current_app.extensions["storage"].forget(files)
    if found:
        let_in(current_staff(), stay=True)
        flash(_("The samples are gone. What is here now is yours."), "done")
    return redirect(url_for("staff.home"), 303)
