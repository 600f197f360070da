"""Money that goes back after it was paid online: refunds, and what the payer's bank takes while it asks questions."""

from models import Method, Payment, PaymentKind, Staff
from portal import clock
from portal.db import lock
from portal.domain import invoices, payments
from portal.domain import shop as shops
from portal.domain.refusals import NotAllowed
from portal.online import DisputeNow, PaymentNow, RefundNow


def follow(payment: Payment, now: PaymentNow, *, by: Staff | None = None) -> None:
    """Write down what became of `payment` since. Told in any order and any number of times, it ends the same."""
    lock(payment.invoice)
    lock(payment)
    for refund in now.refunds:
        refunded(payment, refund, now.currency, by=by)
    for dispute in now.disputes:
        _disputed(payment, dispute, now.currency)


def refunded(payment: Payment, refund: RefundNow, currency: str, *, by: Staff | None = None) -> Payment:
    """Money is on its way back. What their bank did not take is kept, counts no more and is flagged."""
    row = _back(payment, refund.id, -refund.amount, currency, PaymentKind.REFUND, by=by)
    if refund.has_failed and row.taken_back_at is None:
        payments.count_no_more(row, by=None)
        payments.raise_flag(row, "refund_failed")
    payments.weigh_again(payment.invoice, by=by)
    return row


def _disputed(payment: Payment, dispute: DisputeNow, currency: str) -> None:
    if dispute.is_question:
        if dispute.status != "warning_closed":
            payments.raise_flag(payment, "inquiry")
        return
    row = _back(payment, dispute.id, -dispute.amount, currency, PaymentKind.DISPUTE)
    payments.weigh_again(payment.invoice, by=None)
    won = f"{dispute.id} won"
    if dispute.is_won and payments.by_provider_id(won) is None:
        payments.weigh(_back(payment, won, dispute.amount, currency, PaymentKind.PAYMENT), by=None)
    payments.raise_flag(row, {"won": "dispute_won", "lost": "dispute_lost"}.get(dispute.status, "disputed"))


def _back(
    payment: Payment, name: str, amount: int, currency: str, kind: PaymentKind, *, by: Staff | None = None
) -> Payment:
    online = payments.Online(name=name, currency=currency, checkout=payment.checkout, pays_back=payment)
    today = clock.today(shops.profile().time_zone)
    return payments.record(
        payment.invoice, amount=amount, method=Method.ONLINE, paid_on=today, kind=kind, online=online, by=by
    )


def most_to_refund(payment: Payment) -> int:
    """How much of it can still be sent back; 0 for what did not come online."""
    if not payment.provider_id or payment.kind is not PaymentKind.PAYMENT or payment.pays_back_id:
        return 0
    back = [each for each in payment.invoice.payments if each.pays_back_id == payment.id and not each.taken_back_at]
    return max(0, payment.amount + sum(each.amount for each in back))


def proposed(payment: Payment) -> int:
    """How much of it to send back, as far as we can tell: what is too much, or else all that is left of it."""
    most = most_to_refund(payment)
    too_much = 0 if payment.currency else invoices.owed(payment.invoice)
    return min(most, too_much) if too_much else most


def check_refund(payment: Payment, amount: int) -> None:
    """Raises NotAllowed for more than is left of it, or nothing."""
    if not 0 < amount <= most_to_refund(payment):
        raise NotAllowed("refund")
