"""Import 48,773 rows of 63 columns into a fresh site: the whole command, from starting Python to the last printed line.

    python benchmarks/import_rows.py [--rows 48773] [--runs 3]

Makes an invented file with the exact `ctdc-kanon` header, a fresh demo site for each run, and prints
seconds and peak memory of `amparo import`.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from amparo.standard import pool, schemas

YEARS = [str(year) for year in range(2002, 2020)]
SETUP = """
import sys
from pathlib import Path
from amparo.cli import sites
folder = Path(sys.argv[1])
site, master = sites.make_folder(folder, name="Bench", languages=("en",), passphrase=sites.DEMO_PASSPHRASE, is_demo=True)
sites.start_django(site, master)
sites.lay_tables()
from amparo.desk.access.models import Organisation
Organisation.objects.create(name="Harbour Clinic")
"""


def make_file(path: Path, count: int) -> None:
    """Write an invented file, two fifths of its cells blank, in blocks so that making it needs little memory."""
    chance = random.Random(11)
    made = {}
    for name, column in pool.columns().items():
        values: list[str | None] = list(column.domain[:40]) or [None]
        made[name] = chance.choices([None, *values], weights=[0.4, *([0.6 / len(values)] * len(values))], k=count)
    made["registration_year"] = chance.choices(YEARS, k=count)
    frame = pl.DataFrame(made, schema=dict.fromkeys(pool.POOL_COLUMNS, pl.String))
    schemas.load("ctdc-kanon").project(frame).write_csv(path)


def timed(command: list[str]) -> str:
    """Run a command and return its wall and processor seconds."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ)
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"{seconds:.2f} s ({busy:.2f} s of processor)"


def main() -> None:
    """Run the benchmark and print a line for each run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=48_773)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "partner.csv"
        make_file(path, asked.rows)
        print(f"file: {asked.rows} rows, {len(pl.read_csv(path, n_rows=1).columns)} columns, {path.stat().st_size / 2**20:.1f} MiB")
        for number in range(asked.runs):
            site = Path(folder) / f"site{number}"
            subprocess.run([sys.executable, "-c", SETUP, str(site)], check=True, stdout=subprocess.DEVNULL)
            command = [sys.executable, "-m", "amparo", "import", str(path), "--schema", "ctdc-kanon"]
            command += ["--organisation", "Harbour Clinic", "--site", str(site)]
            print(f"run {number + 1}: {timed(command)}; the same file again: {timed(command)}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory of one command: {peak:.0f} MB")


if __name__ == "__main__":
    main()
