"""The shop's server with one thing changed: `python -m bench.twin PATH page|hello nodelay|nagle`.

`hello` answers every address like the page at PATH, same size and headers, from a Flask application that does nothing
else. `nagle` switches TCP_NODELAY off on the listening socket. Settings come from the environment, as the shop's do.
"""

from portal import server  # first: it patches the standard library for gevent

# isort: split
import logging
import socket
import sys

from flask import Flask, Response

from portal.settings import read


def main(path: str, what: str, delay: str) -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)  # as the shop's server logs
    twin = server.Server(read())
    if what == "hello":
        twin.http.application = hello_like(twin.app.test_client().get(path))
    if delay == "nagle":
        twin.http.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
    twin.run()


def hello_like(page: Response) -> Flask:
    assert page.status_code == 200, page.status
    size = len(page.data)
    body = ("hello " * size)[:size]
    headers = [(name, value) for name, value in page.headers if name != "Content-Length"]
    app = Flask("hello", static_folder=None)

    @app.get("/<path:_any>")
    def hello(_any: str) -> Response:
        return Response(body, headers=headers)

    return app


if __name__ == "__main__":
    main(*sys.argv[1:])
