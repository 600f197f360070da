"""In and out: by password, or by a one-time link from the command line."""

from flask import current_app, redirect, render_template, request, session, url_for
from flask_babel import lazy_gettext as _
from flask_login import current_user, logout_user
from wtforms import BooleanField, Form, PasswordField
from wtforms.validators import InputRequired, Length

from portal.db import look_again, writing
from portal.domain import set_up
from portal.domain import staff as people
from portal.domain.refusals import NotAllowed
from portal.fields import Email
from portal.outside import passwords
from portal.staff import bp, current_staff, let_in
from portal.throttle import Throttle, household


class SignInForm(Form):
    email = Email(_("Email"), required=_("Enter your email."))
    password = PasswordField(_("Password"), [InputRequired(_("Enter your password.")), Length(max=1000)])
    stay = BooleanField(_("Stay signed in on this device"), default=True)


@bp.get("/sign-in")
def sign_in():
    if current_user.is_authenticated:
        return redirect(url_for("staff.home"))
    return render_template("staff/sign_in.html", form=SignInForm(), failed=False)


@bp.post("/sign-in")
def try_sign_in():
    form = SignInForm(request.form)
    if not form.validate():
        return render_template("staff/sign_in.html", form=form, failed=False), 422
    keys = tried_keys(form.email.data)
    if any(tries.wait_s(key) for tries, key in keys):
        return render_template("staff/sign_in.html", form=form, failed=False, is_throttled=True), 429
    person = people.by_email(form.email.data)
    kept = person.password_hash if person and not person.archived_at else None
    look_again()  # a password takes a moment to check: hold no transaction meanwhile
    if not passwords.matches(kept, form.password.data):
        for tries, key in keys:
            tries.count(key)
        return render_template("staff/sign_in.html", form=form, failed=True), 422
    for tries, key in keys[:1]:
        tries.forget(key)
    let_in(people.by_email(form.email.data), stay=form.stay.data)
    return redirect(inside(request.args.get("next", "")), 303)


def tried_keys(email: str) -> list[tuple[Throttle, str]]:
    """What wrong passwords are counted by: the account from anywhere, and the address whatever the account."""
    kept = current_app.extensions
    keys = [(kept["tries_by_account"], people.fold(email))]
    return [*keys, (kept["tries_by_address"], household(request.remote_addr))] if request.remote_addr else keys


def inside(address: str) -> str:
    """`address` if it leads into the staff side of this very site, else today's list."""
    safe = address.startswith("/staff/") and "\\" not in address and "//" not in address.partition("?")[0]
    return address if safe else url_for("staff.home")


@bp.get("/sign-in/<token>")
def sign_in_link(token: str):
    """A button, not a sign-in: chat previews and mail scanners open every link."""
    link = people.find_sign_in_link(token)
    if link and set_up.is_due(link.staff):
        return redirect(url_for("staff.set_up", token=token))
    page = render_template("staff/sign_in_link.html", name=link.staff.name if link else "", is_valid=link is not None)
    return page, 200 if link else 404


@bp.post("/sign-in/<token>")
def use_sign_in_link(token: str):
    try:
        with writing():
            link = people.find_sign_in_link(token)
            if link is None or set_up.is_due(link.staff):
                raise NotAllowed("used, or for the set-up page only")
            person = people.use_sign_in_link(link)
    except NotAllowed:
        return redirect(url_for("staff.sign_in_link", token=token), 303)
    let_in(person, stay=True)
    session["came_by_link"] = True  # and may choose a new password without the forgotten one
    if token.startswith(people.ASKS_FOR_PASSWORD):
        return redirect(url_for("staff.choose_password"), 303)
    return redirect(url_for("staff.home"), 303)


@bp.post("/sign-out")
def sign_out():
    with writing():
        people.signed_out(current_staff())
    logout_user()
    session.clear()
    return redirect(url_for("staff.sign_in"), 303)
