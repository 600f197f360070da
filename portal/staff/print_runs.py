"""Printing many at once: ticked on a list, made in the background, fetched as one file by who asked. For the office."""

from flask import abort, current_app, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext, ngettext

from models import Kind, PrintRun
from portal import clock
from portal.db import writing
from portal.domain import billing as lists
from portal.domain import print_runs
from portal.domain import shop as shops
from portal.domain.refusals import Incomplete, TooMany
from portal.fields import one_line, whole_number
from portal.staff import billing, bp, current_staff, money_copy, office_only, why_not

KINDS = {"quotes": Kind.QUOTE, "invoices": Kind.INVOICE}
TABS = {"quotes": lists.QUOTE_TABS, "invoices": lists.INVOICE_TABS}


@bp.post("/print-runs", endpoint="add_print_run")
@office_only
def add():
    form = request.form
    kind = "quotes" if form.get("kind") == "quotes" else "invoices"
    tab, query = billing.one_of(TABS[kind], form.get("tab")), one_line(form.get("q"))[:200]
    if "all" in form:
        ids = billing.listed_ids(kind, tab, query)
    else:
        ids = [whole_number(id) for id in form.getlist("id")]
    try:
        with writing():
            id = print_runs.ask(KINDS[kind], ids, is_zip=form.get("as") == "zip", by=current_staff()).id
    except Incomplete as error:
        flash(why_not(error), "trouble")
    except TooMany:
        words = gettext("That is more than %(most)d. Tick fewer, or print them in several goes.", most=print_runs.MOST)
        flash(words, "trouble")
    else:
        return redirect(url_for("staff.print_run", id=id), 303)
    return redirect(url_for(f"staff.{kind}", tab=tab, q=query or None, print=1), 303)


@bp.get("/print-runs/<int:id>")
@office_only
def print_run(id: int):
    return render_template("staff/print_run.html", **seen(find_run(id)))


@bp.get("/print-runs/<int:id>/news")
@office_only
def print_run_news(id: int):
    """What the open page shows anew when it heard the bell."""
    return render_template("staff/_print_run_news.html", **seen(find_run(id)))


@bp.get("/print-runs/<int:id>/file")
@office_only
def print_run_file(id: int):
    run = find_run(id)
    path = current_app.extensions["printer"].folder / run.file
    if not run.file or not path.is_file():
        flash(gettext("The file isn’t there. Print them once more."), "trouble")
        return redirect(url_for("staff.print_run", id=id), 303)
    day = clock.today(shops.profile().time_zone).isoformat()
    name = f"{'quotes' if run.kind is Kind.QUOTE else 'invoices'}-{day}.{'zip' if run.is_zip else 'pdf'}"
    return send_file(path, as_attachment=True, download_name=name, etag=run.file)


def find_run(id: int) -> PrintRun:
    return print_runs.of(id, current_staff()) or abort(404)


def seen(run: PrintRun) -> dict:
    """How the run stands, in words."""
    total = len(run.record_ids)
    is_quotes = run.kind is Kind.QUOTE
    return {
        "run": run,
        "total": total,
        "list_url": url_for("staff.quotes" if is_quotes else "staff.invoices"),
        "heading": ngettext("Printing one quote", "Printing %(num)d quotes", total)
        if is_quotes
        else ngettext("Printing one invoice", "Printing %(num)d invoices", total),
        "left_out": [(money_copy.name_of(each), money_copy.url_of(each)) for each in print_runs.left_out(run)],
        "is_done": run.due_at is None,
        "is_missing": bool(run.file) and not (current_app.extensions["printer"].folder / run.file).is_file(),
        "news_url": url_for("staff.print_run_news", id=run.id),
    }
