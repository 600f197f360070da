"""A quote or an invoice as it was sent: its letterhead, lines and sums, read from the snapshot and never from lines.

Money is written as the shop writes it, words and dates as the reader does.
"""

from datetime import date
from decimal import Decimal
from urllib.parse import quote as quoted

from flask_babel import gettext as _

from portal import amounts, dates, languages
from portal.customer_copy.money_shapes import DateCopy, LetterheadCopy, LineCopy, OptionCopy, PaperCopy, SumCopy
from portal.customer_copy.shop import lines, phone_uri

ONE = Decimal(1)


class Paper:
    """One snapshot's content, and how it is written."""

    def __init__(self, content: dict, shop_locale: str):
        self.content, self.home, self.locale = content, shop_locale, languages.current()

    def amount(self, minor: int) -> str:
        return amounts.amount(minor, self.content["currency"], self.home)

    def day(self, iso: str, *, with_weekday: bool = False) -> str:
        return dates.full_day(date.fromisoformat(iso), self.locale, with_weekday=with_weekday)

    def copy(
        self,
        heading: str,
        *,
        for_word: str,
        day: tuple[str, str | None],
        marks: dict[int, str],
        after: tuple[SumCopy, ...] = (),
        how_to_pay: str = "",
    ) -> PaperCopy:
        """The paper. `day` is (word, ISO date) of what counts beside the day of issue; `marks` are by a line's id."""
        said = self.content
        counted = [line for line in said["lines"] if line["is_chosen"]]
        days = ((_("Issued"), said["issued_on"]), day)
        return PaperCopy(
            heading=heading,
            letterhead=self._letterhead(),
            dates=tuple(DateCopy(word=word, date=self.day(iso)) for word, iso in days if iso),
            for_word=for_word,
            name=said["customer"]["name"],
            address_lines=lines(said["customer"]["street"], said["customer"]["locality"]),
            site_lines=lines(said["site"]["street"], said["site"]["locality"]),
            job_lines=self._job_lines(),
            message=said["message"],
            lines=tuple(self._line(line, marks.get(line["id"], "")) for line in counted),
            sums=self._sums(),
            total=SumCopy(word=_("Total"), amount=self.amount(said["total"])),
            after=self._deposit() + after,
            how_to_pay=how_to_pay,
            terms=said["terms"],
            footer=said["shop"]["footer"],
        )

    def _letterhead(self) -> LetterheadCopy:
        shop = self.content["shop"]
        return LetterheadCopy(
            name=shop["name"],
            trade=shop.get("trade", ""),  # in what was sent since it is kept there
            address_lines=lines(shop["street"], shop["locality"]),
            phone=shop["phone"],
            phone_uri=phone_uri(shop["phone"]),
            email=shop["email"],
            mailto_uri=f"mailto:{quoted(shop['email'], safe='@')}" if shop["email"] else "",
            licence=shop["licence"],
            tax_id=shop["tax_id"],
        )

    def _job_lines(self) -> tuple[str, ...]:
        said = self.content
        job, quote, credited = said["work_order_number"], said["quote_number"], said["credits_number"]
        return lines(
            said["title"],
            _("Work order %(number)s", number=job) if job else "",
            _("From quote %(number)s", number=quote) if quote else "",
            _("Takes back invoice %(number)s", number=credited) if credited else "",
        )

    def _line(self, line: dict, mark: str) -> LineCopy:
        is_lump = line["is_hourly"]
        return LineCopy(
            description=line["description"],
            details=line["details"],
            quantity="" if is_lump else self._quantity(line),
            price="" if is_lump else self._price(line),
            times=self._times(line),
            discount=self._discount_words(line),
            amount=self.amount(line["price"]),
            mark=mark,
        )

    def _quantity(self, line: dict) -> str:
        return f"{amounts.number(Decimal(line['quantity']), self.home)} {line['unit']}".strip()

    def _price(self, line: dict) -> str:
        return amounts.price(Decimal(line["unit_price"]), self.content["currency"], self.home)

    def _times(self, line: dict) -> str:
        is_one = line["is_hourly"] or (Decimal(line["quantity"]) == ONE and not line["unit"])
        return "" if is_one else f"{self._quantity(line)} × {self._price(line)}"

    def _discount_words(self, line: dict) -> str:
        if not line["discount"]:
            return ""
        taken = self.amount(-line["discount"])
        if line["discount_percent"] is None:
            return _("Discount: %(amount)s", amount=taken)
        share = amounts.percent(Decimal(line["discount_percent"]), self.home)
        return _("Discount %(percent)s: %(amount)s", percent=share, amount=taken)

    def _sums(self) -> tuple[SumCopy, ...]:
        said, found = self.content, []
        if said["discount"] or said["tax"]:
            found.append(SumCopy(word=_("Subtotal"), amount=self.amount(said["subtotal"])))
        if said["discount"]:
            found.append(SumCopy(word=self._discount(), amount=self.amount(-said["discount"])))
        taxes = [tax for tax in said["taxes"] if tax["tax"] or len(said["taxes"]) > 1]
        return (*found, *(SumCopy(word=self._tax(tax), amount=self.amount(tax["tax"])) for tax in taxes))

    def _discount(self) -> str:
        percent = self.content["discount_percent"]
        if percent is None:
            return _("Discount")
        return _("Discount (%(percent)s)", percent=amounts.percent(Decimal(percent), self.home))

    def _tax(self, tax: dict) -> str:
        name, rate = tax["name"] or _("Tax"), amounts.percent(Decimal(tax["rate"]), self.home)
        if self.content["prices_include_tax"]:
            return _("Includes %(name)s (%(rate)s)", name=name, rate=rate)
        return _("%(name)s (%(rate)s)", name=name, rate=rate)

    def _deposit(self) -> tuple[SumCopy, ...]:
        deposit = self.content["deposit"]
        return (SumCopy(word=_("Of this, as a deposit"), amount=self.amount(deposit)),) if deposit else ()

    def option(self, key: int, line: dict) -> OptionCopy:
        sign = "+" if line["price"] > 0 else ""
        return OptionCopy(
            key=key,
            description=line["description"],
            details=line["details"],
            times=self._times(line),
            amount=sign + self.amount(line["price"]),
            is_chosen=line["is_chosen"],
        )
