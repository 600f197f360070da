"""Quotes, invoices, their lines, answers, payments and snapshots; the price list, taxes and terms."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TAX_CATEGORIES = sa.Enum("S", "L", "M", "Z", "E", "AE", "K", "G", "O", name="taxcategory", native_enum=False, length=20)
MESSAGE_KINDS = sa.Enum("help", "approved", "changes", "declined", name="messagekind", native_enum=False, length=20)
ONE_RECORD = (
    "CASE WHEN work_order_id IS NULL THEN 0 ELSE 1 END + CASE WHEN quote_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN invoice_id IS NULL THEN 0 ELSE 1 END = 1"
)
PROFILE = {
    "prices_include_tax": (sa.Boolean(), sa.false()),
    "quote_terms": (sa.Text(), ""),
    "invoice_terms": (sa.Text(), ""),
    "how_to_pay": (sa.Text(), ""),
    "valid_days": (sa.Integer(), "30"),
    "due_days": (sa.Integer(), "14"),
}


def upgrade() -> None:
    op.create_table(
        "snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Enum("wo", "quote", "invoice", name="kind", native_enum=False, length=20), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
        sa.UniqueConstraint("kind", "record_id", "revision", name=op.f("uq_snapshot_kind_record_id_revision")),
    )
    op.create_table(
        "tax_rate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column(
            "category",
            TAX_CATEGORIES,
            nullable=False,
        ),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("archived_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rate")),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("is_hourly", sa.Boolean(), nullable=False),
        sa.Column("tax_rate_id", sa.Integer(), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["tax_rate_id"], ["tax_rate.id"], name=op.f("fk_item_tax_rate_id_tax_rate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
    )
    op.create_table(
        "quote",
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "sent",
                "changes_requested",
                "approved",
                "declined",
                name="quotestatus",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("work_order_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("locality", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("discount_percent", sa.BigInteger(), nullable=True),
        sa.Column("discount_amount", sa.BigInteger(), nullable=True),
        sa.Column("deposit_percent", sa.BigInteger(), nullable=True),
        sa.Column("deposit_amount", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("internal_notes", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("archived_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_quote_customer_id_customer")),
        sa.ForeignKeyConstraint(["work_order_id"], ["work_order.id"], name=op.f("fk_quote_work_order_id_work_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        sa.UniqueConstraint("number", name=op.f("uq_quote_number")),
    )
    op.create_index(op.f("ix_quote_customer_id"), "quote", ["customer_id"])
    op.create_index(op.f("ix_quote_status"), "quote", ["status"])
    op.create_index(op.f("ix_quote_work_order_id"), "quote", ["work_order_id"])

    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quote_id", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("kind", MESSAGE_KINDS, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("user_agent", sa.String(length=400), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_answer_quote_id_quote")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name=op.f("fk_answer_snapshot_id_snapshot")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_answer_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    op.create_index(op.f("ix_answer_quote_id"), "answer", ["quote_id"])
    op.create_index(
        "uq_answer_one_approval",
        "answer",
        ["quote_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'approved' AND undone_at IS NULL"),
        postgresql_where=sa.text("kind = 'approved' AND undone_at IS NULL"),
    )

    op.create_table(
        "invoice",
        sa.Column(
            "status",
            sa.Enum("draft", "issued", "void", name="invoicestatus", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("quote_id", sa.Integer(), nullable=True),
        sa.Column("credits_id", sa.Integer(), nullable=True),
        sa.Column("due_days", sa.Integer(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("issued_at", sa.DateTime(), nullable=True),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("work_order_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("locality", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("discount_percent", sa.BigInteger(), nullable=True),
        sa.Column("discount_amount", sa.BigInteger(), nullable=True),
        sa.Column("deposit_percent", sa.BigInteger(), nullable=True),
        sa.Column("deposit_amount", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("internal_notes", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("archived_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["credits_id"], ["invoice.id"], name=op.f("fk_invoice_credits_id_invoice")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_invoice_customer_id_customer")),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_invoice_quote_id_quote")),
        sa.ForeignKeyConstraint(["work_order_id"], ["work_order.id"], name=op.f("fk_invoice_work_order_id_work_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_number")),
    )
    op.create_index(op.f("ix_invoice_credits_id"), "invoice", ["credits_id"])
    op.create_index(op.f("ix_invoice_customer_id"), "invoice", ["customer_id"])
    op.create_index(op.f("ix_invoice_quote_id"), "invoice", ["quote_id"])
    op.create_index(op.f("ix_invoice_status"), "invoice", ["status"])
    op.create_index(op.f("ix_invoice_work_order_id"), "invoice", ["work_order_id"])

    op.create_table(
        "line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quote_id", sa.Integer(), nullable=True),
        sa.Column("invoice_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("is_hourly", sa.Boolean(), nullable=False),
        sa.Column("is_optional", sa.Boolean(), nullable=False),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("discount_percent", sa.BigInteger(), nullable=True),
        sa.Column("discount_amount", sa.BigInteger(), nullable=True),
        sa.Column("tax_name", sa.String(length=60), nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column(
            "tax_category",
            TAX_CATEGORIES,
            nullable=False,
        ),
        sa.CheckConstraint("(quote_id IS NULL) <> (invoice_id IS NULL)", name=op.f("ck_line_one_document")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_line_invoice_id_invoice")),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_line_quote_id_quote")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
    )
    op.create_index(op.f("ix_line_invoice_id"), "line", ["invoice_id"])
    op.create_index(op.f("ix_line_quote_id"), "line", ["quote_id"])

    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "method",
            sa.Enum("cash", "check", "transfer", "card", "other", name="method", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_payment_invoice_id_invoice")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_payment_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )
    op.create_index(op.f("ix_payment_invoice_id"), "payment", ["invoice_id"])

    fill("message", {"kind": (MESSAGE_KINDS, "help")})
    with op.batch_alter_table("message") as table:
        table.add_column(sa.Column("quote_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("invoice_id", sa.Integer(), nullable=True))
        table.alter_column("work_order_id", existing_type=sa.Integer(), nullable=True)
        table.alter_column("link_id", existing_type=sa.Integer(), nullable=True)
        table.create_foreign_key(op.f("fk_message_quote_id_quote"), "quote", ["quote_id"], ["id"])
        table.create_foreign_key(op.f("fk_message_invoice_id_invoice"), "invoice", ["invoice_id"], ["id"])
        table.create_check_constraint(op.f("ck_message_one_record"), ONE_RECORD)
    op.create_index(op.f("ix_message_quote_id"), "message", ["quote_id"])
    op.create_index(op.f("ix_message_invoice_id"), "message", ["invoice_id"])
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
    op.execute("DELETE FROM message WHERE work_order_id IS NULL OR link_id IS NULL")
    with op.batch_alter_table("message") as table:
        table.drop_constraint(op.f("ck_message_one_record"), type_="check")
        table.drop_constraint(op.f("fk_message_invoice_id_invoice"), type_="foreignkey")
        table.drop_constraint(op.f("fk_message_quote_id_quote"), type_="foreignkey")
        table.drop_index(op.f("ix_message_quote_id"))
        table.drop_index(op.f("ix_message_invoice_id"))
        table.alter_column("link_id", existing_type=sa.Integer(), nullable=False)
        table.alter_column("work_order_id", existing_type=sa.Integer(), nullable=False)
        for column in ("invoice_id", "quote_id", "kind"):
            table.drop_column(column)
    for table in ("payment", "line", "answer", "invoice", "quote", "item", "tax_rate", "snapshot"):
        op.drop_table(table)
