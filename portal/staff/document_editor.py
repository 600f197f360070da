"""The line editor's page: shown, saved, and told what it comes to. One for quotes and invoices."""

from collections.abc import Callable

from flask import jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from models import Document, Item, db
from portal import dates, totals
from portal.db import writing
from portal.domain import catalogue, documents
from portal.domain import shop as shops
from portal.domain.refusals import ChangedMeanwhile, NotAllowed
from portal.fields import whole_number
from portal.money import MoneyError
from portal.staff import current_staff, find, money_copy
from portal.staff.document_forms import Editor, number_of
from portal.staff.money_copy import money_words

OFFERED_ITEMS = 200


def edit(model: type[Document], id: int):
    document = find(model, id)
    if not documents.is_editable(document):
        return redirect(money_copy.url_of(document), 303)
    return page(Editor(document))


def save(model: type[Document], id: int, *, then: Callable[[Document], str]):
    """Save what was typed and go where `then` says; or show it again, with all that was typed."""
    editor = Editor(find(model, id), request.form)
    button = request.form.get("do", "save")
    if button not in ("save", "send"):
        return press(editor, button)
    if not editor.validate():
        return page(editor), 422
    try:
        with writing():
            document, seen = find(model, id), whole_number(editor.head.seen.data)
            documents.save(document, values=editor.values(), lines=editor.lines(), seen=seen, by=current_staff())
    except MoneyError as refused:
        editor.blame(refused)
        return page(editor), 422
    except ChangedMeanwhile as changed:
        return newer(editor, find(model, id), changed), 409
    except NotAllowed:
        return page(editor, is_closed=True), 409
    return redirect(then(find(model, id)), 303)


def press(editor: Editor, button: str):
    """A button that changes the rows and saves nothing."""
    if button.startswith("item"):
        number = whole_number(button.partition("-")[2] or request.form.get("item"))
        item = db.session.get(Item, number)
        if item and not item.archived_at:
            editor.press("add", catalogue.line_of(item))
    else:
        editor.press(button)
    return page(editor)


def figures(model: type[Document], id: int):
    """The totals of what is typed so far, for a script. What cannot be is said beside its field."""
    editor = Editor(find(model, id), request.form)
    found = try_out(editor) if editor.validate() else None
    view = totals_view(editor, found)
    answer = {
        "totals": render_template("staff/_editor_totals.html", editor=editor, **view),
        "total": view["total"],
        "errors": dict(editor.errors()),
        "amounts": {},
    }
    if found:
        currency = editor.document.currency
        pairs = zip(editor.rows, found.lines, strict=True)
        answer["amounts"] = {number_of(row): money_words(line.price, currency) for row, line in pairs}
    return jsonify(answer), 200 if found else 422


def try_out(editor: Editor) -> totals.Totals | None:
    try:
        return documents.try_out(editor.document, editor.values(), editor.lines())
    except MoneyError as refused:
        editor.blame(refused)
        return None


def totals_view(editor: Editor, found: totals.Totals | None) -> dict:
    """What the cards beside the lines show; nothing while something cannot be."""
    if found is None:
        return {"sums": [], "margin": None, "total": "–"}
    lines, currency = editor.lines(), editor.document.currency
    names = {}
    for line in lines:
        names.setdefault((line.tax_rate, line.tax_category.value), line.tax_name)
    content = {
        "currency": currency,
        "subtotal": found.subtotal,
        "discount": found.discount,
        "taxes": [
            {"name": names[group.rate, group.category.value], "rate": group.rate, "tax": group.tax}
            for group in found.groups
        ],
        "prices_include_tax": found.includes_tax,
        "total": found.total,
        "deposit": found.deposit,
    }
    asked = [(line.quantity, line.cost) for line in lines if line.is_chosen or not line.is_optional]
    return {
        "sums": list(money_copy.sums(content)),
        "margin": money_copy.margin(found.net, asked, currency),
        "total": money_words(found.total, currency),
    }


def page(editor: Editor, *, conflict: dict | None = None, is_closed: bool = False) -> str:
    document = editor.document
    has_errors = bool(editor.errors())
    found = None if has_errors or not all_good(editor) else try_out(editor)
    amounts = {}
    if found:
        pairs = zip(editor.rows, found.lines, strict=True)
        amounts = {number_of(row): money_words(line.price, document.currency) for row, line in pairs}
    kind = "quote" if editor.is_quote else "invoice"
    return render_template(
        "staff/document_form.html",
        editor=editor,
        kind=kind,
        name=money_copy.name_of(document),
        customer_name=document.customer.name,
        back_url=money_copy.url_of(document),
        preview_url=url_for(f"staff.preview_{kind}", id=document.id),
        totals_url=url_for(f"staff.{kind}_totals", id=document.id),
        amounts=amounts,
        items=catalogue.search("", limit=OFFERED_ITEMS),
        conflict=conflict,
        is_closed=is_closed,
        **totals_view(editor, found),
    )


def all_good(editor: Editor) -> bool:
    """Whether it can be added up, without a word about what is still missing: nobody has asked to save it."""
    typed = [field for row in editor.rows for field in (row.quantity, row.price, row.cost, row.discount)]
    fields = [*typed, editor.head.discount, editor.head.deposit]
    return not any(field.process_errors for field in fields)


def newer(editor: Editor, document: Document, changed: ChangedMeanwhile) -> str:
    """Both versions; the form still holds what was typed, and the next save is meant."""
    theirs, shop = Editor(document), shops.profile()
    fields = []
    for field in editor.head:
        now = theirs.head[field.short_name]
        if field.short_name != "seen" and now.data != field.data:
            fields.append((field.label.text, now._value() if hasattr(now, "_value") else now.data, field._value()))
    both = (lines_words(theirs), lines_words(editor))
    if both[0] != both[1]:
        fields.append((_("Lines"), *both))
    at = dates.clock_time(changed.at, shop.time_zone, shop.locale) if changed.at else ""
    conflict = {"who": changed.who or _("Somebody"), "at": at, "fields": fields}
    typed = editor.head.seen
    typed.data = document.edition
    return page(editor, conflict=conflict)


def lines_words(editor: Editor) -> str:
    return "\n".join(
        f"{row.quantity._value() or 1} × {row.description.data or '–'} · {row.price._value() or 0}"
        for row in editor.rows
    )
