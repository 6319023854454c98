"""Invented populations, cut into a table and a hold-out, and releases of them that are safe or not."""

import numpy as np

from amparo.disclosure import Table
from amparo.disclosure.tests.tables import domain_of

SIZES = (12, 9, 20, 2, 3, 2, 7, 2, 15, 2)


def population(rows, seed, sizes=SIZES):
    """Persons with dependent columns, most of them unlike any other in some columns."""
    rng = np.random.default_rng(seed)
    kind = rng.random(rows)
    mixed = [np.where(rng.random(rows) < 0.6, kind, rng.random(rows)) ** 2 for _ in sizes]
    codes = np.stack([(one * size).astype(int) for one, size in zip(mixed, sizes, strict=True)], axis=1)
    return Table.from_codes(domain_of(sizes), codes)


def part(table, start, stop):
    return Table(table.domain, tuple(column[start:stop] for column in table.columns))


def split(rows, left_out, seed):
    """A table, a hold-out, and an independent table of the same population."""
    whole = population(2 * rows + left_out, seed)
    return part(whole, 0, rows), part(whole, rows, rows + left_out), part(whole, rows + left_out, 2 * rows + left_out)


def half_copied(table, independent):
    """A release of which every second row is a person's."""
    columns = [
        np.where(np.arange(table.rows) % 2, mine, others) for mine, others in zip(table.columns, independent.columns, strict=True)
    ]
    return Table(table.domain, tuple(columns))
