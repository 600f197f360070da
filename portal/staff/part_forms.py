"""The forms of a part: what it is and how many, or only how many."""

from decimal import Decimal

from flask_babel import lazy_gettext as _
from wtforms import Form, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from portal.domain import parts
from portal.fields import Line, QuantityField


class PartForm(Form):
    name = Line(_("Part"), most=parts.NAME, required=_("Write which part."))
    quantity = QuantityField(_("Quantity"), default=Decimal(1))
    unit = SelectField(
        _("Unit"),
        [Optional()],
        choices=[SelectChoice("", _("pieces")), *map(SelectChoice, ("m", "ft", "kg", "lb", "l"))],
    )


class CountForm(Form):
    quantity = QuantityField(_("Quantity"))
