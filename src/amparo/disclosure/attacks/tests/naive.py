"""The attacks' loops as they are defined, over lists of rows: slow and obvious."""

from math import comb


def rows_of(table):
    return [tuple(int(code) for code in row) for row in zip(*table.columns, strict=True)]


def matches(guess, rows):
    return sum(all(row[column] == code for column, code in guess) for row in rows)


def guesses_of(made):
    return [
        [(int(column), int(code)) for column, code in zip(columns, codes, strict=True) if column >= 0]
        for columns, codes in zip(made.columns, made.codes, strict=True)
    ]


def apart(one, other, columns):
    return sum(one[column] != other[column] for column in columns)


def nearest(target, rows, columns, wanted):
    return sorted(range(len(rows)), key=lambda at: (apart(target, rows[at], columns), at))[:wanted]


def chance_that_all_gave_way(inside, n, m):
    """The chance that m random persons out of n hold all `inside` given ones: subsets counted."""
    return comb(n - inside, m - inside) / comb(n, m) if inside <= m else 0.0
