"""QR codes, by segno."""

from markupsafe import Markup


def svg(text: str, title: str) -> Markup:
    """A code for `text` as inline SVG, black on white, with the four-module margin that scanners need."""
    import segno  # with what it draws into besides SVG it holds 1 MB, and few servers are asked for a code soon

    code = segno.make(text, error="m", micro=False)
    return Markup(
        code.svg_inline(
            border=4, dark="#000", light="#fff", omitsize=True, title=title, svgclass="qr__code", lineclass=None
        )
    )
