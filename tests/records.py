"""Looks at the database file itself, past everything the application might hide."""

from contextlib import closing
from pathlib import Path

from portal.db import sqlite


def everything(database: Path) -> dict[str, list[tuple]]:
    """Every row of every table, and what the tables are."""
    with closing(sqlite.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        made = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()
        tables = [name for kind, name, _table, _sql in made if kind == "table"]
        rows = {name: connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid').fetchall() for name in tables}
        return rows | {"sqlite_master": made}
