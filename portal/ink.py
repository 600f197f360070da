"""A signature as a finger drew it: told from a blank one, and fitted into the box that every page shows it in."""

import math
import re

WIDTH, HEIGHT, MARGIN = 320, 110, 6
LEAST = 20  # how long a line a signature has at least, in units of the box: less is a slip of the thumb

# As the pad draws it: strokes of lines. Whatever is not that is no signature.
DRAWN = re.compile(r"(?:[ML]-?\d{1,3}(?:\.\d)? -?\d{1,3}(?:\.\d)?){2,4000}", re.ASCII)
POINT = re.compile(r"([ML])(\S+) ([^ML]+)")

Stroke = list[tuple[float, float]]


def read(text: str | None) -> str:
    """The drawn path as it is kept, moved into the box; "" when nothing, or next to nothing, was drawn."""
    drawn = (text or "").strip()
    if not DRAWN.fullmatch(drawn) or drawn[0] != "M":
        return ""
    strokes = _strokes(drawn)
    length = sum(math.dist(*pair) for stroke in strokes for pair in zip(stroke, stroke[1:], strict=False))
    return _fitted(strokes) if length >= LEAST else ""


def _strokes(path: str) -> list[Stroke]:
    strokes: list[Stroke] = []
    for letter, x, y in POINT.findall(path):
        if letter == "M":
            strokes.append([])
        strokes[-1].append((float(x), float(y)))
    return strokes


def _fitted(strokes: list[Stroke]) -> str:
    """The same strokes in the middle of the box: smaller where they are too large for it, never larger."""
    xs, ys = ([point[axis] for stroke in strokes for point in stroke] for axis in (0, 1))
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    scale = min(1.0, (WIDTH - 2 * MARGIN) / max(wide, 1), (HEIGHT - 2 * MARGIN) / max(high, 1))
    left, top = (WIDTH - wide * scale) / 2, (HEIGHT - high * scale) / 2
    placed = (
        ("ML"[place > 0], left + (x - min(xs)) * scale, top + (y - min(ys)) * scale)
        for stroke in strokes
        for place, (x, y) in enumerate(stroke)
    )
    return "".join(f"{letter}{round(x, 1):g} {round(y, 1):g}" for letter, x, y in placed)
