"""Compare every pair of persons of published test data: how many true pairs are shown, and how many others with them.

    python benchmarks/linkage.py FOLDER [--shares]

FOLDER holds FEBRL's `febrl_dataset1..3.csv` (true pairs in `rec_id`) and Splink's `splink_fake_1000.csv` (`cluster`).
Names and births only are given to the comparison, as a desk would know them: no street, no number, no e-mail.
`--shares` prints for each level its share among true pairs and among others: the m and u of `linkage.comparing`.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path

from amparo.linkage import STRONG, WORTH_A_LOOK, Description, Span, compare


def day(text: str) -> Span | None:
    """Read 19081209 or 1971-06-24; what is no day of the calendar is not known."""
    digits = text.replace("-", "").strip()
    try:
        found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
    return Span(found, found)


def persons(path: Path) -> Iterator[tuple[str, Description]]:
    """Yield (whose record it is, its description)."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            if "rec_id" in row:
                who, parts, born = row["rec_id"].split("-")[1], (row["given_name"], row["surname"]), row["date_of_birth"]
            else:
                who, parts, born = row["cluster"], (row["first_name"], row["surname"]), row["dob"]
            name = " ".join(part for part in parts if part)
            yield who, Description(names=(name,) if name else (), born=day(born or ""))


def measure(path: Path, tells_shares: bool) -> None:
    """Print how the pairs of one file come out."""
    every = list(persons(path))
    begun, scores, levels = time.perf_counter(), {True: [], False: []}, {True: Counter(), False: Counter()}
    for (one, first), (other, second) in combinations(every, 2):
        found = compare(first, second)
        scores[one == other].append(found.score)
        levels[one == other].update(reason.level for reason in found.reasons)
    spent = time.perf_counter() - begun
    pairs = len(scores[True]) + len(scores[False])
    print(f"{path.name}: {len(every)} records, {len(scores[True])} true pairs of {pairs}, {1e6 * spent / pairs:.0f} µs a pair")
    for words, least in (("shown", WORTH_A_LOOK), ("strong", STRONG)):
        right, wrong = (sum(score >= least for score in scores[same]) for same in (True, False))
        recall, precision = right / len(scores[True]), right / (right + wrong) if right + wrong else 1.0
        print(f"  {words:<7} recall {recall:.3f}  precision {precision:.3f}  wrong {wrong} ({wrong / len(scores[False]):.2e})")
    if tells_shares:
        for level in sorted(levels[True] | levels[False]):
            m, u = (levels[same][level] / len(scores[same]) for same in (True, False))
            print(f"    {level:<24} m {m:.4f}  u {u:.6f}")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", type=Path)
    asked.add_argument("--shares", action="store_true")
    given = asked.parse_args()
    for path in sorted(given.folder.glob("*.csv")):
        if "label" not in path.name:
            measure(path, given.shares)


if __name__ == "__main__":
    main()
