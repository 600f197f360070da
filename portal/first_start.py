"""What a start does before the door opens: the schema, the shop, and a way in for its owner."""

import os
from datetime import timedelta
from pathlib import Path

from flask import current_app
from flask_migrate import upgrade

from models import Role
from portal import demo
from portal.db import writing
from portal.domain import shop, staff


def prepare(*, is_demo: bool) -> None:
    """Bring the database up to date and open the shop. Safe to repeat."""
    upgrade()
    with writing():
        shop.open_shop(time_zone=machine_zone(), is_sample=is_demo)
    if is_demo and not staff.anybody():
        demo.fill()


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
        lines += [
            "",
            "Sample data. Your way in, once, as its owner:",
            f"  {owner_url(lasts=demo.SIGN_IN_LASTS)}",
            "",
            "What customers see, open them side by side:",
        ]
        lines += [f"  {words}  {url}" for words, url in demo.links_to_show()]
    elif not staff.has_been_in():
        lines += ["", "Nobody has been in yet. Your way in, once, within the hour:", f"  {owner_url()}"]
    return "\n".join(lines)


def owner_url(*, lasts: timedelta = staff.SIGN_IN_LINK_LASTS) -> str:
    """A one-time link for the owner, who in a new shop types name, email and password behind it."""
    with writing():
        owner = staff.owner() or staff.add(name="Owner", email=None, role=Role.OWNER)
        token = staff.sign_in_link(owner, lasts=lasts)
    return address(token)


def address(token: str) -> str:
    return f"{current_app.extensions['settings'].base_url}/staff/sign-in/{token}"
