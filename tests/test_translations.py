"""The translations as files: whole, of the sentences there are, with everything that belongs into them."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from portal import languages
from tests.catalogues import (
    ROOT,
    bring_up_to_date,
    file_of,
    forms,
    glossary,
    is_done,
    misplaced,
    sentences,
    source,
    text_of,
    translated,
)
from tests.catalogues import languages as translated_languages

LANGUAGES = translated_languages()
QUOTES = {"de": "„“", "es": "«»"}


@pytest.fixture(scope="module")
def words():
    return source()


def test_german_and_spanish_are_there():
    assert {"de", "es"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_is_what_script_translations_makes_of_it(language, words):
    """Every sentence of the code and no other, none obsolete. Else run script/translations."""
    fresh = text_of(bring_up_to_date(language, words), language, glossary(language))
    assert file_of(language).read_text() == fresh
    assert "#~" not in fresh


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_waits_for_a_translator(language):
    assert [message.id for message in sentences(translated(language)).values() if not is_done(message)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_slot_of_a_sentence_stands_in_its_translation(language):
    found = {message.id: misplaced(message) for message in sentences(translated(language)).values()}
    assert {id: slots for id, slots in found.items() if slots} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plural_has_every_form_its_language_knows(language):
    many = [m for m in sentences(translated(language)).values() if not isinstance(m.id, str)]
    assert len(many) > 5
    assert {len(forms(message)) for message in many} == {get_plural(language).num_plurals}


@pytest.mark.parametrize("language", QUOTES)
def test_quotes_are_those_of_the_language_and_no_straight_one_is_left(language):
    said = [form for message in sentences(translated(language)).values() for form in forms(message)]
    opening, closing = QUOTES[language]
    assert [form for form in said if form.count(opening) != form.count(closing)] == []
    assert [form for form in said if re.search(r"[\"'”’]", form)] == []
    assert any(opening in form for form in said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_ends_as_it_does_in_english(language):
    """With a full stop or without: a heading stays a heading."""
    messages = [m for m in sentences(translated(language)).values() if isinstance(m.id, str)]
    assert [m.id for m in messages if stops(m.id) != stops(m.string)] == []


def stops(words: str) -> bool:
    return words.rstrip("”“»").endswith(".")


def test_no_sentence_hides_inside_an_f_string():
    """Python before 3.12 does not find it there, and glued sentences cannot be translated."""
    hidden = []
    for path in sorted((ROOT / "portal").rglob("*.py")):
        for text in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.JoinedStr)):
            called = {
                node.func.id for node in ast.walk(text) if isinstance(node, ast.Call) and hasattr(node.func, "id")
            }
            if called & {"_", "gettext", "ngettext", "lazy_gettext"}:
                hidden.append(f"{path.name}:{text.lineno}")
    assert hidden == []


def test_what_is_missing_is_found(tmp_path: Path):
    """The checks above can fail."""
    file = tmp_path / "de.po"
    file.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "Hi %(name)s"\nmsgstr "Hallo %(nahme)s"\n\n#, fuzzy\nmsgid "Bye"\nmsgstr "Tschüs"\n\n'
        'msgid "%(num)d job"\nmsgid_plural "%(num)d jobs"\nmsgstr[0] "ein Auftrag"\nmsgstr[1] ""\n'
    )
    with file.open("rb") as text:
        found = sentences(read_po(text, locale="de"))
    assert misplaced(found["Hi %(name)s"]) == {"%(name)s", "%(nahme)s"}
    assert [is_done(message) for message in found.values()] == [True, False, False]


def test_a_fuzzy_translation_is_not_shown(tmp_path):
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    file = folder / "messages.po"
    file.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n#, fuzzy\nmsgid "Bye"\nmsgstr "Hm"\n\n'
        'msgid "Hi"\nmsgstr "Hallo"\n'
    )
    catalogue = languages.read(file)
    assert (catalogue.ugettext("Hi"), catalogue.ugettext("Bye")) == ("Hallo", "Bye")
