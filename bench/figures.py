"""Medians, 95th percentiles, a table for people and one JSON line for programs."""

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


def p95(values: Sequence[float]) -> float:
    """The nearest-rank 95th percentile: a value that occurred. Below 20 values it is the worst one."""
    return nearest_rank(values, 0.95)


def nearest_rank(values: Sequence[float], share: float) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What took how long, round by round. `goal_ms` is for the 95th percentile."""

    what: str
    values_ms: Sequence[float]
    goal_ms: float | None = None

    @property
    def is_met(self) -> bool:
        return self.goal_ms is None or p95(self.values_ms) <= self.goal_ms

    def figures(self, baseline: "Timing") -> dict:
        """One row of the table, times in ms; the ratio is that of the medians."""
        return {
            "what": self.what,
            "rounds": len(self.values_ms),
            "median_ms": round(median(self.values_ms), 1),
            "p95_ms": round(p95(self.values_ms), 1),
            "worst_ms": round(max(self.values_ms), 1),
            "goal_ms": self.goal_ms,
            "goal": "" if self.goal_ms is None else "met" if self.is_met else "MISSED",
            "times_baseline": round(median(self.values_ms) / median(baseline.values_ms), 2),
        }


def show(title: str, rows: list[dict]) -> None:
    """A table with the rows' keys as its head: words to the left, numbers to the right."""
    shown = [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]
    widths = {name: max(len(name), *(len(row[name]) for row in shown)) for name in rows[0]}
    print(f"\n{title}\n")
    for row in (
        {name: name.replace("_", " ") for name in widths},
        {name: "-" * width for name, width in widths.items()},
        *shown,
    ):
        cells = (
            row[name].ljust(width) if isinstance(rows[0][name], str) else row[name].rjust(width)
            for name, width in widths.items()
        )
        print("  " + "  ".join(cells).rstrip())


def print_line(bench: str, **found) -> None:
    """Everything found, as one JSON line, with what else the machine was doing."""
    machine = {"cores": os.cpu_count(), "load_average_1m": round(os.getloadavg()[0], 2)}
    print("\n" + json.dumps({"bench": bench, "machine": machine, **found}), flush=True)
