"""The first page of all, behind the link that the first start prints; and the page that makes a sample one's own."""

from flask import abort, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import refresh

from portal import regions
from portal.db import look_again, writing
from portal.domain import set_up as first
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.domain.refusals import Gone, NotAllowed
from portal.outside import passwords
from portal.staff import bp, current_staff, let_in, owner_only, shop_preview
from portal.staff.shop_forms import FirstForm, SetUpForm, offered_locales


@bp.get("/sign-in/<token>/set-up")
def set_up(token: str):
    """A form. Looking at it changes nothing: the link is spent by sending the form, and only when all is well."""
    owner = awaited(token)
    if owner is None:
        return redirect(url_for("staff.sign_in_link", token=token))
    shop = shops.profile()
    guess = regions.best_locale(list(request.accept_languages.values()), [code for code, _name in offered_locales()])
    speak(guess)
    name = "" if owner.email is None else owner.name  # until then it is a word of ours
    known = {field: getattr(shop, field) for field in ("name", "phone", "brand_color", "time_zone")}
    return page(SetUpForm(**known, email=owner.email, your_name=name, locale=guess), token)


def awaited(token: str):
    """Who may open the shop with this link, or None."""
    link = people.find_sign_in_link(token)
    return link.staff if link and first.is_due(link.staff) else None


def speak(locale: str) -> None:
    """Answer in this language already, though the shop has none yet."""
    g.find_locale = lambda: locale
    refresh()


@bp.post("/sign-in/<token>/set-up")
def finish_set_up(token: str):
    form = SetUpForm(request.form)
    if form.locale.data in dict(offered_locales()):
        speak(form.locale.data)
    if awaited(token) is None:
        return redirect(url_for("staff.sign_in_link", token=token), 303)
    if not form.validate():
        return page(form, token), 422
    look_again()  # a password takes a moment to hash: hold no transaction meanwhile
    values = form.profile(*(name for name in first.OWN if name in form))
    values |= {"currency": regions.currency_of(form.locale.data), "paper_size": regions.paper_of(form.locale.data)}
    new_hash = passwords.hashed(form.password.data)
    try:
        with writing():
            owner = awaited(token)
            if owner is None:
                raise Gone
            open_shop(owner, values, form, new_hash)
    except Gone:
        return redirect(url_for("staff.sign_in_link", token=token), 303)
    except NotAllowed:
        return page(taken(form), token), 422
    let_in(owner, stay=True)
    flash(_("Your shop is open. Book the first job and share its link."), "done")
    return redirect(url_for("staff.home"), 303)


def open_shop(owner, values: dict, form: FirstForm, new_hash: str) -> None:
    first.open_shop(
        owner, shops.profile(), values, name=form.your_name.data, email=form.email.data, password_hash=new_hash
    )


def taken(form: FirstForm) -> FirstForm:
    form.email.errors = [_("Somebody else here signs in with that email.")]
    return form


@bp.get("/sign-in/<token>/set-up/preview")
def set_up_preview(token: str):
    return shop_preview.picture() if awaited(token) else abort(404)


def page(form: SetUpForm, token: str) -> str:
    form.password.data = None
    frame = shop_preview.around(form, "staff.set_up_preview", token=token)
    return render_template("staff/set_up.html", form=form, **frame)


# --- a sample shop becomes somebody's own ---------------------------------------------------------------------------


@bp.get("/make-it-yours")
@owner_only
def make_it_yours():
    if not shops.profile().is_sample:
        return redirect(url_for("staff.settings"))
    shop = shops.profile()
    return own_page(FirstForm(name=shop.name, phone=shop.phone, brand_color=shop.brand_color))


@bp.post("/make-it-yours", endpoint="open_my_shop")
@owner_only
def open_my_shop():
    if not shops.profile().is_sample:  # a real owner's password is changed by whoever knows it
        return redirect(url_for("staff.settings"), 303)
    form = FirstForm(request.form)
    if not form.validate():
        return own_page(form), 422
    look_again()
    new_hash = passwords.hashed(form.password.data)
    try:
        with writing():
            open_shop(current_staff(), form.profile("name", "phone"), form, new_hash)
    except NotAllowed:
        return own_page(taken(form)), 422
    session.clear()
    let_in(current_staff(), stay=True)
    flash(_("Your shop is open. The samples are still here: clear them when you have seen enough."), "done")
    return redirect(url_for("staff.clear_samples"), 303)


def own_page(form: FirstForm) -> str:
    form.password.data = None
    frame = shop_preview.around(form, "staff.shop_preview")
    return render_template("staff/make_it_yours.html", form=form, **frame)
