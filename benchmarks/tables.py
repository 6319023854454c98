"""Invented tables of different structure, for measuring releases: nothing in them is anybody's.

usage: tables.py SHAPE ROWS OUT.csv [--seed 1]

To report on; nothing is chosen on them:

classes     latent classes: what a person's class is decides every column (many weak dependences, true three-way structure)
network     each column depends on two columns before it (strong dependence along a graph)
survey      ordered answers behind which correlated normal numbers stand (dependence everywhere, all of it pairwise)
sparse      flags that are mostly empty, two columns of 250 codes with long tails
odd         three-way structure that no pair shows (one column says whether two others agree), beside independent columns
wide        six columns of 250 codes and 30 small ones: more levels than there is room for all combinations of three
regions     districts inside regions, 250 origins, 36 flags and scales whose chances differ from region to region

To choose on, where a constant of the engine is to be chosen; they are reported on apart:

skips       a questionnaire of 60 columns whose follow-up questions are blank unless the first one was answered with yes
prototypes  18 columns; rows are changed copies of 400 patterns, a few common ones and many rare ones
sources     40 columns; two kinds of office record different columns, and each column depends on the one before it
codes       15 columns; three of 250, 250 and 120 codes that depend on each other, and flags that depend on one code each
factors     48 flags, nearly all of them rare, behind which three normal numbers stand, beside six columns of up to 60 codes
chance      24 columns of 2 to 80 values, independent of each other
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl

Codes = np.ndarray


def tailed(size: int, steepness: float) -> np.ndarray:
    """Shares that fall like a power of the rank."""
    shares = 1 / np.arange(1, size + 1) ** steepness
    return shares / shares.sum()


def drawn(rng: np.random.Generator, shares: np.ndarray) -> Codes:
    """Draw one code per row from each row's own shares."""
    return (shares.cumsum(1) < rng.random(len(shares))[:, None]).sum(1).clip(0, shares.shape[1] - 1)


def blanked(rng: np.random.Generator, codes: Codes, share: float) -> Codes:
    """Code 0 is blank: put it where nothing was recorded."""
    return np.where(rng.random(len(codes)) < share, 0, codes + 1)


def classes(rows: int, rng: np.random.Generator) -> list[Codes]:
    """Twelve classes; columns of 2 to 40 values, each class with shares of its own."""
    own = rng.choice(12, rows, p=tailed(12, 0.7))
    columns = []
    for size in (2, 2, 2, 3, 3, 4, 5, 5, 6, 8, 8, 10, 12, 15, 20, 25, 40, 2, 2, 2, 3, 4):
        shares = rng.dirichlet(np.full(size, 0.5), 12)
        columns.append(blanked(rng, drawn(rng, shares[own]), rng.uniform(0, 0.4)))
    return columns


def network(rows: int, rng: np.random.Generator) -> list[Codes]:
    """Each column has two parents among the five before it; rare values get rarer."""
    columns: list[Codes] = []
    sizes = (5, 3, 8, 4, 30, 6, 2, 12, 3, 7, 2, 50, 4, 5, 2, 9)
    for k, size in enumerate(sizes):
        parents = rng.choice(np.arange(max(0, k - 5), k), min(k, 2), replace=False) if k else []
        key = np.zeros(rows, np.int64)
        for parent in parents:
            key = key * (sizes[parent] + 1) + columns[parent]
        shares = rng.dirichlet(tailed(size, 1.0) * 2, int(key.max()) + 1)
        columns.append(blanked(rng, drawn(rng, shares[key]), rng.uniform(0, 0.2)))
    return columns


def survey(rows: int, rng: np.random.Generator) -> list[Codes]:
    """Nine ordered columns of 4 to 12 steps from correlated normal numbers."""
    mixing = rng.normal(size=(9, 4))
    numbers = rng.normal(size=(rows, 4)) @ mixing.T + rng.normal(size=(rows, 9))
    columns = []
    for k, size in enumerate((4, 5, 5, 7, 7, 10, 10, 12, 12)):
        cuts = np.quantile(numbers[:, k], np.sort(rng.random(size - 1)))
        columns.append(blanked(rng, np.searchsorted(cuts, numbers[:, k]), 0.05))
    return columns


def sparse(rows: int, rng: np.random.Generator) -> list[Codes]:
    """Fifty-six flags of which most hold in one row of a hundred or less, and two columns of 250 codes."""
    place = rng.choice(250, rows, p=tailed(250, 1.1))
    moved = np.where(rng.random(rows) < 0.6, place, rng.choice(250, rows, p=tailed(250, 1.3)))
    heat = rng.gamma(1.0, 1.0, rows)
    columns = [place + 1, blanked(rng, moved, 0.2), rng.integers(1, 25, rows), rng.integers(0, 4, rows)]
    for _ in range(56):
        chance = np.clip(rng.choice([0.0005, 0.003, 0.01, 0.05, 0.2], p=[0.2, 0.25, 0.25, 0.2, 0.1]) * heat, 0, 1)
        columns.append((rng.random(rows) < chance).astype(np.int64))
    return columns


def odd(rows: int, rng: np.random.Generator) -> list[Codes]:
    """Six triples of which the third says whether the first two agree, and six columns of nothing but chance."""
    columns: list[Codes] = []
    for size in (2, 2, 3, 4, 6, 8):
        one, other = rng.integers(0, size, rows), rng.integers(0, size, rows)
        columns += [one + 1, other + 1, ((one + other) % size) + 1]
    return columns + [rng.choice(size, rows, p=tailed(size, 0.8)) for size in (2, 3, 5, 10, 20, 40)]


def regions(rows: int, rng: np.random.Generator) -> list[Codes]:
    """A region decides the district, where people come from, and which of 36 facts are common there."""
    region = rng.choice(14, rows, p=tailed(14, 0.6))
    district = region * 12 + drawn(rng, rng.dirichlet(np.full(12, 0.6), 14)[region])
    origin = drawn(rng, (0.7 * rng.dirichlet(tailed(250, 1.0) * 4, 14) + 0.3 * tailed(250, 1.2))[region])
    columns = [region + 1, blanked(rng, district, 0.1), blanked(rng, origin, 0.15)]
    for k in range(36):
        size = (2, 2, 4)[k % 3]
        shares = rng.dirichlet(np.full(size - 1, 0.7), 14) * rng.beta(0.5, 4, (14, 1))
        columns.append(drawn(rng, np.column_stack([1 - shares.sum(1), shares])[region]))
    return columns


def wide(rows: int, rng: np.random.Generator) -> list[Codes]:
    """A kind of case decides which stretch of each code list is common, and the small columns' shares."""
    kind = rng.choice(9, rows, p=tailed(9, 0.8))
    columns = []
    for _ in range(6):
        near = (kind * 28 + rng.geometric(0.08, rows)) % 250
        columns.append(blanked(rng, np.where(rng.random(rows) < 0.8, near, rng.choice(250, rows, p=tailed(250, 1.2))), 0.3))
    for k in range(30):
        size = (1, 1, 1, 3, 6)[k % 5]
        columns.append(blanked(rng, drawn(rng, rng.dirichlet(np.full(size, 0.6), 9)[kind]), rng.beta(2, 1)))
    return columns


def skips(rows: int, rng: np.random.Generator) -> list[Codes]:
    """Twelve questions with four follow-ups each, which only those answer who said yes."""
    mood = rng.normal(size=rows)
    columns: list[Codes] = []
    for _ in range(12):
        yes = rng.random(rows) < 1 / (1 + np.exp(-(rng.normal(-2, 1.2) + rng.normal(0, 0.8) * mood)))
        columns.append(blanked(rng, yes.astype(np.int64), 0.05))
        for size in (2, 3, 5, 9):
            shares = rng.dirichlet(np.full(size, 0.6), 2)
            columns.append(np.where(yes, blanked(rng, drawn(rng, shares[(mood > 0).astype(np.int64)]), 0.1), 0))
    return columns


def prototypes(rows: int, rng: np.random.Generator) -> list[Codes]:
    """Each value of a pattern is replaced by another one in an eighth of the rows."""
    own = rng.choice(400, rows, p=tailed(400, 0.9))
    columns = []
    for size in (2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 8, 10, 12, 20, 30, 60, 90):
        pattern = rng.choice(size, 400, p=tailed(size, 0.7))
        changed = np.where(rng.random(rows) < 0.125, rng.choice(size, rows, p=tailed(size, 0.7)), pattern[own])
        columns.append(blanked(rng, changed, 0.05))
    return columns


def sources(rows: int, rng: np.random.Generator) -> list[Codes]:
    """What one kind of office does not ask stands blank in all its rows."""
    office = rng.random(rows) < 0.65
    columns: list[Codes] = [office.astype(np.int64) + 1]
    sizes = (3, 6, 2, 12, 2, 4, 2, 25, 2, 3, 2, 5, 2, 8, 2, 2, 3, 40, 2, 2) + (2, 3, 2, 4, 2, 7, 2, 2, 15, 2) * 2
    for k, size in enumerate(sizes[:39], 1):
        shares = rng.dirichlet(tailed(size, 0.9) * 3, int(columns[-1].max()) + 1)
        asked = (office, ~office, office | ~office)[k % 3]
        columns.append(np.where(asked, blanked(rng, drawn(rng, shares[columns[-1]]), rng.uniform(0, 0.5)), 0))
    return columns


def codes(rows: int, rng: np.random.Generator) -> list[Codes]:
    """From where, over where, to where; each flag is common at a few places only."""
    start = rng.choice(250, rows, p=tailed(250, 0.9))
    end = np.where(rng.random(rows) < 0.5, rng.integers(0, 250, (250, 5))[start, rng.integers(0, 5, rows)], start)
    over = np.where(rng.random(rows) < 0.7, (start * 7 + end // 50) % 120, rng.choice(120, rows, p=tailed(120, 1.0)))
    columns = [start + 1, blanked(rng, end, 0.1), blanked(rng, over, 0.3)]
    for k in range(12):
        chance = np.where(rng.random(250) < 0.1, 0.5, 0.03)
        columns.append((rng.random(rows) < chance[(start, end)[k % 2]]).astype(np.int64))
    return columns


def factors(rows: int, rng: np.random.Generator) -> list[Codes]:
    """Flags are set where a mixture of three numbers is high; codes are drawn by thirds of the first number."""
    numbers = rng.normal(size=(rows, 3))
    third = np.searchsorted([-0.43, 0.43], numbers[:, 0])
    shares = (rng.dirichlet(tailed(size, 1.0) * 3, 3)[third] for size in (3, 8, 15, 25, 40, 60))
    columns = [blanked(rng, drawn(rng, share), 0.1) for share in shares]
    for _ in range(48):
        height = numbers @ rng.normal(0, 0.6, 3) + rng.normal(size=rows)
        columns.append((height > np.quantile(height, 1 - rng.choice([0.001, 0.005, 0.02, 0.1, 0.3]))).astype(np.int64))
    return columns


def chance(rows: int, rng: np.random.Generator) -> list[Codes]:
    """Whatever is found between two columns here is noise."""
    sizes = (2, 2, 2, 2, 2, 2, 3, 3, 4, 4, 5, 6, 6, 8, 8, 10, 12, 15, 20, 25, 30, 40, 60, 80)
    return [blanked(rng, rng.choice(size, rows, p=tailed(size, 1.0)), 0.2) for size in sizes]


SHAPES: dict[str, Callable[[int, np.random.Generator], list[Codes]]] = {
    "classes": classes,
    "network": network,
    "survey": survey,
    "sparse": sparse,
    "odd": odd,
    "regions": regions,
    "wide": wide,
    "skips": skips,
    "prototypes": prototypes,
    "sources": sources,
    "codes": codes,
    "factors": factors,
    "chance": chance,
}
CHOOSING = {"skips": 40_000, "prototypes": 60_000, "sources": 30_000, "codes": 50_000, "factors": 20_000, "chance": 100_000}


def make(shape: str, rows: int, seed: int = 1) -> tuple[pl.DataFrame, list[int]]:
    """Return a table as text, blank as an empty cell, and how many values each column may hold."""
    columns = SHAPES[shape](rows, np.random.default_rng(seed))
    sizes = [int(column.max()) for column in columns]
    frame = pl.DataFrame({f"c{k}": spelled(column) for k, column in enumerate(columns)})
    return frame, sizes


def spelled(codes: Codes) -> pl.Series:
    """Spell codes as `v1`, `v2` ... and 0 as nothing."""
    words = pl.Series(["", *(f"v{code}" for code in range(1, int(codes.max()) + 1))])
    return words.gather(pl.Series(codes.astype(np.uint32)))


def recipe(sizes: Sequence[int], epsilon: float, delta: float) -> str:
    """Write the recipe of such a table; its domain is public."""
    columns = "".join(
        f'[[columns]]\nname = "c{k}"\ndomain = [{", ".join(f"{chr(34)}v{code}{chr(34)}" for code in range(1, size + 1))}]\n'
        for k, size in enumerate(sizes)
    )
    return f'title = "Invented"\nschema = "inline"\n[privacy]\nepsilon = {epsilon}\ndelta = {delta:.4g}\n{columns}'


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("rows", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    made, sizes_made = make(given.shape, given.rows, given.seed)
    made.write_csv(given.out)
    given.out.with_suffix(".toml").write_text(recipe(sizes_made, 4.0, 1 / (given.rows * np.log(given.rows))))
