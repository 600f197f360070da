"""How each mail fares: claimed by one process, then sent, put off or given up.

A claim is a lease: the mail becomes due again when whoever claimed it died with it. So nothing is lost. A process that
dies in the very instant between the server's "taken" and our own note of it makes that one mail go twice: SMTP knows no
way to ask. Twice is the better half of that: a customer without their link would never know. Both carry one
Message-ID, by which mail programs show it once.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from models import Mail, MailKind, db
from portal import clock
from portal.domain import links, timeline

WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 30, 2 * 60, 6 * 60, 12 * 60))  # then it is given up, after a day
NEEDLESS = ("answered", "left", "revoked")  # why a mail was dropped that nobody misses


def claim(lease: timedelta) -> Mail | None:
    """The mail that is due longest, now nobody else's until the lease ends. None when none is due."""
    due = select(Mail).where(Mail.due_at <= clock.now()).order_by(Mail.due_at, Mail.id).limit(1)
    mail = db.session.scalar(due.with_for_update(skip_locked=True))
    if mail is not None:
        mail.tries += 1
        mail.due_at = clock.now() + lease
    return mail


def claimed(id: int, tries: int) -> Mail | None:
    """The mail, if it is still in the hands of whoever claimed it as try number `tries`."""
    mail = db.session.get(Mail, id, with_for_update=True)
    return mail if mail and mail.tries == tries and mail.due_at else None


def sent(mail: Mail) -> None:
    mail.sent_at, mail.due_at, mail.trouble = clock.now(), None, ""


def put_off(mail: Mail, trouble: str) -> None:
    """Try again later, each time after a longer wait; give up when that has been a day."""
    if mail.tries > len(WAITS):
        give_up(mail, trouble)
    else:
        mail.due_at, mail.trouble = clock.now() + WAITS[mail.tries - 1], trouble[:200]


def give_up(mail: Mail, trouble: str) -> None:
    """It will not go. The owner sees why; on a customer's job it stands in the activity."""
    mail.due_at, mail.trouble = None, trouble[:200]
    if mail.kind is MailKind.LINK and mail.link:
        timeline.note(links.record(mail.link), "link_mail_failed", by=None)


def hand_back(mail: Mail) -> None:
    """Whoever claimed it has to stop: it is due as if it had not been tried."""
    mail.tries -= 1
    mail.due_at = clock.now()


def next_due() -> datetime | None:
    return db.session.scalar(select(func.min(Mail.due_at)))


def waiting() -> int:
    return db.session.scalar(select(func.count(Mail.id)).where(Mail.due_at.is_not(None)))


def newest_trouble() -> Mail | None:
    """The newest mail that waits because of trouble with no later one gone through, or was given up this week."""
    mended = select(func.coalesce(func.max(Mail.id), 0)).where(Mail.sent_at.is_not(None)).scalar_subquery()
    given_up = Mail.due_at.is_(None) & Mail.sent_at.is_(None) & (Mail.created_at > clock.now() - timedelta(days=7))
    troubled = select(Mail).where(Mail.trouble != "", Mail.trouble.not_in(NEEDLESS), (Mail.id > mended) | given_up)
    return db.session.scalar(troubled.where(Mail.sent_at.is_(None)).order_by(Mail.id.desc()).limit(1))


def newest_sent() -> Mail | None:
    return db.session.scalar(select(Mail).where(Mail.sent_at.is_not(None)).order_by(Mail.sent_at.desc()).limit(1))
