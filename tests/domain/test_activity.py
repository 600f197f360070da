"""Who did what when, over the whole shop: what is found, and who may read it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

import portal
from models import db
from portal import clock
from portal.db import look_again, writing
from portal.domain import activity, customers, messages, timeline, work_orders
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.domain.activity import Filter

NOON = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@pytest.fixture
def olive(shop):
    return shop.person("Olive")


def verbs(asked: Filter, reader, limit: int = 50) -> list[str]:
    look_again()
    return [deed.verb for deed in activity.find(asked, reader, limit=limit)]


@pytest.fixture
def busy(shop):
    """A little of everything, in this order."""
    job = shop.work_order("Carol Cruz")
    shop.do(work_orders.start, job, by=shop.theo)
    message = shop.message(job)
    shop.do(messages.assign, message, person=shop.theo)
    card = {name: getattr(job.customer, name) for name in customers.CARD} | {"phone": "555 0100"}
    with writing():
        customers.edit(job.customer, card, seen=1, by=shop.dana)
        shops.edit(shops.profile(), {"phone": "555 0101"}, seen=shops.profile().edition, by=shop.person("Olive"))
        people.set_password(shop.theo, "x")
    return job


ALL = ["password_set", "profile_edited", "customer_edited", "message_assigned", "message_left", "shared", "started"]
ALL += ["visit_booked", "booked"]


def test_everything_is_found_the_newest_first(busy, olive):
    assert verbs(Filter(), olive) == ALL
    assert verbs(Filter(), olive, limit=2) == ALL[:2]


def test_the_office_reads_nothing_of_people_and_settings(busy, shop):
    assert verbs(Filter(), shop.dana) == ALL[2:]
    for about in ("people", "settings"):
        assert verbs(Filter(about=about), shop.dana) == []
        assert about not in activity.kinds_for(shop.dana)


def test_a_technician_reads_nothing(busy, shop):
    assert verbs(Filter(), shop.theo) == verbs(Filter(record=("wo", busy.id)), shop.theo) == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"about": "jobs"}, ["started", "visit_booked", "booked"]),
        ({"about": "messages"}, ["message_assigned", "message_left"]),
        ({"about": "links"}, ["shared"]),
        ({"about": "customers"}, ["customer_edited"]),
        ({"about": "people"}, ["password_set"]),
        ({"about": "settings"}, ["profile_edited"]),
        ({"about": "mail"}, []),
        ({"about": "nonsense"}, []),
        ({"who": "customer"}, ["message_left"]),
        ({"who": "machine"}, []),
        ({"who": "nonsense"}, []),
        ({"who": "9" * 40}, []),
    ],
)
def test_what_is_asked_for_is_found_and_nothing_else(busy, olive, asked, found):
    assert verbs(Filter(**asked), olive) == found


def test_the_deeds_of_one_person_are_found(busy, olive, shop):
    assert verbs(Filter(who=str(shop.theo.id)), olive) == ["password_set", "started"]
    assert verbs(Filter(who=str(shop.dana.id), about="links"), olive) == ["shared"]


def test_what_a_command_did_is_told_apart_from_what_the_customer_did(busy, olive):
    with writing():
        timeline.note(busy, "revoked", by=None)
    assert verbs(Filter(who="machine"), olive) == ["revoked"]


def test_the_deeds_of_a_record_are_found_and_not_those_of_another(busy, olive, shop):
    other = shop.work_order("Mallory May")
    assert verbs(Filter(record=("wo", busy.id)), olive) == ALL[3:]
    assert verbs(Filter(customer=busy.customer_id), olive) == ALL[2:]
    assert verbs(Filter(customer=other.customer_id), olive) == ["visit_booked", "booked"]


def test_days_begin_with_the_first_moment_and_end_before_the_next(shop, olive):
    job = shop.work_order()
    for hours in (0, 1, 2):
        with clock.stopped_at(NOON + timedelta(hours=hours)):
            shop.do(work_orders.save_notes, job, text=str(hours), seen=job.edition)
    hour = timedelta(hours=1)
    found = activity.find(Filter(since=NOON, until=NOON + 2 * hour), olive, limit=9)
    assert [deed.at for deed in found] == [NOON + hour, NOON]


def test_page_after_page_everything_comes_once(shop, olive):
    with clock.stopped_at(NOON):  # many in one moment
        shop.many(7, starts_at=NOON)
    found, before = [], None
    while page := activity.find(Filter(before=before), olive, limit=3):
        found += page
        before = page[-1].at, page[-1].id
    assert len(found) == 14
    assert [deed.id for deed in found] == sorted((deed.id for deed in found), reverse=True)


def test_no_verb_is_about_two_things():
    said = [verb for verbs in activity.ABOUT.values() for verb in verbs]
    assert len(said) == len(set(said))


def test_what_is_about_nothing_else_exists():
    """A verb that was renamed would silently leave its place in the filter."""
    source = "".join(path.read_text() for path in (Path(portal.__file__).parent / "domain").glob("*.py"))
    source = re.sub(r"ABOUT = \{.*?\n\}", "", source, flags=re.S)
    assert {verb for verbs in activity.ABOUT.values() for verb in verbs if f'"{verb}"' not in source} == set()


def plan(statement: str, values) -> str:
    """How SQLite goes about a statement."""
    rows = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    return " / ".join(row[3] for row in rows)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"who": "2"},
        {"about": "messages"},
        {"about": "quotes"},
        {"record": ("wo", 7)},
        {"since": NOON, "until": NOON},
        {"before": (NOON, 5)},
    ],
    ids=lambda asked: "".join(asked),
)
def test_a_page_is_found_through_an_index(data_dir, shop, olive, asked):
    asked_of_the_database = []

    def watch(_connection, _cursor, statement, values, *_more):
        asked_of_the_database.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", watch)
    activity.find(Filter(**asked), olive, limit=50)
    event.remove(db.engine, "before_cursor_execute", watch)

    (told,) = [plan(*said) for said in asked_of_the_database if "FROM event" in said[0]]
    assert "INDEX ix_event_" in told, told
