"""HTTP as this house speaks it: deadlines for slow clients, bounded bodies, a log without tokens, uniform refusals.

gevent's own handler has no time-outs and drains unread bodies without limit: fifty dribbled uploads to a page that does
not exist held every place of a server for as long as they liked.
"""

import contextlib
import errno
import logging
import os
import socket
import time
from urllib.parse import quote, unquote

import gevent
from gevent.pywsgi import Input, WSGIHandler, WSGIServer, format_date_time

from portal.answers import redacted
from portal.crowd import Places
from portal.doorway import Doorway, Turnstile
from portal.hub import Hub
from portal.live import Stream

log = logging.getLogger("porchlight")

HEAD_BYTES = 32 * 1024  # all headers of a request
HEAD_S = 10.0  # request line and headers, and the longest pause between two requests of one connection
BODY_S = 30.0  # the whole body
SEND_S = 30.0  # one write: a client that reads nothing for so long is gone
STREAM_BUFFER = 8192  # bytes: what the kernel keeps, at most, for a stream that nobody reads
UNANSWERED_S = 45  # a connection whose other side acknowledges nothing for so long is dead
DRAIN_S = 2.0  # what a refused client may still send, so that it can read the refusal
DRAIN_CHUNK = 256 * 1024  # bytes read before others have their turn
DRAIN_CHUNKS = 256


class SlowClient(OSError):
    """The client took longer than its deadline. Its connection is closed."""

    def __init__(self):
        super().__init__(errno.EPIPE, "slow client")  # gevent hangs up on this one without a word


class Head:
    """A request's headers, bounded as a whole: the library would keep a hundred of 64 KB each for every connection."""

    def __init__(self, rfile):
        self.rfile, self.left = rfile, HEAD_BYTES

    def readline(self, most: int) -> bytes:
        line = self.rfile.readline(min(most, self.left))
        self.left -= len(line)
        if not self.left:
            raise ValueError("too many headers")
        return line


class Body(Input):
    """A request's body that must arrive whole before its deadline."""

    __slots__ = ("deadline", "handler")

    def read(self, length=None):
        return self._in_time(super().read, length)

    def readline(self, size=None):
        return self._in_time(super().readline, size)

    def allow(self, wait_s: float) -> None:
        """Let the whole body take so long from now on, for somebody who is known."""
        self.deadline = time.monotonic() + wait_s

    def _in_time(self, read, size):
        handler, left_s = self.handler, max(0.001, self.deadline - time.monotonic())
        with handler.server.places.waited_for(handler), gevent.Timeout(left_s, SlowClient):
            try:
                return read(size)
            except SlowClient:
                handler.close_connection = True
                raise

    def _discard(self) -> None:
        """Read on for a moment, so that a client in the middle of sending gets to see its answer; then hang up."""
        handler = self.handler
        left = (self.content_length or 0) - self.position
        if handler.close_connection or left <= 0 and not self.chunked_input:
            return
        self.deadline = min(self.deadline, time.monotonic() + DRAIN_S)
        self.send_100_continue_enabled = False
        with contextlib.suppress(OSError):
            for _chunk in range(DRAIN_CHUNKS):
                if not self.read(DRAIN_CHUNK):
                    return
                gevent.sleep(0)
        handler.close_connection = True


class Handler(WSGIHandler):
    """One connection."""

    serves_once = False
    begun = 0.0

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # who is told that the request was bad may be gone
            super().handle()

    def read_requestline(self) -> str:
        if self.server.is_stopping:
            return ""
        self.server.places.ask_nothing(self)
        with gevent.Timeout(HEAD_S, False):
            return super().read_requestline()
        return ""

    def read_request(self, raw_requestline: str) -> bool:
        with contextlib.suppress(OSError), gevent.Timeout(HEAD_S, False):  # hung up on, or gone by itself
            return super().read_request(raw_requestline)
        self.close_connection = True
        return False

    def handle_one_request(self):
        try:
            return super().handle_one_request()
        finally:
            self.server.places.ask(self)

    def MessageClass(self, rfile, *_rest):
        return super().MessageClass(Head(rfile))

    def get_environ(self) -> dict:
        self.server.places.ask(self)
        self.begun = time.monotonic()
        environ = super().get_environ()
        plain = self.wsgi_input
        body = Body(self.rfile, plain.content_length, socket=plain.socket, chunked_input=plain.chunked_input)
        body.handler, body.deadline = self, self.begun + BODY_S
        self.wsgi_input = environ["wsgi.input"] = body
        environ["porchlight.allow_s"] = body.allow
        return environ

    def run_application(self) -> None:
        self.server.turnstile.pass_through()
        super().run_application()

    def process_result(self) -> None:
        if self.server.hub and isinstance(self.result, Stream):
            self._hand_over(self.result)
        else:
            super().process_result()

    def _hand_over(self, stream: Stream) -> None:
        """Give the connection to the hub, with the head of the answer. It has no length: the stream ends with it."""
        self.close_connection = self.headers_sent = True  # ours; the hub keeps a descriptor of its own
        kept = [(name, value) for name, value in self.response_headers if name.lower() != b"connection"]
        kept += [(b"Date", format_date_time(time.time())), (b"Connection", b"close")]
        head = b"".join([b"HTTP/1.1 ", self.status, b"\r\n", *(b"%s: %s\r\n" % pair for pair in kept), b"\r\n"])
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, STREAM_BUFFER)
        self.server.hub.take(stream.viewer, os.dup(self.socket.fileno()), head + stream.first_words)

    def finalize_headers(self) -> None:
        if self.server.is_stopping or self.serves_once or self.server.places.are_few:
            self.close_connection = True
            self.response_headers.append((b"Connection", b"close"))
        super().finalize_headers()

    def _sendall(self, data: bytes) -> None:
        with self.server.places.waited_for(self), gevent.Timeout(SEND_S, SlowClient):
            super()._sendall(data)

    def log_request(self) -> None:
        taken_ms = (self.time_finish - self.time_start) * 1000 if self.time_finish else 0
        status = (self._orig_status or self.status or "-").split()[0]
        address = self.client_address[0] if self.client_address else "-"
        log.info("%s %s %s %.0f ms", address, without_secrets(self.requestline or "-"), status, taken_ms)

    def _log_error(self, kind, error, traceback) -> None:
        if not issubclass(kind, gevent.GreenletExit):
            log.error("%s failed", without_secrets(self.requestline or "-"), exc_info=(kind, error, traceback))

    def log_error(self, message, *args) -> None:
        log.warning("%s", without_secrets(message % args if args else message))

    def _handle_client_error(self, error: Exception) -> tuple[str, bytes]:
        return super()._handle_client_error(
            error if isinstance(error, ValueError | OSError) else ValueError(str(error))
        )


def without_secrets(text: str) -> str:
    """`text` redacted, after its needless percent escapes are undone: they would hide a token from the pattern."""
    return redacted(quote(unquote(text), safe="/ ?=&:;,+'()[]"))


class Server(WSGIServer):
    """Accepts connections, a bounded number at a time, and can stop without cutting anybody short."""

    def __init__(self, listener: socket.socket, application, *, connections: int, hub: Hub | None = None):
        self.hub = hub
        self.is_stopping = False
        self.turnstile, self.places = Turnstile(), Places(connections)
        name = {"SERVER_NAME": listener.getsockname()[0]}  # else gevent asks the name servers, and we wait for them
        self.doorway = Doorway(self._serve_once)
        super().__init__(
            listener,
            application,
            handler_class=Handler,
            environ=name,
            spawn=self.places.pool,
            log=log,
            error_log=log,
        )

    def do_handle(self, connection, address) -> None:
        """Begin to serve a connection that has just come; one that asks for a stream waits outside."""
        self.places.keep_some()
        has_room = self.hub and len(self.hub.viewers) + len(self.doorway) < self.hub.viewers.total
        if not has_room or not self.doorway.takes(connection, address):
            super().do_handle(connection, address)

    def _serve_once(self, connection, address) -> None:
        """The first request of a connection, which does not keep its greenlet from others by waiting for a second."""
        try:
            handler = Handler(connection, address, self)
            handler.serves_once = True
            handler.handle()
        finally:
            self.do_close(connection)

    def finish(self, within_s: float) -> None:
        """Accept nobody new, hang up on connections that wait for a next request, let running requests end."""
        self.is_stopping = True
        self.stop_accepting()
        self.doorway.close()
        self.places.take_back(idle_s=0)
        self.stop(timeout=within_s)


def listening_socket(host: str, port: int) -> socket.socket:
    """Accepted connections inherit what is set here. TCP_NODELAY: head and body leave in two writes, which Nagle's
    algorithm would hold back for 40 ms."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNANSWERED_S * 1000)
    listener.bind((host, port))
    listener.listen(1024)
    listener.setblocking(False)
    return listener
