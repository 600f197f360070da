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
from portal import first_start, http, hub, strays
from portal.hub import Hub
from portal.outside.storage import OutOfReach
from portal.settings import BadSetting, Settings, read

log = logging.getLogger("porchlight")
STOP_S = 9
HAND_BACK_S = 2
CLAIM_S = 5  # a start does not wait longer for a bucket
LISTEN_AGAIN_S = 0.3
SPARE_CONNECTIONS = 1000  # for pages beside the open streams
SPARE_FILES = 200  # database, logs, pipes


class Server:
    """The shop, open until a signal closes it."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.app = create_app(settings)
        viewers = self.app.extensions["viewers"]
        connections = open_files_allowed(settings.streams_total + SPARE_CONNECTIONS)
        if hub.is_possible():  # streams hold none
            granted = connections
            connections = min(SPARE_CONNECTIONS, max(granted - viewers.total, granted // 2))
            viewers.total = min(viewers.total, granted - connections)
        if viewers.total < settings.streams_total:
            log.warning("STREAMS_TOTAL=%d: this system allows only %d", settings.streams_total, viewers.total)
        self.hub = Hub(viewers) if hub.is_possible() else None
        with gevent.Timeout(CLAIM_S, False), contextlib.suppress(OutOfReach):  # then it is claimed before the first put
            self.app.extensions["storage"].claim()
        listener = http.listening_socket(settings.host, settings.port)
        self.http = http.Server(listener, self.app, connections=connections, hub=self.hub)
        self.stopping = gevent.event.Event()

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, self.stopping.set)
        with self.app.app_context():
            self.app.extensions["doorbell"].begin()
        ears = gevent.spawn(self._listen_to_neighbours)
        postman = self.app.extensions["postman"]
        round_of_mail = gevent.spawn(postman.run) if self.settings.sends_mail else None
        printer, sweep = self.app.extensions["printer"], self.app.extensions["sweep"]
        print_runs = gevent.spawn(printer.run)
        round_of_tries = gevent.spawn(sweep.run) if sweep else None
        self.http.start()
        warm = gevent.spawn(self._warm_up)
        tidying = gevent.spawn(strays.run, self.app)
        self.stopping.wait()
        log.info("stopping")
        self.app.extensions["viewers"].farewell()
        postman.stop()
        printer.stop()
        if sweep:
            sweep.stop()
        self.http.finish(STOP_S)
        if round_of_mail:
            round_of_mail.kill(timeout=HAND_BACK_S)  # a letter still on its way is handed back for the next start
        print_runs.kill(timeout=HAND_BACK_S)
        for worker in (self.app.extensions["worker"], self.app.extensions["press"].worker):
            worker.stop()
        gevent.killall([green for green in (ears, warm, tidying, round_of_tries) if green])
        if self.hub:
            self.hub.close()
        with self.app.app_context():
            db.engine.dispose()

    def _listen_to_neighbours(self) -> None:
        doorbell = self.app.extensions["doorbell"]
        with self.app.app_context():
            while True:
                try:
                    doorbell.listen_to_neighbours()
                except Exception:
                    if doorbell.is_listening:
                        log.exception("lost sight of other processes' changes; trying again")
                    doorbell.is_listening = False
                    gevent.sleep(LISTEN_AGAIN_S)

    def _warm_up(self) -> None:
        """Compile the pages before anybody asks: a first page stood in everybody's way for a tenth of a second."""
        templates = self.app.jinja_env
        pages = templates.list_templates(filter_func=lambda name: name.endswith(".html"))
        # What lives as long as the server need not be looked at again by every collection, which stops all.
        gc.collect()
        gc.freeze()
        # The longest first, and each one's rubbish out at once: then the others fit into the room that it needed.
        for name in sorted(pages, key=lambda name: len(templates.loader.get_source(templates, name)[0]), reverse=True):
            templates.get_template(name)
            gc.collect()
            gevent.sleep(0.01)
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
