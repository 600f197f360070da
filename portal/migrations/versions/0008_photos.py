"""Photos know when and by whom they were taken and taken out, what they weigh, and by which key they were sent."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

KIND = sa.Enum("before", "after", "other", name="photokind", native_enum=False, length=20)


def upgrade() -> None:
    with op.batch_alter_table("photo") as table:
        table.add_column(sa.Column("byte_count", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("kind", KIND, nullable=False, server_default="other"))
        table.add_column(sa.Column("upload_key", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("taken_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("taken_out_at", sa.DateTime(), nullable=True))
        table.create_foreign_key(op.f("fk_photo_taken_by_id_staff"), "staff", ["taken_by_id"], ["id"])
        table.create_unique_constraint(op.f("uq_photo_work_order_id_upload_key"), ["work_order_id", "upload_key"])
    # The defaults were for the rows that were there already.
    with op.batch_alter_table("photo") as table:
        table.alter_column("byte_count", server_default=None)
        table.alter_column("kind", server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM photo WHERE taken_out_at IS NOT NULL")
    with op.batch_alter_table("photo") as table:
        table.drop_constraint(op.f("uq_photo_work_order_id_upload_key"), type_="unique")
        table.drop_constraint(op.f("fk_photo_taken_by_id_staff"), type_="foreignkey")
        for column in ("taken_out_at", "taken_by_id", "upload_key", "kind", "byte_count"):
            table.drop_column(column)
