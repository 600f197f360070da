"""The staff's side as an app on a phone: what it is called, how it looks, and the worker that keeps today's list.

Only addresses under /staff/ are the worker's. It keeps one page, the list of today, and our own scripts and styles.
"""

import json
import re
from functools import lru_cache

from flask import Response, url_for
from flask_babel import gettext as _

from portal import answers
from portal.assets import STATIC, static_url, static_version
from portal.domain import shop as shops
from portal.palette import palette
from portal.staff import bp

SHEETS = ("layers", "tokens", "base", "components", "staff", "staff-job", "staff-form", "staff-inbox", "staff-field")
ICONS = (  # file, size, purpose
    ("icon.svg", "any", "any"),
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-mask.png", "512x512", "maskable"),
)
KINDS = {"svg": "image/svg+xml", "png": "image/png"}
SHORT = 14  # letters that fit under an icon
IMPORTED = re.compile(r"from '\./([\w-]+\.js)'")


@bp.get("/app.webmanifest")
def manifest() -> Response:
    shop = shops.profile()
    name = shop.name or "Porchlight"
    about = {
        "id": "/staff/",
        "name": name,
        "short_name": name if len(name) <= SHORT else name.split()[0][:SHORT],
        "start_url": url_for("staff.home"),
        "scope": url_for("staff.home"),
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": palette(shop.brand_color)["light"]["soft"],
        "icons": [
            {"src": static_url(f"img/{file}"), "sizes": size, "type": KINDS[file[-3:]], "purpose": purpose}
            for file, size, purpose in ICONS
        ],
    }
    return Response(json.dumps(about), mimetype="application/manifest+json")


@bp.get("/worker.js")
def worker() -> Response:
    """The worker, knowing what to keep. Its text changes with our files: so does what it keeps."""
    known = {
        "version": static_version(),
        "list": url_for("staff.home"),
        "lists": [url_for("staff.home"), url_for("staff.my_day")],
        "offline": url_for("staff.offline"),
        "sign_in": url_for("staff.sign_in"),
        "sign_outs": [url_for("staff.sign_out"), url_for("staff.sign_out_everywhere")],
        "files": [static_url(name) for name in kept_files()],
    }
    text = (STATIC / "js" / "staff-worker.js").read_text()
    return Response(f"self.KNOWN = {json.dumps(known)}\n{text}", mimetype="text/javascript")


@bp.get("/offline")
def offline() -> str:
    """What is shown without a connection where no list was kept yet."""
    words = _("This page needs one. What you did last may not have got through: look again when you’re back online.")
    title, again = _("No connection"), {"next_url": url_for("staff.home"), "next_words": _("Try again")}
    return answers.failure("errors/page.html", title=title, words=words, **again)


@lru_cache
def kept_files() -> tuple[str, ...]:
    """Our sheets, and our script with all that it imports."""
    scripts: list[str] = ["staff.js"]
    for script in scripts:
        found = IMPORTED.findall((STATIC / "js" / script).read_text())
        scripts += [name for name in found if name not in scripts]
    return (*(f"css/{name}.css" for name in SHEETS), *(f"js/{name}" for name in scripts))
