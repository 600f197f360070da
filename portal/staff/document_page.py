"""What stands around a quote and an invoice alike on the office's page of it."""

from flask import request

from models import Document, MessageKind
from portal.domain import links, messages, timeline
from portal.domain import shop as shops
from portal.staff import sharing

FEW, ALL = 8, 500


def around(document: Document) -> dict:
    """Its link and whether the sheet is open, what happened to it, and what its customer asked."""
    shop, link = shops.profile(), links.of(document)
    return {
        "zone": shop.time_zone,
        "link": sharing.of_link(link, document, shop) if link else None,
        "share_open": "shared" in request.args,
        "events": timeline.of(document, limit=FEW if "all" not in request.args else ALL),
        "letters": [letter for letter in messages.open_on(document) if letter.kind is MessageKind.HELP],
    }
