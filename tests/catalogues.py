"""Our words and their translations: what the source says now, and what each language has of it.

`python -m tests.catalogues`, which is script/translations, brings the files up to date and lists what is missing.
"""

import io
import re
import sys
from itertools import takewhile
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
TRANSLATIONS = ROOT / "portal" / "translations"
KEYWORDS = DEFAULT_KEYWORDS | {"lazy_gettext": None, "lazy_ngettext": (1, 2)}
SLOT = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%")


def languages() -> list[str]:
    return sorted(path.parts[-3] for path in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"))


def file_of(language: str) -> Path:
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def source() -> Catalog:
    """Every sentence in the code, with the files it is said in."""
    with (TRANSLATIONS / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)
    catalog = Catalog(charset="utf-8")
    told = extract_from_dir(
        str(ROOT), methods, options, keywords=KEYWORDS, comment_tags=["translators:"], strip_comment_tags=True
    )
    for file, _line, words, comments, context in told:
        catalog.add(words, None, [(file, None)], auto_comments=comments, context=context)
    return catalog


def translated(language: str) -> Catalog:
    with file_of(language).open("rb") as text:
        return read_po(text, locale=language)


def sentences(catalog: Catalog) -> dict[str, Message]:
    """By their English, without the head."""
    return {key(message): message for message in catalog if message.id}


def key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, (tuple, list)) else (message.string or "",)


def is_done(message: Message) -> bool:
    return not message.fuzzy and all(forms(message))


def slots(text: str) -> set[str]:
    """What has to stand in a translation as well. A plural may leave its number out: "one day"."""
    return set(SLOT.findall(text)) - {"%%"}


def misplaced(message: Message) -> set[str]:
    """Slots that a translation invented or lost."""
    ids = (message.id,) if isinstance(message.id, str) else message.id
    wanted = set().union(*map(slots, ids))
    may_lose = {"%(num)d", "%(num)s"} if len(ids) > 1 else set()
    return set().union(*((slots(text) ^ wanted) - (may_lose - slots(text)) for text in forms(message)))


def bring_up_to_date(language: str, words: Catalog) -> Catalog:
    """The language's file with every sentence of `words` and no other; what was translated stays."""
    fresh = Catalog(language, charset="utf-8", fuzzy=False)
    old = sentences(translated(language))
    for message in words:
        if message.id:
            before = old.get(key(message))
            same_shape = before and isinstance(before.id, str) == isinstance(message.id, str)
            fresh.add(
                message.id,
                before.string if same_shape else None,
                message.locations,
                auto_comments=message.auto_comments,
                user_comments=before.user_comments if before else (),
                flags=before.flags if same_shape else (),
            )
    return fresh


def glossary(language: str) -> str:
    """The comment at the head of the file, as somebody laid it out."""
    lines = file_of(language).read_text().splitlines(keepends=True)
    return "".join(takewhile(lambda line: line.startswith("#"), lines))


def text_of(catalog: Catalog, language: str, head: str) -> str:
    """As a file whose lines change only where a sentence does: no dates, no line numbers."""
    out = io.BytesIO()
    write_po(out, catalog, width=0, include_lineno=False, sort_by_file=True, omit_header=True)
    lines = [
        'msgid ""',
        'msgstr ""',
        f'"Language: {language}\\n"',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        f'"Plural-Forms: {get_plural(language).plural_forms}\\n"',
    ]
    return head + "\n".join(lines) + "\n\n" + out.getvalue().decode().strip() + "\n"


def begin(language: str) -> None:
    """An empty file for a new language."""
    Locale.parse(language)
    file_of(language).parent.mkdir(parents=True)
    head = f"# Porchlight in {Locale.parse(language).english_name}.\n"
    file_of(language).write_text(text_of(Catalog(language), language, head))


def main(wanted: list[str]) -> int:
    """Update every file, or begin those of the named languages. 1 when something waits for a translator."""
    words, missing = source(), 0
    for language in wanted:
        if not file_of(language).exists():
            begin(language)
    for language in languages():
        catalog = bring_up_to_date(language, words)
        file_of(language).write_text(text_of(catalog, language, glossary(language)))
        waiting = [m for m in sentences(catalog).values() if not is_done(m) or misplaced(m)]
        missing += len(waiting)
        print(f"{language}: {len(sentences(catalog)) - len(waiting)} of {len(sentences(catalog))}")
        for message in waiting:
            print(f"  {message.locations[0][0]}: {key(message)}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
