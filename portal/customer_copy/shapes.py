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
    paper_size: str  # a4, letter


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
    customer_name: str  # on the report alone, so "" before there is one
    address_lines: tuple[str, ...]
    parts: tuple[PartCopy, ...]
    photos: tuple[PhotoCopy, ...]
    signature: SignatureCopy | None
    asks_signature: bool
    calendar: CalendarCopy | None
    document_title: str
    completed: str  # the day, with its year, "" while it is not
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
