"""Bare WeasyPrint, kept warm: reads the paths of pages, lays each out as a PDF file, tells the milliseconds it took."""

import os
import sys
import time
from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration


def main(style: str) -> None:
    os.nice(5)
    fonts = FontConfiguration()
    sheet = CSS(filename=style, font_config=fonts)
    for line in sys.stdin:
        page = Path(line.strip())
        begun = time.perf_counter()
        document = HTML(string=page.read_text()).render(font_config=fonts, stylesheets=[sheet], pdf_variant="pdf/ua-1")
        page.with_suffix(".pdf").write_bytes(document.write_pdf(pdf_variant="pdf/ua-1"))
        print((time.perf_counter() - begun) * 1000, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
