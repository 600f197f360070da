"""Takes the README's picture: a customer's page on a phone beside the office's page of the same job.

Run by script/screenshot. Both pages come from a real server with sample data; Chromium lays them side by side.
"""

import base64
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from app import create_app
from portal import demo, first_start, settings
from tests.browser.chromium import FLAGS, PHONE, PROGRAM
from tests.conftest import ROOT, RunningServer, free_port

TARGET = ROOT / "docs" / "screenshot.png"
STAGE = """
<body style="margin:0;background:#dfe9e8;display:flex;gap:48px;align-items:center;justify-content:center;height:760px">
<img style="height:620px;border-radius:14px;box-shadow:0 18px 50px -18px #0007" src="{office}">
<img style="height:680px;border-radius:34px;border:9px solid #14181b;box-shadow:0 18px 50px -14px #0009" src="{phone}">
</body>
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        told = fill(Path(folder), port)
        server = RunningServer(Path(folder), port)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
                take(browser, told)
                browser.close()
        finally:
            server.stop()


def fill(folder: Path, port: int) -> dict:
    """Sample data in `folder`, and the ways in, as `flask demo --json` prints them."""
    app = create_app(settings.read({"DATA_DIR": str(folder), "PORT": str(port)}))
    with app.app_context():
        first_start.prepare(is_demo=True)
        return demo.ways_in(many=0)


def take(browser: Browser, told: dict) -> None:
    phone = browser.new_context(**PHONE).new_page()
    phone.goto(told["links"]["wo"])
    phone.wait_for_selector("#live[data-state=live]")
    office = browser.new_context(viewport={"width": 1180, "height": 900}).new_page()
    office.goto(told["staff"][0]["sign_in_url"])
    office.get_by_role("button").click()
    office.get_by_role("link", name="Water heater replacement").click()
    office.wait_for_selector("h1")
    stage = browser.new_page(viewport={"width": 1400, "height": 760})
    stage.set_content(STAGE.format(office=data_address(office), phone=data_address(phone)), wait_until="load")
    TARGET.parent.mkdir(exist_ok=True)
    stage.screenshot(path=TARGET)


def data_address(page) -> str:
    return "data:image/png;base64," + base64.b64encode(page.screenshot()).decode()


if __name__ == "__main__":
    main()
