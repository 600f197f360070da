"""The commands of the shop's machine: what they do, what they print, and how they say no."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import portal.sqlite
from app import create_app
from models import Role, db
from portal import clock, settings
from portal.db import look_again, writing
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.domain import timeline
from portal.domain.staff import SIGN_IN_LINK_LASTS
from portal.sqlite import sqlite
from tests.conftest import ROOT
from tests.factories import csrf_of
from tests.records import everything

BASE = "https://jobs.example.com"


@pytest.fixture
def run(app):
    """Runs a command, which must end well. Gives what it printed."""

    def run(*arguments: str) -> str:
        done = app.test_cli_runner().invoke(args=arguments)
        look_again()
        assert done.exit_code == 0, done.output
        assert done.stderr == ""
        return done.stdout

    return run


@pytest.fixture
def told(run):
    """Runs a command with --json. Gives the one object that it printed."""
    return lambda *arguments: json.loads(run(*arguments, "--json"))


@pytest.fixture
def refused(app):
    """Runs a command that must say no: exit code 1, nothing on stdout, nothing changed. Gives what stderr says."""

    def refused(*arguments: str) -> str:
        look_again()
        before = everything(app.extensions["settings"].database_path)
        done = app.test_cli_runner().invoke(args=arguments)
        assert (done.exit_code, done.stdout) == (1, ""), done.output
        assert "Traceback" not in done.stderr
        assert everything(app.extensions["settings"].database_path) == before
        return done.stderr

    return refused


def path_of(url: str) -> str:
    assert url.startswith(f"{BASE}/")
    return url.removeprefix(BASE)


def sign_in(app, url: str):
    """Follows a one-time link as a person does: opens it, then presses the button."""
    client, path = app.test_client(), path_of(url)
    page = client.get(path)
    return client.post(path, data={"csrf_token": csrf_of(page.text)}) if page.status_code == 200 else page


# --- share and revoke ---------------------------------------------------------------------------------------------


def test_share_prints_a_link_that_opens_the_work_order(shop, run):
    job = shop.work_order(title="Kitchen tap")
    url = run("share", "wo", str(job.number)).strip()
    assert "Kitchen tap" in shop.app.test_client().get(path_of(url)).text
    assert url == BASE + shop.path(job)


def test_share_as_json(shop, told):
    job = shop.work_order()
    assert told("share", "wo", str(job.number)) == {"kind": "wo", "number": job.number, "url": BASE + shop.path(job)}


def test_share_prints_the_same_link_every_time_until_it_is_revoked(shop, told):
    number = str(shop.work_order().number)
    first, second = told("share", "wo", number), told("share", "wo", number)
    told("revoke", "wo", number)
    assert first == second
    assert told("share", "wo", number)["url"] != first["url"]


def test_share_from_the_command_line_and_from_the_page_are_the_same_link(shop, told):
    job = shop.work_order()
    url = told("share", "wo", str(job.number))["url"]
    client = shop.staff_client("Dana")
    form = {"csrf_token": client.csrf}
    answer = client.post(f"/staff/work-orders/{job.id}/share", data=form, headers={"Accept": "application/json"})
    assert answer.json["url"] == url
    assert shop.verbs(job).count("shared") == 1


def test_revoke_ends_the_link(shop, told, run):
    job = shop.work_order()
    path = shop.path(job)
    assert told("revoke", "wo", str(job.number)) == {"kind": "wo", "number": job.number, "revoked": True}
    assert shop.app.test_client().get(path).status_code == 404
    assert told("revoke", "wo", str(job.number)) == {"kind": "wo", "number": job.number, "revoked": False}
    assert run("revoke", "wo", str(job.number)) == "It was not shared.\n"


def test_what_the_command_line_did_is_in_the_log_of_the_job(shop, run):
    job = shop.work_order()
    run("share", "wo", str(job.number))
    run("revoke", "wo", str(job.number))
    assert shop.verbs(job)[-2:] == ["shared", "revoked"]
    assert [event.staff for event in timeline.of(job, limit=2)] == [None, None]
    page = shop.staff_client("Dana").get(f"/staff/work-orders/{job.id}").text
    assert "Link shared from the command line" in page
    assert "Link revoked from the command line" in page


@pytest.mark.parametrize("kind", ["quote", "invoice"])
def test_quotes_and_invoices_are_shared_and_revoked_by_their_numbers(shop, told, kind):
    record = shop.quote(is_sent=True) if kind == "quote" else shop.invoice(is_issued=True)
    shared = told("share", kind, "1001")
    assert shared == {"kind": kind, "number": 1001, "url": BASE + shop.path(record)}
    assert told("revoke", kind, "1001") == {"kind": kind, "number": 1001, "revoked": True}
    assert told("share", kind, "1001")["url"] != shared["url"]


@pytest.mark.parametrize("kind", ["quote", "invoice"])
def test_a_draft_has_no_number_to_share_it_by(shop, refused, kind):
    getattr(shop, kind)()
    assert refused("share", kind, "1001") == f"There is no {kind} 1001\n"


@pytest.mark.parametrize("command", ["share", "revoke"])
def test_a_number_that_was_never_given_is_named(shop, refused, command):
    assert shop.work_order().number != 4711
    assert refused(command, "wo", "4711") == "There is no work order 4711\n"
    assert refused(command, "wo", "4711", "--json") == "There is no work order 4711\n"


@pytest.mark.parametrize(
    "arguments", [("share", "nonsense", "1"), ("share", "wo", "one"), ("share", "wo"), ("nonsense",)]
)
def test_a_command_that_makes_no_sense_is_refused(app, arguments):
    done = app.test_cli_runner().invoke(args=arguments)
    assert done.exit_code == 2
    assert done.stdout == ""


def test_a_link_whose_key_was_lost_still_works_and_is_told_to_be_shared_anew(shop, app, refused):
    job = shop.work_order()
    path = shop.path(job)
    app.extensions["settings"].link_keys.clear()
    app.extensions["settings"].link_keys["other"] = b"x" * 32
    assert "Revoke it and share again" in refused("share", "wo", str(job.number))
    assert app.test_client().get(path).status_code == 200


# --- people -------------------------------------------------------------------------------------------------------


def test_add_staff_takes_somebody_on_and_prints_their_way_in(shop, run):
    url = run(
        "add-staff", "Rosa@Shop.example", "--name", "Rosa Ruiz", "--role", "technician", "--phone", "555 0101"
    ).strip()
    rosa = people.by_email("rosa@shop.example")
    assert (rosa.name, rosa.role, rosa.phone) == ("Rosa Ruiz", Role.TECHNICIAN, "555 0101")
    assert sign_in(shop.app, url).location == "/staff/"


def test_add_staff_takes_somebody_on_for_the_office_unless_told_otherwise(shop, run):
    run("add-staff", "rosa@shop.example", "--name", "Rosa Ruiz")
    assert people.by_email("rosa@shop.example").role is Role.OFFICE


def test_add_staff_refuses_an_address_that_is_taken_or_none(shop, refused):
    assert refused("add-staff", "DANA@shop.example", "--name", "Dana") == "DANA@shop.example works here already\n"
    assert refused("add-staff", "dana", "--name", "Dana") == "dana is not an email address\n"


def test_sign_in_link_prints_a_way_in_that_opens_once(shop, told):
    printed = told("sign-in-link", "dana@shop.example")
    assert printed.keys() == {"email", "role", "sign_in_url"}
    assert (printed["email"], printed["role"]) == ("dana@shop.example", "office")
    assert sign_in(shop.app, printed["sign_in_url"]).location == "/staff/"
    assert sign_in(shop.app, printed["sign_in_url"]).status_code == 404


def test_sign_in_link_is_good_for_an_hour(shop, run):
    url = run("sign-in-link", "dana@shop.example").strip()
    with clock.stopped_at(clock.now() + SIGN_IN_LINK_LASTS):
        assert shop.app.test_client().get(path_of(url)).status_code == 404


def test_sign_in_link_refuses_whoever_does_not_work_here(shop, refused):
    with writing():
        shop.theo.archived_at = clock.now()
    for email in ("nobody@shop.example", "theo@shop.example"):
        assert refused("sign-in-link", email, "--json") == f"Nobody with the email {email} works here\n"


# --- the sample shop ----------------------------------------------------------------------------------------------


def test_demo_as_json(app, told):
    printed = told("demo")
    assert printed.keys() == {"staff", "links", "numbers"}
    assert {frozenset(person) for person in printed["staff"]} == {frozenset({"email", "role", "sign_in_url"})}
    assert {person["role"] for person in printed["staff"]} == {"owner", "office", "technician"}
    assert printed["links"].keys() == printed["numbers"].keys() == {"wo", "quote", "invoice"}
    assert "Water heater replacement" in app.test_client().get(path_of(printed["links"]["wo"])).text
    assert sign_in(app, printed["staff"][0]["sign_in_url"]).location == "/staff/"


def test_demo_twice_gives_the_same_links_and_new_ways_in(app, told):
    first, second = told("demo"), told("demo")
    assert (first["links"], first["numbers"]) == (second["links"], second["numbers"])
    assert {p["sign_in_url"] for p in first["staff"]}.isdisjoint(p["sign_in_url"] for p in second["staff"])
    rows = everything(app.extensions["settings"].database_path)
    told("demo")
    again = everything(app.extensions["settings"].database_path)
    assert {name for name in rows if rows[name] != again[name]} == {"sign_in_link"}


def test_the_number_that_demo_tells_can_be_shared(told):
    printed = told("demo")
    for kind, number in printed["numbers"].items():
        assert told("share", kind, str(number))["url"] == printed["links"][kind]


def test_demo_makes_as_many_more_work_orders_as_a_load_test_asks_for(app, told):
    printed = told("demo", "--work-orders", "7")
    assert len(set(printed["many"])) == 7
    client = app.test_client()
    assert {client.get(path_of(url)).status_code for url in printed["many"]} == {200}


def test_demo_for_people_prints_the_ways_in(run):
    printed = run("demo").splitlines()
    assert printed[0].startswith(f"june@hartley.example  {BASE}/staff/sign-in/")
    for line, kind in zip(printed[-3:], ("wo", "quote", "invoice"), strict=True):
        assert line.startswith(f"{BASE}/portal/{kind}/")


def test_demo_refuses_a_shop_where_real_people_work(shop, refused):
    shop.work_order()
    for arguments in (("demo",), ("demo", "--json"), ("demo", "--work-orders", "5")):
        assert "real people" in refused(*arguments)
    assert not shops.profile().is_sample


def test_demo_refuses_a_sample_shop_that_became_a_real_one(app, run, refused):
    run("demo")
    with writing():
        june = people.by_email("june@hartley.example")
        shops.edit(shops.profile(), {"name": "Rivera Plumbing"}, seen=shops.profile().edition, by=june)
    assert "real people" in refused("demo")


# --- when something stands in the way ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ("share", "wo", "1001"),
        ("revoke", "wo", "1001"),
        ("sign-in-link", "a@b.example"),
        ("add-staff", "a@b.example", "--name", "A"),
    ],
    ids=lambda command: command[0],
)
def test_a_command_before_the_first_start_says_what_to_do(never_opened, command):
    done = never_opened.test_cli_runner().invoke(args=command)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "This shop was never opened. Open it first: flask --app app upgrade\n"


def test_upgrade_opens_a_shop_and_may_be_repeated(never_opened):
    for _turn in range(2):
        assert never_opened.test_cli_runner().invoke(args=["upgrade"]).exit_code == 0
    rows = everything(never_opened.extensions["settings"].database_path)
    assert len(rows["org_profile"]) == 1
    assert rows["staff"] == []


@pytest.fixture
def never_opened(tmp_path):
    """An application whose data folder is new."""
    app = create_app(settings.read({"DATA_DIR": str(tmp_path / "new")}))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_a_command_that_waited_too_long_to_write_says_so(shop, refused, monkeypatch):
    job = shop.work_order()
    monkeypatch.setattr(portal.sqlite, "WRITE_WAIT_S", 0.1)
    with contextlib.closing(sqlite.connect(shop.app.extensions["settings"].database_path)) as neighbour:
        neighbour.execute("BEGIN IMMEDIATE")
        assert "try again" in refused("share", "wo", str(job.number))


# --- from a shell -------------------------------------------------------------------------------------------------


def shell(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess:
    """Runs Python as the shop's machine does, in a process of its own."""
    environ = os.environ | {"DATA_DIR": str(folder), "PUBLIC_BASE_URL": BASE} | environ
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)


def test_a_script_gets_json_and_nothing_else_even_on_the_very_first_day(tmp_path):
    done = shell(tmp_path / "new", "flask", "--app", "app", "demo", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["links"]["wo"].startswith(f"{BASE}/portal/wo/")


def test_a_bad_setting_stops_the_server_and_is_named_without_a_traceback(tmp_path):
    done = shell(tmp_path, "portal.server", PORT="many")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Porchlight cannot start. PORT: 'many' is not a whole number from 1 to 65535\n"
