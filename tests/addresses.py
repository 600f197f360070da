"""Every address the application answers to, with records behind it."""

from dataclasses import dataclass
from decimal import Decimal

from werkzeug.routing import Rule

from models import Role, db
from portal.assets import static_version
from portal.db import writing
from portal.domain import parts
from portal.domain import staff as people
from tests.factories import PICTURE, Shop

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"]


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
        self.token = shop.token(self.job)

    def addresses(self, *doors: str) -> list[Address]:
        """Every route, or those of the named blueprints. A new argument fails here until it is given a value."""
        methods: dict[str, set[str]] = {}
        for rule in self.shop.app.url_map.iter_rules():
            methods.setdefault(self.path(rule), set()).update(rule.methods)
        found = [
            Address(rule.endpoint, self.path(rule), frozenset(methods[self.path(rule)]))
            for rule in self.shop.app.url_map.iter_rules()
        ]
        return [address for address in found if not doors or address.door in doors]

    def path(self, rule: Rule) -> str:
        return rule.build({name: self.value(rule.endpoint, name) for name in rule.arguments})[1]

    def value(self, endpoint: str, argument: str):
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
            "kind": "wo",
            "token": self.token,
            "id": self.record_id(endpoint),
            "visit_id": self.job.visits[0].id,
            "part_id": self.job.parts[0].id,
            "name": self.photo.full,
            "verb": "set_off",
            "version": static_version(),
        }[argument]

    def record_id(self, endpoint: str) -> int:
        if "person" in endpoint:
            return self.shop.theo.id
        if "customer" in endpoint:
            return self.job.customer.id
        return self.message.id if "message" in endpoint else self.job.id

    def database(self):
        db.session.rollback()
        return self.shop.app.extensions["settings"].database_path
