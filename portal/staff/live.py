"""The doorbell of an open staff page: says that there is something new, never what."""

from collections.abc import Iterator

from flask import Flask, Response, current_app, request
from flask_login import current_user

from portal.db import STAFF, look_again
from portal.domain import timeline
from portal.live import GONE, Full, Viewer
from portal.staff import bp, load

MOST = 100  # pages of one person: somebody quick leaves many behind that are noticed only at their next beat


@bp.get("/live")
def live() -> Response:
    """Events version, beat and gone. No database session is held while it waits."""
    app, session_id = current_app._get_current_object(), current_user.get_id()
    person = f"staff {current_user.person.id}"
    try:
        viewer = app.extensions["viewers"].hold(STAFF, key=person, address=request.remote_addr or "", most=MOST)
    except Full:
        return Response(status=503, headers={"Retry-After": "60"})
    # Asked again after the viewer is held: what changed before now is seen here, what comes later rings.
    try:
        look_again()
        version = timeline.staff_version()
    except BaseException:
        viewer.leave()
        raise
    answer = Response(words(app, viewer, session_id, version), mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store, no-transform"
    answer.headers["X-Accel-Buffering"] = "no"
    answer.call_on_close(viewer.leave)
    return answer


def words(app: Flask, viewer: Viewer, session_id: str, version: int) -> Iterator[bytes]:
    """The stream, as long as the session is good. Whatever ends one rings, and every beat asks too."""
    for word in viewer.events(version):
        if not is_good(app, session_id):
            viewer.leave()
            yield GONE
            return
        yield word


def is_good(app: Flask, session_id: str) -> bool:
    with app.app_context():
        return load(session_id) is not None
