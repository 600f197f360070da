"""The few ways a verb says no. Each carries what its page needs to say, nothing more."""

from datetime import datetime


class NotAllowed(Exception):
    """The record is not in a state for this verb. Nothing was changed."""


class Stale(NotAllowed):
    """Somebody answers a revision that is not the present one: they have to look again."""


class Expired(NotAllowed):
    """The last day on which it could be approved has passed."""


class Incomplete(NotAllowed):
    """Something is missing: "lines", "name" or "body"."""

    def __init__(self, what: str):
        super().__init__(what)
        self.what = what


class ChangedMeanwhile(Exception):
    """Somebody saved the record after this form was opened. Nothing was changed."""

    def __init__(self, who: str, at: datetime | None):
        super().__init__("changed meanwhile")
        self.who, self.at = who, at


class TooMany(Exception):
    """The sender has sent enough for now."""


class Full(Exception):
    """The record holds as much as it may."""


class KeyLost(Exception):
    """The key a link was derived from is not there any more: the link works, but nobody can write it down again."""


class Gone(Exception):
    """The link was revoked while the request was on its way."""
