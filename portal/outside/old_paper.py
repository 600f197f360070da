"""Takes kept PDFs away that nobody asks for any more. Runs in the worker's child, as a folder may hold thousands."""

import contextlib
import time
from pathlib import Path

UNUSED_MOST_S = 30 * 24 * 60 * 60
FRESH_S = 60 * 60  # somebody may be fetching it, or writing it
KEPT_MOST_MB = 200


def sweep(folder: str, kept_most_mb: int = KEPT_MOST_MB) -> dict:
    """{"gone"}: how many files. What is unused for 30 days goes, then what is unused longest until the rest fits.

    What a killed server left half written goes too.
    """
    now, left, gone = time.time(), kept_most_mb * 1024 * 1024, 0
    for used_at, size, path in sorted(found(Path(folder)), reverse=True):
        left -= size
        is_half = path.suffix != ".pdf"
        if now - used_at > FRESH_S and (is_half or left < 0 or now - used_at > UNUSED_MOST_S):
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)
            gone += 1
    return {"gone": gone}


def found(folder: Path) -> list[tuple[float, int, Path]]:
    """(when it was last used, its size, the file) of what a Press keeps: in folders named by two letters."""
    files = []
    for path in folder.glob("[0-9a-f][0-9a-f]/*"):
        if path.suffix == ".json" and path.with_suffix(".pdf").exists():
            continue  # goes and stays with its PDF
        with contextlib.suppress(FileNotFoundError):
            told = path.stat()
            files.append((told.st_mtime, told.st_size, path))
    return files
