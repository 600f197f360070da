"""What documents come to: every vector of the money rules, refusals, optional lines, conversion and credit."""

from dataclasses import replace
from decimal import Decimal

import pytest

from portal import money
from portal.money import Category, Fault, MoneyError, Part, Tax
from portal.totals import Document, DoesNotAddUp, Line, agreed, all_chosen, credit, prove, totals


def line(quantity: str, unit_price: str, rate: str = "0", **more) -> Line:
    tax = Tax(rate=Decimal(rate), category=Category.STANDARD if Decimal(rate) else Category.EXEMPT)
    return Line(quantity=Decimal(quantity), unit_price=Decimal(unit_price), tax=tax, **more)


def document(*lines: Line, currency: str = "USD", **more) -> Document:
    return Document(currency=currency, lines=lines, **more)


def percent(rate: str) -> Part:
    return Part(percent=Decimal(rate))


# --- the vectors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "lines", "currency", "net", "tax", "total"),
    [
        ("3 x 0.335", [("3", "0.335")], "USD", 101, 0, 101),
        ("1.45 at 10 %", [("1", "1.45", "10")], "USD", 145, 15, 160),
        ("yen 400 at 7.125 %", [("1", "400", "7.125")], "JPY", 400, 29, 429),
        ("3 x 33.33 at 7.375 %", [("1", "33.33", "7.375")] * 3, "USD", 9999, 737, 10736),
        ("3 x 33.33 in one line", [("3", "33.33", "7.375")], "USD", 9999, 737, 10736),
        ("3 x 10.05 at 10 %", [("1", "10.05", "10")] * 3, "USD", 3015, 302, 3317),
        ("5 x 84.03 at 19 %", [("1", "84.03", "19")] * 5, "EUR", 42015, 7983, 49998),
        ("100 x 0.03 at 19 %", [("1", "0.03", "19")] * 100, "EUR", 300, 57, 357),
        ("1.333 h x 85.00", [("1.333", "85.00")], "USD", 11331, 0, 11331),
        ("129.95 at 8.875 %", [("1", "129.95", "8.875")], "USD", 12995, 1153, 14148),
        ("a credit of -0.125", [("-1", "0.125")], "USD", -13, 0, -13),
        ("dinar have three decimals", [("3", "0.3335", "5")], "KWD", 1001, 50, 1051),
        ("yen prices may be fine", [("3", "0.3335")], "JPY", 1, 0, 1),
    ],
)
def test_prices_without_tax(name, lines, currency, net, tax, total):
    figures = totals(document(*(line(*each) for each in lines), currency=currency))
    assert (figures.net, figures.tax, figures.total) == (net, tax, total)
    prove(figures)


@pytest.mark.parametrize(
    ("name", "lines", "net", "tax", "total"),
    [
        ("3 x 9.99 at 20 %", [("1", "9.99", "20")] * 3, 2497, 500, 2997),
        ("3 x 9.99 in one line", [("3", "9.99", "20")], 2497, 500, 2997),
        ("7 x 0.99 at 20 %", [("1", "0.99", "20")] * 7, 577, 116, 693),
        ("99.99 at 19 %, which no net makes", [("1", "99.99", "19")], 8403, 1596, 9999),
    ],
)
def test_prices_with_tax(name, lines, net, tax, total):
    figures = totals(document(*(line(*each) for each in lines), includes_tax=True))
    assert (figures.subtotal, figures.net, figures.tax, figures.total) == (total, net, tax, total)
    assert [part.gross for part in figures.lines] == [part.price for part in figures.lines]
    prove(figures)


def test_a_document_discount_over_two_rates_with_a_deposit():
    figures = totals(
        document(line("1", "100.00", "20"), line("1", "50.00", "5.5"), discount=percent("10"), deposit=percent("30")),
    )
    assert [(group.net, group.tax) for group in figures.groups] == [(9000, 1800), (4500, 248)]
    assert (figures.subtotal, figures.discount, figures.net, figures.tax) == (15000, 1500, 13500, 2048)
    assert (figures.total, figures.deposit, figures.rest) == (15548, 4664, 10884)


@pytest.mark.parametrize("rates", [("0", "0", "0"), ("20", "10", "5"), ("20", "20", "5")])
@pytest.mark.parametrize("includes_tax", [False, True])
def test_ten_off_three_thirds_is_ten(rates, includes_tax):
    prices = ("33.33", "33.33", "33.34")
    lines = [line("1", price, rate) for price, rate in zip(prices, rates, strict=True)]
    figures = totals(document(*lines, discount=Part(minor=1000), includes_tax=includes_tax))
    assert sum(group.discount for group in figures.groups) == figures.discount == 1000
    assert figures.net == figures.lines_net - sum(part.document_discount for part in figures.lines)
    prove(figures)


def test_the_sample_invoice():
    lines = [line("1", p, "7.9") for p in ("1180", "640", "38", "38", "118", "80")]
    figures = totals(document(*lines, discount=percent("5")), paid=4645)
    assert (figures.subtotal, figures.discount, figures.net) == (209400, 10470, 198930)
    assert (figures.tax, figures.total, figures.paid, figures.balance) == (15715, 214645, 4645, 210000)


# --- lines --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("discount", "amount", "off", "price"),
    [
        (percent("10"), 335, 34, 301),
        (percent("12.5"), 335, 42, 293),
        (percent("100"), 335, 335, 0),
        (Part(minor=35), 335, 35, 300),
        (Part(minor=335), 335, 335, 0),
        (Part(), 335, 0, 335),
    ],
)
def test_a_line_discount_is_rounded_once(discount, amount, off, price):
    (part,) = totals(document(line("1", "3.345", discount=discount))).lines
    assert (part.amount, part.discount, part.price, part.net) == (amount, off, price, price)


def test_tax_of_a_group_is_shared_among_its_lines():
    figures = totals(document(*[line("1", "0.03", "19")] * 100))
    assert sum(part.tax for part in figures.lines) == figures.tax == 57
    assert {part.tax for part in figures.lines} == {0, 1}


def test_groups_are_by_rate_and_category_highest_first():
    taxes = [("5.5", "S"), ("0", "E"), ("20", "S"), ("0", "Z"), ("20.00", "S")]
    lines = [Line(unit_price=Decimal(1), tax=Tax(rate=Decimal(rate), category=Category(c))) for rate, c in taxes]
    figures = totals(document(*lines))
    assert [(group.rate, group.category, group.net) for group in figures.groups] == [
        (20, "S", 200),
        (Decimal("5.5"), "S", 100),
        (0, "E", 100),
        (0, "Z", 100),
    ]


def test_a_trade_in_is_a_line_with_a_negative_quantity():
    figures = totals(document(line("1", "100", "20"), line("-1", "20", "10"), discount=percent("10")))
    assert [(group.price, group.discount, group.tax) for group in figures.groups] == [
        (10000, 1000, 1800),
        (-2000, -200, -180),
    ]
    prove(figures)


def test_nothing_comes_to_nothing():
    figures = totals(document(discount=percent("10"), deposit=percent("30")))
    assert (figures.lines, figures.groups, figures.total, figures.deposit, figures.balance) == ((), (), 0, 0, 0)
    prove(figures)


def test_what_was_paid_too_much_is_a_negative_balance():
    assert totals(document(line("1", "10")), paid=1200).balance == -200


# --- optional lines -----------------------------------------------------------------------------------------------


def test_an_optional_line_counts_once_it_is_chosen():
    left_out = line("1", "50", "20", is_optional=True)
    kept = line("1", "100", "20")
    figures = totals(document(kept, left_out))
    assert (figures.subtotal, figures.total) == (10000, 12000)
    assert (figures.lines[1].price, figures.lines[1].gross, figures.lines[1].is_counted) == (5000, 0, False)
    prove(figures)
    assert totals(document(kept, replace(left_out, is_chosen=True))).total == 18000


def test_a_customer_who_unticks_lines_never_gets_below_nothing():
    quote = document(
        line("1", "30"), line("1", "100", is_optional=True), discount=Part(minor=5000), deposit=Part(minor=4000)
    )
    figures = totals(quote)
    assert (figures.discount, figures.total, figures.deposit) == (3000, 0, 0)
    everything = totals(all_chosen(quote))
    assert (everything.discount, everything.total, everything.deposit) == (5000, 8000, 4000)
    invoice = totals(agreed(quote))
    assert (invoice.discount, invoice.total, len(invoice.lines)) == (3000, 0, 1)


# --- conversion and credit ----------------------------------------------------------------------------------------


def test_an_approved_quote_keeps_its_figures():
    quote = document(
        line("3", "33.33", "20", discount=percent("5")),
        line("1", "9.99", "5.5", is_optional=True, is_chosen=True),
        line("7", "9.99", "5.5", is_optional=True),
        discount=percent("2.5"),
        deposit=percent("30"),
    )
    before, after = totals(quote), totals(agreed(quote))
    assert replace(before, lines=()) == replace(after, lines=())
    assert after.lines == tuple(part for part in before.lines if part.is_counted)


def test_a_credit_takes_back_every_figure():
    invoice = document(
        line("3", "33.335", "20", discount=Part(minor=35)),
        line("1", "0.125"),
        discount=Part(minor=5),
        includes_tax=True,
    )
    figures, back = totals(invoice), totals(credit(invoice))
    assert (back.total, back.tax, back.discount) == (-figures.total, -figures.tax, -figures.discount)
    assert credit(credit(invoice)) == invoice
    prove(back)


# --- refusals -----------------------------------------------------------------------------------------------------


def refusal(of: Document, **more) -> tuple[Fault, str, int | None]:
    with pytest.raises(MoneyError) as refused:
        totals(of, **more)
    return refused.value.fault, refused.value.field, refused.value.line


@pytest.mark.parametrize(
    ("changed", "fault", "field"),
    [
        ({"quantity": Decimal("1000000.0001")}, Fault.TOO_LARGE, "quantity"),
        ({"quantity": Decimal("-1000000.0001")}, Fault.TOO_LARGE, "quantity"),
        ({"quantity": Decimal("0.00001")}, Fault.TOO_FINE, "quantity"),
        ({"quantity": Decimal("NaN")}, Fault.NOT_A_NUMBER, "quantity"),
        ({"quantity": Decimal("-Infinity")}, Fault.NOT_A_NUMBER, "quantity"),
        ({"unit_price": Decimal("-1")}, Fault.NEGATIVE, "unit_price"),
        ({"unit_price": Decimal("10000000000.01")}, Fault.TOO_LARGE, "unit_price"),
        ({"unit_price": Decimal("0.0000001")}, Fault.TOO_FINE, "unit_price"),
        ({"unit_price": money.MOST_PRICE, "quantity": money.MOST_QUANTITY}, Fault.TOO_LARGE, "unit_price"),
        ({"discount": Part(minor=1001)}, Fault.MORE_THAN_ALL, "discount"),
        ({"discount": Part(minor=-1)}, Fault.MORE_THAN_ALL, "discount"),
        ({"discount": percent("101")}, Fault.TOO_LARGE, "discount"),
        ({"tax": Tax(rate=Decimal(5), category=Category.EXPORT)}, Fault.TAX_MISFIT, "tax"),
        ({"tax": Tax(rate=Decimal("7.00001"))}, Fault.TOO_FINE, "tax"),
    ],
)
def test_a_line_that_cannot_be_is_named(changed, fault, field):
    fine = line("1", "10")
    assert refusal(document(fine, replace(fine, **changed))) == (fault, field, 1)
    left_out = replace(fine, **changed, is_optional=True)
    assert refusal(document(fine, left_out)) == (fault, field, 1)


@pytest.mark.parametrize(
    ("changed", "fault", "field"),
    [
        ({"discount": Part(minor=2001)}, Fault.MORE_THAN_ALL, "discount"),
        ({"discount": percent("100.1")}, Fault.TOO_LARGE, "discount"),
        ({"deposit": Part(minor=2001)}, Fault.MORE_THAN_ALL, "deposit"),
        ({"deposit": percent("-1")}, Fault.NEGATIVE, "deposit"),
        ({"currency": "usd"}, Fault.NO_CURRENCY, "currency"),
        ({"currency": ""}, Fault.NO_CURRENCY, "currency"),
        ({"currency": "US1"}, Fault.NO_CURRENCY, "currency"),
        ({"lines": (line("1", "1"),) * 1001}, Fault.TOO_MANY_LINES, "lines"),
        ({"lines": (line("90000", "100000000"),) * 2}, Fault.TOO_LARGE, "lines"),
        ({"lines": (line("90000", "100000000", "19"),)}, Fault.TOO_LARGE, "lines"),
    ],
)
def test_a_document_that_cannot_be_is_named(changed, fault, field):
    fine = document(line("1", "10"), line("1", "10"))
    assert refusal(replace(fine, **changed)) == (fault, field, None)


def test_a_payment_that_cannot_be_is_named():
    assert refusal(document(), paid=10**15 + 1) == (Fault.TOO_LARGE, "paid", None)


def test_a_float_never_touches_money():
    for wrong in ({"quantity": 1.5}, {"unit_price": 0.1}, {"discount": Part(minor=1.5)}, {"discount": Part(percent=5)}):
        with pytest.raises(TypeError):
            totals(document(replace(line("1", "10"), **wrong)))


# --- the guard ----------------------------------------------------------------------------------------------------

SOUND = document(
    line("3", "33.33", "20"),
    line("7", "0.99", "5.5", discount=percent("3")),
    discount=percent("10"),
    deposit=percent("30"),
)
DERIVED = "subtotal discount lines_net discount_net net tax total deposit rest paid balance".split()


@pytest.mark.parametrize("includes_tax", [False, True])
@pytest.mark.parametrize("name", DERIVED)
def test_a_total_that_is_a_cent_off_is_not_stored(name, includes_tax):
    figures = totals(replace(SOUND, includes_tax=includes_tax))
    prove(figures)
    with pytest.raises(DoesNotAddUp):
        prove(replace(figures, **{name: getattr(figures, name) + 1}))


@pytest.mark.parametrize("includes_tax", [False, True])
@pytest.mark.parametrize("name", "price discount lines_net discount_net net tax gross".split())
def test_a_row_of_the_tax_summary_that_is_a_cent_off_is_not_stored(name, includes_tax):
    figures = totals(replace(SOUND, includes_tax=includes_tax))
    first, second = figures.groups
    with pytest.raises(DoesNotAddUp):
        prove(replace(figures, groups=(replace(first, **{name: getattr(first, name) + 1}), second)))


@pytest.mark.parametrize("name", "amount discount price net document_discount tax gross".split())
def test_a_line_that_is_a_cent_off_is_not_stored(name):
    figures = totals(SOUND)
    first, second = figures.lines
    with pytest.raises(DoesNotAddUp):
        prove(replace(figures, lines=(replace(first, **{name: getattr(first, name) + 1}), second)))


def test_a_cent_moved_from_one_rate_to_another_is_not_stored():
    figures = totals(SOUND)
    first, second = figures.groups
    moved = (
        replace(first, tax=first.tax + 1, gross=first.gross + 1),
        replace(second, tax=second.tax - 1, gross=second.gross - 1),
    )
    with pytest.raises(DoesNotAddUp):
        prove(replace(figures, groups=moved))
