import pytest

from models import Event, db
from portal.db import writing
from portal.domain import numbers
from portal.domain.refusals import NotAllowed


def test_the_first_number_does_not_tell_that_it_is_the_first(shop):
    with writing():
        assert numbers.next_in("work_order") == 1001


def test_numbers_follow_one_another_without_a_gap(shop):
    given = []
    for _ in range(5):
        with writing():
            given.append(numbers.next_in("work_order"))
    assert given == [1001, 1002, 1003, 1004, 1005]


def test_a_number_taken_by_something_that_failed_is_given_again(shop):
    def fail_half_way():
        with writing():
            numbers.next_in("work_order")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_half_way()

    with writing():
        assert numbers.next_in("work_order") == 1001


def test_two_numbers_in_one_transaction_differ(shop):
    with writing():
        assert numbers.next_in("work_order") + 1 == numbers.next_in("work_order")


def test_a_series_can_go_on_with_a_higher_number(shop):
    with writing():
        assert numbers.upcoming("invoice") == 1001
        numbers.set_next("invoice", 20270001, by=shop.dana)
        assert numbers.upcoming("invoice") == 20270001
        assert [numbers.next_in("invoice"), numbers.next_in("invoice")] == [20270001, 20270002]
        assert numbers.next_in("quote") == 1001


def test_a_series_never_gives_a_number_again(shop):
    with writing():
        given = [numbers.next_in("invoice") for _ in range(3)]
    for number in given:
        with pytest.raises(NotAllowed), writing():
            numbers.set_next("invoice", number, by=shop.dana)
    with writing():
        numbers.set_next("invoice", 1004, by=shop.dana)
        assert numbers.next_in("invoice") == 1004


def test_a_series_may_start_low_while_nothing_was_given(shop):
    with writing():
        numbers.set_next("invoice", 1, by=shop.dana)
        assert numbers.next_in("invoice") == 1


@pytest.mark.parametrize("number", [0, -1, numbers.MOST + 1])
def test_a_series_has_room_to_go_on(shop, number):
    with pytest.raises(ValueError), writing():
        numbers.set_next("invoice", number, by=shop.dana)


def test_who_set_the_next_number_is_on_record(shop):
    with writing():
        numbers.set_next("quote", 5000, by=shop.dana)
    event = db.session.query(Event).filter_by(verb="numbering_set").one()
    assert (event.staff, event.details) == (shop.dana, {"series": "quote", "number": 5000})
