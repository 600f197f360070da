"""The server: one gevent process. Run as `python -m portal.server`, which script/server does."""

from gevent import monkey

monkey.patch_all()

import contextlib
import gc
import logging
import os
import resource
import signal
import sys

import gevent

from app import create_app
from models import db
from portal import first_start, http, strays
from portal.settings import BadSetting, Settings, read

log = logging.getLogger("porchlight")
STOP_S = 9
HAND_BACK_S = 2
SPARE_CONNECTIONS = 1000  # for pages beside the open streams
SPARE_FILES = 200  # database, logs, pipes


class Server:
    """The shop, open until a signal closes it."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.app = create_app(settings)
        connections = open_files_allowed(settings.streams_total + SPARE_CONNECTIONS)
        self.http = http.Server(http.listening_socket(settings.host, settings.port), self.app, connections=connections)
        self.stopping = gevent.event.Event()

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, self.stopping.set)
        ears = gevent.spawn(self._listen_to_neighbours)
        postman = self.app.extensions["postman"]
        round_of_mail = gevent.spawn(postman.run) if self.settings.sends_mail else None
        self.http.start()
        warm = gevent.spawn(self._warm_up)
        tidying = gevent.spawn(strays.run, self.app)
        self.stopping.wait()
        log.info("stopping")
        self.app.extensions["viewers"].farewell()
        postman.stop()
        self.http.finish(STOP_S)
        if round_of_mail:
            round_of_mail.kill(timeout=HAND_BACK_S)  # a letter still on its way is handed back for the next start
        self.app.extensions["worker"].stop()
        gevent.killall([ears, warm, tidying])
        with self.app.app_context():
            db.engine.dispose()

    def _listen_to_neighbours(self) -> None:
        with self.app.app_context():
            while True:
                try:
                    self.app.extensions["doorbell"].listen_to_neighbours()
                except Exception:
                    log.exception("lost sight of other processes' changes; looking again")
                    gevent.sleep(5)

    def _warm_up(self) -> None:
        """Compile the pages before anybody asks: a first page stood in everybody's way for a tenth of a second."""
        templates = self.app.jinja_env
        for name in templates.list_templates(filter_func=lambda name: name.endswith(".html")):
            templates.get_template(name)
            gevent.sleep(0.01)
        # What lives as long as the server need not be looked at again by every collection, which stops all.
        gc.collect()
        gc.freeze()


def open_files_allowed(wanted: int) -> int:
    """How many connections may be open, after asking the system for as many as it grants."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    granted = min(wanted + SPARE_FILES, hard) if hard != resource.RLIM_INFINITY else wanted + SPARE_FILES
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(granted, _soft), hard))
    return max(100, min(wanted, max(granted, _soft) - SPARE_FILES))


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
