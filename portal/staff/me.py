"""One's own card and password."""

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import logout_user
from wtforms import Form, HiddenField, PasswordField
from wtforms.validators import InputRequired, Length, Optional

from portal.db import writing
from portal.domain import people
from portal.domain import staff as cards
from portal.domain.refusals import ChangedMeanwhile, NotAllowed
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
    seen = HiddenField()


class PasswordForm(Form):
    new_password = PasswordField(
        _("New password"),
        [
            InputRequired(_("Choose a password.")),
            Length(min=passwords.LEAST, message=TOO_SHORT),
            Length(max=1000, message=TOO_LONG),
        ],
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
    return page(filled())


def filled() -> MeForm:
    """The form as one's card stands."""
    person = current_staff()
    return form_for(person, obj=person, seen=people.edition(person))


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
            if form.seen.data and form.seen.data != people.edition(person):
                raise ChangedMeanwhile("", None)
            cards.edit_self(person, name=form.name.data, phone=form.phone.data, email=form.email.data)
            if new_hash:
                cards.set_password(person, new_hash)
    except NotAllowed:
        form.email.errors = [gettext("Somebody else here signs in with that email.")]
        return page(form), 422
    except ChangedMeanwhile:
        return changed_meanwhile(form), 409
    if new_hash:
        let_in(current_staff(), stay=session.permanent)
    flash(gettext("Saved."), "done")
    return redirect(url_for("staff.me"), 303)


@bp.get("/me/password")
def choose_password():
    """Where a one-time link leads: whoever is signed in by one need not know the password of before."""
    if asks_for_password(current_staff()):
        return redirect(url_for("staff.me"))
    return password_page(PasswordForm())


@bp.post("/me/password", endpoint="save_password")
def save_password():
    if asks_for_password(current_staff()):
        return redirect(url_for("staff.me"), 303)
    form = PasswordForm(request.form)
    if not form.validate():
        return password_page(form), 422
    new_hash = passwords.hashed(form.new_password.data)
    with writing():
        cards.set_password(current_staff(), new_hash)
    let_in(current_staff(), stay=session.permanent)
    flash(gettext("Saved. Next time, sign in with your email and this password."), "done")
    return redirect(url_for("staff.home" if current_staff().email else "staff.me"), 303)


@bp.post("/me/sign-out-everywhere", endpoint="sign_out_everywhere")
def sign_out_everywhere():
    with writing():
        people.sign_out_everywhere(current_staff(), by=current_staff())
    logout_user()
    session.clear()
    flash(gettext("You are signed out on every device."), "done")
    return redirect(url_for("staff.sign_in"), 303)


def changed_meanwhile(form: MeForm) -> str:
    """The owner saved this card since the form was opened: theirs beside what was typed."""
    person = current_staff()
    form.seen.data = people.edition(person)
    fields = [(form[n].label.text, getattr(person, n) or "", form[n].data) for n in ("name", "phone", "email")]
    return page(form, conflict={"who": "", "at": "", "fields": [row for row in fields if row[1] != row[2]]})


def password_page(form: PasswordForm) -> str:
    return render_template("staff/choose_password.html", form=form, email=current_staff().email or "")


def page(form: MeForm, *, conflict: dict | None = None, photo_error: str = "") -> str:
    return render_template("staff/me.html", form=form, conflict=conflict, photo_error=photo_error)
