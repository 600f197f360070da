"""Mail as the outside world wants it: one letter as text and as HTML, handed to the shop's mail server.

Every wait has an end. A password or a letter that asks for encryption never falls back to a line without.
"""

import hashlib
import re
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from portal.outside.letter import Letter, Trouble, calm
from portal.settings import MailServer

CONNECT_S = 15.0  # reaching the server, and its greeting
ANSWER_S = 60.0  # any other answer: some look into a letter for long before they take it
NOT_IN_NAMES = re.compile(r'[,;:<>@"()\[\]\\]')  # what separates addresses; mail programs disagree on how to quote it


def compose(letter: Letter, server: MailServer) -> EmailMessage:
    """The letter as a message. Raises Trouble when its recipient's address cannot be written down."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender_name(letter, server), addr_spec=server.sender)
    message["To"] = address(letter.recipient)
    if letter.reply_to:
        try:
            message["Reply-To"] = address(letter.reply_to)
        except Trouble:
            del message["Reply-To"]  # what somebody typed to be reached at need not be one
    message["Subject"] = calm(letter.subject)
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = message_id(letter, server)
    message["Auto-Submitted"] = "auto-generated"  # no answering machine answers it
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    if letter.attachment:
        enclosed, name = letter.attachment.content, letter.attachment.name
        message.add_attachment(enclosed, maintype="application", subtype="pdf", filename=name)
    message["Content-Language"] = letter.locale.replace("_", "-")
    return message


def sender_name(letter: Letter, server: MailServer) -> str:
    return " ".join(NOT_IN_NAMES.sub(" ", calm(server.sender_name or letter.sender_name)).split())[:60]


def address(text: str) -> Address:
    """The address that `text` is, its domain in the letters that every server reads. Raises Trouble."""
    try:
        user, _at, domain = text.rpartition("@")
        return Address(addr_spec=f"{user}@{ascii_name(domain)}")
    except Exception as error:  # the parser has many ways to fail, and IndexError is one of them
        raise Trouble("address", is_final=True) from error


def ascii_name(domain: str) -> str:
    return domain.encode("idna").decode()


def message_id(letter: Letter, server: MailServer) -> str:
    return f"<{hashlib.sha256(letter.mark.encode()).hexdigest()[:32]}@{server.sender.rpartition('@')[2]}>"


def send(server: MailServer, message: EmailMessage) -> None:
    """Hand the message over. When this returns, the server has taken it. Raises Trouble."""
    try:
        line = connected(server)
        try:
            secure(line, server)
            if server.user:
                line.login(server.user, server.password)
            recipient = message["To"].addresses[0].addr_spec
            line.send_message(message, server.sender, [recipient])
            line.putcmd("quit")  # its answer is not waited for: the letter is delivered
        finally:
            line.close()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise trouble_of(error) from error


def connected(server: MailServer) -> smtplib.SMTP:
    name = ascii_name(server.sender.rpartition("@")[2])  # else smtplib asks the name servers who we are
    if server.is_tls:
        line = smtplib.SMTP_SSL(
            ascii_name(server.host), server.port, name, timeout=CONNECT_S, context=ssl.create_default_context()
        )
    else:
        line = smtplib.SMTP(ascii_name(server.host), server.port, name, timeout=CONNECT_S)
    line.sock.settimeout(ANSWER_S)
    return line


def secure(line: smtplib.SMTP, server: MailServer) -> None:
    """STARTTLS wherever it is offered but on this machine itself, where certificates are seldom real."""
    line.ehlo_or_helo_if_needed()
    if server.is_tls or server.is_local:
        return
    if line.has_extn("starttls"):
        line.starttls(context=ssl.create_default_context())
        line.ehlo()
    elif server.must_encrypt:
        raise Trouble("no encryption", is_everybodys=True)


def trouble_of(error: Exception) -> Trouble:
    """What went wrong, and for whom. Only a refused recipient or a refused letter is final: all else may be mended."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            ((code, words),) = error.recipients.values()
            return Trouble(said(code, words), is_final=code >= 500)
        case smtplib.SMTPDataError():
            return Trouble(said(error.smtp_code, error.smtp_error), is_final=error.smtp_code >= 500)
        case smtplib.SMTPNotSupportedError() if "SMTPUTF8" in str(error):
            return Trouble("address", is_final=True)
        case smtplib.SMTPAuthenticationError() | smtplib.SMTPNotSupportedError():
            return Trouble("password", is_everybodys=True)
        case smtplib.SMTPResponseException():
            return Trouble(said(error.smtp_code, error.smtp_error), is_everybodys=True)
        case smtplib.SMTPServerDisconnected():
            # smtplib says a time-out in the same class as a dropped line.
            return Trouble("no answer" if "timed out" in str(error) else "hung up", is_everybodys=True)
        case ssl.SSLError():
            return Trouble("certificate", is_everybodys=True)
        case TimeoutError():
            return Trouble("no answer", is_everybodys=True)
        case OSError():
            return Trouble("unreachable", is_everybodys=True)
    return Trouble("address", is_final=True)


def said(code: int, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return calm(f"{code} {text}")
