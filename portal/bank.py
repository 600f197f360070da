"""Bank accounts as they are typed, written and scanned. Pure.

stdnum, which knows every country's numbers, is loaded when somebody types one: it holds 1.5 MB.
"""

EPC_MOST_BYTES = 331
EPC_MOST_CENTS = 99_999_999_999


def account(text: str) -> str:
    """The IBAN that `text` writes, in capitals and without spaces. Raises ValueError when it cannot be one."""
    from stdnum import iban

    return iban.validate(text)


def bank(text: str) -> str:
    """The BIC that `text` writes. Raises ValueError when it cannot be one."""
    from stdnum import bic

    return bic.validate(text)


def grouped(account: str) -> str:
    """ "DE89 3704 0044 0532 0130 00", as it is read out and typed."""
    return " ".join(account[start : start + 4] for start in range(0, len(account), 4))


def transfer(*, name: str, account: str, bank: str, cents: int, text: str) -> str:
    """What a banking app reads from a code to fill in a transfer in euros; "" where it cannot be said.

    EPC069-12 of the European Payments Council, version 002, in UTF-8.
    """
    if not (name and account and 1 <= cents <= EPC_MOST_CENTS):
        return ""
    amount = f"EUR{cents // 100}.{cents % 100:02d}"
    said = "\n".join(("BCD", "002", "1", "SCT", bank, name[:70], account, amount, "", "", text[:140]))
    return said if len(said.encode()) <= EPC_MOST_BYTES else ""
