"""The customer's copy of paying online: what can be paid now, and how a try stands that they come back from."""

from dataclasses import dataclass

from flask_babel import gettext as _

from models import CheckoutStatus, Invoice
from portal.customer_copy.money_shapes import PayChoiceCopy, PayCopy
from portal.customer_copy.paper import Paper
from portal.db import has_till
from portal.domain import checkouts
from portal.domain import shop as shops
from portal.domain.invoices import Standing

ENDS = {CheckoutStatus.OPEN: "confirming", CheckoutStatus.FAILED: "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """Somebody comes back from Stripe's page: from which try, and whether without paying."""

    key: str
    is_cancelled: bool


def of_invoice(
    invoice: Invoice, paper: Paper, balance: int, standing: Standing, came_back: CameBack | None
) -> PayCopy | None:
    """`balance`: what can be asked for now, 0 where nothing can. None in a shop that takes no payments online."""
    if not has_till():
        return None
    is_processing = checkouts.under_way(invoice) is not None
    deposit = standing.left_of(paper.content["deposit"])
    amounts = {} if is_processing else checkouts.amounts(balance, deposit, invoice.currency)
    words = {"deposit": _("The deposit"), "balance": _("All of it")}
    choices = [PayChoiceCopy(key=key, word=words[key], amount=paper.amount(amount)) for key, amount in amounts.items()]
    return PayCopy(
        choices=tuple(choices),
        allows_part=bool(choices) and shops.profile().allows_part_payments,
        balance=balance,
        is_processing=is_processing,
        came_back=_how_it_ended(invoice, came_back) if balance > 0 and not is_processing else "",
    )


def _how_it_ended(invoice: Invoice, came_back: CameBack | None) -> str:
    tried = came_back and checkouts.named(came_back.key)
    if not tried or tried.invoice_id != invoice.id:
        return ""
    if came_back.is_cancelled:
        return "cancelled" if tried.status in (CheckoutStatus.OPEN, CheckoutStatus.EXPIRED) else ""
    return ENDS.get(tried.status, "")
