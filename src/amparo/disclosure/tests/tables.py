"""Invented tables for the tests of this room."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from amparo.disclosure.domain import Attribute, Domain, Table

searched = settings(deadline=None, derandomize=True, max_examples=60)
SPELLINGS = tuple("abcdefghijklmnopqrstuvwxyz")


def domain_of(sizes):
    return Domain(tuple(Attribute(f"c{i}", SPELLINGS[: size - 1]) for i, size in enumerate(sizes)))


def invented(rows, sizes=(2, 3, 4, 5, 2), seed=1):
    """A table with dependent columns."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 2, rows)
    codes = np.stack([np.minimum(first + rng.integers(0, 2, rows) * (i % 3), size - 1) for i, size in enumerate(sizes)], 1)
    return Table.from_codes(domain_of(sizes), codes)


def with_row(table, row):
    """The neighbour that has one row more."""
    columns = tuple(
        np.concatenate([column, np.array([code], column.dtype)]) for column, code in zip(table.columns, row, strict=True)
    )
    return Table(table.domain, columns)


@st.composite
def neighbours(draw):
    """A small table and the same with one row more, whatever row the domain allows."""
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=6))
    row = st.tuples(*(st.integers(0, size - 1) for size in sizes))
    rows = draw(st.lists(row, max_size=40))
    copies = draw(st.integers(0, 30))
    added = draw(row)
    codes = np.array(rows + [added] * copies, np.uint8).reshape(len(rows) + copies, len(sizes))
    table = Table.from_codes(domain_of(sizes), codes)
    return table, with_row(table, added)
