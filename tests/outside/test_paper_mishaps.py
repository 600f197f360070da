"""Paper when something is wrong: hostile words, too much of them, a killed child, a full disk, no font."""

import contextlib
import json
import os
import resource
import signal
import threading
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pikepdf
import pytest
from flask import Flask

from models import Method, Signature, db
from portal import clock, customer_copy
from portal.db import writing
from portal.domain import parts, payments
from portal.outside import full_disk, old_paper, paper, scripts
from portal.outside.paper import STYLE, NoRoom, Press, fonts_as_of, fonts_for
from portal.outside.worker import Busy, Failed, Refused
from tests.conftest import wait_for
from tests.factories import line
from tests.outside import sheets

KEPT_APART = {"status", "brand_color", "paper_size", "logo"}  # words of ours, checked where they are set
SECRET = "the-secret-of-this-machine"
PAYLOADS = [
    '<img src="{url}/img"><img srcset="{url}/set 2x"><img src="file://{file}">',
    '"><iframe src="{url}/frame"></iframe><object data="file://{file}"></object><embed src="{url}/embed">',
    "</style><style>@import url({url}/import); body {{ background: url({url}/background) }}</style>",
    "<link rel=attachment href=file://{file}><link rel=stylesheet href={url}/sheet><base href={url}/base>",
    '<svg><image href="{url}/svg"/><use href="{url}/use#a"/></svg><a rel=attachment href="file://{file}">a</a>',
    "<style>@font-face {{ font-family: x; src: url({url}/font), local(x) }} p {{ content: url({url}/p) }}</style>",
    '<meta http-equiv=refresh content="0;url={url}/refresh"><script src="{url}/js"></script>{{{{ 7 * 7 }}}}{{% x %}}',
    "\0\1\x0b\udcff\u202e\u2066]]></p></bdi></table></body>",
    "%PDF ) Tj (file://{file}) endobj {url}/text",
]


def copy_of(shop, count: int = 1, **words) -> customer_copy.InvoiceCopy:
    lines = tuple(line(f"Part {number}", "10.00") for number in range(1, count + 1))
    return customer_copy.of_invoice(shop.invoice(lines=lines, is_issued=True, **words))


def long(copy, count: int):
    return replace(copy, paper=replace(copy.paper, lines=copy.paper.lines * count))


def left_over(press: Press) -> list[Path]:
    """Files below the folder that are no finished PDF with what is known of it."""
    return [path for path in press.folder.rglob("*") if path.is_file() and path.suffix not in (".pdf", ".json")]


# --- hostile words --------------------------------------------------------------------------------------------------


@pytest.fixture
def bait(tmp_path):
    (tmp_path / "secret.txt").write_text(SECRET)
    with sheets.lure() as server:
        yield server, {"url": f"http://127.0.0.1:{server.server_port}", "file": tmp_path / "secret.txt"}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_in_every_field_ask_for_nothing_and_show_nothing(shop, press, bait, payload):
    server, places = bait
    text = payload.format(**places)
    copy = sheets.with_texts(copy_of(shop), lambda name, was: was if name in KEPT_APART else text)
    printed = press.pdf(copy, locale="en_US")
    assert server.asked == []
    check_nothing_came_along(printed.path)
    assert SECRET not in "".join(sheets.words(printed.path))


def test_nor_do_those_of_quotes_receipts_and_finished_jobs(shop, press, bait):
    server, places = bait
    text = "".join(PAYLOADS).format(**places)
    invoice, job = shop.invoice(is_issued=True), shop.work_order()
    shop.do(payments.record, invoice, amount=4000, method=Method.CASH, paid_on=invoice.issued_on, reference="")
    with writing():
        parts.add(job, name="Tank", quantity=Decimal(2), by=shop.theo)
        db.session.add(Signature(work_order=job, name="Carol", path="M1 1 L9 9", signed_at=clock.now()))
    shop.steps(job, "start", "complete")
    quote = shop.approved(shop.quote(is_sent=True), path="M20 80 C 60 10")
    for copy in (customer_copy.of_quote(quote), customer_copy.of_receipt(invoice), customer_copy.of_work_order(job)):
        changed = sheets.with_texts(copy, lambda name, was: was if name in KEPT_APART else text)
        printed = press.pdf(changed, locale="en_US")
        check_nothing_came_along(printed.path)
        assert SECRET not in "".join(sheets.words(printed.path))
    assert server.asked == []


def test_a_page_that_is_hostile_itself_gets_nothing_either(press, bait):
    """Even if a template forgot to escape: what fetches has nothing to fetch with."""
    server, places = bait
    html = "".join(payload.format(**places) for payload in PAYLOADS).encode("utf-8", "replace").decode()
    order, draft = places["file"].with_name("order"), places["file"].with_name("draft")
    order.write_text(json.dumps({"html": f"<title>x</title><p>{html}", "xml": "", "stored": {}}))
    given = {"job": str(order), "draft": str(draft), "sheet": str(STYLE), "fonts_as_of": fonts_as_of()}
    press.worker.do("portal.outside.printing:pdf", deadline_s=60, **given)
    assert server.asked == []
    check_nothing_came_along(draft)
    assert SECRET.encode() not in draft.read_bytes()


def check_nothing_came_along(path: Path) -> None:
    with pikepdf.open(path) as pdf:
        assert "/EmbeddedFiles" not in pdf.Root.get("/Names", {})
        assert "/AF" not in pdf.Root
        assert SECRET.encode() not in b"".join(page.Contents.read_bytes() for page in pdf.pages)


def test_a_colour_that_is_none_prints_nothing(shop, press):
    copy = copy_of(shop)
    with pytest.raises(ValueError, match="invalid literal"):
        press.pdf(replace(copy, shop=replace(copy.shop, brand_color="red;}</style>")), locale="en_US")


# --- too much -------------------------------------------------------------------------------------------------------


def test_six_thousand_lines_are_refused_before_anything_is_begun(shop, press):
    with pytest.raises(Refused, match="too_long"):
        press.pdf(long(copy_of(shop), 6000), locale="en_US")
    assert press.worker.child_pid is None
    assert not press.folder.exists()


def test_more_pages_than_anybody_prints_are_refused(shop, press):
    tall = copy_of(shop, terms="word\n" * 5000)
    with pytest.raises(Refused, match="too_long"):
        press.pdf(tall, locale="en_US")
    assert left_over(press) == []
    assert press.pdf(copy_of(shop), locale="en_US").pages == 1


def test_a_page_too_heavy_for_the_child_is_refused(shop, press):
    with pytest.raises(Refused, match="too_long"):
        press.pdf(copy_of(shop, terms="x" * 1_500_000), locale="en_US")


# --- the child ------------------------------------------------------------------------------------------------------


def in_thread(app: Flask, act) -> tuple[threading.Thread, list]:
    """Let somebody else `act`. The list has then what came of it."""
    told = []

    def run() -> None:
        with app.test_request_context():
            try:
                told.append(act())
            except Exception as error:
                told.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, told


def test_a_child_killed_in_the_middle_fails_the_page_and_the_next_is_fine(app, shop, press):
    small, large = copy_of(shop), long(copy_of(shop), 900)
    press.pdf(small, locale="en_US")
    child = press.worker.child_pid
    thread, told = in_thread(app, lambda: press.pdf(large, locale="en_US"))
    wait_for(lambda: left_over(press), "the job to be written down")
    begun = cpu_ticks(child)
    wait_for(lambda: cpu_ticks(child) > begun + 5, "the child to be at it")
    os.kill(child, signal.SIGKILL)
    thread.join()
    assert isinstance(told[0], Failed)
    assert left_over(press) == []
    assert press.pdf(copy_of(shop), locale="en_US").pages == 1
    assert press.worker.child_pid != child


def cpu_ticks(pid: int) -> int:
    """The processor time that it has had so far."""
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))


def test_twenty_who_want_the_same_page_wait_for_one(app, shop, press):
    press.worker.queue = 0  # whoever came second would be told that it is busy
    copy = copy_of(shop)
    threads = [in_thread(app, lambda: press.pdf(copy, locale="en_US")) for _ in range(20)]
    for thread, _told in threads:
        thread.join()
    assert len({told[0] for _thread, told in threads}) == 1
    assert len(list(press.folder.rglob("*.pdf"))) == 1


def test_where_too_many_wait_one_is_told_so_and_nothing_stays_behind(app, shop, press):
    press.worker.queue = 0
    copies = [copy_of(shop) for _ in range(6)]
    threads = [in_thread(app, lambda copy=copy: press.pdf(copy, locale="en_US")) for copy in copies]
    for thread, _told in threads:
        thread.join()
    assert any(isinstance(told[0], Busy) for _thread, told in threads)
    assert left_over(press) == []
    assert press.pdf(copies[0], locale="en_US").pages == 1


# --- a full disk ----------------------------------------------------------------------------------------------------


@pytest.fixture
def full_draft(monkeypatch):
    """What the child writes lands on a disk that is full, and what we write does not."""
    drafts = paper.drafts

    @contextlib.contextmanager
    def full(path):
        with drafts(path) as (order, draft):
            draft.symlink_to("/dev/full")
            yield order, draft

    monkeypatch.setattr(paper, "drafts", full)


def test_no_room_for_what_the_child_writes_is_said_and_leaves_nothing(shop, press, full_draft):
    with pytest.raises(NoRoom):
        press.pdf(copy_of(shop), locale="en_US")
    with pytest.raises(NoRoom):
        press.bundle([], press.folder / "runs" / "all.pdf")
    assert left_over(press) == []


def test_no_room_for_what_we_write_is_said():
    with pytest.raises(NoRoom), full_disk.told():
        Path("/dev/full").write_bytes(b"x")


def test_more_than_the_child_may_write_is_too_long_and_leaves_nothing(shop, press):
    """A disk with much room left is not said to be full."""
    press.pdf(copy_of(shop), locale="en_US")
    resource.prlimit(press.worker.child_pid, resource.RLIMIT_FSIZE, (4096, 4096))
    with pytest.raises(Refused, match="too_long"):
        press.pdf(copy_of(shop), locale="en_US")
    with pytest.raises(Refused, match="too_long"):
        press.bundle(list(press.folder.rglob("*.pdf")), press.folder / "runs" / "all.pdf")
    assert left_over(press) == []
    press.worker._end()
    assert press.pdf(copy_of(shop), locale="en_US").pages == 1


def test_a_job_that_may_not_be_written_is_refused_and_leaves_nothing(shop, press):
    copy, (soft, hard) = copy_of(shop), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        with pytest.raises(Refused, match="too_long"):
            press.pdf(copy, locale="en_US")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert left_over(press) == []
    assert press.pdf(copy, locale="en_US").pages == 1


# --- no font --------------------------------------------------------------------------------------------------------


def test_letters_that_no_font_has_are_told_and_printed_all_the_same(shop, press):
    copy = customer_copy.of_invoice(shop.invoice(lines=(line("Faucet \U0001bc00"),), is_issued=True))
    printed = press.pdf(copy, locale="en_US")
    assert printed.missing == press.missing() == ("Duployan",)
    assert press.pdf(copy, locale="en_US") == printed
    assert press.pdf(copy_of(shop), locale="en_US").missing == ()


@pytest.mark.parametrize(
    ("letter", "script", "package"),
    [
        ("é", "Latin", "fonts-dejavu-core"),
        ("ا", "Arabic", "fonts-dejavu-core"),
        ("锅", "Han", "fonts-droid-fallback"),
        ("タ", "Katakana", "fonts-droid-fallback"),
        ("한", "Hangul", "fonts-droid-fallback"),
        ("ไ", "Thai", "fonts-noto-core"),
        ("ि", "Devanagari", "fonts-noto-core"),
        ("🚿", "Symbols", "fonts-symbola"),
    ],
)
def test_a_script_has_a_name_and_a_package(letter, script, package):
    assert scripts.of(letter) == {script}
    assert fonts_for(script) == package


# --- what is kept ---------------------------------------------------------------------------------------------------


def test_what_nobody_asks_for_any_more_goes(tmp_path):
    folder = tmp_path / "ab"
    folder.mkdir()
    month, hours, now = 31 * 24 * 3600, 2 * 3600, time.time()
    for name, age in (("old", month), ("used", hours), ("fresh", 0)):
        for kind in (".pdf", ".json"):
            (folder / f"{name}{kind}").write_bytes(b"x" * 1024 * 1024)
            os.utime(folder / f"{name}{kind}", (now - age, now - age))
    (folder / "half.part").write_bytes(b"x")
    os.utime(folder / "half.part", (now - hours, now - hours))
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "all.pdf").write_bytes(b"x")
    os.utime(tmp_path / "runs" / "all.pdf", (now - month, now - month))
    assert old_paper.sweep(str(tmp_path)) == {"gone": 2}
    assert sorted(path.name for path in folder.iterdir()) == ["fresh.json", "fresh.pdf", "used.json", "used.pdf"]
    assert old_paper.sweep(str(tmp_path), kept_most_mb=1) == {"gone": 1}
    assert sorted(path.name for path in folder.iterdir()) == ["fresh.json", "fresh.pdf"]
    assert (tmp_path / "runs" / "all.pdf").exists()


def test_a_page_in_use_is_kept_and_one_that_is_gone_is_printed_again(shop, press):
    copy = copy_of(shop)
    printed = press.pdf(copy, locale="en_US")
    os.utime(printed.path, (0, 0))
    press.pdf(copy, locale="en_US")
    assert printed.path.stat().st_mtime > time.time() - 60
    printed.path.unlink()
    assert press.pdf(copy, locale="en_US").path.exists()
