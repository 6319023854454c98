"""Invented structures on which the constants of margins were set; coverage is reported on those of `calibrating` alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from amparo.release.tests.calibrating import Codes, World, pick


def few_kinds(rows: int, source: np.random.Generator) -> World:
    """Twelve columns that differ between three hidden kinds of case."""
    return _kinds((5, 3, 4, 8, 2, 3, 2, 6, 3, 4, 2, 9), 3, rows, source)


def many_kinds(rows: int, source: np.random.Generator) -> World:
    """Fourteen columns that differ between twenty-five hidden kinds of case."""
    return _kinds((6, 4, 3, 9, 2, 5, 3, 2, 4, 7, 3, 2, 2, 3), 25, rows, source)


def factors(rows: int, source: np.random.Generator) -> World:
    """Twelve ordered columns, cut from sums of two hidden quantities and chance."""
    sizes, hidden, columns = (5, 4, 6, 3, 7, 3, 2, 5, 4, 2, 3, 6), source.normal(size=(rows, 2)), list[Codes]()
    for size in sizes:
        value = hidden @ source.normal(size=2) + source.normal(size=rows) * source.uniform(0.3, 1.5)
        columns.append(np.searchsorted(np.sort(source.normal(size=size - 1)) * np.std(value), value).astype(np.int64))
    return World(sizes, np.stack(columns, axis=1))


def one_triple(rows: int, source: np.random.Generator) -> World:
    """A chain of columns after one triple whose third follows the two others together and neither alone."""
    sizes = (3, 3, 3, 6, 4, 2, 5, 3, 10, 2, 4)
    columns = [source.choice(size, rows, p=source.dirichlet(np.full(size, 1.5))) for size in sizes]
    columns[2] = np.where(source.random(rows) < 0.5, (columns[0] + columns[1]) % 3, columns[2])
    for k in range(4, len(sizes)):
        columns[k] = pick(source.dirichlet(np.full(sizes[k], 1.0), size=sizes[k - 1])[columns[k - 1]], source)
    return World(sizes, np.stack(columns, axis=1))


def answers(rows: int, source: np.random.Generator) -> World:
    """Three groups of columns that are answered the more, the larger one hidden quantity is, and differently by region."""
    openness, region = source.normal(size=rows), source.choice(6, rows, p=source.dirichlet(np.full(6, 2.0)))
    columns, sizes, groups = [region, source.choice(8, rows), source.choice(3, rows, p=(0.1, 0.3, 0.6))], [6, 8, 3], []
    for width in (4, 5, 9):
        habit = source.normal(size=6)
        groups.append(tuple(range(len(columns), len(columns) + width)))
        for _ in range(width):
            value = source.normal() + habit[region] + source.uniform(0, 1.5) * openness + source.normal(size=rows)
            sizes.append(int(source.integers(2, 4)))
            columns.append((value > 0.8) * (1 + source.integers(0, sizes[-1] - 1, rows)))
    return World(tuple(sizes), np.stack(columns, axis=1), tuple(groups))


def codes(rows: int, source: np.random.Generator) -> World:
    """One column of 120 codes, and nine small ones that follow it or one another."""
    popular, sizes = 1 / np.arange(1, 121) ** 1.1, (120, 12, 3, 5, 2, 4, 3, 7, 2, 6)
    columns = [source.choice(120, rows, p=popular / popular.sum())]
    for k, size in enumerate(sizes[1:]):
        given = columns[-1] if k % 2 else columns[0]
        columns.append(pick(source.dirichlet(np.full(size, 0.8), size=120)[given], source))
    return World(sizes, np.stack(columns, axis=1))


def partners(rows: int, source: np.random.Generator) -> World:
    """Eleven partners, each of whom records some groups of columns and leaves others blank throughout."""
    who, sizes, groups = source.choice(11, rows, p=source.dirichlet(np.full(11, 1.5))), [7, 5, 3], []
    columns = [source.choice(7, rows), pick(source.dirichlet(np.full(5, 0.6), size=11)[who], source)]
    columns.append(source.choice(3, rows, p=(0.05, 0.4, 0.55)))
    for width in (3, 6, 8):
        records, careful = source.random(11) < 0.6, source.uniform(0.6, 1, size=11)
        form = source.choice(5, rows, p=source.dirichlet(np.full(5, 1.0)))
        groups.append(tuple(range(len(columns), len(columns) + width)))
        for _ in range(width):
            yes = source.beta(0.5, 1.5, size=5)[form] * careful[who]
            columns.append((records[who] & (source.random(rows) < yes)).astype(np.int64))
            sizes.append(2)
    return World(tuple(sizes), np.stack(columns, axis=1), tuple(groups))


REHEARSED_WORLDS: Mapping[str, Callable[[int, np.random.Generator], World]] = {
    made.__name__: made for made in (few_kinds, many_kinds, factors, one_triple, answers, codes, partners)
}


def _kinds(sizes: tuple[int, ...], kinds: int, rows: int, source: np.random.Generator) -> World:
    kind = source.choice(kinds, rows, p=source.dirichlet(np.full(kinds, 1.0)))
    return World(sizes, np.stack([pick(source.dirichlet(np.full(size, 0.6), size=kinds)[kind], source) for size in sizes], axis=1))
