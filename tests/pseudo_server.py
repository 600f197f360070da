"""The real server, which also speaks the language of tests/pseudo.py: `python -m tests.pseudo_server`."""

import tempfile
from pathlib import Path

from portal import languages, server
from tests import pseudo

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        languages.FOLDERS.append(pseudo.write(Path(folder)))
        raise SystemExit(server.main([]))
