"""One's own card and password."""

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Form, PasswordField
from wtforms.validators import Length, Optional

from portal.db import writing
from portal.domain import staff as people
from portal.domain.refusals import NotAllowed
from portal.fields import Email, Line, Phone
from portal.outside import passwords
from portal.staff import bp, current_staff, let_in

TOO_SHORT = _("Use at least %(min)d characters. A few words in a row make a good one.")
TOO_LONG = _("Use at most %(max)d characters.")


class MeForm(Form):
    name = Line(_("Your name"), most=120, required=_("Write your name."))
    phone = Phone(_("Phone"))
    email = Email(_("Email"), required=_("Write your email: you sign in with it."))
    new_password = PasswordField(
        _("New password"),
        [Optional(), Length(min=passwords.LEAST, message=TOO_SHORT), Length(max=1000, message=TOO_LONG)],
    )


class MeWithPasswordForm(MeForm):
    current_password = PasswordField(_("Current password"))


def asks_for_password(person) -> bool:
    """Whether the present password is asked for: not of somebody who came in by a one-time link to choose a new one."""
    return bool(person.password_hash) and not session.get("came_by_link")


def form_for(person, *args, **kwargs) -> MeForm:
    return (MeWithPasswordForm if asks_for_password(person) else MeForm)(*args, **kwargs)


@bp.get("/me")
def me():
    return page(form_for(current_staff(), obj=current_staff()))


@bp.post("/me", endpoint="save_me")
def save_me():
    person = current_staff()
    form = form_for(person, request.form)
    good = form.validate()
    if good and form.new_password.data and asks_for_password(person):
        good = passwords.matches(person.password_hash, form.current_password.data or "")
        if not good:
            form.current_password.errors = [gettext("That isn’t your current password.")]
    if not good:
        return page(form), 422
    new_hash = passwords.hashed(form.new_password.data) if form.new_password.data else None
    try:
        with writing():
            person = current_staff()
            people.edit_self(person, name=form.name.data, phone=form.phone.data, email=form.email.data)
            if new_hash:
                people.set_password(person, new_hash)
    except NotAllowed:
        form.email.errors = [gettext("Somebody else here signs in with that email.")]
        return page(form), 422
    if new_hash:
        let_in(current_staff(), stay=True)
    flash(gettext("Saved."), "done")
    return redirect(url_for("staff.me"), 303)


def page(form: MeForm, *, photo_error: str = "") -> str:
    return render_template("staff/me.html", form=form, conflict=None, photo_error=photo_error)
