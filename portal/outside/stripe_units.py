"""Amounts as Stripe counts them, and as we do."""

from decimal import Decimal

from portal import money

# Where Stripe's minor units are not those of ISO 4217 (docs.stripe.com/currencies, "Special cases").
PLACES = {"ISK": 2, "UGX": 2, "MGA": 0}


class Declined(Exception):
    """Stripe answers and will not do it. `reason` is its code, or a word of ours. `is_replay`: said before."""

    def __init__(self, reason: str, *, is_replay: bool = False):
        super().__init__(reason)
        self.reason, self.is_replay = reason, is_replay


def at_stripe(amount: int, currency: str) -> int:
    """`amount` in the minor units that Stripe counts in. Raises Declined where it would have to be rounded."""
    exact = money.major(amount, currency).scaleb(PLACES.get(currency, money.decimals(currency)))
    if exact != int(exact):
        raise Declined("too fine")
    return int(exact)


def amount_of(thing: dict) -> int:
    return in_iso(thing["amount"], thing["currency"].upper())


def in_iso(amount: int, currency: str) -> int:
    """What Stripe counts, in our minor units."""
    exact = Decimal(amount).scaleb(-PLACES.get(currency, money.decimals(currency)))
    return int(exact.scaleb(money.decimals(currency)))
