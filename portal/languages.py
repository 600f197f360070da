"""Which language a page speaks, and where its words come from.

The words of a language are translations/<language>/LC_MESSAGES/messages.po, read as they stand when somebody first asks
for them. That takes a thousand sentences 20 ms, so nothing is compiled and nothing stale can lie beside them.
"""

import io
import re
from collections.abc import Iterable
from pathlib import Path

from babel import Locale, localedata
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale

SOURCE = "en"  # what the words in the code are
FOLDERS = [Path(__file__).parent / "translations"]
# Regions whose dates and clocks we offer. A header may name any other; as each costs memory, it gets one of these.
OFFERED = """en_US en_AU en_CA en_GB en_IE en_IN en_NZ en_ZA de_DE de_AT de_CH
    es_ES es_US es_MX es_AR es_CL es_CO es_PE""".split()
TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z]{4})?(?:[-_]([a-z]{2}|[0-9]{3}))?(?:[-_.@].*)?", re.IGNORECASE)
MOST_WISHES = 20


class Catalogues(Domain):
    """Our words in every language there is a file for. "de" serves de_AT too."""

    def __init__(self, folders: Iterable[Path]):
        super().__init__()
        found = {path.parts[-3]: path for folder in folders for path in sorted(folder.glob("*/LC_MESSAGES/*.po"))}
        self.files: dict[str, Path | None] = {SOURCE: None} | found

    def get_translations(self) -> NullTranslations:
        locale = get_locale()
        language = locale.language if locale else SOURCE
        if language not in self.cache:
            file = self.files.get(language)
            self.cache[language] = read(file) if file else NullTranslations()
        return self.cache[language]


def read(file: Path) -> Translations:
    """The finished translations in a .po file; what is empty or fuzzy stays English."""
    from babel.messages.mofile import write_mo  # a shop whose readers are all English never needs the two
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with file.open("rb") as text:
        write_mo(compiled, read_po(text, locale=file.parts[-3]))
    compiled.seek(0)
    return Translations(compiled)


def attach(app: Flask) -> None:
    babel = Babel(app, default_locale=SOURCE, locale_selector=selected)
    babel.domain_instance = Catalogues(FOLDERS)


def selected() -> str:
    """The locale of this request: its door knows whose (`g.find_locale`); without one, the reader's own."""
    find = g.get("find_locale")
    return find() if find else of_stranger()


def current() -> str:
    """The locale in force, for dates and numbers."""
    return str(get_locale() or SOURCE)


def of_stranger() -> str:
    """What the browser asks for, and nothing that depends on what we know: it must not tell whether a link exists."""
    return wished() or SOURCE


def of_reader(customer: str, shop: str) -> str:
    """For a customer who is looking: what their card says, what their browser asks for, the shop's."""
    return fit(customer, shop) or wished(shop) or of_shop(shop)


def of_customer(customer: str, shop: str) -> str:
    """For what is sent to a customer: what their card says, or the shop's."""
    return fit(customer, shop) or of_shop(shop)


def of_shop(shop: str) -> str:
    return fit(shop, shop) or SOURCE


def wished(home: str = "") -> str:
    """The first of the browser's languages that we have words in; "" when there is none before "any"."""
    if not has_request_context():
        return ""
    for tag, quality in list(request.accept_languages)[:MOST_WISHES]:
        if tag == "*":
            return ""
        if quality > 0 and (locale := fit(tag, home)):
            return locale
    return ""


def fit(tag: str, home: str = "") -> str:
    """The locale for "es", "de-AT" or "en_US", where we have words in its language, else "".

    A language alone, or one of a region that is not offered, takes the clock and dates of the `home` locale's region:
    Spanish in the United States writes 2:30 p. m., in Spain 14:30.
    """
    language, region = parts_of(tag)
    if language not in files():
        return ""
    at_home = f"{language}_{parts_of(home)[1]}"
    if (code := f"{language}_{region}") in OFFERED or code == at_home and localedata.exists(code):
        return code
    return at_home if localedata.exists(at_home) else language


def parts_of(tag: str) -> tuple[str, str]:
    """("de", "AT") of "de-AT"; empty where it says nothing, or nothing that makes sense."""
    found = TAG.fullmatch(tag[:60])
    return (found[1].lower(), (found[2] or "").upper()) if found else ("", "")


def files() -> dict[str, Path | None]:
    return current_app.extensions["babel"].instance.domain_instance.files


def name_of(code: str) -> str:
    """ "Deutsch (Österreich)": a language as its own readers call it."""
    name = Locale.parse(code).get_display_name(code)
    return name[:1].upper() + name[1:]


def page_attributes() -> dict[str, str]:
    """What <html> says of its language."""
    locale = get_locale()
    return {"locale_code": str(locale).replace("_", "-"), "text_direction": locale.text_direction}
