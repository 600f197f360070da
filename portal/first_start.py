"""What a start does before the door opens: the schema, the shop, and a way in for its owner."""

import os
from datetime import timedelta
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import inspect, text

from models import Role, db
from portal.db import alone, writing
from portal.domain import set_up, shop, staff
from portal.settings import MIGRATIONS


def prepare(*, is_demo: bool) -> None:
    """Bring the database up to date and open the shop. Safe to repeat."""
    if not is_up_to_date():
        upgrade()
    with writing():
        alone()
        shop.open_shop(time_zone=machine_zone(), is_sample=is_demo)
    if is_demo and not staff.anybody():
        from portal import demo

        demo.fill()


def is_up_to_date() -> bool:
    """Whether the newest migration has been run, found out without what runs them: that holds 11 MB of memory."""
    newest = max(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return connection.scalars(text("SELECT version_num FROM alembic_version")).all() == [newest]


def upgrade() -> None:
    """Run the migrations that this database has not seen."""
    from flask_migrate import upgrade as run_migrations

    with_migrations(current_app)
    run_migrations()


def with_migrations(app: Flask) -> None:
    """Let `app` know its migrations: for an upgrade, and for `flask db`."""
    from flask_migrate import Migrate

    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True)


def machine_zone() -> str:
    """The IANA name of this machine's zone, UTC where it cannot be told."""
    named = os.environ.get("TZ", "").lstrip(":")
    local = Path("/etc/localtime").resolve().as_posix().partition("/zoneinfo/")[2]
    for name in (named, local):
        if "/" in name and not name.startswith("Etc/"):
            return name
    return "UTC"


def welcome() -> str:
    """What the terminal says once the shop is ready."""
    settings = current_app.extensions["settings"]
    lines = [f"Porchlight is open: {settings.base_url}/staff/"]
    if shop.profile().is_sample:
        from portal import demo  # a real shop does without it

        lines += [
            "",
            "Sample data. Your way in, once, as its owner:",
            f"  {owner_url(lasts=demo.SIGN_IN_LASTS)}",
            *technician_lines(),
            "",
            "What customers see, open them side by side:",
        ]
        lines += [f"  {words}  {url}" for words, url in demo.links_to_show()]
    elif set_up.owner_awaited():
        lines += ["", "Nobody has opened it yet. Name your shop here, within the hour:", f"  {owner_url()}/set-up"]
    return "\n".join(lines)


def technician_lines() -> list[str]:
    """The same for a technician of the sample shop, to be opened on a phone; none once they are gone."""
    from portal import demo

    with writing():
        person = demo.technician()
        if person is None:
            return []
        token = staff.sign_in_link(person, lasts=demo.SIGN_IN_LASTS)
    return [f"As its technician {person.name}, on a phone:", f"  {address(token)}"]


def owner_url(*, lasts: timedelta = staff.SIGN_IN_LINK_LASTS) -> str:
    """A one-time link for the owner. In a new shop the page behind it asks for the shop's name, email and password."""
    with writing():
        alone()
        owner = staff.owner() or staff.add(name="Owner", email=None, role=Role.OWNER)
        token = staff.sign_in_link(owner, lasts=lasts)
    return address(token)


def address(token: str) -> str:
    return f"{current_app.extensions['settings'].base_url}/staff/sign-in/{token}"
