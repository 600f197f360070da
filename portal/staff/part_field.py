"""A discount or a deposit as people type it: "5%" of the whole, or an amount of money."""

from decimal import Decimal

from flask_babel import lazy_gettext as _
from wtforms import ValidationError

from portal import amounts, money
from portal.money import MoneyError
from portal.money_fields import MoneyField, locale_now


class PartField(MoneyField):
    """(percent, None) or (None, minor units); (None, None) or None where nothing is typed."""

    @property
    def is_percent(self) -> bool:
        return any(sign in (self.typed or "") for sign in "%٪")

    def read(self) -> Decimal:
        if not self.is_percent:
            return super().read()
        try:
            return amounts.typed(self.typed, locale_now(), beside="%")
        except amounts.Unreadable:
            raise ValidationError(_("Enter a percentage like 5%, or an amount.")) from None

    def checked(self, value: Decimal) -> Decimal:
        if not self.is_percent:
            return super().checked(value)
        try:
            money.check_decimal(value, money.MOST_PERCENT, money.PERCENT_PLACES, self.name, None)
        except MoneyError:
            raise ValidationError(_("Enter a percentage from 0 to 100, with at most 4 decimal places.")) from None
        return value

    def kept(self, value: Decimal) -> tuple[Decimal | None, int | None]:
        return (value, None) if self.is_percent else (None, super().kept(value))

    def _value(self):
        if self.typed is not None:
            return self.typed
        percent, minor = self.data or (None, None)
        if percent is not None:
            return amounts.percent(percent, locale_now())
        return self.written(money.major(minor, self.currency)) if minor else ""
