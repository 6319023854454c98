"""The obvious way to do each step of the engine: no cleverness, no speed, for small tables. The fast way must agree.

Rows are tuples of codes; tables are mappings from codes to counts.
"""

import math
from collections import Counter
from fractions import Fraction
from itertools import combinations, product

import numpy as np


def singles(rows, sizes):
    """Count every level of every column."""
    return [[sum(row[i] == level for row in rows) for level in range(size)] for i, size in enumerate(sizes)]


def pairs(rows, sizes):
    """Count every combination of levels of every two columns."""
    return {
        (i, j): [[sum((row[i], row[j]) == (a, b) for row in rows) for b in range(sizes[j])] for a in range(sizes[i])]
        for i, j in combinations(range(len(sizes)), 2)
    }


def distinct(rows):
    """Count every row that occurs, in the order of its codes."""
    return sorted(Counter(rows).items())


def gate(rows, thresholds):
    """Count the rows, and those above each threshold in their class."""
    return [len(rows)] + [sum(max(count - t, 0) for _, count in distinct(rows)) for t in thresholds]


def tail(sigma, at_least):
    """The chance that a discrete Gaussian is at least so large: one sum over another, smallest terms first."""
    reach = int(40 * sigma) + abs(at_least) + 10
    weights = [math.exp(-k * k / (2 * sigma * sigma)) for k in range(-reach, reach + 1)]
    above = [weight for k, weight in zip(range(-reach, reach + 1), weights, strict=True) if k >= at_least]
    return math.fsum(sorted(above)) / math.fsum(sorted(weights))


def splits(total, largest=None):
    """Every way in which rows of one person can fall on new keys."""
    if total == 0:
        yield ()
    for part in range(min(total, largest or total), 0, -1):
        for rest in splits(total - part, part):
            yield (part, *rest)


def threshold(sigma, chance, rows):
    """The least count to be shown: tried one by one, for every split of a person's rows, largest included."""
    t = 1
    while any(sum(tail(sigma, t - part) for part in parts) > chance for parts in splits(rows)):
        t += 1
    return t


def delta(rho, epsilon, steps=200_000):
    """The exact delta of a Gaussian mechanism that spends `rho`: its privacy loss is normal, mean rho and variance 2 rho.

    Integrates max(0, 1 - e^(epsilon - loss)) by midpoints; a discrete Gaussian on a fine grid comes as near as one likes.
    """
    spread = math.sqrt(2 * rho)
    low, high = max(epsilon, rho - 40 * spread), max(epsilon, rho) + 40 * spread
    loss = low + (np.arange(steps) + 0.5) * (high - low) / steps
    density = np.exp(-((loss - rho) ** 2) / (4 * rho)) / math.sqrt(4 * math.pi * rho)
    return float((np.maximum(0.0, -np.expm1(epsilon - loss)) * density).sum() * (high - low) / steps)


def delta_of_sum(sigmas, epsilon):
    """The exact delta of one count asked several times with discrete Gaussian noise: losses summed up by convolution."""
    losses = {0.0: 1.0}
    for sigma in sigmas:
        reach = int(9 * sigma) + 3
        weights = {k: math.exp(-k * k / (2 * sigma * sigma)) for k in range(-reach, reach + 1)}
        whole, after = math.fsum(weights.values()), {}
        for (loss, p), (k, weight) in product(losses.items(), weights.items()):
            total = round(loss + (2 * k + 1) / (2 * sigma * sigma), 12)  # log of p(k) over p(k + 1): the count one higher
            after[total] = after.get(total, 0.0) + p * weight / whole
        losses = after
    return math.fsum(p * max(0.0, -math.expm1(epsilon - loss)) for loss, p in losses.items())


def spent(steps):
    """The rho of (sensitivity squared, scale) pairs as an exact fraction."""
    return sum((Fraction(squared) / (2 * Fraction(sigma) ** 2) for squared, sigma in steps), Fraction(0))


def least_squares(measured):
    """All marginals and their standard errors by weighted least squares over every cell of the whole domain at once."""
    sizes, at = measured.domain.sizes, {}
    cells = list(product(*map(range, sizes)))
    asked = [((i,), table, measured.singles_sigma) for i, table in enumerate(measured.singles)]
    asked += list(zip(measured.plan.pairs, measured.pairs, measured.pair_sigmas, strict=True))
    design, values, scales = [], [], []
    for columns, table, sigma in [*asked, ((), np.array(measured.gate.total), measured.plan.gate_sigma)]:
        every = product(*(range(sizes[i]) for i in columns))
        lines = [[float(all(cell[i] == v for i, v in zip(columns, levels, strict=True))) for cell in cells] for levels in every]
        at[columns] = np.array(lines)
        design += lines
        values += np.asarray(table, float).reshape(-1).tolist()
        scales += [sigma] * len(lines)
    weighted = np.array(design) / np.array(scales)[:, None]
    back = np.linalg.pinv(weighted, rcond=1e-10)
    solution, covariance = back @ (np.array(values) / np.array(scales)), back @ back.T
    return {
        columns: (lines @ solution, np.sqrt(np.einsum("ij,jk,ik->i", lines, covariance, lines))) for columns, lines in at.items()
    }


def raked(table, rows, columns, passes):
    """Scale rows and columns in turn to the sums they should have."""
    made = [list(line) for line in table]
    for _ in range(passes):
        for i, line in enumerate(made):
            whole = sum(line)
            made[i] = [cell * rows[i] / max(whole, 1e-9) for cell in line]
        for j in range(len(columns)):
            whole = sum(line[j] for line in made)
            for line in made:
                line[j] *= columns[j] / max(whole, 1e-9)
    return made


def projected(values, total):
    """The nearest non-negative values with that sum: lower all alike until what is left above zero adds up."""
    low, high = min(values) - total - 1, max(values)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(max(value - middle, 0.0) for value in values) > total else (low, middle)
    return [max(value - high, 0.0) for value in values]


def misfit(rows, singles_wanted, pairs_wanted):
    """Half the sum of squared gaps between counts and targets, all of them counted anew."""
    gap = sum((sum(row[i] == v for row in rows) - want) ** 2 for (i, v), want in singles_wanted.items())
    gap += sum((sum((row[i], row[j]) == (v, w) for row in rows) - want) ** 2 for (i, v, j, w), want in pairs_wanted.items())
    return gap / 2


def triples(row):
    """The combinations of three values that a row holds; blank is no value."""
    return list(combinations([(i, code) for i, code in enumerate(row) if code], 3))


def triples_seen(rows):
    """How many rows hold each combination of three values."""
    return Counter(triple for row in rows for triple in triples(row))


def cleaned(rows, sizes, singles_wanted, pairs_wanted, seen, lost, made, least_gain=1e-3):
    """Like `swept`, but each change is also worth what the triples are that come and go, by how often they were seen."""
    rows = list(rows)
    for at, row in enumerate(rows):
        best, chosen, now = least_gain, row, misfit(rows, singles_wanted, pairs_wanted)
        for i, size in enumerate(sizes):
            for level in range(size):
                rows[at] = (*row[:i], level, *row[i + 1 :])
                gain = now - misfit(rows, singles_wanted, pairs_wanted)
                gain -= sum(lost[seen[triple]] for triple in set(triples(row)) - set(triples(rows[at])))
                gain += sum(made[seen[triple]] for triple in set(triples(rows[at])) - set(triples(row)))
                if gain > best:
                    best, chosen = gain, rows[at]
        rows[at] = chosen
    return rows


def swept(rows, sizes, singles_wanted, pairs_wanted, least_gain=1e-3):
    """Visit each row once and make the one change of one value that lowers the misfit most, trying every change."""
    rows = list(rows)
    for at, row in enumerate(rows):
        best, chosen, now = least_gain, row, misfit(rows, singles_wanted, pairs_wanted)
        for i, size in enumerate(sizes):
            for level in range(size):
                rows[at] = (*row[:i], level, *row[i + 1 :])
                gain = now - misfit(rows, singles_wanted, pairs_wanted)
                if gain > best:
                    best, chosen = gain, rows[at]
        rows[at] = chosen
    return rows
