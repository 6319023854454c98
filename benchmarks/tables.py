"""Invented tables of different structure, for measuring releases: nothing in them is anybody's.

usage: tables.py SHAPE ROWS OUT.csv [--seed 1]

classes     latent classes: what a person's class is decides every column (many weak dependences, true three-way structure)
network     each column depends on two columns before it (strong dependence along a graph)
survey      ordered answers behind which correlated normal numbers stand (dependence everywhere, all of it pairwise)
sparse      flags that are mostly empty, two columns of 250 codes with long tails
odd         three-way structure that no pair shows (one column says whether two others agree), beside independent columns
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


SHAPES: dict[str, Callable[[int, np.random.Generator], list[Codes]]] = {
    "classes": classes,
    "network": network,
    "survey": survey,
    "sparse": sparse,
    "odd": odd,
}


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
