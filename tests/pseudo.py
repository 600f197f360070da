"""A language that nobody speaks: every sentence of ours as ⟦ḟûñňŷ łéţţéŕš⟧, two fifths longer, from right to left.

What stands on a page without brackets was typed by the shop, counted by CLDR, or forgotten by us.
"""

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.plurals import get_plural

from tests.catalogues import SLOT, source, text_of

LANGUAGE = "ar"  # written from right to left, and with six plural forms
FUNNY = str.maketrans(
    "abcdefghiklmnoprstuvwyzABCDEFGHIJKLMNOPRSTUVWYZ", "áƀçđéƒĝĥíķłɱñóƥŕšţúṽŵŷžÁƁÇĐÉƑĜĤÍĴĶŁṀÑÓƤŔŠŢÚṼŴŶŽ"
)
INNERMOST = re.compile(r"⟦[^⟦⟧]*⟧")


def funny(words: str) -> str:
    """The same words with the same slots. Links and markup in slots stay whole."""
    pieces = re.split(f"({SLOT.pattern})", words)
    spoken = "".join(piece if place % 2 else piece.translate(FUNNY) for place, piece in enumerate(pieces))
    return f"⟦{spoken}{' ʬ' * (len(words) // 5)}⟧"


def write(folder: Path) -> Path:
    """The catalogue of that language, for `languages.FOLDERS`."""
    catalog, forms = Catalog(LANGUAGE, charset="utf-8"), get_plural(LANGUAGE).num_plurals
    for message in source():
        if message.id:
            many = not isinstance(message.id, str)
            said = (funny(message.id[0]), *[funny(message.id[1])] * (forms - 1)) if many else funny(message.id)
            catalog.add(message.id, said, message.locations)
    file = folder / LANGUAGE / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    file.write_text(text_of(catalog, LANGUAGE, "# Made by the tests.\n"))
    return folder


def outside(words: str) -> str:
    """What is left of `words` when everything translated is taken away, brackets within brackets too."""
    while (fewer := INNERMOST.sub(" ", words)) != words:
        words = fewer
    return " ".join(words.split())
