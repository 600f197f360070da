"""Door 2: whoever holds a link. Every route finds its link first, or answers the one 404. No account, no cookie."""

from functools import partial

from flask import Blueprint, abort, g, request

from portal import languages
from portal.db import look_again
from portal.domain import links

bp = Blueprint("customer", __name__, url_prefix="/portal/<any(wo,quote,invoice):kind>/<token>")


@bp.url_value_preprocessor
def find_link(_endpoint, values: dict) -> None:
    """Turn the token into a link, for every route of this door, or answer as if there were nothing."""
    g.kind, g.token = values.pop("kind"), values.pop("token")
    g.link = links.resolve(g.kind, g.token) or abort(404)
    g.find_locale = partial(languages.of_reader, g.link.locale, g.link.home)  # asked by the first word that is said
    if request.method == "POST":
        look_again()  # its body may take half a minute to arrive: no connection is kept from others meanwhile


@bp.url_defaults
def keep_token(_endpoint, values: dict) -> None:
    values.setdefault("kind", g.get("kind"))
    values.setdefault("token", g.get("token"))


@bp.before_request
def refuse_foreign_forms() -> None:
    """The secret in the address guards the forms; this also stops a page elsewhere that learned it."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(400)


def only_for(*kinds: str) -> None:
    """Answer as if there were nothing, where a link of this kind has no such page."""
    if g.kind not in kinds:
        abort(404)


from portal.customer import (  # noqa: E402, F401 - they hang their routes on bp
    actions,
    pages,
    paper,
    pay,
    quotes,
    signatures,
    stream,
)
