"""What an e-invoice says: an issued invoice or credit note in the words and codes of EN 16931.

It tells what was issued, word for word. Only what is settled since comes from now: it must not ask for money that the
page around it no longer asks for. Names like BT-131 are those of the norm.
"""

import re
from dataclasses import replace
from decimal import Decimal

from flask_babel import gettext as _

from portal import money, totals
from portal.customer_copy.e_shapes import EInvoiceCopy, ELineCopy, EPartyCopy, ETaxCopy
from portal.domain import snapshots

INVOICE, CREDIT_NOTE = "380", "381"  # BT-3, of UNTDID 1001
# UN/ECE Recommendation 20, by how a shop writes its units. What is not here counts as "one".
UNITS = {"h": "HUR", "hr": "HUR", "hour": "HUR", "hours": "HUR", "std": "HUR", "day": "DAY", "days": "DAY", "m": "MTR"}
UNITS |= {"m²": "MTK", "m2": "MTK", "m³": "MTQ", "m3": "MTQ", "cm": "CMT", "mm": "MMT", "km": "KMT", "l": "LTR"}
UNITS |= {"kg": "KGM", "g": "GRM", "t": "TNE", "pc": "H87", "pcs": "H87", "stk": "H87", "set": "SET", "kwh": "KWH"}
ONE = "C62"
# With one of these the norm asks for the customer's own VAT number, which no shop writes down here.
NEEDS_BUYERS_NUMBER = {"AE", "K"}
OUTSIDE = "O"
UNTAXED = {"E", "G", OUTSIDE}
MOST_DECIMALS = 2  # of an amount, by BR-DEC-*
PRICE_DECIMALS = Decimal("0.00000001")
POSTCODE = re.compile(r"((?:[A-Z]{1,2}-)?\d{4,5}) +(\S.*)")  # "10115 Berlin"
VAT_NUMBER = re.compile(r"(?:[A-Z]{2}|EL)[0-9A-Z]{2,13}")


def of_content(content: dict, *, settled: int = 0) -> EInvoiceCopy | None:
    """The e-invoice of a snapshot, or None where the norm wants to know what the shop has not told.

    `settled` is what came in since or was taken back by a credit note, in minor units.
    """
    shop, taxes = content["shop"], {tax["category"] for tax in content["taxes"]}
    is_told = content["number"] and content.get("country") and shop["tax_id"] and shop["name"]
    if not is_told or taxes & NEEDS_BUYERS_NUMBER or OUTSIDE in taxes and len(taxes) > 1:
        return None
    if money.decimals(content["currency"]) > MOST_DECIMALS or not content["lines"]:
        return None
    return Writing(content).copy(settled)


class Writing:
    """One snapshot's content. A credit note takes back: there a positive amount is what the shop owes."""

    def __init__(self, content: dict):
        self.content, self.country = content, content["country"]
        self.figures = totals.totals(snapshots.asked(content))
        self.sign = -1 if content["credits_number"] else 1

    def amount(self, minor: int) -> str:
        return f"{money.major(self.sign * minor, self.content['currency']) + 0:f}"

    def copy(self, settled: int) -> EInvoiceCopy:
        said, found = self.content, self.figures
        bank = said.get("bank") or {}
        return EInvoiceCopy(
            kind=CREDIT_NOTE if said["credits_number"] else INVOICE,
            number=str(said["number"]),
            issued_on=said["issued_on"],
            due_on=said["due_on"] or "",
            currency=said["currency"],
            takes_back=str(said["credits_number"] or ""),
            seller=self.seller(),
            buyer=self.party(said["customer"]["name"], said["customer"]),
            site=self.party("", said["site"]) if any(said["site"].values()) else None,
            lines=tuple(self.lines()),
            taxes=tuple(self.tax(group) for group in found.groups),
            account_holder=bank.get("account_holder", "") if bank.get("iban") else "",
            iban=bank.get("iban", ""),
            bic=bank.get("bic", ""),
            terms=said["terms"] or ("" if said["due_on"] else _("Payable at once")),
            lines_net=self.amount(found.lines_net),
            discount=self.amount(found.discount_net),
            net=self.amount(found.net),
            tax=self.amount(found.tax),
            total=self.amount(found.total),
            settled=self.amount(settled) if settled else "",
            due=self.amount(found.total - settled),
        )

    def seller(self) -> EPartyCopy:
        shop = self.content["shop"]
        number = re.sub(r"[\s.-]", "", shop["tax_id"]).upper()
        is_vat = VAT_NUMBER.fullmatch(number) and OUTSIDE not in {tax["category"] for tax in self.content["taxes"]}
        names = {"vat_number": number} if is_vat else {"tax_number": shop["tax_id"]}
        return replace(self.party(shop["name"], shop), phone=shop["phone"], email=shop["email"], **names)

    def party(self, name: str, place: dict) -> EPartyCopy:
        town = POSTCODE.fullmatch(place["locality"])
        return EPartyCopy(
            name=name,
            street=place["street"],
            postcode=town[1] if town else "",
            town=town[2] if town else place["locality"],
            country=self.country,
            vat_number="",
            tax_number="",
            phone="",
            email="",
        )

    def lines(self):
        for line, found in zip(self.content["lines"], self.figures.lines, strict=True):
            if found.is_counted:
                yield self.line(line, found)

    def line(self, line: dict, found: totals.LineFigures) -> ELineCopy:
        """With prices that include tax the norm's price is what is left of the line without it, per piece."""
        quantity, price, discount = Decimal(line["quantity"]), Decimal(line["unit_price"]), found.discount
        if self.content["prices_include_tax"]:
            net = money.major(found.net, self.content["currency"])
            price, discount = (net / quantity).quantize(PRICE_DECIMALS).normalize() if quantity else net, 0
        return ELineCopy(
            name=line["description"],
            details=line["details"],
            quantity=f"{self.sign * quantity + 0:f}",
            unit=UNITS.get(line["unit"].strip().rstrip(".").casefold(), ONE),
            price=f"{price:f}",
            discount=self.amount(discount) if discount else "",
            net=self.amount(found.net),
            category=line["tax_category"],
            rate=self.rate(line["tax_category"], line["tax_rate"]),
        )

    def tax(self, group: totals.GroupFigures) -> ETaxCopy:
        category = group.category.value
        return ETaxCopy(
            category=category,
            rate=self.rate(category, snapshots.plain(group.rate)),
            net=self.amount(group.net),
            tax=self.amount(group.tax),
            discount=self.amount(group.discount_net) if group.discount_net else "",
            reason=self.reason(category),
        )

    def rate(self, category: str, rate: str) -> str:
        """ "" outside of VAT, where there is none, not even 0 (BR-O-05)."""
        return "" if category == OUTSIDE else rate

    def reason(self, category: str) -> str:
        """Why there is no tax, as the shop calls it."""
        if category not in UNTAXED:
            return ""
        names = (tax["name"] for tax in self.content["taxes"] if tax["category"] == category)
        return next(filter(None, names), _("No tax"))
