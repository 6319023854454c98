"""The measures of an evaluation as their definitions read, over spelled rows and dictionaries: slow and obvious."""

from collections import Counter
from itertools import combinations


def rows_of(table):
    return list(zip(*(table.values(name) for name in table.domain.names), strict=True))


def counted(rows, clique):
    return Counter(tuple(row[i] for i in clique) for row in rows)


def tvd(real, released, clique):
    true, found = counted(rows_of(real), clique), counted(rows_of(released), clique)
    scale = real.rows / max(1, released.rows)
    return sum(abs(true[cell] - found[cell] * scale) for cell in {*true, *found}) / 2 / real.rows


def worst(real, released, clique):
    true, found = counted(rows_of(real), clique), counted(rows_of(released), clique)
    scale = real.rows / max(1, released.rows)
    return max(abs(true[cell] - found[cell] * scale) for cell in {*true, *found})


def kept(real, released, widths=(1, 2, 3)):
    common = stayed = distinct = invented = mass = invented_mass = 0
    for width in widths:
        for clique in combinations(range(len(real.columns)), width):
            true, found = counted(rows_of(real), clique), counted(rows_of(released), clique)
            for cell in {*true, *found}:
                if "" in cell:
                    continue
                common += true[cell] >= 10
                stayed += true[cell] >= 10 and found[cell] > 0
                distinct += found[cell] > 0
                invented += found[cell] > 0 and true[cell] == 0
                mass += found[cell]
                invented_mass += found[cell] if true[cell] == 0 else 0
    return common, stayed, distinct, invented, mass, invented_mass
