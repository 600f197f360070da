"""What is asked about the shop: on the first page, when a sample becomes real, and in the settings."""

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Form, HiddenField, PasswordField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, Regexp

from models import OrgProfile, PaperSize
from portal import languages, regions
from portal.fields import Email, Line, Phone, Text, ZoneField
from portal.outside import passwords

TOO_SHORT = _("Use at least %(min)d characters. A few words in a row make a good one.")
TOO_LONG = _("Use at most %(max)d characters.")


class Choice(SelectField):
    """One of a list that is made for each page. What the shop has already may stay, though it is not offered."""

    def offer(self, pairs: list[tuple[str, str]], kept: str) -> None:
        known = {value for value, _words in pairs}
        self.choices = pairs if kept in known or not kept else [(kept, kept), *pairs]

    def pre_validate(self, form):
        if self.data not in {value for value, _words in self.choices}:
            raise ValidationError(_("Choose one of the list."))


class ShopForm(Form):
    """The three things that make a customer's page the shop's."""

    PICTURED = ("name", "phone", "brand_color")  # what the picture of that page beside the form follows

    name = Line(_("Shop name"), most=120, required=_("Write the name your customers know."))
    phone = Phone(_("Phone customers call"))
    brand_color = StringField(
        _("Brand color"), [Regexp(r"#[0-9a-fA-F]{6}\Z", message=_("Enter a color like #0f6f68."))]
    )

    def profile(self, *names: str) -> dict:
        """What the form says of these columns of the profile."""
        return {name: self[name].data for name in names} | {"brand_color": self.brand_color.data.lower()}


class FirstForm(ShopForm):
    """… and who owns it."""

    your_name = Line(_("Your name"), most=120, required=_("Write your name."))
    email = Email(_("Email"), required=_("Write your email: you sign in with it."))
    password = PasswordField(
        _("Password"),
        [
            InputRequired(_("Choose a password.")),
            Length(min=passwords.LEAST, message=TOO_SHORT),
            Length(max=1000, message=TOO_LONG),
        ],
    )


class SetUpForm(FirstForm):
    """… and where it is."""

    locale = Choice(_("Language and country"))
    time_zone = ZoneField(_("Time zone"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.locale.offer(offered_locales(), "")


class SettingsForm(ShopForm):
    PICTURED = (*ShopForm.PICTURED, "email", "street", "locality", "opening_hours", "licence")
    trade = Line(_("What you do"), most=120)
    email = Email(_("Email for customers"))
    street = Line(_("Street and number"), most=200)
    locality = Line(_("City and postcode"), most=200)
    opening_hours = Line(_("Opening hours"), most=400)
    answer_hours = Line(_("When you answer"), most=200)
    tax_id = Line(_("Tax ID"), most=80)
    licence = Line(_("License"), most=80)
    footer = Text(_("Footer"), most=400)
    paper_size = Choice(_("Paper size"))
    currency = Choice(_("Currency"))
    locale = Choice(_("Language and country"))
    time_zone = ZoneField(_("Time zone"))
    late_note = BooleanField(_("Say “We’re running late” once a window has passed and nobody has set off"))
    seen = HiddenField()

    def __init__(self, formdata=None, *, shop: OrgProfile, **kwargs):
        super().__init__(formdata, **kwargs)
        self.paper_size.offer([(PaperSize.LETTER, _("US Letter")), (PaperSize.A4, _("A4"))], "")
        self.currency.offer(regions.currencies(str(get_locale())), shop.currency)
        self.locale.offer(offered_locales(), shop.locale)


def offered_locales() -> list[tuple[str, str]]:
    """The places whose language this shop's pages are written in."""
    spoken = languages.files()
    return [(code, languages.name_of(code)) for code in languages.OFFERED if code.partition("_")[0] in spoken]
