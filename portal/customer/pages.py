"""What a link shows: the page, its pictures, its calendar file."""

from dataclasses import dataclass

from flask import Response, abort, g, render_template, request, url_for

from portal import calendar, customer_copy, stored
from portal.customer import answer_forms, bp, kept, only_for
from portal.fields import whole_number

ANSWERABLE = ("sent", "changes_requested")
TEMPLATES = {"wo": "customer/work_order.html", "quote": "customer/quote.html", "invoice": "customer/invoice.html"}


@dataclass(frozen=True)
class Door:
    """The addresses a customer's page leads to. Staff preview the same page through a door of their own."""

    is_preview: bool = False

    @property
    def page(self) -> str:
        return url_for("customer.page")

    @property
    def live(self) -> str:
        return url_for("customer.live")

    @property
    def seen(self) -> str:
        return url_for("customer.seen")

    def answer(self, verb: str, choice: str = "") -> str:
        """Where a quote is approved, declined or sent back, with what is ticked."""
        return url_for(f"customer.{verb}") + (f"?{choice}" if choice else "")

    @property
    def pay(self) -> str:
        return url_for("customer.pay")

    @property
    def help(self) -> str:
        return url_for("customer.help")

    @property
    def sign(self) -> str:
        return url_for("customer.sign")

    @property
    def calendar(self) -> str:
        return url_for("customer.calendar_file")

    @property
    def pdf(self) -> str:
        return url_for("customer.pdf")

    @property
    def receipt(self) -> str:
        return url_for("customer.receipt")

    def photo(self, name: str) -> str:
        return url_for("customer.photo", name=name)


@bp.get("")
@kept.while_nothing_changed
def page() -> str:
    copy = customer_copy.of(g.link, ticked=ticked(request.args), came_back=came_back(request.args))
    answers = answer_forms.empty() if g.kind == "quote" and copy.status in ANSWERABLE else None
    return render_template(TEMPLATES[g.kind], copy=copy, door=Door(), answers=answers)


def came_back(said) -> customer_copy.CameBack | None:
    """The try to pay that an address names."""
    key = said.get("paid") or said.get("unpaid")
    return customer_copy.CameBack(key=key, is_cancelled="paid" not in said) if key else None


def ticked(said) -> set[int] | None:
    """The options that an address or a form names; None when it says nothing of them."""
    return {whole_number(key) for key in said.getlist("add")} if "choose" in said else None


@bp.get("/photos/<name>")
def photo(name: str) -> Response:
    """A picture that this link's copy shows, and no other."""
    only_for("wo")
    if name not in customer_copy.of(g.link).file_names:
        abort(404)
    return stored.private(name)


@bp.get("/calendar.ics")
def calendar_file() -> Response:
    only_for("wo")
    visit = customer_copy.of(g.link).calendar or abort(404)
    return Response(
        calendar.file(visit),
        mimetype="text/calendar",
        headers={"Content-Disposition": 'attachment; filename="visit.ics"'},
    )
