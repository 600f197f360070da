"""Two cards of one person: looked for, laid side by side, merged. For the office."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from models import Customer, db
from portal.db import writing
from portal.domain import customers as cards
from portal.domain import duplicates
from portal.domain.refusals import ChangedMeanwhile, NotAllowed
from portal.fields import one_line, whole_number
from portal.staff import bp, current_staff, find, office_copy, office_only
from portal.staff.customers import CustomerForm, of_all, shown
from portal.staff.shapes import CardChoice

FOUND = 20
BOTH = "both"


@bp.get("/customers/<int:id>/merge")
@office_only
def merge_customer(id: int):
    """Whom to merge with; once that is said, the two cards side by side."""
    card = find(Customer, id)
    if card.archived_at:
        return not_to_be_merged(card)
    other = db.session.get(Customer, whole_number(request.args.get("with")))
    if other is None:
        return search_page(card)
    return compare_page(card, other) if duplicates.may_merge(card, other) else not_to_be_merged(card)


@bp.post("/customers/<int:id>/merge", endpoint="merge_customers")
@office_only
def merge_customers(id: int):
    other_id = whole_number(request.form.get("other"))
    if db.session.get(Customer, other_id) is None:
        return search_page(find(Customer, id), trouble=gettext("Choose the other card first.")), 422
    try:
        with writing():
            card, other = both_locked(id, other_id)
            jobs = cards.jobs(other)
            duplicates.merge(
                card,
                other,
                values_to_keep(card, other),
                seen=whole_number(request.form.get("seen")),
                other_seen=whole_number(request.form.get("other_seen")),
                by=current_staff(),
            )
    except ChangedMeanwhile:
        return compare_page(find(Customer, id), find(Customer, other_id), is_newer=True), 409
    except NotAllowed:
        return not_to_be_merged(find(Customer, id))
    words = ngettext("Merged. %(num)d job came along.", "Merged. %(num)d jobs came along.", jobs)
    flash(words if jobs else gettext("Merged into one card."), "done")
    return redirect(url_for("staff.customer", id=id), 303)


def both_locked(id: int, other_id: int) -> tuple[Customer, Customer]:
    """The two cards, locked in the order of their ids: two who merge the same pair the other way round would wait
    for each other."""
    found = {one: find(Customer, one) for one in sorted({id, other_id})}
    return found[id], found[other_id]


def values_to_keep(card: Customer, other: Customer) -> dict[str, str]:
    """What stays of each field: what the form says, else what would be suggested."""
    kept = {name: getattr(card, name) for name in cards.CARD}
    for name in duplicates.differing(card, other):
        kept[name] = dict(offers(name, card, other))[picked(name, card, other)]
    return kept


def offers(name: str, card: Customer, other: Customer) -> list[tuple[str, str]]:
    """(choice, value) of a field that differs. Notes may stay both: they are nowhere else."""
    mine, theirs = getattr(card, name), getattr(other, name)
    found = [("mine", mine), ("other", theirs)]
    return [(BOTH, f"{mine}\n\n{theirs}"), *found] if name == "notes" and mine and theirs else found


def picked(name: str, card: Customer, other: Customer) -> str:
    """The choice that the form says; without one, what loses nothing."""
    choices = [choice for choice, _value in offers(name, card, other)]
    said = request.form.get(f"keep_{name}")
    if said in choices:
        return said
    return BOTH if BOTH in choices else "mine" if getattr(card, name) else "other"


def search_page(card: Customer, *, trouble: str = "") -> str:
    query = one_line(request.args.get("q"))[:200]
    if query:
        found = [(other, jobs) for other, jobs in cards.find(query, limit=FOUND + 1) if other.id != card.id]
    else:
        found = cards.with_jobs(duplicates.of(card))
    return render_template(
        "staff/customer_merge_search.html",
        customer=office_copy.of_customer(card),
        found=of_all(found[:FOUND]),
        query=query,
        trouble=trouble,
    )


def compare_page(card: Customer, other: Customer, *, is_newer: bool = False) -> str:
    labels, differing = CustomerForm(), duplicates.differing(card, other)
    fields = [
        CardChoice(
            name=name,
            label=labels[name].label.text,
            options=tuple((choice, shown(name, value) or "–") for choice, value in offers(name, card, other)),
            picked=picked(name, card, other),
        )
        for name in differing
    ]
    same = [(labels[name].label.text, shown(name, getattr(card, name))) for name in cards.CARD if name not in differing]
    return render_template(
        "staff/customer_merge.html",
        customer=office_copy.of_customer(card, cards.jobs(card)),
        other=office_copy.of_customer(other, cards.jobs(other)),
        seen=(card.edition, other.edition),
        fields=fields,
        same=[(label, text) for label, text in same if text],
        is_newer=is_newer,
    )


def not_to_be_merged(card: Customer) -> Response:
    flash(
        gettext("These two can’t be merged: a card that is archived or was merged already stays as it is."), "trouble"
    )
    return redirect(url_for("staff.customer", id=card.id), 303)
