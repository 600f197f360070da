"""The lists of quotes and invoices, and how a new one begins. For the office."""

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Form, StringField

from models import Customer, Document, db
from portal import clock
from portal.db import writing
from portal.domain import billing, customers, print_runs
from portal.domain import shop as shops
from portal.fields import Email, Line, Phone, one_line, whole_number
from portal.staff import bp, current_staff, money_copy, office_copy, office_only
from portal.staff.work_order_forms import fill_customer, meant_customer, unclear_customer

PAGE = 50
FEW = 5


class NewDocumentForm(Form):
    """Whom it is for and what it is about: the lines come next."""

    customer_name = Line(_("Name"), most=120, required=_("Write who it is for."))
    customer_id = StringField()
    customer_phone = Phone(_("Phone"))
    customer_email = Email(_("Email"))
    title = Line(_("Title"), most=120, required=_("Write what it is for, like “Water heater replacement”."))
    street = Line(_("Street and number"), most=200)
    locality = Line(_("City and postcode"), most=200)


@bp.get("/quotes")
@office_only
def quotes():
    tab, query, start = asked(billing.QUOTE_TABS)
    found = billing.quotes(tab, query, limit=PAGE + 1, offset=start)
    words = {
        "drafts": gettext("Drafts"),
        "waiting": gettext("Waiting"),
        "approved": gettext("Approved"),
        "declined": gettext("Declined"),
    }
    return list_page("quotes", found, tab, query, start, words, billing.quote_counts())


@bp.get("/invoices")
@office_only
def invoices():
    today = clock.today(shops.profile().time_zone)
    tab, query, start = asked(billing.INVOICE_TABS)
    found = billing.invoices(tab, query, today, limit=PAGE + 1, offset=start)
    words = {
        "drafts": gettext("Drafts"),
        "due": gettext("To be paid"),
        "overdue": gettext("Overdue"),
        "paid": gettext("Paid"),
        "void": gettext("Void"),
    }
    return list_page("invoices", found, tab, query, start, words, billing.invoice_counts(today))


def asked(tabs) -> tuple[str, str, int]:
    query, start = one_line(request.args.get("q"))[:200], whole_number(request.args.get("from"))
    return one_of(tabs, request.args.get("tab")), query, start


def one_of(tabs, tab: str | None) -> str:
    return tab if tab in tabs else list(tabs)[1]


def list_page(kind: str, found: list, tab: str, query: str, start: int, words: dict, counts: dict) -> str:
    here = f"staff.{kind}"
    is_printing = "print" in request.args
    on = {"from": start + PAGE} | ({"print": 1} if is_printing else {})
    more = url_for(here, tab=tab, q=query or None, **on) if found[PAGE:] else ""
    tabs = [(key, word, counts[key], url_for(here, tab=key)) for key, word in words.items()]
    return render_template(
        "staff/billing.html",
        kind=kind,
        rows=money_copy.rows(found[:PAGE]),
        tab="" if query else tab,
        tabs=tabs,
        query=query,
        more_url=more,
        print_url=url_for(here, tab=tab, q=query or None, print=1, **{"from": start or None}),
        is_printing=is_printing,
        count=print_count(kind, tab, query, counts) if is_printing else 0,
        listed_tab=tab,
        most=print_runs.MOST,
    )


def print_count(kind: str, tab: str, query: str, counts: dict) -> int:
    """How many the whole list has, this page and those behind it."""
    return len(listed_ids(kind, tab, query)) if query else counts[tab]


def listed_ids(kind: str, tab: str, query: str) -> list[int]:
    """What the list shows, over all of its pages: one more than can be printed at once, if there is more."""
    limit = print_runs.MOST + 1
    if kind == "quotes":
        return billing.quote_ids(tab, query, limit=limit)
    return billing.invoice_ids(tab, query, clock.today(shops.profile().time_zone), limit=limit)


def new_page(kind: str, form: NewDocumentForm | None = None, matches=()) -> str:
    if form is None:
        form = NewDocumentForm()
        customer = customers.standing(db.session.get(Customer, whole_number(request.args.get("customer"))))
        if customer and not customer.archived_at:
            fill_customer(form, customer)
            form.street.data, form.locality.data = customer.street, customer.locality
    found = [office_copy.of_customer(customer) for customer in matches]
    return render_template("staff/document_new.html", kind=kind, form=form, matches=found)


def begin(kind: str, add: Callable[..., Document]):
    """The draft that the form asks for, made by `add`, and on to its lines; or the form again, with what is wrong."""
    form = NewDocumentForm(request.form)
    matches = unclear_customer(form)
    if not form.validate() or matches:
        return new_page(kind, form, matches), 422
    with writing():
        draft = add(meant_customer(form), title=form.title.data, by=current_staff())
        draft.street, draft.locality = form.street.data or draft.street, form.locality.data or draft.locality
        id = draft.id
    return redirect(url_for(f"staff.edit_{kind}", id=id), 303)


@bp.context_processor
def attach() -> dict:
    """The short lists on a customer's and a job's page: looked up by the pages that show them."""
    return {"documents_of_customer": of_customer, "documents_of_job": of_job}


def of_customer(id: int) -> list:
    customer = db.session.get(Customer, id)
    return money_copy.rows(billing.of_customer(customer, limit=FEW)) if customer else []


def of_job(id: int) -> list:
    return money_copy.rows(billing.of_work_order(id, limit=FEW))
