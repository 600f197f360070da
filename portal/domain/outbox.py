"""Mail to send: left in the transaction that is its reason, so that it goes out if and only if that commits."""

from models import Link, Mail, MailKind, Message, Staff, db
from portal import clock


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
