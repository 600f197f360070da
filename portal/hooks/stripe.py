"""Stripe's messages: signed, or refused. What they say is asked for again; 204 once it is written down, or not ours."""

from flask import abort, current_app, request

from portal.hooks import bp
from portal.outside.checkout import KINDS, Declined, Forged, Unreachable


@bp.post("/stripe", endpoint="stripe")
def hear():
    cashier = current_app.extensions["cashier"] or abort(404)
    try:
        event = cashier.till.read_event(request.get_data(), request.headers.get("Stripe-Signature", ""))
    except Forged as error:
        current_app.logger.warning("stripe: a message was refused: %s", error)
        return "", 400
    if event.kind in KINDS:
        try:
            cashier.hear(event)
        except (Unreachable, Declined) as error:
            current_app.logger.warning("stripe: event %s must come again: %s", event.id, error)
            return "", 503, {"Retry-After": "60"}  # Stripe brings it again
    return "", 204
