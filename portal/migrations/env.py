"""Runs migrations with an engine of its own: writes on, foreign keys off outside any transaction, rows counted.

SQLite changes a table by making it anew. With foreign keys on, dropping the old one deletes the rows that point to it;
and pysqlite's own transactions would leave half a migration behind when one fails.
"""

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.types import TypeDecorator

from portal.db import sqlite

target = current_app.extensions["migrate"].db.metadata


def run() -> None:
    engine = create_engine(current_app.config["SQLALCHEMY_DATABASE_URI"], module=sqlite)
    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.connect() as connection:
        before = rows(connection)
        context.configure(connection=connection, target_metadata=target, render_as_batch=True, render_item=plain_type)
        with context.begin_transaction():
            context.run_migrations()
            orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if orphans:
                raise RuntimeError(f"the migration would leave rows without their owner: {orphans[:5]}")
            refuse_losses(before, rows(connection))
        connection.commit()
    engine.dispose()


def plain_type(kind: str, item, _autogen):
    """Columns as the database knows them: a migration must not change its meaning with models.py."""
    return f"sa.{item.impl!r}" if kind == "type" and isinstance(item, TypeDecorator) else False


def prepare(connection, _record) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout=10000")
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("PRAGMA synchronous=FULL")


def rows(connection) -> dict[str, int]:
    """Rows in each table."""
    names = inspect(connection).get_table_names()
    return {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar() for name in names}


def refuse_losses(before: dict[str, int], after: dict[str, int]) -> None:
    """Nothing a shop has written may vanish in an upgrade."""
    lost = {
        name: (count, after[name])
        for name, count in before.items()
        if name in after and after[name] < count and name != "alembic_version"
    }
    if lost:
        raise RuntimeError(f"the migration would lose rows, as (before, after): {lost}")


run()
