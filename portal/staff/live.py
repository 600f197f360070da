"""The doorbell of an open staff page: says that there is something new, never what."""

from flask import Flask, Response, current_app, request
from flask_login import current_user

from portal import answers
from portal.db import STAFF, look_again
from portal.domain import timeline
from portal.live import Full, Stream
from portal.staff import bp, load
from portal.throttle import household

MOST = 100  # pages of one person's sessions


@bp.get("/live")
def live() -> Response:
    """Events version, beat and gone. No database session is held while it waits.

    The stream goes by the session's name: before every word it is asked whether that is still good.
    """
    viewers = current_app.extensions["viewers"]
    address = household(request.remote_addr or "")
    try:
        viewer = viewers.hold(STAFF, key=current_user.get_id(), address=address, most=MOST)
    except Full:
        return Response(status=503, headers={"Retry-After": "60"})
    # Asked again after the viewer is held: what changed before now is seen here, what comes later rings.
    try:
        look_again()
        number = timeline.newest_heard()
    except BaseException:
        viewers.let_go(viewer)
        raise
    return answers.stream(Stream(viewers, viewer, number))


def is_good(app: Flask, session: str) -> bool:
    """Whether `session` has not ended meanwhile."""
    with app.app_context():
        return load(session) is not None
