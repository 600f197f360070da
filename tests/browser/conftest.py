"""A Chromium for each process of the tests, a running shop for each file, and pages for each test."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.browser.bad_network import Line
from tests.browser.chromium import DESKTOP, FLAGS, PHONE, PROGRAM
from tests.conftest import RunningServer, free_port
from tests.factories import PASSWORD, Shop

pytest.register_assert_rewrite("tests.browser.inspection")  # it says what it found, not only that it did

PLACE = {"locale": "en-US", "timezone_id": "America/Los_Angeles"}
# The tests share two busy cores with one another; a page that is right a little late is right.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    os.environ.setdefault("FONTCONFIG_FILE", str(Path(__file__).with_name("fonts.conf")))
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def debugging_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def browser(playwright, debugging_port) -> Iterator[Browser]:
    browser = playwright.chromium.launch(
        executable_path=PROGRAM,
        # shop.test is this machine under a name that no browser trusts: plain HTTP, as in a shop's own network.
        args=[*FLAGS, f"--remote-debugging-port={debugging_port}", "--host-resolver-rules=MAP shop.test 127.0.0.1"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    browser.close()


class PseudoServer(RunningServer):
    module = "tests.pseudo_server"


@pytest.fixture(scope="module")
def server(empty_database, tmp_path_factory) -> Iterator[RunningServer]:
    """The real server, one for all tests of a file: each makes work orders of its own. Speaks tests/pseudo.py too."""
    folder = tmp_path_factory.mktemp("data")
    shutil.copy(empty_database, folder / "porchlight.db")
    running = PseudoServer(folder, free_port())
    yield running
    if running.process.poll() is None:
        running.kill()


@pytest.fixture(scope="module")
def open_shop(server) -> Iterator[Shop]:
    """The cast in the database of the running server, written from this process."""
    app = server.app()
    with app.app_context():
        yield Shop(app)
        app.extensions["sqlalchemy"].session.remove()
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def line(server) -> Iterator[Line]:
    """What is between the browser and the server, to be made bad."""
    line = Line(int(server.url.rsplit(":", 1)[1]))
    yield line
    line.close()


@pytest.fixture
def new_page(browser, server):
    """Opens pages of the given size in a browser profile of their own. No script of ours may fail in any of them."""
    contexts, failures = [], []

    def new_page(size: dict, **options) -> Page:
        context = browser.new_context(base_url=server.url, **PLACE, **size, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda failure: failures.append(failure))
        return page

    yield new_page
    for context in contexts:
        context.close()
    assert failures == []


@pytest.fixture
def phone(new_page) -> Page:
    """A phone of somebody without any account."""
    return new_page(PHONE)


@pytest.fixture
def desktop(new_page) -> Page:
    return new_page(DESKTOP)


@pytest.fixture(scope="module")
def signed_in(browser, server, open_shop):
    """The options of a context whose owner has signed in: through the form, once a person."""
    kept = {}

    def signed_in(first_name: str) -> dict:
        if first_name not in kept:
            page = browser.new_page(base_url=server.url)
            page.goto("/staff/sign-in")
            page.get_by_label("Email").fill(f"{first_name.lower()}@shop.example")
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/staff/")
            kept[first_name] = {"storage_state": page.context.storage_state()}
            page.context.close()
        return kept[first_name]

    return signed_in


@pytest.fixture
def office(new_page, signed_in) -> Page:
    """Dana at her desk."""
    return new_page(DESKTOP, **signed_in("Dana"))


@pytest.fixture
def tabs(playwright, browser, debugging_port):
    """Opens tabs of one ordinary window: the one in front hides the others. Playwright's own pages are never hidden."""
    window = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{debugging_port}", no_defaults=True)
    opened = []

    def new_tab() -> Page:
        opened.append(window.contexts[0].new_page())
        return opened[-1]

    yield new_tab
    for tab in opened:
        tab.close()
    window.close()
