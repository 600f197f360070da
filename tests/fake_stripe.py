"""Stripe as far as the shop sees it: real HTTP on loopback, real signatures, real idempotency, and a page that pays.

What goes wrong at the real one goes wrong here when told to: it hangs, is down, answers 500 after it has done what was
asked, tells nothing, tells twice, in any order, or to the wrong shop. Run by itself it serves until it is killed:

    python -m tests.fake_stripe PORT HOOK_URL
"""

import contextlib
import hashlib
import hmac
import html
import itertools
import json
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "sk_test_porchlight"
SECRET = "whsec_porchlight"
THREE_DECIMALS = ("bhd", "jod", "kwd", "omr", "tnd")
LEAST = {"usd": 50, "eur": 50, "jpy": 50, "kwd": 100}


class Refused(Exception):
    """Answered with an error of the API."""

    def __init__(self, status: int, message: str, *, code: str = "", kind: str = "invalid_request_error"):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message} | ({"code": code} if code else {})}


def missing(what: str) -> Refused:
    return Refused(404, f"No such {what}", code="resource_missing")


class FakeStripe:
    def __init__(self, *, port: int = 0, hook_url: str = "", secret: str = SECRET):
        self.secret, self.hook_url = secret, hook_url
        self.sessions: dict[str, dict] = {}
        self.intents: dict[str, dict] = {}
        self.refunds: dict[str, dict] = {}
        self.disputes: dict[str, dict] = {}
        self.events: list[dict] = []
        self.undelivered: set[str] = set()
        self.kept: dict[str, tuple[str, int, dict]] = {}  # by idempotency key: what was asked, and the answer
        self.requests: list[str] = []  # everything that was ever said to it, word for word
        self.calls: list[tuple[str, str]] = []
        self.is_live = False
        self.is_down = False  # answers 503 to everything
        self.fail_after = 0  # so many times it does what is asked and says 500, and says it again for the same key
        self.drops = 0  # so many answers are lost: it does what is asked and hangs up
        self.has_no_money = False  # for refunds
        self.hangs = threading.Event()  # while set, it takes questions and answers none
        self.after_answer = None  # called with (method, path) once an answer has left
        self._ids = itertools.count(1)
        self._mutex = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._server.request_queue_size = 1024
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    # --- its life ---------------------------------------------------------------------------------------------------

    def __enter__(self) -> "FakeStripe":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_error) -> None:
        self.hangs.clear()
        self._server.shutdown()
        self._server.server_close()

    @property
    def environ(self) -> dict[str, str]:
        """The settings of a shop that is connected to it."""
        return {"STRIPE_SECRET_KEY": KEY, "STRIPE_WEBHOOK_SECRET": self.secret, "STRIPE_API_BASE": self.url}

    def name(self, kind: str) -> str:
        return f"{kind}_{next(self._ids):06d}"

    def count(self, method: str, path: str) -> int:
        return sum(call == (method, path) for call in self.calls)

    # --- what a customer, a bank and a shop do there ----------------------------------------------------------------

    def pay(self, session_id: str, *, by_bank: bool = False) -> dict:
        """The customer pays. By bank debit it is under way for days. Gives the event."""
        with self._mutex:
            session = self.sessions[session_id]
            assert session["status"] == "open", "a page that is closed takes no money"
            intent = {
                "id": self.name("pi"),
                "object": "payment_intent",
                "amount": session["amount_total"],
                "currency": session["currency"],
                "livemode": self.is_live,
                "status": "processing" if by_bank else "succeeded",
                "metadata": session["payment_intent_data"].get("metadata", {}),
            }
            self.intents[intent["id"]] = intent
            session |= {"status": "complete", "url": None, "payment_intent": intent["id"]}
            session["payment_status"] = "unpaid" if by_bank else "paid"
            session["payment_method_types"] = ["sepa_debit" if by_bank else "card"]
        return self.happened("checkout.session.completed", session)

    def bank_says(self, session_id: str, *, is_good: bool) -> dict:
        with self._mutex:
            session = self.sessions[session_id]
            intent = self.intents[session["payment_intent"]]
            intent["status"] = "succeeded" if is_good else "requires_payment_method"
            session["payment_status"] = "paid" if is_good else "unpaid"
        return self.happened(f"checkout.session.async_payment_{'succeeded' if is_good else 'failed'}", session)

    def expire(self, session_id: str) -> dict:
        with self._mutex:
            session = self.sessions[session_id]
            if session["status"] != "open":
                raise Refused(400, 'Only Checkout Sessions with a status in ["open"] can be expired.')
            session |= {"status": "expired", "url": None}
        return self.happened("checkout.session.expired", session)

    def refund(self, intent_id: str, amount: int, *, status: str = "succeeded") -> dict:
        """Money goes back. Gives the refund."""
        with self._mutex:
            intent = self.intents.get(intent_id) or self._raise(missing("payment_intent"))
            if self.has_no_money:
                raise Refused(400, "Insufficient funds in your Stripe balance", code="balance_insufficient")
            gone = sum(r["amount"] for r in self.refunds.values() if r["payment_intent"] == intent_id)
            if amount > intent["amount"] - gone:
                raise Refused(400, "Refund amount is greater than unrefunded amount", code="charge_already_refunded")
            refund = {
                "id": self.name("re"),
                "object": "refund",
                "amount": amount,
                "currency": intent["currency"],
                "payment_intent": intent_id,
                "status": status,
            }
            self.refunds[refund["id"]] = refund
        self.happened("charge.refunded", {"object": "charge", "id": self.name("ch"), "payment_intent": intent_id})
        return refund

    def refund_fails(self, refund_id: str) -> dict:
        self.refunds[refund_id]["status"] = "failed"
        return self.happened("refund.failed", self.refunds[refund_id])

    def dispute(self, intent_id: str, *, status: str = "needs_response") -> dict:
        """The payer's bank takes the money back, or only asks. Gives the dispute."""
        intent = self.intents[intent_id]
        dispute = {
            "id": self.name("dp"),
            "object": "dispute",
            "amount": intent["amount"],
            "currency": intent["currency"],
            "payment_intent": intent_id,
            "status": status,
        }
        self.disputes[dispute["id"]] = dispute
        self.happened("charge.dispute.created", dispute)
        return dispute

    def close_dispute(self, dispute_id: str, *, status: str) -> dict:
        self.disputes[dispute_id]["status"] = status
        return self.happened("charge.dispute.closed", self.disputes[dispute_id])

    # --- what it tells ----------------------------------------------------------------------------------------------

    def happened(self, kind: str, about: dict, **more) -> dict:
        """An event, told to the shop at once where it has said whom to tell."""
        made = {
            "id": self.name("evt"),
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": int(time.time()),
            "type": kind,
            "livemode": self.is_live,
            "data": {"object": json.loads(json.dumps(about))},
        } | more
        with self._mutex:
            self.events.insert(0, made)
            self.undelivered.add(made["id"])
        if self.hook_url:
            threading.Thread(target=self.deliver, args=(made,), daemon=True).start()
        return made

    def signed(self, event: dict, *, at: float | None = None, secret: str = "") -> tuple[bytes, dict[str, str]]:
        """An event as it is sent: its body and its headers."""
        return self.sign(json.dumps(event).encode(), at=at, secret=secret)

    def sign(self, body: bytes, *, at: float | None = None, secret: str = "") -> tuple[bytes, dict[str, str]]:
        moment = int(time.time() if at is None else at)
        mark = hmac.new((secret or self.secret).encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        return body, {"Stripe-Signature": f"t={moment},v1={mark}", "Content-Type": "application/json; charset=utf-8"}

    def deliver(self, event: dict, url: str = "") -> int:
        """Tell the shop. Gives the status that it answered, 0 for none."""
        body, headers = self.signed(event)
        request = urllib.request.Request(url or self.hook_url, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            return 0
        if 200 <= status < 300:
            self.undelivered.discard(event["id"])
        return status

    def deliver_again(self) -> None:
        """Tell once more what was not taken, the oldest first."""
        for event in reversed(self.events):
            if event["id"] in self.undelivered:
                self.deliver(event)

    # --- the API ----------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, asked: dict, headers) -> tuple[int, dict, bool]:
        self.calls.append((method, path))
        while self.hangs.is_set():
            time.sleep(0.02)
        if self.is_down:
            return 503, {"error": {"type": "api_error", "message": "down"}}, False
        if headers.get("Authorization") != f"Bearer {KEY}":
            return 401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}, False
        try:
            with self._mutex:
                status, body, is_replay = self._once(method, path, asked, headers.get("Idempotency-Key"))
        except Refused as refused:
            status, body, is_replay = refused.status, refused.body, False
        if method == "POST" and self.drops:
            self.drops -= 1
            return 0, {}, False
        return status, body, is_replay

    def _once(self, method: str, path: str, asked: dict, key: str | None) -> tuple[int, dict, bool]:
        if method != "POST" or not key:
            return 200, self._do(method, path, asked), False
        said = json.dumps([path, asked], sort_keys=True)
        is_replay = key in self.kept
        if not is_replay:
            self.kept[key] = said, *self._first(method, path, asked)
        if self.kept[key][0] != said:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with."
            )
            raise Refused(400, message, kind="idempotency_error")
        return *self.kept[key][1:], is_replay

    def _first(self, method: str, path: str, asked: dict) -> tuple[int, dict]:
        """What is kept under a key: what was done, refused by the bank, or broke; not what was asked amiss."""
        try:
            done = self._do(method, path, asked)
        except Refused as refused:
            if refused.body["error"].get("code") not in ("charge_already_refunded", "balance_insufficient"):
                raise
            return refused.status, refused.body
        if self.fail_after:
            self.fail_after -= 1
            return 500, {"error": {"type": "api_error", "message": "lost after it was done"}}
        return 200, done

    def _do(self, method: str, path: str, asked: dict) -> dict:
        match method, path.strip("/").split("/"):
            case "POST", ["v1", "checkout", "sessions"]:
                return self._open(asked)
            case "GET", ["v1", "checkout", "sessions"]:
                return self._list(self.sessions, asked, "payment_intent")
            case "GET", ["v1", "checkout", "sessions", id]:
                return self._shown(self._find(self.sessions, id, "checkout.session"), asked)
            case "POST", ["v1", "checkout", "sessions", id, "expire"]:
                self._find(self.sessions, id, "checkout.session")
                self.expire(id)
                return self._shown(self.sessions[id], asked)
            case "GET", ["v1", "payment_intents", id]:
                return self._find(self.intents, id, "payment_intent")
            case "GET", ["v1", "refunds"]:
                return self._list(self.refunds, asked, "payment_intent")
            case "POST", ["v1", "refunds"]:
                return self.refund(asked["payment_intent"], int(asked["amount"]))
            case "GET", ["v1", "disputes"]:
                return self._list(self.disputes, asked, "payment_intent")
            case "GET", ["v1", "events"]:
                return self._events(asked)
            case "GET", ["v1", "account"]:
                return {
                    "id": "acct_1",
                    "object": "account",
                    "country": "US",
                    "charges_enabled": True,
                    "business_profile": {"name": "Brightwater Plumbing"},
                }
        raise Refused(404, f"Unrecognized request URL ({method}: {path})")

    def _open(self, asked: dict) -> dict:
        (item,) = asked["line_items"].values()
        price = item["price_data"]
        amount, currency = int(price["unit_amount"]) * int(item["quantity"]), price["currency"]
        left_s = int(asked["expires_at"]) - time.time()
        if not 30 * 60 <= left_s <= 24 * 60 * 60:
            raise Refused(400, "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.")
        if currency in THREE_DECIMALS and amount % 10:
            raise Refused(400, "Invalid amount", code="parameter_invalid_integer")
        if amount < LEAST.get(currency, 1):
            raise Refused(400, "The amount is too small", code="amount_too_small")
        if amount > 99_999_999:
            raise Refused(400, "The amount is too large", code="amount_too_large")
        id = self.name("cs_live" if self.is_live else "cs_test")
        self.sessions[id] = {
            "id": id,
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "mode": asked["mode"],
            "amount_total": amount,
            "currency": currency,
            "livemode": self.is_live,
            "client_reference_id": asked.get("client_reference_id"),
            "metadata": asked.get("metadata", {}),
            "payment_intent": None,
            "payment_intent_data": asked.get("payment_intent_data", {}),
            "payment_method_types": ["card", "sepa_debit"],
            "expires_at": int(asked["expires_at"]),
            "success_url": asked["success_url"],
            "cancel_url": asked["cancel_url"],
            "what": price["product_data"]["name"],
            "url": f"{self.url}/c/pay/{id}",
        }
        return self._shown(self.sessions[id], asked)

    def _shown(self, session: dict, asked: dict) -> dict:
        shown = json.loads(json.dumps(session))
        if "payment_intent" in asked.get("expand", {}).values() and shown["payment_intent"]:
            shown["payment_intent"] = self.intents[shown["payment_intent"]]
        return shown

    def _find(self, things: dict[str, dict], id: str, kind: str) -> dict:
        return things.get(id) or self._raise(missing(kind))

    def _list(self, things: dict[str, dict], asked: dict, by: str) -> dict:
        found = [self._with_intent(thing, asked) for thing in things.values() if thing[by] == asked.get(by)]
        return {"object": "list", "data": found, "has_more": False, "url": "/v1/things"}

    def _with_intent(self, thing: dict, asked: dict) -> dict:
        if "data.payment_intent" not in asked.get("expand", {}).values():
            return thing
        return thing | {"payment_intent": self.intents[thing["payment_intent"]]}

    def _events(self, asked: dict) -> dict:
        kinds, since = asked.get("types", {}).values(), int(asked.get("created", {}).get("gte", 0))
        found = [e for e in self.events if (not kinds or e["type"] in kinds) and e["created"] >= since]
        if asked.get("delivery_success") == "false":
            found = [e for e in found if e["id"] in self.undelivered]
        ids, limit = [event["id"] for event in found], int(asked.get("limit", 10))
        start = ids.index(asked["starting_after"]) + 1 if "starting_after" in asked else 0
        page, has_more = found[start : start + limit], len(found) > start + limit
        return {"object": "list", "data": page, "has_more": has_more, "url": "/v1/events"}

    @staticmethod
    def _raise(error: Exception):
        raise error

    # --- the page that pays -----------------------------------------------------------------------------------------

    def page(self, method: str, path: str) -> tuple[int, str, str]:
        """(status, where to go on, HTML) of the page that customers see."""
        _c, _pay, id, *press = path.strip("/").split("/")
        session = self.sessions.get(id)
        if session is None:
            return 404, "", "<h1>Nothing here</h1>"
        if method == "POST" and session["status"] == "open":
            self.pay(id, by_bank=press == ["bank"])
            return 303, session["success_url"], ""
        if session["status"] != "open":
            return 200, "", "<!DOCTYPE html><title>Stripe</title><h1>This page is closed</h1>"
        words = html.escape(f"{session['what']}: {session['amount_total']} {session['currency']}")
        buttons = "".join(
            f'<form method="post" action="/c/pay/{id}/{how}"><button>{words_of}</button></form>'
            for how, words_of in (("card", "Pay"), ("bank", "Pay by bank debit"))
        )
        cancel = f'<a href="{html.escape(session["cancel_url"])}">Cancel</a>'
        return 200, "", f"<!DOCTYPE html><title>Stripe</title><h1>{words}</h1>{buttons}{cancel}"

    def _handler(self):
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fake.requests.append(f"{self.command} {self.path}\n{self.headers}\n{body.decode(errors='replace')}")
                url = urllib.parse.urlsplit(self.path)
                if url.path.startswith("/c/pay/"):
                    status, go_on, page = fake.page(self.command, url.path)
                    self.send(status, page.encode(), "text/html; charset=utf-8", go_on)
                else:
                    asked = unfolded(url.query) | unfolded(body.decode())
                    status, answer, is_replay = fake.answer(self.command, url.path, asked, self.headers)
                    if status == 0:
                        self.close_connection = True
                        return
                    self.send(status, json.dumps(answer).encode(), "application/json", is_replay=is_replay)

            def send(self, status, body, kind, go_on="", *, is_replay=False):
                with contextlib.suppress(OSError):  # whoever asked has given up
                    self.send_response(status)
                    self.send_header("Content-Type", kind)
                    self.send_header("Request-Id", fake.name("req"))
                    if go_on:
                        self.send_header("Location", go_on)
                    if is_replay:
                        self.send_header("Idempotent-Replayed", "true")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                if fake.after_answer:
                    fake.after_answer(self.command, urllib.parse.urlsplit(self.path).path)

            do_GET = do_POST = do_DELETE = do  # noqa: N815 - http.server's names

            def log_message(self, *_words):
                pass

        return Handler


def unfolded(text: str) -> dict:
    """{"a": {"b": "1"}} of a[b]=1, as Stripe reads forms."""
    found: dict = {}
    for name, value in urllib.parse.parse_qsl(text, keep_blank_values=True):
        *folders, last = name.replace("]", "").split("[")
        place = found
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last or str(len(place))] = value
    return found


if __name__ == "__main__":
    port, hook_url = int(sys.argv[1]), sys.argv[2]
    with FakeStripe(port=port, hook_url=hook_url) as running:
        print(running.url, flush=True)
        threading.Event().wait()
