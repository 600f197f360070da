"""The line between a browser and the server, as bad as a test needs it: cut, dead, stalled, or held back by a proxy."""

import contextlib
import re
import socket
import threading

CHUNK = 65_536
ANSWER_HEAD = b"\r\n\r\n"
ANSWER_END = b"0\r\n\r\n"  # of a chunked one, as streams are
NO_STORE = re.compile(rb"Cache-Control: no-store[^\r]*", re.IGNORECASE)


class Line:
    """A TCP proxy on a port of its own. Good until it is told otherwise."""

    def __init__(self, server_port: int):
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.calls: set[Call] = set()
        self.flows = threading.Event()
        self.flows.set()
        self.is_down = self.holds_streams_back = self.lets_pages_be_kept = False
        self.loses_answers_to = b""  # how the first line of a request begins whose answer never comes
        self._bytes_left: int | None = None
        threading.Thread(target=self._answer, daemon=True).start()

    @property
    def streams(self) -> int:
        """How many event streams the browser keeps open."""
        return sum(call.is_stream for call in tuple(self.calls))

    def cut(self) -> None:
        """Every open connection breaks. New ones come through."""
        for call in tuple(self.calls):
            call.hang_up()

    def go_down(self) -> None:
        """Nobody is reached until `come_up`."""
        self.is_down = True
        self.cut()

    def go_down_after(self, count: int) -> None:
        """Nobody is reached any more once the browsers have sent so many bytes: in the middle of something large."""
        self._bytes_left = count

    def carried(self, count: int) -> None:
        if self._bytes_left is not None:
            self._bytes_left -= count
            if self._bytes_left < 0:
                self._bytes_left = None
                self.go_down()

    def come_up(self) -> None:
        self.is_down = False

    def stall(self) -> None:
        """Connections stay open and nothing comes through, as on a phone in a lift, until `flow`."""
        self.flows.clear()

    def flow(self) -> None:
        self.flows.set()

    def close(self) -> None:
        self._listener.close()
        self.flow()
        self.cut()

    def _answer(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                browser, _address = self._listener.accept()
                if self.is_down:
                    browser.close()
                    continue
                try:
                    server = socket.create_connection(("127.0.0.1", self._server_port), 10)
                    server.settimeout(None)
                except OSError:
                    browser.close()
                    continue
                Call(self, browser, server)


class Call:
    """One connection through the line."""

    def __init__(self, line: Line, browser: socket.socket, server: socket.socket):
        self.line, self.browser, self.server = line, browser, server
        self.is_stream = False
        self.asked = b""
        line.calls.add(self)
        threading.Thread(target=self._talk, daemon=True).start()

    def hang_up(self) -> None:
        self.line.calls.discard(self)
        for end in (self.browser, self.server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _talk(self) -> None:
        asking = threading.Thread(target=self._until_it_breaks, args=(self._ask,), daemon=True)
        with self.browser, self.server:
            asking.start()
            self._until_it_breaks(self._answer)
            asking.join()

    def _until_it_breaks(self, carry) -> None:
        with contextlib.suppress(OSError):
            carry()
        self.hang_up()

    def _ask(self) -> None:
        while piece := self.browser.recv(CHUNK):
            if piece.startswith((b"GET ", b"POST ")):
                self.is_stream = b"/live HTTP/" in piece
                self.asked = piece[:200]
            self.line.flows.wait()
            self.line.carried(len(piece))
            self.server.sendall(piece)

    def _answer(self) -> None:
        while piece := self.server.recv(CHUNK):
            self.line.flows.wait()
            if self.line.loses_answers_to and self.asked.startswith(self.line.loses_answers_to):
                self.line.loses_answers_to = b""
                self.line.go_down()
            if self.line.lets_pages_be_kept:
                piece = NO_STORE.sub(b"Cache-Control: max-age=0", piece)
            if self.is_stream and self.line.holds_streams_back:
                piece = b"".join(piece.partition(ANSWER_HEAD)[:2]) if piece.startswith(b"HTTP/") else b""
            self.browser.sendall(piece)
            if piece.startswith(b"HTTP/") and b"text/event-stream" not in piece:
                self.is_stream = False  # refused: the connection stays, but no stream came of it
            self.is_stream = self.is_stream and not piece.endswith(ANSWER_END)
