"""The stream of an open staff page: who may listen, what rings, and that it ends with the session."""

import pytest

import portal.live
from models import Bell, db
from portal.db import STAFF, writing
from portal.domain import messages, timeline, work_orders
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.live import GONE
from portal.staff.live import MOST
from tests.factories import press


@pytest.fixture
def office(shop):
    return shop.staff_client("Dana")


@pytest.fixture
def viewers(shop):
    return shop.app.extensions["viewers"]


class Ear:
    """An open stream, read in the test's own process."""

    def __init__(self, client):
        self.answer = client.get("/staff/live")
        assert self.answer.status_code == 200
        self.words = iter(self.answer.response)

    def next(self) -> bytes:
        return next(self.words).rpartition(b"event: ")[2]

    def leave(self) -> None:
        self.answer.close()


@pytest.fixture
def ear(office):
    ear = Ear(office)
    yield ear
    ear.leave()


def version(number: int) -> bytes:
    return b"version\ndata: %d\n\n" % number


def test_a_stream_begins_with_the_version_that_the_page_shows(shop, ear, office):
    assert ear.next() == version(timeline.staff_version())
    shop.message(shop.work_order())
    assert f'data-version="{timeline.staff_version()}"' in office.get("/staff/").text


def test_whatever_happens_to_a_message_rings(shop, ear):
    ear.next()
    message = shop.message(shop.work_order())
    assert ear.next() == version(timeline.staff_version())
    for verb, values in ((messages.assign, {"person": shop.theo}), (messages.answered, {}), (messages.reopen, {})):
        shop.do(verb, message, **values)
        assert ear.next() == version(timeline.staff_version())


def test_what_the_customer_sees_of_a_job_does_not_ring_at_the_office(shop, ear, monkeypatch):
    monkeypatch.setattr(portal.live, "BEAT_S", 0.01)
    ear.next()
    shop.do(work_orders.start, shop.work_order())
    assert ear.next() == b"beat\ndata: 1\n\n"


def test_news_of_the_whole_shop_rings_everywhere(shop, ear):
    ear.next()
    shop.do(shops.edit, shop.profile, values={"phone": "(503) 555-0199"}, seen=shop.profile.edition)
    assert ear.next().startswith(b"version")


def test_a_customers_stream_hears_nothing_of_what_the_office_writes(shop, monkeypatch):
    monkeypatch.setattr(portal.live, "BEAT_S", 0.01)
    job = shop.work_order()
    answer = shop.app.test_client().get(shop.path(job, "/live"))
    words = iter(answer.response)
    next(words)
    shop.do(messages.answered, shop.message(job))
    assert next(words) == b"event: beat\ndata: 1\n\n"
    answer.close()


def new_password(shop):
    people.set_password(shop.dana, shop.dana.password_hash)


def switched_off(shop):
    shop.dana.archived_at = shop.dana.created_at
    timeline.note_shop("signed_out", by=shop.dana, bell=Bell.STAFF)


@pytest.mark.parametrize("end", [new_password, switched_off])
def test_a_stream_ends_with_its_session(shop, ear, viewers, end):
    ear.next()
    with writing():
        end(shop)
    assert ear.next() == GONE.removeprefix(b"event: ")
    assert list(ear.words) == []
    assert len(viewers) == 0


def test_a_stream_ends_at_the_next_beat_when_nobody_rang(shop, ear, monkeypatch):
    monkeypatch.setattr(portal.live, "BEAT_S", 0.01)
    ear.next()
    with writing():
        shop.dana.session_epoch += 1
    assert ear.next() == GONE.removeprefix(b"event: ")


def test_somebody_elses_stream_goes_on(shop, ear):
    ear.next()
    with writing():
        people.set_password(shop.theo, shop.theo.password_hash)
    assert ear.next() == version(timeline.staff_version())


def test_signing_out_on_one_device_rings_so_that_its_other_pages_look(shop, office, ear):
    ear.next()
    assert press(office, "/staff/sign-out").status_code == 303
    assert ear.next() == version(timeline.staff_version())
    assert office.get("/staff/inbox/count").status_code == 302


def test_one_stream_too_many_is_told_to_come_later(shop, office, viewers):
    held = [viewers.hold(STAFF, key=f"staff {shop.dana.id}", address="", most=MOST) for _ in range(MOST)]
    answer = office.get("/staff/live")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    answer = shop.staff_client("Theo").get("/staff/live")
    assert answer.status_code == 200
    answer.close()
    assert len(viewers) == len(held)


def test_a_stream_holds_no_database_session_while_it_waits(shop, ear):
    ear.next()
    db.session.remove()
    assert db.engine.pool.checkedout() == 0
