"""The customer's copy of a quote: the snapshot they were sent, and how it stands today."""

from collections.abc import Collection
from datetime import date, timedelta

from flask_babel import gettext as _

from models import Answer, Kind, OrgProfile, Quote, Snapshot
from portal import clock, dates
from portal.customer_copy import changes
from portal.customer_copy.money_shapes import ChangeCopy, OptionCopy, QuoteCopy
from portal.customer_copy.paper import Paper
from portal.customer_copy.shapes import SignatureCopy
from portal.customer_copy.shop import of_shop
from portal.domain import answers, quotes, snapshots, timeline
from portal.domain import shop as shops


def of_quote(quote: Quote, *, snapshot: Snapshot | None = None, ticked: Collection[int] | None = None) -> QuoteCopy:
    """The copy as of now. `ticked` are the keys of the options to count in instead of those that the office ticked."""
    shown = snapshot or answers.shown(quote)
    status = quotes.state(quote, clock.today(shops.profile().time_zone), snapshot=shown)
    answer = quotes.last_answer(quote) if status in STATES_ANSWERED else None
    content = shown.content
    if status == "approved":
        content = answers.agreed(answer)
    elif ticked is not None and status in STATES_ASKED:
        content = snapshots.choose(content, ids_of(content, ticked))
    before = snapshots.last_seen(Kind.QUOTE, quote.id, before=shown.revision) if status in STATES_ASKED else None
    return Look(quote, content, status, answer, before.content if before else None).copy()


def of_quote_draft(quote: Quote) -> QuoteCopy:
    """The copy as the customer would have it if it were sent now."""
    shop = shops.profile()
    content = snapshots.content_of(quote, revision=quote.revision + 1)
    if content["valid_until"] is None:
        content["valid_until"] = (clock.today(shop.time_zone) + timedelta(days=shop.valid_days)).isoformat()
    return Look(quote, content, "sent", None, None).copy()


STATES_ASKED = ("sent", "changes_requested")
STATES_ANSWERED = ("approved", "changes_requested", "declined")


def options(content: dict) -> list[tuple[int, dict]]:
    """(key, line) of each line that the customer may take or leave. A key is its place: ids would tell our numbers."""
    return [(place, line) for place, line in enumerate(content["lines"], 1) if line["is_optional"]]


def ids_of(content: dict, keys: Collection[int]) -> set[int]:
    """The ids of the options with these keys."""
    return {line["id"] for key, line in options(content) if key in keys}


def chosen_ids(quote: Quote, revision: int, keys: Collection[int] | None) -> set[int]:
    """What somebody who had `revision` before them ticked, by id: what the office ticked, if nothing is said."""
    snapshot = snapshots.of(Kind.QUOTE, quote.id, revision)
    if snapshot is None:
        return set()
    if keys is None:
        return {line["id"] for _key, line in options(snapshot.content) if line["is_chosen"]}
    return ids_of(snapshot.content, keys)


class Look:
    """How a quote reads today."""

    def __init__(self, quote: Quote, content: dict, status: str, answer: Answer | None, before: dict | None):
        self.quote, self.content, self.status, self.answer = quote, content, status, answer
        self.shop: OrgProfile = shops.profile()
        self.paper = Paper(content, self.shop.locale)
        self.before = Paper(self._as_ticked(before), self.shop.locale) if before else None

    def _as_ticked(self, before: dict) -> dict:
        """What it was, with the same options ticked: that somebody ticks one is no change of ours."""
        chosen = {line["id"] for line in self.content["lines"] if line["is_chosen"]}
        return snapshots.choose(before, chosen)

    def copy(self) -> QuoteCopy:
        total = self.paper.amount(self.content["total"])
        heading = _("Quote %(number)s", number=self.content["number"]) if self.content["number"] else _("Quote")
        return QuoteCopy(
            shop=of_shop(self.shop),
            number=str(self.content["number"] or ""),
            title=self.content["title"],
            status=self.status,
            pill=self.pill(),
            amount=total,
            headline=_("%(quote)s: %(amount)s", quote=heading, amount=total),
            lead=self.lead(),
            tax_words=self.tax_words(),
            said=self.answer.body if self.answer and self.status == "changes_requested" else "",
            paper=self.paper.copy(
                heading,
                for_word=_("For"),
                day=(_("Good until"), self.content["valid_until"]),
                marks=self.marks(),
            ),
            options=self.options(),
            options_hint=self.options_hint(),
            changes=self.changes(),
            signature=self.signature(),
            revision=self.content["revision"],
            choice=self.choice(),
            document_title=heading,
            changes_in_s=self.changes_in_s(),
            version=timeline.version("quote", self.quote.id),
        )

    def pill(self) -> str:
        match self.status:
            case "approved":
                return _("Approved")
            case "changes_requested":
                return _("Changes requested")
            case "declined":
                return _("Declined")
            case "expired":
                return _("Expired")
        until = self.content["valid_until"]
        return _("Good until %(day)s", day=self._month_day(until)) if until else ""

    def _month_day(self, iso: str) -> str:
        return dates.month_day(date.fromisoformat(iso), self.shop.time_zone, self.paper.locale)

    def lead(self) -> str:
        match self.status:
            case "approved":
                return self._approved_words()
            case "changes_requested":
                return _("We got your message and will send you an updated quote. You’ll find it at this same link.")
            case "declined":
                return _("This quote was declined. Thank you for letting us know. If that changes, get in touch.")
            case "expired":
                return _("This price was good until %(day)s.", day=self.paper.day(self.content["valid_until"]))
        return self.content["title"]

    def _approved_words(self) -> str:
        at, zone, locale = self.answer.at, self.shop.time_zone, self.paper.locale
        day, time = dates.day(at, zone, locale), dates.clock_time(at, zone, locale)
        if self.answer.staff_id:
            words = _("You told us on %(day)s at %(time)s that you approve this quote.", day=day, time=time)
        else:
            words = _("You approved this quote on %(day)s at %(time)s.", day=day, time=time)
        soon = _("We’ll be in touch to book a time.")
        return words if self.quote.work_order_id else f"{words} {soon}"

    def tax_words(self) -> str:
        return _("Tax included.") if self.content["tax"] else ""

    def options(self) -> tuple[OptionCopy, ...]:
        """Only while they can still be ticked: what was approved stands in the paper."""
        if self.status not in STATES_ASKED:
            return ()
        return tuple(self.paper.option(key, line) for key, line in options(self.content))

    def options_hint(self) -> str:
        has_discount = bool(self.content["discount_percent"] or self.content["discount_amount"])
        adds_tax = not self.content["prices_include_tax"] and any(line["tax_rate"] != "0" for line in self._optional())
        if has_discount and adds_tax:
            return _("Prices before your discount and tax.")
        if has_discount:
            return _("Prices before your discount.")
        return _("Prices before tax.") if adds_tax else ""

    def _optional(self) -> list[dict]:
        return [line for _key, line in options(self.content)]

    def marks(self) -> dict[int, str]:
        asked = self._optional() if self.status in STATES_ASKED else []
        added = {line["id"]: _("Optional") for line in asked if line["is_chosen"]}
        return added | (changes.marks(self.paper, self.before) if self.before else {})

    def changes(self) -> tuple[ChangeCopy, ...]:
        return changes.of(self.paper, self.before) if self.before else ()

    def signature(self) -> SignatureCopy | None:
        if self.status != "approved":
            return None
        name = self.answer.name
        if self.answer.staff_id:
            words = _("Approved by %(name)s, taken down by %(shop)s", name=name, shop=self.shop.name)
        else:
            words = _("Signed by %(name)s", name=name)
        return SignatureCopy(path=self.answer.path, name=name, words=words)

    def choice(self) -> str:
        keys = [key for key, line in options(self.content) if line["is_chosen"]]
        return "&".join(["choose=", *(f"add={key}" for key in keys)]) if self.options() else ""

    def changes_in_s(self) -> int | None:
        """Until midnight in the shop, when it may expire."""
        if self.status not in STATES_ASKED:
            return None
        tomorrow = clock.today(self.shop.time_zone) + timedelta(days=1)
        return clock.seconds_until(clock.midnight(tomorrow, self.shop.time_zone))
