"""The pages of who did what when."""

import ast
from pathlib import Path

import pytest

import portal
from models import Event
from portal import clock
from portal.db import writing
from portal.domain import activity, customers, messages, timeline, work_orders
from portal.domain import staff as people
from portal.staff.event_words import event_words
from tests.factories import local
from tests.pages import read

PATH = "/staff/activity"


@pytest.fixture
def job(shop):
    return shop.work_order("Carol Cruz", title="Kitchen tap")


def test_the_page_says_who_what_when_and_about_which_record(shop, job):
    with clock.stopped_at(local("2026-11-22 10:04")):
        shop.do(work_orders.start, job, by=shop.theo)
    page = read(shop.staff_client("Olive").get(PATH))
    for words in ("Theo Tran started the job", "10:04 am", "Sunday, November 22", "Kitchen tap – work order 1"):
        assert words in page.words("main")
    assert page.all("a", href=f"/staff/work-orders/{job.id}")


def test_the_office_is_not_offered_what_it_may_not_read(shop, job):
    with writing():
        people.set_password(shop.theo, "x")
    page = read(shop.staff_client("Dana").get(PATH))
    assert "password" not in page.words("main")
    assert "People" not in page.words("main")
    assert "Theo Tran chose a new password" in read(shop.staff_client("Olive").get(PATH)).words("main")


def test_a_filter_keeps_what_was_chosen_and_the_next_page_keeps_the_filter(shop):
    shop.many(60, starts_at=clock.now())
    office = shop.staff_client()
    first = read(office.get(f"{PATH}?who={shop.dana.id}&about=jobs&since=2020-01-01"), 422)
    assert first.error("since") == "Check the year."
    today = clock.today(shop.profile.time_zone).isoformat()
    first = read(office.get(f"{PATH}?who={shop.dana.id}&about=jobs&since={today}"))
    assert (first.kept("who"), first.kept("about"), first.kept("since")) == (str(shop.dana.id), "jobs", today)
    pages = [first]
    while more := [a.get("href") for a in pages[-1].all("a") if a.text == "Show more"]:
        assert f"who={shop.dana.id}" in more[0]
        pages.append(read(office.get(more[0])))
    assert [len(page.all("li")) - 0 for page in pages] == [50, 50, 20]


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("since=tomorrow", "since", "Not a valid date value."),
        ("until=0202-01-01", "until", "Check the year."),
        ("since=2026-11-22&until=2026-11-21", "until", "The last day is before the first."),
    ],
)
def test_a_day_that_cannot_be_meant_is_said_beside_its_field(shop, job, query, field, words):
    page = read(shop.staff_client().get(f"{PATH}?{query}"), 422)
    assert page.error(field) == words
    assert page.title.startswith("Error: ")


@pytest.mark.parametrize(
    "query",
    ["who=x", "who=%00", "about=x", "before=x", "before=1.x", f"before={'9' * 18}.{'9' * 18}", "before=²", "who="],
)
def test_a_mistyped_address_is_no_trouble(shop, job, query):
    assert read(shop.staff_client().get(f"{PATH}?{query}")).h1 == "Activity"


@pytest.mark.parametrize("query", ["job=999", "customer=999", "job=x", "customer=9999999999999"])
def test_a_record_that_is_not_there_is_not_found(shop, job, query):
    read(shop.staff_client().get(f"{PATH}?{query}"), 404)


def test_each_records_page_leads_to_all_of_its_activity(shop, job):
    card = {name: getattr(job.customer, name) for name in customers.CARD} | {"phone": "555 0100"}
    shop.do(lambda customer, by: customers.edit(customer, card, seen=1, by=by), job.customer)
    shop.work_order("Mallory May", title="Gas line")
    office = shop.staff_client()

    page = read(office.get(f"/staff/customers/{job.customer_id}"))
    assert "Dana changed a customer’s card" in page.words()
    for path, link in {
        f"/staff/customers/{job.customer_id}": f"{PATH}?customer={job.customer_id}",
        f"/staff/work-orders/{job.id}": f"{PATH}?job={job.id}",
    }.items():
        assert read(office.get(path)).all("a", href=link), path
        words = read(office.get(link)).words("main")
        assert "Kitchen tap" in words
        assert "Gas line" not in words


def test_a_technicians_job_leads_to_all_of_its_own_activity_only(shop, job):
    shop.steps(job, "set_off", "start", "finish_visit", "start", "finish_visit", "start", "complete")
    page = read(shop.staff_client("Theo").get(f"/staff/work-orders/{job.id}"))
    assert page.all("a", href=f"/staff/work-orders/{job.id}?all=1#activity-title")
    assert not [a for a in page.all("a") if PATH in a.get("href", "")]


def test_a_message_leads_to_where_it_stands(shop, job):
    left = shop.message(job, "A secret of Carol's")
    shop.do(messages.assign, left, person=shop.theo)
    page = read(shop.staff_client().get(f"{PATH}?about=messages"))
    assert "Dana Diaz gave the message to Theo Tran" in page.words()
    assert "secret" not in page.words()
    assert len(page.all("a", href=f"/staff/messages/{left.id}")) == 2


def test_nothing_found_says_so(shop, job):
    page = read(shop.staff_client().get(f"{PATH}?who={shop.theo.id}"))
    assert "Nothing like that happened" in page.words()


# --- words --------------------------------------------------------------------------------------------------------


NOTE_OTHERWISE = ("postman.py", "printer.py")  # their _note is how a mail or a print run fared


def verbs_of_the_source() -> set[str]:
    """Every verb that any code leaves: the first word among the arguments of note, note_shop and what calls them."""
    found = set()
    files = [path for path in Path(portal.__file__).parent.rglob("*.py") if path.name not in NOTE_OTHERWISE]
    for path in files:
        for call in ast.walk(ast.parse(path.read_text())):
            name = getattr(getattr(call, "func", None), "attr", getattr(getattr(call, "func", None), "id", ""))
            if isinstance(call, ast.Call) and name in ("note", "note_shop", "_note", "_move"):
                for argument in call.args[:3]:
                    both = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
                    found |= {a.value for a in both if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return found


def test_the_source_is_read_right():
    found = verbs_of_the_source()
    assert {"booked", "visit_moved", "visit_reassigned", "completed", "message_left", "customer_edited"} <= found
    assert len(found) > 25


def said_of(verb: str, kind: str, person) -> str:
    return event_words(Event(kind=kind, verb=verb, staff=person, details={"to": "x"}))


def test_every_verb_that_any_code_leaves_has_words_of_its_own(app, shop):
    with app.test_request_context():
        general, machines = (event_words(Event(verb="made_up", staff=who, details={})) for who in (shop.dana, None))
        cases = [(kind, who) for who in (shop.dana, None) for kind in ("wo", "quote", "invoice")]
        told = {v: [said_of(v, kind, who) for kind, who in cases] for v in verbs_of_the_source()}
        said = {v: next((w for w in each if w not in (general, machines)), general) for v, each in told.items()}
    customers_own = {"opened", "message_left", "link_mail_failed", "way_in_mailed"}  # or the machine's
    assert {verb for verb, words in said.items() if words == general} - customers_own - set(activity.UNSAID) == set()
    assert len(set(said.values())) >= len(said) - len(customers_own) - len(activity.UNSAID)


def test_a_verb_of_another_version_breaks_no_page(shop, job):
    with writing():
        for by in (shop.dana, None):
            timeline.note(job, "teleported", by=by)
            timeline.note_shop("teleported", by=by)
    for path in (PATH, f"/staff/work-orders/{job.id}"):
        words = read(shop.staff_client("Olive").get(path)).words("main")
        assert "made a change" in words
        assert "Changed by the shop’s computer" in words
