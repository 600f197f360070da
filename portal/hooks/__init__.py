"""Door 3: machines that sign what they say. No session, no form token, and nothing they say is believed unsigned."""

from flask import Blueprint

bp = Blueprint("hooks", __name__, url_prefix="/hooks")

from portal.hooks import stripe  # noqa: E402, F401 - it hangs its route on bp
