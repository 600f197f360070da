from datetime import UTC, datetime, timedelta

import pytest

from models import Bell
from portal import clock
from portal.db import STAFF, sealed, writing
from portal.domain import timeline

NOON = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def note(job, verb, **kwargs):
    with writing():
        return timeline.note(job, verb, **({"by": None} | kwargs))


@pytest.mark.parametrize(("bell", "changes"), [(Bell.RING, True), (Bell.DISMISS, True), (Bell.SILENT, False)])
def test_the_version_changes_with_what_rings_and_with_nothing_else(shop, bell, changes):
    job = shop.work_order()
    version = timeline.version("wo", job.id)
    note(job, "edited", bell=bell)
    assert (timeline.version("wo", job.id) != version) is changes


def test_the_version_of_one_record_does_not_tell_of_another(shop):
    carols, mallorys = shop.work_order("Carol Cruz"), shop.work_order("Mallory May")
    version = timeline.version("wo", mallorys.id)
    note(carols, "started", bell=Bell.RING)
    assert timeline.version("wo", mallorys.id) == version


def test_news_of_the_shop_is_news_on_every_page(shop):
    jobs = [shop.work_order("Carol Cruz"), shop.work_order("Mallory May")]
    with writing():
        event = timeline.note_shop("profile_edited", by=shop.dana, bell=Bell.RING)
    assert [timeline.version("wo", job.id) for job in jobs] == [sealed(f"wo:{job.id}", event.id) for job in jobs]


@pytest.mark.parametrize("bell", Bell)
def test_the_staffs_version_changes_with_whatever_rings_anywhere(shop, bell):
    job, version = shop.work_order(), timeline.staff_version()
    event = note(job, "edited", bell=bell)
    assert timeline.staff_version() == (version if bell is Bell.SILENT else sealed(STAFF, event.id))


def test_a_record_that_never_rang_has_a_version_too(shop):
    assert timeline.version("wo", 404) == sealed("wo:404", 0)


def test_versions_do_not_tell_how_much_happened_in_the_shop_meanwhile(shop):
    """Two customers who put their pages beside one another, or one who looks twice, learn no number of ours."""
    jobs = [shop.work_order("Carol Cruz"), shop.work_order("Mallory May")]
    with writing():
        timeline.note_shop("profile_edited", by=shop.dana, bell=Bell.RING)
    versions = {timeline.version("wo", job.id) for job in jobs}
    assert len(versions) == 2
    assert {len(version) for version in versions} == {16}


def test_the_newest_come_first_and_not_too_many(shop):
    job = shop.work_order()
    for verb in ("edited", "shared", "opened"):
        note(job, verb)
    assert [event.verb for event in timeline.of(job, limit=2)] == ["opened", "shared"]


def test_the_list_of_a_record_holds_nothing_of_another(shop):
    carols, mallorys = shop.work_order("Carol Cruz"), shop.work_order("Mallory May")
    note(carols, "edited")
    assert "edited" in shop.verbs(carols)
    assert "edited" not in shop.verbs(mallorys)


def test_the_last_of_some_verbs_says_who_and_when(shop):
    job = shop.work_order()
    for minute, person in ((0, shop.theo), (1, shop.dana)):
        with clock.stopped_at(NOON + timedelta(minutes=minute)):
            note(job, "notes_edited", by=person)
    note(job, "opened")

    last = timeline.last(job, ("edited", "notes_edited"))
    assert (last.staff, last.at) == (shop.dana, NOON + timedelta(minutes=1))
    assert timeline.last(job, ("signed",)) is None


def test_the_last_of_some_verbs_can_be_asked_of_one_visit(shop):
    job = shop.work_order()
    note(job, "visit_moved", by=shop.theo, visit_id=1)
    note(job, "visit_moved", by=shop.dana, visit_id=2)
    assert timeline.last(job, ("visit_moved",), visit_id=1).staff == shop.theo
    assert timeline.last(job, ("visit_moved",), visit_id=3) is None
