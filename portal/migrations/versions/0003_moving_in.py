"""A whole profile, customers' languages and merges, who answers a message, and mail to send."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

PROFILE = {
    "email": (sa.String(254), ""),
    "tax_id": (sa.String(80), ""),
    "opening_hours": (sa.String(400), ""),
    "currency": (sa.String(3), "USD"),
    "paper_size": (sa.Enum("a4", "letter", name="papersize", native_enum=False, length=20), "letter"),
    "footer": (sa.String(400), ""),
}
MAIL_KINDS = ("message", "link", "invite", "reset")


def upgrade() -> None:
    fill("org_profile", PROFILE)
    fill("customer", {"locale": (sa.String(20), "")})
    with op.batch_alter_table("customer") as table:
        table.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_customer_merged_into_id_customer"), "customer", ["merged_into_id"], ["id"])
    with op.batch_alter_table("message") as table:
        table.add_column(sa.Column("assigned_to_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_message_assigned_to_id_staff"), "staff", ["assigned_to_id"], ["id"])
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Enum(*MAIL_KINDS, name="mailkind", native_enum=False, length=20), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("trouble", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_mail_staff_id_staff")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_mail_link_id_link")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_mail_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_index(op.f("ix_mail_due_at"), "mail", ["due_at"])


def fill(name: str, columns: dict) -> None:
    """Add columns that may not be empty; the default is for the rows that are there already."""
    with op.batch_alter_table(name) as table:
        for column, (kind, default) in columns.items():
            table.add_column(sa.Column(column, kind, nullable=False, server_default=default))
    with op.batch_alter_table(name) as table:
        for column in columns:
            table.alter_column(column, server_default=None)


def downgrade() -> None:
    op.drop_table("mail")
    with op.batch_alter_table("message") as table:
        table.drop_constraint(op.f("fk_message_assigned_to_id_staff"), type_="foreignkey")
        table.drop_column("assigned_to_id")
    with op.batch_alter_table("customer") as table:
        table.drop_constraint(op.f("fk_customer_merged_into_id_customer"), type_="foreignkey")
        table.drop_column("merged_into_id")
        table.drop_column("locale")
    with op.batch_alter_table("org_profile") as table:
        for column in reversed(PROFILE):
            table.drop_column(column)
