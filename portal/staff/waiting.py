"""One quiet line on the day's list for the office: what waits among quotes and invoices."""

from flask_babel import ngettext

from portal import clock
from portal.domain import ledger, waiting
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.staff import bp, current_staff, records
from portal.staff.record_shapes import Waiting


@bp.context_processor
def attach() -> dict:
    return {"what_waits": what_waits}


def what_waits() -> list[Waiting]:
    """Looked up by the pages that show it; nothing for technicians, who learn of neither."""
    if not people.can_office(current_staff()):
        return []
    quotes_url = records.address("staff.quotes", tab="approved")
    invoices_url = records.address("staff.invoices", tab="overdue")
    found = []
    if quotes_url and (count := waiting.unbooked_quotes()):
        words = ngettext("%(num)d quote approved, not booked yet", "%(num)d quotes approved, not booked yet", count)
        found.append(Waiting(words=words, url=quotes_url))
    if invoices_url and (count := waiting.overdue_invoices(clock.today(shops.profile().time_zone))):
        words = ngettext("%(num)d invoice overdue", "%(num)d invoices overdue", count)
        found.append(Waiting(words=words, url=invoices_url))
    if count := ledger.to_look_at():
        words = ngettext("%(num)d payment needs a look", "%(num)d payments need a look", count)
        found.append(Waiting(words=words, url=records.address("staff.payments", tab="look")))
    return found
