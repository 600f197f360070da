"""What the staff's pages say of a record that something is about, and of what waits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """A work order, quote or invoice that something is about."""

    kind: str
    title: str
    words: str  # "Quote 318"
    url: str  # "" for whoever may not open it


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What a customer did, and how things stand since."""

    what: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What the office has yet to do, and the list that shows it."""

    words: str
    url: str
