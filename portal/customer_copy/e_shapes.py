"""The shapes of an e-invoice, which another program reads: as frozen as those that people read.

Adding a field here is a decision too: tests/test_canary.py asks for it by name.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EPartyCopy:
    name: str
    street: str
    postcode: str
    town: str
    country: str
    vat_number: str
    tax_number: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ELineCopy:
    name: str
    details: str
    quantity: str
    unit: str
    price: str
    discount: str
    net: str
    category: str
    rate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ETaxCopy:
    category: str
    rate: str
    net: str
    tax: str
    discount: str  # the document's, as far as it falls on what is taxed so
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EInvoiceCopy:
    """An invoice as another program reads it. Amounts and dates as text: "1234.50", "2026-11-22"; "" for none."""

    kind: str
    number: str
    issued_on: str
    due_on: str
    currency: str
    takes_back: str
    seller: EPartyCopy
    buyer: EPartyCopy
    site: EPartyCopy | None
    lines: tuple[ELineCopy, ...]
    taxes: tuple[ETaxCopy, ...]
    account_holder: str
    iban: str
    bic: str
    terms: str
    lines_net: str
    discount: str
    net: str
    tax: str
    total: str
    settled: str  # of the total: BT-113
    due: str
