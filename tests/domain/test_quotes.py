from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from models import Answer, Bell, Invoice, Message, MessageKind, QuoteStatus, Status, WorkOrder, db
from portal import clock
from portal.db import sealed, writing
from portal.domain import documents, invoices, messages, quotes, snapshots, timeline, work_orders
from portal.domain.refusals import Expired, Incomplete, NotAllowed, Stale, TooMany
from tests.crowd import in_threads
from tests.factories import line, local

EXTRA = line("Better faucet", "50.00", is_optional=True, is_chosen=False)


def revise(shop, quote, *lines, **fields):
    """Another revision of it, sent."""
    with writing():
        documents.save(quote, values=fields, lines=lines or None, seen=quote.edition, by=shop.dana)
        quotes.send(quote, by=shop.dana)


def answer(shop, verb, quote, **values):
    with writing():
        return verb(quote, **({"revision": quote.revision} | values))


# --- sending ------------------------------------------------------------------------------------------------------


def test_a_draft_has_no_number_until_it_is_sent(shop):
    quote = shop.quote()
    assert (quote.number, quote.revision, quote.status) == (None, 0, QuoteStatus.DRAFT)
    shop.do(quotes.send, quote)
    assert (quote.number, quote.revision, quote.status) == (1001, 1, QuoteStatus.SENT)


def test_what_is_sent_rings_and_what_is_drafted_does_not(shop):
    quote = shop.quote()
    assert timeline.version("quote", quote.id) == sealed(f"quote:{quote.id}", 0)
    shop.do(quotes.send, quote)
    assert timeline.last(quote, ("sent",)).bell is Bell.RING


def test_a_revision_keeps_the_number_and_the_earlier_snapshot(shop):
    quote = shop.quote(is_sent=True)
    revise(shop, quote, line(price="120.00"))
    assert (quote.number, quote.revision) == (1001, 2)
    assert [snapshots.of("quote", quote.id, n).content["total"] for n in (1, 2)] == [10000, 12000]


def test_sending_twice_sends_once(shop):
    quote = shop.quote(is_sent=True)
    shop.do(quotes.send, quote)
    assert (quote.revision, shop.verbs(quote).count("sent")) == (1, 1)


def test_nothing_is_sent_without_a_line(shop):
    quote = shop.quote(lines=())
    with pytest.raises(Incomplete, match="lines"):
        shop.do(quotes.send, quote)
    assert shop.again(quote).number is None


def test_it_is_valid_for_as_long_as_the_shop_says_unless_the_office_says_otherwise(shop):
    with clock.stopped_at(local("2026-11-22 10:00")):
        assert shop.quote(is_sent=True).valid_until == date(2026, 12, 22)
        assert shop.quote(is_sent=True, valid_until=date(2026, 11, 25)).valid_until == date(2026, 11, 25)


def test_an_expired_quote_sent_again_is_valid_again(shop):
    with clock.stopped_at(local("2026-11-22 10:00")):
        quote = shop.quote(is_sent=True)
    with clock.stopped_at(local("2027-02-01 10:00")):
        shop.do(quotes.send, quote)
        assert (quote.revision, quote.valid_until) == (2, date(2027, 3, 3))
        shop.approved(quote)


def test_a_quote_starts_with_the_shops_terms_and_currency_and_keeps_them(shop):
    with writing():
        shop.profile.quote_terms, shop.profile.currency, shop.profile.prices_include_tax = "30 days", "KWD", True
    quote = shop.quote()
    with writing():
        shop.profile.quote_terms, shop.profile.currency, shop.profile.prices_include_tax = "60 days", "JPY", False
    shop.do(quotes.send, quote)
    content = snapshots.newest("quote", quote.id).content
    assert (content["terms"], content["currency"], content["prices_include_tax"]) == ("30 days", "KWD", True)
    assert content["total"] == 100_000


# --- approving ----------------------------------------------------------------------------------------------------


def test_an_approval_keeps_the_evidence(shop):
    quote = shop.quote(is_sent=True)
    given = {"name": "Carol Cruz", "path": "M1 1", "address": "192.0.2.7", "user_agent": "Phone"}
    with clock.stopped_at(quote.sent_at):
        kept = answer(shop, quotes.approve, quote, **given)

    assert {name: getattr(kept, name) for name in given} == given
    assert (kept.total, kept.at, kept.staff) == (10000, quote.sent_at, None)
    assert kept.snapshot == snapshots.newest("quote", quote.id)
    assert kept.content_hash == kept.snapshot.content_hash
    assert quote.status is QuoteStatus.APPROVED
    event = timeline.last(quote, ("approved",))
    assert (event.bell, event.staff, event.details) == (
        Bell.RING,
        None,
        {"revision": 1, "name": "Carol Cruz", "message_id": 1},
    )


def test_an_approval_stands_in_the_inbox(shop):
    quote = shop.quote(is_sent=True)
    shop.token(quote)
    shop.approved(quote)
    (message,) = messages.inbox(shop.dana, limit=5)
    assert (message.kind, message.quote, message.link_id) == (MessageKind.APPROVED, quote, shop.link(quote).id)
    assert messages.record(message) == quote
    assert messages.inbox(shop.theo, limit=5) == []


def test_an_approval_by_phone_is_shown_as_such_and_waits_for_nobody(shop):
    quote = shop.quote(is_sent=True)
    kept = answer(shop, quotes.approve, quote, name="Carol Cruz", by=shop.dana)
    assert kept.staff == timeline.last(quote, ("approved",)).staff == shop.dana
    assert messages.open_count(shop.dana) == 0
    assert shop.count(Message) == 1


def test_approving_twice_gives_the_first_approval(shop):
    quote = shop.quote(lines=(line(), EXTRA), is_sent=True)
    first = answer(shop, quotes.approve, quote, name="Carol Cruz")
    second = answer(shop, quotes.approve, quote, name="Somebody else", chosen=[quote.lines[1].id])
    assert second == first
    assert (shop.count(Answer), shop.count(Message), shop.verbs(quote).count("approved")) == (1, 1, 1)


def test_twenty_who_approve_at_once_make_one_acceptance(shop, app):
    quote = shop.quote(is_sent=True)
    shop.token(quote)
    id = quote.id

    def press() -> int:
        with writing():
            return quotes.approve(db.session.get(type(quote), id), revision=1, name="Carol Cruz").id

    assert set(in_threads(app, 20, press)) == {shop.again(quote).answers[0].id}
    counted = shop.count(Answer), shop.count(Message), shop.verbs(quote).count("approved")
    assert counted == (1, 1, 1)


def test_the_database_allows_one_living_approval(shop):
    quote = shop.approved(shop.quote(is_sent=True))
    kept = quotes.approval(quote)
    values = {"quote_id": quote.id, "snapshot_id": kept.snapshot_id, "kind": kept.kind, "at": kept.at}
    with pytest.raises(IntegrityError), writing():
        db.session.add(Answer(**values, content_hash=""))


def test_nobody_approves_without_a_name(shop):
    quote = shop.quote(is_sent=True)
    with pytest.raises(Incomplete, match="name"):
        answer(shop, quotes.approve, quote, name=" ")


def test_nobody_approves_what_they_did_not_see(shop):
    quote = shop.quote(is_sent=True)
    revise(shop, quote, line(price="120.00"))
    with pytest.raises(Stale):
        answer(shop, quotes.approve, quote, revision=1, name="Carol Cruz")
    with pytest.raises(Stale):
        answer(shop, quotes.approve, quote, revision=3, name="Carol Cruz")
    assert shop.count(Answer) == 0


def test_nobody_approves_a_draft(shop):
    with pytest.raises(Stale):
        answer(shop, quotes.approve, shop.quote(), revision=0, name="Carol Cruz")


def test_what_the_office_drafts_meanwhile_is_not_what_is_approved(shop):
    quote = shop.quote(is_sent=True)
    shop.do(documents.save_lines, quote, lines=[line(price="999.00")], seen=quote.edition)
    assert answer(shop, quotes.approve, quote, name="Carol Cruz").total == 10000
    assert documents.figures(shop.do(quotes.make_invoice, quote)).total == 10000


def test_a_customer_who_approves_ends_the_editing(shop):
    quote = shop.quote(is_sent=True)
    seen = quote.edition
    shop.approved(quote)
    with pytest.raises(NotAllowed):
        shop.do(documents.save_lines, quote, lines=[line(price="999.00")], seen=seen)
    with pytest.raises(NotAllowed):
        shop.do(quotes.send, quote)


def test_the_customer_chooses_among_the_optional_lines(shop):
    lines = (line(), EXTRA, line("Hose", "9.99", is_optional=True))
    quote = shop.quote(lines=lines, is_sent=True)
    better = quote.lines[1].id
    kept = answer(shop, quotes.approve, quote, name="Carol Cruz", chosen=[better])
    assert (kept.chosen, kept.total) == ([better], 15000)
    assert kept.content_hash != kept.snapshot.content_hash
    assert documents.figures(quote).total == 15000


def test_only_what_is_optional_can_be_chosen(shop):
    quote = shop.quote(lines=(line(), EXTRA), is_sent=True)
    for forged in (quote.lines[0].id, 4711):
        with pytest.raises(NotAllowed):
            answer(shop, quotes.approve, quote, name="Carol Cruz", chosen=[forged])


@pytest.mark.parametrize(
    ("zone", "last_day"),
    [
        ("America/Los_Angeles", "2026-11-01"),  # 25 hours long
        ("America/Los_Angeles", "2027-03-14"),  # 23 hours long
        ("Pacific/Auckland", "2026-11-22"),
        ("Europe/Berlin", "2026-12-31"),
    ],
)
def test_a_quote_is_valid_through_its_last_day_in_the_shops_zone(shop, zone, last_day):
    with writing():
        shop.profile.time_zone = zone
    day = date.fromisoformat(last_day)
    with clock.stopped_at(local("2026-10-20 10:00", zone)):
        quote = shop.quote(is_sent=True, valid_until=day)
    with clock.stopped_at(local(str(day.fromordinal(day.toordinal() + 1)), zone)):
        assert quotes.is_expired(quote, clock.today(zone))
        assert quotes.state(quote, clock.today(zone)) == "expired"
        with pytest.raises(Expired):
            answer(shop, quotes.approve, quote, name="Carol Cruz")
    with clock.stopped_at(local(f"{last_day} 23:59:59", zone)):
        assert not quotes.is_expired(quote, clock.today(zone))
        shop.approved(quote)
    with clock.stopped_at(local("2028-01-01", zone)):
        assert quotes.state(quote, clock.today(zone)) == "approved"
        assert answer(shop, quotes.approve, quote, name="Carol Cruz") == quotes.approval(quote)


def test_the_last_day_is_the_one_that_the_customer_was_told(shop):
    with clock.stopped_at(local("2026-11-22 10:00")):
        quote = shop.quote(is_sent=True)
        shop.do(documents.edit, quote, values={"valid_until": date(2026, 11, 23)}, seen=quote.edition)
    with clock.stopped_at(local("2026-12-01 10:00")):
        shop.approved(quote)


# --- other answers ------------------------------------------------------------------------------------------------


def test_a_customer_asks_for_changes_and_gets_them_on_the_same_link(shop):
    quote = shop.quote(is_sent=True)
    token = shop.token(quote)
    answer(shop, quotes.request_changes, quote, body="In brass, please")
    assert quote.status is QuoteStatus.CHANGES_REQUESTED
    (message,) = messages.inbox(shop.dana, limit=5)
    assert (message.kind, message.body) == (MessageKind.CHANGES, "In brass, please")

    revise(shop, quote, line("Brass faucet"))

    assert (quote.status, quote.revision, shop.token(quote)) == (QuoteStatus.SENT, 2, token)
    assert shop.approved(quote).status is QuoteStatus.APPROVED


def test_the_same_wish_sent_twice_is_one(shop):
    quote = shop.quote(is_sent=True)
    first = answer(shop, quotes.request_changes, quote, body="In brass, please")
    assert answer(shop, quotes.request_changes, quote, body="In brass, please") == first
    assert answer(shop, quotes.request_changes, quote, body="Or in gold") != first
    assert shop.count(Message) == 2


def test_whoever_wishes_without_end_is_stopped(shop):
    quote = shop.quote(is_sent=True)
    shop.token(quote)
    for wish in range(messages.PER_LINK):
        answer(shop, quotes.request_changes, quote, body=f"Wish {wish}")
    with pytest.raises(TooMany):
        answer(shop, quotes.request_changes, quote, body="One more")
    assert shop.count(Answer) == messages.PER_LINK
    shop.approved(quote)


def test_asking_for_changes_takes_words(shop):
    with pytest.raises(Incomplete, match="body"):
        answer(shop, quotes.request_changes, shop.quote(is_sent=True), body="\n")


def test_a_customer_may_approve_after_all(shop):
    quote = shop.quote(is_sent=True)
    answer(shop, quotes.request_changes, quote, body="Cheaper")
    assert shop.approved(quote).status is QuoteStatus.APPROVED


def test_a_customer_declines_once(shop):
    quote = shop.quote(is_sent=True)
    first = answer(shop, quotes.decline, quote, reason="Too dear")
    assert answer(shop, quotes.decline, quote, reason="Too dear, really") == first
    assert (quote.status, first.body) == (QuoteStatus.DECLINED, "Too dear")
    with pytest.raises(NotAllowed):
        answer(shop, quotes.approve, quote, name="Carol Cruz")
    with pytest.raises(NotAllowed):
        answer(shop, quotes.request_changes, quote, body="Cheaper")


def test_an_expired_quote_can_still_be_talked_about(shop):
    with clock.stopped_at(local("2026-11-22 10:00")):
        quote = shop.quote(is_sent=True)
    with clock.stopped_at(local("2027-06-01 10:00")):
        answer(shop, quotes.request_changes, quote, body="Is it still good?")
        answer(shop, quotes.decline, quote)


def test_a_stale_answer_of_any_kind_is_refused(shop):
    quote = shop.quote(is_sent=True)
    revise(shop, quote, line(price="120.00"))
    for verb, said in ((quotes.request_changes, {"body": "Cheaper"}), (quotes.decline, {})):
        with pytest.raises(Stale):
            answer(shop, verb, quote, revision=1, **said)


def test_an_answer_brings_a_quote_out_of_the_archive(shop):
    quote = shop.quote(is_sent=True)
    shop.do(documents.archive, quote)
    assert shop.approved(quote).archived_at is None


# --- taking back --------------------------------------------------------------------------------------------------


def test_an_approval_taken_back_stays_on_record(shop):
    quote = shop.approved(shop.quote(lines=(line(), EXTRA), is_sent=True))
    kept = quotes.approval(quote)
    shop.do(quotes.undo_answer, quote)
    assert (quote.status, quotes.approval(quote), kept.undone_at is None) == (QuoteStatus.SENT, None, False)
    assert messages.open_count(shop.dana) == 0
    assert timeline.last(quote, ("answer_undone",)).details == {"what": "approved"}
    shop.approved(quote)
    assert shop.count(Answer) == 2


def test_undoing_a_choice_leaves_the_lines_as_they_were_sent(shop):
    quote = shop.quote(lines=(line(), EXTRA), is_sent=True)
    shop.approved(quote, chosen=[quote.lines[1].id])
    shop.do(quotes.undo_answer, quote)
    assert not quotes.has_unsent_changes(quote)


def test_undoing_goes_back_to_the_answer_before(shop):
    quote = shop.quote(is_sent=True)
    answer(shop, quotes.request_changes, quote, body="Cheaper")
    shop.approved(quote)
    for status in (QuoteStatus.CHANGES_REQUESTED, QuoteStatus.SENT):
        shop.do(quotes.undo_answer, quote)
        assert quote.status is status
    with pytest.raises(NotAllowed):
        shop.do(quotes.undo_answer, quote)


def test_an_answer_to_an_earlier_revision_cannot_be_undone(shop):
    quote = shop.quote(is_sent=True)
    answer(shop, quotes.decline, quote)
    revise(shop, quote, line(price="80.00"))
    with pytest.raises(NotAllowed):
        shop.do(quotes.undo_answer, quote)


def test_an_approved_quote_is_reopened_and_revised(shop):
    quote = shop.approved(shop.quote(is_sent=True))
    shop.do(quotes.reopen, quote)
    revise(shop, quote, line(price="120.00"))
    assert answer(shop, quotes.approve, quote, name="Carol Cruz").total == 12000
    assert [kept.undone_at is None for kept in quote.answers] == [False, True]


def test_only_an_approval_is_reopened(shop):
    with pytest.raises(NotAllowed):
        shop.do(quotes.reopen, shop.quote(is_sent=True))


def test_nothing_is_undone_once_a_job_came_of_it(shop):
    quote = shop.approved(shop.quote(is_sent=True))
    job = shop.do(quotes.make_work_order, quote)
    with pytest.raises(NotAllowed):
        shop.do(quotes.undo_answer, quote)
    shop.do(work_orders.cancel, job)
    shop.do(quotes.undo_answer, quote)


def test_nothing_is_undone_once_an_invoice_came_of_it(shop):
    quote = shop.approved(shop.quote(is_sent=True))
    invoice = shop.do(quotes.make_invoice, quote)
    shop.do(invoices.issue, invoice)
    with pytest.raises(NotAllowed):
        shop.do(quotes.reopen, quote)
    shop.do(invoices.void, invoice)
    shop.do(quotes.reopen, quote)


def test_the_job_that_a_quote_was_for_does_not_keep_its_approval(shop):
    quote = shop.approved(shop.quote(work_order=shop.work_order(), is_sent=True))
    shop.do(quotes.undo_answer, quote)
    assert quote.status is QuoteStatus.SENT


# --- what comes of it ---------------------------------------------------------------------------------------------


def test_an_approved_quote_becomes_a_job(shop):
    hours = line("Labour", "85.00", "1.5", is_hourly=True)
    quote = shop.quote(lines=(line(quantity="2"), hours, EXTRA), street="1 Elm Street", is_sent=True)
    job = shop.do(quotes.make_work_order, shop.approved(quote))
    assert (job.title, job.street, job.customer) == (quote.title, "1 Elm Street", quote.customer)
    assert (job.status, job.internal_notes) == (Status.SCHEDULED, "2 × Faucet\nLabour")
    assert quote.work_order == job
    assert [visit.starts_at for visit in job.visits] == [None]


def test_pressed_twice_it_is_one_job_and_one_invoice(shop):
    quote = shop.approved(shop.quote(is_sent=True))
    assert shop.do(quotes.make_work_order, quote) == shop.do(quotes.make_work_order, quote)
    assert shop.do(quotes.make_invoice, quote) == shop.do(quotes.make_invoice, quote)
    assert (shop.count(WorkOrder), shop.count(Invoice)) == (1, 1)


def test_five_who_make_the_invoice_at_once_make_one(shop, app):
    quote = shop.approved(shop.quote(is_sent=True))
    id = quote.id

    def press() -> int:
        with writing():
            quote_now = db.session.get(type(quote), id)
            return quotes.make_work_order(quote_now, by=shop.dana).id, quotes.make_invoice(quote_now, by=shop.dana).id

    assert len(set(in_threads(app, 5, press))) == 1
    assert (shop.count(WorkOrder), shop.count(Invoice)) == (1, 1)


@pytest.mark.parametrize("verb", [quotes.make_work_order, quotes.make_invoice])
def test_nothing_comes_of_what_was_not_approved(shop, verb):
    quote = shop.quote(is_sent=True)
    with pytest.raises(NotAllowed):
        shop.do(verb, quote)
    shop.do(quotes.undo_answer, shop.approved(quote))
    with pytest.raises(NotAllowed):
        shop.do(verb, quote)


def test_a_cancelled_job_makes_room_for_another(shop):
    quote = shop.approved(shop.quote(is_sent=True))
    first = shop.do(quotes.make_work_order, quote)
    shop.do(work_orders.cancel, first)
    assert shop.do(quotes.make_work_order, quote) != first


def test_the_invoice_has_the_chosen_lines_with_the_offices_hours_and_costs(shop):
    hours = line("Labour", "85.00", "1.5", is_hourly=True, cost=Decimal("40"))
    quote = shop.quote(lines=(hours, EXTRA, line("Hose", is_optional=True)), is_sent=True)
    invoice = shop.do(quotes.make_invoice, shop.approved(quote, chosen=[quote.lines[1].id]))
    told = [(each.description, each.quantity, each.price, each.cost, each.is_optional) for each in invoice.lines]
    assert told == [
        ("Labour", Decimal("1.5"), Decimal(85), Decimal(40), False),
        ("Better faucet", Decimal(1), Decimal(50), None, False),
    ]
    assert invoice.quote == quote


def test_what_the_office_changed_after_sending_is_billed_as_it_was_sent(shop):
    hours = line("Labour", "85.00", "1.5", is_hourly=True, discount_percent=Decimal(10), tax=20)
    quote = shop.quote(lines=(hours,), is_sent=True)
    kept = documents.values_of(quote.lines[0])
    shop.do(documents.save_lines, quote, lines=[line("Gold", "9999", id=kept.id)], seen=quote.edition)
    invoice = shop.do(quotes.make_invoice, shop.approved(quote))
    (billed,) = invoice.lines
    assert (billed.description, billed.quantity, billed.price) == ("Labour", Decimal(1), Decimal("127.5"))
    assert documents.figures(invoice).total == quotes.approval(quote).total == 13770


def test_a_fixed_discount_larger_than_what_was_chosen_is_billed_as_it_was_approved(shop):
    quote = shop.quote(
        lines=(line(price="30"), line("More", "100", is_optional=True)), discount_amount=5000, is_sent=True
    )
    invoice = shop.do(quotes.make_invoice, shop.approved(quote))
    assert documents.figures(invoice).total == quotes.approval(quote).total == 0
    assert invoice.discount_amount == 3000
