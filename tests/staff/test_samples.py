"""Clear samples: what goes, what stays, and that nobody's page or session outlives it."""

import pytest

from models import Counter, Customer, Event, Link, Mail, Message, Part, Photo, Signature, Staff, Visit, WorkOrder, db
from portal import clock, demo
from portal.db import writing
from portal.domain import customers, links, numbers, samples, visits, work_orders
from portal.domain import shop as shops
from portal.domain import staff as people
from tests.factories import PASSWORD_HASH, ZONE, csrf_of, press
from tests.pages import read
from tests.records import everything

PAGE = "/staff/settings/samples"
OF_A_JOB = (WorkOrder, Visit, Part, Photo, Signature, Link, Message, Customer)


class Tour:
    """The sample shop after its owner has looked around and made it theirs."""

    def __init__(self, app):
        self.app = app
        demo.fill()
        self.files = stored(app)
        with writing():
            self.june.password_hash = PASSWORD_HASH
            shops.edit(shops.profile(), {"name": "Rivera Plumbing"}, seen=1, by=self.june)

    @property
    def june(self) -> Staff:
        return people.by_email("june@hartley.example")

    @property
    def marcus(self) -> Staff:
        return people.by_email("marcus@hartley.example")

    def client(self, person: Staff | None = None):
        with writing():
            path = f"/staff/sign-in/{people.sign_in_link(person or self.june)}"
        client = self.app.test_client()
        client.post(path, data={"csrf_token": csrf_of(client.get(path).text)})
        client.csrf = csrf_of(client.get("/staff/me").text)
        return client

    def book(self, customer: Customer | None = None, technician: Staff | None = None) -> WorkOrder:
        with writing():
            card = customer or customers.add(name="Carol Cruz")
            job = work_orders.book(card, title="Real", street="1 Way", locality="", time_zone=ZONE, by=self.june)
            visits.book(job, starts_at=None, ends_at=None, technician=technician, by=self.june)
        return job


@pytest.fixture
def tour(app) -> Tour:
    return Tour(app)


def stored(app) -> set[str]:
    folder = app.extensions["settings"].files_dir
    return {path.name for path in folder.rglob("*") if path.is_file()}


def count(model) -> int:
    db.session.rollback()
    return db.session.query(model).count()


def test_everything_that_came_with_the_tour_goes_and_the_owner_stays(app, tour):
    assert all(count(model) for model in OF_A_JOB)
    assert len(tour.files) > 8
    owner = tour.client()

    answer = press(owner, PAGE)

    assert (answer.status_code, answer.location) == (303, "/staff/")
    assert {model.__name__: count(model) for model in OF_A_JOB} == {model.__name__: 0 for model in OF_A_JOB}
    assert [person.name for person in db.session.query(Staff)] == ["June Hartley"]
    assert db.session.query(Event).filter_by(kind="wo").count() == 0
    assert shops.profile().name == "Rivera Plumbing"
    assert stored(app) == set()
    assert "The samples are gone." in read(owner.get("/staff/")).words()


def test_real_numbers_begin_at_the_first_one(tour):
    press(tour.client(), PAGE)
    db.session.rollback()
    assert tour.book().number == numbers.FIRST["work_order"]


def test_what_was_added_by_hand_stays(tour):
    job = tour.book()
    with writing():
        carla = people.add(name="Carla", email="carla@shop.example", role="technician")
    number, highest = job.number, count(WorkOrder)

    press(tour.client(), PAGE)

    assert count(WorkOrder) == 1 < highest
    assert db.session.query(WorkOrder).one().number == number
    assert db.session.query(Customer).one().name == "Carol Cruz"
    assert [event.verb for event in db.session.query(Event).filter_by(kind="wo")] == ["booked", "visit_booked"]
    assert db.session.get(Staff, carla.id).name == "Carla"
    assert tour.book().number == number + 1


def test_whoever_a_real_job_needs_stays(tour):
    sam = db.session.query(Customer).first()
    tour.book(sam, technician=tour.marcus)
    name = sam.name
    press(tour.client(), PAGE)
    assert count(Customer) == 1
    assert db.session.query(Customer).one().name == name
    assert {person.name for person in db.session.query(Staff)} == {"June Hartley", "Marcus Bell"}
    assert tour.marcus.archived_at is None


def test_a_sample_that_somebody_rewrote_stays(tour):
    job = db.session.query(WorkOrder).first()
    with writing():
        card = {name: getattr(job.customer, name) for name in customers.CARD}
        customers.edit(job.customer, card | {"name": "Carol Cruz"}, seen=1, by=tour.june)
    owner = tour.client()
    assert "Samples that somebody has rewritten: jobs 0, customers 1" in read(owner.get(PAGE)).words()
    press(owner, PAGE)
    assert (count(WorkOrder), count(Customer)) == (0, 1)


def test_samples_that_were_only_played_with_go(tour):
    job = db.session.query(WorkOrder).filter_by(status="scheduled").first()
    with writing():
        work_orders.start(job, by=tour.june)
        links.share(job, by=tour.june, keys=tour.app.extensions["settings"].link_keys)
    press(tour.client(), PAGE)
    assert count(WorkOrder) == 0


def test_sample_people_with_a_password_of_their_own_stay(tour):
    with writing():
        tour.marcus.password_hash = PASSWORD_HASH
    press(tour.client(), PAGE)
    assert count(Staff) == 2
    assert tour.marcus.archived_at is None


def test_sample_people_whom_the_log_names_are_archived(tour):
    with writing():
        people.edit_self(tour.marcus, name="Marcus B", phone="", email=tour.marcus.email)
    press(tour.client(), PAGE)
    assert count(Staff) == 2
    assert tour.marcus.archived_at is not None


def test_the_pages_behind_sample_links_close(app, tour):
    url = demo.links_to_show()[0][1].removeprefix("https://jobs.example.com")
    customer = app.test_client()
    assert customer.get(url).status_code == 200
    link = db.session.query(Link).filter(Link.revoked_at.is_(None)).first()
    viewers = app.extensions["viewers"]
    viewer = viewers.hold(f"wo:{link.record_id}", key=link.id, address="")
    events = viewer.events(0)
    next(events)

    press(tour.client(), PAGE)

    assert b"gone" in b"".join(events)
    assert customer.get(url).status_code == 404


def test_nobody_is_signed_in_afterwards_but_the_owner_here(tour):
    owner, elsewhere, marcus = tour.client(), tour.client(), tour.client(tour.marcus)
    old = owner.csrf
    assert marcus.get("/staff/").status_code == elsewhere.get("/staff/").status_code == 200
    press(owner, PAGE)
    assert owner.get("/staff/").status_code == 200
    assert elsewhere.get("/staff/").status_code == marcus.get("/staff/").status_code == 302
    job = tour.book()
    # A page of a sample that was left open in a tab must not act on the job that got its number.
    answer = owner.post(f"/staff/work-orders/{job.id}/start", data={"csrf_token": old})
    assert answer.status_code == 400


def test_a_sample_persons_session_is_not_that_of_who_gets_the_number_next(tour):
    marcus = tour.client(tour.marcus)
    ids = {person.id for person in db.session.query(Staff)}
    press(tour.client(), PAGE)
    with writing():
        for number in range(5):
            people.add(name=f"New {number}", email=f"new{number}@shop.example", role="technician")
    assert ids & {person.id for person in db.session.query(Staff)}
    assert marcus.get("/staff/").status_code == 302


def test_it_is_asked_first_in_plain_words(tour):
    page = read(tour.client().get(PAGE))
    assert page.h1 == "Clear the samples?"
    for words in (
        f"{count(WorkOrder)} sample jobs",
        f"{count(Customer)} sample customers",
        "4 sample people",
        "cannot be undone",
    ):
        assert words in page.words()


def test_it_is_offered_in_the_settings_while_there_are_samples_and_no_longer(tour):
    owner = tour.client()
    assert PAGE in [a.get("href") for a in read(owner.get("/staff/settings")).all("a")]
    press(owner, PAGE)
    assert PAGE not in [a.get("href") for a in read(owner.get("/staff/settings")).all("a")]
    assert owner.get(PAGE).location == "/staff/settings"


def test_while_the_whole_shop_is_a_sample_nothing_is_cleared(tour):
    with writing():
        shops.profile().is_sample = True
    before = count(WorkOrder)
    owner = tour.client()
    assert owner.get(PAGE).location == "/staff/settings"
    press(owner, PAGE)
    assert count(WorkOrder) == before


def test_a_shop_without_samples_loses_nothing(shop):
    job, owner = shop.work_order(), shop.staff_client("Olive")
    shop.token(job)
    before = everything(shop.app.extensions["settings"].database_path)
    assert owner.get(PAGE).location == "/staff/settings"
    assert press(owner, PAGE).status_code == 303
    assert everything(shop.app.extensions["settings"].database_path) == before
    assert owner.get("/staff/").status_code == 200


def test_it_is_for_the_owner_only(tour):
    olive = people.by_email("olive@hartley.example")
    assert olive.role == "office"
    assert tour.client(olive).get(PAGE).status_code == 403
    assert press(tour.client(olive), PAGE).status_code == 403
    assert samples.found()


def test_jobs_for_load_tests_are_samples_too(app):
    demo.fill()
    demo.ways_in(many=3)
    with writing():
        shops.profile().is_sample = False
    found = samples.found()
    assert (len(found.jobs), len(found.customers)) == (count(WorkOrder), count(Customer))


def test_mail_about_a_sample_is_not_sent(tour):
    link = db.session.query(Link).first()
    with writing():
        db.session.add(Mail(kind="link", recipient="a@b.example", link_id=link.id, created_at=clock.now(), tries=0))
    press(tour.client(), PAGE)
    assert (count(Mail), count(Counter)) == (0, 0)
