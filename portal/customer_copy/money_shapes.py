"""The customer's copy of a quote, an invoice and a receipt as shapes, like those in shapes.py."""

from dataclasses import dataclass

from portal.customer_copy.e_shapes import EInvoiceCopy
from portal.customer_copy.shapes import ShopCopy, SignatureCopy


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterheadCopy:
    """The shop as it was when the paper was written."""

    name: str
    trade: str
    address_lines: tuple[str, ...]
    phone: str
    phone_uri: str
    email: str
    mailto_uri: str
    licence: str
    tax_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCopy:
    """What is sold by the hour has neither quantity nor price: they would tell the rate."""

    description: str
    details: str
    quantity: str
    price: str
    times: str  # "2 × $38.00" where there is no room for columns, "" for one
    discount: str
    amount: str
    mark: str  # "New", "Changed", "Optional"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionCopy:
    """Something the customer may add. `key` is its place in the quote, as a form names it."""

    key: int
    description: str
    details: str
    times: str
    amount: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SumCopy:
    word: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DateCopy:
    word: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCopy:
    """What is not as the customer saw it last: `before` where there was something else."""

    word: str
    what: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperCopy:
    """A quote or an invoice as it was sent, to read and to print."""

    heading: str
    letterhead: LetterheadCopy
    dates: tuple[DateCopy, ...]
    for_word: str
    name: str
    address_lines: tuple[str, ...]
    site_lines: tuple[str, ...]
    job_lines: tuple[str, ...]
    message: str
    lines: tuple[LineCopy, ...]
    sums: tuple[SumCopy, ...]
    total: SumCopy
    after: tuple[SumCopy, ...]
    how_to_pay: str
    terms: str
    footer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteCopy:
    shop: ShopCopy
    number: str
    title: str
    status: str  # sent, expired, changes_requested, approved, declined
    pill: str
    amount: str
    headline: str
    lead: str
    tax_words: str
    said: str  # the customer's own words, while they wait for an answer
    paper: PaperCopy
    options: tuple[OptionCopy, ...]
    options_hint: str
    changes: tuple[ChangeCopy, ...]
    signature: SignatureCopy | None
    revision: int
    choice: str  # the ticks as an address asks for them
    document_title: str
    changes_in_s: int | None
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BankCopy:
    """Where a transfer goes. `epc` is what a banking app reads from a code, "" where there is nothing to scan."""

    account_holder: str
    iban: str  # in groups of four
    iban_plain: str  # as a banking app takes it
    bic: str
    amount_plain: str  # what is due, "1234.50", or "1234,50" where the shop writes it so
    reference: str  # what to write on the transfer
    epc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayChoiceCopy:
    """An amount that can be paid online. `key` is "deposit" or "balance", as a form names it."""

    key: str
    word: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayCopy:
    """Paying online, where the shop takes it: without choices there is nothing to press."""

    choices: tuple[PayChoiceCopy, ...]
    allows_part: bool  # also an amount of the customer's own
    balance: int  # in minor units: a form says which one it was made for
    is_processing: bool  # the customer has paid, the bank has not yet
    came_back: str  # how the try ended that they come back from: confirming, failed, cancelled, or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceCopy:
    shop: ShopCopy
    number: str
    title: str
    status: str  # issued, part_paid, paid, overdue, void, credited, credit_note
    pill: str
    label: str
    amount: str
    headline: str
    lead: str
    paper: PaperCopy
    bank: BankCopy | None
    has_receipt: bool
    e_invoice: EInvoiceCopy | None
    pay: PayCopy | None
    revision: int
    document_title: str
    changes_in_s: int | None
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRowCopy:
    date: str
    how: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptCopy:
    """What came in for an invoice, and what is left of it."""

    shop: ShopCopy
    number: str  # the invoice's
    heading: str
    letterhead: LetterheadCopy
    for_word: str
    name: str
    address_lines: tuple[str, ...]
    job_lines: tuple[str, ...]
    rows: tuple[ReceiptRowCopy, ...]
    sums: tuple[SumCopy, ...]  # what was asked and what came
    balance: SumCopy
    footer: str
    document_title: str
    version: str
