"""Several people in the same instant: at the running server, or at the rules themselves."""

import threading
from collections.abc import Callable

import requests
from flask import Flask

from models import db
from tests.factories import PASSWORD, csrf_of


class Person:
    """Somebody at a browser: signed in where a name is given."""

    def __init__(self, url: str, first_name: str = ""):
        self.url = url
        self.session = requests.Session()
        self.csrf = ""
        if first_name:
            self.csrf = csrf_of(self.get("/staff/sign-in").text)
            self.press("/staff/sign-in", {"email": f"{first_name.lower()}@shop.example", "password": PASSWORD})
            self.csrf = csrf_of(self.get("/staff/me").text)

    def twin(self) -> "Person":
        """The same person in another tab."""
        twin = Person(self.url)
        twin.session.cookies.update(self.session.cookies)
        twin.csrf = self.csrf
        return twin

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=60)

    def press(self, path: str, form: dict | None = None, **headers: str) -> requests.Response:
        data = ({"csrf_token": self.csrf} if self.csrf else {}) | (form or {})
        return self.session.post(self.url + path, data=data, headers=headers, timeout=60, allow_redirects=False)


def at_once(*calls: Callable[[], requests.Response]) -> list[requests.Response]:
    """What each call answers, when all are made in the same instant."""
    barrier, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int) -> None:
        barrier.wait()
        answers[place] = calls[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def in_threads(app: Flask, count: int, act: Callable[[], object]) -> list:
    """What `act` gives, or raises in, `count` threads that begin in the same instant, each with its own connection."""
    barrier, given = threading.Barrier(count), []

    def run() -> None:
        with app.app_context():
            barrier.wait()
            try:
                given.append(act())
            except Exception as error:
                given.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given
