import pytest

from portal.db import writing
from portal.domain import numbers


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
