"""Runs migrations with an engine of its own, in one transaction, and counts rows before and after.

SQLite changes a table by making it anew. With foreign keys on, dropping the old one deletes the rows that point to it;
and pysqlite's own transactions would leave half a migration behind when one fails.
"""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, create_engine, event, inspect, text
from sqlalchemy.types import TypeDecorator

from portal.sqlite import sqlite

target = current_app.extensions["migrate"].db.metadata
ONE_AT_A_TIME = 7215  # any number, the same for every process that upgrades


def run() -> None:
    url = current_app.config["SQLALCHEMY_DATABASE_URI"]
    engine = sqlite_engine(url) if url.startswith("sqlite") else create_engine(url)
    with engine.connect() as connection:
        if not url.startswith("sqlite"):
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ONE_AT_A_TIME})
        before = rows(connection)
        context.configure(
            connection=connection,
            target_metadata=target,
            render_as_batch=True,
            render_item=plain_type,
            transactional_ddl=True,
        )
        context.run_migrations()
        refuse_orphans(connection)
        refuse_losses(before, rows(connection))
        connection.commit()
    engine.dispose()


def sqlite_engine(url: str):
    engine = create_engine(url, module=sqlite)
    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def prepare(connection, _record) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=10000", "foreign_keys=OFF", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def plain_type(kind: str, item, _autogen):
    """Columns as the database knows them: a migration must not change its meaning with models.py."""
    return f"sa.{item.impl!r}" if kind == "type" and isinstance(item, TypeDecorator) else False


def rows(connection: Connection) -> dict[str, int]:
    """Rows in each table."""
    names = inspect(connection).get_table_names()
    return {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar() for name in names}


def refuse_orphans(connection: Connection) -> None:
    """Postgres checks its foreign keys by itself; SQLite's were off."""
    if connection.dialect.name == "sqlite":
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if orphans:
            raise RuntimeError(f"the migration would leave rows without their owner: {orphans[:5]}")


def refuse_losses(before: dict[str, int], after: dict[str, int]) -> None:
    """Nothing a shop has written may vanish in an upgrade."""
    kept = {name: after.get(name, 0) for name in before if name != "alembic_version"}
    lost = {name: (before[name], count) for name, count in kept.items() if name in after and count < before[name]}
    if lost:
        raise RuntimeError(f"the migration would lose rows, as (before, after): {lost}")


run()
