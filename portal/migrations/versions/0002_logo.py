"""The shop's logo."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("org_profile") as table:
        table.add_column(sa.Column("logo", sa.String(60), nullable=False, server_default=""))
        table.add_column(sa.Column("logo_width", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("logo_height", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("org_profile") as table:  # the defaults were for the row that is there already
        for name in ("logo", "logo_width", "logo_height"):
            table.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("org_profile") as table:
        for name in ("logo_height", "logo_width", "logo"):
            table.drop_column(name)
