"""Form fields as this house asks for them: cleaned of what no keyboard types, with errors in plain words."""

import re
import zoneinfo
from datetime import date
from decimal import Decimal, InvalidOperation

from flask_babel import format_decimal
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import Choice, SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from portal import bank

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufeff]|[\ud800-\udfff]")
REGIONS = {"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]{2,}")


def one_line(text: str | None) -> str:
    """`text` without control characters and line ends, spaces trimmed and single."""
    return " ".join(CONTROL.sub(" ", (text or "").replace("\n", " ").replace("\t", " ")).split())


def paragraphs(text: str | None) -> str:
    """`text` with its line ends kept as \\n, without control characters."""
    return CONTROL.sub("", (text or "").replace("\r\n", "\n").replace("\r", "\n")).strip()


def whole_number(text: str | None) -> int:
    """The number that `text` writes in at most 9 digits, else 0: an id or edition that no record has."""
    return int(text) if re.fullmatch("[0-9]{1,9}", text or "") else 0


class Line(StringField):
    """One line of text, at most `most` characters."""

    def __init__(self, label, *, most: int, required: str = "", **kwargs):
        rule = Length(max=most, message=_("Use at most %(max)d characters."))
        super().__init__(
            label, [InputRequired(required) if required else Optional(), rule], filters=[one_line], **kwargs
        )
        self.required_words = required

    def pre_validate(self, form):
        if self.required_words and not self.data:
            raise ValidationError(self.required_words)


class Text(TextAreaField):
    """Several lines of text, at most `most` characters."""

    def __init__(self, label, *, most: int, required: str = "", **kwargs):
        rule = Length(max=most, message=_("Use at most %(max)d characters."))
        super().__init__(
            label, [InputRequired(required) if required else Optional(), rule], filters=[paragraphs], **kwargs
        )
        self.required_words = required

    def pre_validate(self, form):
        if self.required_words and not self.data:
            raise ValidationError(self.required_words)


class Email(Line):
    """An email address, or empty. What is certain to bounce is refused; the rest only a mail can prove."""

    def __init__(self, label, *, required: str = "", **kwargs):
        super().__init__(label, most=254, required=required, **kwargs)

    def pre_validate(self, form):
        super().pre_validate(form)
        if self.data and not EMAIL.fullmatch(self.data):
            raise ValidationError(_("Enter an email address like name@example.com."))


class Phone(Line):
    """A phone number as people write it, or empty."""

    def __init__(self, label, *, required: str = "", **kwargs):
        super().__init__(label, most=40, required=required, **kwargs)

    def pre_validate(self, form):
        super().pre_validate(form)
        if self.data and sum(c.isdigit() for c in self.data) < 3:
            raise ValidationError(_("Enter a phone number like (503) 555-0142."))


class Account(Line):
    """The number of a bank account as an IBAN, shown in groups of four, or empty."""

    def __init__(self, label, **kwargs):
        super().__init__(label, most=50, **kwargs)  # 34 signs, and what people put between them

    def pre_validate(self, form):
        super().pre_validate(form)
        if self.data:
            try:
                self.data = bank.account(self.data)
            except ValueError:
                raise ValidationError(_("This IBAN isn’t complete or has a typo.")) from None

    def _value(self):
        try:
            return bank.grouped(bank.account(self.data or ""))
        except ValueError:
            return self.data or ""


class Bank(Line):
    """The BIC of a bank, or empty."""

    def __init__(self, label, **kwargs):
        super().__init__(label, most=20, **kwargs)

    def pre_validate(self, form):
        super().pre_validate(form)
        if self.data:
            try:
                self.data = bank.bank(self.data)
            except ValueError:
                raise ValidationError(_("A BIC has 8 or 11 letters and digits, like COBADEFFXXX.")) from None


class QuantityField(StringField):
    """A positive Decimal of at most 4 places; a comma is taken for a decimal point."""

    MOST = Decimal(1_000_000)

    def process_formdata(self, valuelist):
        self.typed = one_line(valuelist[0]) if valuelist else ""
        # "1,000" is a thousand to some and one to others: better to ask.
        text = "" if re.fullmatch(r"\d{1,3}(,\d{3})+", self.typed) else self.typed.replace(",", ".") or "1"
        try:
            self.data = Decimal(text) if re.fullmatch(r"[0-9.]{1,20}", text) else None
        except InvalidOperation:
            self.data = None

    def _value(self):
        return getattr(self, "typed", "") or ("" if self.data is None else f"{self.data.normalize():f}")

    def pre_validate(self, form):
        if self.data is None or self.data <= 0:
            raise ValidationError(_("Enter a number like 2 or 1.5."))
        if self.data > self.MOST:
            raise ValidationError(_("Enter at most %(most)s.", most=format_decimal(self.MOST)))
        if -self.data.normalize().as_tuple().exponent > 4:
            raise ValidationError(_("Use at most 4 decimal places."))


class WholeNumberField(StringField):
    """A whole number from `least` to `most`, or None where nothing is typed."""

    typed = None

    def __init__(self, label, *, least: int, most: int, required: str = "", **kwargs):
        self.least, self.most, self.required_words = least, most, required
        super().__init__(label, **kwargs)

    def process_formdata(self, valuelist):
        self.typed = one_line(valuelist[0]) if valuelist else ""
        self.data = int(self.typed) if re.fullmatch(r"\d{1,15}", self.typed) else None

    def _value(self):
        if self.typed is not None:
            return self.typed
        return "" if self.data is None else str(self.data)

    def pre_validate(self, form):
        if not self.typed:
            if self.required_words:
                raise ValidationError(self.required_words)
        elif self.data is None or not self.least <= self.data <= self.most:
            words = _("Enter a whole number from %(least)d to %(most)d.", least=self.least, most=self.most)
            raise ValidationError(words)


class ZoneField(SelectField):
    """A time zone by its IANA name. Old names that a record still has are kept, though they are not offered."""

    OFFERED = ["UTC", *sorted(z for z in zoneinfo.available_timezones() if "/" in z and z.split("/")[0] in REGIONS)]

    def __init__(self, label, **kwargs):
        super().__init__(label, choices=[SelectChoice(zone) for zone in self.OFFERED], **kwargs)

    def iter_choices(self):
        if self.data and self.data not in self.OFFERED:
            yield Choice(self.data, self.data, True, {})
        yield from super().iter_choices()

    def pre_validate(self, form):
        if self.data not in zoneinfo.available_timezones():
            raise ValidationError(_("Choose a time zone."))


def sensible_day(day: date, today: date) -> bool:
    """Whether a day can be meant: typing slips give years like 0202."""
    return abs((day - today).days) < 366 * 5
