"""The real server that waits for hardly any paper: `python -m tests.hurried_paper`."""

from portal import server  # first: it patches the standard library

# isort: split
from portal import postman, printer

postman.PAPER_S = printer.TRY_S = 0.01  # less than the start of the child that prints
postman.LOOK_S = printer.LOOK_S = 0.2

if __name__ == "__main__":
    raise SystemExit(server.main([]))
