"""The real server with few places, where who asks nothing is waited for without end: `python -m tests.small_server`."""

from portal import http, server

server.SPARE_CONNECTIONS = 20
http.HEAD_S = 600.0

if __name__ == "__main__":
    raise SystemExit(server.main([]))
