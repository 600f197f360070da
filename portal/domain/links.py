"""Share links: one secret URL a record, the same until it is revoked.

The token is HMAC(key, kind, record, nonce) in 27 characters of lower-case Crockford base32: 135 bits, nothing that a
messenger's link finder cuts off (no - or _), nothing that reads like another letter (no i l o u). It is found by its
hash, so looking it up needs no key and a copy of the database opens nothing. The kind is inside the hash: a work
order's token does not exist at another kind's address. Revoking clears nonce and hash.
"""

import hashlib
import hmac
import re
import secrets
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.exc import IntegrityError

from models import Bell, Customer, Kind, Link, OrgProfile, Snapshot, Staff, db
from portal import clock
from portal.db import glance, lock
from portal.domain import timeline
from portal.domain.refusals import Gone, KeyLost, NotAllowed
from portal.domain.timeline import KINDS, Record, kind_of
from portal.settings import Settings

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
TOKEN = re.compile(r"[0-9a-hjkmnp-tv-z]{27}", re.IGNORECASE | re.ASCII)
SAME_VISITOR = timedelta(minutes=30)
TABLES = {kind: table for table, kind in KINDS.items()}


def share(record: Record, *, by: Staff | None, keys: dict[str, bytes]) -> Link:
    """The record's link, made on the first call. Two people who tap at once get the same one.

    Raises NotAllowed for a draft: `sharing.share` sends or issues it first.
    """
    if record.number is None:
        raise NotAllowed("draft")
    alive = of(record)
    if alive is not None:
        return alive
    link = _new(kind_of(record), record.id, by, keys)
    try:
        with db.session.begin_nested():
            db.session.add(link)
    except IntegrityError:  # another process was first: only one link a record can be alive
        return of(record)
    timeline.note(record, "shared", by=by, link_id=link.id)
    return link


def _new(kind: Kind, record_id: int, by: Staff | None, keys: dict[str, bytes]) -> Link:
    key_id, nonce = list(keys)[-1], secrets.token_bytes(16)
    link = Link(kind=kind, record_id=record_id, key_id=key_id, nonce=nonce, created_at=clock.now(), opened_count=0)
    link.created_by_id = by.id if by else None
    link.lookup = lookup(kind, token(link, keys))
    return link


def of(record: Record) -> Link | None:
    alive = select(Link).where(Link.kind == kind_of(record), Link.record_id == record.id, Link.revoked_at.is_(None))
    return db.session.scalar(alive)


def token(link: Link, keys: dict[str, bytes]) -> str:
    """The secret in the URL, derived again. Raises KeyLost: revoke and share anew to have one that can be shown."""
    if link.key_id not in keys:
        raise KeyLost
    message = b"porchlight-link-v1\0" + f"{link.kind}\0{link.record_id}\0".encode() + link.nonce
    number = int.from_bytes(hmac.new(keys[link.key_id], message, hashlib.sha256).digest(), "big")
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(27))


def url(link: Link, settings: Settings) -> str:
    """The link as it is sent. Raises KeyLost."""
    return f"{settings.base_url}/portal/{link.kind}/{token(link, settings.link_keys)}"


def lookup(kind: str, secret: str) -> bytes:
    return hashlib.sha256(f"porchlight-lookup-v1\0{kind}\0{secret}".encode()).digest()


class Found(NamedTuple):
    """What a token leads to, and all that tells whether its page would still be drawn the same.

    `newest` is the number of the newest Event that the page shows. What changes without one stands beside it.
    """

    id: int
    kind: Kind
    record_id: int
    newest: int
    locale: str  # on the customer's card
    home: str  # the shop's locale; "" where there is no shop
    edition: int  # of the shop's profile
    revisions_seen: int


def _alive(kind: Kind) -> Select:
    table = TABLES[kind]
    seen = select(func.count(Snapshot.seen_at)).where(Snapshot.kind == kind, Snapshot.record_id == Link.record_id)
    columns = Customer.locale, OrgProfile.locale, OrgProfile.edition, seen.scalar_subquery()
    found = select(Link.id, Link.record_id, *timeline.newest_shown(kind, Link.record_id), *columns)
    found = found.join(table, table.id == Link.record_id).join(Customer, Customer.id == table.customer_id)
    return found.outerjoin(OrgProfile, OrgProfile.id == 1).where(Link.lookup == bindparam("lookup"))


# Made once: every request of a customer asks this and every stream no more than this.
ALIVE = {kind.value: _alive(kind) for kind in TABLES}


def resolve(kind: str, secret: str) -> Found | None:
    """The living link behind a token, in whatever case. One pattern, one indexed look-up, one answer for every miss."""
    if not TOKEN.fullmatch(secret):
        return None
    found = glance(ALIVE[kind], lookup=lookup(kind, secret.lower()))
    if found is None:
        return None
    id, record_id, own, shops, locale, home, edition, seen = found
    return Found(id, Kind(kind), record_id, max(own or 0, shops or 0), locale, home or "", edition or 0, seen)


def still(link_id: int) -> Link:
    """The link inside a writing transaction. Raises Gone when it was revoked since the request came in.

    Its record is locked first, as the office does that revokes: in another order the two would wait for one another.
    """
    link = db.session.get(Link, link_id)
    if link is not None:
        lock(record(link))
        lock(link)
    if link is None or link.revoked_at:
        raise Gone
    return link


def record(link: Link | Found) -> Record:
    return db.session.get_one(TABLES[link.kind], link.record_id)


def revoke(record: Record, *, by: Staff | None) -> bool:
    """End the link for good. Open pages close when this commits. False when there was none."""
    link = of(record)
    if link is None:
        return False
    link.nonce = link.lookup = None
    link.revoked_at = clock.now()
    timeline.note(record, "revoked", by=by, bell=Bell.DISMISS, link_id=link.id)
    return True


def opened(link: Link, record: Record) -> None:
    """A page was on somebody's screen: a hint, never evidence. Looks within half an hour count as one.

    The office's page of a quote or an invoice says so at once; no open page of a work order does.
    """
    now = clock.now()
    is_new = link.last_opened_at is None or link.last_opened_at < now - SAME_VISITOR
    link.last_opened_at = now
    if is_new:
        link.opened_count += 1
        bell = Bell.SILENT if link.kind is Kind.WORK_ORDER else Bell.STAFF
        timeline.note(record, "opened", by=None, bell=bell)
