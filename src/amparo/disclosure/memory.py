"""How much memory a release takes, said before it starts: measured on the whole command and rounded up, from public facts.

Four parts: the program with its libraries; squares over all levels; the cells of all measured pairs, each kept as noisy
count, estimate and target; the cells of the table, as text while it is read and as codes while rows are fitted.
"""

from __future__ import annotations

MEBIBYTE = 2**20
PROGRAM = 250 * MEBIBYTE
BYTES_A_SQUARE_CELL = 32
BYTES_A_PAIR_CELL = 160
BYTES_A_TABLE_CELL = 32
MOST_TRIPLES = 2**27


def memory_needed(levels: int, pair_cells: int, columns: int, rows: int = 0) -> int:
    """Return about how many bytes a release takes over so many levels, cells of pairs, columns, and rows of short values.

    A table whose values are long takes as much more as its file is larger.
    """
    named = max(0, levels - columns)
    triples = named * (named - 1) * (named - 2) // 6
    squares = BYTES_A_SQUARE_CELL * levels * levels + (triples if triples <= MOST_TRIPLES else 0)
    return PROGRAM + squares + BYTES_A_PAIR_CELL * pair_cells + BYTES_A_TABLE_CELL * rows * (columns + 1)


def mebibytes(size: int) -> int:
    """Return a size in MiB, rounded up."""
    return -(-size // MEBIBYTE)
