"""Our style sheets and scripts: versioned addresses, and the style that travels inside a customer's page."""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, abort, g, send_from_directory, url_for
from markupsafe import Markup

from portal import stored
from portal.domain import shop
from portal.palette import palette

STATIC = Path(__file__).parent.parent / "static"
LITERAL = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|url\([^)"']*\))"""
BUNDLES = {
    "customer": ("layers", "tokens", "base", "components", "customer"),
    "money": ("layers", "tokens", "base", "components", "customer", "customer-money"),
}

bp = Blueprint("assets", __name__)


@bp.get("/static/<version>/<path:name>")
def file(version: str, name: str) -> Response:
    """A static file. Its version is a folder of the address, so that modules may import one another by relative paths
    and still be kept for a year."""
    answer = send_from_directory(STATIC, name)
    fresh = version == static_version()
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fresh else "no-cache"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


@bp.get("/logo/<name>")
def logo(name: str) -> Response:
    """The shop's logo, for whoever asks: it hangs over the shop's door too. Only the one in use."""
    if name != shop.profile().logo:
        abort(404)
    answer = stored.answer(name)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


def static_url(name: str) -> str:
    return url_for("assets.file", version=static_version(), name=name)


@lru_cache
def static_version() -> str:
    """Changes when any static file does."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def inline_css(bundle: str, brand_color: str) -> Markup:
    """The palette and a bundle of sheets, for a <style> element. Its hash goes into the answer's CSP."""
    return _allowed(_inlined(bundle, brand_color))


def inline_palette(brand_color: str) -> Markup:
    return _allowed(palette_css(brand_color))


def _allowed(css: str) -> Markup:
    if "style_hashes" not in g:
        g.style_hashes = []
    g.style_hashes.append(style_hash(css))
    return Markup(css)  # noqa: S704 - our own sheets and hex colours, no input


@lru_cache(maxsize=64)
def style_hash(css: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'"


@lru_cache(maxsize=16)
def _inlined(bundle: str, brand_color: str) -> str:
    return palette_css(brand_color) + _bundle(bundle)


@lru_cache
def _bundle(bundle: str) -> str:
    return minified("".join((STATIC / "css" / f"{name}.css").read_text() for name in BUNDLES[bundle]))


def palette_css(brand_color: str) -> str:
    light, dark = (
        ";".join(f"--{name}:{value}" for name, value in palette(brand_color)[mode].items())
        for mode in ("light", "dark")
    )
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def minified(css: str) -> str:
    """The sheet without comments and idle white space. Strings and data addresses stay as they are."""
    pieces = re.split(LITERAL, re.sub(rf"/\*.*?\*/|{LITERAL}", r"\1", css, flags=re.S))
    return "".join(piece if place % 2 else _squeezed(piece) for place, piece in enumerate(pieces)).strip()


def _squeezed(css: str) -> str:
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r" ?([{};,>]) ?", r"\1", css)
    return re.sub(r": (?=[^{}]*[;}])", ":", css).replace(";}", "}")


def fingerprint(text: str) -> str:
    """What a section of a page is known by: the page replaces only the sections whose fingerprint changed."""
    return hashlib.sha256(str(text).encode()).hexdigest()[:10]
