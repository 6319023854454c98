"""How much memory a release takes, said before it starts: measured on the whole command and rounded up, from public facts.

Five parts: the program with its libraries; squares over all levels; the cells of all measured pairs, each kept as noisy
count, estimate and target; the cells of the table, as text while it is read and as codes while rows are fitted; how often
combinations of three occur in other invented tables.
"""

from __future__ import annotations

from math import comb

MEBIBYTE = 2**20
PROGRAM = 250 * MEBIBYTE
BYTES_A_SQUARE_CELL = 32
BYTES_A_PAIR_CELL = 160
BYTES_A_TABLE_CELL = 32
ROOM_FOR_TRIPLES = 2**27  # a power of two


def memory_needed(levels: int, pair_cells: int, columns: int, rows: int = 0) -> int:
    """Return about how many bytes a release takes over so many levels, cells of pairs, columns, and rows of short values.

    A table whose values are long takes as much more as its file is larger.
    """
    squares = BYTES_A_SQUARE_CELL * levels * levels + min(triples_of(levels, columns), ROOM_FOR_TRIPLES)
    return PROGRAM + squares + BYTES_A_PAIR_CELL * pair_cells + BYTES_A_TABLE_CELL * rows * (columns + 1)


def triples_of(levels: int, columns: int) -> int:
    """Return how many combinations of three levels there are where each column has one blank level, which does not count."""
    return comb(levels - columns, 3)


def mebibytes(size: int) -> int:
    """Return a size in MiB, rounded up."""
    return -(-size // MEBIBYTE)
