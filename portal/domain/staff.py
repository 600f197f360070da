"""People of the shop: who they are, how they get in."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select

from models import Bell, Event, Role, SignInLink, Staff, db
from portal import clock
from portal.db import alone, locked
from portal.domain import timeline
from portal.domain.refusals import NotAllowed

SIGN_IN_LINK_LASTS = timedelta(hours=1)
INVITE_LASTS, RESET_LASTS = timedelta(days=7), timedelta(days=1)
ASKS_FOR_PASSWORD = "new-"  # begins the token of a link behind which a new password is chosen
OFFICE = (Role.OWNER, Role.OFFICE)


def add(*, name: str, email: str | None, role: Role, phone: str = "") -> Staff:
    """Make a card for somebody. Raises NotAllowed when the email address is taken."""
    refuse_taken(email)
    # Not 1: should the number of somebody who was removed be given again, their session must not open this one's.
    epoch = 1 + secrets.randbelow(2**30)
    person = Staff(name=name, email=fold(email), role=role, phone=phone, created_at=clock.now(), session_epoch=epoch)
    db.session.add(person)
    db.session.flush()
    return person


def fold(email: str | None) -> str | None:
    return email.strip().lower() if email and email.strip() else None


def refuse_taken(email: str | None, person: Staff | None = None) -> None:
    """Raises NotAllowed when somebody other than `person` signs in with `email`, switched off or not."""
    alone()  # else two at once would both find it free
    taken = by_email(email) if email else None
    if taken and taken is not person:
        raise NotAllowed("email taken")


def by_email(email: str) -> Staff | None:
    return db.session.scalar(select(Staff).where(Staff.email == fold(email)))


def anybody() -> bool:
    return db.session.scalar(select(func.count(Staff.id))) > 0


def has_been_in() -> bool:
    """Whether anybody has ever got in: by a password of their own or a link."""
    own_password = select(Staff.id).where(Staff.password_hash.is_not(None))
    spent_link = select(SignInLink.id).where(SignInLink.used_at.is_not(None))
    return db.session.scalar(select(own_password.exists() | spent_link.exists()))


def owner() -> Staff | None:
    return db.session.scalar(select(Staff).where(Staff.role == Role.OWNER).order_by(Staff.id).limit(1))


def technicians() -> list[Staff]:
    """Everybody who can be sent to a job, by name. In a small shop that includes the owner."""
    return list(db.session.scalars(select(Staff).where(Staff.archived_at.is_(None)).order_by(func.lower(Staff.name))))


def can_office(person: Staff) -> bool:
    return person.role in OFFICE


def first_name(person: Staff) -> str:
    return person.name.split()[0] if person.name.split() else person.name


def initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


def sign_in_link(person: Staff, *, lasts: timedelta = SIGN_IN_LINK_LASTS, kind: str = "") -> str:
    """A one-time token for `person`. Only its hash is kept; whoever holds it can sign in once."""
    token = kind + secrets.token_urlsafe(24)
    db.session.add(SignInLink(staff=person, lookup=_lookup(token), expires_at=clock.now() + lasts))
    return token


def find_sign_in_link(token: str) -> SignInLink | None:
    """The link, if it still opens: unused, in time, and its owner still works here."""
    link = db.session.scalar(locked(select(SignInLink).where(SignInLink.lookup == _lookup(token))))
    if link is None or link.used_at or link.expires_at <= clock.now() or link.staff.archived_at:
        return None
    return link


def use_sign_in_link(link: SignInLink) -> Staff:
    """Spend the link. Raises NotAllowed when it was spent already."""
    if link.used_at:
        raise NotAllowed("used")
    link.used_at = clock.now()
    return link.staff


def _lookup(token: str) -> bytes:
    return hashlib.sha256(b"sign-in\0" + token.encode("utf-8", "replace")).digest()


def edit_self(person: Staff, *, name: str, phone: str, email: str | None) -> None:
    """Change one's own card. A new name rings: customers see it. Raises NotAllowed when the email is taken."""
    refuse_taken(email, person)
    renamed = person.name != name
    person.name, person.phone, person.email = name, phone, fold(email)
    timeline.note_shop("card_edited", by=person, bell=Bell.RING if renamed else Bell.SILENT)


def set_photo(person: Staff, name: str, *, by: Staff | None = None) -> None:
    """Show the stored picture `name` instead of initials; "" shows them again. `by` is the person unless said."""
    person.photo = name
    about = {"person_id": person.id, "person": person.name}
    timeline.note_shop("photo_set", by=by or person, bell=Bell.RING, **about)


def set_password(person: Staff, password_hash: str) -> None:
    """A new password ends every session that the old one opened."""
    person.password_hash = password_hash
    person.session_epoch += 1
    timeline.note_shop("password_set", by=person, bell=Bell.STAFF)


def signed_out(person: Staff) -> None:
    """On one device. Its other open pages hear it, look again and find that they are shut."""
    timeline.note_shop("signed_out", by=person, bell=Bell.STAFF)


def fresh_link(person: Staff) -> str:
    """A one-time token behind which `person` chooses a password. Their older unused ones open nothing any more."""
    void_links(person)
    return sign_in_link(person, lasts=fresh_link_lasts(person), kind=ASKS_FOR_PASSWORD)


def fresh_link_lasts(person: Staff) -> timedelta:
    return RESET_LASTS if person.password_hash else INVITE_LASTS


def void_links(person: Staff) -> None:
    """End every unused one-time link of `person`."""
    unused = select(SignInLink).where(SignInLink.staff_id == person.id, SignInLink.used_at.is_(None))
    for link in db.session.scalars(locked(unused)):
        link.expires_at = min(link.expires_at, clock.now())


def everybody() -> list[Staff]:
    """All who ever worked here, by name."""
    return list(db.session.scalars(select(Staff).order_by(func.lower(Staff.name), Staff.id)))


def last_active() -> dict[int, datetime]:
    """{person's id: when they last did something that left a trace}. Who is missing has left none."""
    did = select(Event.staff_id, func.max(Event.at)).where(Event.staff_id.is_not(None)).group_by(Event.staff_id)
    came = select(SignInLink.staff_id, func.max(SignInLink.used_at)).where(SignInLink.used_at.is_not(None))
    found: dict[int, datetime] = {}
    for id, at in [*db.session.execute(did), *db.session.execute(came.group_by(SignInLink.staff_id))]:
        found[id] = max(at, found.get(id, at))
    return found
