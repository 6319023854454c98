"""Singling out: from the release alone, name values that exactly one person of the table has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.attacks.rates import Attack, Rate, require_attackable, wilson
from amparo.disclosure.attacks.sampling import TARGETS, some_rows
from amparo.disclosure.domain import Domain, Table
from amparo.disclosure.evaluation.comparing import by_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_COLUMNS, MOST_COLUMNS = 2, 12
BATCHES = 32


@dataclass(frozen=True, slots=True, eq=False)
class Guesses:
    """Descriptions of one person each: columns and their codes, a line for each guess; a line ends at column -1."""

    columns: NDArray[np.int64]
    codes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.columns)

    def counted(self, table: Table, *, most: int | None = None) -> NDArray[np.int64]:
        """Return how many rows of a table each guess describes, counted up to `most`; the rarest value is asked first."""
        from amparo.disclosure.attacks import kernels

        found = np.zeros(len(self), np.int64)
        if len(self) and table.rows:
            sizes, offsets = table.domain.sizes, np.array(table.domain.offsets[:-1])
            counts = np.concatenate(
                [np.bincount(column, minlength=size) for column, size in zip(table.columns, sizes, strict=True)]
            )
            common = np.where(self.columns < 0, table.rows + 1, counts[offsets[self.columns] + self.codes])
            order = np.argsort(common, axis=1, kind="stable")
            columns, codes = (np.take_along_axis(one, order, axis=1) for one in (self.columns, self.codes))
            kernels.count_matches(by_columns(table), columns, codes, most or table.rows, found)
        return found

    def only(self, kept: NDArray[np.bool_]) -> Guesses:
        """Return some of the guesses."""
        return Guesses(self.columns[kept], self.codes[kept])


def single_out(
    training: Table, holdout: Table, released: Table, *, rng: np.random.Generator, guesses: int = TARGETS
) -> tuple[Attack, ...]:
    """Attack by one column and by several: a guess is what exactly one released row has, a success exactly one person.

    The control asks the same of the table with random persons replaced by those of the hold-out, and counts a guess
    that describes one of these and nobody else: see `expected_among_others`. The naive attack guesses columns and
    values at random. Raises `Refused` for tables that cannot be attacked.
    """
    require_attackable(training, holdout, released)
    holdout = Table.from_codes(holdout.domain, some_rows(holdout, training.rows, rng))
    wide = _at_random(training.domain, guesses, rng)
    attacks = []
    for name, made in (("single_out_one", one_column(released)), ("single_out_many", many_columns(released, guesses, rng))):
        lone = _at_random_alone(training.domain, guesses, rng) if name == "single_out_one" else wide
        attacks.append(
            Attack(
                name,
                main=wilson(float((made.counted(training) == 1).sum()), len(made)),
                control=expected_among_others(made.counted(training), made.counted(holdout), training.rows, holdout.rows),
                naive=wilson(float((lone.counted(training) == 1).sum()), len(lone)),
            )
        )
    return tuple(attacks)


def expected_among_others(inside: NDArray[np.int64], outside: NDArray[np.int64], rows: int, others: int) -> Rate:
    """Return how often guesses would single out a person of a table of `rows` that the release never saw.

    `m` random persons of the table, as many as the hold-out has, give way to those of the hold-out. A guess with one
    match in the hold-out and `inside` in the table then singles a hold-out person out if all of these gave way:
    with chance m/n (m - 1)/(n - 1) and so on. Scaled from m persons to all n, this has the same mean as the main
    attack whenever the release does not depend on who of the population is in the table, for every guess and for
    every m up to n; with m = n it is the plain count.
    """
    n, m = rows, others
    if not len(inside):
        return wilson(0, 0)
    steps = np.arange(int(inside.max(initial=0)) + 1)
    gone = np.concatenate([[1.0], np.cumprod(np.maximum(0.0, (m - steps) / np.maximum(1, n - steps)))])
    raw = wilson(float(gone[inside][outside == 1].sum()), len(inside))
    return Rate(min(1.0, raw.value * n / m), min(1.0, raw.error * n / m), raw.guesses)


def one_column(released: Table) -> Guesses:
    """Return every value of one column that exactly one released row has."""
    found = [(i, int(code)) for i, column in enumerate(released.columns) for code in np.flatnonzero(np.bincount(column) == 1)]
    lines = np.array(found, np.int64).reshape(len(found), 2)
    return Guesses(lines[:, :1], lines[:, 1:])


def many_columns(released: Table, most: int, rng: np.random.Generator) -> Guesses:
    """Return up to `most` different guesses: values of a random released row in random columns, unique in the release."""
    kept: dict[bytes, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
    codes = by_columns(released).T
    for _ in range(BATCHES):
        rows = rng.integers(0, released.rows, most)
        columns = _columns_at_random(codes.shape[1], most, rng)
        values = np.where(columns >= 0, codes[rows[:, None], columns], 0).astype(np.int64)
        drawn = Guesses(columns, values)
        lone = drawn.only(drawn.counted(released, most=2) == 1)
        for line, code in zip(lone.columns, lone.codes, strict=True):
            kept.setdefault(line.tobytes() + code.tobytes(), (line, code))
        if len(kept) >= most:
            break
    lines = list(kept.values())[:most]
    width = min(MOST_COLUMNS, codes.shape[1])
    stack = [np.array([line[k] for line in lines], np.int64).reshape(len(lines), width) for k in (0, 1)]
    return Guesses(stack[0], stack[1])


def _columns_at_random(width: int, lines: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return sorted random columns for each line, as many as a random number from two up, filled with -1."""
    most = min(MOST_COLUMNS, width)
    order = np.argsort(rng.random((lines, width)), axis=1)[:, :most]
    sizes = rng.integers(min(LEAST_COLUMNS, most), most + 1, lines)
    order[np.arange(most)[None, :] >= sizes[:, None]] = width
    order.sort(axis=1)
    return np.where(order == width, -1, order).astype(np.int64)


def _at_random(domain: Domain, most: int, rng: np.random.Generator) -> Guesses:
    columns = _columns_at_random(len(domain.sizes), most, rng)
    return Guesses(columns, np.where(columns >= 0, rng.integers(0, np.array(domain.sizes)[columns]), 0))


def _at_random_alone(domain: Domain, most: int, rng: np.random.Generator) -> Guesses:
    columns = rng.integers(0, len(domain.sizes), (most, 1))
    return Guesses(columns, rng.integers(0, np.array(domain.sizes)[columns]))
