"""Who is really calling: believes a proxy's headers only when the proxy is one of ours."""

import logging
from collections.abc import Callable
from ipaddress import ip_address

from portal.settings import Network

log = logging.getLogger("porchlight")


class TrustedProxies:
    """WSGI middleware. Behind a trusted proxy the caller is the last address in X-Forwarded-For that is no proxy.

    Anybody may send these headers, so from anybody else they are ignored. A proxy on this machine that nobody
    named would make all customers look like one: then the caller counts as unknown ("") and the owner is told.
    """

    def __init__(self, application: Callable, networks: tuple[Network, ...]):
        self.application, self.networks = application, networks
        self.unknown_proxy_seen = False

    def __call__(self, environ: dict, start_response: Callable):
        caller = environ.get("REMOTE_ADDR", "")
        forwarded = environ.pop("HTTP_X_FORWARDED_FOR", "")
        scheme = environ.pop("HTTP_X_FORWARDED_PROTO", "")
        if self.is_ours(caller):
            environ["REMOTE_ADDR"] = self.caller_behind(forwarded, caller)
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        elif forwarded and is_loopback(caller):
            environ["REMOTE_ADDR"] = ""
            self.note_unknown_proxy()
        return self.application(environ, start_response)

    def note_unknown_proxy(self) -> None:
        if not self.unknown_proxy_seen:
            self.unknown_proxy_seen = True
            log.warning("Requests come through a proxy on this machine: set TRUSTED_PROXIES=127.0.0.1")

    def is_ours(self, address: str) -> bool:
        parsed = parse(address)
        return parsed is not None and any(parsed in network for network in self.networks)

    def caller_behind(self, forwarded: str, proxy: str) -> str:
        """Read from the right: what stands further left was written by the caller."""
        for hop in reversed(forwarded.split(",")):
            address = parse(hop.strip())
            if address is None:
                return proxy
            proxy = str(address)
            if not self.is_ours(proxy):
                break
        return proxy


def parse(text: str):
    """None where `text` is no address. A socket that listens to both kinds writes 192.0.2.1 as ::ffff:192.0.2.1."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_loopback(text: str) -> bool:
    address = parse(text)
    return address is not None and address.is_loopback
