"""One brand colour in, a whole palette out, readable by construction in light and in dark. Pure.

Lightness is moved in OKLCH (Ottosson 2020, bottosson.github.io/posts/oklab) until each pair's WCAG contrast holds, so
hue and strength stay the shop's. The button keeps the true brand colour wherever white or ink can be read on it.
"""

import math
from functools import lru_cache

Rgb = tuple[int, int, int]
Lch = tuple[float, float, float]

WHITE: Rgb = (255, 255, 255)
INK: Rgb = (20, 22, 26)
TEXT_RATIO = 4.6  # WCAG AA asks for 4.5; the rest is room for rounding to hex
SHAPE_RATIO = 3.05  # of 3


@lru_cache(maxsize=64)
def palette(brand_color: str) -> dict[str, dict[str, str]]:
    """{"light": {name: "#rrggbb"}, "dark": {…}} for `brand_color`, "#rrggbb"."""
    brand = to_rgb(brand_color)
    return {
        mode: {name: to_hex(rgb) for name, rgb in make(brand).items()}
        for mode, make in (("light", _light), ("dark", _dark))
    }


def _light(brand: Rgb) -> dict[str, Rgb]:
    lightness, chroma, hue = to_lch(brand)
    tint = min(chroma, 0.02)  # neutrals carry a breath of the brand's hue
    grounds = bg, surface, soft = (
        from_lch(0.975, min(tint, 0.006), hue),
        WHITE,
        from_lch(0.955, min(chroma, 0.025), hue),
    )
    ui = darken((min(lightness, 0.70), chroma, hue), grounds, SHAPE_RATIO)
    fill, on, ring = _button(brand, (bg, surface), ui)
    return {
        "bg": bg,
        "surface": surface,
        "soft": soft,
        "text": from_lch(0.22, min(tint, 0.015), hue),
        "muted": darken((0.50, min(tint, 0.015), hue), grounds, TEXT_RATIO),
        "line": from_lch(0.915, min(tint, 0.01), hue),
        "edge": darken((0.66, min(tint, 0.015), hue), grounds, SHAPE_RATIO),
        "link": darken((min(lightness, 0.56), chroma, hue), grounds, TEXT_RATIO),
        "ui": ui,
        "fill": fill,
        "on": on,
        "ring": ring,
    }


def _dark(brand: Rgb) -> dict[str, Rgb]:
    lightness, chroma, hue = to_lch(brand)
    tint = min(chroma, 0.02)
    grounds = bg, surface, soft = (
        from_lch(0.165, min(tint, 0.008), hue),
        from_lch(0.215, min(tint, 0.010), hue),
        from_lch(0.27, min(chroma, 0.035), hue),
    )
    ui = lighten((max(lightness, 0.62), chroma, hue), grounds, SHAPE_RATIO)
    fill, on, ring = _button(brand, (bg, surface), ui)
    return {
        "bg": bg,
        "surface": surface,
        "soft": soft,
        "text": from_lch(0.955, min(tint, 0.006), hue),
        "muted": lighten((0.68, min(tint, 0.012), hue), grounds, TEXT_RATIO),
        "line": from_lch(0.31, min(tint, 0.012), hue),
        "edge": lighten((0.52, min(tint, 0.012), hue), grounds, SHAPE_RATIO),
        "link": lighten((max(lightness, 0.74), min(chroma, 0.14), hue), grounds, TEXT_RATIO),
        "ui": ui,
        "fill": fill,
        "on": on,
        "ring": ring,
    }


def _button(brand: Rgb, grounds: tuple[Rgb, ...], ui: Rgb) -> tuple[Rgb, Rgb, Rgb]:
    """(fill, text on it, ring around it). Only mid-tones on which neither white nor ink reads are nudged."""
    fill, on = brand, WHITE if contrast(brand, WHITE) >= TEXT_RATIO else INK
    if contrast(fill, on) < TEXT_RATIO:
        lch = to_lch(brand)
        candidates = [(darken(lch, (WHITE,), TEXT_RATIO), WHITE), (lighten(lch, (INK,), TEXT_RATIO), INK)]
        fill, on = min(candidates, key=lambda candidate: abs(to_lch(candidate[0])[0] - lch[0]))
    melts = min(contrast(fill, ground) for ground in grounds) < SHAPE_RATIO
    return fill, on, ui if melts else fill


def darken(lch: Lch, grounds: tuple[Rgb, ...], ratio: float) -> Rgb:
    return _until(lch, grounds, ratio, step=-0.004, last=(0, 0, 0))


def lighten(lch: Lch, grounds: tuple[Rgb, ...], ratio: float) -> Rgb:
    return _until(lch, grounds, ratio, step=0.004, last=WHITE)


def _until(lch: Lch, grounds: tuple[Rgb, ...], ratio: float, *, step: float, last: Rgb) -> Rgb:
    """The nearest lightness whose worst contrast on all `grounds` holds."""
    lightness, chroma, hue = lch
    while 0 <= lightness <= 1:
        rgb = from_lch(lightness, chroma, hue)
        if min(contrast(rgb, ground) for ground in grounds) >= ratio:
            return rgb
        lightness += step
    return last


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG 2.2 contrast ratio, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def to_rgb(text: str) -> Rgb:
    return tuple(int(text[place : place + 2], 16) for place in (1, 3, 5))


def to_hex(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def to_lch(rgb: Rgb) -> Lch:
    red, green, blue = (_linear(channel) for channel in rgb)
    l = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)  # noqa: E741
    m = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    s = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s
    b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
    return 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s, math.hypot(a, b), math.atan2(b, a)


def from_lch(lightness: float, chroma: float, hue: float) -> Rgb:
    """The sRGB colour; where sRGB has none so strong, the strongest of the same lightness and hue."""
    if not _fits(_linear_rgb(lightness, chroma, hue)):
        weak, strong = 0.0, chroma
        for _ in range(24):
            chroma = (weak + strong) / 2
            weak, strong = (chroma, strong) if _fits(_linear_rgb(lightness, chroma, hue)) else (weak, chroma)
        chroma = weak
    return tuple(round(255 * _encoded(channel)) for channel in _linear_rgb(lightness, chroma, hue))


def _linear_rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3  # noqa: E741
    m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    )


def _fits(rgb: tuple[float, float, float]) -> bool:
    return all(-1e-4 <= channel <= 1 + 1e-4 for channel in rgb)


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (_linear(channel) for channel in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _encoded(value: float) -> float:
    value = min(1.0, max(0.0, value))
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
