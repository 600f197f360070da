"""Commands for the shop's machine: `flask --app app …`. With --json they print one JSON object, for scripts."""

import json
import sys

import click
from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError

from models import Kind, Role, db
from portal import first_start
from portal.db import WriteBusy, locked, writing
from portal.domain import links, people, staff
from portal.domain.refusals import KeyLost, NotAllowed
from portal.domain.timeline import Record
from portal.staff import sharing

KINDS = click.Choice([kind.value for kind in Kind])
NONE_SUCH = {"wo": "There is no work order {}", "quote": "There is no quote {}", "invoice": "There is no invoice {}"}
as_json = click.option("--json", "wants_json", is_flag=True, help="Print one JSON object.")


class Command(click.Command):
    """Says in one line what stood in the way, where more than a wrong argument did."""

    def invoke(self, context: click.Context):
        try:
            return super().invoke(context)
        except WriteBusy:
            fail("Somebody else was writing all the time. Nothing was done; try again.")
        except (OperationalError, ProgrammingError) as error:
            if "no such table" not in str(error) and "UndefinedTable" not in str(error):
                raise
            fail("This shop was never opened. Open it first: flask --app app upgrade")


def attach(app: Flask) -> None:
    for command in (upgrade, demo, add_staff, sign_in_link, share, revoke):
        app.cli.add_command(command)


@click.command("upgrade", cls=Command)
def upgrade() -> None:
    """Bring the database up to this version."""
    first_start.prepare(is_demo=False)


@click.command("demo", cls=Command)
@as_json
@click.option("--work-orders", default=0, show_default=True, help="As many more shared work orders, for load tests.")
def demo(wants_json: bool, work_orders: int) -> None:
    """Fill an empty shop with sample data and print the ways in."""
    from portal import demo as sample  # a server of a real shop has no use for it

    try:
        first_start.prepare(is_demo=True)
        told = sample.ways_in(many=work_orders)
    except NotAllowed:
        fail("This shop has real people in it. Use a folder of its own: DATA_DIR=data-demo")
    say(
        told,
        wants_json,
        "\n".join([*(f"{p['email']}  {p['sign_in_url']}" for p in told["staff"]), *told["links"].values()]),
    )


@click.command("add-staff", cls=Command)
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.OFFICE.value, show_default=True)
@click.option("--phone", default="")
def add_staff(email: str, name: str, role: str, phone: str) -> None:
    """Take somebody on and print their one-time sign-in link."""
    if "@" not in email:
        fail(f"{email} is not an email address")
    try:
        with writing():
            person = people.take_on(name=name, email=email, role=Role(role), phone=phone, by=None)
            token = staff.sign_in_link(person)
    except NotAllowed:
        fail(f"{email} works here already")
    click.echo(first_start.address(token))


@click.command("sign-in-link", cls=Command)
@click.argument("email")
@as_json
def sign_in_link(email: str, wants_json: bool) -> None:
    """Print a one-time sign-in link, good for an hour."""
    with writing():
        person = staff.by_email(email)
        if person is None or person.archived_at:
            fail(f"Nobody with the email {email} works here")
        token = staff.sign_in_link(person)
        told = {"email": person.email, "role": person.role.value, "sign_in_url": first_start.address(token)}
    say(told, wants_json, told["sign_in_url"])


@click.command("share", cls=Command)
@click.argument("kind", type=KINDS)
@click.argument("number", type=int)
@as_json
def share(kind: str, number: int, wants_json: bool) -> None:
    """Print the record's share link: the same one every time, until it is revoked."""
    keys = current_app.extensions["settings"].link_keys
    with writing():
        link = links.share(find(kind, number), by=None, keys=keys)
        told = {"kind": kind, "number": number, "url": url(link)}
    say(told, wants_json, told["url"])
    warning = sharing.warning(current_app.extensions["settings"])
    if warning:
        click.echo(warning, err=True)


@click.command("revoke", cls=Command)
@click.argument("kind", type=KINDS)
@click.argument("number", type=int)
@as_json
def revoke(kind: str, number: int, wants_json: bool) -> None:
    """End the record's share link. Open pages close within a second."""
    with writing():
        was_shared = links.revoke(find(kind, number), by=None)
    told = {"kind": kind, "number": number, "revoked": was_shared}
    say(told, wants_json, "Revoked." if was_shared else "It was not shared.")


def find(kind: str, number: int) -> Record:
    table = links.TABLES[Kind(kind)]
    found = db.session.scalar(locked(select(table).where(table.number == number)))
    return found or fail(NONE_SUCH[kind].format(number))


def url(link) -> str:
    try:
        return links.url(link, current_app.extensions["settings"])
    except KeyLost:
        fail("The key of this link is lost: it works, but cannot be shown. Revoke it and share again for a new one.")


def say(told: dict, wants_json: bool, words: str) -> None:
    click.echo(json.dumps(told) if wants_json else words)


def fail(words: str) -> None:
    click.echo(words, err=True)
    sys.exit(1)
