"""Money itself: one rounding, shares that add up, the decimals of currencies, and what is too large or too fine."""

from decimal import Decimal
from fractions import Fraction

import pytest

from portal import money
from portal.money import Category, Fault, MoneyError, Part, Tax


@pytest.mark.parametrize(
    ("exact", "whole"),
    [("0", 0), ("0.49", 0), ("0.5", 1), ("1.5", 2), ("2.5", 3), ("-0.49", 0), ("-0.5", -1), ("-12.5", -13), ("7", 7)],
)
def test_a_half_goes_away_from_zero(exact, whole):
    assert money.rounded(Fraction(exact)) == whole


def test_rounding_is_exact_far_beyond_what_a_float_or_28_digits_hold():
    assert money.rounded(Fraction(Decimal("123456789012345678901234567890.5"))) == 123456789012345678901234567891
    assert money.rounded(Fraction(10**40 - 1, 2 * 10**40)) == 0


@pytest.mark.parametrize(
    ("whole", "weights", "parts"),
    [
        (1000, [3333, 3333, 3334], [333, 333, 334]),
        (100, [1, 1, 1], [34, 33, 33]),
        (200, [1, 1, 1], [67, 67, 66]),
        (1, [1, 1], [1, 0]),
        (10, [1, 2, 3], [2, 3, 5]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (-100, [-1, -1, -1], [-34, -33, -33]),
        (8, [100, -20], [10, -2]),
        (5, [0, 7, 0], [0, 5, 0]),
        (0, [0, 0], [0, 0]),
        (0, [4, -4], [0, 0]),
        (0, [], []),
    ],
)
def test_shares_go_by_largest_remainder_and_ties_to_the_first(whole, weights, parts):
    assert money.split(whole, weights) == parts


@pytest.mark.parametrize(("currency", "places"), [("JPY", 0), ("USD", 2), ("EUR", 2), ("KWD", 3), ("CLF", 4)])
def test_a_currency_has_its_decimals(currency, places):
    assert money.decimals(currency) == places
    assert money.major(12345, currency) == Decimal(12345).scaleb(-places)
    assert money.minor(money.major(12345, currency), currency) == 12345


@pytest.mark.parametrize(
    ("minor", "currency", "major"),
    [(1234, "USD", "12.34"), (1200, "USD", "12.00"), (0, "USD", "0.00"), (29, "JPY", "29"), (-5, "KWD", "-0.005")],
)
def test_minor_units_are_written_out_with_all_decimals(minor, currency, major):
    assert str(money.major(minor, currency)) == major


@pytest.mark.parametrize(
    ("typed", "currency", "minor"), [("12.34", "USD", 1234), ("29", "JPY", 29), ("0.5", "KWD", 500)]
)
def test_an_amount_is_taken_as_minor_units(typed, currency, minor):
    assert money.minor(Decimal(typed), currency) == minor


@pytest.mark.parametrize(
    ("typed", "currency", "fault"),
    [
        ("0.001", "USD", Fault.TOO_FINE),
        ("0.5", "JPY", Fault.TOO_FINE),
        ("0.0001", "KWD", Fault.TOO_FINE),
        ("-1", "USD", Fault.NEGATIVE),
        ("10000000000000.01", "USD", Fault.TOO_LARGE),
        ("9" * 40, "USD", Fault.TOO_LARGE),
        ("1E+999999", "USD", Fault.TOO_LARGE),
        ("1E-999999", "USD", Fault.TOO_FINE),
        ("NaN", "USD", Fault.NOT_A_NUMBER),
        ("sNaN", "USD", Fault.NOT_A_NUMBER),
        ("Infinity", "USD", Fault.NOT_A_NUMBER),
    ],
)
def test_an_amount_that_cannot_be_kept_is_refused(typed, currency, fault):
    with pytest.raises(MoneyError) as refused:
        money.minor(Decimal(typed), currency, field="price")
    assert (refused.value.fault, refused.value.field, refused.value.line) == (fault, "price", None)


def test_the_largest_amount_is_kept_and_all_lines_of_it_fit_64_bits():
    assert money.minor(money.major(money.MOST_MINOR, "USD"), "USD") == money.MOST_MINOR
    assert money.MOST_MINOR * money.MOST_LINES < 2**63
    assert money.MOST_MINOR < 2**53


@pytest.mark.parametrize("value", [1.5, 2, "3", None])
def test_only_a_decimal_is_a_decimal(value):
    with pytest.raises(TypeError):
        money.check_decimal(value, Decimal(10), 2, "quantity", None)


@pytest.mark.parametrize("value", [1.5, Decimal(2), "3", True, None])
def test_only_an_int_is_minor_units(value):
    with pytest.raises(TypeError):
        money.within_range(value, "paid")


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (Part(percent=Decimal(10)), 145, 15),
        (Part(percent=Decimal(10)), -145, -15),
        (Part(percent=Decimal(30)), 15548, 4664),
        (Part(percent=Decimal(100)), 333, 333),
        (Part(percent=Decimal("0.0001")), 10**6, 1),
        (Part(percent=Decimal(0)), 145, 0),
        (Part(minor=145), 145, 145),
        (Part(minor=-145), -145, -145),
        (Part(), 145, 0),
        (Part(), -145, 0),
    ],
)
def test_a_part_is_a_percentage_or_an_amount(part, whole, expected):
    assert money.part_of(part, whole, "discount") == expected


@pytest.mark.parametrize(
    ("part", "whole", "fault"),
    [
        (Part(minor=146), 145, Fault.MORE_THAN_ALL),
        (Part(minor=1), 0, Fault.MORE_THAN_ALL),
        (Part(minor=-1), 0, Fault.MORE_THAN_ALL),
        (Part(minor=-1), 145, Fault.MORE_THAN_ALL),
        (Part(minor=1), -145, Fault.MORE_THAN_ALL),
        (Part(minor=10**16), 145, Fault.TOO_LARGE),
        (Part(percent=Decimal("100.0001")), 145, Fault.TOO_LARGE),
        (Part(percent=Decimal("-1")), 145, Fault.NEGATIVE),
        (Part(percent=Decimal("0.00001")), 145, Fault.TOO_FINE),
        (Part(percent=Decimal("NaN")), 145, Fault.NOT_A_NUMBER),
    ],
)
def test_a_part_is_never_more_than_all(part, whole, fault):
    with pytest.raises(MoneyError) as refused:
        money.part_of(part, whole, "discount", 3)
    assert (refused.value.fault, refused.value.field, refused.value.line) == (fault, "discount", 3)


@pytest.mark.parametrize(
    ("minor", "whole", "taken"), [(500, 300, 300), (500, 0, 0), (500, -300, 0), (-500, -300, -300)]
)
def test_where_lines_may_still_be_ticked_an_amount_takes_at_most_what_there_is(minor, whole, taken):
    assert money.part_of(Part(minor=minor), whole, "discount", may_cap=True) == taken


def test_a_part_is_never_both():
    with pytest.raises(TypeError):
        Part(percent=Decimal(10), minor=5)


@pytest.mark.parametrize(
    ("tax", "fault"),
    [
        (Tax(rate=Decimal(0)), Fault.TAX_MISFIT),
        (Tax(rate=Decimal(5), category=Category.EXEMPT), Fault.TAX_MISFIT),
        (Tax(rate=Decimal(5), category=Category.REVERSE_CHARGE), Fault.TAX_MISFIT),
        (Tax(rate=Decimal(5), category=Category.OUTSIDE), Fault.TAX_MISFIT),
        (Tax(rate=Decimal(101)), Fault.TOO_LARGE),
        (Tax(rate=Decimal(-5)), Fault.NEGATIVE),
        (Tax(rate=Decimal("7.37512")), Fault.TOO_FINE),
        (Tax(rate=Decimal("NaN")), Fault.NOT_A_NUMBER),
    ],
)
def test_a_tax_has_a_rate_that_its_category_may_have(tax, fault):
    with pytest.raises(MoneyError) as refused:
        money.check_tax(tax, "tax")
    assert refused.value.fault is fault


@pytest.mark.parametrize("category", Category)
def test_every_category_has_a_rate_that_fits(category):
    money.check_tax(Tax(rate=Decimal(7 if category in money.TAXED else 0), category=category), "tax")
