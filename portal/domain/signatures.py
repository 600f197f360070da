"""Signatures: given on the technician's phone, or through the link when the shop asks for it; one counts at a time."""

from models import Bell, Link, Signature, Staff, Status, WorkOrder, db
from portal import clock
from portal.db import lock
from portal.domain import timeline
from portal.domain.refusals import NotAllowed


def sign(
    work_order: WorkOrder, *, name: str, path: str, by: Staff | None, link: Link | None = None, address: str = ""
) -> Signature:
    """Keep the customer's signature: an SVG path in a 320 x 110 box, or only the typed name.

    Raises NotAllowed when it is cancelled or signed already, and through a link that was not asked.
    """
    lock(work_order)
    if not may_sign(work_order) or (link is not None and not is_asked(work_order)):
        raise NotAllowed(work_order.status)
    signature = Signature(
        work_order=work_order,
        name=name,
        path=path,
        signed_at=clock.now(),
        staff_id=by.id if by else None,
        link_id=link.id if link else None,
        address=address,
    )
    db.session.add(signature)
    work_order.asks_signature = False
    _noted(work_order, "signed", by)
    return signature


def ask(work_order: WorkOrder, *, by: Staff) -> None:
    """Have the customer's page ask for it, once work has begun. Raises NotAllowed when there is nothing to ask for."""
    lock(work_order)
    if not may_sign(work_order):
        raise NotAllowed(work_order.status)
    if not work_order.asks_signature:
        work_order.asks_signature = True
        _noted(work_order, "signature_asked", by)


def stop_asking(work_order: WorkOrder, *, by: Staff) -> None:
    lock(work_order)
    if work_order.asks_signature:
        work_order.asks_signature = False
        _noted(work_order, "signature_not_asked", by)


def take_back(work_order: WorkOrder, *, by: Staff) -> None:
    """It counts no more, as when the wrong person signed. It is kept. Raises NotAllowed when there is none."""
    lock(work_order)
    if work_order.signature is None:
        raise NotAllowed("unsigned")
    work_order.signature.taken_back_at = clock.now()
    _noted(work_order, "signature_taken_back", by)


def may_sign(work_order: WorkOrder) -> bool:
    return work_order.status is not Status.CANCELLED and work_order.signature is None


def is_asked(work_order: WorkOrder) -> bool:
    """Whether the customer's page asks: not before there is something to sign for."""
    has_begun = any(visit.started_at for visit in work_order.visits)
    return work_order.asks_signature and has_begun and may_sign(work_order)


def _noted(work_order: WorkOrder, verb: str, by: Staff | None) -> None:
    db.session.flush()
    db.session.expire(work_order, ["signature"])
    timeline.note(work_order, verb, by=by, bell=Bell.RING)
