"""The page behind a link, in every state. Its words are tested in tests/customer_copy."""

from datetime import timedelta
from decimal import Decimal

import pytest

from models import Bell
from portal import clock
from portal.db import writing
from portal.domain import parts, signatures, timeline
from portal.domain import staff as people
from tests.bad_input import STRANGE
from tests.factories import PICTURE, local
from tests.pages import Page, read

NOW = local("2026-11-22 09:00")
WAYS = {
    "scheduled": (),
    "on_the_way": ("set_off",),
    "in_progress": ("start",),
    "completed": ("start", "complete"),
    "cancelled": ("cancel",),
    "between two visits": ("start", "finish_visit"),
}
HEADLINES = {
    "scheduled": "Theo is coming today between 10 and noon",
    "on_the_way": "Theo is on the way",
    "in_progress": "Theo is on the job",
    "completed": "All done",
    "cancelled": "This visit was cancelled",
    "between two visits": "We’ll be back",
}


@pytest.fixture(autouse=True)
def _sunday_morning():
    with clock.stopped_at(NOW):
        yield


@pytest.fixture
def job(shop):
    return shop.work_order("Carol Cruz", title="Water heater", starts_at=NOW + timedelta(hours=1))


def page_of(shop, job) -> Page:
    return read(shop.app.test_client().get(shop.path(job)))


def fill(shop, job) -> None:
    """Give the job everything that a page can show."""
    shop.do(parts.add, job, name="Copper pipe", quantity=Decimal("2.5"), unit="m")
    shop.photo(job, caption="Before")
    shop.photo(job)
    shop.do(signatures.sign, job, name="Carol Cruz", path="M1 1L20 20")
    shop.visit(job, NOW + timedelta(days=2))
    with writing():
        shop.theo.photo = shop.app.extensions["storage"].put(PICTURE, "webp")


@pytest.mark.parametrize("state", WAYS)
def test_the_page_of_each_state_with_everything_on_it(shop, job, state):
    fill(shop, job)
    shop.steps(job, *WAYS[state])
    page = page_of(shop, job)

    next_visit = "Theo is coming Tuesday between 9 and 11 am"
    assert page.h1 == (next_visit if state == "between two visits" else HEADLINES[state])
    assert "Work order 1001" in page.words("status")
    assert "Copper pipe × 2.5 m" in page.words("parts")
    assert "Before" in page.words("photos")
    assert "Signed by Carol Cruz on Sunday, November 22 at 9:00 am" in page.words("signature")


@pytest.mark.parametrize("state", WAYS)
def test_the_page_of_each_state_with_nothing_on_it(shop, job, state):
    shop.steps(job, *WAYS[state])
    page = page_of(shop, job)
    assert page.h1 == HEADLINES[state]
    assert [page.find(id) for id in ("parts", "photos", "signature", "later-visits")] == [None] * 4


@pytest.mark.parametrize(
    ("state", "stages"),
    [
        ("scheduled", [("Scheduled", "step"), ("In Progress", None), ("Completed", None)]),
        ("on_the_way", [("Scheduled", "step"), ("In Progress", None), ("Completed", None)]),
        ("in_progress", [("Scheduled", None), ("In Progress", "step"), ("Completed", None)]),
        ("completed", [("Scheduled", None), ("In Progress", None), ("Completed", "step")]),
        ("cancelled", []),
    ],
)
def test_the_tracker_marks_where_it_stands(shop, job, state, stages):
    shop.steps(job, *WAYS[state])
    shown = [item for item in page_of(shop, job).all("li") if "stage" in (item.get("class") or "").split()]
    assert [(item.find("b").text, item.get("aria-current")) for item in shown] == stages


def test_it_says_who_comes_when_where_and_whom_to_call(shop, job):
    page = page_of(shop, job)
    assert "Theo Tran Your technician" in page.words("status")
    assert "When Sunday, November 22 10:00 am – 12:00 noon" in page.words("facts")
    assert "Where 48 Alder Street Portland" in page.words("facts")
    assert "Questions? Call us (503) 555-0142" in page.words("facts")
    assert page.all("a", href="tel:5035550142")


def test_a_face_is_shown_where_there_is_one_and_initials_otherwise(shop, job):
    assert "TT" in page_of(shop, job).words("status")
    with writing():
        people.set_photo(shop.theo, shop.app.extensions["storage"].put(PICTURE, "webp"))
    page = page_of(shop, job)
    assert page.all("img", alt="Photo of Theo Tran")
    assert "TT" not in page.words("status").split()


def test_without_a_technician_nobody_is_shown(shop):
    job = shop.work_order(technician="", starts_at=NOW)
    assert "Your technician" not in page_of(shop, job).words()


def test_without_a_time_it_does_not_invent_one(shop, job):
    with writing():
        job.visits[0].starts_at = job.visits[0].ends_at = None
    page = page_of(shop, job)
    assert "When We’ll show the time as soon as it’s set" in page.words("facts")
    assert "Add to calendar" not in page.words()


def test_a_shop_without_a_phone_offers_no_call(shop, job):
    with writing():
        shop.profile.phone = ""
    for way in ((), ("cancel",)):
        shop.steps(job, *way)
        page = page_of(shop, job)
        assert [a for a in page.all("a") if (a.get("href") or "").startswith("tel:")] == []
        assert "Questions? Call us" not in page.words()


def test_a_cancelled_job_shows_what_was_booked_and_two_ways_on(shop, job):
    shop.steps(job, "cancel")
    page = page_of(shop, job)
    assert "Was booked for Sunday, November 22" in page.words("facts")
    assert "Cancelled" in page.words("status")
    assert "Ask for a new time" in page.words("status")
    assert "Your technician" not in page.words()
    assert page.find("bar") is None


def test_a_late_job_says_so_only_where_the_shop_wants_it(shop, job):
    with writing():
        shop.profile.says_late = True
    with clock.stopped_at(NOW + timedelta(hours=4)):
        assert page_of(shop, job).h1 == "We’re running late"


def test_visits_before_and_after_stand_in_their_own_cards(shop, job):
    shop.steps(job, "start", "finish_visit")
    shop.visit(job, NOW + timedelta(days=2))
    shop.visit(job, NOW + timedelta(days=4), technician="")
    page = page_of(shop, job)
    assert page.words("earlier-visits") == "Earlier visits Sunday, November 22 10:00 am – 12:00 noon · Theo Tran Done"
    assert page.words("later-visits").startswith("Next visits Thursday, November 26")


def test_a_typed_signature_is_shown_as_a_name(shop, job):
    shop.do(signatures.sign, job, name="Carol Cruz", path="")
    page = page_of(shop, job)
    assert "Carol Cruz" in page.words("signature")
    assert "<path d=" not in page.html.split('id="signature"')[1].split("</section>")[0]


def test_a_link_preview_tells_nothing_of_the_job(shop, job):
    page = page_of(shop, job)
    head = page.html.split("</head>")[0]
    told = [meta.get("content") for meta in page.all("meta") if (meta.get("property") or "").startswith("og:")]
    assert told == [
        "Your job with Brightwater Plumbing",
        "Follow your job with Brightwater Plumbing.",
        "Brightwater Plumbing",
    ]
    for secret in ("1001", "Carol", "Alder", "Theo", shop.token(job)):
        assert secret not in head


def test_the_window_is_titled_by_status_job_and_shop(shop, job):
    assert page_of(shop, job).title == "Scheduled – Water heater · Brightwater Plumbing"


def test_the_page_carries_its_version_and_when_its_words_change(shop, job):
    main = page_of(shop, job).find("main")
    assert main.get("data-version") == str(timeline.version("wo", job.id))
    assert main.get("data-changes-in") == str(3 * 3600 + 1)
    assert main.get("data-live") == shop.path(job, "/live")
    assert main.get("data-seen") == shop.path(job, "/seen")


def test_a_section_keeps_its_hash_until_it_changes(shop, job):
    before = {id: page_of(shop, job).find(id).get("data-hash") for id in ("status", "facts")}
    shop.steps(job, "start")
    after = {id: page_of(shop, job).find(id).get("data-hash") for id in ("status", "facts")}
    assert before["status"] != after["status"]
    shop.do(parts.add, job, name="Washer", quantity=Decimal(1))
    assert page_of(shop, job).find("status").get("data-hash") == after["status"]


def test_without_a_script_it_says_how_old_it_is(shop, job):
    assert "<noscript>Updated 9:00 am</noscript>" in page_of(shop, job).html


def test_the_words_of_a_revoked_link_wait_in_the_page(shop, job):
    page = page_of(shop, job)
    assert "This link has been revoked" not in page.words()
    assert "This link has been revoked" in page.html


def test_reading_needs_no_cookie_and_sets_none(shop, job):
    client = shop.app.test_client()
    for rest in ("", "/help", "/calendar.ics"):
        answer = client.get(shop.path(job, rest))
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_signed_in_member_of_staff_gets_the_very_same_page(shop, job):
    path = shop.path(job)
    assert shop.staff_client().get(path).text == shop.app.test_client().get(path).text


def test_whatever_the_shop_types_is_text(shop, job):
    theo = shop.theo
    for typed in STRANGE.values():
        with writing():
            profile = shop.profile
            profile.name = profile.trade = profile.street = profile.answer_hours = typed
            profile.licence = typed[:80]
            job.title = job.street = job.locality = theo.name = job.customer.name = typed
            timeline.note(job, "edited", by=shop.dana, bell=Bell.RING)
        page = page_of(shop, job)
        assert [script.text for script in page.all("script") if script.text] == []
        assert " ".join(typed.split()) in page.words("facts")


def test_a_token_typed_in_capitals_opens_the_same_page(shop, job):
    assert read(shop.app.test_client().get(f"/portal/wo/{shop.token(job).upper()}")).h1 == HEADLINES["scheduled"]


def test_it_tells_nothing_of_the_office(shop, job):
    with writing():
        shop.theo.phone, job.internal_notes, job.customer.notes = "503 555 0777", "Dog bites", "Pays late"
        job.customer.email = "carol@home.example"
    html = page_of(shop, job).html
    for secret in (
        "503 555 0777",
        "Dog bites",
        "Pays late",
        "carol@home.example",
        "@shop.example",
        "555-0188",
        "Carol",
    ):
        assert secret not in html
