"""Looks at the database itself, past everything the application might hide."""

from contextlib import closing
from pathlib import Path

import flask_migrate
import psycopg
from flask import current_app, has_app_context
from psycopg.rows import tuple_row

from portal import first_start
from portal.sqlite import sqlite
from tests.conftest import libpq


def upgrade(**options: str) -> None:
    """Run the migrations on the present shop's database."""
    first_start.with_migrations(current_app)
    flask_migrate.upgrade(**options)


TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


def everything(database: Path) -> dict[str, list[tuple]]:
    """Every row of every table, and what the tables are. `database` is the file, where the shop keeps one."""
    if has_app_context() and current_app.extensions["settings"].is_postgres:
        return everything_in_postgres(current_app.extensions["settings"].database_url)
    with closing(sqlite.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        made = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()
        tables = [name for kind, name, _table, _sql in made if kind == "table"]
        rows = {name: connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid').fetchall() for name in tables}
        return rows | {"sqlite_master": made}


def everything_in_postgres(url: str) -> dict[str, list[tuple]]:
    with psycopg.connect(libpq(url), row_factory=tuple_row) as connection:
        tables = [name for (name,) in connection.execute(TABLES)]
        return {name: connection.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall() for name in tables}


def rows(server, query: str) -> list[tuple]:
    """What `query` finds in the database of a running server, through a connection that is closed again."""
    if url := server.environ.get("DATABASE_URL"):
        with psycopg.connect(libpq(url)) as connection:
            return connection.execute(query).fetchall()
    with closing(sqlite.connect(f"file:{server.data_dir / 'porchlight.db'}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()
