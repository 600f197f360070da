"""A stored file as an answer, for every door. Each has let its reader in before."""

from flask import Response, current_app, send_from_directory

from portal.db import look_again
from portal.outside import storage


def answer(name: str, **how) -> Response:
    look_again()  # a bucket may take seconds: no connection is kept from others meanwhile
    path = current_app.extensions["storage"].path(name)
    return send_from_directory(path.parent, path.name, mimetype=storage.content_type(name), **how)


def private(name: str) -> Response:
    """One that is asked for again each time, since its reader may be shut out meanwhile."""
    return answer(name, etag=False, max_age=None)
