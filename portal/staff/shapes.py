"""The office copy as shapes: what staff pages read. Records through and through, with the words a page needs."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from models import Visit, WorkOrder
from portal.staff.record_shapes import Happened, RecordView


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopView:
    name: str
    initials: str
    brand_color: str
    phone: str
    is_sample: bool
    time_zone: str
    logo: str
    logo_width: int
    logo_height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffView:
    id: int
    name: str
    first_name: str
    initials: str
    role: str
    photo: str
    can_office: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    work_order: WorkOrder
    visit: Visit | None
    technician: StaffView | None
    title: str
    customer_name: str
    street: str
    status: str
    is_running: bool
    is_shared: bool
    has_message: bool
    time_big: str
    time_small: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    verb: str
    url: str
    word: str
    done_word: str
    icon: str
    at: str
    note: str
    state: str  # done, next, later, off


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitView:
    id: int
    starts_at: datetime | None
    ends_at: datetime | None
    technician: StaffView | None
    state_word: str
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    id: int
    name: str
    quantity_words: str
    more: str  # one more of it, and one less: "" where none would be left
    less: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoView:
    id: int
    edit_url: str
    is_shown: bool
    thumb: str
    full: str
    caption: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureView:
    name: str
    path: str
    signed_at: datetime
    through: str  # whose phone, or the link


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerView:
    id: int
    name: str
    phone: str
    phone_uri: str
    email: str
    street: str
    locality: str
    notes: str
    language: str  # "" as the shop's
    is_archived: bool
    jobs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """How a kind of thing looks in the inbox: its icon, and the tone that it stands on."""

    icon: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One tap that reaches somebody."""

    uri: str
    word: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    id: int
    face: Face
    name: str
    reach_at: str
    ways: tuple[Way, ...]
    on_file: tuple[Way, ...]  # how the customer's card says to reach them, for whoever may read the card
    about_words: str
    body: str
    first_words: str
    created_at: datetime
    answered_at: datetime | None
    is_open: bool
    assigned_to: StaffView | None
    record: RecordView
    customer_id: int
    customer_name: str
    headline: str
    happened: Happened | None
    action: Way | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedRow:
    """One line of the shop's activity, and the record that it is about."""

    at: datetime
    staff: StaffView | None
    icon: str  # for who is not on the staff
    words: str
    record_words: str
    record_url: str
    message_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderView:
    id: int
    number: int
    title: str
    status: str
    customer: CustomerView
    address_lines: tuple[str, ...]
    internal_notes: str
    parts: tuple[PartView, ...]
    photos: tuple[PhotoView, ...]
    signature: SignatureView | None
    may_sign: bool
    asks_signature: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    url: str
    lead: str  # what whoever has it can do with it
    revoke_url: str
    mail_url: str
    opened_words: str
    warning: str
    sms_uri: str
    whatsapp_uri: str
    mailto_uri: str
    qr_svg: Markup | str
    mail_to: str = ""  # the customer's address, where the shop can mail it
    mail_words: str = ""  # how the last mail with this link fared
    is_mail_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """Somebody who works or worked here, as the owner reads them."""

    id: int
    face: StaffView
    name: str
    role: str
    role_word: str
    phone: str
    phone_uri: str
    email: str
    has_password: bool
    is_off: bool
    off_since: datetime | None
    last_active: datetime | None
    ahead: int  # visits still to make
    is_me: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WayInView:
    """A one-time link that was made a moment ago."""

    url: str
    lasts: str
    warning: str
    sms_uri: str
    mailto_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """How the shop's mail stands."""

    is_on: bool
    sender: str
    server: str
    waiting: int
    sent_words: str
    trouble_words: str
    test_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardChoice:
    """A field in which two customers' cards differ, and what may stay of it."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]  # (choice, its value): "mine", "other", for notes also "both"
    picked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """A customer in a file to be imported: who, what is wrong, and whose card is like it."""

    number: int
    name: str
    about: tuple[str, ...]
    errors: tuple[tuple[str, str], ...]  # (our word for the field, what is wrong)
    twin_id: int  # 0 for none
    twin_name: str
    twin_row: int  # an earlier row of the same file, or 0
