"""What a quote or an invoice comes to: discounts, taxes, deposit and balance, to the last cent. Pure.

Names like BR-CO-10 and BT-131 are those of EN 16931, the norm for e-invoices, which are made from the same figures.
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from portal import money
from portal.money import NOTHING, UNTAXED, Category, Fault, MoneyError, Part, Tax


class DoesNotAddUp(AssertionError):
    """Figures whose parts do not make the whole: they must not be stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`unit_price` is in major units ("0.335" dollars). A credit's quantity is negative, a price never is (BR-27)."""

    quantity: Decimal = Decimal(1)
    unit_price: Decimal
    discount: Part = NOTHING
    tax: Tax = UNTAXED
    is_optional: bool = False
    is_chosen: bool = False  # of an optional line: whether the customer ticked it

    @property
    def is_counted(self) -> bool:
        return self.is_chosen or not self.is_optional


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a quote or an invoice says. With `includes_tax` its prices and discounts have their tax in them."""

    currency: str
    lines: tuple[Line, ...] = ()
    includes_tax: bool = False
    discount: Part = NOTHING  # of all lines
    deposit: Part = NOTHING  # of the total


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFigures:
    """The first three are as typed, with tax or without; the others are 0 for a line left out.

    `amount − discount = price`, `net − document_discount + tax = gross`.
    """

    amount: int  # quantity × unit price
    discount: int  # the line's own
    price: int  # what stands at the line's end
    is_counted: bool = False
    net: int = 0  # BT-131: without tax, before the document's discount
    document_discount: int = 0  # its share, without tax
    tax: int = 0  # its share of the group's
    gross: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFigures:
    """One tax rate and category: a row of the tax summary.

    `lines_net − discount_net = net` (BR-S-08), `net + tax = gross`.
    """

    rate: Decimal
    category: Category
    price: int  # the sum of its lines' prices, as typed
    discount: int  # its share of the document's discount, as typed (BT-92 where prices exclude tax)
    lines_net: int
    discount_net: int  # BT-92
    net: int  # BT-116
    tax: int  # BT-117
    gross: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Minor units of `currency`. Where prices exclude tax, `subtotal` is `lines_net`, `discount` is `discount_net`."""

    currency: str
    includes_tax: bool
    lines: tuple[LineFigures, ...]  # in the document's order
    groups: tuple[GroupFigures, ...]  # highest rate first
    subtotal: int  # as typed
    discount: int  # as typed
    lines_net: int  # BT-106
    discount_net: int  # BT-107
    net: int  # BT-109
    tax: int  # BT-110
    total: int  # BT-112
    deposit: int
    rest: int  # total − deposit
    paid: int  # BT-113
    balance: int  # BT-115: negative when more was paid than was asked


def totals(document: Document, *, paid: int = 0) -> Totals:
    """All figures of `document`, of which `paid` minor units are paid. Raises MoneyError.

    They satisfy BR-CO-10 to BR-CO-17. Tax is rounded once per group. With `includes_tax` the group's
    gross is what was typed, and BR-CO-17 holds to one minor unit: no net makes 99.99 at 19 %.
    While optional lines are left out, a fixed discount or deposit is at most what is there.
    """
    _check_document(document, paid)
    lines = [_priced(document, place) for place in range(len(document.lines))]
    members = _members(document)
    prices = [sum(lines[place].price for place in places) for places in members.values()]
    subtotal = money.within_range(sum(prices), "lines")
    discount = money.part_of(document.discount, subtotal, "discount", may_cap=_leaves_out(document))
    groups = []
    for (tax, places), price, share in zip(members.items(), prices, money.split(discount, prices), strict=True):
        groups.append(_group(tax, price, share, includes_tax=document.includes_tax))
        shared = _shared(groups[-1], [lines[place] for place in places], includes_tax=document.includes_tax)
        for place, line in zip(places, shared, strict=True):
            lines[place] = line
    return _summed(document, tuple(lines), tuple(groups), paid)


def all_chosen(document: Document) -> Document:
    """`document` with every optional line ticked: what to try before it is sent, as fixed parts are not capped then."""
    return replace(document, lines=tuple(replace(line, is_chosen=True) for line in document.lines))


def agreed(document: Document) -> Document:
    """What an approved quote hands to its invoice: the lines that count, none optional any more; the same totals."""
    figures = totals(document)
    return replace(
        document,
        lines=tuple(replace(line, is_optional=False, is_chosen=False) for line in document.lines if line.is_counted),
        discount=_fixed(document.discount, figures.discount),
        deposit=_fixed(document.deposit, figures.deposit),
    )


def credit(document: Document) -> Document:
    """The document that takes back all of `document`: every one of its figures is the negative."""
    return replace(
        document,
        lines=tuple(
            replace(line, quantity=line.quantity.copy_negate(), discount=_fixed(line.discount, -line.discount.minor))
            for line in document.lines
        ),
        discount=_fixed(document.discount, -document.discount.minor),
        deposit=_fixed(document.deposit, -document.deposit.minor),
    )


def prove(figures: Totals) -> None:
    """The guard before a snapshot is stored. Raises DoesNotAddUp unless the parts of `figures` make the whole."""
    f, lines, groups = figures, figures.lines, figures.groups
    claims = [
        (f.subtotal, sum(line.price for line in lines if line.is_counted)),  # BR-CO-10 where prices exclude tax
        (f.subtotal, sum(group.price for group in groups)),
        (f.discount, sum(group.discount for group in groups)),  # BR-CO-11
        (f.discount_net, sum(line.document_discount for line in lines)),
        (f.lines_net, sum(line.net for line in lines)),  # BR-CO-10
        (f.net, f.lines_net - f.discount_net),  # BR-CO-13
        (f.tax, sum(line.tax for line in lines)),
        (f.total, f.net + f.tax),  # BR-CO-15
        (f.total, sum(line.gross for line in lines)),
        (f.rest, f.total - f.deposit),
        (f.balance, f.total - f.paid),  # BR-CO-16
    ]
    if not f.includes_tax:
        claims += [(f.lines_net, f.subtotal), (f.discount_net, f.discount)]
    for name in ("lines_net", "discount_net", "net", "tax"):  # BR-CO-11, BR-CO-14
        claims.append((getattr(f, name), sum(getattr(group, name) for group in groups)))
    for line in lines:
        claims.append((line.price, line.amount - line.discount))
        claims.append((line.gross, line.net - line.document_discount + line.tax))
    for group in groups:
        typed = group.gross if f.includes_tax else group.net
        claims.append((typed, group.price - group.discount))
        claims.append((group.net, group.lines_net - group.discount_net))  # BR-S-08
        claims.append((group.gross, group.net + group.tax))
        claims.append((group.tax, money.tax_of(typed, group.rate, is_included=f.includes_tax)))  # BR-CO-17
    if any(whole != parts for whole, parts in claims):
        raise DoesNotAddUp(figures)


def _check_document(document: Document, paid: int) -> None:
    if not re.fullmatch("[A-Z]{3}", document.currency):
        raise MoneyError(Fault.NO_CURRENCY, "currency")
    if len(document.lines) > money.MOST_LINES:
        raise MoneyError(Fault.TOO_MANY_LINES, "lines")
    money.within_range(paid, "paid")


def _check_line(line: Line, places: int, place: int) -> None:
    money.check_decimal(
        line.quantity, money.MOST_QUANTITY, money.QUANTITY_PLACES, "quantity", place, may_be_negative=True
    )
    money.check_decimal(line.unit_price, money.MOST_PRICE, places + money.PRICE_PLACES, "unit_price", place)
    money.check_tax(line.tax, "tax", place)


def _members(document: Document) -> dict[Tax, list[int]]:
    """The places of the lines that count, by tax. Highest rate first: in another order lines make the same totals."""
    found: dict[Tax, list[int]] = {}
    for place, line in enumerate(document.lines):
        if line.is_counted:
            found.setdefault(line.tax, []).append(place)
    return dict(sorted(found.items(), key=lambda item: (-item[0].rate, item[0].category)))


def _priced(document: Document, place: int) -> LineFigures:
    """The line at `place` as if it were left out: its price, and nothing in the sums."""
    line, places = document.lines[place], money.decimals(document.currency)
    _check_line(line, places, place)
    amount = money.rounded(Fraction(line.quantity) * Fraction(line.unit_price) * 10**places)
    discount = money.part_of(line.discount, money.within_range(amount, "unit_price", place), "discount", place)
    return LineFigures(amount=amount, discount=discount, price=amount - discount)


def _group(tax: Tax, price: int, discount: int, *, includes_tax: bool) -> GroupFigures:
    typed = price - discount
    due = money.tax_of(typed, tax.rate, is_included=includes_tax)
    net = typed - due if includes_tax else typed
    lines_net = price - money.tax_of(price, tax.rate, is_included=includes_tax) if includes_tax else price
    return GroupFigures(
        rate=tax.rate,
        category=tax.category,
        price=price,
        discount=discount,
        lines_net=lines_net,
        discount_net=lines_net - net,
        net=net,
        tax=due,
        gross=net + due,
    )


def _shared(group: GroupFigures, lines: list[LineFigures], *, includes_tax: bool) -> list[LineFigures]:
    """The `lines` of `group` with their shares of its figures."""
    prices = [line.price for line in lines]
    typed = [price - off for price, off in zip(prices, money.split(group.discount, prices), strict=True)]
    without_tax = 100 / (100 + Fraction(group.rate)) if includes_tax else 1
    nets = money.fill(group.lines_net, [price * without_tax for price in prices])
    nets_due = money.fill(group.net, [price * without_tax for price in typed])
    if includes_tax:
        taxes = [gross - net for gross, net in zip(typed, nets_due, strict=True)]
    else:
        taxes = money.fill(group.tax, [net * Fraction(group.rate) / 100 for net in nets_due])
    return [
        replace(line, is_counted=True, net=net, document_discount=net - due, tax=tax, gross=due + tax)
        for line, net, due, tax in zip(lines, nets, nets_due, taxes, strict=True)
    ]


def _summed(document: Document, lines: tuple[LineFigures, ...], groups: tuple[GroupFigures, ...], paid: int) -> Totals:
    total = money.within_range(sum(group.gross for group in groups), "lines")
    deposit = money.part_of(document.deposit, total, "deposit", may_cap=_leaves_out(document))
    names = ("lines_net", "discount_net", "net", "tax")
    return Totals(
        **{name: sum(getattr(group, name) for group in groups) for name in names},
        currency=document.currency,
        includes_tax=document.includes_tax,
        lines=lines,
        groups=groups,
        subtotal=sum(group.price for group in groups),
        discount=sum(group.discount for group in groups),
        total=total,
        deposit=deposit,
        rest=total - deposit,
        paid=paid,
        balance=total - paid,
    )


def _fixed(part: Part, minor: int) -> Part:
    """`part`, or if it is an amount, `minor` instead."""
    return part if part.percent is not None else Part(minor=minor)


def _leaves_out(document: Document) -> bool:
    return not all(line.is_counted for line in document.lines)
