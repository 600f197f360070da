"""A letter in words, and why one did not go: what all know of mail who neither spell nor send any."""

import re
from dataclasses import dataclass
from datetime import datetime

from portal.fields import one_line

OVERRIDES = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # would turn round the words that follow


class Trouble(Exception):
    """A letter did not go. `reason` is one of a few words of ours, or the server's own answer, with its code first.

    `is_final` when trying again would end the same; `is_everybodys` when no other letter would go now either.
    """

    def __init__(self, reason: str, *, is_final: bool = False, is_everybodys: bool = False):
        super().__init__(reason)
        self.reason, self.is_final, self.is_everybodys = reason, is_final, is_everybodys


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A PDF that goes along."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail in words, before it is spelled for the wire."""

    recipient: str
    sender_name: str
    reply_to: str  # "" for none
    subject: str
    text: str
    html: str
    locale: str
    written_at: datetime
    mark: str  # the same at every try, so that a mail program can tell that it has this one
    attachment: Attachment | None = None


def calm(text: str) -> str:
    """`text` on one line, without what would turn round the words beside it."""
    return one_line(OVERRIDES.sub("", text))
