"""Card payments on the settings: whether Stripe is connected, how the line to it is, and a test of it. The owner's."""

from collections.abc import Iterable

from flask import current_app, flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from models import OrgProfile, StripeEvent, StripeHealth
from portal import clock, dates
from portal.domain import checkouts, stripe_line
from portal.domain import shop as shops
from portal.online import AccountNow
from portal.outside.checkout import KINDS, Declined, NotOurs, Unreachable
from portal.staff import bp, office_copy, owner_only
from portal.staff.money_shapes import StripeView

SKEW_S = 240  # from five minutes on, messages of Stripe's count as forged

UNREACHABLE = "unreachable"
COMMAND = "STRIPE_SECRET_KEY=sk_live_… STRIPE_WEBHOOK_SECRET=whsec_… script/server"


@bp.context_processor
def attach() -> dict:
    return {"stripe_state": stripe_state}


def stripe_state() -> StripeView:
    """How it stands: looked up by the one page that shows it."""
    settings, shop = current_app.extensions["settings"], shops.profile()
    keys, health, heard = settings.stripe, stripe_line.health(), stripe_line.last_event()
    return StripeView(
        is_on=keys is not None,
        is_live=bool(keys and keys.is_live),
        hears=bool(keys and keys.webhook_secrets and heard),
        webhook_url=f"{settings.base_url}/hooks/stripe",
        webhook_trouble=""
        if settings.is_https
        else _("Stripe reaches only an https address. Start Porchlight with PUBLIC_BASE_URL, and this one changes."),
        events=KINDS,
        command=COMMAND,
        troubles=tuple(troubles(health, bool(keys and keys.webhook_secrets))) if keys else (),
        facts=tuple(facts(health, heard, shop)) if keys else (),
    )


def facts(health: StripeHealth | None, heard: StripeEvent | None, shop: OrgProfile) -> Iterable[tuple[str, str]]:
    answered_at = health.answered_at if health else None
    yield _("Stripe last answered us"), when(answered_at, shop) if answered_at else _("Not asked yet")
    yield _("Last message from Stripe"), when(heard.received_at, shop) if heard else _("None yet")
    if health and health.skew_s is not None:
        yield _("Our clock"), skew_words(health.skew_s)


def troubles(health: StripeHealth | None, has_secret: bool) -> Iterable[str]:
    if not has_secret:
        yield _(
            "STRIPE_WEBHOOK_SECRET is missing, so Stripe’s messages are not believed. Payments still show up, "
            "because we ask Stripe, but a few minutes late."
        )
    if checkouts.is_other_mode():
        yield why("mode")
    if health is None:
        return
    if health.trouble:
        yield why(health.trouble)
    if health.undelivered:
        yield ngettext(
            "Stripe couldn’t deliver %(num)d message to this shop. Nothing is lost, we asked it ourselves. "
            "Check the webhook’s address in Stripe.",
            "Stripe couldn’t deliver %(num)d messages to this shop. Nothing is lost, we asked it ourselves. "
            "Check the webhook’s address in Stripe.",
            health.undelivered,
        )
    if health.skew_s is not None and abs(health.skew_s) > SKEW_S:
        yield _(
            "This computer’s clock is wrong. Set it, or Stripe’s messages are refused: they are signed by the time."
        )


def skew_words(skew_s: int) -> str:
    """How far off our clock is, as far as it matters."""
    if abs(skew_s) < 60:
        return _("Agrees with Stripe’s")
    minutes = round(abs(skew_s) / 60)
    if skew_s > 0:
        return ngettext("%(num)d minute ahead of Stripe’s", "%(num)d minutes ahead of Stripe’s", minutes)
    return ngettext("%(num)d minute behind Stripe’s", "%(num)d minutes behind Stripe’s", minutes)


def why(trouble: str) -> str:
    """Why Stripe did not do what it was asked, as a sentence."""
    is_silent = trouble == "no answer in time" or trouble.endswith("Error")  # an exception of the library's
    return {
        UNREACHABLE: _("Stripe didn’t answer in time. Check this machine’s way to the internet, then try again."),
        "authentication": _("Stripe refuses the key. Copy it once more, and start Porchlight anew with it."),
        "permission": _(
            "The key may not do everything it has to. In Stripe, let it write Checkout Sessions and refunds."
        ),
        "mode": _("The key and what it opens don’t belong together: one is live, the other a test."),
    }.get(UNREACHABLE if is_silent else trouble) or _("Stripe said: %(words)s", words=trouble)


@bp.post("/settings/test-stripe")
@owner_only
def test_stripe() -> Response:
    cashier = current_app.extensions["cashier"]
    try:
        account = cashier and cashier.check()
    except Unreachable:
        flash(why(UNREACHABLE), "stripe-trouble")
    except (Declined, NotOurs) as refused:
        flash(why(str(refused)), "stripe-trouble")
    else:
        if account:
            say(account)
    return redirect(url_for("staff.settings") + "#stripe", 303)


def say(account: AccountNow) -> None:
    if not account.takes_payments:
        words = _(
            "Stripe answers, but %(name)s can’t take payments yet: finish its setup in Stripe.", name=account.name
        )
        flash(words, "stripe-trouble")
    elif abs(account.skew_s) > SKEW_S:
        flash(
            _("Stripe answers, but this computer’s clock is wrong: %(words)s.", words=skew_words(account.skew_s)),
            "stripe-trouble",
        )
    else:
        flash(_("Stripe answers, and knows us as %(name)s.", name=account.name), "stripe")


def when(moment, shop: OrgProfile) -> str:
    return office_copy.when_words(*dates.when(moment, clock.today(shop.time_zone), shop.time_zone, shop.locale))
