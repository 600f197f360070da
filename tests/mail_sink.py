"""A mail server of our own on a real socket: it keeps what it takes, and misbehaves on request."""

import base64
import contextlib
import re
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

URL = re.compile(r"https?://[^\s\"<>]+")


@dataclass(frozen=True)
class Taken:
    """A letter that the server said "250" to."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    is_encrypted: bool
    user: str

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=default)

    @property
    def text(self) -> str:
        return self.message.get_body(["plain"]).get_content().replace("\r\n", "\n")

    @property
    def html(self) -> str:
        return self.message.get_body(["html"]).get_content().replace("\r\n", "\n")

    @property
    def url(self) -> str:
        return URL.findall(self.text)[0]


class Sink:
    """Answers as told: `answers` maps a command (or "HELLO", "END" for the end of a letter) to another answer.

    An answer may be "hang" (never comes) or "drop" (the line is cut). `after_taking` is called between keeping a letter
    and saying so.
    """

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, is_tls: bool = False, users: dict | None = None, port: int = 0
    ):
        self.tls, self.is_tls, self.users = tls, is_tls, users or {}
        self.taken: list[Taken] = []
        self.commands: list[str] = []
        self.lines = 0  # how often somebody called
        self.answers: dict[str, str] = {}
        self.after_taking = lambda: None
        self.is_closing = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def close(self) -> None:
        if self.is_closing.is_set():
            return
        self.is_closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)  # closing alone leaves it open to whoever waits in accept
        self.listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _address = self.listener.accept()
                self.lines += 1
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError), contextlib.closing(Session(self, line)) as session:
            session.run()

    def to(self, recipient: str) -> list[Taken]:
        return [taken for taken in self.taken if taken.recipients == (recipient,)]


class Session:
    """One client."""

    def __init__(self, sink: Sink, line: socket.socket):
        self.sink, self.is_encrypted, self.user = sink, False, ""
        self.sender, self.recipients = "", []
        self._use(line)

    def _use(self, line: socket.socket) -> None:
        self.line, self.file = line, line.makefile("rb")

    def close(self) -> None:
        self.file.close()
        self.line.close()

    def say(self, answer: str) -> None:
        self.line.sendall(answer.encode() + b"\r\n")

    def answer(self, command: str, usual: str) -> bool:
        """Say what was asked for, else the usual. True when it was the usual."""
        answer = self.sink.answers.get(command, usual)
        if answer == "hang":
            self.sink.is_closing.wait()
        if answer in ("hang", "drop"):
            raise EOFError
        self.say(answer)
        return answer == usual

    def read(self) -> bytes:
        text = self.file.readline()
        if not text:
            raise EOFError
        return text

    def encrypt(self) -> None:
        self._use(self.sink.tls.wrap_socket(self.line, server_side=True))
        self.is_encrypted = True

    def run(self) -> None:
        if self.sink.is_tls:
            self.encrypt()
        self.answer("HELLO", "220 sink.example ready")
        while True:
            text = self.read().decode("utf-8", "replace").strip()
            command = text.split()[0].upper() if text else ""
            self.sink.commands.append(command)
            getattr(self, f"do_{command.lower()}", self.do_unknown)(text)

    def do_unknown(self, _text: str) -> None:
        self.say("502 what?")

    def do_ehlo(self, _text: str) -> None:
        offers = ["sink.example", "8BITMIME"]
        if self.sink.tls and not self.is_encrypted:
            offers.append("STARTTLS")
        if self.sink.users:
            offers.append("AUTH PLAIN")
        usual = "\r\n".join([*(f"250-{offer}" for offer in offers), "250 HELP"])
        self.answer("EHLO", usual)

    def do_helo(self, _text: str) -> None:
        self.answer("EHLO", "250 sink.example")

    def do_starttls(self, _text: str) -> None:
        self.say("220 go ahead")
        self.encrypt()

    def do_auth(self, text: str) -> None:
        _nothing, user, password = base64.b64decode(text.split()[2]).decode().split("\0")
        if self.sink.users.get(user) != password:
            self.say("535 5.7.8 wrong")
        elif self.answer("AUTH", "235 welcome"):
            self.user = user

    def do_mail(self, text: str) -> None:
        self.sender, self.recipients = re.search("<(.*?)>", text)[1], []
        self.answer("MAIL", "250 ok")

    def do_rcpt(self, text: str) -> None:
        if self.answer("RCPT", "250 ok"):
            self.recipients.append(re.search("<(.*?)>", text)[1])

    def do_data(self, _text: str) -> None:
        if not self.answer("DATA", "354 go on"):
            return
        if self.sink.answers.get("TEXT") == "drop":
            self.read()
            raise EOFError
        lines = []
        while (line := self.read()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        taken = Taken(self.sender, tuple(self.recipients), b"".join(lines), self.is_encrypted, self.user)
        if self.sink.answers.get("END", "2").startswith("2"):
            self.sink.taken.append(taken)
            self.sink.after_taking()
        self.answer("END", "250 taken")

    def do_rset(self, _text: str) -> None:
        self.say("250 ok")

    def do_quit(self, _text: str) -> None:
        self.say("221 bye")
        raise EOFError


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody trusts yet, and its key, in one file."""
    file = folder / "certificate.pem"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=sink.example"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(file), "-out", f"{file}.crt"]
    subprocess.run([*made.split(), *names], check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + Path(f"{file}.crt").read_bytes())
    return file


def server_side(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
