"""The printer in the real server: one file of many, whatever dies meanwhile."""

import io
import os
import resource
import signal
import subprocess
import zipfile
from datetime import timedelta

import pikepdf
import pytest

import portal.printer
from models import Event, Kind, PrintRun, db
from portal import clock
from portal.db import writing
from portal.domain import print_runs
from portal.outside.storage import opened
from portal.outside.worker import Busy
from tests.conftest import RunningServer, free_port, wait_for
from tests.crowd import Person
from tests.factories import Shop, line


class ImpatientPrinter(RunningServer):
    module = "tests.impatient_printer"


class HurriedPrinter(RunningServer):
    module = "tests.hurried_paper"


@pytest.fixture(params=[ImpatientPrinter])
def server(request, data_dir):
    running = request.param(data_dir, free_port())
    yield running
    if running.process.poll() is None:
        running.kill()


@pytest.fixture
def dana(server, open_shop):
    return Person(server.url, "Dana")


def ask(shop: Shop, records: list, *, is_zip: bool = False) -> int:
    with writing():
        return print_runs.ask(Kind.INVOICE, [record.id for record in records], is_zip=is_zip, by=shop.dana).id


def run_now(id: int) -> PrintRun:
    db.session.rollback()
    return db.session.get(PrintRun, id)


def finished(id: int) -> PrintRun:
    return wait_for(lambda: run_now(id).due_at is None and run_now(id), "the run to end", within_s=60)


def many(shop: Shop, count: int) -> list:
    return [shop.invoice(title=f"Job {n}", is_issued=True) for n in range(count)]


def words_of(content: bytes) -> str:
    return subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True).stdout.decode()


def test_many_become_one_pdf_in_the_order_that_was_asked_for(open_shop, dana):
    invoices = many(open_shop, 5)
    id = ask(open_shop, invoices[::-1])
    assert finished(id).trouble == ""
    answer = dana.get(f"/staff/print-runs/{id}/file")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=invoices-")
    assert len(pikepdf.open(io.BytesIO(answer.content)).pages) == 5
    said = words_of(answer.content)
    places = [said.index(f"Invoice {invoice.number}") for invoice in invoices[::-1]]
    assert places == sorted(places)


def test_many_become_a_zip_where_no_two_files_have_one_name(open_shop, dana):
    issued, drafts = many(open_shop, 2), [open_shop.invoice() for _ in range(2)]
    id = ask(open_shop, issued + drafts, is_zip=True)
    finished(id)
    with zipfile.ZipFile(io.BytesIO(dana.get(f"/staff/print-runs/{id}/file").content)) as archive:
        names = archive.namelist()
        assert names == ["invoice-1001.pdf", "invoice-1002.pdf", "invoice.pdf", "invoice-2.pdf"]
        assert archive.testzip() is None
        assert "Job 1" in words_of(archive.read("invoice-1002.pdf"))


def test_a_server_killed_in_the_middle_carries_on_where_it_was(server, open_shop, dana):
    id = ask(open_shop, many(open_shop, 20))
    wait_for(lambda: run_now(id).done >= 3, "three to be ready", within_s=30)
    server.kill()
    assert run_now(id).due_at, "the setup: it should not be ready yet"
    server.start()
    run = finished(id)
    assert (run.tries, run.trouble) == (2, "")
    assert len(pikepdf.open(io.BytesIO(dana.get(f"/staff/print-runs/{id}/file").content)).pages) == 20
    folder = server.data_dir / "paper" / "runs"
    assert [path.name for path in folder.iterdir()] == [run.file]


def test_a_child_killed_in_the_middle_costs_no_document(server, open_shop):
    id = ask(open_shop, many(open_shop, 12))
    wait_for(lambda: run_now(id).done >= 2, "two to be ready", within_s=30)
    children = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=True)
    for pid in map(int, children.stdout.split()):
        os.kill(pid, signal.SIGKILL)
    run = finished(id)
    assert (run.trouble, run.tries) == ("", 1)


def test_a_server_that_is_told_to_stop_hands_the_run_back(server, open_shop):
    id = ask(open_shop, many(open_shop, 30))
    wait_for(lambda: run_now(id).done >= 1, "one to be ready", within_s=30)
    assert server.stop() == 0
    assert (run_now(id).tries, run_now(id).file) == (0, "")
    assert run_now(id).due_at <= clock.now()


def test_what_is_too_long_is_left_out_and_named(open_shop, dana):
    endless = open_shop.invoice(lines=tuple(line("Part", details="x" * 4000) for _ in range(400)), is_issued=True)
    good = many(open_shop, 2)
    id = ask(open_shop, [good[0], endless, good[1]])
    assert print_runs.left_out(finished(id)) == [endless]
    assert f'<a href="/staff/invoices/{endless.id}">' in dana.get(f"/staff/print-runs/{id}").text
    assert len(pikepdf.open(io.BytesIO(dana.get(f"/staff/print-runs/{id}/file").content)).pages) == 2


@pytest.mark.parametrize("server", [HurriedPrinter], indirect=True)
def test_what_takes_too_long_is_tried_once_more_and_left_out(server, open_shop, dana):
    slow = many(open_shop, 2)
    id = ask(open_shop, slow)
    assert (finished(id).trouble, run_now(id).tries) == ("failed", 1)
    wait_for(lambda: sum("left out (too slow)" in line for line in server.lines) == 2, "both to be named")
    assert dana.get(f"/staff/invoices/{slow[0].id}/pdf").status_code == 200, "who has time is served all the same"


def test_what_says_two_totals_is_left_out_and_named(open_shop, dana):
    bent, good = open_shop.e_invoice(), open_shop.e_invoice()
    open_shop.bend(bent)
    id = ask(open_shop, [bent, good])
    assert print_runs.left_out(finished(id)) == [bent]
    assert len(pikepdf.open(io.BytesIO(dana.get(f"/staff/print-runs/{id}/file").content)).pages) == 1


def test_of_a_run_that_comes_to_nothing_no_file_is_offered(open_shop, dana):
    endless = open_shop.invoice(lines=tuple(line("Part", details="x" * 4000) for _ in range(400)), is_issued=True)
    id = ask(open_shop, [endless])
    assert (finished(id).trouble, run_now(id).file) == ("failed", "")
    assert "could not be printed" in dana.get(f"/staff/print-runs/{id}").text


def test_files_of_yesterday_are_thrown_away(server, open_shop, dana):
    id = ask(open_shop, many(open_shop, 1))
    path = server.data_dir / "paper" / "runs" / finished(id).file
    assert path.is_file()
    with writing():
        db.session.get(PrintRun, id).created_at = clock.now() - timedelta(hours=25)
    wait_for(lambda: not path.exists(), "the file to be thrown away")
    assert dana.get(f"/staff/print-runs/{id}").status_code == 404


def test_what_a_killed_server_left_is_thrown_away_too_whatever_it_is(server):
    """A finished file that no run names, the list of what is to be merged, a draft."""
    folder = server.data_dir / "paper" / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    fresh, old = folder / "fresh.pdf", [folder / name for name in ("whole.pdf", "whole.zip", "ab.order", "ab.part")]
    for path in (fresh, *old):
        path.write_bytes(b"x")
    for path in old:
        os.utime(path, (0, 0))
    wait_for(lambda: not any(path.exists() for path in old), "the files to be thrown away")
    assert fresh.exists()


def test_a_paper_that_is_gone_before_all_are_one_is_printed_again(app, shop, monkeypatch):
    printer, packed = app.extensions["printer"], portal.printer.packed
    id = ask(shop, [shop.invoice(is_issued=True)], is_zip=True)

    def after_a_sweep(printed, target):
        for each in printed:
            each.path.unlink()
        monkeypatch.setattr(portal.printer, "packed", packed)
        packed(printed, target)

    monkeypatch.setattr(portal.printer, "packed", after_a_sweep)
    assert printer.print_next()
    run = run_now(id)
    assert (run.trouble, bool(run.due_at)) == ("", True), "no disk was full"
    with writing():
        run.due_at = clock.now()
    assert printer.print_next()
    assert (printer.folder / run_now(id).file).is_file()


def test_all_that_come_to_too_much_for_one_file_are_said_to(app, shop):
    printer, worker = app.extensions["printer"], app.extensions["press"].worker
    ids = [ask(shop, [shop.invoice(is_issued=True)]) for _ in range(2)]
    assert printer.print_next()
    assert run_now(ids[0]).file
    do = worker.do

    def short_of_room(task, **given):
        if task.endswith("merging:pdf"):
            resource.prlimit(worker.child_pid, resource.RLIMIT_FSIZE, (4096, 4096))
        return do(task, **given)

    worker.do = short_of_room
    assert printer.print_next()
    assert (run_now(ids[1]).trouble, run_now(ids[1]).due_at) == ("too_long", None)


def test_who_waits_for_a_place_keeps_the_claim(app, shop, monkeypatch):
    printer, worker = app.extensions["printer"], app.extensions["press"].worker
    id, do, held = ask(shop, [shop.invoice(is_issued=True)]), worker.do, []
    monkeypatch.setattr(Busy, "retry_after_s", 0.01)

    def taken_at_first(task, **given):
        with app.app_context():
            held.append(db.session.get(PrintRun, id).due_at)
        if len(held) < 4:
            raise Busy
        return do(task, **given)

    worker.do = taken_at_first
    assert printer.print_next()
    assert run_now(id).file
    assert held[:4] == sorted(set(held[:4]))


def test_one_whose_logo_is_out_of_reach_is_left_out(app, shop):
    press = app.extensions["press"]
    id = ask(shop, [shop.invoice(is_issued=True)])
    with writing():
        shop.profile.logo = f"{'0' * 32}.webp"
    press.storage = opened(press.folder, f"http://key:secret@127.0.0.1:{free_port()}/photos", "brightwater")
    assert app.extensions["printer"].print_next()
    assert (run_now(id).trouble, run_now(id).due_at) == ("failed", None)


def test_while_many_are_printed_every_page_answers_and_the_bell_rings(open_shop, dana):
    id = ask(open_shop, many(open_shop, 10))
    while run_now(id).due_at:
        assert dana.get("/staff/invoices").status_code == 200
    assert run_now(id).file
    assert open_shop.count(Event, verb="print_moved") >= 10
