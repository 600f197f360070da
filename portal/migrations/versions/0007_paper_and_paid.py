"""Bank details and paper settings; payments online, and how the line to Stripe is; printing many at once."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

STATUSES = ("open", "processing", "paid", "failed", "expired")
PROFILE = {
    "iban": (sa.String(length=34), ""),
    "bic": (sa.String(length=11), ""),
    "account_holder": (sa.String(length=70), ""),
    "allows_part_payments": (sa.Boolean(), sa.false()),
    "attaches_paper": (sa.Boolean(), sa.true()),
    "sends_e_invoices": (sa.Boolean(), sa.false()),
}
PAYMENT_KIND = sa.Enum("payment", "refund", "dispute", name="paymentkind", native_enum=False, length=20)


def upgrade() -> None:
    op.create_table(
        "checkout",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.Enum(*STATUSES, name="checkoutstatus", native_enum=False, length=20), nullable=False),
        sa.Column("session_id", sa.String(length=100), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=True),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("trouble", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_checkout_invoice_id_invoice")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_checkout_link_id_link")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkout")),
        sa.UniqueConstraint("key", name=op.f("uq_checkout_key")),
        sa.UniqueConstraint("session_id", name=op.f("uq_checkout_session_id")),
    )
    op.create_index(op.f("ix_checkout_invoice_id"), "checkout", ["invoice_id"])
    op.create_index(op.f("ix_checkout_status"), "checkout", ["status"])
    op.create_index(
        "uq_checkout_one_open",
        "checkout",
        ["invoice_id"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "stripe_event",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_event")),
    )
    op.create_index(op.f("ix_stripe_event_received_at"), "stripe_event", ["received_at"])
    op.create_table(
        "stripe_health",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("skew_s", sa.Integer(), nullable=True),
        sa.Column("heard_until", sa.DateTime(), nullable=True),
        sa.Column("undelivered", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(length=200), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_stripe_health_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_health")),
    )
    op.create_table(
        "print_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Enum("wo", "quote", "invoice", name="kind", native_enum=False, length=20), nullable=False),
        sa.Column("record_ids", sa.JSON(), nullable=False),
        sa.Column("is_zip", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(length=80), nullable=False),
        sa.Column("trouble", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_print_run_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_run")),
    )
    op.create_index(op.f("ix_print_run_due_at"), "print_run", ["due_at"])
    op.create_index(op.f("ix_print_run_staff_id"), "print_run", ["staff_id"])
    fill("payment", {"kind": (PAYMENT_KIND, "payment"), "flag": (sa.String(length=20), "")})
    with op.batch_alter_table("payment") as table:
        table.add_column(sa.Column("currency", sa.String(length=3), nullable=True))
        table.add_column(sa.Column("provider_id", sa.String(length=100), nullable=True))
        table.add_column(sa.Column("checkout_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("pays_back_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("looked_at", sa.DateTime(), nullable=True))
        table.create_unique_constraint(op.f("uq_payment_provider_id"), ["provider_id"])
        table.create_foreign_key(op.f("fk_payment_checkout_id_checkout"), "checkout", ["checkout_id"], ["id"])
        table.create_foreign_key(op.f("fk_payment_pays_back_id_payment"), "payment", ["pays_back_id"], ["id"])
    op.create_index(op.f("ix_payment_checkout_id"), "payment", ["checkout_id"])
    op.execute("UPDATE payment SET kind = 'refund' WHERE amount < 0")
    fill("org_profile", PROFILE)


def fill(name: str, columns: dict) -> None:
    """Add columns that may not be empty; the default is for the rows that are there already."""
    with op.batch_alter_table(name) as table:
        for column, (kind, default) in columns.items():
            table.add_column(sa.Column(column, kind, nullable=False, server_default=default))
    with op.batch_alter_table(name) as table:
        for column in columns:
            table.alter_column(column, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("org_profile") as table:
        for column in reversed(PROFILE):
            table.drop_column(column)
    op.drop_table("print_run")
    op.drop_table("stripe_health")
    op.drop_table("stripe_event")
    with op.batch_alter_table("payment") as table:
        table.drop_constraint(op.f("fk_payment_pays_back_id_payment"), type_="foreignkey")
        table.drop_constraint(op.f("fk_payment_checkout_id_checkout"), type_="foreignkey")
        table.drop_constraint(op.f("uq_payment_provider_id"), type_="unique")
        table.drop_index(op.f("ix_payment_checkout_id"))
        for column in ("looked_at", "pays_back_id", "checkout_id", "provider_id", "currency", "flag", "kind"):
            table.drop_column(column)
    op.drop_table("checkout")
