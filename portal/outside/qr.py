"""QR codes, by segno."""

from markupsafe import Markup


def svg(text: str, title: str) -> Markup:
    """A code for `text` as inline SVG, black on white, with the four-module margin that scanners need."""
    return _drawn(text, title)


def transfer(text: str, title: str) -> Markup:
    """A code that a banking app reads. It is told to expect UTF-8, and at most this correction."""
    return _drawn(text, title, encoding="utf-8", boost_error=False)


def _drawn(text: str, title: str, **how) -> Markup:
    import segno  # with what it draws into besides SVG it holds 1 MB, and few servers are asked for a code soon

    code = segno.make(text, error="m", micro=False, **how)
    return Markup(
        code.svg_inline(
            border=4, dark="#000", light="#fff", omitsize=True, title=title, svgclass="qr__code", lineclass=None
        )
    )
