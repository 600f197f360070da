"""A visit as a calendar file (RFC 5545). Moments go in as UTC, so it is right wherever it is read."""

from datetime import datetime

from portal import clock
from portal.customer_copy import CalendarCopy


def file(visit: CalendarCopy) -> str:
    rows = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Porchlight//Customer portal//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{visit.uid}@porchlight",
        f"DTSTAMP:{stamp(clock.now())}",
        f"DTSTART:{stamp(visit.starts_at)}",
        f"DTEND:{stamp(visit.ends_at)}",
        f"SEQUENCE:{visit.sequence}",
        f"SUMMARY:{escaped(visit.summary)}",
        f"LOCATION:{escaped(visit.place)}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{folded(row)}\r\n" for row in rows)


def stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """RFC 5545 section 3.3.11."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(row: str) -> str:
    """At most 75 octets a line, never cut inside a character (section 3.1)."""
    pieces, length = [""], 0
    for character in row:
        size = len(character.encode())
        if length + size > 74:
            pieces.append("")
            length = 0
        pieces[-1] += character
        length += size
    return "\r\n ".join(pieces)
