"""The way back from Stripe's page. Its address holds no token: a cookie that Pay now left says which page it was.

Coming back proves nothing and changes nothing: it wakes the sweep, which asks Stripe.
"""

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for

from portal.customer.pay import WAY_BACK
from portal.domain.links import TOKEN

bp = Blueprint("way_back", __name__, url_prefix="/portal/paid")


@bp.get("/<key>")
def came_back(key: str):
    """303 to the invoice, where this browser paid it; else a word of thanks that names nobody."""
    sweep = current_app.extensions["sweep"] or abort(404)
    sweep.wake(key[:64])
    token = request.cookies.get(WAY_BACK, "")
    if TOKEN.fullmatch(token):
        how = "unpaid" if "back" in request.args else "paid"
        return redirect(url_for("customer.page", kind="invoice", token=token, **{how: key[:64]}), 303)
    return render_template("customer/paid.html", is_cancelled="back" in request.args)
