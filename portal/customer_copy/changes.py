"""What is new in a quote since its customer last looked at it."""

from collections.abc import Iterator

from flask_babel import gettext as _

from portal.customer_copy.money_shapes import ChangeCopy
from portal.customer_copy.paper import Paper

SAME = ("description", "details", "quantity", "unit", "unit_price", "price", "is_optional", "tax_rate")


def of(now: Paper, before: Paper) -> tuple[ChangeCopy, ...]:
    """One entry a difference, the total first."""
    return tuple(_found(now, before))


def marks(now: Paper, before: Paper) -> dict[int, str]:
    """{line's id: "New" or "Changed"}."""
    old, found = _by_id(before), {}
    for id, line in _by_id(now).items():
        if id not in old:
            found[id] = _("New")
        elif not _is_same(line, old[id]):
            found[id] = _("Changed")
    return found


def _found(now: Paper, before: Paper) -> Iterator[ChangeCopy]:
    new, old = now.content, before.content
    if new["total"] != old["total"]:
        yield ChangeCopy(word=_("Total"), what=now.amount(new["total"]), before=before.amount(old["total"]))
    lines, known = _by_id(now), _by_id(before)
    for id, line in lines.items():
        if id not in known:
            yield ChangeCopy(word=_("New"), what=line["description"], before="")
        elif not _is_same(line, known[id]):
            is_price = line["price"] != known[id]["price"]
            was = before.amount(known[id]["price"]) if is_price else ""
            yield ChangeCopy(word=_("Changed"), what=line["description"], before=was)
    for id, line in known.items():
        if id not in lines:
            yield ChangeCopy(word=_("No longer in it"), what=line["description"], before="")
    if new["valid_until"] != old["valid_until"] and new["valid_until"]:
        was = before.day(old["valid_until"]) if old["valid_until"] else ""
        yield ChangeCopy(word=_("Good until"), what=now.day(new["valid_until"]), before=was)
    for name, words in (("title", _("What it is for")), ("message", _("Message")), ("terms", _("Terms"))):
        if new[name] != old[name]:
            yield ChangeCopy(word=_("Changed"), what=words, before="")


def _by_id(paper: Paper) -> dict[int, dict]:
    return {line["id"]: line for line in paper.content["lines"]}


def _is_same(line: dict, other: dict) -> bool:
    return all(line[name] == other[name] for name in SAME)
