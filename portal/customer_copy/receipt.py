"""The customer's copy of a receipt: what came in for an invoice, as of now."""

from flask_babel import gettext as _

from models import Invoice, InvoiceStatus, Kind, Method, Payment, PaymentKind
from portal import dates
from portal.customer_copy.money_shapes import ReceiptCopy, ReceiptRowCopy, SumCopy
from portal.customer_copy.paper import Paper
from portal.customer_copy.shop import of_shop
from portal.domain import invoices, payments, snapshots, timeline
from portal.domain import shop as shops


def counted(invoice: Invoice) -> list[Payment]:
    """What came and went in the invoice's own currency."""
    return [payment for payment in payments.of(invoice) if payment.currency in (None, invoice.currency)]


def is_there(invoice: Invoice) -> bool:
    """Whether anything came in that a receipt could tell of."""
    is_asked = invoice.status is not InvoiceStatus.DRAFT and not invoice.credits_id
    return is_asked and any(payment.amount > 0 for payment in counted(invoice))


def of_receipt(invoice: Invoice) -> ReceiptCopy | None:
    """None while nothing has come in."""
    if not is_there(invoice):
        return None
    shop, content = shops.profile(), snapshots.of(Kind.INVOICE, invoice.id, invoices.REVISION).content
    paper, standing, number = Paper(content, shop.locale), invoices.standing(invoice), str(content["number"])
    heading = _("Receipt for invoice %(number)s", number=number)
    head = paper.copy(heading, for_word=_("Received from"), day=("", None), marks={})
    balance = -standing.paid if invoice.status is InvoiceStatus.VOID else standing.balance
    is_paid = balance == 0 and standing.paid > 0
    credited = [SumCopy(word=_("Taken back"), amount=paper.amount(-standing.credited))] if standing.credited else []
    return ReceiptCopy(
        shop=of_shop(shop),
        number=number,
        heading=heading,
        letterhead=head.letterhead,
        for_word=head.for_word,
        name=head.name,
        address_lines=head.address_lines,
        job_lines=head.job_lines,
        rows=tuple(row(payment, paper) for payment in counted(invoice)),
        sums=(
            SumCopy(word=_("Invoice total"), amount=paper.amount(content["total"])),
            *credited,
            SumCopy(word=_("Received"), amount=paper.amount(standing.paid)),
        ),
        balance=SumCopy(word=_("Paid in full") if is_paid else _("Balance due"), amount=paper.amount(balance)),
        footer=head.footer,
        document_title=heading,
        version=timeline.version("invoice", invoice.id),
    )


def row(payment: Payment, paper: Paper) -> ReceiptRowCopy:
    return ReceiptRowCopy(
        date=dates.full_day(payment.paid_on, paper.locale), how=how(payment), amount=paper.amount(payment.amount)
    )


def how(payment: Payment) -> str:
    if payment.kind is PaymentKind.DISPUTE:
        return _("Taken back by your bank")
    if payment.pays_back_id and payment.amount > 0:
        return _("Given back by your bank")
    if payment.amount < 0:
        return _("Paid back")
    return {
        Method.CASH: _("Cash"),
        Method.CHECK: _("Check"),
        Method.TRANSFER: _("Bank transfer"),
        Method.CARD: _("Card"),
        Method.ONLINE: _("Online"),
    }.get(payment.method, _("Paid"))
