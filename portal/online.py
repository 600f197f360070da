"""What is asked of Stripe and what it answers, in our words: plain values that rules and the outside world share. Pure.

Amounts are minor units as ISO 4217 has them; currencies are in capitals.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A try to pay, as Stripe is asked for it: no token, nobody's name."""

    key: str  # also what makes a second asking the same one
    amount: int
    currency: str
    what: str  # what the customer reads on Stripe's page
    expires_at: datetime
    paid_url: str
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNow:
    """How a try stands at Stripe."""

    id: str
    key: str  # of our try; "" where it is not one of ours
    url: str  # where it can be paid; "" once it cannot
    status: str  # open, complete, expired
    payment_status: str  # paid, unpaid, no_payment_required
    intent: str  # Stripe's name for the payment; "" before there is one
    intent_status: str
    amount: int
    currency: str

    @property
    def is_paid(self) -> bool:
        return self.payment_status == "paid"

    @property
    def has_failed(self) -> bool:
        """Whether the customer has paid and the bank has then refused."""
        is_done = self.status == "complete" and not self.is_paid
        return is_done and self.intent_status in ("requires_payment_method", "canceled")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundNow:
    id: str
    amount: int
    status: str  # pending, requires_action, succeeded, failed, canceled

    @property
    def has_failed(self) -> bool:
        return self.status in ("failed", "canceled")


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeNow:
    id: str
    amount: int
    status: str

    @property
    def is_question(self) -> bool:
        """Whether the bank only asks: no money has moved."""
        return self.status.startswith("warning_") or self.status == "prevented"

    @property
    def is_won(self) -> bool:
        return self.status == "won"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentNow:
    """What became of a payment since: what went back, and what the payer's bank questions."""

    intent: str
    currency: str
    refunds: tuple[RefundNow, ...]
    disputes: tuple[DisputeNow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNow:
    """What Stripe says has happened. Only a hint at what to ask about: its content is not believed."""

    id: str
    kind: str
    made_at: datetime
    is_live: bool
    session_id: str  # "" when it is not about a try
    intent: str  # "" when it is not about a payment that was made


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNow:
    """Whose account the key opens."""

    name: str
    country: str
    takes_payments: bool
    skew_s: int  # how far this machine's clock is ahead of Stripe's
