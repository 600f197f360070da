"""What a link shows: the page, its pictures, its calendar file."""

from dataclasses import dataclass

from flask import Response, abort, current_app, g, render_template, send_from_directory, url_for

from portal import calendar, customer_copy
from portal.customer import bp
from portal.outside import storage


@dataclass(frozen=True)
class Door:
    """The addresses a customer's page leads to. Staff preview the same page through a door of their own."""

    is_preview: bool = False

    @property
    def page(self) -> str:
        return url_for("customer.page")

    @property
    def live(self) -> str:
        return url_for("customer.live")

    @property
    def seen(self) -> str:
        return url_for("customer.seen")

    @property
    def help(self) -> str:
        return url_for("customer.help")

    @property
    def calendar(self) -> str:
        return url_for("customer.calendar_file")

    def photo(self, name: str) -> str:
        return url_for("customer.photo", name=name)


@bp.get("")
def page() -> str:
    return render_template("customer/work_order.html", copy=customer_copy.of(g.link), door=Door())


@bp.get("/photos/<name>")
def photo(name: str) -> Response:
    """A picture that this link's copy shows, and no other."""
    if name not in customer_copy.of(g.link).file_names:
        abort(404)
    path = current_app.extensions["storage"].path(name)
    return send_from_directory(
        path.parent,
        path.name,
        mimetype=storage.content_type(name),
        etag=False,
        max_age=None,
    )


@bp.get("/calendar.ics")
def calendar_file() -> Response:
    visit = customer_copy.of(g.link).calendar or abort(404)
    return Response(
        calendar.file(visit),
        mimetype="text/calendar",
        headers={"Content-Disposition": 'attachment; filename="visit.ics"'},
    )
