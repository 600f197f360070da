"""What every answer carries: security headers, and one look for every failure."""

import logging
import re
from functools import wraps

from flask import Flask, Response, abort, current_app, g, request
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from portal import languages
from portal.db import look_again
from portal.domain.refusals import Gone
from portal.live import Stream
from portal.outside import passwords
from portal.outside.storage import NoRoom, OutOfReach
from portal.turns import WriteBusy

# What stands behind our secret addresses, and whatever else looks like a share token: a mistyped link holds one too.
SECRETS = re.compile(
    r"(/portal/(?:wo|quote|invoice)/|/staff/sign-in/)[^/?\s\"']+|\b[0-9a-hjkmnp-tv-z]{27}\b", re.IGNORECASE | re.ASCII
)


def redacted(text: str) -> str:
    """`text` without the secret part of our addresses."""
    return SECRETS.sub(lambda found: f"{found[1] or ''}[token]", text)


def redacted_record(*args, **kwargs) -> logging.LogRecord:
    """A log record without tokens, made so from the start: whichever logger writes it, whichever handler prints it."""
    record = logging.LogRecord(*args, **kwargs)
    record.msg, record.args = redacted(record.getMessage()), ()
    if record.exc_info:
        record.exc_text = redacted(logging.Formatter().formatException(record.exc_info))
    return record


UNBUFFERED = {
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
}  # proxies pass each event on at once
# Bytes; everything else: MAX_CONTENT_LENGTH. A form without script brings all its photos at once.
UPLOADS = {
    "staff.save_logo": 25_000_000,
    "staff.save_photo": 25_000_000,
    "staff.save_person_photo": 25_000_000,
    "staff.add_photos": 200_000_000,
}
UPLOAD_S = 300  # what a basement with one bar of signal needs for a photo
LISTS = {"staff.read_customer_file": 8_000_000, "staff.import_customers": 8_000_000}  # 2,000,000 characters of UTF-8


MESSAGES = {"hooks.stripe": 512_000}


def limit_body() -> None:
    """Refuse a body of unknown length, and let only uploads be large and slow, of those who have signed in."""
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        abort(411)
    if request.endpoint in MESSAGES:
        request.max_content_length = MESSAGES[request.endpoint]
    if request.endpoint in UPLOADS and request.method == "POST":
        if not current_user.is_authenticated:
            if (request.content_length or 0) > current_app.config["MAX_CONTENT_LENGTH"]:
                abort(400)  # who was signed out is told what to do; "too much" would be untrue
            return
        look_again()  # its body may take minutes to arrive: no connection is kept from others meanwhile
        request.max_content_length = UPLOADS[request.endpoint]
        request.environ.get("porchlight.allow_s", int)(UPLOAD_S)
    if request.endpoint in LISTS:  # their text travels in a field of the form
        request.max_content_length = request.max_form_memory_size = LISTS[request.endpoint]


def attach(app: Flask) -> None:
    logging.setLogRecordFactory(redacted_record)
    app.after_request(add_headers)
    app.context_processor(languages.page_attributes)
    app.register_error_handler(HTTPException, failed)
    app.register_error_handler(Gone, no_such_link)
    for too_much in (WriteBusy, PoolTimeout, passwords.Busy, OutOfReach, NoRoom):
        app.register_error_handler(too_much, busy)
    app.register_error_handler(Exception, broken)


def add_headers(answer: Response) -> Response:
    headers = answer.headers
    if "no-store" not in headers.get("Cache-Control", "") and not is_for_everybody(answer):
        headers["Cache-Control"] = "no-store, private"
    own_policy = headers.get("Cross-Origin-Resource-Policy", "same-origin")
    for name, value in safe_headers().items():
        headers[name] = value
    headers["Cross-Origin-Resource-Policy"] = own_policy
    return answer


def safe_headers() -> dict[str, str]:
    headers = {
        "Content-Security-Policy": content_security_policy(),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet",
    }
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def stream(body: Stream) -> Response:
    """The answer that an open page listens to. Its body is handed on as it is: the server may want the connection."""
    return Response(body, mimetype="text/event-stream", headers=UNBUFFERED, direct_passthrough=True)


def headers_of_streams() -> list[tuple[str, str]]:
    """The same head as a list, for who answers without Flask."""
    return [("Content-Type", "text/event-stream; charset=utf-8"), *(UNBUFFERED | safe_headers()).items()]


def is_for_everybody(answer: Response) -> bool:
    """A style sheet or a script of ours: nothing else may be kept, not even a photo, which dies with its link."""
    return request.blueprint == "assets" and answer.status_code < 400


def content_security_policy() -> str:
    styles = " ".join(["'self'", *dict.fromkeys(g.get("style_hashes", ()))])
    # A form that is answered by sending the customer on to pay has to be allowed to lead there.
    targets = " ".join(["'self'", *filter(None, [g.get("leads_to")])])
    return (
        f"default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data:; connect-src 'self'; "
        f"manifest-src 'self'; form-action {targets}; {frames()}base-uri 'none'; object-src 'none'"
    )


def frames() -> str:
    """No page stands in a frame, but for the picture of a customer's page that our own settings show."""
    inside, around = g.get("stands_in_a_frame", False), g.get("shows_a_frame", False)
    return ("frame-src 'self'; " if around else "") + (
        "frame-ancestors 'self'; " if inside else "frame-ancestors 'none'; "
    )


def is_behind_a_link() -> bool:
    return request.path.startswith("/portal/")


def for_strangers(answer):
    """Every failure speaks the browser's language: it asks no database, and a link's 404 tells nothing of its shop."""

    @wraps(answer)
    def speaking(error=None):
        with force_locale(languages.of_stranger()):
            return answer(error)

    return speaking


@for_strangers
def failed(error: HTTPException) -> Response | tuple[str, int]:
    """A page for a refused request. Behind a link it is always the same 404, which tells nobody which links exist."""
    if error.code is None or error.code < 400:
        return error.get_response()
    if is_behind_a_link() and error.code in (404, 405):
        return no_such_link(error)
    title, words = refusal(error.code)
    step = (request.path, _("Try again")) if is_behind_a_link() else ("/staff/", _("Go to today’s list"))
    return failure("errors/page.html", title=title, words=words, next_url=step[0], next_words=step[1]), error.code


@for_strangers
def no_such_link(_error: Exception | None = None) -> tuple[str, int]:
    """The one answer to every link that opens nothing, whatever the reason."""
    return failure("errors/link.html"), 404


def refusal(code: int) -> tuple[str, str]:
    return {
        400: (
            _("That didn’t work"),
            _("The form was open for too long or came from another page. Go back, reload and try again."),
        ),
        403: (_("This isn’t yours to open"), _("Ask the owner of the shop if you need it.")),
        404: (_("There is nothing here"), _("The address may be mistyped, or what it showed was moved.")),
        405: (_("There is nothing here"), _("The address may be mistyped, or what it showed was moved.")),
        411: (_("That didn’t work"), _("The sender didn’t say how long its message is.")),
        413: (_("That was too much at once"), _("Send less text, or smaller files.")),
        429: (_("Too many tries"), _("Wait a few minutes, then try again.")),
    }.get(code, (_("That didn’t work"), _("Go back and try again.")))


@for_strangers
def busy(_error: Exception) -> tuple[str, int, dict[str, str]]:
    page, code = trouble(503)
    return page, code, {"Retry-After": "2"}


@for_strangers
def broken(error: Exception) -> tuple[str, int]:
    current_app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return trouble(500)


def trouble(code: int) -> tuple[str, int]:
    title, next_url, next_words = _("Something went wrong on our side"), request.path, _("Try again")
    if request.method == "POST":
        words = _("Nothing was changed. Go back: what you typed is still there. Then try again in a minute.")
        next_url, next_words = ("", "") if is_behind_a_link() else ("/staff/", _("Go to today’s list"))
    elif is_behind_a_link():
        words = _("Try again in a minute. Your link is fine.")
    else:
        words = _("Try again in a minute. Nothing was lost.")
    page = failure("errors/page.html", title=title, words=words, next_url=next_url, next_words=next_words)
    return page, code


def failure(template: str, **words: str) -> str:
    """The page of a failure. It asks no context processor: what they look up may be the very thing that failed."""
    return current_app.jinja_env.get_template(template).render(words | languages.page_attributes())
