"""Counting tries, by a clock of the test's own."""

import pytest

from portal.throttle import Throttle, household


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tries(clock) -> Throttle:
    """Three tries a minute, for at most four keys."""
    return Throttle(most=3, window_s=60, keys=4, now=clock)


def count(tries: Throttle, key: str, times: int = 1) -> None:
    for _try in range(times):
        tries.count(key)


def test_so_many_are_let_through_and_no_more(tries):
    waits = []
    for _try in range(4):
        waits.append(tries.wait_s("dana") > 0)
        tries.count("dana")
    assert waits == [False, False, False, True]


def test_keys_do_not_share_their_tries(tries):
    count(tries, "dana", 3)
    assert tries.wait_s("dana")
    assert not tries.wait_s("theo")


def test_the_wait_ends_when_it_says(tries, clock):
    count(tries, "dana", 3)
    wait_s = tries.wait_s("dana")
    assert 60 <= wait_s <= 61
    clock.now += wait_s - 2
    assert tries.wait_s("dana")
    clock.now += 2
    assert not tries.wait_s("dana")


def test_each_try_is_forgotten_on_its_own(tries, clock):
    for _try in range(3):
        tries.count("dana")
        clock.now += 20
    assert not tries.wait_s("dana")
    tries.count("dana")
    assert tries.wait_s("dana")
    clock.now += 20
    assert not tries.wait_s("dana")


def test_trying_on_while_waiting_prolongs_the_wait(tries, clock):
    count(tries, "dana", 3)
    clock.now += 50
    count(tries, "dana", 3)
    clock.now += 20
    assert tries.wait_s("dana") > 30


def test_looking_counts_nothing(tries):
    for _look in range(10):
        assert tries.wait_s("dana") == 0


def test_what_is_forgiven_begins_anew(tries):
    count(tries, "dana", 3)
    tries.forget("dana")
    tries.forget("nobody")
    assert not tries.wait_s("dana")


def test_memory_is_bounded_and_the_longest_unused_go_first(tries):
    count(tries, "dana", 3)
    for number in range(3):
        tries.count(f"stranger {number}")
    tries.count("dana")
    for number in range(3, 6):
        tries.count(f"stranger {number}")
    assert tries.wait_s("dana")
    assert len(tries._tries) == 4
    tries.count("one more")
    assert not tries.wait_s("dana")


def test_a_flood_on_one_key_keeps_no_more_than_the_limit(tries):
    count(tries, "dana", 1000)
    assert len(tries._tries["dana"]) == 3


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_household_is_counted_as_one(address, counted):
    assert household(address) == counted
