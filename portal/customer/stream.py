"""The doorbell of an open page: says that there is something new, never what."""

from flask import Response, abort, current_app, g, request

from portal.customer import bp
from portal.db import look_again, topic
from portal.domain import links
from portal.live import Full


@bp.get("/live")
def live() -> Response:
    """Events version, beat and gone. No database session is held while it waits."""
    viewers = current_app.extensions["viewers"]
    link_id, place = g.link.id, topic(g.link.kind, g.link.record_id)
    try:
        viewer = viewers.hold(place, key=link_id, address=request.remote_addr or "")
    except Full:
        return Response(status=503, headers={"Retry-After": "20"})
    # Asked again after the viewer is held: what was revoked or changed before now is seen here, what comes later rings.
    version = None
    try:
        look_again()
        version = links.version_if_alive(link_id)
    finally:
        if version is None:
            viewer.leave()
    if version is None:
        abort(404)
    answer = Response(viewer.events(version), mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store, no-transform"
    answer.headers["X-Accel-Buffering"] = "no"
    answer.call_on_close(viewer.leave)
    return answer
