"""Release tables by Amparo and by its peers, and say how near each result is: whole processes, all in one run.

    python benchmarks/release.py TABLE.csv:RECIPE.toml ... [--shapes classes,sparse --rows 50000]
                                 [--tools amparo,pac-synth,pac-synth-clean,mst,aim] [--epsilons 0.5,1,4]
                                 [--runs 1] [--patience 600] [--environments FOLDER]

A shape is an invented table of `tables.py`. Amparo runs as `amparo release make`, from starting Python to the bundle on disk.
Peers are installed into environments of their own (pac-synth 0.0.8, smartnoise-synth) the first time; they read the same
table as text. delta is 1 / (n ln n) for n rounded to two digits. What has no answer after `--patience` seconds of processor
work (so that other work on the machine costs nobody the race) is said so, and not asked again with the larger epsilons that
follow: they give a tool no less to do.

Printed for each: seconds, peak memory, the mean total variation distance of all 1-, 2- and 3-way tables (blank is a value),
the share of combinations of up to three values with at least ten cases that are kept, and the share of released combinations
that the given table does not have, by kind and by mass. Comparing reads the sensitive table: for developers, on public data.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
import tables

ROOT = Path(__file__).resolve().parent.parent
PEERS = Path(__file__).resolve().parent / "peers"
COMMON = 10
MIB = 1024
PACKAGES = {"pac-synth": ("pac-synth==0.0.8",), "smartnoise": ("smartnoise-synth==1.0.8", "setuptools<81")}
TOOLS = {
    "amparo": None,
    "pac-synth": ("pac-synth", "pac_synth.py", ()),
    "pac-synth-clean": ("pac-synth", "pac_synth.py", ("clean",)),
    "mst": ("smartnoise", "smartnoise.py", ("mst",)),
    "aim": ("smartnoise", "smartnoise.py", ("aim",)),
}


def python_of(name: str, folder: Path) -> str:
    """Return the interpreter of a peer's own environment, made when it is absent."""
    python = folder / name / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / name)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES[name]], check=True)
    return str(python)


def command_of(tool: str, table: Path, recipe: Path, out: Path, epsilon: float, delta: float, environments: Path) -> list[str]:
    """Return the command of one release."""
    peer = TOOLS[tool]
    if peer is None:
        return [sys.executable, "-m", "amparo", "release", "make", str(recipe), str(table), "--out", str(out), "--quiet"]
    environment, script, more = peer
    files = [str(table), str(out), str(epsilon), str(delta)]
    words = [*files, *more] if environment == "pac-synth" else [*more, *files]
    return [python_of(environment, environments), str(PEERS / script), *words]


def run(command: list[str], patience: float) -> dict[str, float] | str:
    """Run one process; return its seconds by the clock and of processors and its peak memory, or why there is no answer."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    done = 0
    while not done:
        done, status, used = os.wait4(child.pid, os.WNOHANG)
        if not done and worked(child.pid) > patience:
            os.killpg(child.pid, signal.SIGKILL)
            os.wait4(child.pid, 0)
            return f"no answer after {patience:g} s of processor work"
        time.sleep(0.01)
    if status:
        return f"ended with status {os.waitstatus_to_exitcode(status)}"
    seconds = time.perf_counter() - started
    return {"s": seconds, "processor s": used.ru_utime + used.ru_stime, "MiB": used.ru_maxrss / MIB}


def worked(pid: int) -> float:
    """Return the seconds that processors have worked for a process and its threads."""
    user, system = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def coded(given: pl.DataFrame, made: pl.DataFrame) -> tuple[list[np.ndarray], list[np.ndarray], list[int]]:
    """Number the values of each column, blank first, the same way in both tables."""
    left, right, sizes = [], [], []
    for name in given.columns:
        values = ["", *sorted((set(given[name]) | set(made[name])) - {""})]
        place = {value: k for k, value in enumerate(values)}
        left.append(given[name].replace_strict(place, return_dtype=pl.Int64).to_numpy())
        right.append(made[name].replace_strict(place, return_dtype=pl.Int64).to_numpy())
        sizes.append(len(values))
    return left, right, sizes


def counts(columns: list[np.ndarray], sizes: list[int], chosen: tuple[int, ...]) -> np.ndarray:
    """Count one table of the chosen columns, blanks included."""
    cells = columns[chosen[0]]
    for i in chosen[1:]:
        cells = cells * sizes[i] + columns[i]
    shape = [sizes[i] for i in chosen]
    return np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)


def compare(given: pl.DataFrame, made: pl.DataFrame) -> dict[str, float]:
    """How the released table differs from the given one, over all tables of one, two and three columns."""
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
    result["mass"] = found["odd_mass"] / max(1, found["mass"])
    return result


def delta_for(rows: int) -> float:
    """1 / (n ln n) for a number of rows rounded to two digits, so that it is a stated constant."""
    rounded = round(rows, 1 - int(math.log10(rows)))
    return 1 / (rounded * math.log(rounded))


def with_promise(recipe: str, epsilon: float, delta: float) -> str:
    """Return a recipe with another promise."""
    recipe = re.sub(r"(?m)^epsilon\s*=.*$", f"epsilon = {epsilon}", recipe)
    return re.sub(r"(?m)^delta\s*=.*$", f"delta = {delta:.4g}", recipe)


def released(out: Path) -> pl.DataFrame:
    """Read what a tool wrote: a table, or a folder with one."""
    return pl.read_csv(out / "data.csv" if out.is_dir() else out, infer_schema=False).fill_null("")


def bench(name: str, table: Path, recipe: str, asked: argparse.Namespace) -> None:
    """Print one line for each tool and epsilon."""
    given = pl.read_csv(table, infer_schema=False).fill_null("")
    delta = delta_for(len(given))
    silent: set[str] = set()
    for epsilon, tool in itertools.product(sorted(map(float, asked.epsilons.split(","))), asked.tools.split(",")):
        if tool in silent:
            continue
        lines = []
        for _ in range(asked.runs):
            with tempfile.TemporaryDirectory() as scratch:
                (own := Path(scratch) / "recipe.toml").write_text(with_promise(recipe, epsilon, delta))
                out = Path(scratch) / "out"
                cost = run(command_of(tool, table, own, out, epsilon, delta, asked.environments), asked.patience)
                if isinstance(cost, str):
                    why = cost
                    break
                made = released(out)
                lines.append(cost | compare(given.select(made.columns), made))
        head = f"| {name} ({len(given):,} × {given.width}) | {epsilon:g} | {tool} "
        if not lines:
            silent.add(tool)
            print(f"{head}| {why} |", flush=True)
            continue
        median = {key: statistics.median(line[key] for line in lines) for key in lines[0]}
        print(head + "".join(f"| {_shown(key, value)} " for key, value in median.items()) + "|", flush=True)


def _shown(key: str, value: float) -> str:
    if key in ("fabricated", "mass"):
        return f"{100 * value:.2g} %"
    return f"{value:,.0f}" if key == "MiB" else f"{value:.1f}" if key.endswith("s") and key != "mass" else f"{value:.4f}"


def main() -> None:
    """Release every table by every tool and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", metavar="TABLE.csv:RECIPE.toml")
    parser.add_argument("--shapes", default="", help="invented tables of tables.py")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--tools", default="amparo")
    parser.add_argument("--epsilons", default="4")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--patience", type=float, default=600)
    parser.add_argument("--environments", type=Path, default=ROOT / "var" / "peers", help="where peers are installed")
    asked = parser.parse_args()
    print("| table | epsilon | tool | s | processor s | MiB | TVD 1 | TVD 2 | TVD 3 | kept | fabricated | mass |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for one in asked.tables:
        table, recipe = map(Path, one.split(":"))
        bench(table.stem, table, recipe.read_text(encoding="utf-8"), asked)
    for shape in filter(None, asked.shapes.split(",")):
        with tempfile.TemporaryDirectory() as scratch:
            frame, sizes = tables.make(shape, asked.rows)
            frame.write_csv(path := Path(scratch) / f"{shape}.csv")
            bench(shape, path, tables.recipe(sizes, 4.0, delta_for(asked.rows)), asked)


if __name__ == "__main__":
    main()
