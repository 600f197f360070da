"""The customer's copy as shapes: frozen, and holding only what the customer may read.

Adding a field here is a decision: tests/test_canary.py asks for it by name.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopCopy:
    name: str
    initials: str
    phone: str
    phone_uri: str
    email: str
    mailto_uri: str
    opening_hours: str
    address_lines: tuple[str, ...]
    licence: str
    answer_hours: str
    brand_color: str
    logo: str  # a file name for the logo route, "" for none
    logo_width: int
    logo_height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TechnicianCopy:
    name: str
    initials: str
    photo: str  # a file name for the photo route, "" for none


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCopy:
    word: str
    at: str
    state: str  # past, now, running, ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCopy:
    date: str
    window: str
    zone: str  # "PST": shown where the reader's clock differs from the site's
    technician: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCopy:
    name: str
    quantity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoCopy:
    thumb: str
    full: str
    caption: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureCopy:
    path: str
    name: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarCopy:
    """What goes into a calendar file. Moments in UTC."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    place: str
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderCopy:
    shop: ShopCopy
    number: str
    title: str
    status: str
    headline: str
    lead: str
    stages: tuple[StageCopy, ...]
    technician: TechnicianCopy | None
    visit: VisitCopy | None
    earlier_visits: tuple[VisitCopy, ...]
    later_visits: tuple[VisitCopy, ...]
    address_lines: tuple[str, ...]
    parts: tuple[PartCopy, ...]
    photos: tuple[PhotoCopy, ...]
    signature: SignatureCopy | None
    calendar: CalendarCopy | None
    document_title: str
    updated: str
    clock_at_ms: int  # a moment of the visit, and how many minutes behind UTC the site is then: a browser compares
    clock_minutes_west: int
    changes_in_s: int | None
    version: str

    @property
    def has_calendar(self) -> bool:
        return self.calendar is not None

    @property
    def file_names(self) -> frozenset[str]:
        """The stored files this copy may show."""
        names = {name for photo in self.photos for name in (photo.thumb, photo.full)}
        return frozenset(names | {self.technician.photo} if self.technician and self.technician.photo else names)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterheadCopy:
    """The shop as it was when the paper was written."""

    name: str
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
    revision: int
    document_title: str
    changes_in_s: int | None
    version: str
