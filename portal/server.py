"""The server: one gevent process. Run as `python -m portal.server`, which script/server does."""

from gevent import monkey

monkey.patch_all()

import contextlib
import logging
import os
import signal
import socket
import sys
from typing import ClassVar

import gevent
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler, WSGIServer

from app import create_app
from models import db
from portal import first_start
from portal.answers import redacted
from portal.settings import BadSetting, Settings, read

log = logging.getLogger("porchlight")
STOP_S = 10


class Handler(WSGIHandler):
    """Writes the access log without tokens, and lets go of idle connections when the server stops."""

    idle: ClassVar[set[socket.socket]] = set()
    is_stopping = False

    def read_requestline(self) -> str:
        """The next request, or "" for none. Browsers keep a connection for minutes, and a stop would wait for them."""
        if self.is_stopping:
            return ""
        self.idle.add(self.socket)
        try:
            return super().read_requestline()
        finally:
            self.idle.discard(self.socket)

    @classmethod
    def hang_up_idle(cls) -> None:
        cls.is_stopping = True
        for connection in tuple(cls.idle):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def log_request(self) -> None:
        taken_ms = (self.time_finish - self.time_start) * 1000 if self.time_finish else 0
        status = (self._orig_status or self.status or "-").split()[0]
        log.info(
            "%s %s %s %.0f ms",
            self.client_address[0] if self.client_address else "-",
            redacted(self.requestline or "-"),
            status,
            taken_ms,
        )


def listening_socket(host: str, port: int) -> socket.socket:
    """Accepted connections inherit TCP_NODELAY: head and body leave in two writes, which Nagle's algorithm would hold
    back for 40 ms."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind((host, port))
    listener.listen(1024)
    listener.setblocking(False)
    return listener


class Server:
    """The shop, open until a signal closes it."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.app = create_app(settings)
        self.http = WSGIServer(
            listening_socket(settings.host, settings.port),
            self.app,
            handler_class=Handler,
            spawn=Pool(2000),
            log=log,
            error_log=log,
        )
        self.stopping = gevent.event.Event()

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, self.stopping.set)
        ears = gevent.spawn(self._listen_to_neighbours)
        self.http.start()
        self.stopping.wait()
        log.info("stopping")
        self.http.stop_accepting()
        self.app.extensions["viewers"].farewell()
        Handler.hang_up_idle()
        self.http.stop(timeout=STOP_S)
        ears.kill()
        with self.app.app_context():
            db.engine.dispose()

    def _listen_to_neighbours(self) -> None:
        with self.app.app_context():
            while True:
                try:
                    self.app.extensions["doorbell"].listen_to_neighbours(db.engine)
                except Exception:
                    log.exception("lost sight of other processes' changes; looking again")
                    gevent.sleep(5)


def main(arguments: list[str]) -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    is_demo = "--demo" in arguments
    environ = dict(os.environ)
    if is_demo and not environ.get("DATA_DIR"):
        environ["DATA_DIR"] = "data-demo"
    try:
        settings = read(environ)
        server = Server(settings)
    except BadSetting as error:
        print(f"Porchlight cannot start. {error}", file=sys.stderr)
        return 2
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        print(f"Porchlight cannot listen on {where} ({error.strerror}). Set PORT to another number.", file=sys.stderr)
        return 2
    with server.app.app_context():
        first_start.prepare(is_demo=is_demo)
        print(first_start.welcome(), flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
