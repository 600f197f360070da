"""What the shop's machine says: read once from the environment. A bad value stops the start and names itself."""

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

KEY_BYTES = 32
MIGRATIONS = Path(__file__).parent / "migrations"
ADDRESS = re.compile(r"https?://(\[[0-9a-f:.]+\]|[^\s/?#@:\[\]\\]+)(:(?P<port>[0-9]{1,5}))?/?", re.IGNORECASE)
MAILBOX = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)*", re.ASCII)
NAMED_MAILBOX = re.compile(r"(?P<name>[^<>\x00-\x1f]*)<(?P<mailbox>[^<>]+)>")
Network = IPv4Network | IPv6Network
STRIPE = ("SECRET_KEY", "WEBHOOK_SECRET", "API_BASE")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class BadSetting(Exception):
    """A setting that cannot be used: names the setting and what it should be."""


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Who takes our mail, and whom it comes from."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    is_tls: bool  # encrypted from the first byte; otherwise by STARTTLS
    sender: str  # the address in From
    sender_name: str  # "" for the shop's own

    @property
    def is_local(self) -> bool:
        """Whether the line never leaves this machine, so that nobody can listen on it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def must_encrypt(self) -> bool:
        """Port 587 is where STARTTLS belongs, and no password travels in the clear."""
        return not self.is_local and not self.is_tls and (bool(self.user) or self.port == 587)


@dataclass(frozen=True, kw_only=True)
class StripeKeys:
    """What opens the shop's account at Stripe, and proves that a message comes from there."""

    secret_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)  # two while one replaces the other; none: none is believed
    api_base: str  # "" for Stripe itself

    @property
    def is_live(self) -> bool:
        """Whether it is about real money."""
        return "_live_" in self.secret_key[:8]

    @property
    def page_origin(self) -> str:
        """Where customers are sent to pay."""
        return self.api_base or "https://checkout.stripe.com"


@dataclass(frozen=True, kw_only=True)
class Settings:
    data_dir: Path
    host: str
    port: int
    is_named: bool  # PUBLIC_BASE_URL was given
    base_url: str  # what every share link begins with, without a slash at the end
    secret_key: str
    link_keys: dict[str, bytes]  # by key id; the newest is the last one
    database_url: str
    trusted_proxies: tuple[Network, ...]
    streams_total: int
    streams_per_link: int
    streams_per_address: int
    mail: MailServer | None
    stripe: StripeKeys | None = None
    files_url: str = field(default="", repr=False)  # a bucket instead of a folder; it may hold a password

    @property
    def sends_mail(self) -> bool:
        """Whether mail goes out. Where it does not, none is written, and the pages say so."""
        return self.mail is not None

    @property
    def database_path(self) -> Path:
        """Where SQLite keeps its file, when no other database is named."""
        return self.data_dir / "porchlight.db"

    @property
    def is_postgres(self) -> bool:
        return self.database_url.startswith("postgresql")

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @property
    def shop_id(self) -> str:
        """Tells this shop from others, on all its machines, and stays when a newer key is added."""
        return next(iter(self.link_keys))

    @property
    def trusted_hosts(self) -> list[str] | None:
        """The names this shop answers to. None: any, where it listens to a network and nobody has named it."""
        if not self.is_named and self.host not in LOOPBACK:
            return None
        return [urlsplit(self.base_url).hostname, *LOOPBACK, "[::1]"]

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def is_loopback_only(self) -> bool:
        """Whether the links made here open on this machine only."""
        return urlsplit(self.base_url).hostname in LOOPBACK


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `environ`. Makes the data folder and its keys where they are missing. Raises BadSetting."""
    data_dir = Path(environ.get("DATA_DIR") or "data").absolute()
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(f"DATA_DIR: cannot make the folder {data_dir} ({error.strerror})") from error
    host = environ.get("HOST") or "127.0.0.1"
    port = whole_number(environ, "PORT", 8000, least=1, most=65535)
    return Settings(
        data_dir=data_dir,
        host=host,
        port=port,
        is_named=bool(environ.get("PUBLIC_BASE_URL")),
        base_url=base_url(environ.get("PUBLIC_BASE_URL", ""), host, port),
        secret_key=secret_key(environ.get("SECRET_KEY", ""), data_dir / "secret-key"),
        link_keys=link_keys(data_dir / "link-keys.json"),
        database_url=database_url(environ.get("DATABASE_URL", ""), data_dir),
        trusted_proxies=networks(environ.get("TRUSTED_PROXIES", "")),
        streams_total=whole_number(environ, "STREAMS_TOTAL", 10_000),
        streams_per_link=whole_number(environ, "STREAMS_PER_LINK", 20),
        streams_per_address=whole_number(environ, "STREAMS_PER_ADDRESS", 200),
        files_url=environ.get("FILES_URL", ""),
        mail=mail_server(environ.get("SMTP_URL", ""), environ.get("MAIL_FROM", "")),
        stripe=stripe_keys(*(environ.get(f"STRIPE_{word}", "") for word in STRIPE)),
    )


def whole_number(environ: Mapping[str, str], name: str, default: int, *, least: int = 1, most: int = 1_000_000) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise BadSetting(f"{name}: {text!r} is not a whole number from {least} to {most}")
    return int(text)


def base_url(given: str, host: str, port: int) -> str:
    if not given:
        shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host
        return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
    address = ADDRESS.fullmatch(given)
    if not address or int(address["port"] or 80) > 65535:
        raise BadSetting(f"PUBLIC_BASE_URL: {given!r} is not an address like https://jobs.example.com")
    return given.rstrip("/").lower()


def database_url(given: str, data_dir: Path) -> str:
    """A Postgres reached through psycopg, or the SQLite file in the data folder."""
    if not given:
        return f"sqlite:///{data_dir / 'porchlight.db'}"
    scheme, _colon, rest = given.partition("://")
    if scheme not in ("postgresql+psycopg", "postgresql", "postgres") or not rest:
        raise BadSetting("DATABASE_URL: not an address like postgresql+psycopg://user:password@127.0.0.1/porchlight")
    return f"postgresql+psycopg://{rest}"


def networks(given: str) -> tuple[Network, ...]:
    """Addresses or networks, separated by commas."""
    try:
        return tuple(ip_network(part.strip(), strict=False) for part in given.split(",") if part.strip())
    except ValueError as error:
        raise BadSetting(f"TRUSTED_PROXIES: {error}; write addresses like 127.0.0.1, 10.0.0.0/8") from error


def mail_server(given: str, sender: str) -> MailServer | None:
    """The server that mail is handed to: smtps:// is encrypted from the start, smtp:// by STARTTLS."""
    name, mailbox = mail_sender(sender)
    if not given:
        return None
    try:
        url = urlsplit(given)
        usual = {"smtp": 587, "smtps": 465}[url.scheme]
        host, port = url.hostname or "", usual if url.port is None else url.port
        user, password = unquote(url.username or "", errors="strict"), unquote(url.password or "", errors="strict")
        is_whole = not url.path.strip("/") and not url.query and not url.fragment and bool(user) == bool(password)
        is_whole = is_whole and port > 0
        host.encode("idna")
        good = is_whole and re.fullmatch(r"[^\s/\\]+", host) and re.fullmatch(r"[\x20-\x7e]*", user + password)
    except (ValueError, KeyError):
        good = None
    if not good:
        # What was given is not repeated: it may hold the password.
        raise BadSetting(
            "SMTP_URL: not an address like smtps://user:password@mail.example.com:465 or smtp://mail.example.com:587; "
            "write @ : / # ? % inside the user or password as %40 %3A %2F %23 %3F %25"
        )
    mailbox = mailbox or (user if MAILBOX.fullmatch(user) else "")
    if not mailbox:
        raise BadSetting("MAIL_FROM: SMTP_URL is set, so say whom mail comes from, like office@example.com")
    return MailServer(
        host=host,
        port=port,
        user=user,
        password=password,
        is_tls=url.scheme == "smtps",
        sender=mailbox,
        sender_name=name,
    )


def mail_sender(given: str) -> tuple[str, str]:
    """(name, address) of "Brightwater Plumbing <office@example.com>" or of the address alone."""
    named = NAMED_MAILBOX.fullmatch(given.strip())
    name, mailbox = (named["name"].strip(' "'), named["mailbox"]) if named else ("", given.strip())
    if given and not MAILBOX.fullmatch(mailbox):
        raise BadSetting(f"MAIL_FROM: {given!r} is not an address like office@example.com or Name <office@example.com>")
    return name, mailbox


def stripe_keys(key: str, webhook_secrets: str, api_base: str) -> StripeKeys | None:
    """None without a key: the shop takes no payments online. What was given is never repeated: it is secret."""
    secrets_given = tuple(part.strip() for part in webhook_secrets.split(",") if part.strip())
    if not all(re.fullmatch(r"whsec_[\x21-\x7e]{6,}", secret) for secret in secrets_given):
        raise BadSetting("STRIPE_WEBHOOK_SECRET: not a signing secret like whsec_…, or two with a comma between")
    address = ADDRESS.fullmatch(api_base)
    if api_base and not (address and urlsplit(api_base).hostname in LOOPBACK and int(address["port"] or 80) < 65536):
        raise BadSetting("STRIPE_API_BASE: only for a stand-in on this machine, like http://127.0.0.1:12111")
    if not key:
        if secrets_given:
            raise BadSetting("STRIPE_SECRET_KEY: missing, though STRIPE_WEBHOOK_SECRET is set")
        return None
    if not re.fullmatch(r"(sk|rk)_(live|test)_[A-Za-z0-9_]{6,}", key):
        raise BadSetting("STRIPE_SECRET_KEY: not a secret key like sk_live_… or sk_test_…, nor a restricted one (rk_…)")
    keys = StripeKeys(secret_key=key, webhook_secrets=secrets_given, api_base=api_base.rstrip("/").lower())
    if keys.is_live and api_base:
        raise BadSetting("STRIPE_API_BASE: goes with a test key only (sk_test_…)")
    return keys


def secret_key(given: str, file: Path) -> str:
    """The key that signs staff sessions: given, or made once and kept beside the database."""
    if given and len(given) < KEY_BYTES:
        raise BadSetting(f"SECRET_KEY: too short, use at least {KEY_BYTES} characters or leave it out")
    return given or kept(file, lambda: secrets.token_hex(KEY_BYTES))


def link_keys(file: Path) -> dict[str, bytes]:
    """The keys that share links are derived from. Kept outside the database, so that its backup opens nobody's page."""
    text = kept(file, lambda: json.dumps({secrets.token_hex(4): secrets.token_hex(KEY_BYTES)}))
    try:
        keys = {key_id: bytes.fromhex(key) for key_id, key in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise BadSetting(f"{file}: not a list of keys any more; put the copy back that you kept") from error
    if not keys or any(len(key) < KEY_BYTES for key in keys.values()):
        raise BadSetting(f"{file}: holds a key shorter than {KEY_BYTES} bytes")
    return keys


def kept(file: Path, make) -> str:
    """The text of `file`, made on first use and readable by its owner only. Two starts at once agree on one text."""
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    if not file.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(make())
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().strip()
