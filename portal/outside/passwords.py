"""Passwords, by argon2 with OWASP's small parameters: one at a time, away from the loop."""

import threading

import gevent
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP Password Storage Cheat Sheet: m=19 MiB, t=2, p=1. The library's default of 64 MiB filled a small machine when
# twenty people signed in at once.
HASHER = PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1)
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$kuLQFI2UQ7eKPv9uEvC5yw$sYaVPzE4oD1Y0m0m3O5hZRXkuXh2YyPzL7wuvS4r5sE"
LEAST = 10

MOST_WAITING = 50

_one_at_a_time = threading.Lock()
_waiting = 0


class Busy(Exception):
    """Too many people are signing in at this moment."""


def hashed(password: str) -> str:
    """A hash to keep. Takes about 30 ms of processor time, during which the loop goes on."""
    return _away(HASHER.hash, password)


def matches(kept: str | None, password: str) -> bool:
    """Whether `password` is the one behind `kept`. Takes as long when nobody goes by that name."""
    try:
        return _away(HASHER.verify, kept or NOBODYS, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def _away(function, *args):
    global _waiting
    if _waiting >= MOST_WAITING:
        raise Busy
    _waiting += 1
    try:
        with _one_at_a_time:
            return gevent.get_hub().threadpool.apply(function, args)
    finally:
        _waiting -= 1
