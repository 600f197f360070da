"""Mail to send: left in the transaction that is its reason, so that it goes out if and only if that commits.

Nobody names a recipient: mail goes to people of the shop, and to a customer's own address. So the shop is no relay.
"""

from datetime import timedelta

from sqlalchemy import func, select

from models import Link, Mail, MailKind, Message, Role, Staff, db
from portal import clock
from portal.domain import links, timeline
from portal.domain import staff as people
from portal.domain.refusals import NotAllowed, TooMany
from portal.domain.timeline import Record

WINDOW = timedelta(hours=1)
PER_LINK = 3
PER_SHOP = 100  # links to customers
PER_PERSON = 5  # of each kind that somebody can ask for: ways in, tests
KEPT = timedelta(days=3)  # what could not leave for so long says nothing new any more
ASKED_FOR = timedelta(hours=1)  # nobody waits longer for a way in, but asks again


def add(
    kind: MailKind,
    recipient: str,
    *,
    staff: Staff | None = None,
    link: Link | None = None,
    message: Message | None = None,
) -> Mail:
    """Have a mail sent to `recipient` soon after the commit. Its words are made then, from what it is about."""
    now = clock.now()
    mail = Mail(
        kind=kind, recipient=recipient, staff=staff, link=link, message=message, created_at=now, due_at=now, tries=0
    )
    db.session.add(mail)
    return mail


def tell_office(message: Message) -> list[Mail]:
    """One mail for each owner and office member who has an address; none where they were told already."""
    db.session.flush()
    if db.session.scalar(select(Mail.id).where(Mail.message_id == message.id).limit(1)):
        return []
    working = select(Staff).where(Staff.archived_at.is_(None), Staff.email.is_not(None), Staff.role.in_(people.OFFICE))
    return [
        add(MailKind.MESSAGE, person.email, staff=person, message=message)
        for person in db.session.scalars(working.order_by(Staff.id))
    ]


def send_link(record: Record, *, by: Staff) -> Mail:
    """Send the customer the link to what they get from us. A second press while the first waits is the same mail.

    Raises NotAllowed without a living link or an address, TooMany past PER_LINK or PER_SHOP an hour.
    """
    link, recipient = links.of(record), record.customer.email
    if link is None or not recipient:
        raise NotAllowed("nobody to send it to")
    newest = last_of(link)
    if newest and newest.due_at and newest.recipient == recipient:
        return newest
    sent = Mail.kind == MailKind.LINK
    if _recent(sent, Mail.link_id == link.id) >= PER_LINK or _recent(sent) >= PER_SHOP:
        raise TooMany
    timeline.note(record, "link_mailed", by=by)
    return add(MailKind.LINK, recipient, link=link)


def send_way_in(person: Staff) -> Mail | None:
    """Send somebody of the shop a one-time sign-in link, as they asked; not to who left, nor more often than helps."""
    if person.archived_at or not person.email or _asked_enough(MailKind.RESET, person):
        return None
    timeline.note_shop("way_in_mailed", by=None, name=person.name)
    return add(MailKind.RESET, person.email, staff=person)


def send_test(person: Staff) -> Mail:
    """Send `person` a mail that says that mail works. Raises NotAllowed without an address, TooMany past PER_PERSON."""
    if not person.email:
        raise NotAllowed("no address")
    if _asked_enough(MailKind.TEST, person):
        raise TooMany
    timeline.note_shop("test_mailed", by=person)
    return add(MailKind.TEST, person.email, staff=person)


def _asked_enough(kind: MailKind, person: Staff) -> bool:
    return _recent(Mail.kind == kind, Mail.staff_id == person.id) >= PER_PERSON


def _recent(*conditions) -> int:
    return db.session.scalar(select(func.count(Mail.id)).where(Mail.created_at > clock.now() - WINDOW, *conditions))


def last_of(link: Link) -> Mail | None:
    """The newest mail with this link in it."""
    return db.session.scalar(select(Mail).where(Mail.link_id == link.id).order_by(Mail.id.desc()).limit(1))


def obstacle(mail: Mail) -> str:
    """Why a mail that waited should not go any more: in one word, "" when it should."""
    about = {MailKind.LINK: mail.link, MailKind.MESSAGE: mail.message}.get(mail.kind, mail.staff)
    if about is None:
        return "left"
    lasts = ASKED_FOR if mail.kind is MailKind.RESET else KEPT
    if mail.created_at < clock.now() - lasts:
        return "old"
    if mail.staff and (mail.staff.archived_at or mail.staff.email != mail.recipient):
        return "left"
    match mail.kind:
        case MailKind.MESSAGE if mail.message.answered_at:
            return "answered"
        case MailKind.MESSAGE if mail.staff and mail.staff.role is Role.TECHNICIAN:
            return "left"
        case MailKind.LINK if mail.link.revoked_at:
            return "revoked"
        case MailKind.LINK if links.record(mail.link).customer.email != mail.recipient:
            return "moved"
    return ""
