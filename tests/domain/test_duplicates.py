import pytest

from models import Customer, Event, WorkOrder, db
from portal import clock
from portal.db import writing
from portal.domain import customers, duplicates
from portal.domain.refusals import ChangedMeanwhile, NotAllowed

CARD = {"phone": "", "email": "", "street": "", "locality": "", "notes": "", "locale": ""}


def add(name: str, **card) -> Customer:
    with writing():
        return customers.add(name=name, **card)


def card_of(customer: Customer, **changes: str) -> dict[str, str]:
    return {name: getattr(customer, name) for name in customers.CARD} | changes


def merge(shop, survivor: Customer, other: Customer, **changes: str) -> None:
    shop.do(
        duplicates.merge,
        survivor,
        other=other,
        values=card_of(survivor, **changes),
        seen=survivor.edition,
        other_seen=other.edition,
    )


# --- suspected ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [{"phone": "503.555.0188"}, {"phone": "+1 503 555 0188"}, {"email": "CAROL@home.example"}],
    ids=["the same digits", "with the country in front", "the same address in capitals"],
)
def test_the_same_phone_or_email_is_suspected(shop, other):
    carol = add("Carol Cruz", phone="(503) 555-0188", email="carol@home.example")
    double = add("C. Cruz", **other)
    assert duplicates.of(carol) == [double]
    assert duplicates.of(double) == [carol]


def test_nobody_is_suspected_for_what_many_have(shop):
    carol = add("Carol Cruz", phone="911", street="48 Alder Street")
    add("Carol Cruz", phone="911", street="48 Alder Street")
    add("Mallory May")
    assert duplicates.of(carol) == []


def test_an_archived_card_is_not_suspected(shop):
    carol, double = add("Carol", email="c@home.example"), add("Carol", email="c@home.example")
    shop.do(customers.archive, double)
    assert duplicates.of(carol) == []


# --- merged -------------------------------------------------------------------------------------------------------


def test_all_jobs_come_along_and_the_other_card_leads_to_the_one_that_is_left(shop):
    mine, theirs = shop.work_order("Carol Cruz"), shop.work_order("Caroline Cruz")
    carol, double = mine.customer, theirs.customer

    merge(shop, carol, double, name="Carol Cruz-Lopez", email="carol@home.example")

    assert shop.count(WorkOrder, customer_id=carol.id) == 2
    assert (carol.name, carol.email) == ("Carol Cruz-Lopez", "carol@home.example")
    assert double.archived_at
    assert customers.standing(double) == carol
    event = db.session.query(Event).filter_by(verb="customers_merged").one()
    assert event.staff == shop.dana
    assert event.details == {"customer_id": carol.id, "merged_id": double.id, "jobs": 1}


def test_the_link_of_a_job_that_moved_opens_as_before(shop):
    theirs = shop.work_order("Caroline Cruz", title="Garage door")
    mine = shop.work_order("Carol Cruz", title="Kitchen tap")
    path, client = shop.path(theirs), shop.app.test_client()
    with clock.stopped_at(clock.now()):
        before = client.get(path).text

        merge(shop, mine.customer, theirs.customer)

        assert client.get(path).text == before
    assert "Garage door" in before
    assert "Kitchen tap" not in before


def test_a_form_that_was_open_on_a_job_that_moved_is_refused(shop):
    mine, theirs = shop.work_order("Carol Cruz"), shop.work_order("Caroline Cruz")
    merge(shop, mine.customer, theirs.customer)
    assert (shop.again(theirs).edition, shop.again(mine).edition) == (2, 1)


@pytest.mark.parametrize("changed", ["survivor", "other"])
def test_cards_that_changed_meanwhile_are_not_merged(shop, changed):
    carol, double = add("Carol"), add("Caroline")
    seen = {"seen": carol.edition, "other_seen": double.edition}
    newer = carol if changed == "survivor" else double
    shop.do(customers.edit, newer, values=card_of(newer, phone="503 555 0100"), seen=1)

    with pytest.raises(ChangedMeanwhile):
        shop.do(duplicates.merge, carol, other=double, values=card_of(carol), **seen)
    assert shop.again(double).archived_at is None


def test_a_card_is_not_merged_with_itself(shop):
    carol = add("Carol")
    with pytest.raises(NotAllowed):
        merge(shop, carol, carol)
    assert shop.again(carol).archived_at is None


def test_an_archived_card_is_not_merged_on_either_side(shop):
    carol, away = add("Carol"), add("Caroline")
    shop.do(customers.archive, away)
    for pair in ((carol, away), (away, carol)):
        with pytest.raises(NotAllowed):
            merge(shop, *pair)


def test_a_card_merged_away_cannot_take_its_survivor_in(shop):
    carol, double = add("Carol"), add("Caroline")
    merge(shop, carol, double)
    with pytest.raises(NotAllowed):
        merge(shop, double, carol)


def test_after_two_merges_every_old_card_leads_straight_to_the_last(shop):
    first, second, third = add("Carol"), add("Caroline"), add("Carola")
    merge(shop, second, first)
    merge(shop, third, second)
    assert [shop.again(card).merged_into_id for card in (first, second)] == [third.id, third.id]


def test_a_merged_card_is_neither_edited_nor_brought_back(shop):
    carol, double = add("Carol"), add("Caroline")
    merge(shop, carol, double)
    with pytest.raises(NotAllowed):
        shop.do(customers.edit, double, values=card_of(double), seen=double.edition)
    with pytest.raises(NotAllowed):
        shop.do(customers.bring_back, double)
    assert shop.again(double).archived_at


# --- many at once -------------------------------------------------------------------------------------------------


def cards(*names: str, **same: str) -> list[dict[str, str]]:
    return [CARD | {"name": name} | same for name in names]


def test_many_are_added_with_one_word_on_it(shop):
    with writing():
        assert duplicates.add_many(cards("Anna", "Bea"), by=shop.dana) == 2
    assert [event.details for event in db.session.query(Event).filter_by(verb="customers_imported")] == [{"count": 2}]
    assert [customer.name for customer, _jobs in customers.find("", limit=9)] == ["Anna", "Bea"]


@pytest.mark.parametrize("even_alike", [False, True])
def test_the_same_list_a_second_time_adds_nobody(shop, even_alike):
    for expected in (2, 0):
        with writing():
            assert duplicates.add_many(cards("Anna", "Bea"), by=shop.dana, even_alike=even_alike) == expected
    assert shop.count(Event, verb="customers_imported") == 1


def test_one_who_seems_known_is_added_only_when_that_is_meant(shop):
    add("Carol Cruz", phone="(503) 555-0188")
    double = cards("Caroline", phone="503 555 0188")
    for even_alike, expected in ((False, 0), (True, 1)):
        with writing():
            assert duplicates.add_many(double, by=shop.dana, even_alike=even_alike) == expected


def test_somebody_twice_in_one_list_is_added_once(shop):
    with writing():
        assert duplicates.add_many(cards("Carol", "Carol", email="c@home.example"), by=shop.dana) == 1


def test_one_who_was_merged_or_archived_does_not_come_back_with_a_list(shop):
    carol, double = add("Carol"), add("Caroline", email="caroline@home.example")
    merge(shop, carol, double)
    shop.do(customers.archive, carol)
    listed = cards("Carol") + cards("Caroline", email="caroline@home.example")
    with writing():
        assert duplicates.add_many(listed, by=shop.dana) == 0
