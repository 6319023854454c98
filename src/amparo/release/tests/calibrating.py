"""How often margins hold: invented tables of many structures, released for real, asked as readers ask, and counted.

Everything repeats: tables, noise, rows and questions come from seeds. The noise is seeded here and in the tests alone.
A question begins with a released row, because readers filter by values that they see; its answers are the cells of a
chart, a set of values, the rest, or a percentage. Each answer is compared with the number in the sensitive table.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from amparo import disclosure
from amparo.bundle import margins
from amparo.bundle.contents import Counting
from amparo.disclosure import Table
from amparo.release import steps
from amparo.release.columns import RecipeGroup
from amparo.release.recipe import Recipe, parse

DAY = datetime.date(2026, 1, 1)
Codes = NDArray[np.int64]


class Kind(StrEnum):
    """What was asked: of how many columns the answer's cells are, or a percentage of how many columns."""

    NONE = "persons"
    ONE = "1 column"
    TWO = "2 columns"
    THREE = "3 columns"
    FOUR = "4 columns"
    ANSWERED = "answered in a group"
    SHARE = "percentage"
    SHARE_FILTERED = "percentage, filtered"


@dataclass(frozen=True, slots=True)
class World:
    """An invented sensitive table: codes (rows by columns, 0 is blank), levels with blank, and groups of columns."""

    sizes: tuple[int, ...]
    codes: Codes
    groups: tuple[tuple[int, ...], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(f"c{k}" for k in range(len(self.sizes)))


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Answers of one kind: what was shown, its margin, and the number in the sensitive table (persons or percent)."""

    kind: Kind
    counts: NDArray[np.float64]
    margins: NDArray[np.float64]
    truths: NDArray[np.float64]
    sizes: NDArray[np.float64]
    shown: NDArray[np.bool_]

    @property
    def held(self) -> NDArray[np.bool_]:
        """Which answers lie within their margins of the truth."""
        return np.abs(self.counts - self.truths) <= self.margins + 1e-9


class SeededNoise:
    """Rounded Gaussian noise from a seed: for counting how often margins hold, never for a release."""

    def __init__(self, seed: int | Sequence[int]) -> None:
        self.source = np.random.default_rng(seed)

    def gaussian(self, counts: Sequence[NDArray[np.int64]], sigmas: Sequence[float]) -> list[NDArray[np.int64]]:
        return [c + np.rint(self.source.normal(0, s, c.shape)).astype(np.int64) for c, s in zip(counts, sigmas, strict=True)]


def independent(rows: int, source: np.random.Generator) -> World:
    """Twelve columns that have nothing to do with one another."""
    sizes = (9, 3, 6, 4, 12, 2, 3, 5, 2, 8, 3, 2)
    shares = [source.dirichlet(np.full(size, 0.7)) for size in sizes]
    return World(sizes, np.stack([source.choice(size, rows, p=p) for size, p in zip(sizes, shares, strict=True)], axis=1))


def tree(rows: int, source: np.random.Generator) -> World:
    """Fourteen columns, each following one before it: pairs tell everything."""
    sizes = (8, 4, 6, 3, 15, 3, 5, 2, 7, 3, 4, 2, 6, 3)
    columns = [source.choice(sizes[0], rows, p=source.dirichlet(np.full(sizes[0], 1.0)))]
    for k, size in enumerate(sizes[1:], start=1):
        parent = columns[int(source.integers(0, k))]
        shares = source.dirichlet(np.full(size, 0.5), size=int(parent.max()) + 1)
        columns.append(pick(shares[parent], source))
    return World(sizes, np.stack(columns, axis=1))


def classes(rows: int, source: np.random.Generator) -> World:
    """Thirteen columns that differ between eight hidden kinds of case: much structure of three and more columns."""
    sizes = (7, 3, 5, 4, 10, 2, 2, 3, 6, 2, 3, 2, 4)
    kind = source.choice(8, rows, p=source.dirichlet(np.full(8, 2.0)))
    columns = [pick(source.dirichlet(np.full(size, 0.4), size=8)[kind], source) for size in sizes]
    return World(sizes, np.stack(columns, axis=1))


def parity(rows: int, source: np.random.Generator) -> World:
    """Every third column follows the two before it together and neither alone: pairs tell nothing of it."""
    sizes, columns = (4, 3, 4, 3, 3, 3, 5, 2, 5, 2, 2, 2), list[Codes]()
    for k, size in enumerate(sizes):
        drawn = source.choice(size, rows, p=source.dirichlet(np.full(size, 2.0)))
        if k % 3 == 2:
            drawn = np.where(source.random(rows) < 0.4, (columns[k - 1] + columns[k - 2]) % size, drawn)
        columns.append(drawn)
    return World(sizes, np.stack(columns, axis=1))


def flags(rows: int, source: np.random.Generator) -> World:
    """Year, sex, region and two groups of seven yes-or-blank flags, nearly empty, filled by some partners only."""
    year, sex = source.choice(12, rows, p=source.dirichlet(np.full(12, 3.0))), source.choice(4, rows, p=(0.03, 0.3, 0.65, 0.02))
    region = pick(source.dirichlet(np.full(9, 0.5), size=12)[year], source)
    columns = [year, sex, region]
    for _ in range(2):
        asked = source.random(rows) < source.beta(2, 2, size=9)[region]
        hidden = source.choice(4, rows)
        for _ in range(7):
            yes = source.beta(0.4, 2.0, size=4)[hidden] * source.uniform(0.3, 1.0)
            columns.append((asked & (source.random(rows) < yes)).astype(np.int64))
    return World((12, 4, 9, *(2,) * 14), np.stack(columns, axis=1), (tuple(range(3, 10)), tuple(range(10, 17))))


def countries(rows: int, source: np.random.Generator) -> World:
    """Two columns of 250 codes that go together, and nine small ones that follow them or a year."""
    popular = 1 / np.arange(1, 251) ** 1.3
    origin = source.choice(250, rows, p=popular / popular.sum())
    place = np.where(source.random(rows) < 0.4, origin, source.choice(250, rows, p=popular / popular.sum()))
    columns, sizes = [origin, place], [250, 250]
    for k, size in enumerate((10, 3, 6, 4, 2, 3, 2, 2, 5)):
        given = (origin, place)[k % 2] if k % 3 else columns[-1]
        columns.append(pick(source.dirichlet(np.full(size, 0.6), size=250)[given], source))
        sizes.append(size)
    return World(tuple(sizes), np.stack(columns, axis=1))


WORLDS: Mapping[str, Callable[[int, np.random.Generator], World]] = {
    made.__name__: made for made in (independent, tree, classes, parity, flags, countries)
}


def pick(shares: NDArray[np.float64], source: np.random.Generator) -> Codes:
    """Draw one code a row by the shares of its row."""
    return (source.random(len(shares))[:, None] > shares.cumsum(axis=1)).sum(axis=1).clip(0, shares.shape[1] - 1)


def recipe(world: World, epsilon: float) -> Recipe:
    """Return a recipe of columns c0, c1 ... with values v1, v2 ... and blank, and groups g0, g1 ..."""
    columns = "\n".join(
        f'[[columns]]\nname = "{name}"\ndomain = [{", ".join(repr(f"v{value}") for value in range(1, size))}]'
        for name, size in zip(world.names, world.sizes, strict=True)
    )
    made = parse(f'title = "Invented"\nschema = "inline"\n[privacy]\nepsilon = {epsilon}\ndelta = 1e-6\n{columns}')
    words = dict.fromkeys(("en", "fr", "es"), "Group")
    groups = tuple(RecipeGroup(f"g{k}", words, tuple(world.names[c] for c in columns)) for k, columns in enumerate(world.groups))
    of = {name: group.name for group in groups for name in group.columns}
    return replace(made, groups=groups, columns=tuple(replace(c, group=of.get(c.name, c.group)) for c in made.columns))


def released(world: World, epsilon: float, seed: int, *, rows: int | None = None) -> Counting:
    """Plan, measure with seeded noise, generate and compose, all but the noise as a release does; `rows` is a public number."""
    made = replace(recipe(world, epsilon), rows=rows)
    table = Table.from_codes(made.domain, world.codes)
    noise = SeededNoise([seed, len(world.codes), int(100 * epsilon), *world.sizes])
    measurements = disclosure.measure(table, steps.plan(made), noise=noise)
    return Counting.of(steps.compose(made, measurements, seed=seed, issued=DAY))


def asked(world: World, counting: Counting, source: np.random.Generator, questions: int) -> Iterator[Answers]:
    """Ask so many questions of each kind."""
    reader = _Reader(world, counting, source)
    yield reader.chart(Kind.NONE, 0)
    for _ in range(questions):
        for kind, width in ((Kind.ONE, 1), (Kind.TWO, 2), (Kind.THREE, 3), (Kind.FOUR, 4)):
            yield reader.chart(kind, width) if source.random() < 0.7 else reader.sets(kind, width)
        yield reader.share(Kind.SHARE, 0)
        yield reader.share(Kind.SHARE_FILTERED, 1 + int(source.random() < 0.4))
        if world.groups:
            yield reader.answered(int(source.integers(0, 3)))


@dataclass(frozen=True, slots=True)
class _Reader:
    world: World
    counting: Counting
    source: np.random.Generator

    def chart(self, kind: Kind, width: int) -> Answers:
        """Ask for the bars of a chart: one column, or two, among the rows that share values with a released row."""
        columns = self._columns(width)
        by = columns[: min(width, 1 + int(self.source.random() < 0.3))]
        where = self._seen(columns[len(by) :])
        found = margins.tabulate(self.counting, [self.world.names[k] for k in by], self._spelled(where))
        true = np.zeros(found.counts.shape, np.int64)
        passed = self.world.codes[self._pass(where)]
        if not by:
            return _answers(kind, found.counts, found.margins, len(passed))
        np.add.at(true, tuple(passed[:, k] for k in by), 1)
        return _answers(kind, found.counts, found.margins, true)

    def sets(self, kind: Kind, width: int) -> Answers:
        """Ask for one number: a filter on every column, of one value, several values, or all but one."""
        where = self._seen(self._columns(width))
        for column, mask in where.items():
            size, how = self.world.sizes[column], self.source.random()
            if how < 0.3 and size > 2:
                where[column] = ~mask
            elif how < 0.7 and size > 3:
                where[column] = mask | (self.source.random(size) < self.source.uniform(0.1, 0.6))
        found = margins.estimate(self.counting, self._spelled(where))
        return _answers(kind, found.count, found.margin, self._pass(where).sum())

    def share(self, kind: Kind, filters: int) -> Answers:
        """Ask for the percentage with a value that a released row has, of those with any answer in the group."""
        column, *others = self._columns(1 + filters)
        group = next((group for group in self.world.groups if column in group), (column,))
        if len(group) == 1 and self.world.sizes[column] == 2:
            return _answers(kind, [], [], [])  # of those with an answer all have the only value
        where = self._seen([one for one in others if one not in group])
        value = int(np.flatnonzero(self._seen([column], blank=False)[column])[0])
        name = self.world.names[column]
        found = margins.share(self.counting, name, f"v{value}", self._spelled(where))
        passed = self._pass(where)
        whole = (passed & (self.world.codes[:, group] > 0).any(axis=1)).sum()
        if found is None or whole == 0:
            return _answers(kind, [], [], [])
        true = 100 * (passed & (self.world.codes[:, column] == value)).sum() / whole
        size = np.array([found.part.count], float)
        shown = np.array([found.part.is_shown and found.whole.is_shown])
        return Answers(kind, *(np.array([one], float) for one in (found.percent, found.margin, true)), size, shown)

    def answered(self, filters: int) -> Answers:
        """Ask how many have any answer in a group."""
        group = self.world.groups[int(self.source.integers(len(self.world.groups)))]
        free = [k for k in range(len(self.world.sizes)) if k not in group]
        where = self._seen(self.source.permutation(free)[:filters].tolist())
        names = [self.world.names[k] for k in group]
        found = margins.answered(self.counting, names, self._spelled(where))
        true = (self._pass(where) & (self.world.codes[:, group] > 0).any(axis=1)).sum()
        return _answers(Kind.ANSWERED, found.count, found.margin, true)

    def _columns(self, width: int) -> list[int]:
        return self.source.permutation(len(self.world.sizes))[:width].tolist()

    def _seen(self, columns: Sequence[int], *, blank: bool = True) -> dict[int, NDArray[np.bool_]]:
        """Return for each column the value of one released row (the same row for all), as a mask over its codes."""
        rows = np.arange(self.counting.description.rows)
        if not blank:
            filled = np.flatnonzero(np.all([self.counting.codes[k] > 0 for k in columns], axis=0))
            rows = filled if len(filled) else rows
        row = int(rows[self.source.integers(len(rows))])
        return {k: np.arange(self.world.sizes[k]) == max(self.counting.codes[k][row], 0 if blank else 1) for k in columns}

    def _spelled(self, where: Mapping[int, NDArray[np.bool_]]) -> dict[str, frozenset[str]]:
        return {
            self.world.names[k]: frozenset(f"v{value}" if value else "" for value in np.flatnonzero(mask))
            for k, mask in where.items()
        }

    def _pass(self, where: Mapping[int, NDArray[np.bool_]]) -> NDArray[np.bool_]:
        passed = np.ones(len(self.world.codes), bool)
        for k, mask in where.items():
            passed &= mask[self.world.codes[:, k]]
        return passed


def _answers(kind: Kind, counts: object, margin: object, truths: object) -> Answers:
    """Arrange answers, leaving out cells in which there is nobody, released or in truth: there is nothing to say of them."""
    count, width, true = (np.asarray(one, np.float64).ravel() for one in (counts, margin, truths))
    told = (count > 0) | (true > 0)
    count, width, true = count[told], width[told], true[told]
    return Answers(kind, count, width, true, count, count > width)
