"""Count how often margins of error hold, on invented tables of six structures.

    python benchmarks/calibration.py [--seeds 2] [--questions 30] [--rows 5000 20000 100000] [--epsilons 4 1 0.5] [--rehearsed]

Each release is planned, measured (with seeded noise), generated and composed as `amparo release make` does it, and then
asked as readers ask: charts, filters, sets of values, percentages. An answer holds when the number in the sensitive table
lies within its margin. Printed is the mean over questions, with the standard error that follows from the spread between
releases; cells in which nobody is, released or in truth, are left out. *Shown* are answers larger than their margin: the
only ones that a reader sees. *Width* is the median margin. The same command always prints the same figures.

`--rehearsed` asks the seven other structures on which the constants of margins were set.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

import numpy as np

from amparo.release.tests.calibrating import WORLDS, Answers, Kind, World, asked, released
from amparo.release.tests.rehearsing import REHEARSED_WORLDS

SIZES = (0, 1, 10, 50, 200, 1_000, 10_000, 10**9)
Release = tuple[str, int, float, int]
Found = list[tuple[Release, Answers]]
Worlds = Mapping[str, Callable[[int, np.random.Generator], World]]


def simulate(worlds: Worlds, rows: Iterable[int], epsilons: Iterable[float], seeds: int, questions: int) -> Found:
    """Release and ask; every table, noise and question follows from the seed."""
    found: Found = []
    for name, invent in worlds.items():
        for size in rows:
            for epsilon in epsilons:
                for seed in range(seeds):
                    world = invent(size, np.random.default_rng([seed, size]))
                    counting = released(world, epsilon, seed)
                    source = np.random.default_rng([seed, size, int(100 * epsilon)])
                    found += [((name, size, epsilon, seed), one) for one in asked(world, counting, source, questions)]
        print(f"{name}: done", flush=True)
    return [(release, answers) for release, answers in found if len(answers.held)]


def share(found: Found, *, shown: bool) -> str:
    """Return the mean over questions in percent, its standard error between releases, and how many answers it rests on."""
    by_release, answers = defaultdict(list), 0
    for release, one in found:
        held = one.held[one.shown] if shown else one.held
        if len(held):
            by_release[release].append(held.mean())
            answers += len(held)
    if not by_release:
        return "-"
    means, weights = np.array([np.mean(one) for one in by_release.values()]), np.array([len(one) for one in by_release.values()])
    mean = np.average(means, weights=weights)
    error = np.sqrt((weights**2 * (means - mean) ** 2).sum()) / weights.sum()
    return f"{100 * mean:.1f} ± {100 * error:.1f} ({answers:,})"


def table(found: Found, title: str, parts: dict[str, Callable[[Release], bool]]) -> None:
    """Print one line for each kind of question and one column for each part of the releases."""
    print(f"\n{title}\n\n| | {' | '.join(parts)} |\n|---|{'---|' * len(parts)}")
    for kind in Kind:
        for shown in (False, True):
            cells = [share([(r, a) for r, a in found if a.kind is kind and holds(r)], shown=shown) for holds in parts.values()]
            print(f"| {kind}, {'shown' if shown else 'all'} | {' | '.join(cells)} |")


def widths(found: Found) -> None:
    """Print the median margin by kind of question: persons, or percent points."""
    print("\nMedian width\n\n| | all | shown |\n|---|---|---|")
    for kind in Kind:
        of_kind = [answers for _, answers in found if answers.kind is kind]
        if of_kind:
            margins = np.concatenate([answers.margins for answers in of_kind])
            shown = np.concatenate([answers.shown for answers in of_kind])
            print(f"| {kind} | {np.median(margins):.3g} | {np.median(margins[shown]):.3g} |")


def by_size(found: Found) -> None:
    """Print one line for each kind of question and one column for each size of the released count."""
    spans = list(pairwise(SIZES))
    print(f"\nBy released count (of the part), answers one by one\n\n| | {' | '.join(f'{a:,} to {b - 1:,}' for a, b in spans)} |")
    print(f"|---|{'---|' * len(spans)}")
    for kind in Kind:
        held, sizes = (
            np.concatenate([getattr(a, name) for _, a in found if a.kind is kind] or [np.zeros(0)]) for name in ("held", "sizes")
        )
        inside = [held[(sizes >= low) & (sizes < high)] for low, high in spans]
        print(f"| {kind} | {' | '.join(f'{100 * one.mean():.1f} ({len(one):,})' if len(one) else '-' for one in inside)} |")


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[5_000, 20_000, 100_000])
    parser.add_argument("--epsilons", type=float, nargs="+", default=[4.0, 1.0, 0.5])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--questions", type=int, default=30)
    parser.add_argument("--rehearsed", action="store_true")
    chosen = parser.parse_args()
    worlds = REHEARSED_WORLDS if chosen.rehearsed else WORLDS
    found = simulate(worlds, chosen.rows, chosen.epsilons, chosen.seeds, chosen.questions)
    wholes = {f"epsilon {epsilon:g}": lambda r, e=epsilon: r[2] == e for epsilon in chosen.epsilons}
    table(found, "Within the margin, %", {"all releases": lambda r: True, **wholes})
    table(found, "By number of persons", {f"{rows:,}": lambda r, n=rows: r[1] == n for rows in chosen.rows})
    table(found, "By structure", {name: lambda r, n=name: r[0] == n for name in worlds})
    by_size(found)
    widths(found)


if __name__ == "__main__":
    main()
