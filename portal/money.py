"""Money itself: whole minor units of a currency, one rounding, shares that add up, and how large a figure may be. Pure.

Money is an `int` of minor units (cents) beside a currency; percentages, quantities and prices are `Decimal`. Between
two roundings everything is an exact fraction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum, auto
from fractions import Fraction

# ISO 4217. Not CLDR: its decimals follow what shops do and change between releases (IQD 0, UGX 0, IRR 0); the minor
# units in the database would then mean another amount.
DECIMALS = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
DECIMALS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3) | {"CLF": 4, "UYW": 4}

MOST_LINES = 1_000
MOST_QUANTITY = Decimal(1_000_000)
MOST_PRICE = Decimal(10_000_000_000)  # in major units; a house in Vietnamese dong
MOST_PERCENT = Decimal(100)
MOST_MINOR = 10**15  # MOST_LINES such amounts still fit 64 bits, and one of them a number in JavaScript
QUANTITY_PLACES = PERCENT_PLACES = PRICE_PLACES = 4  # PRICE_PLACES come on top of the currency's


class Fault(Enum):
    NOT_A_NUMBER = auto()  # NaN, Infinity
    TOO_LARGE = auto()
    TOO_FINE = auto()  # more decimal places than are kept
    NEGATIVE = auto()
    MORE_THAN_ALL = auto()  # a discount or deposit of more than there is, or of the other sign
    TAX_MISFIT = auto()  # a category that never has a rate has one, or the reverse
    TOO_MANY_LINES = auto()
    NO_CURRENCY = auto()


class MoneyError(ValueError):
    """A figure that cannot be: which `fault`, in which `field`, of which `line` (its place from 0, or None)."""

    def __init__(self, fault: Fault, field: str, line: int | None = None):
        super().__init__(f"{fault.name} in {field}" + ("" if line is None else f" of line {line}"))
        self.fault, self.field, self.line = fault, field, line


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """So many percent of a whole, or so many minor units of it: never both. Of a negative whole it is negative too."""

    percent: Decimal | None = None
    minor: int = 0

    def __post_init__(self):
        if self.percent is not None and self.minor:
            raise TypeError("a part is a percentage or an amount, never both")


NOTHING = Part()


class Category(StrEnum):
    """Why a tax is what it is: UNTDID 5305, as far as EN 16931 admits it. Only the first three have a rate."""

    STANDARD = "S"
    CANARY_ISLANDS = "L"
    CEUTA_MELILLA = "M"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUTSIDE = "O"  # an e-invoice with it may have no other category (BR-O-11)


TAXED = {Category.STANDARD, Category.CANARY_ISLANDS, Category.CEUTA_MELILLA}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    rate: Decimal  # percent: more than 0 for STANDARD (BR-S-05), 0 for what is exempt, export, …
    category: Category = Category.STANDARD


UNTAXED = Tax(rate=Decimal(0), category=Category.EXEMPT)  # an e-invoice also wants to know why (BT-120)


def rounded(exact: Fraction) -> int:
    """The nearest whole number; a half goes away from zero. All rounding of money happens here."""
    size = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return size if exact >= 0 else -size


def split(whole: int, weights: Sequence[int]) -> list[int]:
    """`whole` in parts that add up to it, in proportion to `weights`. Largest remainder; ties go to the first.

    `whole` must be 0 where the weights' sum is.
    """
    among = sum(weights) or 1
    return fill(whole, [Fraction(whole * weight, among) for weight in weights])


def fill(whole: int, exact: list[Fraction]) -> list[int]:
    """Whole numbers that add up to `whole`, each less than 1 from its `exact` part, which make it within 1."""
    # Cut towards zero, not down, or negative parts would not mirror positive ones.
    parts = [int(part) for part in exact]
    lacking = whole - sum(parts)
    step = 1 if lacking > 0 else -1
    by_remainder = sorted(range(len(parts)), key=lambda place: step * (parts[place] - exact[place]))
    for place in by_remainder[: abs(lacking)]:
        parts[place] += step
    return parts


def part_of(part: Part, whole: int, field: str, line: int | None = None, *, may_cap: bool = False) -> int:
    """The minor units that `part` is of `whole`: at most all of it, if need be by `may_cap`. Raises MoneyError."""
    if part.percent is not None:
        check_decimal(part.percent, MOST_PERCENT, PERCENT_PLACES, field, line)
        return rounded(whole * Fraction(part.percent) / 100)
    within_range(part.minor, field, line)
    is_same_way = (part.minor < 0) == (whole < 0)
    if part.minor == 0 or (is_same_way and abs(part.minor) <= abs(whole)):
        return part.minor
    if may_cap:
        return whole if is_same_way else 0
    raise MoneyError(Fault.MORE_THAN_ALL, field, line)


def tax_of(base: int, rate: Decimal, *, is_included: bool) -> int:
    """The tax on `base`, or if it is included, in it."""
    return rounded(base * Fraction(rate) / (100 + Fraction(rate) if is_included else 100))


def decimals(currency: str) -> int:
    """How many decimal places `currency` has: 0 for JPY, 2 for USD, 3 for KWD."""
    return DECIMALS.get(currency, 2)


def major(minor: int, currency: str) -> Decimal:
    """1234 → Decimal("12.34"), exact; with the currency's decimals even where they are 0."""
    return Decimal(f"{minor}E-{decimals(currency)}")


def minor(amount: Decimal, currency: str, *, field: str = "amount") -> int:
    """Decimal("12.34") → 1234. Raises MoneyError where that would need rounding."""
    check_decimal(amount, Decimal(f"{MOST_MINOR}E-{decimals(currency)}"), decimals(currency), field, None)
    return int(Fraction(amount) * 10 ** decimals(currency))


def check_decimal(
    value: Decimal, most: Decimal, places: int, field: str, line: int | None, *, may_be_negative: bool = False
) -> None:
    """Raises MoneyError unless `value` is a number within 0 (or −`most`) and `most`, of at most so many `places`."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{field} is a {type(value).__name__}, not a Decimal")
    if not value.is_finite():
        raise MoneyError(Fault.NOT_A_NUMBER, field, line)
    if value < 0 and not may_be_negative:
        raise MoneyError(Fault.NEGATIVE, field, line)
    if value.copy_abs() > most:
        raise MoneyError(Fault.TOO_LARGE, field, line)
    # adjusted() first: the fraction of 1E-999999 takes its time.
    if value and (value.adjusted() < -places or (Fraction(value) * 10**places).denominator != 1):
        raise MoneyError(Fault.TOO_FINE, field, line)


def check_tax(tax: Tax, field: str, line: int | None = None) -> None:
    """Raises MoneyError unless the rate is one, and one that its category may have (BR-S-05, BR-E-05, …)."""
    check_decimal(tax.rate, MOST_PERCENT, PERCENT_PLACES, field, line)
    has_rate = tax.rate > 0
    if (tax.category == Category.STANDARD and not has_rate) or (has_rate and tax.category not in TAXED):
        raise MoneyError(Fault.TAX_MISFIT, field, line)


def within_range(amount: int, field: str, line: int | None = None) -> int:
    """`amount`, if it is one that can be kept. Raises MoneyError."""
    if type(amount) is not int:
        raise TypeError(f"{field} is a {type(amount).__name__}, not an int of minor units")
    if abs(amount) > MOST_MINOR:
        raise MoneyError(Fault.TOO_LARGE, field, line)
    return amount
