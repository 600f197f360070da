"""The doorbell of an open page: says that there is something new, never what."""

import re
from collections.abc import Callable

from flask import Flask, Response, abort, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import SecurityError
from werkzeug.wsgi import get_host

from portal import answers
from portal.customer import bp
from portal.db import topic
from portal.domain import links
from portal.live import Full, Stream
from portal.throttle import household

ADDRESS = re.compile(r"/portal/(wo|quote|invoice)/([^/]+)/live")


@bp.get("/live")
def live() -> Response:
    """Events version, beat and gone. No database session is held while it waits."""
    try:
        stream = begin(g.kind, g.token, request.remote_addr or "")
    except Full:
        return Response(status=503, headers={"Retry-After": "20"})
    return answers.stream(stream or abort(404))


def begin(kind: str, token: str, address: str) -> Stream | None:
    """The stream that a token opens; None when it opens nothing. Raises Full.

    What rings between the look at the database and the holding would be missed: then it is looked at once more.
    """
    viewers = current_app.extensions["viewers"]
    rung = viewers.rung
    link = links.resolve(kind, token)
    if link is None:
        return None
    viewer = viewers.hold(topic(link.kind, link.record_id), key=link.id, address=household(address))
    if viewers.rung != rung:
        link = None
        try:
            link = links.resolve(kind, token)
        finally:
            if link is None:
                viewers.let_go(viewer)
    return link and Stream(viewers, viewer, link.newest)


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
                return begin(*asked.groups(), environ.get("REMOTE_ADDR", ""))
        except (Full, SecurityError, SQLAlchemyError):
            return None
