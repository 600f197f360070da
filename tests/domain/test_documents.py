from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from models import Customer, Line
from portal import clock
from portal.db import writing
from portal.domain import documents, invoices, quotes
from portal.domain.refusals import ChangedMeanwhile, NotAllowed
from portal.money import Fault, MoneyError
from tests.factories import line


def save(shop, document, **given):
    shop.do(documents.save, document, **({"seen": document.edition} | given))


@pytest.mark.parametrize("kind", ["quote", "invoice"])
def test_a_draft_stands_at_the_customers_address_or_the_jobs(shop, kind):
    assert getattr(shop, kind)().street == "48 Alder Street"
    job = shop.work_order(street="1 Elm Street", locality="Salem")
    draft = getattr(shop, kind)(work_order=job)
    assert (draft.street, draft.locality, draft.work_order) == ("1 Elm Street", "Salem", job)


@pytest.mark.parametrize("kind", ["quote", "invoice"])
def test_nothing_is_started_for_a_customer_in_the_archive(shop, kind):
    carol = shop.customer()
    with writing():
        carol.archived_at = clock.now()
    with pytest.raises(NotAllowed):
        getattr(shop, kind)()


def test_what_is_started_for_a_merged_card_is_the_survivors(shop):
    loser, keeper = shop.customer("Carole Cruz"), shop.customer("Carol Cruz")
    with writing():
        loser.merged_into_id, loser.archived_at = keeper.id, clock.now()
    assert shop.quote("Carole Cruz").customer == keeper


def test_quotes_and_invoices_follow_when_two_cards_are_made_one(shop):
    quote, invoice = shop.quote("Carole Cruz", is_sent=True), shop.invoice("Carole Cruz")
    loser, keeper, seen = shop.customer("Carole Cruz"), shop.customer("Carol Cruz"), invoice.edition
    with writing():
        assert documents.hand_over(loser, keeper) == 2
    names = {shop.again(each).customer.name for each in (quote, invoice)}
    assert (names, shop.count(Customer)) == ({"Carol Cruz"}, 2)
    with pytest.raises(ChangedMeanwhile):
        save(shop, invoice, values={"title": "Tap"}, seen=seen)


def test_technicians_see_no_money(shop):
    quote = shop.quote()
    seeing = [documents.may_see(quote, shop.person(name)) for name in ("Olive", "Dana", "Theo")]
    assert seeing == [True, True, False]


def test_fields_and_lines_saved_together_are_one_edit(shop):
    quote = shop.quote()
    before = quote.edition
    save(shop, quote, values={"title": "Tap", "valid_until": date(2027, 1, 1)}, lines=[line("Tap"), line("Hose")])
    assert (quote.edition, quote.title, quote.valid_until) == (before + 1, "Tap", date(2027, 1, 1))
    assert [(each.position, each.description) for each in quote.lines] == [(0, "Tap"), (1, "Hose")]
    assert shop.verbs(quote).count("edited") == 2


def test_what_is_saved_as_it_is_leaves_no_trace(shop):
    quote = shop.quote()
    before, verbs = quote.edition, shop.verbs(quote)
    save(shop, quote, values={"title": quote.title}, lines=[documents.values_of(each) for each in quote.lines])
    assert (quote.edition, shop.verbs(quote)) == (before, verbs)


def test_lines_keep_their_ids_when_they_move(shop):
    quote = shop.quote(lines=(line("One"), line("Two"), line("Three")))
    one, two, three = (documents.values_of(each) for each in quote.lines)
    save(shop, quote, lines=[three, replace(one, price=Decimal(5)), line("Four")])
    told = [(each.id, each.description) for each in shop.again(quote).lines]
    assert told[:2] == [(three.id, "Three"), (one.id, "One")]
    assert told[2][0] not in (one.id, two.id, three.id)
    assert shop.count(Line) == 3


def test_moving_lines_alone_is_an_edit(shop):
    quote = shop.quote(lines=(line("One"), line("Two")))
    before = quote.edition
    save(shop, quote, lines=[documents.values_of(each) for each in reversed(quote.lines)])
    assert quote.edition == before + 1


def test_a_line_of_another_document_stays_where_it_is(shop):
    mallorys, carols = shop.quote("Mallory May"), shop.quote()
    stolen = documents.values_of(mallorys.lines[0])
    save(shop, carols, lines=[stolen, stolen])
    assert len({each.id for each in (*carols.lines, *shop.again(mallorys).lines)}) == 3


def test_the_second_of_two_who_edit_is_told_who_was_first(shop):
    quote = shop.quote()
    seen = quote.edition
    save(shop, quote, lines=[line("Dana’s")], seen=seen)
    with pytest.raises(ChangedMeanwhile) as refused:
        save(shop, quote, lines=[line("Olive’s")], seen=seen, by=shop.person("Olive"))
    assert refused.value.who == "Dana Diaz"
    assert [each.description for each in shop.again(quote).lines] == ["Dana’s"]


@pytest.mark.parametrize(
    ("lines", "fields", "fault", "field", "place"),
    [
        ([line(), line(price="-1")], {}, Fault.NEGATIVE, "unit_price", 1),
        ([line(price="1E39")], {}, Fault.TOO_LARGE, "unit_price", 0),
        ([line(quantity="0.00001")], {}, Fault.TOO_FINE, "quantity", 0),
        ([line(discount_amount=10001)], {}, Fault.MORE_THAN_ALL, "discount", 0),
        ([line()], {"discount_amount": 10001}, Fault.MORE_THAN_ALL, "discount", None),
        ([line()], {"deposit_amount": 10001}, Fault.MORE_THAN_ALL, "deposit", None),
        ([line(price="Infinity")], {}, Fault.NOT_A_NUMBER, "unit_price", 0),
        ([line()] * 1001, {}, Fault.TOO_MANY_LINES, "lines", None),
        ([line(price="1E10", quantity="1E3", is_hourly=True)], {}, Fault.TOO_LARGE, "unit_price", 0),
        ([line(is_optional=True, is_chosen=False, price="1E10", quantity="1E6")], {}, Fault.TOO_LARGE, "unit_price", 0),
    ],
)
def test_figures_that_cannot_be_are_refused_and_nothing_is_lost(shop, lines, fields, fault, field, place):
    quote = shop.quote()
    with pytest.raises(MoneyError) as refused:
        save(shop, quote, values=fields, lines=lines)
    assert (refused.value.fault, refused.value.field, refused.value.line) == (fault, field, place)
    assert [each.description for each in shop.again(quote).lines] == ["Faucet"]


def test_a_discount_is_a_percentage_or_an_amount(shop):
    with pytest.raises(ValueError, match="at once"):
        save(shop, shop.quote(), values={"discount_percent": Decimal(10), "discount_amount": 5})


@pytest.mark.parametrize("name", ["number", "status", "currency", "due_days", "total"])
def test_only_what_is_meant_to_be_edited_can_be(shop, name):
    with pytest.raises(ValueError, match="not to be edited"):
        save(shop, shop.quote(), values={name: 1})


def test_trying_out_saves_nothing(shop):
    quote = shop.quote()
    tried = documents.try_out(quote, {"discount_percent": Decimal(10)}, [line(price="50.00", tax=20)])
    assert (tried.discount, tried.total) == (500, 5400)
    assert documents.figures(shop.again(quote)).total == 10000


def test_what_is_in_the_archive_is_not_edited(shop):
    quote = shop.quote()
    shop.do(documents.archive, quote)
    with pytest.raises(NotAllowed):
        save(shop, quote, values={"title": "Tap"})
    shop.do(documents.restore, quote)
    save(shop, quote, values={"title": "Tap"})


def test_only_drafts_and_what_is_not_approved_is_edited(shop):
    quote, invoice = shop.quote(is_sent=True), shop.invoice()
    assert documents.is_editable(quote)
    assert documents.is_editable(invoice)
    shop.do(quotes.decline, quote, revision=1)
    assert documents.is_editable(quote)
    shop.do(quotes.undo_answer, quote)
    shop.approved(quote)
    shop.do(invoices.issue, invoice)
    assert not documents.is_editable(quote)
    assert not documents.is_editable(invoice)
