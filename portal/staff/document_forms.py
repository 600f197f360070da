"""The editor of a quote's or an invoice's lines: what was typed, what it means, and what cannot be."""

import re
from dataclasses import fields as fields_of
from decimal import Decimal
from functools import cache

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, Form, HiddenField, IntegerField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional

from models import Document, Invoice, Quote, TaxRate
from portal import clock, money
from portal.domain import documents, taxes
from portal.domain.documents import LineValues
from portal.fields import Line, Text, sensible_day, whole_number
from portal.money import Fault, MoneyError
from portal.money_fields import LineQuantityField, PriceField
from portal.staff.money_copy import rate_words
from portal.staff.part_field import PartField

FIRST_ROWS = 3
FIELD_OF_ROW = re.compile(r"lines-([0-9]{1,6})-([a-z_]{2,20})")
PLAIN = ("description", "details", "unit", "quantity", "price", "cost", "is_hourly", "is_optional")
HEAD = ("title", "street", "locality", "prices_include_tax", "message", "terms", "internal_notes")
FIELD_OF_FAULT = {"quantity": "quantity", "unit_price": "price", "price": "price", "discount": "discount", "tax": "tax"}
NOTHING_SAID = (None, None)


class HeadForm(Form):
    """Everything but the lines."""

    title = Line(_("Title"), most=120, required=_("Write what it is for, like “Water heater replacement”."))
    street = Line(_("Street and number"), most=200)
    locality = Line(_("City and postcode"), most=200)
    prices_include_tax = BooleanField(_("Prices include tax"))
    message = Text(_("Message to the customer"), most=20_000)
    terms = Text(_("Terms"), most=20_000)
    internal_notes = Text(_("Internal notes"), most=20_000)
    seen = HiddenField()


class RowForm(Form):
    """One line, but for its money."""

    id = HiddenField()
    description = Line(_("Description"), most=200)
    details = Text(_("Details"), most=20_000)
    quantity = LineQuantityField(_("Quantity"))
    unit = Line(_("Unit"), most=20)
    tax = SelectField(_("Tax"), validate_choice=False)
    is_hourly = BooleanField(_("By the hour"))
    is_optional = BooleanField(_("Optional"))

    def validate(self, extra_validators=None) -> bool:
        good = super().validate(extra_validators)
        if self.description.data or self.description.errors:
            return good
        self.description.errors = [gettext("Write what this line is for.")]
        return False


@cache
def forms(currency: str, *, is_quote: bool) -> tuple[type[HeadForm], type[Form]]:
    """The two forms of a document in `currency`: of the whole, and of one line."""

    class Head(HeadForm):
        discount = PartField(_("Discount"), currency=currency)
        deposit = PartField(_("Deposit"), currency=currency)
        if is_quote:
            valid_until = DateField(_("Valid until"), [Optional()])
        else:
            due_days = IntegerField(
                _("Days to pay"), [Optional(), NumberRange(0, 365, message=_("Enter 0 to 365 days."))]
            )

        def validate_valid_until(self, field):
            if field.data and not sensible_day(field.data, clock.now().date()):
                raise ValidationError(_("Check the year."))

    if not is_quote:
        del Head.validate_valid_until

    class Row(RowForm):
        price = PriceField(_("Price"), currency=currency)
        cost = PriceField(_("Cost"), currency=currency)
        discount = PartField(_("Discount"), currency=currency)

    return Head, Row


class Editor:
    """The form of `document`: as it is, or as it was typed."""

    def __init__(self, document: Document, typed: MultiDict | None = None):
        self.document, self.is_quote = document, isinstance(document, Quote)
        self.rates = taxes.offered()
        self.known = {line.id: documents.values_of(line) for line in document.lines}
        self.Head, self.Row = forms(document.currency, is_quote=self.is_quote)
        self.focus = ""
        self.too_many = False
        if typed is None:
            self.head = self.Head(data=head_of(document))
            self.rows = [self.row_of(place, line) for place, line in enumerate(self.known.values())]
        else:
            self.head = self.Head(typed)
            self.rows = self.read_rows(typed)

    def read_rows(self, typed: MultiDict) -> list[Form]:
        """In the order in which the form holds them: rows can be moved about. What nobody wrote on is no row."""
        found = (FIELD_OF_ROW.fullmatch(name) for name in typed)
        places = list(dict.fromkeys(match[1] for match in found if match))
        self.too_many = len(places) > money.MOST_LINES + 50
        rows = [self.Row(typed, prefix=f"lines-{place}-") for place in places[: money.MOST_LINES + 50]]
        for row in rows:
            self.offer_taxes(row)
        return [row for row in rows if is_written(row)]

    def row_of(self, place: int | str, line: LineValues | None) -> Form:
        if line is None:
            row = self.Row(prefix=f"lines-{place}-")
            row.tax.data = self.usual_tax()
        else:
            said = {name: getattr(line, name) for name in PLAIN} | {"id": line.id or ""}
            part = (line.discount_percent, line.discount_amount)
            row = self.Row(prefix=f"lines-{place}-", data=said | {"discount": part})
            row.tax.data = self.tax_choice(line)
        self.offer_taxes(row)
        return row

    # --- taxes: chosen by the id of an offered rate; a line that has another keeps it ("kept") ---

    def usual_tax(self) -> str:
        return next((str(rate.id) for rate in self.rates if rate.is_default), "")

    def tax_choice(self, line: LineValues) -> str:
        rate = next((rate for rate in self.rates if taxes.values_of(rate) == tax_of(line)), None)
        if rate:
            return str(rate.id)
        return "" if tax_of(line) == taxes.values_of(None) else "kept"

    def offer_taxes(self, row: Form) -> None:
        choices = [SelectChoice(str(rate.id), rate_words(rate.name, rate.rate)) for rate in self.rates]
        kept = self.known.get(whole_number(str(row.id.data or "")))
        if row.tax.data == "kept" and kept:
            choices.append(SelectChoice("kept", rate_words(kept.tax_name, kept.tax_rate)))
        row.tax.choices = [*choices, SelectChoice("", gettext("No tax"))]

    def meant_tax(self, row: Form) -> dict:
        kept = self.known.get(whole_number(str(row.id.data or "")))
        if row.tax.data == "kept" and kept:
            return tax_of(kept)
        found: TaxRate | None = next((rate for rate in self.rates if str(rate.id) == row.tax.data), None)
        return taxes.values_of(found)

    # --- the buttons that change rows without saving ---

    def press(self, button: str, new: LineValues | None = None) -> None:
        """ "add", "up-3", "down-3", "delete-3", where 3 is the row's number in its fields' names."""
        verb, _dash, number = button.partition("-")
        place = next((n for n, row in enumerate(self.rows) if number_of(row) == whole_number(number)), None)
        if verb == "add":
            self.rows.append(self.row_of(self.free_number(), new))
            self.focus = f"{prefix_of(self.rows[-1])}{'quantity' if new else 'description'}"
        elif number and place is not None and verb == "delete":
            del self.rows[place]
        elif number and place is not None and verb in ("up", "down"):
            other = place + (1 if verb == "down" else -1)
            if 0 <= other < len(self.rows):
                self.rows[place], self.rows[other] = self.rows[other], self.rows[place]

    def free_number(self) -> int:
        return max((number_of(row) for row in self.rows), default=-1) + 1

    def shown_rows(self) -> list[Form]:
        """The rows, and empty ones to write on."""
        free = self.free_number()
        if self.rows and not is_written(self.rows[-1]):
            return self.rows
        missing = max(FIRST_ROWS - len(self.rows), 1)
        return [*self.rows, *(self.row_of(free + n, None) for n in range(missing))]

    def template_row(self) -> Form:
        """What a script makes new rows from."""
        return self.row_of("new", None)

    # --- what it means ---

    def validate(self) -> bool:
        self.head.validate()
        good = [row.validate() for row in self.rows]
        if self.too_many or len(self.rows) > money.MOST_LINES:
            self.blame(MoneyError(Fault.TOO_MANY_LINES, "lines"))
        return all(good) and not self.head.errors

    def values(self) -> dict:
        head = self.head
        values = {name: head[name].data for name in HEAD}
        for name in ("discount", "deposit"):
            values[f"{name}_percent"], values[f"{name}_amount"] = head[name].data or NOTHING_SAID
        last = "valid_until" if self.is_quote else "due_days"
        return values | {last: head[last].data}

    def lines(self) -> list[LineValues]:
        return [self.line(row) for row in self.rows]

    def line(self, row: Form) -> LineValues:
        before = self.known.get(whole_number(str(row.id.data or "")))
        percent, amount = row.discount.data or NOTHING_SAID
        said = {name: row[name].data for name in PLAIN}
        said["quantity"] = Decimal(1) if said["quantity"] is None else said["quantity"]
        said["price"] = Decimal(0) if said["price"] is None else said["price"]
        is_ticked = before.is_chosen if before and before.is_optional else False
        return LineValues(
            id=before.id if before else None,
            **said,
            is_chosen=is_ticked or not said["is_optional"],
            discount_percent=percent,
            discount_amount=amount,
            **self.meant_tax(row),
        )

    def blame(self, refused: MoneyError) -> None:
        """Put the words for what cannot be beside its field."""
        words = fault_words(refused.fault)
        name = FIELD_OF_FAULT.get(refused.field, "price")
        if refused.line is not None and refused.line < len(self.rows):
            field = self.rows[refused.line][name]
        else:
            field = self.head[refused.field if refused.field in ("discount", "deposit") else "title"]
        field.errors = [*field.errors, words]

    def errors(self) -> list[tuple[str, str]]:
        """(id of the field, words) of all that is wrong, from the top down."""
        found = [field for form in (self.head, *self.rows) for field in form if field.errors]
        return [(field.id, field.errors[0]) for field in found]


def head_of(document: Document) -> dict:
    data = {name: getattr(document, name) for name in HEAD} | {"seen": document.edition}
    data["discount"] = (document.discount_percent, document.discount_amount)
    data["deposit"] = (document.deposit_percent, document.deposit_amount)
    last = "due_days" if isinstance(document, Invoice) else "valid_until"
    return data | {last: getattr(document, last)}


def tax_of(line: LineValues) -> dict:
    return {field.name: getattr(line, field.name) for field in fields_of(line) if field.name.startswith("tax_")}


def is_written(row: Form) -> bool:
    """Whether somebody wrote on the row, be it something that cannot be."""
    return any(row[name]._value() for name in ("description", "details", "price", "cost"))


def prefix_of(row: Form) -> str:
    return row.description.name.removesuffix("description")


def number_of(row: Form) -> int:
    return int(prefix_of(row).split("-")[1])


def fault_words(fault: Fault) -> str:
    return {
        Fault.NOT_A_NUMBER: gettext("This is not a number."),
        Fault.TOO_LARGE: gettext("This is too much. Make it smaller."),
        Fault.TOO_FINE: gettext("This has too many decimal places."),
        Fault.NEGATIVE: gettext("Enter 0 or more."),
        Fault.MORE_THAN_ALL: gettext("This is more than there is to take it from."),
        Fault.TAX_MISFIT: gettext("This tax does not fit its rate. Look at the tax rates in the settings."),
        Fault.TOO_MANY_LINES: gettext("These are more than 1,000 lines. Make two documents of it."),
    }.get(fault) or gettext("This cannot be.")
