import pytest

from portal import bank
from portal.outside import qr

IBAN = "DE89370400440532013000"


@pytest.mark.parametrize(
    "typed", ["DE89 3704 0044 0532 0130 00", "de89370400440532013000", "DE89-3704-0044-0532-0130-00"]
)
def test_an_account_is_read_as_people_write_it(typed):
    assert bank.account(typed) == IBAN
    assert bank.grouped(bank.account(typed)) == "DE89 3704 0044 0532 0130 00"


@pytest.mark.parametrize(
    "typed", ["", "DE", "DE89370400440532013001", "XX89370400440532013000", "DE8937040044053201300"]
)
def test_a_slip_of_the_fingers_is_no_account(typed):
    with pytest.raises(ValueError):
        bank.account(typed)


def test_a_bank_has_eight_or_eleven_letters():
    assert [bank.bank(typed) for typed in ("cobadeff", "COBADEFFXXX")] == ["COBADEFF", "COBADEFFXXX"]
    with pytest.raises(ValueError):
        bank.bank("Commerzbank AG")


def told(**values) -> str:
    usual = {"name": "Brightwater Plumbing", "account": IBAN, "bank": "", "cents": 123456, "text": "Invoice 2031"}
    return bank.transfer(**usual | values)


def test_a_banking_app_is_told_line_by_line():
    lines = ["BCD", "002", "1", "SCT", "", "Brightwater Plumbing", IBAN, "EUR1234.56", "", "", "Invoice 2031"]
    assert told().split("\n") == lines
    assert told(cents=5).split("\n")[7] == "EUR0.05"


@pytest.mark.parametrize("values", [{"cents": 0}, {"cents": -1}, {"cents": 10**11}, {"account": ""}, {"name": ""}])
def test_nothing_is_told_where_there_is_nothing_to_transfer(values):
    assert told(**values) == ""


def test_a_long_name_is_cut_rather_than_the_code_made_unreadable():
    assert len(told(name="ü" * 200, text="x" * 200).encode()) <= bank.EPC_MOST_BYTES
    assert told(name="漢" * 100, text="漢" * 140) == ""


def test_the_code_says_that_in_utf_8_at_the_correction_that_banks_ask_for():
    drawn = str(qr.transfer(told(name="Bäder Müller"), "Code"))
    assert drawn.startswith("<svg")
    assert "<title>Code</title>" in drawn
