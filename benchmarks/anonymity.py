"""What a k-anonymous table loses: ours, a plain Mondrian, and the best full-domain recoding, at equal k, on one table.

    python benchmarks/anonymity.py TABLE.csv --k 5 11

Both outputs are checked by our checker and by pycanon, which is installed into an environment of its own. The table needs
the columns yearOfRegistration, gender, ageBroad, citizenship and CountryOfExploitation; they are the quasi-identifiers.

Three losses, each from 0 to 1 and over all cells. *Published*: the normalised certainty penalty of what stands in the file.
*Spread*: the same if every class could publish its exact sets of countries and ranges of years, which favours Mondrian,
since it is what it splits by. *Suppressed*: the share of cells that are suppressed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from amparo.disclosure import Attribute, Domain, Table
from amparo.disclosure.anonymity import QuasiIdentifier, Scheme, adjacent_bands, anonymise, check
from amparo.disclosure.anonymity.anonymising import loss_of
from amparo.disclosure.anonymity.checking import classes_of

QUASI = ("yearOfRegistration", "gender", "ageBroad", "citizenship", "CountryOfExploitation")
ORDERED = ("yearOfRegistration", "ageBroad")
COARSER = {"citizenship": (4, 16), "CountryOfExploitation": (4, 16), "yearOfRegistration": (2, 4, 8), "ageBroad": (2, 4)}
PYCANON = """
import json, sys, pandas
from pycanon import anonymity
frame = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
print(json.dumps(int(anonymity.k_anonymity(frame, list(frame.columns)))))
"""


def read(path: Path) -> Table:
    frame = pl.read_csv(path, infer_schema=False).select(QUASI).fill_null("")
    attributes = [Attribute(name, tuple(sorted({v for v in frame[name] if v}, key=_in_order))) for name in QUASI]
    return Table.from_values(Domain(tuple(attributes)), [frame[name].to_list() for name in QUASI])


def _in_order(value: str) -> tuple[int, str]:
    first = value.split("--")[0].rstrip("+")
    return (int(first) if first.isdigit() else 0, value)


def scheme_of(table: Table, k: int, *, is_flat: bool) -> Scheme:
    """Bands that double for what has an order; countries kept or suppressed, or in bands of four and sixteen neighbours."""
    levels = {}
    for attribute in table.domain.attributes:
        if is_flat:
            levels[attribute.name] = adjacent_bands(attribute.codes) if attribute.name in ORDERED else ()
        else:
            levels[attribute.name] = adjacent_bands(attribute.codes, COARSER.get(attribute.name, ()))
    return Scheme(table.domain, k, tuple(QuasiIdentifier(name, levels[name]) for name in QUASI))


def mondrian(codes: np.ndarray, k: int) -> np.ndarray:
    """Strict multidimensional Mondrian (LeFevre, DeWitt, Ramakrishnan 2006): split the widest column at its median."""
    spans = np.maximum(codes.max(axis=0) - codes.min(axis=0), 1)
    of, waiting, classes = np.empty(len(codes), np.int64), [np.arange(len(codes))], itertools.count()
    while waiting:
        rows = waiting.pop()
        part = codes[rows]
        widths = (part.max(axis=0) - part.min(axis=0)) / spans
        for column in np.argsort(-widths, kind="stable"):
            middle = np.median(part[:, column])
            left = part[:, column] <= middle
            left = part[:, column] < middle if left.all() else left
            if min(left.sum(), (~left).sum()) >= k:
                waiting += [rows[left], rows[~left]]
                break
        else:
            of[rows] = next(classes)
    return of


def published(table: Table, scheme: Scheme, of: np.ndarray) -> Table:
    """Give every class, in every column, the least step of the ladder on which all its values are one."""
    columns = []
    for column, ladder in zip(table.columns, scheme.ladders, strict=True):
        made, settled = np.zeros(len(column), np.int64), np.zeros(len(column), bool)
        for step in ladder.steps:
            value = step[column]
            low, high = np.full(of.max() + 1, len(ladder.codes) + 1), np.zeros(of.max() + 1, np.int64)
            np.minimum.at(low, of, value)
            np.maximum.at(high, of, value)
            one = (low == high)[of] & ~settled
            made[one], settled = value[one], settled | one
        columns.append(made.astype(np.uint16 if len(ladder.codes) > 255 else np.uint8))
    return Table(scheme.released, tuple(columns))


def full_domain(table: Table, scheme: Scheme) -> float:
    """Return the least loss of any one way for all rows, those of small classes suppressed whole: every way is tried."""
    best = 1.0
    for way in itertools.product(*(range(len(ladder.steps)) for ladder in scheme.ladders)):
        blurred = [ladder.steps[at][column] for ladder, at, column in zip(scheme.ladders, way, table.columns, strict=True)]
        classes = classes_of(blurred, [len(ladder.codes) + 1 for ladder in scheme.ladders])
        loss = np.mean([ladder.loss[one] for ladder, one in zip(scheme.ladders, blurred, strict=True)], axis=0)
        best = min(best, float(np.where((classes.rows >= scheme.k)[classes.of], loss, 1.0).mean()))
    return best


def spread(table: Table, released: Table, of: np.ndarray | None = None) -> float:
    """Return the loss if every class published its exact ranges and sets."""
    if of is None:
        of = classes_of(released.columns, released.domain.sizes).of
    lost = []
    for attribute, column in zip(table.domain.attributes, table.columns, strict=True):
        values, size = column.astype(np.int64), attribute.size
        if attribute.name in ORDERED:
            low, high = np.full(of.max() + 1, size), np.zeros(of.max() + 1, np.int64)
            np.minimum.at(low, of, values)
            np.maximum.at(high, of, values)
            wide = high - low
        else:
            wide = np.bincount(np.unique(of * size + values) // size, minlength=of.max() + 1) - 1
        lost.append(wide[of].mean() / (size - 1))
    return float(np.mean(lost))


def pycanon(environment: Path) -> Path:
    """Return a Python with pycanon in it, made once."""
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "pycanon"], check=True)
    return python


def k_by_pycanon(python: Path, released: Table) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "released.csv"
        pl.DataFrame({name: released.values(name) for name in QUASI}).write_csv(path)
        answer = subprocess.run([python, "-c", PYCANON, path], check=True, capture_output=True, text=True)
    return int(json.loads(answer.stdout.strip().splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--k", type=int, nargs="+", default=[5, 11])
    parser.add_argument("--environment", type=Path, default=Path(tempfile.gettempdir()) / "amparo-pycanon")
    arguments = parser.parse_args()
    table, python = read(arguments.table), pycanon(arguments.environment)
    print(f"{table.rows} rows; as they are: k = {check(table, QUASI).k}, by pycanon {k_by_pycanon(python, table)}")
    print("| k | countries | tool | published | spread | suppressed | classes | k found, by pycanon | processor s |")
    print("|---|---|---|---|---|---|---|---|---|")
    codes = np.stack([column.astype(np.int64) for column in table.columns], axis=1)
    anonymise(table, scheme_of(table, 2, is_flat=True), seed=1)  # compiled before it is timed
    for k, is_flat in itertools.product(arguments.k, (True, False)):
        scheme = scheme_of(table, k, is_flat=is_flat)
        begun = time.process_time()
        ours = anonymise(table, scheme, seed=1).table
        middle = time.process_time()
        of = mondrian(codes, k)
        theirs = published(table, scheme, of)
        ended = time.process_time()
        for name, made, classes, seconds in (
            ("Amparo", ours, None, middle - begun),
            ("Mondrian", theirs, of, ended - middle),
        ):
            loss, found = loss_of(made, scheme), check(made, QUASI)
            share = sum(loss.suppressed.values()) / table.rows / len(QUASI)
            checked = f"{found.k}, {k_by_pycanon(python, made)}"
            print(
                f"| {k} | {'flat' if is_flat else 'bands'} | {name} | {loss.penalty:.4f} | {spread(table, made, classes):.4f} "
                f"| {share:.4f} | {found.classes} | {checked} | {seconds:.1f} |",
                flush=True,
            )
        if is_flat:
            print(f"| {k} | flat | best full-domain | {full_domain(table, scheme):.4f} | | | | | |", flush=True)


if __name__ == "__main__":
    main()
