"""Reads a list of customers as other programs write it: CSV with commas, semicolons or tabs, in whichever encoding."""

import codecs
import csv
import io
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from flask_babel import gettext as _

from portal.domain.customers import CARD
from portal.fields import CONTROL, EMAIL, one_line, paragraphs
from portal.staff import language_field

MOST_BYTES = 2_000_000
MOST_ROWS = 5_000
MOST_COLUMNS = 200
MOST = {"name": 120, "phone": 40, "email": 254, "street": 200, "locality": 200, "notes": 20_000}
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

# Heads of columns as English, German and Spanish programs write them: without accents, spaces and signs.
# What stands for a part of a field is joined with its other parts in the order of the file.
HEADS = {
    "first": "firstname givenname vorname nombredepila primernombre",
    "last": "lastname surname familyname nachname familienname apellido apellidos",
    "name": "name fullname customer customername client clientname displayname contact contactname "
    "kunde kundenname kontakt nombre nombrecompleto cliente nombredelcliente contacto",
    "company": "company companyname organization organisation business businessname firma firmenname unternehmen "
    "empresa compania",
    "phone": "phone phonenumber phone1 mobile mobilephone mobilenumber cell cellphone telephone tel homephone "
    "mainphone workphone telefon telefonnummer telefonmobil handy handynummer mobil mobilnummer mobiltelefon rufnummer "
    "telefono telefonomovil movil celular numerodetelefono",
    "email": "email emailaddress email1 mail mailadresse emailadresse correo correoelectronico",
    "street": "street streetaddress streetandnumber address address1 addressline1 street1 serviceaddress homeaddress "
    "address2 addressline2 street2 unit apartment housenumber strasse strasseundhausnummer strassehausnummer "
    "strassenr hausnummer adresse anschrift adresszusatz calle calleynumero direccion domicilio piso",
    "locality": "city cityandpostcode citypostcode town locality postcode zip zipcode postalcode state province region "
    "ort stadt wohnort plz postleitzahl plzort ortplz plzundort stadtundplz ciudad ciudadycodigopostal poblacion "
    "localidad municipio codigopostal cp provincia estado",
    "notes": "note notes comment comments remark remarks bemerkung bemerkungen notiz notizen anmerkung anmerkungen "
    "kommentar nota notas observacion observaciones comentario comentarios",
    "locale": "language languageoftheirpages lang locale sprache idioma lengua",
}
MEANT = {head: part for part, heads in HEADS.items() for head in heads.split()}

csv.field_size_limit(MOST_BYTES)  # a cell too long is the error of its row, not of the file


class Unreadable(Exception):
    """Nothing of it can be imported. Its text says why."""


@dataclass(kw_only=True)
class Row:
    """One customer of the file. `number` counts as a spreadsheet does: the heads are row 1."""

    number: int
    card: dict[str, str]
    errors: list[tuple[str, str]] = field(default_factory=list)  # (field, what is wrong)
    knows_language: bool = True


@dataclass(frozen=True, kw_only=True)
class Sheet:
    columns: list[tuple[str, str]]  # (field, the head it is read from)
    unused: list[str]  # heads that mean nothing to us
    rows: list[Row]


def decoded(raw: bytes) -> str:
    """The text of a file. What is no UTF-8 comes from an old Windows program."""
    for mark, encoding in MARKS.items():
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def cleaned(text: str) -> str:
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def read(text: str, labels: dict[str, str]) -> Sheet:
    """The customers in `text`. `labels` are our own words for the fields, which may be the heads too.

    Raises Unreadable if it has no head for the name, no rows or too many.
    """
    lines = _lines(cleaned(text))
    _number, heads = next(lines, (0, []))
    known = MEANT | {plain(label): name for name, label in labels.items()}
    parts = [(place, known[plain(head)]) for place, head in enumerate(heads[:MOST_COLUMNS]) if plain(head) in known]
    if not {"name", "first", "last", "company"} & {part for _place, part in parts}:
        raise Unreadable(_("No column has the customers’ names. The first row names the columns: Name, Phone, Email …"))
    rows = []
    for number, cells in lines:
        if len(rows) == MOST_ROWS:
            raise Unreadable(too_many())
        rows.append(_row(number, cells, parts))
        if number % 100 == 0:
            time.sleep(0)  # others are served in between
    if not rows:
        raise Unreadable(_("There are only the names of columns, and no customer below them."))
    used = {place for place, _part in parts}
    return Sheet(
        columns=[(_field_of(part), one_line(heads[place])[:60]) for place, part in parts],
        unused=[one_line(head)[:60] for place, head in enumerate(heads[:MOST_COLUMNS]) if place not in used and head],
        rows=rows,
    )


def too_many() -> str:
    return _("That is more than %(most)d customers. Split the file and import one part at a time.", most=MOST_ROWS)


def plain(head: str) -> str:
    """A column's head without what people write differently: "Straße / Nr." is "strassenr"."""
    letters = unicodedata.normalize("NFKD", head[:80].casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of every row with something in it."""
    first = text.partition("\n")[0]
    marks = {mark: sum(plain(head) in MEANT for head in first.split(mark)) for mark in (",", ";", "\t")}
    best = max(marks, key=lambda mark: (marks[mark], first.count(mark)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=best)
    try:
        for number, cells in enumerate(reader, 1):
            if number > 4 * MOST_ROWS:  # nearly all of them empty
                raise Unreadable(too_many())
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        raise Unreadable(_("Row %(number)d can’t be read.", number=reader.line_num)) from error


def _row(number: int, cells: list[str], parts: list[tuple[int, str]]) -> Row:
    found: dict[str, list[str]] = {}
    for place, part in parts:
        text = (paragraphs if part == "notes" else one_line)(cells[place]) if place < len(cells) else ""
        if text:
            found.setdefault(part, []).append(text)
    name = " ".join(text for part in ("first", "name", "last") for text in found.get(part, ()))
    card = {
        "name": name or " ".join(found.get("company", ())),
        "phone": next(iter(found.get("phone", ())), ""),
        "email": next(iter(found.get("email", ())), ""),
        "street": " ".join(found.get("street", ())),
        "locality": " ".join(found.get("locality", ())),
        "notes": "\n\n".join(found.get("notes", ())),
    }
    locale = language_field.meant(" ".join(found.get("locale", ()))[:80]) if "locale" in found else ""
    return Row(
        number=number,
        card=card | {"locale": locale or ""},
        errors=list(_errors(card)),
        knows_language=locale is not None,
    )


def _errors(card: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What the form of a customer would say of these values."""
    for name, most in MOST.items():
        if len(card[name]) > most:
            yield name, _("Use at most %(max)d characters.", max=most)
        elif name == "name" and not card[name]:
            yield name, _("The name is missing.")
        elif name == "email" and card[name] and not EMAIL.fullmatch(card[name]):
            yield name, _("Enter an email address like name@example.com.")
        elif name == "phone" and card[name] and sum(c.isdigit() for c in card[name]) < 3:
            yield name, _("Enter a phone number like (503) 555-0142.")


def _field_of(part: str) -> str:
    return part if part in CARD else "name"
