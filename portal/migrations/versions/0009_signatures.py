"""A signature may be asked of whoever holds the link, knows how it came, and can be taken back and given anew."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    fill("work_order", "asks_signature", sa.Boolean(), sa.false())
    fill("signature", "address", sa.String(length=45), "")
    with op.batch_alter_table("signature") as table:
        table.add_column(sa.Column("staff_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("link_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("taken_back_at", sa.DateTime(), nullable=True))
        table.drop_constraint(op.f("uq_signature_work_order_id"), type_="unique")
        table.create_foreign_key(op.f("fk_signature_staff_id_staff"), "staff", ["staff_id"], ["id"])
        table.create_foreign_key(op.f("fk_signature_link_id_link"), "link", ["link_id"], ["id"])
    op.create_index(op.f("ix_signature_work_order_id"), "signature", ["work_order_id"])
    op.create_index(
        "uq_signature_one_counts",
        "signature",
        ["work_order_id"],
        unique=True,
        sqlite_where=sa.text("taken_back_at IS NULL"),
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )


def fill(name: str, column: str, kind: sa.types.TypeEngine, default) -> None:
    """Add a column that may not be empty; the default is for the rows that are there already."""
    with op.batch_alter_table(name) as table:
        table.add_column(sa.Column(column, kind, nullable=False, server_default=default))
    with op.batch_alter_table(name) as table:
        table.alter_column(column, server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM signature WHERE taken_back_at IS NOT NULL")
    op.drop_index("uq_signature_one_counts", table_name="signature")
    op.drop_index(op.f("ix_signature_work_order_id"), table_name="signature")
    with op.batch_alter_table("signature") as table:
        table.drop_constraint(op.f("fk_signature_link_id_link"), type_="foreignkey")
        table.drop_constraint(op.f("fk_signature_staff_id_staff"), type_="foreignkey")
        for column in ("taken_back_at", "link_id", "staff_id", "address"):
            table.drop_column(column)
        table.create_unique_constraint(op.f("uq_signature_work_order_id"), ["work_order_id"])
    with op.batch_alter_table("work_order") as table:
        table.drop_column("asks_signature")
