from datetime import date
from decimal import Decimal

import pytest

from models import Method
from portal import clock, customer_copy
from portal.customer_copy import money_shapes, shapes
from portal.db import writing
from portal.domain import documents, payments, quotes, snapshots
from portal.domain import shop as shops
from tests.factories import line, local

NOON = local("2026-11-22 12:00")


@pytest.fixture(autouse=True)
def noon():
    with clock.stopped_at(NOON):
        yield


def sums(paper) -> list[tuple[str, str]]:
    return [(each.word, each.amount) for each in (*paper.sums, paper.total, *paper.after)]


def test_sums_of_prices_without_tax(shop):
    lines = (line("Heater", "100.00", tax=20, tax_name="VAT"), line("Book", "50.00", tax=5, tax_name="VAT"))
    quote = shop.quote(lines=lines, discount_percent=Decimal(10), deposit_percent=Decimal(50), is_sent=True)
    assert sums(customer_copy.of_quote(quote).paper) == [
        ("Subtotal", "$150.00"),
        ("Discount (10%)", "-$15.00"),
        ("VAT (20%)", "$18.00"),
        ("VAT (5%)", "$2.25"),
        ("Total", "$155.25"),
        ("Of this, as a deposit", "$77.63"),
    ]


def test_sums_of_prices_with_tax_say_what_is_inside(shop):
    quote = shop.quote(lines=(line(price="120.00", tax=20, tax_name="VAT"),), prices_include_tax=True, is_sent=True)
    assert sums(customer_copy.of_quote(quote).paper) == [
        ("Subtotal", "$120.00"),
        ("Includes VAT (20%)", "$20.00"),
        ("Total", "$120.00"),
    ]


def test_without_discount_and_tax_there_is_only_the_total(shop):
    assert sums(customer_copy.of_quote(shop.quote(is_sent=True)).paper) == [("Total", "$100.00")]


def test_a_line_says_how_many_of_what_and_what_was_taken_off(shop):
    lines = (
        line("Pipe", "0.335", "12.5", unit="ft"),
        line("Valve", "40.00", "2", discount_percent=Decimal(10)),
        line("Visit", "85.00", "2.5", unit="h", is_hourly=True),
        line("Tap", "10.00", discount_amount=100),
    )
    pipe, valve, visit, tap = customer_copy.of_quote(shop.quote(lines=lines, is_sent=True)).paper.lines
    assert (pipe.quantity, pipe.price, pipe.times, pipe.amount) == ("12.5 ft", "$0.335", "12.5 ft × $0.335", "$4.19")
    assert (valve.times, valve.discount, valve.amount) == ("2 × $40.00", "Discount 10%: -$8.00", "$72.00")
    assert (visit.quantity, visit.price, visit.times, visit.amount) == ("", "", "", "$212.50")
    assert (tap.times, tap.discount, tap.amount) == ("", "Discount: -$1.00", "$9.00")


def test_money_is_written_as_the_shop_writes_it(shop):
    with writing():
        shops.profile().locale, shops.profile().currency = "de", "EUR"
    copy = customer_copy.of_quote(shop.quote(lines=(line(price="1234.50"),), is_sent=True))
    assert copy.amount == "1.234,50\u00a0€"


def test_a_draft_reads_as_if_it_went_out_now(shop):
    quote, invoice = shop.quote(), shop.invoice()
    seen = customer_copy.of_draft(quote)
    assert (seen.status, seen.amount, seen.document_title, seen.pill) == (
        "sent",
        "$100.00",
        "Quote",
        "Good until Dec 22",
    )
    asked = customer_copy.of_draft(invoice)
    assert (asked.status, asked.amount, asked.document_title) == ("issued", "$100.00", "Invoice")
    assert asked.pill == "Due in 14 days"
    shop.do(quotes.send, quote)
    shop.do(documents.save, quote, lines=[line(price="7.00")], seen=quote.edition)
    assert customer_copy.of_quote(quote).amount == "$100.00"
    assert customer_copy.of_draft(quote).amount == "$7.00"


def test_what_changed_is_told_by_what_the_customer_saw(shop):
    quote = shop.quote(lines=(line("Heater", "100.00"), line("Valve", "5.00")), is_sent=True)
    with writing():
        snapshots.mark_seen("quote", quote.id, 1)
    heater = documents.values_of(quote.lines[0])
    cheaper = documents.LineValues(
        **{name: getattr(heater, name) for name in heater.__dataclass_fields__} | {"price": Decimal(90)}
    )
    shop.do(documents.save, quote, lines=[cheaper, line("Pan", "1.00")], seen=quote.edition)
    shop.do(quotes.send, quote)
    copy = customer_copy.of_quote(quote)
    assert [(each.word, each.what, each.before) for each in copy.changes] == [
        ("Total", "$91.00", "$105.00"),
        ("Changed", "Heater", "$100.00"),
        ("New", "Pan", ""),
        ("No longer in it", "Valve", ""),
    ]
    assert [each.mark for each in copy.paper.lines] == ["Changed", "New"]


def test_a_tick_is_no_change_of_the_shops(shop):
    lines = (line(), line("Pan", "5.00", is_optional=True, is_chosen=False))
    quote = shop.quote(lines=lines, is_sent=True)
    with writing():
        snapshots.mark_seen("quote", quote.id, 1)
    shop.do(documents.save, quote, values={"terms": "New"}, seen=quote.edition)
    shop.do(quotes.send, quote)
    copy = customer_copy.of_quote(quote, ticked={2})
    assert [(each.word, each.what) for each in copy.changes] == [("Changed", "Terms")]
    assert copy.choice == "choose=&add=2"


def test_options_are_named_by_their_place_and_not_by_our_numbers(shop):
    shop.quote()
    lines = (line(), line("Pan", "5.00", is_optional=True), line("Flush", "6.00", is_optional=True, is_chosen=False))
    quote = shop.quote(lines=lines, is_sent=True)
    copy = customer_copy.of_quote(quote)
    assert [(each.key, each.is_chosen, each.amount) for each in copy.options] == [
        (2, True, "+$5.00"),
        (3, False, "+$6.00"),
    ]
    assert customer_copy.chosen_ids(quote, 1, {3, 1, 99}) == {quote.lines[2].id}
    assert customer_copy.chosen_ids(quote, 1, None) == {quote.lines[1].id}
    assert customer_copy.chosen_ids(quote, 7, {3}) == set()


def test_payments_stand_below_the_total_in_the_order_they_came(shop):
    invoice = shop.invoice(is_issued=True)
    for amount, method, day in ((2000, Method.CASH, 21), (3000, Method.TRANSFER, 22), (-500, Method.CARD, 22)):
        values = {"amount": amount, "method": method, "paid_on": date(2026, 11, day)}
        shop.do(payments.record, invoice, **values)
    copy = customer_copy.of_invoice(invoice)
    assert sums(copy.paper) == [
        ("Total", "$100.00"),
        ("Paid in cash on November 21, 2026", "-$20.00"),
        ("Paid by bank transfer on November 22, 2026", "-$30.00"),
        ("Paid back on November 22, 2026", "$5.00"),
        ("Balance due", "$55.00"),
    ]
    assert (copy.label, copy.amount) == ("Amount due", "$55.00")


def test_a_link_opens_the_copy_of_its_kind(shop):
    kinds = {
        shop.quote(): money_shapes.QuoteCopy,
        shop.invoice(): money_shapes.InvoiceCopy,
        shop.work_order(): shapes.WorkOrderCopy,
    }
    for record, kind in kinds.items():
        shop.token(record)
        assert isinstance(customer_copy.of(shop.link(record)), kind)
