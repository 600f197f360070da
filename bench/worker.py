"""What the worker spares the loop: its longest stall while pictures are remade or refused. Run: python -m bench.worker

The named baseline is the same work inline, in the process that serves. Beside it: how long the child takes to start,
and what it holds after fifty pictures. Rounds of all kinds alternate, so that a busy machine is unfair to none. A stall
is by how much a tick was late, which a busy machine alone can cause: see the idle row. "Held" is the most processor
time that the loop's own thread spent between two ticks: that part is ours.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import gevent
from gevent import monkey
from PIL import Image

from portal.outside import pictures, pixels
from portal.outside.storage import Storage
from portal.outside.worker import Refused, Worker
from tests.outside import hostile
from tests.outside.test_pictures import REFUSED

ROUNDS = 15
PICTURES = 50
TICK_S = 0.002
GOAL_MS = 50
ODD = "tests.outside.odd_tasks"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = samples(folder)
        rows, memory = stalls(folder, sources), child_memory(folder, sources)
    baseline = {row["what"].rpartition(", ")[0]: row["median ms"] for row in rows if "inline" in row["what"]}
    for row in rows:
        same_work = baseline.get(row["what"].rpartition(", ")[0])
        row["of baseline"] = round(row["median ms"] / same_work, 3) if same_work else None
    show(rows)
    print("  " + ", ".join(f"{what} {value}" for what, value in memory.items()))
    machine = {"cores": os.cpu_count(), "load average, 1 min": round(os.getloadavg()[0], 2)}
    print("\n" + json.dumps({"bench": "worker", "machine": machine, "rows": rows, "child": memory}), flush=True)


def samples(folder: Path) -> dict[str, Path]:
    """Two pictures of 4000 x 3000 with a camera's noise in them."""
    noise = [Image.effect_noise((4000, 3000), spread) for spread in (20, 25, 30)]
    shade = Image.linear_gradient("L").resize((4000, 3000))
    photo = Image.merge("RGB", [Image.blend(shade, channel, 0.3) for channel in noise])
    photo.save(folder / "photo.jpg", quality=90)
    photo.save(folder / "photo.png", compress_level=1)
    (folder / "photo.heic").write_bytes(hostile.heic(photo))
    return {kind: folder / f"photo.{kind.lower().replace('jpeg', 'jpg')}" for kind in ("JPEG", "PNG", "HEIC")}


def corpus(folder: Path) -> list[Path]:
    """One file for each way in which a picture can mean harm."""
    paths = []
    for number, (content, _reason) in enumerate(REFUSED.values()):
        paths.append(folder / f"hostile-{number}")
        paths[-1].write_bytes(content())
    return paths


def stalls(folder: Path, sources: dict[str, Path]) -> list[dict]:
    """One row for each kind of work: the loop's longest stall in a round, and how long the work took."""
    warm, storage = Worker(tasks_most=10_000), Storage(folder / "files")
    warm.do(f"{ODD}:who", deadline_s=60)
    kinds: dict[str, Callable[[], object]] = {
        "nothing, for half a second": lambda: gevent.sleep(0.5),
        "the child starts and answers": child_starts,
    }
    for kind, source in sources.items():
        kinds[f"12 MP {kind}, in the worker"] = lambda source=source: pictures.portrait(
            source, worker=warm, storage=storage
        )
        kinds[f"12 MP {kind} for a job, in the worker"] = lambda source=source: pictures.photo(
            source, worker=warm, storage=storage
        )
        kinds[f"12 MP {kind}, inline (baseline)"] = lambda source=source: pixels.portrait(
            str(source), str(folder / "inline.webp")
        )
    files = corpus(folder)
    kinds[f"{len(files)} hostile files, in the worker"] = lambda: all_refused(files, warm, storage)
    rounds = {what: [] for what in kinds}
    for _ in range(ROUNDS):
        for what, work in kinds.items():
            rounds[what].append(longest_stall(work))
    warm.stop()
    return [row(what, *zip(*measured, strict=True)) for what, measured in rounds.items()]


def all_refused(files: list[Path], worker: Worker, storage: Storage) -> None:
    for path in files:
        try:
            pictures.photo(path, worker=worker, storage=storage)
        except Refused:
            continue
        raise RuntimeError(f"{path} was taken for a picture")


def child_starts() -> None:
    fresh = Worker()
    fresh.do(f"{ODD}:who", deadline_s=60)
    fresh.stop()


def longest_stall(work: Callable[[], object]) -> tuple[float, float, float]:
    """Milliseconds: by how much the latest tick was late while `work` went on, the most processor time between two
    ticks, and how long the work took."""
    late, held = [0.0], [0.0]

    def tick() -> None:
        while True:
            due, spent = time.monotonic() + TICK_S, time.thread_time()
            gevent.sleep(TICK_S)
            late.append(time.monotonic() - due)
            held.append(time.thread_time() - spent)

    ticking = gevent.spawn(tick)
    gevent.sleep(0.02)
    late[:], held[:] = [0.0], [0.0]
    begun = time.monotonic()
    work()
    took = time.monotonic() - begun
    gevent.sleep(2 * TICK_S)  # the tick that the work kept waiting
    ticking.kill()
    return max(late) * 1000, max(held) * 1000, took * 1000


def row(what: str, stalled_ms: tuple[float, ...], held_ms: tuple[float, ...], took_ms: tuple[float, ...]) -> dict:
    ranked = sorted(stalled_ms)
    is_ours = "worker" in what or "child" in what
    return {
        "what": what,
        "rounds": len(ranked),
        "median ms": round(median(ranked), 1),
        "p95 ms": round(ranked[-1 - len(ranked) // 20], 1),
        "worst ms": round(ranked[-1], 1),
        "goal ms": GOAL_MS if is_ours else None,
        "goal": ("met" if ranked[-1] <= GOAL_MS else "MISSED") if is_ours else "",
        "held, worst ms": round(max(held_ms), 1),
        "took, median ms": round(median(took_ms), 1),
    }


def child_memory(folder: Path, sources: dict[str, Path]) -> dict:
    """MB that the child holds when it has started, and after fifty pictures of both kinds."""
    worker, storage, paths = Worker(), Storage(folder / "files"), list(sources.values())
    worker.do(f"{ODD}:who", deadline_s=60)
    before = rss_mb(worker.child_pid)
    for number in range(PICTURES):
        make = (pictures.portrait, pictures.logo, pictures.photo)[number // 3 % 3]
        make(paths[number % 3], worker=worker, storage=storage)
    after = rss_mb(worker.child_pid)
    worker.stop()
    return {"child started, MB": before, f"child after {PICTURES} pictures, MB": after}


def rss_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def show(rows: list[dict]) -> None:
    names = list(rows[0])
    shown = [{name: "" if each[name] is None else str(each[name]) for name in names} for each in rows]
    widths = {name: max(len(name), *(len(each[name]) for each in shown)) for name in names}
    print("\nThe loop's longest stall\n")
    for each in ({name: name for name in names}, *shown):
        print(
            "  "
            + "  ".join(each[n].ljust(widths[n]) if n in ("what", "goal") else each[n].rjust(widths[n]) for n in names)
        )
    print()


if __name__ == "__main__":
    monkey.patch_all()
    main()
