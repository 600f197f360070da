"""Which script a letter belongs to, and the Debian package whose fonts have it. Pure."""

import unicodedata

# How Unicode's names of letters begin, where that is not the script's own name.
NAMES = {"Cjk": "Han", "Katakana-hiragana": "Katakana", "Ideographic": "Han", "Fullwidth": "Han", "Halfwidth": "Han"}
LIGHT_ASIAN = dict.fromkeys(("Han", "Hiragana", "Katakana", "Bopomofo", "Hangul"), "fonts-droid-fallback")
PACKAGES = dict.fromkeys(("Latin", "Greek", "Cyrillic", "Arabic", "Hebrew"), "fonts-dejavu-core") | LIGHT_ASIAN
SIGNS = "Symbols"


def of(letters: str) -> set[str]:
    """The scripts of `letters`, in English: {"Han", "Thai"}. Whatever is no letter is one of the "Symbols"."""
    return {script(letter) for letter in letters if not unicodedata.category(letter).startswith("C")}


def script(letter: str) -> str:
    if unicodedata.category(letter)[0] not in "LM":
        return SIGNS
    word = unicodedata.name(letter, SIGNS).split()[0].capitalize()
    return NAMES.get(word, word)


def fonts_for(script: str) -> str:
    """The Debian package to install for it. Noto has all that the small ones lack."""
    return PACKAGES.get(script, "fonts-noto-core" if script != SIGNS else "fonts-symbola")
