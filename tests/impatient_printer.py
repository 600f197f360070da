"""The real server with a printer whose claims end soon: `python -m tests.impatient_printer`."""

from portal import server  # first: it patches the standard library

# isort: split
from datetime import timedelta

from portal import printer

printer.LEASE, printer.PUT_OFF = timedelta(seconds=4), timedelta(seconds=0.2)
printer.LOOK_S, printer.SWEEP_S = 0.2, 0.5

if __name__ == "__main__":
    raise SystemExit(server.main([]))
