"""The doorbell of an open page: says that there is something new, never what."""

import re
from collections.abc import Callable

from flask import Flask, Response, abort, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import SecurityError
from werkzeug.wsgi import get_host

from portal import answers
from portal.customer import bp
from portal.db import look_again, topic
from portal.domain import links
from portal.live import Full, Stream

ADDRESS = re.compile(r"/portal/(wo|quote|invoice)/([^/]+)/live")


@bp.get("/live")
def live() -> Response:
    """Events version, beat and gone. No database session is held while it waits."""
    try:
        stream = begin(g.link, request.remote_addr or "")
    except Full:
        return Response(status=503, headers={"Retry-After": "20"})
    return answers.stream(stream or abort(404))


def begin(link, address: str) -> Stream | None:
    """The stream that `link` lets in, or None when it was revoked meanwhile. Raises Full."""
    viewers = current_app.extensions["viewers"]
    viewer = viewers.hold(topic(link.kind, link.record_id), key=link.id, address=address)
    # Asked again now that the viewer is held: what was revoked or changed before is seen here, what comes later rings.
    number = None
    try:
        look_again()
        number = links.newest_if_alive(viewer.key)
    finally:
        if number is None:
            viewers.let_go(viewer)
    return None if number is None else Stream(viewers, viewer, number)


class ShortWay:
    """WSGI middleware: lets streams in before Flask sets up a request, so that thousands may come back at once.

    It knows only how to say yes. Whoever gets no stream here is Flask's to answer, in the words of every other route.
    """

    def __init__(self, app: Flask):
        self.app, self.application = app, app.wsgi_app
        with app.app_context():
            self.headers = answers.headers_of_streams()

    def __call__(self, environ: dict, start_response: Callable):
        stream = self.stream(environ)
        if stream is None:
            return self.application(environ, start_response)
        start_response("200 OK", list(self.headers))
        return stream

    def stream(self, environ: dict) -> Stream | None:
        asked = ADDRESS.fullmatch(environ.get("PATH_INFO", ""))
        if not asked or environ["REQUEST_METHOD"] != "GET":
            return None
        try:
            get_host(environ, self.app.config["TRUSTED_HOSTS"])
            with self.app.app_context():
                link = links.resolve(*asked.groups())
                return link and begin(link, environ.get("REMOTE_ADDR", ""))
        except (Full, SecurityError, SQLAlchemyError):
            return None
