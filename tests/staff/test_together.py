"""Several people at once, at the real server: nothing fails, nothing is lost, nothing happens twice."""

import shutil
from functools import partial

import pytest

from models import Customer, Link, Message, Status, WorkOrder, db
from portal.db import writing
from portal.domain import staff as people
from tests.conftest import RunningServer, free_port
from tests.crowd import Person, at_once
from tests.factories import Shop, csrf_of
from tests.staff.forms import CUSTOMER, SITE


@pytest.fixture(scope="module")
def shop(empty_database, tmp_path_factory):
    """One shop and one server for all the crowds of this file."""
    folder = tmp_path_factory.mktemp("together")
    shutil.copy(empty_database, folder / "porchlight.db")
    server = RunningServer(folder, free_port())
    app = server.app()
    with app.app_context():
        shop = Shop(app)
        shop.url = server.url
        yield shop
        db.session.remove()
        db.engine.dispose()
    server.kill()


@pytest.fixture(scope="module")
def dana(shop) -> Person:
    return Person(shop.url, "Dana")


@pytest.fixture(scope="module")
def theo(shop) -> Person:
    return Person(shop.url, "Theo")


def codes(answers) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def test_twenty_taps_on_share_make_one_link_and_give_one_url(shop, dana, theo):
    job = shop.work_order()
    path = f"/staff/work-orders/{job.id}/share"
    people = [person.twin() for person in (dana, theo) for _ in range(10)]

    answers = at_once(*(partial(person.press, path, Accept="application/json") for person in people))

    assert codes(answers) == [200] * 20
    urls = {answer.json()["url"] for answer in answers}
    assert urls == {f"{shop.url}{shop.path(job)}"}
    assert shop.count(Link, record_id=job.id) == 1
    assert shop.verbs(job).count("shared") == 1


def test_two_who_press_start_at_once_start_the_job_once(shop, dana, theo):
    job = shop.work_order()
    path = f"/staff/work-orders/{job.id}"

    answers = at_once(*(partial(person.twin().press, f"{path}/start") for person in (dana, theo)))

    assert codes(answers) == [303, 303]
    assert shop.again(job).status is Status.IN_PROGRESS
    assert shop.verbs(job).count("started") == 1
    told = [cookies_page(person, answer, path) for person, answer in zip((dana, theo), answers, strict=True)]
    assert sorted("nothing was done" in page for page in told) == [False, True]
    assert sorted("Started. The customer" in page for page in told) == [False, True]


def cookies_page(person: Person, answer, path: str) -> str:
    """The page that follows a press, with the word that the press left in its cookie."""
    twin = person.twin()
    twin.session.cookies.update(answer.cookies)
    return twin.get(path).text


def test_start_and_cancel_at_once_end_in_one_clear_state(shop, dana, theo):
    jobs = [shop.work_order() for _ in range(5)]
    presses = [
        partial(person.twin().press, f"/staff/work-orders/{job.id}/{verb}")
        for job in jobs
        for person, verb in ((theo, "complete"), (dana, "cancel"))
    ]
    for job in jobs:
        shop.steps(job, "start")

    answers = at_once(*presses)

    assert codes(answers) == [303] * 10
    for job in jobs:
        happened = shop.verbs(job)[-1]
        assert shop.again(job).status.value == happened
        assert {"completed", "cancelled"} & set(shop.verbs(job)) == {happened}


def test_thirty_presses_and_messages_over_six_jobs_are_all_kept(shop, dana, theo):
    jobs = [shop.work_order() for _ in range(6)]
    paths = {job: shop.path(job, "/help") for job in jobs}
    calls = []
    for job in jobs:
        path = f"/staff/work-orders/{job.id}"
        calls += [
            partial(theo.twin().press, f"{path}/start"),
            partial(theo.twin().press, f"{path}/parts", {"name": "Washer", "quantity": "2"}),
            partial(dana.twin().press, f"{path}/notes", {"notes": f"Note on {job.number}", "seen": "1"}),
            partial(Person(shop.url).press, paths[job], {"message": f"First on {job.number}"}),
            partial(Person(shop.url).press, paths[job], {"message": f"Second on {job.number}"}),
        ]
    assert len(calls) == 30

    answers = at_once(*calls)

    assert codes(answers) == [303] * 30
    for job in jobs:
        assert shop.again(job).status is Status.IN_PROGRESS
        assert [part.name for part in job.parts] == ["Washer"]
        assert job.internal_notes == f"Note on {job.number}"
        bodies = [message.body for message in db.session.query(Message).filter_by(work_order_id=job.id)]
        assert sorted(bodies) == [f"First on {job.number}", f"Second on {job.number}"]
        assert {"started", "part_added", "notes_edited"} <= set(shop.verbs(job))


def test_ten_messages_through_one_link_at_once_pass_the_throttle_five_times(shop):
    job = shop.work_order()
    path = shop.path(job, "/help")

    answers = at_once(*(partial(Person(shop.url).press, path, {"message": f"Message {n}"}) for n in range(10)))

    assert codes(answers) == [303] * 5 + [429] * 5
    assert shop.count(Message, work_order_id=job.id) == 5


def test_of_two_who_save_the_notes_at_once_one_is_told(shop, dana, theo):
    job = shop.work_order()
    path = f"/staff/work-orders/{job.id}/notes"

    answers = at_once(
        *(partial(person.twin().press, path, {"notes": f"{n}", "seen": "1"}) for n, person in enumerate((dana, theo)))
    )

    assert codes(answers) == [303, 409]
    winner = [answer.status_code for answer in answers].index(303)
    assert shop.again(job).internal_notes == str(winner)
    assert job.edition == 2


def test_of_ten_who_edit_a_job_at_once_nine_are_told(shop, dana):
    job = shop.work_order("Edith East", **SITE)
    form = SITE | {"customer_name": "Edith East", "customer_id": str(job.customer_id), "seen": "1"}
    path = f"/staff/work-orders/{job.id}/edit"

    answers = at_once(*(partial(dana.twin().press, path, form | {"title": f"Title {n}"}) for n in range(10)))

    assert codes(answers) == [303] + [409] * 9
    winner = [answer.status_code for answer in answers].index(303)
    assert (shop.again(job).title, job.edition) == (f"Title {winner}", 2)


def test_twenty_bookings_at_once_get_twenty_numbers_in_a_row(shop, dana):
    last = shop.work_order().number
    form = SITE | CUSTOMER | {"date": "", "from_time": "", "to_time": "", "technician_id": ""}
    calls = [
        partial(dana.twin().press, "/staff/work-orders/new", form | {"customer_name": f"Caller {n}"}) for n in range(20)
    ]

    assert codes(at_once(*calls)) == [303] * 20

    db.session.rollback()
    numbers = [job.number for job in db.session.query(WorkOrder).filter(WorkOrder.number > last)]
    assert sorted(numbers) == list(range(last + 1, last + 21))
    assert shop.count(Customer, name="Caller 7") == 1


def test_a_sign_in_link_pressed_twice_at_once_signs_in_once(shop):
    with writing():
        path = f"/staff/sign-in/{people.sign_in_link(shop.theo)}"
    visitors = [Person(shop.url) for _ in range(4)]
    for visitor in visitors:
        visitor.csrf = csrf_of(visitor.get(path).text)

    answers = at_once(*(partial(visitor.press, path) for visitor in visitors))

    assert sorted(answer.headers["Location"] for answer in answers) == ["/staff/"] + [path] * 3
    assert sorted("sign-in" in visitor.get("/staff/me").url for visitor in visitors) == [False] + [True] * 3


def test_looks_at_once_count_as_one(shop):
    job = shop.work_order()
    path = shop.path(job, "/seen")
    answers = at_once(*(partial(Person(shop.url).press, path) for _ in range(10)))
    assert codes(answers) == [204] * 10
    assert shop.again(shop.link(job)).opened_count == 1
    assert shop.verbs(job).count("opened") == 1
