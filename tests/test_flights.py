import threading

import pytest

from portal.flights import Flights


class Landing(threading.Event):
    """Knows how many have come to wait for it."""

    def __init__(self):
        super().__init__()
        self.comers = threading.Semaphore(0)

    def wait(self, timeout=None):
        self.comers.release()
        return super().wait(timeout)


def joined(flights, count, name, do, gate):
    """What `count` threads get that all ask for `name` while the first one is at it."""
    given, landing = [], Landing()
    flights._in_air[name].landed = landing

    def ask():
        try:
            given.append(flights.join(name, do, wait_s=10))
        except Exception as error:
            given.append(error)

    threads = [threading.Thread(target=ask) for _each in range(count)]
    for thread in threads:
        thread.start()
    for _thread in threads:
        landing.comers.acquire()
    gate.set()
    for thread in threads:
        thread.join()
    return given


def test_all_who_ask_meanwhile_get_the_answer_of_the_first():
    flights, gate, flown = Flights(), threading.Event(), []

    def fly():
        gate.wait()
        flown.append(1)
        return object()

    leader = threading.Thread(target=lambda: first.append(flights.join("a", fly, wait_s=10)))
    first: list[object] = []
    leader.start()
    while "a" not in flights._in_air:
        pass
    given = joined(flights, 10, "a", lambda: pytest.fail("nobody else may go"), gate)
    leader.join()
    assert set(given) == set(first)
    assert flown == [1]


def test_who_asks_later_asks_anew_and_other_names_are_other_flights():
    flights = Flights()
    assert [flights.join(name, object, wait_s=1) is not None for name in "aab"] == [True] * 3
    assert flights.join("a", lambda: 1, wait_s=1) != flights.join("a", lambda: 2, wait_s=1)


def test_what_goes_wrong_goes_wrong_for_all_and_is_forgotten():
    flights = Flights()

    def fall():
        raise ValueError("down")

    with pytest.raises(ValueError, match="down"):
        flights.join("a", fall, wait_s=1)
    assert flights.join("a", lambda: "up", wait_s=1) == "up"


def test_nobody_waits_longer_than_they_said():
    flights, landing = Flights(), threading.Event()
    leader = threading.Thread(target=flights.join, args=("a", landing.wait), kwargs={"wait_s": 1})
    leader.start()
    while "a" not in flights._in_air:
        pass
    with pytest.raises(TimeoutError):
        flights.join("a", lambda: None, wait_s=0.01)
    landing.set()
    leader.join()
