"""What Stripe can be asked for: exact amounts only."""

from portal import money


def amounts(balance: int, deposit: int, currency: str) -> dict[str, int]:
    """{"deposit" and "balance": minor units} as far as they can be asked for. `deposit`: what is still due of it."""
    found = {"deposit": deposit} if 0 < deposit < balance else {}
    found |= {"balance": balance} if balance > 0 else {}
    return {name: amount for name, amount in found.items() if is_exact(amount, currency)}


def is_exact(amount: int, currency: str) -> bool:
    """Whether Stripe can ask for just this: with three decimals the last must be 0 (docs.stripe.com/currencies)."""
    return money.decimals(currency) < 3 or amount % 10 == 0
