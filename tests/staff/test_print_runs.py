import pytest
from sqlalchemy import event

from models import Kind, PrintRun, db
from portal.db import writing
from portal.domain import print_runs
from tests.factories import press
from tests.pages import read

RUNS = "/staff/print-runs"


@pytest.fixture
def dana(shop):
    return shop.staff_client("Dana")


def newest(shop) -> PrintRun:
    db.session.rollback()
    return db.session.scalars(db.select(PrintRun).order_by(PrintRun.id.desc())).first()


def test_the_list_turns_into_one_to_tick(shop, dana):
    invoices = [shop.invoice(is_issued=True) for _ in range(3)]
    (link,) = [a for a in read(dana.get("/staff/invoices")).all("a") if "print=1" in a.get("href", "")]
    page = read(dana.get(link.get("href")))
    boxes = page.all("input", type="checkbox", name="id")
    assert {int(box.get("value")) for box in boxes} == {invoice.id for invoice in invoices}
    assert "All of this list (3)" in page.words()


@pytest.mark.parametrize("kind", ["quotes", "invoices"])
def test_what_could_be_printed_is_counted_when_somebody_prints_and_by_its_numbers_alone(shop, dana, kind):
    for _ in range(3):
        shop.quote(is_sent=True) if kind == "quotes" else shop.invoice(is_issued=True)

    def asked(query: str) -> list[str]:
        heard = []
        listen = (db.engine, "before_cursor_execute", lambda *args: heard.append(args[2]))
        event.listen(*listen)
        assert "Carol Cruz" in read(dana.get(f"/staff/{kind}?{query}")).words()
        event.remove(*listen)
        return heard

    printing = asked("q=carol&print=1")
    assert len(printing) == len(asked("q=carol")) + 1
    assert len([one for one in printing if "FROM line" in one]) == 1
    assert "All of this list (3)" in read(dana.get(f"/staff/{kind}?q=carol&print=1")).words()


def test_what_is_ticked_becomes_one_run_with_a_page_of_its_own(shop, dana):
    first, _second, third = [shop.invoice(is_issued=True) for _ in range(3)]
    answer = press(dana, RUNS, {"kind": "invoices", "id": [third.id, first.id], "as": "pdf"})
    run = newest(shop)
    assert (run.kind, run.record_ids, run.is_zip) == (Kind.INVOICE, [third.id, first.id], False)
    assert answer.location == f"{RUNS}/{run.id}"
    page = read(dana.get(answer.location))
    assert page.h1 == "Printing 2 invoices"
    assert "0 of 2 are ready" in page.words("print-run")
    assert "Dana Diaz printed 2 documents" in read(shop.staff_client("Olive").get("/staff/activity")).words()


def test_all_of_a_list_is_all_of_its_pages_and_of_no_other(shop, dana):
    due = [shop.invoice(is_issued=True) for _ in range(2)]
    shop.invoice()
    press(dana, RUNS, {"kind": "invoices", "tab": "due", "all": "1", "as": "zip"})
    run = newest(shop)
    assert (set(run.record_ids), run.is_zip) == ({invoice.id for invoice in due}, True)
    shop.quote("Mallory Moss", title="Gutter")
    wanted = shop.quote(title="Boiler")
    press(dana, RUNS, {"kind": "quotes", "q": "boiler", "all": "1", "as": "pdf"})
    assert (newest(shop).kind, newest(shop).record_ids) == (Kind.QUOTE, [wanted.id])


def test_nothing_ticked_and_too_much_are_said_on_the_list(shop, dana):
    answer = press(dana, RUNS, {"kind": "quotes", "tab": "drafts", "as": "pdf"})
    assert answer.location == "/staff/quotes?tab=drafts&print=1"
    assert "Nothing was ticked." in read(dana.get(answer.location)).words()
    answer = press(dana, RUNS, {"kind": "quotes", "id": list(range(1, 202)), "as": "pdf"})
    assert "more than 200" in read(dana.get(answer.location)).words()
    assert shop.count(PrintRun) == 0


@pytest.mark.parametrize("form", [{}, {"kind": "jobs", "id": "x"}, {"id": ["-1", "9" * 30, "1; DROP"], "as": "exe"}])
def test_nonsense_prints_nothing(shop, dana, form):
    shop.invoice()
    assert press(dana, RUNS, form).status_code == 303
    assert shop.count(PrintRun) == 0


def test_nobody_fetches_what_another_had_printed(shop, dana):
    run = shop.do(print_runs.ask, Kind.INVOICE, ids=[shop.invoice().id], is_zip=False)
    olive = shop.staff_client("Olive")
    for rest in ("", "/news", "/file"):
        assert dana.get(f"{RUNS}/{run.id}{rest}").status_code in (200, 303)
        assert olive.get(f"{RUNS}/{run.id}{rest}").status_code == 404


def test_a_file_that_is_gone_is_said_to_be(shop, dana):
    run = shop.do(print_runs.ask, Kind.INVOICE, ids=[shop.invoice().id], is_zip=False)
    with writing():
        run.file, run.due_at = "0" * 32 + ".pdf", None
    assert "Print them once more" in read(dana.get(f"{RUNS}/{run.id}")).words("print-run")
    assert dana.get(f"{RUNS}/{run.id}/file").location == f"{RUNS}/{run.id}"


@pytest.mark.parametrize(
    ("trouble", "words"),
    [("no_room", "no room left"), ("too_long", "too large for one file"), ("failed", "could not be printed")],
)
def test_a_run_that_came_to_nothing_says_why(shop, dana, trouble, words):
    run = shop.do(print_runs.ask, Kind.INVOICE, ids=[shop.invoice().id], is_zip=False)
    with writing():
        print_runs.give_up(run, trouble)
    assert words in read(dana.get(f"{RUNS}/{run.id}")).words("print-run")


def test_what_an_open_page_fetches_is_the_piece_that_it_has(shop, dana):
    run = shop.do(print_runs.ask, Kind.INVOICE, ids=[shop.invoice().id], is_zip=False)
    page, news = read(dana.get(f"{RUNS}/{run.id}")), dana.get(f"{RUNS}/{run.id}/news").text
    assert page.find("print-run") is not None
    piece = news[news.index('<section class="card form-card" id="print-run">') :].strip()
    assert piece in page.html
    assert page.all("nav", **{"data-news": f"{RUNS}/{run.id}/news"})
