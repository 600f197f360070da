"""Is the shop open? For monitors, and for the front door."""

from flask import Blueprint, redirect, url_for
from sqlalchemy import text

from models import db

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz():
    """200 when the database answers."""
    db.session.execute(text("SELECT 1"))
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


@bp.get("/")
def front_door():
    return redirect(url_for("staff.home"))
