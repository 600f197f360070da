"""Every field of every form: what is wrong is said beside it, what was typed stays, what is only strange is kept."""

import io

import pytest

from models import Customer, Event
from tests.bad_input import DAYS, EDITIONS, EMAILS, PHONES, QUANTITIES, STRANGE, TIMES, UNTYPABLE
from tests.factories import press
from tests.pages import Page, read
from tests.staff.forms import FORMS

VISIT = {"date": "2026-11-24", "from_time": "10:00", "to_time": "12:00", "technician_id": ""}
VISIT_PATHS = {
    "new job": "/staff/work-orders/new",
    "new visit": "/staff/work-orders/{job}/visits/new",
    "edit visit": "/staff/work-orders/{job}/visits/{visit}",
}


@pytest.fixture
def job(shop):
    return shop.work_order("Carol Cruz")


@pytest.fixture
def send(shop, job):
    """POST a form by its name, with some fields changed; None leaves a field out."""
    clients = {}

    def send(name, /, **changes):
        form = FORMS[name]
        client = clients.setdefault(form.who, shop.staff_client(form.who))
        values = {field: value for field, value in (form.good | changes).items() if value is not None}
        return client, press(client, form.url(shop, job), values)

    return send


def assert_refused(answer, field: str, words: str = "") -> Page:
    """The page came back, says what is wrong beside `field` and on top, and its title warns."""
    page = read(answer, 422)
    assert page.error(field), f"nothing beside {field}"
    assert words in page.error(field)
    assert page.title.startswith("Error: ")
    assert page.error(field) in page.words("error-summary")
    return page


@pytest.mark.parametrize("name", FORMS)
def test_what_is_too_long_is_said_and_kept(shop, send, name):
    before = shop.count(Event)
    for field, most in FORMS[name].most.items():
        typed = f"{'a' * (most - 12)}@home.example" if "email" in field else "7" * (most + 1)

        _client, answer = send(name, **{field: typed})

        page = assert_refused(answer, field, f"Use at most {most} characters.")
        expected = FORMS[name].good | {field: typed}
        assert {field: page.kept(field) for field in expected} == expected
    assert shop.count(Event) == before


@pytest.mark.parametrize("name", FORMS)
def test_a_million_characters_are_refused_beside_the_field_too(send, name):
    for field in FORMS[name].most:
        _client, answer = send(name, **{field: "7" * 1_000_000})
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
        assert "7" * 1_000_000 in answer.text


def test_more_than_any_form_can_mean_is_refused_whole(send):
    _client, answer = send("notes", notes="7" * 3_000_000)
    assert read(answer, 413).h1 == "That was too much at once"


@pytest.mark.parametrize("name", [name for name in FORMS if FORMS[name].required])
def test_what_is_missing_is_asked_for(shop, send, name):
    before = shop.count(Event)
    for field, words in FORMS[name].required.items():
        for typed in ("", "   ", "\x00\t\r\n", None):
            _client, answer = send(name, **{field: typed})
            assert_refused(answer, field, words)
    assert shop.count(Event) == before


@pytest.mark.parametrize("name", [name for name in FORMS if FORMS[name].free])
def test_strange_text_is_kept_and_shown_as_typed(shop, job, send, name):
    form = FORMS[name]
    path, customers_page, seen = form.url(shop, job), shop.path(job), form.good.get("seen")
    for kind in STRANGE.values():
        typed = dict.fromkeys(form.free, kind)
        client, answer = send(name, **typed, **({"seen": seen} if seen else {}))
        assert answer.status_code == 303, answer.text

        page = read(client.get(form.again(path, answer.location)))
        assert {field: page.kept(field) for field in typed} == typed
        for shown in (f"/staff/work-orders/{job.id}", "/staff/?tab=upcoming", customers_page):
            assert [script.text for script in read(client.get(shown)).all("script") if script.text] == []
        seen = seen and page.kept("seen")


def test_a_part_of_a_strange_name_is_shown_as_typed_to_everybody(shop, job, send):
    customers_page = shop.path(job)
    for kind in STRANGE.values():
        client, answer = send("part", name=kind)
        words = " ".join(kind.split())
        assert words in read(client.get(answer.location)).words()
        assert words in read(client.get(customers_page)).words("parts")


@pytest.mark.parametrize(("name", "field"), [("new job", "title"), ("new customer", "street"), ("me", "name")])
def test_what_no_keyboard_types_is_left_out(shop, job, send, name, field):
    for typed, kept in UNTYPABLE.values():
        client, answer = send(name, **{field: typed}, **({"customer_id": "new"} if name == "new job" else {}))
        page = read(client.get(FORMS[name].again(FORMS[name].url(shop, job), answer.location)))
        assert page.kept(field) == kept


def test_paragraphs_stay_paragraphs(shop, job, send):
    client, _answer = send("notes", notes="Gate code 12\r\n\r\nDog\x00 bites\rRing twice")
    page = read(client.get(f"/staff/work-orders/{job.id}"))
    assert page.kept("notes") == "Gate code 12\n\nDog bites\nRing twice"


@pytest.mark.parametrize(
    ("name", "field"),
    [("new job", "customer_phone"), ("edit customer", "phone"), ("settings", "phone"), ("me", "phone")],
)
def test_a_phone_number_that_nobody_can_call_is_refused(shop, send, name, field):
    for phone in PHONES:
        _client, answer = send(name, **{field: phone})
        assert assert_refused(answer, field, "Enter a phone number").kept(field) == phone


@pytest.mark.parametrize(
    ("name", "field"),
    [("new job", "customer_email"), ("new customer", "email"), ("me", "email"), ("settings", "email")],
)
def test_an_address_that_is_sure_to_bounce_is_refused(shop, send, name, field):
    for email in EMAILS:
        _client, answer = send(name, **{field: email})
        assert assert_refused(answer, field, "like name@example.com").kept(field) == email


def test_a_quantity_that_cannot_be_is_refused(shop, job, send):
    for quantity in QUANTITIES:
        _client, answer = send("part", quantity=quantity)
        assert assert_refused(answer, "quantity").kept("quantity") == quantity
    assert shop.again(job).parts == []


def test_a_quantity_may_be_written_in_several_ways(shop, job, send):
    for typed, shown in (("1,5", "1.5"), ("", "1"), (" 2 ", "2"), ("1000000", "1,000,000"), ("0.0001", "0.0001")):
        client, _answer = send("part", quantity=typed, name=f"Part {shown}")
        assert f"Part {shown} × {shown}" in read(client.get(f"/staff/work-orders/{job.id}")).words()


@pytest.mark.parametrize(
    ("name", "field", "values"),
    [
        ("part", "unit", ["stone", "<b>"]),
        ("new job", "time_zone", ["Mars/Olympus", "../../etc/passwd", "", None]),
        ("new job", "technician_id", ["999", "²", "-1", "Theo"]),
        ("settings", "time_zone", ["<b>", "PST", ""]),
        ("settings", "locale", ["xx_XX", "de", "../en_US", "", None]),
        ("settings", "currency", ["XXX", "usd", "DEM", "$", "", None]),
        ("settings", "paper_size", ["a3", "A4", "<b>", "", None]),
        ("settings", "brand_color", ["red", "#12345", "#0f6f68;}body{display:none", "#0f6f68\n", "", None]),
    ],
)
def test_a_choice_that_was_not_offered_is_refused(send, name, field, values):
    for value in values:
        _client, answer = send(name, **{field: value})
        assert_refused(answer, field)


@pytest.mark.parametrize(("field", "values"), [("date", DAYS), ("from_time", TIMES), ("to_time", TIMES)])
def test_a_day_or_time_that_does_not_exist_is_refused(shop, job, field, values):
    office = shop.staff_client()
    before = shop.count(Event)
    for value in values:
        answer = press(office, f"/staff/work-orders/{job.id}/visits/new", VISIT | {field: value})
        assert assert_refused(answer, field).kept(field) == value
    assert shop.count(Event) == before


@pytest.mark.parametrize("name", VISIT_PATHS)
def test_a_window_needs_a_day_and_two_ends_in_order(shop, job, name):
    office = shop.staff_client()
    path = VISIT_PATHS[name].format(job=job.id, visit=job.visits[0].id)
    for changes, field, words in (
        ({"date": ""}, "date", "Choose the day."),
        ({"from_time": ""}, "from_time", "Write when the window begins."),
        ({"to_time": ""}, "to_time", "Write when the window ends."),
        ({"from_time": "", "to_time": ""}, "from_time", "Write when the window begins."),
        ({"from_time": "12:00", "to_time": "10:00"}, "to_time", "The window ends before it begins."),
        ({"from_time": "10:00", "to_time": "10:00"}, "to_time", "The window ends before it begins."),
        ({"date": "2062-11-24"}, "date", "Check the year."),
    ):
        typed = VISIT | changes
        answer = press(office, path, FORMS["new job"].good | {"seen": "1"} | typed)
        page = assert_refused(answer, field, words)
        assert {name: page.kept(name) for name in typed} == typed


@pytest.mark.parametrize("name", ["edit job", "edit customer", "notes", "settings"])
def test_a_form_that_does_not_say_which_edition_it_saw_overwrites_nothing(shop, send, name):
    before = shop.count(Event)
    for seen in (*EDITIONS, None):
        _client, answer = send(name, seen=seen)
        read(answer, 409)
    assert shop.count(Event) == before


def test_a_visit_form_that_does_not_say_which_edition_it_saw_overwrites_nothing(shop, job):
    office, visit = shop.staff_client(), job.visits[0]
    before = shop.count(Event)
    for seen in EDITIONS:
        read(press(office, f"/staff/work-orders/{job.id}/visits/{visit.id}", VISIT | {"seen": seen}), 409)
    assert shop.count(Event) == before


def test_a_customer_number_that_means_nobody_is_taken_for_none(shop, send):
    for index, number in enumerate(["²", "-1", "0", "x", "9" * 11, "9" * 400, "new ", "1; DROP TABLE customer"]):
        _client, answer = send("new job", customer_id=number, customer_name=f"Nora {index}")
        assert answer.status_code == 303
    assert shop.count(Customer, name="Nora 7") == 1


def test_a_file_where_text_belongs_breaks_nothing(shop, job):
    office = shop.staff_client()
    form = {"csrf_token": office.csrf, "notes": (io.BytesIO(b"Dog"), "notes.txt"), "seen": "1"}
    answer = office.post(f"/staff/work-orders/{job.id}/notes", data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert shop.again(job).internal_notes == ""
