"""Clear samples: what goes, what stays, and that nobody's page or session outlives it."""

import pytest

from models import (
    Answer,
    Counter,
    Customer,
    Event,
    Invoice,
    Item,
    Line,
    Link,
    Mail,
    Message,
    Part,
    Payment,
    Photo,
    Quote,
    Signature,
    Snapshot,
    Staff,
    TaxRate,
    Visit,
    WorkOrder,
    db,
)
from portal import clock, demo
from portal.db import writing
from portal.domain import (
    catalogue,
    customers,
    documents,
    invoices,
    links,
    numbers,
    payments,
    quotes,
    samples,
    set_up,
    taxes,
    visits,
    work_orders,
)
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.live import Stream
from tests.factories import PASSWORD_HASH, ZONE, csrf_of, line, press
from tests.pages import read
from tests.records import everything

PAGE = "/staff/settings/samples"
OF_A_JOB = (WorkOrder, Visit, Part, Photo, Signature, Link, Message, Customer)
OF_A_PAPER = (Quote, Invoice, Line, Snapshot, Answer, Payment, Item, TaxRate)


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

    def quote(self, customer: Customer | None = None, job: WorkOrder | None = None) -> Quote:
        with writing():
            card = customer or customers.add(name="Carol Cruz")
            quote = quotes.add(card, title="Real", by=self.june, work_order=job)
            documents.copy_lines([line()], quote)
            quotes.send(quote, by=self.june)
        return quote

    def invoice(self, customer: Customer | None = None) -> Invoice:
        with writing():
            invoice = invoices.add(customer or customers.add(name="Carol Cruz"), title="Real", by=self.june)
            documents.copy_lines([line()], invoice)
            invoices.issue(invoice, by=self.june)
        return invoice

    def titled(self, model, title: str):
        return db.session.query(model).filter_by(title=title).one()


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
    gone = (*OF_A_JOB, *OF_A_PAPER)
    assert all(count(model) for model in gone)
    assert len(tour.files) > 8
    owner = tour.client()

    answer = press(owner, PAGE)

    assert (answer.status_code, answer.location) == (303, "/staff/")
    assert {model.__name__: count(model) for model in gone} == {model.__name__: 0 for model in gone}
    assert [person.name for person in db.session.query(Staff)] == ["June Hartley"]
    assert db.session.query(Event).filter(Event.kind.in_(["wo", "quote", "invoice"])).count() == 0
    assert shops.profile().name == "Rivera Plumbing"
    assert stored(app) == set()
    assert "The samples are gone." in read(owner.get("/staff/")).words()


def test_real_numbers_begin_at_the_first_one(tour):
    press(tour.client(), PAGE)
    db.session.rollback()
    assert tour.book().number == numbers.FIRST["work_order"]
    assert (tour.quote().number, tour.invoice().number) == (numbers.FIRST["quote"], numbers.FIRST["invoice"])


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
    assert (
        "Samples that somebody has rewritten or that are needed: jobs 0, customers 1" in read(owner.get(PAGE)).words()
    )
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


@pytest.mark.parametrize("kind", ["wo", "quote", "invoice"])
def test_the_pages_behind_sample_links_close(app, tour, kind):
    url = demo.links_to_show()[0][1].removeprefix("https://jobs.example.com")
    customer = app.test_client()
    assert customer.get(url).status_code == 200
    link = db.session.query(Link).filter_by(kind=kind, revoked_at=None).order_by(Link.id).first()
    viewers = app.extensions["viewers"]
    viewer = viewers.hold(f"{kind}:{link.record_id}", key=link.id, address="")
    events = iter(Stream(viewers, viewer, 0))
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
        f"{count(Quote) + count(Invoice)} sample quotes and invoices",
        f"{count(Item) + count(TaxRate)} entries of the price list and the taxes",
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


# --- quotes, invoices, prices -------------------------------------------------------------------------------------


def test_quotes_and_invoices_by_hand_stay_and_their_numbers_go_on(tour):
    quote, invoice = tour.quote(), tour.invoice()
    press(tour.client(), PAGE)
    assert (count(Quote), count(Invoice), count(Line), count(Snapshot)) == (1, 1, 2, 2)
    assert (tour.quote().number, tour.invoice().number) == (quote.number + 1, invoice.number + 1)


def test_whatever_a_real_quote_needs_stays(tour):
    job = tour.titled(WorkOrder, "Boiler service")
    tour.quote(job.customer, job)
    press(tour.client(), PAGE)
    assert [job.title for job in db.session.query(WorkOrder)] == ["Boiler service"]
    assert [card.name for card in db.session.query(Customer)] == ["Theo Brandt"]
    assert count(Quote) == 1


def test_what_a_real_invoice_was_made_of_stays_with_its_evidence(tour):
    with writing():
        invoice = quotes.make_invoice(tour.titled(Quote, "Water heater replacement"), by=tour.june)
        invoices.issue(invoice, by=tour.june)
    press(tour.client(), PAGE)
    assert [quote.number for quote in db.session.query(Quote)] == [316]
    assert (count(Answer), [card.name for card in db.session.query(Customer)]) == (1, ["Sam Rivera"])
    assert db.session.query(WorkOrder).one().title == "Water heater replacement"
    assert db.session.query(Invoice).one().total == quotes.approval(db.session.query(Quote).one()).total


def test_a_sample_invoice_that_was_credited_stays_beside_its_credit_note(tour):
    with writing():
        invoices.credit(tour.titled(Invoice, "Dishwasher supply line"), by=tour.june)
    press(tour.client(), PAGE)
    assert [invoice.title for invoice in db.session.query(Invoice)] == ["Dishwasher supply line"] * 2


def test_a_sample_quote_that_somebody_rewrote_stays(tour):
    owner, quote = tour.client(), tour.titled(Quote, "50-gallon water heater")
    with writing():
        documents.edit(quote, {"title": "Mine"}, seen=1, by=tour.june)
    assert "quotes, invoices and prices 1" in read(owner.get(PAGE)).words()
    press(owner, PAGE)
    assert [quote.title for quote in db.session.query(Quote)] == ["Mine"]


def test_samples_that_were_answered_and_paid_go(tour):
    with writing():
        quote = tour.titled(Quote, "50-gallon water heater")
        quotes.approve(quote, revision=1, name="Carol")
        invoice = tour.titled(Invoice, "Kitchen drain, slow")
        payments.record(invoice, amount=100, method="cash", paid_on=clock.today(ZONE), by=tour.june)
    press(tour.client(), PAGE)
    assert (count(Quote), count(Invoice), count(Payment), count(Answer)) == (0, 0, 0, 0)


def test_prices_and_taxes_that_somebody_changed_stay(tour):
    with writing():
        item, tax = db.session.query(Item).first(), taxes.default()
        catalogue.edit(item, {"price": item.price + 1}, seen=1, by=tour.june)
        old = {name: getattr(tax, name) for name in taxes.FIELDS}
        taxes.edit(tax, old | {"rate": old["rate"] + 1}, seen=old, by=tour.june)
    press(tour.client(), PAGE)
    assert (count(Item), count(TaxRate)) == (1, 1)


def test_a_tax_that_an_entry_by_hand_has_stays(tour):
    with writing():
        valve = {"description": "Valve", "price": line().price, "tax_rate": taxes.default()}
        catalogue.add(valve, by=tour.june)
    press(tour.client(), PAGE)
    assert [item.tax_rate.name for item in db.session.query(Item)] == ["Sales tax"]


def test_a_number_that_the_owner_chose_stands(tour):
    with writing():
        numbers.set_next("invoice", 7000, by=tour.june)
    press(tour.client(), PAGE)
    assert (tour.invoice().number, tour.quote().number) == (7000, numbers.FIRST["quote"])


def test_the_made_up_account_leaves_when_the_shop_becomes_real(app):
    demo.fill()
    with writing():
        june = people.by_email("june@hartley.example")
        assert "account" in shops.profile().how_to_pay
        shops.edit(shops.profile(), {"quote_terms": "Mine"}, seen=1, by=june)
        own = {"name": "Rivera Plumbing"}
        set_up.open_shop(june, shops.profile(), own, name="Jo", email="jo@rivera.example", password_hash="x")
    shop = shops.profile()
    assert (shop.how_to_pay, shop.invoice_terms, shop.tax_id, shop.quote_terms) == ("", "", "", "Mine")
