"""Quotes and invoices as the office's pages read them."""

from dataclasses import dataclass
from datetime import date

from portal.staff.shapes import CustomerView


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """A line of the list."""

    id: int
    url: str
    name: str  # "Quote 318", "Draft"
    title: str
    customer_name: str
    state: str
    state_word: str
    when: str
    total: str  # what is still open, once a part is paid
    of_total: str  # then "of $3,925.40", and "" otherwise
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    description: str
    details: str
    quantity: str  # "2 × $38.00", or "" for one
    discount: str
    price: str
    is_optional: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SumView:
    word: str
    amount: str
    is_total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginView:
    cost: str
    profit: str
    margin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagView:
    """Why somebody must look at a payment, and what to do about it."""

    title: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    id: int
    amount: str
    method: str  # "Check", "Paid back online"
    on: str
    reference: str
    provider_id: str  # Stripe's name for it, "" for what the office wrote down
    stripe_url: str  # its page at Stripe, "" where it has none
    by: str
    is_taken_back: bool
    can_take_back: bool
    flag: FlagView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """A line of the list of all payments."""

    payment: PaymentView
    customer_name: str
    invoice_name: str
    invoice_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    words: str
    body: str
    by_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    id: int
    kind: str
    name: str
    title: str
    state: str
    state_word: str
    number: int | None
    revision: int
    customer: CustomerView
    address_lines: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    work_order_id: int | None
    work_order_number: int | None
    related: tuple[tuple[str, str], ...]  # (words, url): the quote it came from, its credit note
    message: str
    terms: str
    internal_notes: str
    lines: tuple[LineView, ...]
    sums: tuple[SumView, ...]
    total: str
    margin: MarginView | None
    is_editable: bool
    has_unsent_changes: bool
    trouble: str
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeView:
    """How card payments stand, and what Stripe has to be told."""

    is_on: bool
    is_live: bool
    hears: bool  # a message of Stripe's has come and been believed
    webhook_url: str
    webhook_trouble: str
    events: tuple[str, ...]
    command: str  # how to start with the keys
    troubles: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
