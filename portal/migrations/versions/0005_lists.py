"""What was done lately is found without looking through all that was ever done."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index(op.f("ix_work_order_completed_at"), "work_order", ["completed_at"])
    op.create_index(op.f("ix_work_order_cancelled_at"), "work_order", ["cancelled_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_work_order_cancelled_at"), "work_order")
    op.drop_index(op.f("ix_work_order_completed_at"), "work_order")
