"""The forms of an answer to a quote: yes, something else please, or no."""

from flask_babel import lazy_gettext as _
from wtforms import Form, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from portal import ink
from portal.fields import Line, Text

REASONS = [
    ("price", _("The price")),
    ("timing", _("The timing")),
    ("other_shop", _("I’m going with someone else")),
    ("other", _("Something else")),
]


class AnswerForm(Form):
    revision = StringField()
    website = StringField(_("Leave this empty"))  # people do not see it; machines that fill every field do


class ApproveForm(AnswerForm):
    name = Line(_("Your full name"), most=120, required=_("Enter your full name."))
    signature = StringField()

    @property
    def path(self) -> str:
        """What was drawn; whatever else came is no signature, and the typed name stands alone."""
        return ink.read(self.signature.data)


class ChangesForm(AnswerForm):
    message = Text(_("Tell us in your own words"), most=4000, required=_("Write what we should change."))


class DeclineForm(AnswerForm):
    reason = RadioField(
        _("What’s the reason?"),
        [Optional()],
        choices=[SelectChoice(value, words) for value, words in REASONS],
        validate_choice=False,  # the words of another caller are a reason as well
    )


def empty() -> dict[str, AnswerForm]:
    """One of each, for the sheets of the page, by the name of its route."""
    return {"approve": ApproveForm(), "request_changes": ChangesForm(), "decline": DeclineForm()}
