"""Reads a live stream of a running server, as an open page does."""

import time

import requests

WITHIN_S = 20


class Listener:
    """One open stream. Each wait ends by itself: a stream that says nothing fails the test."""

    def __init__(self, page_url: str, **headers: str):
        self.answer = requests.get(f"{page_url}/live", stream=True, timeout=(5, WITHIN_S), headers=headers)
        self.lines = self.answer.iter_lines(chunk_size=1, decode_unicode=True)

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_trouble) -> None:
        self.leave()

    @property
    def status(self) -> int:
        return self.answer.status_code

    def next(self, event: str) -> str:
        """The data of the next event, which must be `event`; beats are passed over."""
        until = time.monotonic() + WITHIN_S
        while True:
            heard = self._event()
            assert time.monotonic() < until, f"nothing but beats; {event} was awaited"
            if heard.get("event") != "beat" or event == "beat":
                assert heard.get("event") == event, heard
                return heard["data"]

    def hears(self, version: str) -> bool:
        """True once it is told `version`. What another process committed just before the opening may be rung late."""
        while self.next("version") != version:
            pass
        return True

    def last_event(self) -> str:
        """The name of the event that the stream ends with."""
        last = ""
        while heard := self._event():
            last = heard["event"]
        return last

    def _event(self) -> dict[str, str]:
        fields = {}
        for line in self.lines:
            if line:
                name, _colon, value = line.partition(": ")
                fields[name] = value
            elif "event" in fields:
                return fields
        return fields

    def has_ended(self) -> bool:
        return self._event() == {}

    def leave(self) -> None:
        self.answer.close()
