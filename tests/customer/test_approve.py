"""Many people say yes in the same instant, at the real server."""

import pytest

from models import Answer, Message
from tests.conftest import RunningServer, free_port
from tests.crowd import Person, at_once
from tests.factories import Shop


@pytest.fixture
def server(data_dir, database, shop):
    environ = {"DATABASE_URL": database} if database else {}
    running = RunningServer(data_dir, free_port(), **environ)
    yield running
    running.stop()


def test_twenty_at_once_are_one_acceptance_and_everybody_sees_it(shop: Shop, server):
    quote = shop.quote()
    path = shop.path(quote)
    people = [Person(server.url) for _ in range(20)]

    def yes(person, number):
        return lambda: person.press(f"{path}/approve", {"name": f"Carol {number}", "revision": "1"})

    answers = at_once(*(yes(person, number) for number, person in enumerate(people)))

    assert {answer.status_code for answer in answers} == {303}
    assert (shop.count(Answer), shop.count(Message)) == (1, 1)
    assert shop.verbs(quote).count("approved") == 1
    pages = {person.get(path).text for person in people}
    assert len(pages) == 1
    assert "You approved this quote" in pages.pop()
