"""What a start does before the door opens: the schema, the shop, and a way in for its owner."""

import os
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
        if "/" in name:
            return name
    return "UTC"


def welcome(*, is_demo: bool) -> str:
    """What the terminal says once the shop is ready."""
    settings = current_app.extensions["settings"]
    lines = [f"Porchlight is open: {settings.base_url}/staff/"]
    if is_demo:
        lines += [
            "",
            "Your way in, once, as June the owner:",
            f"  {staff_url(demo.OWNER)}",
            "",
            "What customers see, open them side by side:",
        ]
        lines += [f"  {words}  {url}" for words, url in demo.links_to_show()]
    elif not staff.anybody():
        lines += ["", "Nobody works here yet. Your way in, once, within the hour:", f"  {owner_url()}"]
    return "\n".join(lines)


def owner_url() -> str:
    """A one-time link for the owner, who types name, email and password behind it."""
    with writing():
        owner = staff.add(name="Owner", email=None, role=Role.OWNER)
        token = staff.sign_in_link(owner)
    return address(token)


def staff_url(email: str) -> str:
    with writing():
        token = staff.sign_in_link(staff.by_email(email), lasts=demo.SIGN_IN_LASTS)
    return address(token)


def address(token: str) -> str:
    return f"{current_app.extensions['settings'].base_url}/staff/sign-in/{token}"
