"""Release a table and say how near the result is: the whole command, from starting Python to the bundle on disk.

    python benchmarks/release_seven.py TABLE.csv [--recipe recipes/ctdc-kanon-7.toml] [--runs 3] [--keep FOLDER]

Runs `amparo release make` as its own process, and prints seconds, peak memory, and how the released rows differ from the
given ones: mean total variation distance of all 1-, 2- and 3-way tables (blank is a value), the share of combinations
of up to three values with at least ten cases that are kept, and the share of released combinations that the given table
does not have, by kind and by mass. The comparison reads the sensitive table: it is for developers, on public data.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parent.parent
COMMON = 10
MIB = 1024


def run(recipe: Path, table: Path, out: Path) -> dict[str, float]:
    """Release once in a process of its own; return its seconds by the clock and of processors, and its peak memory."""
    command = [sys.executable, "-m", "amparo", "release", "make", str(recipe), str(table), "--out", str(out)]
    started = time.perf_counter()
    silent = os.open(os.devnull, os.O_WRONLY)
    child = os.posix_spawn(
        command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, silent, 1), (os.POSIX_SPAWN_DUP2, silent, 2)]
    )
    _, status, used = os.wait4(child, 0)
    if status:
        sys.exit(f"release_seven: the command failed with status {os.waitstatus_to_exitcode(status)}")
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "processor_seconds": used.ru_utime + used.ru_stime, "MiB": used.ru_maxrss / MIB}


def coded(given: pl.DataFrame, made: pl.DataFrame) -> tuple[list[np.ndarray], list[np.ndarray], list[int]]:
    """Number the values of each column, blank first, the same way in both tables."""
    left, right, sizes = [], [], []
    for name in given.columns:
        values = ["", *sorted((set(given[name]) | set(made[name])) - {""})]
        place = {value: k for k, value in enumerate(values)}
        left.append(np.array([place[v] for v in given[name]]))
        right.append(np.array([place[v] for v in made[name]]))
        sizes.append(len(values))
    return left, right, sizes


def counts(columns: list[np.ndarray], sizes: list[int], chosen: tuple[int, ...]) -> np.ndarray:
    """Count one table of the chosen columns, blanks included."""
    shape = tuple(sizes[i] for i in chosen)
    cells = np.ravel_multi_index(tuple(columns[i] for i in chosen), shape)
    return np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)


def compare(given: pl.DataFrame, made: pl.DataFrame) -> dict[str, float]:
    """How the released table differs from the given one."""
    left, right, sizes = coded(given, made)
    scale, found = len(given) / max(1, len(made)), dict.fromkeys(("common", "kept", "kinds", "odd", "mass", "odd_mass"), 0)
    result: dict[str, float] = {}
    for width in (1, 2, 3):
        gaps = []
        for chosen in itertools.combinations(range(len(sizes)), width):
            a, b = counts(left, sizes, chosen), counts(right, sizes, chosen)
            gaps.append(np.abs(a - b * scale).sum() / 2 / len(given))
            inside = (slice(1, None),) * width
            a, b = a[inside], b[inside]
            found["common"] += int((a >= COMMON).sum())
            found["kept"] += int(((a >= COMMON) & (b > 0)).sum())
            found["kinds"] += int((b > 0).sum())
            found["odd"] += int(((b > 0) & (a == 0)).sum())
            found["mass"] += int(b.sum())
            found["odd_mass"] += int(b[a == 0].sum())
        result[f"tvd{width}"] = float(np.mean(gaps)) if gaps else 0.0
    result["kept"] = found["kept"] / max(1, found["common"])
    result["fabricated"] = found["odd"] / max(1, found["kinds"])
    result["fabricated_mass"] = found["odd_mass"] / max(1, found["mass"])
    return result


def main() -> None:
    """Release as often as asked and print every run and the median."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--recipe", type=Path, default=ROOT / "recipes" / "ctdc-kanon-7.toml")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="a folder for the bundles; otherwise they are deleted")
    asked = parser.parse_args()
    given = pl.read_csv(asked.table, infer_schema=False).fill_null("")
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for k in range(asked.runs):
            out = (asked.keep or Path(scratch)) / f"run-{k + 1}"
            cost = run(asked.recipe, asked.table, out)
            made = pl.read_csv(out / "data.csv", infer_schema=False).fill_null("")
            rows.append(cost | compare(given.select(made.columns), made))
            print("  ".join(f"{name} {value:.4g}" for name, value in rows[-1].items()), flush=True)
    median = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    print("median:  " + "  ".join(f"{name} {value:.4g}" for name, value in median.items()))


if __name__ == "__main__":
    main()
