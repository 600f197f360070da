"""The customer's copy of an invoice or a credit note: what was issued, and what came in since."""

from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from models import Invoice, InvoiceStatus, Kind, Method, OrgProfile, PaymentKind, Snapshot
from portal import amounts, bank, clock, dates
from portal.customer_copy import e_invoice, pay, receipt
from portal.customer_copy.e_shapes import EInvoiceCopy
from portal.customer_copy.money_shapes import BankCopy, InvoiceCopy, SumCopy
from portal.customer_copy.paper import Paper
from portal.customer_copy.pay import CameBack
from portal.customer_copy.shop import of_shop
from portal.domain import invoices, payments, snapshots, timeline
from portal.domain import shop as shops

TO_PAY = ("issued", "part_paid", "overdue")


def of_invoice(invoice: Invoice, *, snapshot: Snapshot | None = None, came_back: CameBack | None = None) -> InvoiceCopy:
    """The copy as of now."""
    shown = snapshot or snapshots.of(Kind.INVOICE, invoice.id, invoices.REVISION)
    return Look(invoice, shown.content, came_back).copy()


def of_invoice_draft(invoice: Invoice) -> InvoiceCopy:
    """The copy as the customer would have it if it were issued now."""
    shop = shops.profile()
    content = snapshots.content_of(invoice, revision=invoices.REVISION)
    if content["due_on"] is None and not invoice.credits_id:
        days = shop.due_days if invoice.due_days is None else invoice.due_days
        content["due_on"] = (clock.today(shop.time_zone) + timedelta(days=days)).isoformat()
    return Look(invoice, content).copy()


class Look:
    """How an invoice reads today."""

    def __init__(self, invoice: Invoice, content: dict, came_back: CameBack | None = None):
        self.invoice, self.content, self.came_back = invoice, content, came_back
        self.shop: OrgProfile = shops.profile()
        self.today = clock.today(self.shop.time_zone)
        self.paper = Paper(content, self.shop.locale)
        self.standing = invoices.standing(invoice)
        self.trouble = invoices.trouble(invoice, self.standing)
        self.status = self._status()

    def _status(self) -> str:
        found = invoices.state(self.invoice, self.today, self.standing)
        if self.invoice.credits_id and found != "void":
            return "credit_note"
        return "issued" if found == "draft" else found

    @property
    def balance(self) -> int:
        """What is still due; a draft stands for what it asks."""
        return self.content["total"] - self.standing.credited - self.standing.paid

    @property
    def is_credit(self) -> bool:
        return self.invoice.credits_id is not None

    def copy(self) -> InvoiceCopy:
        amount = self.paper.amount(self.balance if self.status in TO_PAY else self.content["total"])
        heading = self.heading()
        is_due = self.status in TO_PAY
        due_on = self.content["due_on"]
        return InvoiceCopy(
            shop=of_shop(self.shop),
            number=str(self.content["number"] or ""),
            title=self.content["title"],
            status=self.status,
            pill=self.pill(),
            label=self.label(),
            amount=amount,
            headline=_("%(invoice)s: %(amount)s", invoice=heading, amount=amount),
            lead=self.lead(),
            paper=self.paper.copy(
                heading,
                for_word=_("Bill to"),
                day=(_("Due"), due_on if self.status != "void" else None),
                marks={},
                after=self.after(),
                how_to_pay=self.content["how_to_pay"] if is_due else "",
            ),
            bank=self.bank() if is_due else None,
            has_receipt=receipt.is_there(self.invoice),
            e_invoice=self.e_invoice(),
            pay=pay.of_invoice(self.invoice, self.paper, self.balance if is_due else 0, self.standing, self.came_back),
            revision=self.content["revision"],
            document_title=heading,
            changes_in_s=self.changes_in_s(),
            version=timeline.version("invoice", self.invoice.id),
        )

    def e_invoice(self) -> EInvoiceCopy | None:
        """Where the shop sends such, and only of what stands issued. It asks for as much as the page around it."""
        is_sent = self.shop.sends_e_invoices and self.invoice.status is InvoiceStatus.ISSUED
        settled = 0 if self.is_credit else self.content["total"] - self.balance
        return e_invoice.of_content(self.content, settled=settled) if is_sent else None

    def heading(self) -> str:
        number = self.content["number"]
        if self.is_credit:
            return _("Credit note %(number)s", number=number) if number else _("Credit note")
        return _("Invoice %(number)s", number=number) if number else _("Invoice")

    def label(self) -> str:
        """What the large amount is."""
        if self.status in TO_PAY:
            return _("Amount due")
        if self.status == "paid":
            return _("Amount paid")
        return _("Credited amount") if self.is_credit else _("Invoice total")

    def pill(self) -> str:
        match self.status:
            case "paid":
                return _("Paid")
            case "void":
                return _("Cancelled")
            case "credited":
                return _("Taken back")
            case "credit_note":
                return _("Credit note")
            case "part_paid":
                return _("Partly paid")
        return self._due_words()

    def _due_words(self) -> str:
        if not self.content["due_on"]:
            return ""
        days = (date.fromisoformat(self.content["due_on"]) - self.today).days
        if days < 0:
            return ngettext("%(num)d day overdue", "%(num)d days overdue", -days)
        return _("Due today") if days == 0 else ngettext("Due in %(num)d day", "Due in %(num)d days", days)

    def lead(self) -> str:
        due_on = self.content["due_on"]
        day = self.paper.day(due_on, with_weekday=True) if due_on else ""
        match self.status:
            case "paid":
                return self._paid_words()
            case "void":
                return self._void_words()
            case "credited":
                return self._credited_words()
            case "credit_note":
                number = self.content["credits_number"]
                return _("This takes back invoice %(number)s. You don’t need to do anything.", number=number)
            case "overdue":
                return _("This was due on %(day)s.", day=day)
            case "part_paid":
                paid, total = self.paper.amount(self.standing.paid), self.paper.amount(self.content["total"])
                return _("%(paid)s of %(total)s is paid. The rest is due by %(day)s.", paid=paid, total=total, day=day)
        return _("Due by %(day)s", day=day) if day else ""

    def _paid_words(self) -> str:
        came = [payment for payment in payments.of(self.invoice) if payment.amount > 0 and not payment.pays_back_id]
        if not came:
            return _("There is nothing to pay.")
        last = max(came, key=lambda payment: (payment.paid_on, payment.id))
        words = _("Paid on %(day)s. Thank you.", day=dates.full_day(last.paid_on, self.paper.locale, with_weekday=True))
        if self.trouble != "overpaid":
            return words
        more = self.paper.amount(-self.balance)
        too_much = _("You paid %(amount)s too much. We’ll be in touch about it.", amount=more)
        return f"{words} {too_much}"

    def _void_words(self) -> str:
        if self.is_credit:
            return _("This credit note was cancelled. You don’t need to do anything.")
        words = _("This invoice was cancelled. You don’t need to pay it.")
        return words if not self.trouble else f"{words} {self._refund_words(self.standing.paid)}"

    def _credited_words(self) -> str:
        number = invoices.credit_of(self.invoice).number
        words = _("Credit note %(number)s takes this invoice back. You don’t need to pay it.", number=number)
        return words if not self.trouble else f"{words} {self._refund_words(-self.standing.balance)}"

    def _refund_words(self, amount: int) -> str:
        return _("We owe you %(amount)s and will be in touch about it.", amount=self.paper.amount(amount))

    def after(self) -> tuple[SumCopy, ...]:
        """What came since it was issued, and what is left."""
        if self.status == "credit_note":
            return ()
        rows = [
            SumCopy(word=self._payment_words(each), amount=self.paper.amount(-each.amount))
            for each in payments.of(self.invoice)
        ]
        if self.standing.credited:
            rows.append(SumCopy(word=_("Taken back"), amount=self.paper.amount(-self.standing.credited)))
        if rows:
            rows.append(SumCopy(word=_("Balance due"), amount=self.paper.amount(self.balance)))
        return tuple(rows)

    def _payment_words(self, payment) -> str:
        day = dates.full_day(payment.paid_on, self.paper.locale)
        if payment.amount < 0:
            is_dispute = payment.kind is PaymentKind.DISPUTE
            return (
                _("Taken back by your bank on %(day)s", day=day) if is_dispute else _("Paid back on %(day)s", day=day)
            )
        if payment.pays_back_id:
            return _("Given back by your bank on %(day)s", day=day)
        match payment.method:
            case Method.CASH:
                return _("Paid in cash on %(day)s", day=day)
            case Method.CHECK:
                return _("Paid by check on %(day)s", day=day)
            case Method.TRANSFER:
                return _("Paid by bank transfer on %(day)s", day=day)
            case Method.CARD:
                return _("Paid by card on %(day)s", day=day)
            case Method.ONLINE:
                return _("Paid online on %(day)s", day=day)
        return _("Paid on %(day)s", day=day)

    def bank(self) -> BankCopy | None:
        """Where to transfer it to, as it stood when it was issued. Scanned only where there is a number to name."""
        said = self.content.get("bank") or {}
        if not said.get("iban"):
            return None
        holder, account, bic = said["account_holder"], said["iban"], said["bic"]
        is_scanned = self.content["currency"] == "EUR" and self.content["number"]
        told = {"name": holder, "account": account, "bank": bic, "cents": self.balance, "text": self.heading()}
        return BankCopy(
            account_holder=holder,
            iban=bank.grouped(account),
            iban_plain=account,
            bic=bic,
            amount_plain=amounts.plain(self.balance, self.content["currency"], self.paper.home),
            reference=self.heading() if self.content["number"] else "",
            epc=bank.transfer(**told) if is_scanned else "",
        )

    def changes_in_s(self) -> int | None:
        """Until midnight in the shop, when it is due in one day less."""
        if self.status not in TO_PAY:
            return None
        return clock.seconds_until(clock.midnight(self.today + timedelta(days=1), self.shop.time_zone))
