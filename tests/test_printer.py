"""The printer in the real server: one file of many, whatever dies meanwhile."""

import io
import os
import signal
import subprocess
import zipfile
from datetime import timedelta

import pikepdf
import pytest

from models import Event, Kind, PrintRun, db
from portal import clock
from portal.db import writing
from portal.domain import print_runs
from tests.conftest import RunningServer, free_port, wait_for
from tests.crowd import Person
from tests.factories import Shop, line


class ImpatientPrinter(RunningServer):
    module = "tests.impatient_printer"


@pytest.fixture
def server(data_dir):
    running = ImpatientPrinter(data_dir, free_port())
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


def test_while_many_are_printed_every_page_answers_and_the_bell_rings(open_shop, dana):
    id = ask(open_shop, many(open_shop, 10))
    while run_now(id).due_at:
        assert dana.get("/staff/invoices").status_code == 200
    assert run_now(id).file
    assert open_shop.count(Event, verb="print_moved") >= 10
