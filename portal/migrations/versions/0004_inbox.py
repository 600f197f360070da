"""Indexes, so that the inbox and the shop's activity stay quick when there is much of it."""

from alembic import op

revision = "0004"
down_revision = "0003"

INDEXES = {
    "ix_event_at_id": ("event", ["at", "id"]),
    "ix_event_staff_id_at_id": ("event", ["staff_id", "at", "id"]),
    "ix_event_verb_at_id": ("event", ["verb", "at", "id"]),
    "ix_event_bell_id": ("event", ["bell", "id"]),
    "ix_message_answered_at_id": ("message", ["answered_at", "id"]),
}


def upgrade() -> None:
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, (table, _columns) in INDEXES.items():
        op.drop_index(name, table_name=table)
