"""The way from one version's tables to the next: nothing that a shop has written may be lost on it."""

import shutil
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from app import create_app
from models import db
from portal import first_start, settings
from portal.db import look_again, writing
from portal.domain import work_orders
from portal.sqlite import sqlite
from tests.addresses import Town
from tests.conftest import ROOT
from tests.records import everything, upgrade

REVISION = '''"""A revision made up for a test."""

import sqlalchemy as sa
from alembic import op

revision = "made_up"
down_revision = "{head}"


def upgrade() -> None:
{body}
'''


@pytest.fixture
def new_app(tmp_path):
    """An application on a database that does not exist yet."""
    app = create_app(settings.read({"DATA_DIR": str(tmp_path / "new")}))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def database(app) -> Path:
    look_again()
    return app.extensions["settings"].database_path


def revisions() -> list[str]:
    """Every revision, oldest first."""
    walked = ScriptDirectory(str(settings.MIGRATIONS)).walk_revisions()
    return [script.revision for script in reversed(list(walked))]


def counts(app) -> dict[str, int]:
    return {name: len(rows) for name, rows in everything(database(app)).items() if name != "sqlite_master"}


def made_up(tmp_path: Path, body: str) -> str:
    """A folder with all our migrations and one more, which does `body`."""
    folder = tmp_path / "migrations"
    shutil.copytree(settings.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    (folder / "versions" / "made_up.py").write_text(REVISION.format(head=revisions()[-1], body=lines))
    return str(folder)


# --- the tables that come of them ---------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_of_the_models(new_app):
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "render_as_batch": True}
        )
        assert compare_metadata(context, db.metadata) == []


def test_they_make_the_same_constraints_and_partial_indexes(new_app, tmp_path):
    """Alembic compares neither CHECK constraints nor what an index is limited to."""
    upgrade()
    by_models = create_engine(f"sqlite:///{tmp_path / 'models.db'}", module=sqlite)
    db.metadata.create_all(by_models)
    assert shape(db.engine) == shape(by_models)
    assert any("revoked_at IS NULL" in str(index) for index in shape(db.engine)["link"]["indexes"])
    by_models.dispose()


def shape(engine) -> dict[str, dict]:
    found = {}
    for table in set(inspect(engine).get_table_names()) - {"alembic_version"}:
        look = inspect(engine)
        found[table] = {
            "columns": sorted(str((c["name"], str(c["type"]), c["nullable"])) for c in look.get_columns(table)),
            "checks": sorted((c["name"], c["sqltext"]) for c in look.get_check_constraints(table)),
            "uniques": sorted((c["name"], tuple(c["column_names"])) for c in look.get_unique_constraints(table)),
            "keys": sorted((c["name"], c["referred_table"]) for c in look.get_foreign_keys(table)),
            "indexes": sorted(
                (i["name"], tuple(i["column_names"]), i["unique"], str(i["dialect_options"].get("sqlite_where")))
                for i in look.get_indexes(table)
            ),
        }
    return found


def test_there_is_one_way_from_the_first_revision_to_the_last():
    scripts = ScriptDirectory(str(settings.MIGRATIONS))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
    files = sorted(path.stem for path in (settings.MIGRATIONS / "versions").glob("*.py"))
    assert [name.partition("_")[0] for name in files] == revisions()


def test_a_start_may_be_repeated(new_app):
    first_start.prepare(is_demo=False)
    before = everything(database(new_app))
    first_start.prepare(is_demo=False)
    assert everything(database(new_app)) == before
    assert before["alembic_version"] == [(revisions()[-1],)]


# --- what they do to a shop that has been working -----------------------------------------------------------------


POINTS_TO = {"line": {"quote_id": 1}}  # either this or an invoice, says a constraint


def fill(app) -> None:
    """One row in every table as it is now, whatever its columns: read from the database, not from the models."""
    look = inspect(db.engine)
    names = [name for name, _keys in look.get_sorted_table_and_fkc_names() if name and name != "alembic_version"]
    with writing():
        for name in names:
            if not db.session.execute(text(f'SELECT 1 FROM "{name}" LIMIT 1')).first():
                values = {c["name"]: ordinary(c["type"]) for c in look.get_columns(name) if not c["nullable"]}
                values |= POINTS_TO.get(name, {})
                columns, slots = (
                    ", ".join(f'"{column}"' for column in values),
                    ", ".join(f":{column}" for column in values),
                )
                db.session.execute(text(f'INSERT INTO "{name}" ({columns}) VALUES ({slots})'), values)


def ordinary(kind):
    """A value that a NOT NULL column of this type takes; 1 is also the id of the one row of every other table."""
    known = {int: 1, bool: True, bytes: b"1", datetime: "2026-11-22 10:00:00", date: "2026-11-22"}
    return known.get(kind.python_type, "1")


def test_every_migration_keeps_the_rows_that_were_there(new_app):
    for revision in revisions():
        before = counts(new_app) if database(new_app).exists() else {}
        upgrade(revision=revision)
        after = counts(new_app)
        lost = {name: (rows, after[name]) for name, rows in before.items() if name in after and after[name] < rows}
        assert lost == {}, revision
        fill(new_app)
        assert all(counts(new_app).values()), revision


@pytest.fixture
def town(shop) -> Town:
    """A shop with rows that hang on other rows."""
    return Town(shop)


def test_changing_a_table_that_others_point_to_keeps_them(town, tmp_path):
    """SQLite changes a table by making it anew: with foreign keys on, dropping the old one would take others along."""
    app, before = town.shop.app, everything(database(town.shop.app))
    folder = made_up(
        tmp_path,
        """
for table in ("customer", "work_order", "link", "staff"):
    with op.batch_alter_table(table, recreate="always") as batch:
        batch.add_column(sa.Column("made_up", sa.String(10), nullable=True))
""",
    )
    upgrade(directory=folder)
    after = everything(database(app))
    assert {row[:-1] for row in after["customer"]} == set(before["customer"])
    assert {row[:-1] for row in after["work_order"]} == set(before["work_order"])
    for name in ("visit", "part", "photo", "message", "event", "sign_in_link"):
        assert after[name] == before[name]
        assert before[name], name
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    town.shop.do(work_orders.start, town.job)  # and the shop works on
    assert town.shop.again(town.job).status == "in_progress"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ("op.create_table('half', sa.Column('id', sa.Integer))\nraise ValueError('half way')", "half way"),
        (
            "with op.batch_alter_table('part', recreate='always') as batch:\n    batch.drop_column('unit')\n"
            "op.execute('SELECT nonsense')",
            "nonsense",
        ),
        ("op.execute('DELETE FROM part')", "would lose rows"),
        ("op.execute('UPDATE visit SET work_order_id = 999')", "without their owner"),
        (
            "op.execute(\"UPDATE work_order SET title = 'x'\")\nop.execute('DELETE FROM customer')",
            "without their owner",
        ),
    ],
    ids=["fails half way", "fails after a table was made anew", "deletes rows", "makes orphans", "deletes owners"],
)
def test_a_migration_that_fails_leaves_the_database_as_it_was(town, tmp_path, caplog, body, refusal):
    before = everything(database(town.shop.app))
    with pytest.raises((Exception, SystemExit)) as stopped:
        upgrade(directory=made_up(tmp_path, body))
    assert refusal in f"{stopped.value} {caplog.text}"
    assert everything(database(town.shop.app)) == before
    town.shop.do(work_orders.start, town.job)
    assert town.shop.again(town.job).status == "in_progress"


def test_a_table_may_be_taken_away_on_purpose(town, tmp_path):
    upgrade(directory=made_up(tmp_path, "op.drop_table('part')"))
    assert "part" not in everything(database(town.shop.app))


def test_a_migration_writes_although_the_engine_of_the_shop_reads_only(town, tmp_path):
    upgrade(directory=made_up(tmp_path, "op.execute(\"UPDATE part SET unit = 'm'\")"))
    look_again()
    assert town.job.parts[0].unit == "m"


# --- at a start ---------------------------------------------------------------------------------------------------


def test_a_start_notices_whether_the_database_is_behind(new_app):
    assert not first_start.is_up_to_date()
    upgrade(revision=revisions()[0])
    assert not first_start.is_up_to_date()
    upgrade()
    assert first_start.is_up_to_date()


def test_a_start_with_nothing_to_migrate_does_without_what_migrates(new_app):
    first_start.prepare(is_demo=False)
    folder = str(new_app.extensions["settings"].data_dir)
    start = f"""
import sys
from app import create_app
from portal import first_start, settings
with create_app(settings.read({{"DATA_DIR": {folder!r}}})).app_context():
    first_start.prepare(is_demo=False)
print(sorted({{"alembic", "flask_migrate", "PIL", "psycopg"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", start], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
