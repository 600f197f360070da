from datetime import date

import pytest

from models import Event, Method, db
from portal.domain import documents, invoices, links, messages, payments, quotes
from portal.domain.refusals import Expired, Incomplete, NotAllowed, Stale
from portal.staff import why_not
from portal.staff.event_words import event_words, money_words


def said_of(kind: str) -> set[str]:
    db.session.rollback()
    return {event_words(event) for event in db.session.query(Event).filter_by(kind=kind)}


def test_all_that_happens_to_a_quote_has_words(shop, app):
    quote = shop.quote()
    shop.do(messages.answered, shop.message(quote))
    for verb, said in ((quotes.request_changes, {"body": "Cheaper"}), (quotes.decline, {})):
        shop.do(verb, quote, revision=1, by=None, **said)
        shop.do(quotes.undo_answer, quote)
        shop.do(verb, quote, revision=1, **said)
        shop.do(quotes.undo_answer, quote)
    shop.approved(quote, by=shop.dana)
    shop.do(quotes.reopen, quote)
    shop.approved(quote)
    shop.do(quotes.make_work_order, quote)
    shop.do(quotes.make_invoice, quote)
    for verb in (documents.archive, documents.restore, links.revoke):
        shop.do(verb, quote)
    with app.test_request_context():
        events = db.session.query(Event).filter_by(kind="quote").all()
        assert {
            event.verb for event in events if not money_words(event, event.staff.name if event.staff else "")
        } == set()
        said = said_of("quote")
    assert {
        "Customer approved the quote",
        "Dana took down the customer’s approval",
        "Dana booked job 1001 from it",
    } <= said


def test_all_that_happens_to_an_invoice_has_words(shop, app):
    invoice = shop.invoice(is_issued=True)
    payment = shop.do(payments.record, invoice, amount=1, method=Method.CASH, paid_on=date(2026, 11, 22))
    shop.do(payments.take_back, payment)
    shop.do(invoices.void, shop.do(invoices.credit, invoice))
    shop.do(invoices.void, invoice)
    with app.test_request_context():
        said = said_of("invoice")
    assert "Changed" not in said
    assert {
        "Dana issued invoice 1001",
        "Dana credited it with credit note 1002",
        "Dana voided credit note 1002",
        "Dana voided the invoice",
        "Dana recorded a payment of $0.01",
        "Dana took a payment out again",
    } <= said


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Incomplete("lines"), "There is nothing on it yet"),
        (Incomplete("name"), "Say who approved it"),
        (Incomplete("body"), "Say what is to be changed"),
        (Expired(), "has expired"),
        (Stale(), "had changed meanwhile"),
        (NotAllowed("paid"), "had changed meanwhile"),
    ],
)
def test_a_refusal_says_what_to_do(app, refusal, words):
    with app.test_request_context():
        assert words in why_not(refusal)
