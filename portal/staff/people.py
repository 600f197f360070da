"""Who works here: the owner takes people on, hands them a way in, and switches leavers off."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Form, HiddenField, RadioField, ValidationError
from wtforms.fields.choices import SelectChoice

from models import Role, Staff
from portal.customer_copy import phone_uri
from portal.db import alone, is_writing, writing
from portal.domain import people, visits
from portal.domain import shop as shops
from portal.domain import staff as cards
from portal.domain.refusals import ChangedMeanwhile, NotAllowed
from portal.fields import Email, Line, Phone
from portal.outside import pictures
from portal.staff import bp, current_staff, find, office_copy, owner_only, ways_in
from portal.staff.pictures import NotKept, remade
from portal.staff.shapes import PersonView

MOST_VISITS = 50
ROLES = (
    SelectChoice(Role.OWNER.value, _("Owner: everything, also the settings and the people")),
    SelectChoice(Role.OFFICE.value, _("Office: all jobs and customers, but not the settings and the people")),
    SelectChoice(Role.TECHNICIAN.value, _("Technician: their own jobs only, no list of customers and no money")),
)


class PersonForm(Form):
    name = Line(_("Name"), most=120, required=_("Write their name."))
    phone = Phone(_("Phone"))
    email = Email(_("Email"), required=_("Write their email: they sign in with it."))
    role = RadioField(_("What they may see"), choices=ROLES, default=Role.TECHNICIAN.value, validate_choice=False)
    seen = HiddenField()

    def validate_role(self, field):
        if field.data not in list(Role):
            raise ValidationError(_("Choose what they may see."))


@bp.get("/people", endpoint="people")
@owner_only
def everybody():
    active, ahead = cards.last_active(), visits.ahead()
    rows = [view(person, active.get(person.id), ahead.get(person.id, 0)) for person in cards.everybody()]
    here, left = [row for row in rows if not row.is_off], [row for row in rows if row.is_off]
    return render_template("staff/people.html", people=here, left=left, zone=shops.profile().time_zone)


@bp.get("/people/<int:id>")
@owner_only
def person(id: int):
    return page(find(Staff, id))


@bp.get("/people/new")
@owner_only
def new_person():
    return form_page(PersonForm(), None)


@bp.post("/people/new", endpoint="add_person")
@owner_only
def add_person():
    form = PersonForm(request.form)
    if not form.validate():
        return form_page(form, None), 422
    try:
        with writing():
            card = typed(form)
            person = people.take_on(**card | {"role": Role(card["role"])}, by=current_staff())
            token, id = people.invite(person, by=current_staff()), person.id
    except NotAllowed as refused:
        say_beside(form, refused)
        return form_page(form, None), 422
    ways_in.keep_to_show(id, token)
    return redirect(url_for("staff.person", id=id), 303)


@bp.get("/people/<int:id>/edit")
@owner_only
def edit_person(id: int):
    card = find(Staff, id)
    return form_page(PersonForm(obj=card, role=card.role.value, seen=people.edition(card)), card)


@bp.post("/people/<int:id>/edit", endpoint="save_person")
@owner_only
def save_person(id: int):
    form = PersonForm(request.form)
    if not form.validate():
        return form_page(form, find(Staff, id)), 422
    try:
        with writing():
            people.edit(find_alone(id), typed(form), seen=form.seen.data or "", by=current_staff())
    except NotAllowed as refused:
        say_beside(form, refused)
        return form_page(form, find(Staff, id)), 422
    except ChangedMeanwhile:
        card = find(Staff, id)
        form.seen.data = people.edition(card)
        shown = {name: getattr(card, name) or "" for name in people.CARD}
        fields = [(form[name].label.text, told(name, shown[name]), told(name, form[name].data)) for name in people.CARD]
        conflict = {"who": "", "at": "", "fields": [row for row in fields if row[1] != row[2]]}
        return form_page(form, card, conflict=conflict), 409
    return redirect(url_for("staff.person", id=id), 303)


@bp.post("/people/<int:id>/invite", endpoint="invite_person")
@owner_only
def invite_person(id: int):
    try:
        with writing():
            token = people.invite(find_alone(id), by=current_staff())
    except NotAllowed as refused:
        return refused_page(id, refused)
    ways_in.keep_to_show(id, token)
    return redirect(url_for("staff.person", id=id), 303)


@bp.post("/people/<int:id>/mail", endpoint="mail_person")
@owner_only
def mail_person(id: int):
    if not ways_in.can_mail():
        return refused_page(id, NotAllowed("no mail"))
    return change(id, people.mail_invite, gettext("The mail is on its way. It has a link of its own."))


@bp.post("/people/<int:id>/switch-off", endpoint="switch_off_person")
@owner_only
def switch_off_person(id: int):
    return change(id, people.switch_off, gettext("Switched off. They are signed out everywhere."))


@bp.post("/people/<int:id>/switch-on", endpoint="switch_on_person")
@owner_only
def switch_on_person(id: int):
    return change(id, people.switch_on, gettext("Switched on. They can sign in again."))


@bp.post("/people/<int:id>/sign-out", endpoint="sign_out_person")
@owner_only
def sign_out_person(id: int):
    return change(id, people.sign_out_everywhere, gettext("Signed out everywhere."))


@bp.post("/people/<int:id>/photo", endpoint="save_person_photo")
@owner_only
def save_person_photo(id: int):
    find(Staff, id)
    try:
        portrait = remade("photo", pictures.portrait)
    except NotKept as error:
        return page(find(Staff, id), photo_error=str(error)), 422
    with writing():
        cards.set_photo(find_alone(id), portrait.name, by=current_staff())
    flash(gettext("Saved. Customers see it when they are on their job."), "done")
    return redirect(url_for("staff.person", id=id), 303)


@bp.post("/people/<int:id>/photo/remove", endpoint="remove_person_photo")
@owner_only
def remove_person_photo(id: int):
    with writing():
        cards.set_photo(find_alone(id), "", by=current_staff())
    return redirect(url_for("staff.person", id=id), 303)


def change(id: int, verb, done: str):
    """One verb on one person, and the words for when it is done."""
    try:
        with writing():
            verb(find_alone(id), by=current_staff())
    except NotAllowed as refused:
        return refused_page(id, refused)
    flash(done, "done")
    return redirect(url_for("staff.person", id=id), 303)


def find_alone(id: int) -> Staff:
    """The person, with no other owner deciding about people until the end of this transaction."""
    if is_writing():
        alone()  # before the row is locked: the other way round two owners would wait for one another
    return find(Staff, id)


def refused_page(id: int, refused: NotAllowed):
    return page(find(Staff, id), refusal=refusal(refused)), 409


def say_beside(form: PersonForm, refused: NotAllowed) -> None:
    field = form.email if str(refused) == "email taken" else form.role
    field.errors = [refusal(refused)]


def refusal(refused: NotAllowed) -> str:
    return {
        "email taken": gettext("Somebody else here signs in with that email."),
        "yourself": gettext("You can’t do that to yourself. Another owner can."),
        "last owner": gettext("This is the only owner. Make somebody else an owner first."),
        "switched off": gettext("They are switched off. Switch them on first."),
        "no email": gettext("Write their email first."),
        "no mail": gettext("This shop sends no mail yet. Make a link and hand it over yourself."),
    }.get(str(refused), gettext("That had changed meanwhile, so nothing was done. This is how things stand now."))


def typed(form: PersonForm) -> dict[str, str]:
    return {name: form[name].data for name in people.CARD}


def told(name: str, value: str) -> str:
    return office_copy.role_word(value) if name == "role" else value


def form_page(form: PersonForm, card: Staff | None, *, conflict: dict | None = None) -> str:
    person = view(card) if card else None
    return render_template("staff/person_form.html", form=form, person=person, conflict=conflict)


def page(card: Staff, *, refusal: str = "", photo_error: str = "") -> str:
    """The person's page. A link that was just made is on it this once."""
    rows = visits.ahead_of(card, limit=MOST_VISITS)
    return render_template(
        "staff/person.html",
        person=view(card, cards.last_active().get(card.id), visits.ahead().get(card.id, 0)),
        way_in=ways_in.shown_once(card),
        visits=rows,
        zone=shops.profile().time_zone,
        can_mail=ways_in.can_mail(),
        refusal=refusal,
        photo_error=photo_error,
    )


def view(person: Staff, last_active=None, ahead: int = 0) -> PersonView:
    return PersonView(
        id=person.id,
        face=office_copy.of_staff(person),
        name=person.name,
        role=person.role.value,
        role_word=office_copy.role_word(person.role.value),
        phone=person.phone,
        phone_uri=phone_uri(person.phone),
        email=person.email or "",
        has_password=bool(person.password_hash),
        is_off=person.archived_at is not None,
        off_since=person.archived_at,
        last_active=last_active,
        ahead=ahead,
        is_me=person.id == current_staff().id,
    )
