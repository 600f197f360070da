"""Stripe: the one file that knows its library, which is loaded at the first call and never in a shop without Stripe.

Every wait has an end. What comes back is checked to be of our own mode, live or test, and turned into values of ours.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property

import gevent

from portal.online import AccountNow, DisputeNow, EventNow, Order, PaymentNow, RefundNow, SessionNow
from portal.outside.stripe_units import Declined, amount_of, at_stripe, in_iso
from portal.settings import StripeKeys

API_VERSION = "2026-10-28.endive"
CONNECT_S, ANSWER_S = 2.0, 3.5
ASKED_AGAIN = 12  # names for one refund within a day
CALL_S = 4.0  # one question with all its tries
ABOUT_TRIES = ("completed", "async_payment_succeeded", "async_payment_failed", "expired")
ABOUT_MONEY_BACK = (
    *("charge.refunded", "charge.refund.updated", "refund.created", "refund.updated", "refund.failed"),
    *(f"charge.dispute.{word}" for word in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")),
)
KINDS = (*(f"checkout.session.{word}" for word in ABOUT_TRIES), *ABOUT_MONEY_BACK)
# What reading anything at all as an event may end in: not UTF-8, not JSON, other types, a time past the year 9999.
NOT_AN_EVENT = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError, RecursionError)


class Unreachable(Exception):
    """Stripe did not answer in time, or only with an excuse. Asking again later may do."""


class NotOurs(Exception):
    """Stripe knows nothing of it, or it is of another account or mode than our key."""


class OtherMode(NotOurs):
    """One of the two is live, our key or what was asked about, and the other a test."""


class Broken(Unreachable):
    """Stripe answered that something broke there. Asked again by the same name, it only says so once more."""


class Forged(Exception):
    """A message that Stripe did not sign, or signed too long ago."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """All that is asked inside ends by then. Raises Unreachable."""
    with gevent.Timeout(seconds, Unreachable("no answer in time")):
        yield


class Till:
    """The shop's account at Stripe."""

    def __init__(self, keys: StripeKeys):
        self.keys = keys
        self.skew_s: int | None = None  # as the last answer had it

    @cached_property
    def _stripe(self):
        import stripe

        stripe.enable_telemetry = False  # how long our calls took, and what machine this is
        return stripe

    @cached_property
    def _client(self):
        return self._stripe.StripeClient(
            self.keys.secret_key,
            stripe_version=API_VERSION,
            base_addresses={"api": self.keys.api_base} if self.keys.api_base else None,
            http_client=self._stripe.RequestsClient(timeout=(CONNECT_S, ANSWER_S)),
            max_network_retries=1,
        )

    def open(self, order: Order) -> SessionNow:
        """Have a page where `order` can be paid. Asked again for the same key, it is the same page."""
        shown = {"name": order.what}
        asked = {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": order.currency.lower(),
                        "unit_amount": at_stripe(order.amount, order.currency),
                        "product_data": shown,
                    },
                }
            ],
            "success_url": order.paid_url,
            "cancel_url": order.back_url,
            "expires_at": int(order.expires_at.timestamp()),
            "client_reference_id": order.key,
            "metadata": {"checkout": order.key},
            "payment_intent_data": {"description": order.what, "metadata": {"checkout": order.key}},
            "adaptive_pricing": {"enabled": False},  # the amount asked is the amount of the invoice
            "expand": ["payment_intent"],
        }
        answer = self._ask(lambda client: client.v1.checkout.sessions.create(asked, {"idempotency_key": order.key}))
        return self._session(answer)

    def look(self, session_id: str) -> SessionNow:
        self._check_name(session_id)
        asked = {"expand": ["payment_intent"]}
        return self._session(self._ask(lambda client: client.v1.checkout.sessions.retrieve(session_id, asked)))

    def expire(self, session_id: str) -> SessionNow:
        """Have nobody pay it any more; how it stands then. What was paid already stays paid."""
        self._check_name(session_id)
        with contextlib.suppress(Declined):  # it is complete or expired: the look says which
            self._ask(lambda client: client.v1.checkout.sessions.expire(session_id))
        return self.look(session_id)

    def session_of(self, intent: str) -> SessionNow:
        """The try that a payment came from."""
        asked = {"payment_intent": intent, "limit": 1, "expand": ["data.payment_intent"]}
        found = self._ask(lambda client: client.v1.checkout.sessions.list(asked))["data"]
        if not found:
            raise NotOurs(intent)
        return self._session(found[0])

    def look_at_payment(self, intent: str) -> PaymentNow:
        """What went back of a payment, and what its payer's bank questions."""
        made = self._ask(lambda client: client.v1.payment_intents.retrieve(intent))
        self._check_mode(made["livemode"])
        of_it = {"payment_intent": intent, "limit": 100}
        refunds = self._ask(lambda client: client.v1.refunds.list(of_it))["data"]
        disputes = self._ask(lambda client: client.v1.disputes.list(of_it))["data"]
        return PaymentNow(
            intent=made["id"],
            currency=made["currency"].upper(),
            refunds=tuple(map(refund_now, refunds)),
            disputes=tuple(
                DisputeNow(id=each["id"], amount=amount_of(each), status=each["status"]) for each in disputes
            ),
        )

    def refund(self, intent: str, amount: int, currency: str, key: str) -> RefundNow:
        """Send money back. Asked again with the same `key`, it goes back once.

        Stripe repeats a refusal for a day, though the reason may be gone by now: then it is asked by a next name, which
        is the same one for everybody, so that two who press at once still send it back once.
        """
        asked = {"payment_intent": intent, "amount": at_stripe(amount, currency)}
        for again in range(ASKED_AGAIN):
            named = {"idempotency_key": f"{key} again {again}" if again else key}
            try:
                return refund_now(self._ask(lambda client, named=named: client.v1.refunds.create(asked, named)))
            except Declined as refusal:
                if not refusal.is_replay or again + 1 == ASKED_AGAIN:
                    raise
        raise AssertionError("unreachable")

    def undelivered(self) -> list[EventNow]:
        """The events of the last thirty days that Stripe could not hand over to us, newest first."""
        return self._events(delivery_success=False)

    def events_since(self, moment: datetime) -> list[EventNow]:
        """What has happened since, newest first; Stripe knows thirty days."""
        return self._events(created={"gte": int(moment.timestamp())})

    def _events(self, **which) -> list[EventNow]:
        asked, found, has_more = which | {"types": list(KINDS), "limit": 100}, [], True
        while has_more:
            page = self._ask(lambda client: client.v1.events.list(asked))
            found += map(event_now, page["data"])
            has_more = page["has_more"] and page["data"]
            asked["starting_after"] = found[-1].id if found else ""
        return [event for event in found if event.is_live == self.keys.is_live]

    def check(self) -> AccountNow:
        """Whose account the key opens, and whether its clock and ours agree. Raises as every question does."""
        account = self._ask(lambda client: client.v1.accounts.retrieve_current())
        profile, settings = account.get("business_profile") or {}, account.get("settings") or {}
        shown = (settings.get("dashboard") or {}).get("display_name")
        return AccountNow(
            name=profile.get("name") or shown or account["id"],
            country=account.get("country") or "",
            takes_payments=bool(account.get("charges_enabled")),
            skew_s=self.skew_s or 0,
        )

    def read_event(self, body: bytes, header: str) -> EventNow:
        """What a message says, if Stripe signed it. Raises Forged, also where no secret would prove it."""
        for secret in self.keys.webhook_secrets:
            try:
                return event_now(self._client.construct_event(body, header, secret).to_dict())
            except self._stripe.SignatureVerificationError:
                continue
            except NOT_AN_EVENT as error:
                raise Forged("not an event") from error
        raise Forged("not signed by Stripe")

    def _ask(self, question: Callable) -> dict:
        stripe, client = self._stripe, self._client
        with within(CALL_S):
            try:
                answer = question(client)
            except (stripe.APIConnectionError, stripe.RateLimitError) as error:
                raise Unreachable(type(error).__name__) from error
            except stripe.IdempotencyError as error:
                raise Declined("idempotency") from error
            except stripe.AuthenticationError as error:
                raise Declined("authentication") from error
            except stripe.PermissionError as error:
                raise Declined("permission") from error
            except stripe.InvalidRequestError as error:
                if error.code == "resource_missing":
                    raise NotOurs(error.code) from error
                is_replay = (error.headers or {}).get("Idempotent-Replayed") == "true"
                raise Declined(error.code or "invalid", is_replay=is_replay) from error
            except stripe.CardError as error:
                raise Declined(error.code or "card") from error
            except stripe.StripeError as error:  # 5xx, or what is no JSON
                kind = Broken if error.http_status else Unreachable
                raise kind(type(error).__name__) from error
        with contextlib.suppress(TypeError, ValueError):  # no date in it, or none that is one
            said = parsedate_to_datetime(answer.last_response.headers.get("Date"))
            self.skew_s = round(time.time() - said.timestamp())
        return answer.to_dict()

    def _check_name(self, session_id: str) -> None:
        """A key of the one mode is told of the other's sessions only that there are none."""
        if session_id.startswith(("cs_live_", "cs_test_")):
            self._check_mode(session_id.startswith("cs_live_"))

    def _check_mode(self, is_live: bool) -> None:
        if is_live != self.keys.is_live:
            raise OtherMode("mode")

    def _session(self, session: dict) -> SessionNow:
        self._check_mode(session["livemode"])
        if session.get("mode") != "payment" or not session.get("currency"):  # a card kept for later, a subscription
            raise NotOurs(session["id"])
        intent = session.get("payment_intent") or {}
        if isinstance(intent, str):
            intent = {"id": intent}
        return SessionNow(
            id=session["id"],
            key=(session.get("metadata") or {}).get("checkout", ""),
            url=session.get("url") or "",
            status=session.get("status") or "",
            payment_status=session["payment_status"],
            intent=intent.get("id", ""),
            intent_status=intent.get("status", ""),
            amount=in_iso(session.get("amount_total") or 0, session["currency"].upper()),
            currency=session["currency"].upper(),
        )


def refund_now(refund: dict) -> RefundNow:
    return RefundNow(id=refund["id"], amount=amount_of(refund), status=refund.get("status") or "pending")


def event_now(event: dict) -> EventNow:
    about, is_try = event["data"]["object"], event["type"].startswith("checkout.session.")
    name = about.get("id" if is_try else "payment_intent") or ""
    if not all(isinstance(word, str) for word in (event["id"], event["type"], name)):
        raise ValueError("not an event")
    return EventNow(
        id=event["id"],
        kind=event["type"],
        made_at=datetime.fromtimestamp(event["created"], UTC),
        is_live=bool(event["livemode"]),
        session_id=name if is_try else "",
        intent="" if is_try else name,
    )
