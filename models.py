"""The tables: shape, constraints and relationships. No rules, no views; imports nothing of ours."""

import enum
from datetime import UTC, date, datetime
from decimal import Decimal

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


class Model(DeclarativeBase):
    """Names every constraint, so that a migration can always say which one it means."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Model)


class UtcDateTime(TypeDecorator):
    """An aware datetime in UTC. SQLite keeps no zone: it is taken off on the way in and put back on the way out."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect):
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect):
        return None if value is None else value.replace(tzinfo=UTC)


class Exact(TypeDecorator):
    """A Decimal of at most `places` places, kept as a whole number of their units: SQLite would make it a float."""

    impl = BigInteger
    cache_ok = True
    places = 0

    def process_bind_param(self, value: Decimal | None, dialect):
        return None if value is None else int(value.scaleb(self.places).to_integral_exact())

    def process_result_value(self, value: int | None, dialect):
        return None if value is None else Decimal(value).scaleb(-self.places)


class Quantity(Exact):
    """How much of something."""

    cache_ok = True
    places = 4


class Percent(Exact):
    """A rate of tax or discount: 7.9 is 7.9 %."""

    cache_ok = True
    places = 4


class Price(Exact):
    """What one unit costs, in the currency’s major unit: 4 places beyond the currency’s own, of which none has more."""

    cache_ok = True
    places = 8


def words(values: type[enum.StrEnum]) -> Enum:
    """An enum kept as its word, so that the table reads like the trade speaks."""
    return Enum(
        values, native_enum=False, length=20, validate_strings=True, values_callable=lambda e: [v.value for v in e]
    )


class Role(enum.StrEnum):
    OWNER = "owner"
    OFFICE = "office"
    TECHNICIAN = "technician"


class Kind(enum.StrEnum):
    """What a share link opens."""

    WORK_ORDER = "wo"
    QUOTE = "quote"
    INVOICE = "invoice"


class Status(enum.StrEnum):
    SCHEDULED = "scheduled"
    ON_THE_WAY = "on_the_way"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class QuoteStatus(enum.StrEnum):
    """Expired is derived: a sent quote whose last day has passed."""

    DRAFT = "draft"
    SENT = "sent"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    DECLINED = "declined"


class InvoiceStatus(enum.StrEnum):
    """Paid, part paid and overdue are derived from the payments and the due date."""

    DRAFT = "draft"
    ISSUED = "issued"
    VOID = "void"


class TaxCategory(enum.StrEnum):
    """EN 16931's words for why a rate is what it is (UNTDID 5305)."""

    STANDARD = "S"
    CANARY_ISLANDS = "L"
    CEUTA_MELILLA = "M"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUTSIDE = "O"


class Method(enum.StrEnum):
    """How a payment came."""

    CASH = "cash"
    CHECK = "check"
    TRANSFER = "transfer"
    CARD = "card"
    OTHER = "other"
    ONLINE = "online"  # through Stripe


class PaymentKind(enum.StrEnum):
    """What moved the money. All but a payment are negative, and a dispute that was won comes back as a payment."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"


class PhotoKind(enum.StrEnum):
    """When a photo was taken: before the work, after it, or in between."""

    BEFORE = "before"
    AFTER = "after"
    OTHER = "other"


class CheckoutStatus(enum.StrEnum):
    """How a try to pay online stands."""

    OPEN = "open"
    PROCESSING = "processing"  # the customer has paid, the bank has not yet
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"  # by time, or because the invoice or its link changed


class MessageKind(enum.StrEnum):
    """What stands in the inbox."""

    HELP = "help"
    APPROVED = "approved"
    CHANGES = "changes"
    DECLINED = "declined"


class Bell(enum.StrEnum):
    """What the commit of an Event does to the pages that show its record."""

    SILENT = "silent"
    STAFF = "staff"  # only the staff's pages hear it
    RING = "ring"
    DISMISS = "dismiss"


class PaperSize(enum.StrEnum):
    A4 = "a4"
    LETTER = "letter"


class MailKind(enum.StrEnum):
    """What a mail is about; its words are made when it is sent."""

    MESSAGE = "message"  # a customer asked for help: to the office
    LINK = "link"  # a share link: to the customer
    INVITE = "invite"  # a first way in: to a new member of the staff
    RESET = "reset"  # a new way in: to who forgot the password
    TEST = "test"  # whether mail goes out at all: to the owner who asks


class OrgProfile(db.Model):
    """The shop. One row."""

    __tablename__ = "org_profile"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    trade: Mapped[str] = mapped_column(String(120), default="")
    brand_color: Mapped[str] = mapped_column(String(7), default="#0f6f68")
    phone: Mapped[str] = mapped_column(String(40), default="")
    street: Mapped[str] = mapped_column(String(200), default="")
    locality: Mapped[str] = mapped_column(String(200), default="")
    licence: Mapped[str] = mapped_column(String(80), default="")
    answer_hours: Mapped[str] = mapped_column(String(200), default="")
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    locale: Mapped[str] = mapped_column(String(20), default="en_US")
    logo: Mapped[str] = mapped_column(String(60), default="")  # a file name in storage; its size in pixels
    logo_width: Mapped[int] = mapped_column(default=0)
    logo_height: Mapped[int] = mapped_column(default=0)
    email: Mapped[str] = mapped_column(String(254), default="")
    tax_id: Mapped[str] = mapped_column(String(80), default="")
    opening_hours: Mapped[str] = mapped_column(String(400), default="")
    currency: Mapped[str] = mapped_column(String(3), default="USD")  # ISO 4217
    paper_size: Mapped[PaperSize] = mapped_column(words(PaperSize), default=PaperSize.LETTER)
    footer: Mapped[str] = mapped_column(String(400), default="")
    prices_include_tax: Mapped[bool] = mapped_column(default=False)
    quote_terms: Mapped[str] = mapped_column(Text, default="")
    invoice_terms: Mapped[str] = mapped_column(Text, default="")
    how_to_pay: Mapped[str] = mapped_column(Text, default="")
    valid_days: Mapped[int] = mapped_column(default=30)  # a quote, from the day it is sent
    due_days: Mapped[int] = mapped_column(default=14)  # an invoice, from the day it is issued
    says_late: Mapped[bool] = mapped_column(default=False)
    iban: Mapped[str] = mapped_column(String(34), default="")
    bic: Mapped[str] = mapped_column(String(11), default="")
    account_holder: Mapped[str] = mapped_column(String(70), default="")  # "" as the shop's name
    allows_part_payments: Mapped[bool] = mapped_column(default=False)
    attaches_paper: Mapped[bool] = mapped_column(default=True)  # a PDF goes with the mail of a quote or an invoice
    sends_e_invoices: Mapped[bool] = mapped_column(default=False)  # Factur-X inside an invoice's PDF
    is_sample: Mapped[bool] = mapped_column(default=False)
    edition: Mapped[int] = mapped_column(default=1)

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class Staff(db.Model):
    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    # Lower case; None until the owner has typed one.
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    phone: Mapped[str] = mapped_column(String(40), default="")
    role: Mapped[Role] = mapped_column(words(Role))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    photo: Mapped[str] = mapped_column(String(60), default="")
    session_epoch: Mapped[int] = mapped_column(default=1)  # one higher ends every open session
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInLink(db.Model):
    """A one-time way in. Only a hash is kept, so a leaked backup opens nothing."""

    __tablename__ = "sign_in_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    lookup: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()


class Customer(db.Model):
    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    street: Mapped[str] = mapped_column(String(200), default="")
    locality: Mapped[str] = mapped_column(String(200), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    locale: Mapped[str] = mapped_column(String(20), default="")  # "" as the shop's
    edition: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))

    work_orders: Mapped[list["WorkOrder"]] = relationship(back_populates="customer")


class WorkOrder(db.Model):
    __tablename__ = "work_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    status: Mapped[Status] = mapped_column(words(Status), default=Status.SCHEDULED, index=True)
    street: Mapped[str] = mapped_column(String(200), default="")
    locality: Mapped[str] = mapped_column(String(200), default="")
    time_zone: Mapped[str] = mapped_column(String(64))  # of the job site
    internal_notes: Mapped[str] = mapped_column(Text, default="")
    edition: Mapped[int] = mapped_column(default=1)  # grows with each edit by hand, not with a status move
    scheduled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asks_signature: Mapped[bool] = mapped_column(default=False)  # of whoever holds the link

    customer: Mapped[Customer] = relationship(back_populates="work_orders")
    visits: Mapped[list["Visit"]] = relationship(
        back_populates="work_order", order_by=lambda: (Visit.starts_at.is_(None), Visit.starts_at, Visit.id)
    )
    parts: Mapped[list["Part"]] = relationship(back_populates="work_order", order_by=lambda: Part.id)
    photos: Mapped[list["Photo"]] = relationship(
        primaryjoin=lambda: (Photo.work_order_id == WorkOrder.id) & Photo.taken_out_at.is_(None),
        viewonly=True,
        order_by=lambda: Photo.id,
    )
    signature: Mapped["Signature | None"] = relationship(
        primaryjoin=lambda: (Signature.work_order_id == WorkOrder.id) & Signature.taken_back_at.is_(None),
        viewonly=True,
        uselist=False,
    )


class Visit(db.Model):
    """One trip to the site. `starts_at` and `ends_at` are the window agreed with the customer."""

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_order.id"), index=True)
    technician_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    on_my_way_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    edition: Mapped[int] = mapped_column(default=1)

    work_order: Mapped[WorkOrder] = relationship(back_populates="visits")
    technician: Mapped[Staff | None] = relationship()

    __table_args__ = (
        CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="whole_window"),
        CheckConstraint("ends_at > starts_at", name="window_runs_forward"),
    )


class Part(db.Model):
    __tablename__ = "part"

    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_order.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    unit: Mapped[str] = mapped_column(String(20), default="")

    work_order: Mapped[WorkOrder] = relationship(back_populates="parts")

    __table_args__ = (CheckConstraint("quantity > 0", name="some"),)


class Photo(db.Model):
    """A picture of the job. `full` and `thumb` are file names in storage; width and height are the thumb's, in pixels.

    `upload_key` is chosen by whoever sends it: the same one sent twice to a work order is one photo.
    """

    __tablename__ = "photo"

    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_order.id"), index=True)
    full: Mapped[str] = mapped_column(String(60), unique=True)
    thumb: Mapped[str] = mapped_column(String(60), unique=True)
    width: Mapped[int]
    height: Mapped[int]
    byte_count: Mapped[int] = mapped_column(default=0)  # of both files together
    kind: Mapped[PhotoKind] = mapped_column(words(PhotoKind), default=PhotoKind.OTHER)
    caption: Mapped[str] = mapped_column(String(120), default="")
    is_shown: Mapped[bool] = mapped_column(default=True)
    upload_key: Mapped[str | None] = mapped_column(String(64))
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # shown to nobody since

    work_order: Mapped[WorkOrder] = relationship()
    taken_by: Mapped[Staff | None] = relationship()

    __table_args__ = (UniqueConstraint("work_order_id", "upload_key"),)


class Signature(db.Model):
    """`path` is an SVG path in a 320 x 110 box; empty when the name was typed instead of drawn.

    `staff_id`: on whose phone it was drawn; `link_id`: through which link the customer signed. One counts at a time.
    """

    __tablename__ = "signature"

    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_order.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    path: Mapped[str] = mapped_column(Text, default="")
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    address: Mapped[str] = mapped_column(String(45), default="")
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    work_order: Mapped[WorkOrder] = relationship()
    staff: Mapped[Staff | None] = relationship()

    __table_args__ = (
        Index(
            "uq_signature_one_counts",
            "work_order_id",
            unique=True,
            info={"where": taken_back_at.is_(None)},  # portal/db.py makes the index partial
        ),
    )


class TaxRate(db.Model):
    """A rate that the shop charges, offered for each line."""

    __tablename__ = "tax_rate"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    rate: Mapped[Decimal] = mapped_column(Percent)
    category: Mapped[TaxCategory] = mapped_column(words(TaxCategory))
    is_default: Mapped[bool] = mapped_column(default=False)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Item(db.Model):
    """An entry of the shop's price list. `price` and `cost` are for one unit, in the shop's currency."""

    __tablename__ = "item"

    id: Mapped[int] = mapped_column(primary_key=True)
    description: Mapped[str] = mapped_column(String(200))
    details: Mapped[str] = mapped_column(Text, default="")
    unit: Mapped[str] = mapped_column(String(20), default="")
    price: Mapped[Decimal] = mapped_column(Price)
    cost: Mapped[Decimal | None] = mapped_column(Price)
    is_hourly: Mapped[bool] = mapped_column(default=False)
    tax_rate_id: Mapped[int | None] = mapped_column(ForeignKey("tax_rate.id"))
    edition: Mapped[int] = mapped_column(default=1)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    tax_rate: Mapped[TaxRate | None] = relationship()


class Document:
    """What a quote and an invoice have in common: who it is for, and how its lines become a total.

    Money is in minor units of `currency`. A number is given when the document is sent or issued.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int | None] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    work_order_id: Mapped[int | None] = mapped_column(ForeignKey("work_order.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    street: Mapped[str] = mapped_column(String(200), default="")  # of the job site
    locality: Mapped[str] = mapped_column(String(200), default="")
    currency: Mapped[str] = mapped_column(String(3))
    prices_include_tax: Mapped[bool] = mapped_column(default=False)
    discount_percent: Mapped[Decimal | None] = mapped_column(Percent)  # at most one of the two
    discount_amount: Mapped[int | None] = mapped_column(BigInteger)
    deposit_percent: Mapped[Decimal | None] = mapped_column(Percent)  # at most one of the two
    deposit_amount: Mapped[int | None] = mapped_column(BigInteger)
    message: Mapped[str] = mapped_column(Text, default="")  # to the customer, above the lines
    terms: Mapped[str] = mapped_column(Text, default="")
    internal_notes: Mapped[str] = mapped_column(Text, default="")
    edition: Mapped[int] = mapped_column(default=1)  # grows with each edit by hand
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Quote(Document, db.Model):
    """What the customer sees is the newest Snapshot; the lines here are the next revision in the making."""

    __tablename__ = "quote"

    status: Mapped[QuoteStatus] = mapped_column(words(QuoteStatus), default=QuoteStatus.DRAFT, index=True)
    revision: Mapped[int] = mapped_column(default=0)  # the one that was sent last
    valid_until: Mapped[date | None] = mapped_column(Date)  # the last day it may be approved, in the shop's zone
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    customer: Mapped[Customer] = relationship()
    work_order: Mapped[WorkOrder | None] = relationship()
    lines: Mapped[list["Line"]] = relationship(
        back_populates="quote", order_by=lambda: (Line.position, Line.id), cascade="all, delete-orphan"
    )
    answers: Mapped[list["Answer"]] = relationship(back_populates="quote", order_by=lambda: Answer.id)


class Invoice(Document, db.Model):
    """`credits_id` names the invoice that this one takes back: a credit note, whose figures are negative."""

    __tablename__ = "invoice"

    status: Mapped[InvoiceStatus] = mapped_column(words(InvoiceStatus), default=InvoiceStatus.DRAFT, index=True)
    quote_id: Mapped[int | None] = mapped_column(ForeignKey("quote.id"), index=True)
    credits_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    due_days: Mapped[int | None]
    issued_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    total: Mapped[int | None] = mapped_column(BigInteger)  # as issued, in minor units
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    customer: Mapped[Customer] = relationship()
    work_order: Mapped[WorkOrder | None] = relationship()
    quote: Mapped[Quote | None] = relationship()
    lines: Mapped[list["Line"]] = relationship(
        back_populates="invoice", order_by=lambda: (Line.position, Line.id), cascade="all, delete-orphan"
    )
    payments: Mapped[list["Payment"]] = relationship(back_populates="invoice", order_by=lambda: Payment.id)


class Line(db.Model):
    """One line of a quote or an invoice. `price` and `cost` are for one unit; by the hour, for an hour."""

    __tablename__ = "line"

    id: Mapped[int] = mapped_column(primary_key=True)
    quote_id: Mapped[int | None] = mapped_column(ForeignKey("quote.id"), index=True)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    position: Mapped[int]
    description: Mapped[str] = mapped_column(String(200))
    details: Mapped[str] = mapped_column(Text, default="")
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    unit: Mapped[str] = mapped_column(String(20), default="")
    price: Mapped[Decimal] = mapped_column(Price)
    cost: Mapped[Decimal | None] = mapped_column(Price)
    is_hourly: Mapped[bool] = mapped_column(default=False)
    is_optional: Mapped[bool] = mapped_column(default=False)
    is_chosen: Mapped[bool] = mapped_column(default=True)  # an optional line that counts
    discount_percent: Mapped[Decimal | None] = mapped_column(Percent)
    discount_amount: Mapped[int | None] = mapped_column(BigInteger)
    tax_name: Mapped[str] = mapped_column(String(60), default="")
    tax_rate: Mapped[Decimal] = mapped_column(Percent)
    tax_category: Mapped[TaxCategory] = mapped_column(words(TaxCategory))

    quote: Mapped[Quote | None] = relationship(back_populates="lines")
    invoice: Mapped[Invoice | None] = relationship(back_populates="lines")

    __table_args__ = (CheckConstraint("(quote_id IS NULL) <> (invoice_id IS NULL)", name="one_document"),)


class Snapshot(db.Model):
    """What was sent or issued, word for word and to the cent. Page, paper, mail and payment read this alone."""

    __tablename__ = "snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind] = mapped_column(words(Kind))
    record_id: Mapped[int]
    revision: Mapped[int]
    content: Mapped[dict] = mapped_column(JSON)
    content_hash: Mapped[str] = mapped_column(String(64))  # SHA-256 of the content, in hex
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when a customer's screen first showed it
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("kind", "record_id", "revision"),)


class Answer(db.Model):
    """What the customer said to a revision, and the evidence of it. `staff_id`: who took it down, by phone say."""

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"), index=True)
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshot.id"))
    kind: Mapped[MessageKind] = mapped_column(words(MessageKind))
    name: Mapped[str] = mapped_column(String(120), default="")
    body: Mapped[str] = mapped_column(Text, default="")  # what to change, or why not
    path: Mapped[str] = mapped_column(Text, default="")  # a drawn signature, as in Signature
    chosen: Mapped[list] = mapped_column(JSON, default=list)  # ids of the optional lines that were ticked
    total: Mapped[int | None] = mapped_column(BigInteger)
    content_hash: Mapped[str] = mapped_column(String(64))  # of what was shown, with what was chosen
    address: Mapped[str] = mapped_column(String(45), default="")
    user_agent: Mapped[str] = mapped_column(String(400), default="")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    quote: Mapped[Quote] = relationship(back_populates="answers")
    snapshot: Mapped[Snapshot] = relationship()
    staff: Mapped[Staff | None] = relationship()

    __table_args__ = (
        Index(
            "uq_answer_one_approval",
            "quote_id",
            unique=True,
            info={"where": text("kind = 'approved' AND undone_at IS NULL")},  # portal/db.py makes the index partial
        ),
    )


class Payment(db.Model):
    """Money that came, or went back: then `amount` is negative. In minor units of the invoice's currency."""

    __tablename__ = "payment"

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[Method] = mapped_column(words(Method))
    paid_on: Mapped[date] = mapped_column(Date)
    reference: Mapped[str] = mapped_column(String(120), default="")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # entered by mistake
    kind: Mapped[PaymentKind] = mapped_column(words(PaymentKind), default=PaymentKind.PAYMENT)
    currency: Mapped[str | None] = mapped_column(String(3))  # None: the invoice's; in another it counts for nothing
    provider_id: Mapped[str | None] = mapped_column(String(100), unique=True)  # Stripe's name for it
    checkout_id: Mapped[int | None] = mapped_column(ForeignKey("checkout.id"), index=True)
    pays_back_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    flag: Mapped[str] = mapped_column(String(20), default="")  # why somebody must look at it
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # somebody did

    invoice: Mapped[Invoice] = relationship(back_populates="payments")
    staff: Mapped[Staff | None] = relationship()
    checkout: Mapped["Checkout | None"] = relationship()


class Checkout(db.Model):
    """One try to pay online. At most one is open for an invoice; it asks for one amount."""

    __tablename__ = "checkout"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)  # random: what the way back from Stripe is called
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[CheckoutStatus] = mapped_column(words(CheckoutStatus), default=CheckoutStatus.OPEN, index=True)
    session_id: Mapped[str | None] = mapped_column(String(100), unique=True)  # None until Stripe has answered
    url: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when Stripe was asked about it last
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trouble: Mapped[str] = mapped_column(String(200), default="")

    invoice: Mapped[Invoice] = relationship()
    link: Mapped["Link | None"] = relationship()

    __table_args__ = (
        Index(
            "uq_checkout_one_open",
            "invoice_id",
            unique=True,
            info={"where": text("status = 'open'")},  # portal/db.py makes the index partial
        ),
    )


class StripeEvent(db.Model):
    """An event of Stripe's that was taken in, committed with what it changed."""

    __tablename__ = "stripe_event"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class StripeHealth(db.Model):
    """How the line to Stripe is, as last seen. One row."""

    __tablename__ = "stripe_health"

    id: Mapped[int] = mapped_column(primary_key=True)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the last good answer
    skew_s: Mapped[int | None]  # how far this machine's clock is ahead of Stripe's
    heard_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # all events up to then were asked for
    undelivered: Mapped[int] = mapped_column(default=0)  # events that Stripe could not hand over
    trouble: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class PrintRun(db.Model):
    """Many documents printed at once, in the background."""

    __tablename__ = "print_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    kind: Mapped[Kind] = mapped_column(words(Kind))
    record_ids: Mapped[list] = mapped_column(JSON)
    is_zip: Mapped[bool] = mapped_column(default=False)
    done: Mapped[int] = mapped_column(default=0)
    file: Mapped[str] = mapped_column(String(80), default="")  # below the folder for paper, once it is whole
    trouble: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)  # None: finished or given up
    tries: Mapped[int] = mapped_column(default=0)

    staff: Mapped[Staff] = relationship()


class Link(db.Model):
    """A share link. The token is derived from `nonce` and a key kept outside the database; `lookup` is its hash.

    Revoking clears both, so a revoked token takes exactly the path of one that never was.
    """

    __tablename__ = "link"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind] = mapped_column(words(Kind))
    record_id: Mapped[int]
    key_id: Mapped[str] = mapped_column(String(16))
    nonce: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    lookup: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_count: Mapped[int] = mapped_column(default=0)
    last_opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "uq_link_one_alive",
            "kind",
            "record_id",
            unique=True,
            info={"where": revoked_at.is_(None)},  # portal/db.py makes the index partial
        ),
    )


class Message(db.Model):
    """What stands in the inbox: a customer wrote through Get help, or answered a quote. About exactly one record."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MessageKind] = mapped_column(words(MessageKind), default=MessageKind.HELP)
    work_order_id: Mapped[int | None] = mapped_column(ForeignKey("work_order.id"), index=True)
    quote_id: Mapped[int | None] = mapped_column(ForeignKey("quote.id"), index=True)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))  # None: taken down by the office
    about: Mapped[str] = mapped_column(String(20), default="")
    body: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(120), default="")
    reach_at: Mapped[str] = mapped_column(String(254), default="")
    address: Mapped[str] = mapped_column(String(45), default="")  # whom it counts for: an IPv4 address or an IPv6 /64
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    work_order: Mapped[WorkOrder | None] = relationship()
    quote: Mapped[Quote | None] = relationship()
    invoice: Mapped[Invoice | None] = relationship()
    assigned_to: Mapped[Staff | None] = relationship()

    __table_args__ = (
        Index("ix_message_link_id_created_at", "link_id", "created_at"),
        Index("ix_message_answered_at_id", "answered_at", "id"),
        CheckConstraint(
            "CASE WHEN work_order_id IS NULL THEN 0 ELSE 1 END + CASE WHEN quote_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN invoice_id IS NULL THEN 0 ELSE 1 END = 1",
            name="one_record",
        ),
    )


class Mail(db.Model):
    """Mail to send, left in the transaction that is its reason. It holds no token: its words are made when it goes."""

    __tablename__ = "mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MailKind] = mapped_column(words(MailKind))
    recipient: Mapped[str] = mapped_column(String(254))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)  # None: sent, or given up
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trouble: Mapped[str] = mapped_column(String(200), default="")  # why the last try failed

    staff: Mapped[Staff | None] = relationship()
    link: Mapped[Link | None] = relationship()
    message: Mapped[Message | None] = relationship()


class Event(db.Model):
    """Who did what when. Staff read it; its commit rings the bell of the pages that show the record.

    `kind` is a Kind, or "shop" for what every page shows. `record_id` is 0 for the shop.
    """

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    record_id: Mapped[int]
    verb: Mapped[str] = mapped_column(String(40))
    bell: Mapped[Bell] = mapped_column(words(Bell))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    details: Mapped[dict] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    staff: Mapped[Staff | None] = relationship()

    __table_args__ = (
        Index("ix_event_kind_record_id_id", "kind", "record_id", "id"),
        Index("ix_event_at_id", "at", "id"),
        Index("ix_event_staff_id_at_id", "staff_id", "at", "id"),
        Index("ix_event_verb_at_id", "verb", "at", "id"),
        Index("ix_event_bell_id", "bell", "id"),
    )


class Counter(db.Model):
    """The last number given in a series."""

    __tablename__ = "counter"

    series: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int]
