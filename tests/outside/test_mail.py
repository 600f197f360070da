"""A letter on its way to a real mail server: how it is spelled, how it is handed over, what may go wrong."""

import dataclasses
import smtplib
from datetime import UTC, datetime

import pytest

from portal.outside import mail
from portal.outside.mail import Letter, Trouble
from portal.settings import MailServer
from tests.bad_input import STRANGE, UNTYPABLE
from tests.mail_sink import Sink, certificate, server_side

LETTER = Letter(
    recipient="carol@home.example",
    sender_name="Brightwater Plumbing",
    reply_to="office@shop.example",
    subject="Your job with Brightwater Plumbing",
    text="See your job:\nhttps://jobs.example.com/portal/wo/x\n",
    html="<p>See your job</p>",
    locale="en_US",
    written_at=datetime(2026, 11, 22, 17, 0, tzinfo=UTC),
    mark="https://jobs.example.com 7 2026-11-22",
)


@pytest.fixture
def sink():
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture
def keys(tmp_path):
    return certificate(tmp_path)


def server(sink: Sink, **values) -> MailServer:
    usual = {"user": "", "password": "", "is_tls": False, "sender": "mail@shop.example", "sender_name": ""}
    return MailServer(host="127.0.0.1", port=sink.port, **(usual | values))


class Elsewhere(MailServer):
    """The same server, as if it were on another machine."""

    is_local = False


def elsewhere(sink: Sink, **values) -> MailServer:
    return Elsewhere(**dataclasses.asdict(server(sink, **values)))


def send(to: MailServer, **values) -> None:
    mail.send(to, mail.compose(dataclasses.replace(LETTER, **values), to))


def refused(to: MailServer, **values) -> Trouble:
    with pytest.raises(Trouble) as trouble:
        send(to, **values)
    return trouble.value


# --- how it is spelled ----------------------------------------------------------------------------------------------


def test_a_letter_arrives_whole(sink):
    send(server(sink))
    (taken,) = sink.taken
    message = taken.message
    assert (taken.sender, taken.recipients) == ("mail@shop.example", ("carol@home.example",))
    assert {name: str(message[name]) for name in ("From", "To", "Reply-To", "Subject", "Date")} == {
        "From": "Brightwater Plumbing <mail@shop.example>",
        "To": "carol@home.example",
        "Reply-To": "office@shop.example",
        "Subject": "Your job with Brightwater Plumbing",
        "Date": "Sun, 22 Nov 2026 17:00:00 +0000",
    }
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en-US"
    assert (taken.text, taken.html) == (LETTER.text, LETTER.html + "\n")


def test_every_try_of_one_letter_has_one_message_id(sink):
    for mark in ("one", "one", "another"):
        send(server(sink), mark=mark)
    ids = [taken.message["Message-ID"] for taken in sink.taken]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].endswith("@shop.example>")


HOSTILE = {
    **STRANGE,
    **{name: typed for name, (typed, _kept) in UNTYPABLE.items()},
    "another header": "Carol\r\nBcc: everybody@elsewhere.example\r\n\r\nBuy now",
    "a bare line feed": "Carol\nBcc: everybody@elsewhere.example",
    "more recipients": 'Carol" <a@elsewhere.example>, "B <b@elsewhere.example>, c@elsewhere.example',
    "long and accented": "Hàrtley, Söhne & Töchter (Install.) <GmbH>; " * 3,
    "emoji only": "👩‍🔧" * 40,
    "encoded word": "=?utf-8?q?Bcc=3A_x=40elsewhere.example?=",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_is_typed_stays_in_its_place(sink, text):
    send(server(sink), sender_name=text, subject=text, text=f"{text}\n.\nQUIT\n", html=text, reply_to=text)
    (taken,) = sink.taken
    assert (taken.recipients, taken.sender) == (("carol@home.example",), "mail@shop.example")
    message = taken.message
    assert set(message.keys()) <= {
        *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language"),
        *("MIME-Version", "Content-Type"),
    }
    assert [address.addr_spec for address in message["From"].addresses] == ["mail@shop.example"]
    assert [address.addr_spec for address in message["To"].addresses] == ["carol@home.example"]
    assert len(message["Reply-To"].addresses if message["Reply-To"] else ()) <= 1
    assert message.defects == []
    if not text.startswith("=?"):
        assert "".join(str(message["Subject"]).split()) == "".join(mail.calm(text).split())
    assert "".join(taken.text.split()) == "".join(f"{text}.QUIT".split())
    assert all(len(line) <= 998 for line in taken.raw.split(b"\r\n"))


@pytest.mark.parametrize("name", ["Hartley & Sons, Inc.", "Zoë’s Klempnerei", "السباك محمد", "X" * 120, ""])
def test_the_shop_is_the_sender_by_name(sink, name):
    send(server(sink), sender_name=name)
    (address,) = sink.taken[0].message["From"].addresses
    assert address.display_name == " ".join(name.replace(",", " ").split())[:60]
    send(server(sink, sender_name="The Office"), sender_name=name)
    assert sink.taken[1].message["From"].addresses[0].display_name == "The Office"


def test_a_domain_in_other_letters_is_spelled_for_servers(sink):
    send(server(sink), recipient="carol@bücher.example")
    assert sink.taken[0].recipients == ("carol@xn--bcher-kva.example",)


@pytest.mark.parametrize("recipient", ["zoë@home.example", "a b@home.example", "", "carol@", "carol@home..example"])
def test_an_address_that_cannot_be_written_is_final(sink, recipient):
    trouble = refused(server(sink), recipient=recipient)
    assert (trouble.reason, trouble.is_final, trouble.is_everybodys) == ("address", True, False)
    assert sink.taken == []


def test_what_a_customer_left_to_be_reached_at_need_not_be_an_address(sink):
    send(server(sink), reply_to="call me @ home, 555 0188")
    assert sink.taken[0].message["Reply-To"] is None


# --- what may go wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "reason", "is_final", "is_everybodys"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, "550 5.1.1 no such user", True, False),
        ({"RCPT": "450 4.2.1 come back later"}, "450 4.2.1 come back later", False, False),
        ({"END": "554 5.7.1 looks like spam"}, "554 5.7.1 looks like spam", True, False),
        ({"END": "451 try again"}, "451 try again", False, False),
        ({"MAIL": "553 not your address"}, "553 not your address", False, True),
        ({"MAIL": "530 sign in first"}, "530 sign in first", False, True),
        ({"HELLO": "554 go away"}, "554 go away", False, True),
        ({"EHLO": "421 too busy"}, "421 too busy", False, True),
        ({"RCPT": "550 \u202eno\x07\u2028 <b>such</b> user"}, "550 no <b>such</b> user", True, False),
        ({"HELLO": "drop"}, "hung up", False, True),
        ({"TEXT": "drop"}, "hung up", False, True),
        ({"END": "drop"}, "hung up", False, True),
    ],
)
def test_it_knows_what_may_be_mended(sink, answers, reason, is_final, is_everybodys):
    sink.answers = answers
    trouble = refused(server(sink))
    assert (trouble.reason, trouble.is_final, trouble.is_everybodys) == (reason, is_final, is_everybodys)
    assert sink.taken == []


@pytest.mark.parametrize("where", ["HELLO", "EHLO", "MAIL", "RCPT", "DATA", "END"])
def test_a_server_that_falls_silent_is_left(sink, where, monkeypatch):
    monkeypatch.setattr(mail, "CONNECT_S", 0.3)
    monkeypatch.setattr(mail, "ANSWER_S", 0.3)
    sink.answers = {where: "hang"}
    trouble = refused(server(sink))
    assert (trouble.reason, trouble.is_everybodys) == ("no answer", True)


def test_a_server_that_says_no_goodbye_has_still_taken_the_letter(sink):
    sink.answers = {"QUIT": "hang"}
    send(server(sink))
    assert len(sink.taken) == 1


def test_a_server_that_is_not_there_is_named_so(sink):
    sink.close()
    assert refused(server(sink)).reason == "unreachable"
    assert refused(dataclasses.replace(server(sink), host="no-such-host.invalid")).reason == "unreachable"


# --- in private -----------------------------------------------------------------------------------------------------

CAROL = {"user": "office@shop.example", "password": "p@ss: /#%"}
USERS = {CAROL["user"]: CAROL["password"]}


def test_a_password_is_not_told_to_a_server_that_cannot_encrypt(sink):
    sink.users = USERS
    trouble = refused(elsewhere(sink, **CAROL))
    assert (trouble.reason, trouble.is_everybodys) == ("no encryption", True)
    assert "AUTH" not in sink.commands


def test_where_encryption_is_offered_it_is_taken_and_the_certificate_checked(keys):
    sink = Sink(tls=server_side(keys), users=USERS)
    assert refused(elsewhere(sink, **CAROL)).reason == "certificate"
    assert refused(elsewhere(sink)).reason == "certificate"
    assert "AUTH" not in sink.commands
    assert sink.taken == []


@pytest.mark.parametrize("is_tls", [False, True])
def test_with_a_certificate_that_holds_the_letter_goes_encrypted(keys, monkeypatch, is_tls):
    monkeypatch.setenv("SSL_CERT_FILE", str(keys))
    sink = Sink(tls=server_side(keys), is_tls=is_tls, users=USERS)
    send(elsewhere(sink, is_tls=is_tls, **CAROL))
    (taken,) = sink.taken
    assert (taken.is_encrypted, taken.user) == (True, CAROL["user"])


def test_a_refused_password_is_said_as_such(sink):
    sink.users = {"office@shop.example": "another"}
    trouble = refused(server(sink, **CAROL))
    assert (trouble.reason, trouble.is_final, trouble.is_everybodys) == ("password", False, True)


def test_on_this_machine_no_certificate_is_asked_for(keys):
    sink = Sink(tls=server_side(keys))
    send(server(sink))
    assert not sink.taken[0].is_encrypted


def test_a_plain_line_is_fine_where_no_password_is_and_none_was_offered(sink):
    send(elsewhere(sink))
    assert len(sink.taken) == 1


def test_it_does_not_ask_the_name_servers_who_we_are(sink, monkeypatch):
    monkeypatch.setattr(smtplib.socket, "getfqdn", lambda *_: pytest.fail("asked"))
    send(server(sink))
