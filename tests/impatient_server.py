"""The real server with short deadlines, so that no test waits half a minute: `python -m tests.impatient_server`."""

from portal import http, live, server, sqlite

http.HEAD_S = http.BODY_S = http.SEND_S = 1.5
http.DRAIN_S = 0.5
live.BEAT_S = 1.5
sqlite.WRITE_WAIT_S, sqlite.POOL_WAIT_S = 3.0, 1.0

if __name__ == "__main__":
    raise SystemExit(server.main([]))
