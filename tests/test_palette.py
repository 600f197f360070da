"""One brand colour in: whatever it is, everything that is read or pressed stands out, in light and in dark.

The contrast is reckoned here anew, from the definition in WCAG 2.2, and from the hex values that the browser gets.
"""

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.palette import palette

TOKENS = Path(__file__).parent.parent / "static/css/tokens.css"
NAMES = {"bg", "surface", "soft", "text", "muted", "line", "edge", "link", "ui", "fill", "on", "ring"}
GROUNDS = ("bg", "surface", "soft")
TEXT = [(ink, ground) for ink in ("text", "muted", "link") for ground in GROUNDS] + [("on", "fill")]
SHAPES = [(shape, ground) for shape in ("ui", "edge") for ground in GROUNDS] + [("ring", "bg"), ("ring", "surface")]

GRID = ["#{:02x}{:02x}{:02x}".format(*rgb) for rgb in product((0, 64, 128, 191, 255), repeat=3)]
GRID += [f"#{grey:02x}{grey:02x}{grey:02x}" for grey in range(0, 256, 16)]
GRID += ["#0f6f68", "#1f4fd8", "#b3261e", "#f2b705", "#3b2a5a", "#777777", "#767676", "#7f7f7f"]

FINE = ["#{:02x}{:02x}{:02x}".format(*rgb) for rgb in product((0, 43, 85, 128, 170, 213, 255), repeat=3)]


def luminance(color: str) -> float:
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def too_faint(colors: dict[str, str]) -> dict[tuple[str, str], float]:
    """The pairs that do not stand out: text below 4.5, shapes below 3."""
    asked = [(pair, 4.5) for pair in TEXT] + [(pair, 3.0) for pair in SHAPES]
    found = {pair: (contrast(colors[pair[0]], colors[pair[1]]), least) for pair, least in asked}
    return {pair: ratio for pair, (ratio, least) in found.items() if ratio < least}


def test_contrast_is_reckoned_as_wcag_does():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert too_faint(dict.fromkeys(NAMES, "#777777")).keys() == {*TEXT, *SHAPES}


def test_everything_stands_out_whatever_the_brand():
    """Every text on every ground, in both themes, over a grid of 343 colours and what lies between and beside it."""
    found = {(brand, mode): too_faint(colors) for brand in {*GRID, *FINE} for mode, colors in palette(brand).items()}
    assert len(found) > 2 * 450
    assert {place: pairs for place, pairs in found.items() if pairs} == {}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 0xFFFFFF))
def test_everything_stands_out_for_any_colour_at_all(number):
    for colors in palette(f"#{number:06x}").values():
        assert too_faint(colors) == {}


def test_a_palette_names_the_same_colours_in_light_and_dark_as_hex():
    for brand in GRID:
        for colors in palette(brand).values():
            assert colors.keys() == NAMES
            assert all(re.fullmatch("#[0-9a-f]{6}", color) for color in colors.values())


def test_light_is_light_and_dark_is_dark():
    for brand in GRID:
        light, dark = palette(brand).values()
        assert luminance(light["bg"]) > luminance(light["text"])
        assert luminance(dark["bg"]) < luminance(dark["text"])


def test_the_button_keeps_the_true_colour_wherever_it_can_be_read():
    for brand in GRID:
        if max(contrast(brand, "#ffffff"), contrast(brand, "#14161a")) >= 4.6:
            assert {colors["fill"] for colors in palette(brand).values()} == {brand}


def test_the_same_colour_in_capitals_is_the_same_palette():
    assert palette("#0F6F68") == palette("#0f6f68")


# --- what does not depend on the brand ----------------------------------------------------------------------------


def tokens(mode: str) -> dict[str, str]:
    """The fixed colours of tokens.css."""
    light, dark = TOKENS.read_text().split("prefers-color-scheme: dark")
    colors = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light))
    return colors | (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", dark.split("@media")[0])) if mode == "dark" else {}
    )


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("word", ["good", "caution", "bad"])
def test_what_is_good_or_bad_is_read_on_every_ground(mode, word):
    fixed = tokens(mode)
    assert contrast(fixed[word], fixed[f"{word}-soft"]) >= 4.5
    for brand in GRID:
        colors = palette(brand)[mode]
        assert min(contrast(fixed[word], colors[ground]) for ground in GROUNDS) >= 4.5, brand
        assert contrast(colors["text"], fixed[f"{word}-soft"]) >= 4.5, brand
