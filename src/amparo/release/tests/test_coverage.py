"""How often the stated margins hold, counted on invented tables. Noise is seeded here and nowhere else, so the counts repeat.

Measured numbers must hold in at least 95 of 100 releases. One cell is drawn from each of 120 releases, so that the
trials are independent: 15 misses or more happen by chance in 1 of 700 such tests if the claim is true.
Modelled numbers are approximate; the tables have structure of three columns that pairs cannot tell, and
the rate found stands in each test.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from amparo import disclosure
from amparo.bundle import margins
from amparo.bundle.contents import Counting
from amparo.disclosure import Attribute, Domain, Privacy, Table
from amparo.release import steps
from amparo.release.recipe import Recipe, parse

RELEASES = 120
MISSES_ALLOWED = 14
DAY = datetime.date(2026, 1, 1)


class SeededNoise:
    """Rounded Gaussian noise from a seed: for counting how often margins hold, never for a release."""

    def __init__(self, seed: int) -> None:
        self.source = np.random.default_rng(seed)

    def gaussian(self, counts: Sequence[NDArray[np.int64]], sigmas: Sequence[float]) -> list[NDArray[np.int64]]:
        return [c + np.rint(self.source.normal(0, s, c.shape)).astype(np.int64) for c, s in zip(counts, sigmas, strict=True)]


def recipe(sizes: Sequence[int], epsilon: float) -> Recipe:
    columns = "\n".join(
        f'[[columns]]\nname = "c{k}"\ndomain = [{", ".join(repr(f"v{value}") for value in range(size))}]'
        for k, size in enumerate(sizes)
    )
    return parse(f'title = "Invented"\nschema = "inline"\n[privacy]\nepsilon = {epsilon}\ndelta = 1e-6\n{columns}')


def invent(sizes: Sequence[int], rows: int, seed: int) -> Table:
    """Rows of four hidden kinds; every third column depends on the two before it together, and on neither alone."""
    source = np.random.default_rng(seed)
    kind = source.integers(0, 4, rows)
    columns: list[NDArray[np.int64]] = []
    for k, size in enumerate(sizes):
        shares = source.dirichlet(np.full(size + 1, 0.8), size=4)
        drawn = (source.random(rows)[:, None] > shares[kind].cumsum(axis=1)).sum(axis=1).clip(0, size)
        if k % 3 == 2:
            mixed = (columns[k - 1] + columns[k - 2]) % (size + 1)
            drawn = np.where(source.random(rows) < 0.3, mixed, drawn)
        columns.append(drawn)
    domain = Domain(tuple(Attribute(f"c{k}", tuple(f"v{value}" for value in range(size))) for k, size in enumerate(sizes)))
    return Table.from_codes(domain, np.stack(columns, axis=1))


def released(sizes: tuple[int, ...], epsilon: float, table: Table, seed: int) -> Counting:
    made = recipe(sizes, epsilon)
    measurements = disclosure.measure(table, steps.plan(made), noise=SeededNoise(seed))
    return Counting.of(steps.compose(made, measurements, seed=seed, issued=DAY))


@cache
def small_releases(epsilon: float) -> tuple[tuple[Table, Counting], ...]:
    sizes = (3, 2, 4, 2)
    table = invent(sizes, 900, seed=5)
    return tuple((table, released(sizes, epsilon, table, seed)) for seed in range(RELEASES))


def truth(table: Table, by: Sequence[str]) -> NDArray[np.int64]:
    places = [table.domain.names.index(name) for name in by]
    counts = np.zeros([table.domain.sizes[place] for place in places], dtype=np.int64)
    np.add.at(counts, tuple(table.columns[place] for place in places), 1)
    return counts


@pytest.mark.parametrize("epsilon", [4.0, 0.5])
@pytest.mark.parametrize("by", [("c0",), ("c2",), ("c0", "c2"), ("c3", "c1")])
def test_measured_margins_hold_in_95_of_100_releases(epsilon: float, by: tuple[str, ...]) -> None:
    misses = 0
    for seed, (table, counting) in enumerate(small_releases(epsilon)):
        found = margins.tabulate(counting, by)
        assert found.basis is margins.Basis.MEASURED
        cell = tuple(np.random.default_rng([seed, len(by)]).integers(0, found.counts.shape))
        misses += abs(found.counts[cell] - truth(table, by)[cell]) > found.margins[cell]
    assert misses <= MISSES_ALLOWED


@pytest.mark.parametrize("epsilon", [4.0, 0.5])
def test_sums_of_cells_and_the_number_of_persons_hold_too(epsilon: float) -> None:
    """Errors of the cells of one table hang together; the margin of a sum knows it."""
    wanted = {"c0": frozenset({"", "v0"}), "c2": frozenset({"v1", "v2", "v3"})}
    misses = {"block": 0, "column": 0, "all": 0}
    for table, counting in small_releases(epsilon):
        block = margins.estimate(counting, wanted)
        column = margins.estimate(counting, {"c2": wanted["c2"]})
        everybody = margins.estimate(counting, {})
        assert {block.basis, column.basis, everybody.basis} == {margins.Basis.MEASURED}
        misses["block"] += abs(block.count - truth(table, ("c0", "c2"))[:2, 2:].sum()) > block.margin
        misses["column"] += abs(column.count - truth(table, ("c2",))[2:].sum()) > column.margin
        misses["all"] += abs(everybody.count - table.rows) > everybody.margin
    assert max(misses.values()) <= MISSES_ALLOWED, misses


def test_less_noise_is_never_a_wider_measured_error() -> None:
    """Twice: what the noise alone contributes shrinks with epsilon."""
    widths = []
    for epsilon in (0.5, 4.0):
        _, counting = small_releases(epsilon)[0]
        single = counting.by_columns[frozenset({"c0"})]
        widths.append(float(single.standard_error[0]))
    assert widths[0] > 3 * widths[1]


def modelled(sizes: tuple[int, ...], rows: int, epsilon: float, ways: int) -> Iterator[NDArray[np.bool_]]:
    """For each of four releases and eight tables of `ways` columns: which non-empty cells lie within their margins."""
    for seed in range(4):
        table = invent(sizes, rows, seed)
        counting = released(sizes, epsilon, table, seed)
        tables = list(combinations(table.domain.names, ways))
        for at in np.random.default_rng(seed).choice(len(tables), 8, replace=False):
            found, true = margins.tabulate(counting, tables[at]), truth(table, tables[at])
            assert found.basis is margins.Basis.MODELLED
            told = (found.counts > 0) | (true > 0)
            yield (np.abs(found.counts - true) <= found.margins)[told]


@pytest.mark.parametrize(
    ("rows", "epsilon", "ways"),
    [(2_000, 4.0, 3), (2_000, 4.0, 4), (20_000, 4.0, 3), (20_000, 4.0, 4), (2_000, 1.0, 3)],
)
def test_modelled_margins_hold_in_about_95_of_100_cells(rows: int, epsilon: float, ways: int) -> None:
    """Found when this was written: .977 .974 .981 .980 .982 (1,200 to 4,200 cells each); below .93 the wording would be false."""
    held = np.concatenate(list(modelled((3, 2, 4, 2, 1, 3, 2, 2, 4, 1, 2, 3), rows, epsilon, ways)))
    assert len(held) > 300
    assert held.mean() > 0.93


def test_the_denominator_of_a_group_holds_about_as_often() -> None:
    """Persons with any answer in a group of five columns whose blanks come together."""
    sizes, misses = (2, 2, 2, 2, 2, 3), 0
    for seed in range(40):
        source = np.random.default_rng(seed)
        asked = source.random(3_000) < 0.7
        answers = [np.where(asked & (source.random(3_000) < 0.95), source.integers(1, 3, 3_000), 0) for _ in range(5)]
        table = Table.from_codes(recipe(sizes, 4.0).domain, np.stack([*answers, source.integers(0, 4, 3_000)], axis=1))
        counting = released(sizes, 4.0, table, seed)
        found = margins.answered(counting, ("c0", "c1", "c2", "c3", "c4"))
        misses += abs(found.count - np.any(np.stack(answers), axis=0).sum()) > found.margin
    assert misses <= 5


def test_privacy_of_the_test_recipes_is_real() -> None:
    assert recipe((2, 2), 0.5).privacy == Privacy(0.5, 1e-6)
