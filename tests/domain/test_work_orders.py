from datetime import UTC, datetime, timedelta

import pytest

from models import Bell, Status
from portal import clock
from portal.domain import customers, timeline, visits, work_orders
from portal.domain.refusals import ChangedMeanwhile, NotAllowed
from tests.factories import ZONE, local

NOON = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
STEPS = {
    "set_off": work_orders.set_off,
    "start": work_orders.start,
    "complete": work_orders.complete,
    "finish_visit": work_orders.finish_visit,
    "cancel": work_orders.cancel,
}
WAY_TO = {
    Status.SCHEDULED: (),
    Status.ON_THE_WAY: ("set_off",),
    Status.IN_PROGRESS: ("start",),
    Status.COMPLETED: ("start", "complete"),
    Status.CANCELLED: ("cancel",),
}
MAY_FOLLOW = {
    Status.SCHEDULED: {"set_off": Status.ON_THE_WAY, "start": Status.IN_PROGRESS, "cancel": Status.CANCELLED},
    Status.ON_THE_WAY: {"start": Status.IN_PROGRESS, "cancel": Status.CANCELLED},
    Status.IN_PROGRESS: {
        "complete": Status.COMPLETED,
        "finish_visit": Status.SCHEDULED,
        "cancel": Status.CANCELLED,
    },
    Status.COMPLETED: {},
    Status.CANCELLED: {},
}
ALLOWED = [(status, verb, to) for status, verbs in MAY_FOLLOW.items() for verb, to in verbs.items()]


def values(job, **changes) -> dict:
    names = ("title", "street", "locality", "time_zone", "internal_notes")
    return {name: getattr(job, name) for name in names} | changes


def edit(shop, job, *, seen=None, customer=None, **changes):
    new = values(job, **changes)
    asked = {"values": new, "customer": customer or job.customer, "seen": seen or job.edition}
    shop.do(work_orders.edit, job, **asked)


def test_a_booked_job_is_scheduled_and_says_who_booked_it(shop):
    with clock.stopped_at(NOON):
        job = shop.work_order(title="Kitchen tap")

    assert (job.status, job.scheduled_at, job.edition) == (Status.SCHEDULED, NOON, 1)
    booked = timeline.last(job, ("booked",))
    assert (booked.staff, booked.at, booked.bell) == (shop.dana, NOON, Bell.RING)


@pytest.mark.parametrize(("status", "verb", "to"), ALLOWED)
def test_a_step_that_may_follow_moves_the_job_and_rings(shop, status, verb, to):
    job = shop.steps(shop.work_order(), *WAY_TO[status])
    assert job.status is status
    version = timeline.version("wo", job.id)

    shop.do(STEPS[verb], job, by=shop.theo)

    assert job.status is to
    last = timeline.of(job, limit=1)[0]
    assert (last.staff, last.bell) == (shop.theo, Bell.RING)
    assert timeline.version("wo", job.id) != version


@pytest.mark.parametrize("status", list(Status))
def test_a_step_that_may_not_follow_is_refused_and_leaves_nothing(shop, status):
    job = shop.steps(shop.work_order(), *WAY_TO[status])
    before = shop.verbs(job)
    for verb in STEPS.keys() - MAY_FOLLOW[status].keys():
        with pytest.raises(NotAllowed):
            shop.do(STEPS[verb], job)
        assert shop.again(job).status is status
    assert shop.verbs(job) == before


def test_each_step_keeps_its_own_time(shop):
    job = shop.work_order()
    for minutes, verb in ((0, "set_off"), (20, "start"), (95, "complete")):
        with clock.stopped_at(NOON + timedelta(minutes=minutes)):
            shop.steps(job, verb)

    visit = job.visits[0]
    assert visit.on_my_way_at == NOON
    assert visit.started_at == NOON + timedelta(minutes=20)
    assert visit.finished_at == job.completed_at == NOON + timedelta(minutes=95)


def test_a_job_that_nobody_booked_a_time_for_can_be_started(shop):
    job = shop.work_order()
    shop.steps(job, "start", "finish_visit")
    assert visits.current(job) is None

    shop.steps(job, "start")

    assert len(job.visits) == 2
    assert visits.current(job).started_at
    assert visits.current(job).starts_at is None


def test_after_a_finished_visit_the_next_step_belongs_to_the_next_visit(shop):
    job = shop.work_order()
    shop.steps(job, "start", "finish_visit")
    next_visit = shop.visit(job, clock.now() + timedelta(days=3))

    shop.steps(job, "set_off")

    assert next_visit.on_my_way_at
    assert len(job.visits) == 2


@pytest.mark.parametrize(
    ("way", "verb", "back_to"),
    [
        (("set_off",), "set_off", Status.SCHEDULED),
        (("start",), "started", Status.SCHEDULED),
        (("set_off", "start"), "started", Status.ON_THE_WAY),
        (("start", "complete"), "completed", Status.IN_PROGRESS),
        (("start", "finish_visit"), "finished_visit", Status.IN_PROGRESS),
        (("cancel",), "cancelled", Status.SCHEDULED),
        (("set_off", "cancel"), "cancelled", Status.ON_THE_WAY),
        (("start", "cancel"), "cancelled", Status.IN_PROGRESS),
        (("start", "finish_visit", "cancel"), "cancelled", Status.SCHEDULED),
    ],
)
def test_undo_takes_the_last_step_back_and_is_itself_on_record(shop, way, verb, back_to):
    job = shop.steps(shop.work_order(), *way)
    assert work_orders.undoable(job) == verb

    shop.do(work_orders.undo, job, verb=verb)

    assert shop.again(job).status is back_to
    assert (job.completed_at, job.cancelled_at) == (None, None)
    undone = timeline.of(job, limit=1)[0]
    assert (undone.verb, undone.details, undone.bell) == ("undone", {"what": verb}, Bell.RING)


def test_steps_taken_back_one_by_one_lead_to_where_it_began(shop):
    job = shop.steps(shop.work_order(), "set_off", "start", "complete")
    for verb in ("completed", "started", "set_off"):
        shop.do(work_orders.undo, job, verb=verb)

    visit = job.visits[0]
    assert (visit.on_my_way_at, visit.started_at, visit.finished_at) == (None, None, None)
    assert job.status is Status.SCHEDULED
    assert work_orders.undoable(job) is None


def test_undo_is_refused_when_something_else_happened_since(shop):
    job = shop.steps(shop.work_order(), "start", "complete")

    with pytest.raises(NotAllowed):
        shop.do(work_orders.undo, job, verb="started")

    assert shop.again(job).status is Status.COMPLETED


def test_undo_is_refused_the_second_time(shop):
    job = shop.steps(shop.work_order(), "start")
    shop.do(work_orders.undo, job, verb="started")

    with pytest.raises(NotAllowed):
        shop.do(work_orders.undo, job, verb="started")


def test_a_new_job_has_nothing_to_take_back(shop):
    assert work_orders.undoable(shop.work_order()) is None


def test_a_finished_visit_cannot_be_taken_back_once_the_next_one_is_under_way(shop):
    job = shop.steps(shop.work_order(), "start", "finish_visit", "set_off")
    assert work_orders.undoable(job) == "set_off"


@pytest.mark.parametrize(
    "change", [{"title": "Bath tap"}, {"street": "1 Elm"}, {"locality": "Salem"}, {"time_zone": "America/Denver"}]
)
def test_editing_what_the_customer_sees_rings(shop, change):
    job = shop.work_order()
    edit(shop, job, **change)

    assert values(shop.again(job)) == values(job, **change)
    edited = timeline.last(job, ("edited",))
    assert (edited.bell, edited.staff, job.edition) == (Bell.RING, shop.dana, 2)


def test_editing_the_notes_with_the_job_rings_nothing(shop):
    job = shop.work_order()
    version = timeline.version("wo", job.id)

    edit(shop, job, internal_notes="Dog bites.")

    assert shop.again(job).internal_notes == "Dog bites."
    assert timeline.last(job, ("edited",)).bell is Bell.SILENT
    assert timeline.version("wo", job.id) == version


def test_giving_the_job_to_another_customer_rings_nothing(shop):
    job, other = shop.work_order("Carol Cruz"), shop.work_order("Mallory May").customer
    edit(shop, job, customer=other)

    assert shop.again(job).customer == other
    assert timeline.last(job, ("edited",)).bell is Bell.SILENT


def test_an_edit_that_changes_nothing_leaves_no_trace(shop):
    job = shop.work_order()
    before = shop.verbs(job)

    edit(shop, job)

    assert (shop.again(job).edition, shop.verbs(job)) == (1, before)


def test_an_edit_from_an_old_page_is_refused_and_told_who_was_first_and_when(shop):
    job = shop.work_order(title="Kitchen tap")
    with clock.stopped_at(NOON):
        edit(shop, job, title="Bath tap")

    with pytest.raises(ChangedMeanwhile) as told:
        edit(shop, job, seen=1, title="Garden tap")

    assert (told.value.who, told.value.at) == ("Dana Diaz", NOON)
    assert shop.again(job).title == "Bath tap"


def test_a_status_step_does_not_make_an_open_form_old(shop):
    job = shop.work_order()
    seen = job.edition
    shop.steps(job, "start")

    edit(shop, job, seen=seen, title="Bath tap")

    assert shop.again(job).title == "Bath tap"


def test_notes_are_saved_without_ringing(shop):
    job = shop.work_order()
    version = timeline.version("wo", job.id)

    shop.do(work_orders.save_notes, job, text="Key under the mat", seen=1)

    assert (shop.again(job).internal_notes, job.edition) == ("Key under the mat", 2)
    assert timeline.last(job, ("notes_edited",)).bell is Bell.SILENT
    assert timeline.version("wo", job.id) == version


def test_notes_from_an_old_page_are_refused(shop):
    job = shop.work_order()
    shop.do(work_orders.save_notes, job, text="Key under the mat", seen=1)

    with pytest.raises(ChangedMeanwhile) as told:
        shop.do(work_orders.save_notes, job, text="No key", seen=1, by=shop.theo)

    assert told.value.who == "Dana Diaz"
    assert shop.again(job).internal_notes == "Key under the mat"


def test_the_same_notes_saved_twice_are_no_conflict(shop):
    job = shop.work_order()
    for _ in range(2):
        shop.do(work_orders.save_notes, job, text="Key under the mat", seen=1)

    assert shop.verbs(job).count("notes_edited") == 1


def test_a_technician_sees_the_jobs_they_are_sent_to(shop):
    assert work_orders.may_see(shop.work_order(technician="Theo"), shop.theo)


def test_a_technician_does_not_see_a_job_of_somebody_else(shop):
    nobodys, danas = shop.work_order(technician=""), shop.work_order(technician="Dana")
    assert not work_orders.may_see(nobodys, shop.theo)
    assert not work_orders.may_see(danas, shop.theo)


def test_a_technician_still_sees_a_job_whose_next_visit_is_somebody_elses(shop):
    job = shop.steps(shop.work_order(technician="Theo"), "start", "finish_visit")
    shop.visit(job, clock.now() + timedelta(days=1), technician="Dana")
    assert work_orders.may_see(job, shop.theo)


def test_the_office_sees_every_job(shop):
    assert work_orders.may_see(shop.work_order(technician=""), shop.dana)
    assert work_orders.may_see(shop.work_order(technician=""), shop.person("Olive"))


def test_a_signature_is_kept_with_its_time_and_rings(shop):
    job = shop.work_order()
    with clock.stopped_at(NOON):
        shop.do(work_orders.sign, job, name="Carol Cruz", path="M1 1L20 20", by=shop.theo)

    assert (job.signature.name, job.signature.path, job.signature.signed_at) == ("Carol Cruz", "M1 1L20 20", NOON)
    assert timeline.last(job, ("signed",)).bell is Bell.RING


def test_numbers_follow_one_another(shop):
    first, second = shop.work_order(), shop.work_order()
    assert second.number == first.number + 1


def test_a_job_keeps_the_zone_of_its_site(shop):
    job = shop.work_order(time_zone="America/New_York", starts_at=local("2026-11-22 10:00", "America/New_York"))
    assert job.visits[0].starts_at == datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
    assert shop.profile.time_zone == ZONE


def test_a_new_customer_can_be_booked_in_the_same_breath(shop):
    job = shop.work_order("Nora New")
    assert [customer.name for customer in customers.named("nora new")] == ["Nora New"]
    assert job.customer.name == "Nora New"


def test_a_reopened_job_offers_no_undo_of_its_old_work(shop):
    job = shop.work_order()
    for verb in (work_orders.start, work_orders.complete):
        shop.do(verb, job)
    shop.do(visits.book, job, starts_at=None, ends_at=None, technician=None)
    assert work_orders.undoable(shop.again(job)) is None
