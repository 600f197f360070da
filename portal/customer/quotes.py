"""What a customer answers to a quote: yes, something else please, or no. Each form names the revision it showed."""

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal import customer_copy
from portal.customer import bp, only_for
from portal.customer.answer_forms import REASONS, AnswerForm, ApproveForm, ChangesForm, DeclineForm
from portal.customer.pages import ANSWERABLE, Door, ticked
from portal.db import writing
from portal.domain import links, quotes
from portal.domain.refusals import NotAllowed, Stale, TooMany
from portal.fields import paragraphs, whole_number


@bp.get("/approve", endpoint="approve")
def ask_approve():
    return asked("approve", ApproveForm())


@bp.post("/approve", endpoint="send_approve")
def approve():
    def say(quote, form, evidence):
        chosen = customer_copy.chosen_ids(quote, whole_number(form.revision.data), ticked(request.form))
        quotes.approve(quote, name=form.name.data, path=form.path, chosen=chosen, **evidence)

    return answered("approve", ApproveForm(request.form), say)


@bp.get("/request-changes", endpoint="request_changes")
def ask_request_changes():
    return asked("request_changes", ChangesForm())


@bp.post("/request-changes", endpoint="send_request_changes")
def request_changes():
    def say(quote, form, evidence):
        quotes.request_changes(quote, body=form.message.data, **evidence)

    return answered("request_changes", ChangesForm(request.form), say)


@bp.get("/decline", endpoint="decline")
def ask_decline():
    return asked("decline", DeclineForm())


@bp.post("/decline", endpoint="send_decline")
def decline():
    def say(quote, form, evidence):
        words = {value: str(label) for value, label in REASONS}
        reason = paragraphs(form.reason.data)[:4000]
        quotes.decline(quote, reason=words.get(reason, reason), **evidence)

    return answered("decline", DeclineForm(request.form), say)


def asked(verb: str, form: AnswerForm):
    """The form as a page of its own, for whoever has no script; where there is nothing to answer, the quote itself."""
    only_for("quote")
    copy = customer_copy.of(g.link, ticked=ticked(request.args))
    if not may_answer(copy):
        return redirect(url_for("customer.page"), 303)
    return answer_page(verb, form, copy)


def may_answer(copy: customer_copy.QuoteCopy) -> bool:
    return copy.status in ANSWERABLE


def answered(verb: str, form: AnswerForm, say):
    """Have `say` tell the quote, then show it. Whoever comes too late, or twice, sees how it stands by now."""
    only_for("quote")
    if not form.validate():
        copy = customer_copy.of(g.link, ticked=ticked(request.form))
        return (answer_page(verb, form, copy), 422) if may_answer(copy) else to_the_quote()
    if form.website.data:
        return to_the_quote()
    try:
        with writing():
            say(links.record(links.still(g.link.id)), form, evidence(form))
    except Stale:
        return look_again(verb, form)
    except NotAllowed:
        pass  # expired, or answered otherwise meanwhile: the page says which
    except TooMany:
        words = gettext("You’ve sent several messages already. We have them all. Call us if it can’t wait.")
        return answer_page(verb, form, customer_copy.of(g.link), refused=words), 429
    return to_the_quote()


def evidence(form: AnswerForm) -> dict:
    return {
        "revision": whole_number(form.revision.data),
        "address": request.remote_addr or "",
        "user_agent": request.headers.get("User-Agent", ""),
    }


def look_again(verb: str, form: AnswerForm):
    """The form was of another revision: show the one that counts, and ask once more. What was typed is kept."""
    copy = customer_copy.of(g.link)
    return (answer_page(verb, form, copy, is_stale=True), 409) if may_answer(copy) else to_the_quote()


def to_the_quote():
    return redirect(url_for("customer.page"), 303)


def answer_page(verb: str, form: AnswerForm, copy, *, refused: str = "", is_stale: bool = False) -> str:
    return render_template(
        "customer/answer.html", verb=verb, form=form, copy=copy, door=Door(), refused=refused, is_stale=is_stale
    )
