from datetime import timedelta

import pytest

from models import Event, Kind, PrintRun, db
from portal import clock
from portal.db import writing
from portal.domain import print_runs
from portal.domain.refusals import Incomplete, TooMany

LEASE = timedelta(minutes=2)


def ask(shop, *records, **values) -> PrintRun:
    return shop.do(print_runs.ask, Kind.INVOICE, ids=[record.id for record in records], **{"is_zip": False} | values)


def claimed(verb=print_runs.claim, *words):
    with writing():
        return verb(*words or (LEASE,))


def change(run: PrintRun, verb, *words, **values) -> PrintRun:
    with writing():
        verb(print_runs.claimed(run.id, run.tries), *words, **values)
    return run


def test_what_was_asked_for_is_printed_in_that_order_and_once(shop):
    first, second = shop.invoice(), shop.invoice(is_issued=True)
    run = shop.do(print_runs.ask, Kind.INVOICE, ids=[second.id, first.id, second.id, 99_999], is_zip=True)
    assert (run.record_ids, run.is_zip, run.done) == ([second.id, first.id], True, 0)
    assert print_runs.records(run) == [second, first]


def test_a_run_has_something_to_print_and_not_more_than_a_machine_can_take(shop):
    invoice = shop.invoice()
    for ids, refusal in (([], Incomplete), ([99_999], Incomplete), (range(1, 202), TooMany)):
        with pytest.raises(refusal):
            shop.do(print_runs.ask, Kind.INVOICE, ids=ids, is_zip=False)
    assert shop.count(PrintRun) == 0
    assert ask(shop, invoice).due_at <= clock.now()


def test_only_who_asked_for_a_run_finds_it(shop):
    run = ask(shop, shop.invoice())
    assert print_runs.of(run.id, shop.dana) == run
    assert print_runs.of(run.id, shop.person("Olive")) is None


def test_a_claim_is_one_process_alone_until_it_ends(shop):
    run = ask(shop, shop.invoice())
    assert claimed() == run
    assert claimed() is None
    with writing():
        run.due_at = clock.now() - timedelta(seconds=1)  # whoever had it is dead
    assert claimed() == run
    assert run.tries == 2
    with writing():
        assert print_runs.claimed(run.id, 1) is None, "who lost it must not go on"
        assert print_runs.claimed(run.id, 2) == run


def test_every_document_keeps_the_claim_alive_and_is_told_to_open_pages_now_and_then(shop):
    run = ask(shop, *(shop.invoice() for _ in range(20)))
    claimed()
    before = run.due_at
    for _ in range(20):
        change(run, print_runs.moved, LEASE)
    assert run.done == 20
    assert run.due_at > before
    assert shop.count(Event, verb="print_moved") == print_runs.STEPS


def test_whoever_still_waits_keeps_the_claim_alive_and_tells_nobody(shop):
    run = ask(shop, shop.invoice())
    claimed(print_runs.claim, timedelta(seconds=1))
    change(run, print_runs.hold, LEASE)
    assert run.due_at > clock.now() + LEASE / 2
    assert (run.done, shop.count(Event, verb="print_moved")) == (0, 0)


def test_a_finished_run_has_its_file_and_says_what_is_not_in_it(shop):
    invoices = [shop.invoice() for _ in range(3)]
    run = ask(shop, *invoices)
    claimed()
    change(run, print_runs.finish, "ab.pdf", left_out=[invoices[1].id])
    assert (run.file, run.done, run.due_at) == ("ab.pdf", 3, None)
    assert print_runs.left_out(run) == [invoices[1]]
    assert claimed() is None


def test_of_many_left_out_as_many_are_named_as_fit(shop):
    run = ask(shop, shop.invoice())
    claimed()
    change(run, print_runs.finish, "ab.pdf", left_out=range(1_000_000, 1_000_100))
    assert len(run.trouble) <= 40
    assert run.trouble.split()[0] == "1000000"


def test_what_fails_is_tried_three_times(shop):
    run = ask(shop, shop.invoice())
    for _ in range(print_runs.TRIES):
        with writing():
            run.due_at = clock.now()
        claimed()
        change(run, print_runs.put_off, timedelta(seconds=20))
    assert (run.due_at, run.trouble, run.file) == (None, "failed", "")
    assert print_runs.left_out(run) == []


def test_who_has_to_stop_hands_the_run_back(shop):
    run = ask(shop, shop.invoice())
    claimed()
    change(run, print_runs.hand_back)
    assert claimed() == run
    assert run.tries == 1


def test_runs_of_yesterday_are_struck_out_and_their_files_named(shop):
    old, new = ask(shop, shop.invoice()), ask(shop, shop.invoice())
    with writing():
        old.created_at, old.file, new.file = clock.now() - timedelta(hours=25), "old.pdf", "new.pdf"
    with writing():
        assert print_runs.forget_old() == ["old.pdf"]
    assert db.session.scalars(db.select(PrintRun)).all() == [new]
