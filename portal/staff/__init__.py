"""Door 1: the people of the shop. Closed unless a route is named open; routes by noun."""

import re
from functools import partial, wraps

from flask import Blueprint, abort, flash, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user
from sqlalchemy.orm import lazyload
from werkzeug.wrappers import Response

from models import Staff, WorkOrder, db
from portal import languages
from portal.db import is_writing
from portal.domain import shop as shops
from portal.domain import staff as cards
from portal.domain import work_orders as jobs
from portal.domain.refusals import Expired, Incomplete, NotAllowed
from portal.staff import office_copy

bp = Blueprint("staff", __name__, url_prefix="/staff")
OPEN = frozenset(
    {"staff.sign_in", "staff.try_sign_in", "staff.sign_in_link", "staff.use_sign_in_link", "staff.mail_sign_in_link"}
)
OPEN |= {"staff.manifest", "staff.worker", "staff.offline"}  # a browser asks for them by itself
OPEN |= {"staff.set_up", "staff.finish_set_up", "staff.set_up_preview"}

# What a page or a browser asks for by itself.
BY_ITSELF = ("staff.live", "staff.inbox_count", "staff.my_day_news", "staff.manifest", "staff.worker", "staff.offline")
BY_ITSELF += ("staff.quote_news", "staff.invoice_news", "staff.print_run_news")
BY_ITSELF += ("staff.shop_preview", "staff.set_up_preview", "staff.customer_suggestions")
BY_ITSELF += ("staff.quote_totals", "staff.invoice_totals")

# The page of what a verb was about: /staff/quotes/7 of /staff/quotes/7/send.
RECORD_PAGE = re.compile(r"/staff/(work-orders|quotes|invoices|customers)/[0-9]+")

login = LoginManager()
login.session_protection = None  # a phone changes its address all day


class SignedIn(UserMixin):
    """A session: who, and which of their sessions. Raising the person's epoch ends them all."""

    def __init__(self, person: Staff):
        self.person = person

    def get_id(self) -> str:
        return f"{self.person.id}.{self.person.session_epoch}"


@login.user_loader
def load(kept: str) -> SignedIn | None:
    number, _dot, epoch = kept.partition(".")
    person = db.session.get(Staff, int(number), options=[lazyload("*")]) if number.isdigit() else None
    if person is None or person.archived_at or str(person.session_epoch) != epoch:
        return None
    return SignedIn(person)


class StaffSessions(SecureCookieSessionInterface):
    """Sessions exist on the staff side only: a customer's request neither reads nor sets a cookie."""

    def open_session(self, app, request):
        return super().open_session(app, request) if request.path.startswith("/staff") else None

    def should_set_cookie(self, app, session):
        """Not with what a page asks for by itself: an answer on its way would sign in again who has just signed out,
        and undo the session of who has just signed in."""
        return super().should_set_cookie(app, session) and request.endpoint not in BY_ITSELF


def current_staff() -> Staff:
    return current_user.person


def let_in(person: Staff, *, stay: bool) -> None:
    """Begin a new session. What an earlier one held is dropped, so nobody can prepare a session for somebody else."""
    session.clear()
    session.permanent = stay
    login_user(SignedIn(person))


def find(model, id: int):
    """The record, or 404; locked when it is about to be changed."""
    return db.session.get(model, id, with_for_update={"key_share": True} if is_writing() else None) or abort(404)


def find_job(id: int) -> WorkOrder:
    """The work order, or 404 when this person has nothing to do with it."""
    job = find(WorkOrder, id)
    return job if jobs.may_see(job, current_staff()) else abort(404)


def office_only(view):
    """For owner and office: technicians have no business here."""

    @wraps(view)
    def guarded(*args, **kwargs):
        if not cards.can_office(current_staff()):
            abort(403)
        return view(*args, **kwargs)

    return guarded


def owner_only(view):
    @wraps(view)
    def guarded(*args, **kwargs):
        if current_staff().role != "owner":
            abort(403)
        return view(*args, **kwargs)

    return guarded


@bp.before_request
def keep_closed() -> Response | None:
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(400)
    g.find_locale = partial(languages.of_shop, shops.profile().locale)
    if request.endpoint in OPEN or current_user.is_authenticated:
        return None
    if request.accept_mimetypes.best == "application/json":
        abort(401)
    if request.method not in ("GET", "HEAD"):
        flash(_("You were signed out. Sign in and do it once more."), "trouble")
        return redirect(url_for("staff.sign_in"), 303)
    return redirect(url_for("staff.sign_in", next=request.full_path.rstrip("?")))


@bp.errorhandler(NotAllowed)
def not_allowed(error: NotAllowed) -> Response:
    """Two people pressed at once, or a page was old: say so on the page as it is now."""
    flash(why_not(error), "trouble")
    record = RECORD_PAGE.match(request.path)
    return redirect(record[0] if record else url_for("staff.home"), 303)


def why_not(error: NotAllowed) -> str:
    if isinstance(error, Incomplete):
        return {
            "documents": _("Nothing was ticked. Tick what is to be printed."),
            "lines": _("There is nothing on it yet. Add a line first."),
            "name": _("Say who approved it."),
            "body": _("Say what is to be changed."),
        }[error.what]
    if isinstance(error, Expired):
        return _("This quote has expired. Send it again, and it can be approved.")
    return _("That had changed meanwhile, so nothing was done. This is how things stand now.")


@bp.context_processor
def frame() -> dict:
    """What the frame around every staff page shows."""
    if not current_user.is_authenticated:
        return {
            "shop": office_copy.of_shop(shops.profile()),
            "current_staff": None,
            "here": "",
            "open_messages": 0,
            "live_version": "",
            "undo_url": "",
        }
    return office_copy.frame(current_staff(), here=HERE.get(request.endpoint, ""))


HERE = {
    "staff.home": "today",
    "staff.my_day": "today",
    "staff.sign": "today",
    "staff.save_signature": "today",
    "staff.new_work_order": "today",
    "staff.work_order": "today",
    "staff.activity": "settings",
    "staff.inbox": "inbox",
    "staff.message": "inbox",
    "staff.assign_message": "inbox",
    "staff.customers": "customers",
    "staff.customer": "customers",
    "staff.merge_customer": "customers",
    "staff.merge_customers": "customers",
    "staff.customer_file_page": "customers",
    "staff.read_customer_file": "customers",
    "staff.settings": "settings",
    "staff.save_settings": "settings",
    "staff.clear_samples": "settings",
    "staff.me": "me",
    "staff.people": "settings",
    "staff.person": "settings",
    "staff.new_person": "settings",
    "staff.edit_person": "settings",
    "staff.billing_settings": "settings",
    "staff.save_billing_settings": "settings",
    "staff.set_numbers": "settings",
    "staff.new_tax": "settings",
    "staff.add_tax": "settings",
    "staff.edit_tax": "settings",
    "staff.save_tax": "settings",
    "staff.items": "billing",
    "staff.new_item": "billing",
    "staff.add_item": "billing",
    "staff.edit_item": "billing",
    "staff.save_item": "billing",
}
HERE |= {
    f"staff.{page}": "billing"
    for page in (
        "quotes",
        "quote",
        "new_quote",
        "edit_quote",
        "invoices",
        "invoice",
        "new_invoice",
        "edit_invoice",
        "payments",
    )
}
HERE |= {"staff.print_run": "billing", "staff.add_print_run": "billing"}
HERE |= {"staff.add_photos": "today", "staff.edit_job_photo": "today", "staff.save_job_photo": "today"}
HERE |= {"staff.add_quote": "billing", "staff.save_quote": "billing", "staff.approve_quote": "billing"}
HERE |= {"staff.add_invoice": "billing", "staff.save_invoice": "billing"}
HERE |= {"staff.record_payment": "billing", "staff.refund_payment": "billing"}


from portal.staff import (  # noqa: E402, F401 - each adds its routes to the door
    activity,
    billing,
    billing_settings,
    customer_imports,
    customers,
    document_preview,
    duplicates,
    installed,
    invoices,
    items,
    ledger,
    live,
    mail,
    me,
    messages,
    my_day,
    paper,
    parts,
    payments,
    people,
    photos,
    pictures,
    print_runs,
    quotes,
    refunds,
    samples,
    set_up,
    settings,
    sharing,
    shop_preview,
    sign_in,
    signatures,
    stripe_settings,
    taxes,
    visits,
    waiting,
    work_order_forms,
    work_orders,
)
