"""The form of a signature, on the technician's phone and behind the customer's link: drawn, or a typed name."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Form, StringField

from portal import ink
from portal.fields import Line


class SignatureForm(Form):
    name = Line(_("Name of who signs"), most=120, required=_("Write who signs."))
    signature = StringField()
    typed = BooleanField(_("Sign with the typed name instead"))

    @property
    def path(self) -> str:
        """The drawing, or "" where the typed name stands for it."""
        return ink.read(self.signature.data)

    def validate(self, extra_validators=None) -> bool:
        good = super().validate(extra_validators)
        if not self.path and not self.typed.data:
            self.typed.errors = [gettext("Nothing is signed yet. Draw in the box, or tick this.")]
        return good and not self.typed.errors
