from datetime import date

from models import Method
from portal import customer_copy
from portal.db import writing
from portal.domain import invoices, payments
from portal.domain import shop as shops
from tests.factories import line

IBAN = "DE89370400440532013000"


def pay(shop, invoice, amount: int, method: Method = Method.CASH, day: int = 20):
    return shop.do(payments.record, invoice, amount=amount, method=method, paid_on=date(2026, 11, day))


def test_there_is_no_receipt_before_anything_came(shop):
    invoice = shop.invoice(is_issued=True)
    assert customer_copy.of_receipt(invoice) is None
    assert customer_copy.of_invoice(invoice).has_receipt is False
    assert customer_copy.of_receipt(shop.invoice()) is None


def test_a_receipt_tells_what_came_and_what_is_left(shop):
    invoice = shop.invoice(is_issued=True)
    pay(shop, invoice, 3000, Method.CHECK)
    pay(shop, invoice, 2000, Method.TRANSFER, day=21)
    pay(shop, invoice, -500, day=22)
    receipt = customer_copy.of_receipt(invoice)
    assert receipt.heading == f"Receipt for invoice {invoice.number}"
    assert [(row.how, row.amount) for row in receipt.rows] == [
        ("Check", "$30.00"),
        ("Bank transfer", "$20.00"),
        ("Paid back", "-$5.00"),
    ]
    assert [(sum.word, sum.amount) for sum in receipt.sums] == [("Invoice total", "$100.00"), ("Received", "$45.00")]
    assert receipt.balance.amount == "$55.00"
    assert receipt.name == "Carol Cruz"
    assert customer_copy.of_invoice(invoice).has_receipt is True


def test_what_was_entered_by_mistake_or_in_other_money_is_on_no_receipt(shop):
    invoice = shop.invoice(is_issued=True)
    slip, foreign = pay(shop, invoice, 3000), pay(shop, invoice, 4000)
    with writing():
        payments.take_back(slip, by=shop.dana)
        foreign.currency = "EUR"
    assert customer_copy.of_receipt(invoice) is None


def test_what_was_paid_for_a_credited_invoice_leaves_nothing_due(shop):
    invoice = shop.invoice(is_issued=True)
    pay(shop, invoice, 10000)
    shop.do(invoices.credit, invoice)
    receipt = customer_copy.of_receipt(invoice)
    assert [sum.amount for sum in receipt.sums] == ["$100.00", "-$100.00", "$100.00"]
    assert receipt.balance.amount == "-$100.00"


def test_what_was_paid_for_a_void_invoice_is_not_said_to_pay_it(shop):
    invoice = shop.invoice(is_issued=True)
    shop.do(invoices.void, invoice)
    pay(shop, invoice, 10000)
    receipt = customer_copy.of_receipt(invoice)
    assert (receipt.balance.word, receipt.balance.amount) == ("Balance due", "-$100.00")


# --- where a transfer goes ----------------------------------------------------------------------------------------


def with_bank(shop, **values):
    known = {"iban": IBAN, "account_holder": "", "bic": "COBADEFF"}
    with writing():
        shops.edit(shop.profile, known | values, seen=shop.profile.edition, by=shop.dana)


def bank_of(invoice):
    return customer_copy.of_invoice(invoice).bank


def test_an_invoice_in_euros_can_be_scanned_by_a_banking_app(shop):
    with_bank(shop, currency="EUR")
    invoice = shop.invoice(is_issued=True)
    bank = bank_of(invoice)
    assert (bank.account_holder, bank.iban) == ("Brightwater Plumbing", "DE89 3704 0044 0532 0130 00")
    assert (bank.iban_plain, bank.amount_plain) == (IBAN, "100.00")
    assert bank.reference == f"Invoice {invoice.number}"
    assert bank.epc.split("\n")[5:8] == ["Brightwater Plumbing", IBAN, "EUR100.00"]
    pay(shop, invoice, 4000)
    assert "EUR60.00" in bank_of(invoice).epc
    assert bank_of(invoice).amount_plain == "60.00"
    pay(shop, invoice, 6000)
    assert bank_of(invoice) is None


def test_in_other_money_the_account_is_told_and_nothing_is_scanned(shop):
    with_bank(shop, currency="USD")
    bank = bank_of(shop.invoice(is_issued=True))
    assert (bank.bic, bank.epc) == ("COBADEFF", "")


def test_a_draft_tells_the_account_and_asks_for_no_transfer_yet(shop):
    with_bank(shop, currency="EUR")
    bank = customer_copy.of_draft(shop.invoice(lines=(line(),))).bank
    assert (bank.epc, bank.reference) == ("", "")


def test_an_invoice_keeps_the_account_that_it_was_issued_with(shop):
    before = shop.invoice(is_issued=True)
    with_bank(shop, currency="USD", account_holder="Bright Water Inc.")
    after = shop.invoice(is_issued=True)
    with_bank(shop, iban="", account_holder="")
    assert bank_of(before) is None
    assert bank_of(after).account_holder == "Bright Water Inc."


def test_bank_details_make_no_quote_look_changed(shop):
    from portal.domain import quotes

    quote = shop.quote(is_sent=True)
    with_bank(shop)
    assert not quotes.has_unsent_changes(quote)
