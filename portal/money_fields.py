"""Form fields for money: quantities, prices, amounts and percentages, typed as the reader's language writes them."""

from collections.abc import Callable
from decimal import Decimal

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from wtforms import StringField, ValidationError

from portal import amounts, money
from portal.fields import one_line
from portal.money import Fault, MoneyError


class NumberField(StringField):
    """A Decimal from 0 to `most` of at most `places` decimal places, or None where nothing is typed."""

    beside = ""  # the currency, or "%", that may stand before or behind the number

    def __init__(self, label, *, most: Decimal, places: int, least_places: int = 0, required: str = "", **kwargs):
        self.most, self.places, self.least_places, self.required_words = most, places, least_places, required
        self.typed = None
        super().__init__(label, **kwargs)

    def process_formdata(self, valuelist):
        self.typed = one_line(valuelist[0]) if valuelist else ""
        self.data = None
        if self.typed:
            self.data = self.kept(self.checked(self.read()))

    def read(self) -> Decimal:
        try:
            return amounts.typed(self.typed, locale_now(), beside=self.beside)
        except amounts.Unreadable:
            example = self.written(min(Decimal("1234.5"), self.most))
            raise ValidationError(_("Enter a number like %(example)s.", example=example)) from None

    def checked(self, value: Decimal) -> Decimal:
        try:
            money.check_decimal(value, self.most, self.places, self.name, None)
        except MoneyError as refused:
            raise ValidationError(self.words(refused.fault)) from None
        return value

    def words(self, fault: Fault):
        if fault is Fault.NEGATIVE:
            return _("Enter 0 or more.")
        if fault is Fault.TOO_LARGE:
            return _("Enter at most %(most)s.", most=self.written(self.most))
        if not self.places:
            return _("Enter a whole number.")
        return _("Use at most %(places)d decimal places.", places=self.places)

    def pre_validate(self, form):
        if self.required_words and not self.typed:
            raise ValidationError(self.required_words)

    def _value(self):
        if self.typed is not None:
            return self.typed
        return "" if self.data is None else self.written(self.decimal_of(self.data))

    def written(self, value: Decimal) -> str:
        return amounts.number(value, locale_now(), least=self.least_places)

    def kept(self, value: Decimal):
        """What `data` is for a number that was typed."""
        return value

    def decimal_of(self, data) -> Decimal:
        return data


class LineQuantityField(NumberField):
    """A quantity of at most 4 decimal places, more than 0."""

    def __init__(self, label, **kwargs):
        super().__init__(label, most=money.MOST_QUANTITY, places=money.QUANTITY_PLACES, **kwargs)

    def checked(self, value: Decimal) -> Decimal:
        if value <= 0:
            raise ValidationError(_("Enter a number above 0."))
        return super().checked(value)


class PercentField(NumberField):
    """A percentage from 0 to 100 of at most 4 decimal places."""

    beside = "%"

    def __init__(self, label, **kwargs):
        super().__init__(label, most=money.MOST_PERCENT, places=money.PERCENT_PLACES, **kwargs)

    def read(self) -> Decimal:
        try:
            return amounts.typed(self.typed, locale_now(), beside=self.beside)
        except amounts.Unreadable:
            raise ValidationError(
                _("Enter a percentage like %(example)s.", example=self.written(Decimal("7.5")))
            ) from None


class PriceField(NumberField):
    """A unit price: a Decimal in major units, of at most 4 decimal places more than `currency` has."""

    def __init__(self, label, *, currency: str | Callable[[], str], **kwargs):
        self.currency = self.beside = currency() if callable(currency) else currency
        places = money.decimals(self.currency)
        kwargs = {"most": money.MOST_PRICE, "places": places + money.PRICE_PLACES, **kwargs}
        super().__init__(label, least_places=places, **kwargs)


class MoneyField(PriceField):
    """An amount: an `int` of minor units of `currency`."""

    def __init__(self, label, *, currency: str | Callable[[], str], **kwargs):
        code = currency() if callable(currency) else currency
        most = money.major(money.MOST_MINOR, code)
        super().__init__(label, currency=code, most=most, places=money.decimals(code), **kwargs)

    def kept(self, value: Decimal) -> int:
        return money.minor(value, self.currency)

    def decimal_of(self, data: int) -> Decimal:
        return money.major(data, self.currency)


def locale_now() -> str:
    return str(get_locale() or "en")
