"""The real server with a postman who waits for nothing long: `python -m tests.impatient_postman`."""

from portal import server  # first: it patches the standard library

# isort: split
from datetime import timedelta

from portal import postman
from portal.domain import delivery

postman.TOTAL_S, postman.LEASE = 4.0, timedelta(seconds=6)
postman.LOOK_S, postman.PAUSE_S = 0.2, 0.2
delivery.WAITS = (timedelta(seconds=0.2),) * 6

if __name__ == "__main__":
    raise SystemExit(server.main([]))
