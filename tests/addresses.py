"""Every address the application answers to, with records behind it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from werkzeug.routing import Rule

from models import Kind, Method, Role, TaxCategory, db
from portal.assets import static_version
from portal.db import writing
from portal.domain import catalogue, parts, payments, print_runs, taxes
from portal.domain import staff as people
from tests.factories import PICTURE, Shop, line

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"]


# The customer's routes that only one kind of link has; every other one is there for all three.
ONLY_FOR = {
    "customer.photo": ("wo",),
    "customer.calendar_file": ("wo",),
    "customer.receipt": ("invoice",),
    "customer.receipt_pdf": ("invoice",),
    "customer.approve": ("quote",),
    "customer.send_approve": ("quote",),
    "customer.request_changes": ("quote",),
    "customer.send_request_changes": ("quote",),
    "customer.decline": ("quote",),
    "customer.send_decline": ("quote",),
    "customer.pay": ("invoice",),
}


def kinds_of(rule: Rule) -> tuple[str, ...]:
    return ONLY_FOR.get(rule.endpoint, ("wo", "quote", "invoice")) if "kind" in rule.arguments else ("wo",)


@dataclass(frozen=True)
class Address:
    """One path, the route that it leads to and the methods that it knows."""

    endpoint: str
    path: str
    methods: frozenset[str]

    @property
    def door(self) -> str:
        return self.endpoint.partition(".")[0]


class Town:
    """A shop where every route has something to show."""

    def __init__(self, shop: Shop):
        self.shop = shop
        self.job = shop.work_order("Carol Cruz")
        self.photo, self.message = shop.photo(self.job, caption="Before"), shop.message(self.job)
        shop.do(parts.add, self.job, name="Ball valve", quantity=Decimal(2))
        with writing():
            shop.theo.photo = shop.app.extensions["storage"].put(PICTURE, "webp")
            self.sign_in_token = people.sign_in_link(shop.dana)
            self.set_up_token = people.sign_in_link(people.add(name="Owner", email=None, role=Role.OWNER))
            self.item = catalogue.add({"description": "Ball valve", "price": Decimal(12)}, by=None)
            self.tax = taxes.add(name="VAT", rate=Decimal(20), category=TaxCategory.STANDARD, by=None)
        self.token = shop.token(self.job)
        to_add = line("Drain pan", is_optional=True)
        self.quote = shop.quote(work_order=self.job, lines=(line(), to_add))
        self.invoice = shop.invoice(work_order=self.job)
        self.tokens = {"wo": self.token, "quote": shop.token(self.quote), "invoice": shop.token(self.invoice)}
        payment = {"amount": 100, "method": Method.CASH, "paid_on": date(2026, 11, 22)}
        self.payment = shop.do(payments.record, self.invoice, **payment)
        self.run = shop.do(print_runs.ask, Kind.INVOICE, ids=[self.invoice.id], is_zip=True)

    def addresses(self, *doors: str) -> list[Address]:
        """Every route, or those of the named blueprints. A new argument fails here until it is given a value."""
        rules = [(rule, kind) for rule in self.shop.app.url_map.iter_rules() for kind in kinds_of(rule)]
        methods: dict[str, set[str]] = {}
        for rule, kind in rules:
            methods.setdefault(self.path(rule, kind), set()).update(rule.methods)
        found = [
            Address(rule.endpoint, self.path(rule, kind), frozenset(methods[self.path(rule, kind)]))
            for rule, kind in rules
        ]
        return [address for address in found if not doors or address.door in doors]

    def rest(self, address: Address) -> str:
        """What stands behind the token in the address of one of the customer's routes."""
        return address.path.partition(next(token for token in self.tokens.values() if token in address.path))[2]

    def path(self, rule: Rule, kind: str = "wo") -> str:
        return rule.build({name: self.value(rule.endpoint, name, kind) for name in rule.arguments})[1]

    def value(self, endpoint: str, argument: str, kind: str):
        named = f"{endpoint} {argument}"
        return {
            "assets.file name": "js/customer.js",
            "staff.photo id": self.shop.theo.id,
            "staff.sign_in_link token": self.sign_in_token,
            "staff.use_sign_in_link token": self.sign_in_token,
            "staff.set_up token": self.set_up_token,
            "staff.finish_set_up token": self.set_up_token,
            "staff.set_up_preview token": self.set_up_token,
        }.get(named) or {
            "kind": kind,
            "token": self.tokens[kind],
            "id": self.record_id(endpoint),
            "visit_id": self.job.visits[0].id,
            "part_id": self.job.parts[0].id,
            "name": self.photo.full,
            "payment_id": self.payment.id,
            "verb": "set_off",
            "version": static_version(),
            "key": "no-try-at-all",
        }[argument]

    def record_id(self, endpoint: str) -> int:
        if endpoint == "staff.invoice_job":
            return self.job.id
        if "print_run" in endpoint:
            return self.run.id
        if "quote" in endpoint:
            return self.quote.id
        if "invoice" in endpoint or "payment" in endpoint:
            return self.invoice.id
        if "person" in endpoint:
            return self.shop.theo.id
        if "item" in endpoint:
            return self.item.id
        if "tax" in endpoint:
            return self.tax.id
        if "customer" in endpoint:
            return self.job.customer.id
        return self.message.id if "message" in endpoint else self.job.id

    def database(self):
        db.session.rollback()
        return self.shop.app.extensions["settings"].database_path
