"""The languages that customers' pages can speak, for a form to choose from."""

from babel import Locale, UnknownLocaleError
from flask_babel import lazy_gettext as _
from wtforms import SelectField, ValidationError
from wtforms.fields.choices import Choice

from portal.languages import files, name_of


def offered() -> dict[str, str]:
    """{locale: its own name} of every language there are words in: {"de": "Deutsch"}."""
    return dict(sorted(((code, name_of(code)) for code in files()), key=lambda pair: pair[1].lower()))


def name(locale: str) -> str:
    """What the language calls itself; "" for the shop's own, the code for one that nobody knows."""
    try:
        return name_of(locale) if locale else ""
    except (ValueError, UnknownLocaleError):
        return locale


def meant(text: str) -> str | None:
    """The locale that a person means by "de", "German" or "Deutsch"; "" for none, None when it is not offered."""
    wanted = text.strip().lower().replace("-", "_")
    if not wanted:
        return ""
    for code in offered():
        locale = Locale.parse(code)
        ways = {code.lower(), locale.language, locale.get_display_name("en").lower(), name_of(code).lower()}
        if wanted in ways | {locale.english_name.lower()} or wanted.partition("_")[0] == code.lower():
            return code
    return None


class LanguageField(SelectField):
    """One of the languages, or the shop's. One that a record still has is kept, though it is not offered."""

    def __init__(self, label, **kwargs):
        super().__init__(label, choices=[], coerce=lambda value: value or "", **kwargs)

    def iter_choices(self):
        yield Choice("", _("As the shop"), not self.data, {})
        known = offered()
        if self.data and self.data not in known:
            yield Choice(self.data, name(self.data), True, {})
        for code, words in known.items():
            yield Choice(code, words, self.data == code, {})

    def pre_validate(self, form):
        if self.data and self.data not in offered() and self.data != getattr(form, "kept_locale", None):
            raise ValidationError(_("Choose a language."))
