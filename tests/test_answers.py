"""Failures: what they say, what they keep to themselves, and what the log may know of them."""

import logging
import socket

import pytest
import requests
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models import Counter, OrgProfile, db
from portal.answers import redacted
from portal.db import writing
from portal.domain import links
from portal.domain import staff as people
from tests.conftest import wait_for
from tests.factories import csrf_of, press
from tests.pages import read

TOKEN = "0a1b2c3d4e5f6g7h8j9k0m1n2p3"
DETAILS = ("Traceback", "LookupError", "sqlite", "has not been opened", "site-packages")


def break_the_shop() -> None:
    """From here on every page fails: the shop's one row is gone."""
    with writing():
        db.session.delete(db.session.get(OrgProfile, 1))


# --- what the log may know ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"GET /portal/wo/{TOKEN} HTTP/1.1", "GET /portal/wo/[token] HTTP/1.1"),
        (f"GET /portal/wo/{TOKEN}/photos/a.webp", "GET /portal/wo/[token]/photos/a.webp"),
        (f"GET /portal/wo/{TOKEN}?x=1", "GET /portal/wo/[token]?x=1"),
        (f"POST /portal/quote/{TOKEN}/approve", "POST /portal/quote/[token]/approve"),
        (f"POST /portal/invoice/{TOKEN}/pay", "POST /portal/invoice/[token]/pay"),
        ("GET /portal/wo/short", "GET /portal/wo/[token]"),
        ("GET /staff/sign-in/dGhpcyBpcyBpdA-_x HTTP/1.1", "GET /staff/sign-in/[token] HTTP/1.1"),
        (f"https://jobs.example.com/portal/wo/{TOKEN}", "https://jobs.example.com/portal/wo/[token]"),
        (f"'/portal/wo/{TOKEN}' and \"/portal/wo/{TOKEN}\"", "'/portal/wo/[token]' and \"/portal/wo/[token]\""),
        (f"GET /portal//wo/{TOKEN}", "GET /portal//wo/[token]"),
        (f"GET /portal/{TOKEN}", "GET /portal/[token]"),
        (f"GET /PORTAL/WO/{TOKEN.upper()}", "GET /PORTAL/WO/[token]"),
        (f"KeyError: '{TOKEN}'", "KeyError: '[token]'"),
        ("GET /staff/sign-in HTTP/1.1", "GET /staff/sign-in HTTP/1.1"),
        ("GET /staff/work-orders/7 HTTP/1.1", "GET /staff/work-orders/7 HTTP/1.1"),
        ("GET /static/0123456789ab/js/customer.js", "GET /static/0123456789ab/js/customer.js"),
        (f"{'0' * 32}.webp", f"{'0' * 32}.webp"),
    ],
)
def test_a_log_line_says_everything_but_the_secret(text, clean):
    assert redacted(text) == clean


@pytest.mark.parametrize("name", ["", "porchlight", "werkzeug", "sqlalchemy.pool", "app", "somebody.elses"])
def test_no_logger_writes_a_token(app, caplog, name):
    logger = logging.getLogger(name)
    caplog.set_level(logging.INFO, logger=name or None)
    logger.info("GET /portal/wo/%s", TOKEN)
    logger.info("%(path)s", {"path": f"/portal/wo/{TOKEN}"})
    assert caplog.messages == ["GET /portal/wo/[token]", "/portal/wo/[token]"]


def test_no_exception_writes_a_token(app, caplog):
    def fails():
        try:
            raise KeyError(f"/portal/wo/{TOKEN}")
        except KeyError as error:
            raise ValueError(f"inside /staff/sign-in/{TOKEN}") from error

    with pytest.raises(ValueError) as raised:
        fails()
    logging.getLogger("porchlight").error("failed", exc_info=raised.value)
    assert TOKEN not in caplog.text
    assert "KeyError: '/portal/wo/[token]'" in caplog.text
    assert "ValueError: inside /staff/sign-in/[token]" in caplog.text


def test_a_failure_behind_a_link_is_logged_in_full_but_for_its_token(shop, caplog):
    job = shop.work_order()
    token, path = shop.token(job), shop.path(job)
    break_the_shop()
    assert shop.app.test_client().get(path).status_code == 500
    assert "GET /portal/wo/[token] failed" in caplog.text
    assert "LookupError" in caplog.text
    assert token not in caplog.text


def test_a_database_error_does_not_repeat_what_people_typed(app):
    with writing():
        db.session.add(Counter(series="what somebody typed", last=1))
    with pytest.raises(IntegrityError) as refused, writing():
        db.session.execute(text("INSERT INTO counter VALUES (:series, 1)"), {"series": "what somebody typed"})
    assert "what somebody typed" not in str(refused.value)
    assert "INSERT INTO counter" in str(refused.value)


def test_the_servers_log_holds_no_token_after_all_that_can_happen_to_a_link(open_shop, server):
    """The real server: a visit, a message, what is not there, lines that are no HTTP, a failure, a revoked link."""
    job = open_shop.work_order()
    token, path = open_shop.token(job), open_shop.path(job)
    with writing():
        sign_in = people.sign_in_link(open_shop.dana)
    for rest in ("", "/help", "/nope", "/photos/x", "?a=1"):
        requests.get(server.url + path + rest, headers={"Referer": server.url + path}, timeout=20)
    requests.post(f"{server.url}{path}/help", data={"message": "Hello"}, timeout=20)
    requests.get(f"{server.url}/portal/{token}", timeout=20)
    requests.get(f"{server.url}/staff/sign-in/{sign_in}", timeout=20)
    for line in (
        f"GET {path} HTTP/9.9",
        f"GET {path}",
        f"NONSENSE {path} {path} HTTP/1.1",
        f"GET {path} HTTP/1.1\r\nBad",
    ):
        raw(server, line)
    open_shop.do(links.revoke, job)
    requests.get(server.url + path, timeout=20)
    other = open_shop.work_order("Mallory Moss")
    broken, secret = open_shop.path(other), open_shop.token(other)
    break_the_shop()
    assert requests.get(server.url + broken, timeout=20).status_code == 500
    wait_for(lambda: "LookupError" in "".join(server.lines), "the failure to be logged")
    log = "".join(server.lines)
    assert log.count("[token]") > 8
    for hidden in (token, secret, sign_in):
        assert hidden not in log


def raw(server, line: str) -> None:
    """Sends one line that need not be HTTP, and waits until the server is through with it."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(f"{line}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


# --- what a failure says ------------------------------------------------------------------------------------------


def test_a_failure_of_ours_tells_a_customer_that_their_link_is_fine(shop):
    path = shop.path(shop.work_order())
    break_the_shop()
    page = read(shop.app.test_client().get(path), 500)
    assert page.h1 == "Something went wrong on our side"
    assert "Your link is fine" in page.words()
    assert [link.get("href") for link in page.all("a")] == [path]
    assert not any(detail in page.html for detail in DETAILS)


def test_a_failure_of_ours_tells_staff_to_try_again(shop):
    client = shop.staff_client("Dana")
    break_the_shop()
    page = read(client.get("/staff/customers"), 500)
    assert page.h1 == "Something went wrong on our side"
    assert "Nothing was lost" in page.words()
    assert not any(detail in page.html for detail in DETAILS)


def test_a_database_that_cannot_be_read_at_all_still_gets_a_page(shop):
    client, path = shop.staff_client("Dana"), shop.path(shop.work_order())
    with writing():
        for table in ("staff", "link", "org_profile"):
            db.session.execute(text(f"ALTER TABLE {table} RENAME TO gone_{table}"))
    for address in ("/staff/", path):
        assert read(client.get(address), 500).h1 == "Something went wrong on our side"


def test_health_fails_when_the_database_does(shop):
    database = shop.app.extensions["settings"].database_path
    assert shop.app.test_client().get("/healthz").status_code == 200
    db.session.remove()
    db.engine.dispose()
    database.write_bytes(b"no database" * 1000)
    for beside in ("-wal", "-shm"):
        database.with_name(database.name + beside).unlink(missing_ok=True)
    assert shop.app.test_client().get("/healthz").status_code == 500


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_that_is_not_there(shop, method):
    page = read(shop.app.test_client().open("/nope", method=method), 404)
    assert page.h1 == "There is nothing here"


def test_too_much_at_once_is_refused_with_words(shop):
    client, job = shop.staff_client("Dana"), shop.work_order()
    too_much = "x" * shop.app.config["MAX_CONTENT_LENGTH"]
    for answer in (
        press(client, f"/staff/work-orders/{job.id}/notes", {"notes": too_much}),
        client.post(shop.path(job, "/help"), data={"message": too_much}),
    ):
        page = read(answer, 413)
        assert page.h1 == "That was too much at once"
        assert too_much not in page.html
    assert shop.again(job).internal_notes == ""


def test_too_many_fields_are_refused(shop):
    form = {f"field{number}": "x" for number in range(1200)}
    answer = shop.app.test_client().post(
        shop.path(shop.work_order(), "/help"), data=form, content_type="multipart/form-data"
    )
    assert read(answer, 413).h1 == "That was too much at once"


def test_a_form_without_its_token_is_refused_and_changes_nothing(shop):
    client, job = shop.staff_client("Dana"), shop.work_order()
    page = read(client.post(f"/staff/work-orders/{job.id}/start"), 400)
    assert "reload and try again" in page.words()
    assert shop.again(job).status == "scheduled"


def test_a_form_that_a_page_elsewhere_sent_is_refused_and_changes_nothing(shop):
    client, job = shop.staff_client("Dana"), shop.work_order()
    for site in ("cross-site", "same-site"):
        answer = press(client, f"/staff/work-orders/{job.id}/start", headers={"Sec-Fetch-Site": site})
        assert read(answer, 400).h1 == "That didn’t work"
    assert shop.again(job).status == "scheduled"
    assert press(client, f"/staff/work-orders/{job.id}/start", headers={"Sec-Fetch-Site": "same-origin"}).location
    assert shop.again(job).status == "in_progress"


def test_what_is_the_owners_business_is_refused_with_words(shop):
    page = read(shop.staff_client("Theo").get("/staff/settings"), 403)
    assert page.h1 == "This isn’t yours to open"


def test_forms_work_behind_https_without_a_referer(shop):
    """Our own policy keeps the Referer away, and Flask-WTF asks for one on https."""
    client, base = shop.app.test_client(), "https://jobs.example.com"
    form = {"email": "dana@shop.example", "password": "correct horse battery"}
    form["csrf_token"] = csrf_of(client.get("/staff/sign-in", base_url=base).text)
    answer = client.post("/staff/sign-in", data=form, base_url=base, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303
    assert "__Host-porchlight=" in answer.headers["Set-Cookie"]
    assert all(word in answer.headers["Set-Cookie"] for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
