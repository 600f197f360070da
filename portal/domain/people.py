"""What the owner decides about the others: who works here, as what, and whose time here is over."""

import hashlib

from models import Bell, MailKind, Role, Staff, db
from portal import clock
from portal.db import alone
from portal.domain import outbox, staff, timeline
from portal.domain.refusals import ChangedMeanwhile, NotAllowed

CARD = ("name", "phone", "email", "role")


def take_on(*, name: str, email: str | None, role: Role, phone: str = "", by: Staff | None) -> Staff:
    """Somebody new works here. `by` is None on the command line. Raises NotAllowed("email taken")."""
    if by:
        as_owner(by)
    person = staff.add(name=name, email=email, role=role, phone=phone)
    note("person_added", person, by=by, role=role.value)
    return person


def edition(person: Staff) -> str:
    """What a form remembers of the card it was filled from: another one means that somebody saved in between."""
    card = [str(getattr(person, name) or "") for name in CARD]
    return hashlib.sha256("\0".join(card).encode()).hexdigest()[:16]


def edit(person: Staff, values: dict[str, str], *, seen: str, by: Staff) -> None:
    """Change a card; a new name rings, customers see it. `values` has the names in CARD.

    Raises ChangedMeanwhile if `seen` is old, and NotAllowed: "email taken", "yourself", "last owner".
    """
    as_owner(by)
    if seen != edition(person):
        raise ChangedMeanwhile("", None)
    staff.refuse_taken(values["email"], person)
    role, was = Role(values["role"]), person.role
    if role is not was:
        refuse_oneself(person, by)
        keep_an_owner(person)
    renamed = person.name != values["name"]
    before = edition(person)
    person.name, person.phone, person.email = values["name"], values["phone"], staff.fold(values["email"])
    if edition(person) != before:
        note("person_edited", person, by=by, bell=Bell.RING if renamed else Bell.SILENT)
    if role is not was:
        person.role = role
        note("role_changed", person, bell=Bell.STAFF, by=by, role=role.value, was=was.value)


def switch_off(person: Staff, *, by: Staff) -> None:
    """A leaver: every session and every unused link of theirs ends at once. What they did stays theirs.

    Raises NotAllowed: "yourself", "last owner".
    """
    as_owner(by)
    if person.archived_at:
        return
    refuse_oneself(person, by)
    keep_an_owner(person)
    person.archived_at = clock.now()
    person.session_epoch += 1
    staff.void_links(person)
    note("person_switched_off", person, by=by, bell=Bell.STAFF)


def switch_on(person: Staff, *, by: Staff) -> None:
    """Back again, with the password they had."""
    as_owner(by)
    if person.archived_at:
        person.archived_at = None
        person.session_epoch += 1  # a sign-in that was on its way while they were switched off opens nothing either
        note("person_switched_on", person, by=by)


def sign_out_everywhere(person: Staff, *, by: Staff) -> None:
    """End every open session of `person`, by themselves or by an owner."""
    if person.id != by.id:
        as_owner(by)
    person.session_epoch += 1
    note("signed_out_everywhere", person, by=by, bell=Bell.STAFF)


def invite(person: Staff, *, by: Staff) -> str:
    """A one-time token to hand over: a first way in, or one to a new password. Older unused ones end.

    Raises NotAllowed("switched off").
    """
    as_owner(by)
    refuse_switched_off(person)
    note("password_reset" if person.password_hash else "person_invited", person, by=by)
    return staff.fresh_link(person)


def mail_invite(person: Staff, *, by: Staff) -> None:
    """Have the way in sent to them. The mail makes a link of its own; those handed over until now end."""
    as_owner(by)
    refuse_switched_off(person)
    if not person.email:
        raise NotAllowed("no email")
    staff.void_links(person)
    outbox.add(MailKind.RESET if person.password_hash else MailKind.INVITE, person.email, staff=person)
    note("invite_mailed", person, by=by)


def as_owner(by: Staff) -> None:
    """One owner at a time, and still an owner. Raises NotAllowed when another one has just decided otherwise."""
    alone()
    db.session.refresh(by)
    if by.archived_at or by.role is not Role.OWNER:
        raise NotAllowed("no owner any more")


def refuse_oneself(person: Staff, by: Staff) -> None:
    if person.id == by.id:
        raise NotAllowed("yourself")


def refuse_switched_off(person: Staff) -> None:
    if person.archived_at:
        raise NotAllowed("switched off")


def keep_an_owner(person: Staff) -> None:
    """Raises NotAllowed when `person` is the only owner there is."""
    owners = [p for p in staff.everybody() if p.role is Role.OWNER and not p.archived_at]
    if owners == [person]:
        raise NotAllowed("last owner")


def note(verb: str, person: Staff, *, by: Staff | None, bell: Bell = Bell.SILENT, **details: str) -> None:
    timeline.note_shop(verb, by=by, bell=bell, person_id=person.id, person=person.name, **details)
