"""Tries to pay online: one open at a time for an invoice, and each ends once, whatever comes in which order.

A try has ended when Stripe's last word on it is written down: `settled_at`. One that only we have given up (its
invoice was voided, its link revoked) is "expired" without it, until Stripe has heard of that too.
"""

import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from models import Bell, Checkout, CheckoutStatus, Invoice, InvoiceStatus, Kind, Link, Method, Payment, db
from portal import clock
from portal.db import lock
from portal.domain import invoices, payments, snapshots, timeline
from portal.domain import shop as shops
from portal.domain.askable import amounts, is_exact
from portal.domain.refusals import NotAllowed, Stale
from portal.online import SessionNow

KEY = re.compile("[0-9a-f]{32}")
LASTS = timedelta(hours=1)
LEAST_LEFT = timedelta(seconds=60)  # nobody is sent to a page that closes under their hands
LEAST_AT_STRIPE = timedelta(minutes=31)  # Stripe opens no page for less than half an hour
LOOK_AGAIN = {  # how long ago a try was asked about, at least
    CheckoutStatus.OPEN: timedelta(minutes=5),
    CheckoutStatus.PROCESSING: timedelta(hours=1),
    CheckoutStatus.EXPIRED: timedelta(minutes=1),
}
LOST_AGAIN = timedelta(hours=1)
SOUGHT = timedelta(days=30)  # a bank debit takes two weeks at most


def choices(invoice: Invoice) -> dict[str, int]:
    """What may be paid now: {"deposit" and "balance": minor units}. Empty when nothing may.

    Not while a payment is under way, and never an amount that Stripe would have to round.
    """
    if invoice.status is not InvoiceStatus.ISSUED or invoice.credits_id or invoice.archived_at:
        return {}
    standing = invoices.standing(invoice)
    if standing.is_credited or standing.balance <= 0 or under_way(invoice):
        return {}
    content = snapshots.of(Kind.INVOICE, invoice.id, invoices.REVISION).content
    return amounts(standing.balance, standing.left_of(content["deposit"]), invoice.currency)


def most_in_part(invoice: Invoice) -> int:
    """The most that Stripe can be asked for of what is due."""
    balance = invoices.balance(invoice)
    return balance if is_exact(balance, invoice.currency) else balance - balance % 10


def under_way(invoice: Invoice) -> Checkout | None:
    """A payment that the customer has made and the bank has not yet."""
    processing = (Checkout.invoice_id == invoice.id) & (Checkout.status == CheckoutStatus.PROCESSING)
    return db.session.scalar(select(Checkout).where(processing).limit(1))


def open_try(invoice: Invoice) -> Checkout | None:
    is_open = (Checkout.invoice_id == invoice.id) & (Checkout.status == CheckoutStatus.OPEN)
    return db.session.scalar(select(Checkout).where(is_open))


def unsettled(invoice: Invoice) -> list[Checkout]:
    """The tries that somebody may have paid meanwhile, as far as we know."""
    waiting = select(Checkout).where(Checkout.invoice_id == invoice.id, Checkout.settled_at.is_(None))
    waiting = waiting.where(Checkout.session_id.is_not(None), Checkout.status != CheckoutStatus.PROCESSING)
    return list(db.session.scalars(waiting.order_by(Checkout.id)))


def begin(invoice: Invoice, amount: int, link: Link | None, seen: int | None = None) -> Checkout:
    """A try to pay `amount`: the one that is open already, if it is as good. Another one that was open is given up.

    `seen`: the balance that the form knew of. Raises Stale when it is another by now, and NotAllowed when nothing is
    due, a payment is under way, or it is not an amount that may be paid.
    """
    lock(invoice)
    offered = choices(invoice)
    if not offered:
        raise NotAllowed(invoice.status)
    if seen is not None and seen != invoices.balance(invoice):
        raise Stale
    if amount not in offered.values() and not may_pay_part(invoice, amount):
        raise NotAllowed("amount")
    there = open_try(invoice)
    if there is not None:
        lock(there)
        if is_as_good(there, amount, link):
            return there
        give_up(there)
        db.session.flush()
    now = clock.now()
    made = Checkout(
        key=secrets.token_hex(16),
        invoice=invoice,
        link=link,
        amount=amount,
        currency=invoice.currency,
        status=CheckoutStatus.OPEN,
        created_at=now,
        expires_at=now + LASTS,
    )
    db.session.add(made)
    db.session.flush()
    return made


def may_pay_part(invoice: Invoice, amount: int) -> bool:
    is_part = 0 < amount <= invoices.balance(invoice) and is_exact(amount, invoice.currency)
    return is_part and shops.profile().allows_part_payments


def is_as_good(there: Checkout, amount: int, link: Link | None) -> bool:
    """Whether who wants to pay `amount` can be sent there."""
    least = LEAST_LEFT if there.session_id else LEAST_AT_STRIPE
    same = (there.amount, there.link_id) == (amount, link and link.id)
    return same and there.status is CheckoutStatus.OPEN and there.expires_at - clock.now() >= least


def opened(checkout: Checkout, session_id: str, url: str) -> bool:
    """Stripe has a page for it. False when it was given up meanwhile: then nobody is to be sent there."""
    lock(checkout)
    checkout.session_id, checkout.url = session_id, url
    if checkout.status is CheckoutStatus.EXPIRED:
        checkout.settled_at = None  # there is something to close at Stripe after all
    return checkout.status is CheckoutStatus.OPEN


def give_up(checkout: Checkout) -> None:
    """Nobody is to pay it any more. Without a page at Stripe that is all; else Stripe has to hear of it."""
    checkout.status, checkout.asked_at = CheckoutStatus.EXPIRED, None
    if checkout.session_id is None:
        checkout.settled_at = clock.now()


def refused(checkout: Checkout, reason: str) -> None:
    """Stripe will not have it. The office is told why."""
    lock(checkout)
    if checkout.status is CheckoutStatus.OPEN:
        checkout.status, checkout.settled_at = CheckoutStatus.FAILED, clock.now()
        checkout.trouble = reason[:200]
        _note(checkout, "online_refused", Bell.STAFF, reason=reason[:80])


def broke(checkout: Checkout) -> None:
    """Stripe could not make its page, and never will by this name."""
    lock(checkout)
    if checkout.status is CheckoutStatus.OPEN and checkout.session_id is None:
        give_up(checkout)


def settle(checkout: Checkout, now: SessionNow) -> Payment | None:
    """Write down how the try stands at Stripe; the payment, once there is one. Told again, it changes nothing more."""
    lock(checkout.invoice)
    lock(checkout)
    checkout.asked_at, checkout.trouble = clock.now(), ""
    if now.is_paid:
        return _paid(checkout, now)
    if checkout.status is CheckoutStatus.PAID:
        return None
    if now.has_failed:
        _end(checkout, CheckoutStatus.FAILED, "online_failed")
    elif now.status == "complete":
        if checkout.status is not CheckoutStatus.PROCESSING:
            checkout.status, checkout.settled_at = CheckoutStatus.PROCESSING, None
            _note(checkout, "online_processing", Bell.RING)
    elif now.status == "expired":
        _end(checkout, CheckoutStatus.EXPIRED, "")
    return None


def _paid(checkout: Checkout, now: SessionNow) -> Payment:
    """Money that came is kept, whatever it came for; where it is not as asked, somebody has to look at it."""
    name = now.intent or now.id
    payment = payments.by_provider_id(name)
    if payment is None:
        online = payments.Online(name=name, currency=now.currency, checkout=checkout)
        today = clock.today(shops.profile().time_zone)
        payment = payments.record(
            checkout.invoice, amount=now.amount, method=Method.ONLINE, paid_on=today, online=online, by=None
        )
        if flag := _flag(checkout, now):
            payments.raise_flag(payment, flag)
    if checkout.status is not CheckoutStatus.PAID:
        checkout.status, checkout.settled_at = CheckoutStatus.PAID, clock.now()
    return payment


def _flag(checkout: Checkout, now: SessionNow) -> str:
    if now.currency != checkout.currency:
        return "wrong_currency"
    if now.amount != checkout.amount:
        return "wrong_amount"
    return payments.trouble_with(checkout.invoice)


def _end(checkout: Checkout, status: CheckoutStatus, verb: str) -> None:
    if checkout.settled_at is None or checkout.status is not status:
        checkout.status, checkout.settled_at = status, clock.now()
        if verb:
            _note(checkout, verb, Bell.RING)


def lost(checkout: Checkout, trouble: str, *, is_play: bool = False) -> None:
    """Stripe knows nothing of it, as far as our key can see: "unknown", or of the other "mode", live or test.

    The key may be the wrong one, so nobody is sent there any more, but it is asked about for another month.
    `is_play`: it was a test, and the shop is live now.
    """
    lock(checkout)
    if checkout.settled_at is not None:
        return
    if not checkout.trouble:
        _note(checkout, "online_lost", Bell.STAFF)
    checkout.asked_at, checkout.trouble = clock.now(), trouble
    was_under_way = checkout.status is CheckoutStatus.PROCESSING
    if is_play or clock.now() - checkout.created_at > SOUGHT:
        checkout.status, checkout.settled_at = CheckoutStatus.EXPIRED, clock.now()
        if was_under_way:  # the customer's page says so, and has to hear that it is over
            _note(checkout, "online_failed", Bell.RING)
    elif not was_under_way:
        checkout.status = CheckoutStatus.EXPIRED


def is_other_mode() -> bool:
    """Whether tries wait for a key of the other mode, live or test, than the one there is."""
    waiting = select(Checkout.id).where(Checkout.trouble == "mode", Checkout.settled_at.is_(None))
    return db.session.scalar(waiting.limit(1)) is not None


def _note(checkout: Checkout, verb: str, bell: Bell, **details: str) -> None:
    timeline.note(checkout.invoice, verb, by=None, bell=bell, amount=checkout.amount, **details)


def superseded() -> list[int]:
    """The ids of the open tries that are not right any more: the invoice asks for less, or their link is gone."""
    is_open = select(Checkout).where(Checkout.status == CheckoutStatus.OPEN).order_by(Checkout.id)
    return [checkout.id for checkout in db.session.scalars(is_open) if not is_still_right(checkout)]


def supersede(id: int) -> None:
    """Give up a try, if it is open and still not right."""
    checkout = still(id)
    if checkout.status is CheckoutStatus.OPEN and not is_still_right(checkout):
        give_up(checkout)


def is_still_right(checkout: Checkout) -> bool:
    """Whether a customer who pays it now pays what is due. One that never got a page ends with its hour."""
    if checkout.link and checkout.link.revoked_at:
        return False
    if checkout.session_id is None and checkout.expires_at < clock.now():
        return False
    if under_way(checkout.invoice):  # of another try, that was given up too late
        return False
    return checkout.amount <= invoices.balance(checkout.invoice) and not invoices.credit_of(checkout.invoice)


def due_for_a_look(now: datetime | None) -> list[int]:
    """The ids of the tries that Stripe is to be asked about, the one that waits longest first. None: of all."""
    waiting = select(Checkout.id).where(Checkout.session_id.is_not(None), Checkout.settled_at.is_(None))
    if now is not None:
        waits = (
            (Checkout.status == status) & (Checkout.asked_at < now - pause) for status, pause in LOOK_AGAIN.items()
        )
        is_its_turn = or_(*waits) & or_(Checkout.trouble == "", Checkout.asked_at < now - LOST_AGAIN)
        waiting = waiting.where(or_(Checkout.asked_at.is_(None), is_its_turn))
    return list(db.session.scalars(waiting.order_by(Checkout.asked_at.is_not(None), Checkout.asked_at, Checkout.id)))


def claim(id: int) -> Checkout | None:
    """Say that Stripe is being asked about a try, so that no other process asks as well. None when it has ended."""
    checkout = still(id)
    if checkout.settled_at is not None:
        return None
    checkout.asked_at = clock.now()
    return checkout


def named(key: str) -> Checkout | None:
    """The try that the way back from Stripe calls so; anybody may call it anything."""
    return KEY.fullmatch(key) and db.session.scalar(select(Checkout).where(Checkout.key == key))


def first_at() -> datetime | None:
    return db.session.scalar(select(func.min(Checkout.created_at)))


def of_session(session_id: str) -> Checkout | None:
    return db.session.scalar(select(Checkout).where(Checkout.session_id == session_id))


def still(id: int) -> Checkout:
    """The try inside a writing transaction, with its invoice locked first, as everybody does."""
    checkout = db.session.get_one(Checkout, id)
    lock(checkout.invoice)
    lock(checkout)
    return checkout
