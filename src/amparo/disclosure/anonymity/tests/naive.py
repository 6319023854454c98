"""Slow, obvious counterparts: the definitions as they are written in the literature, for the fast code to agree with."""

import itertools
from collections import Counter, defaultdict


def rows_of(table, names):
    """The rows of a table, spelled, in some columns."""
    return list(zip(*(table.values(name) for name in names), strict=True))


def k_of(table, quasi):
    """The least number of rows that agree in all quasi-identifiers."""
    return min(Counter(rows_of(table, quasi)).values(), default=0)


def l_of(table, quasi, sensitive):
    """The least number of different recorded values of any sensitive column in any class."""
    held = defaultdict(set)
    for row, values in zip(rows_of(table, quasi), rows_of(table, sensitive), strict=True):
        held[row] |= {(name, value) for name, value in zip(sensitive, values, strict=True)}
    return min((len({v for n, v in found if n == name and v}) for found in held.values() for name in sensitive), default=0)


def cell_loss(scheme, place, code):
    """What one released cell has lost, by the definition of the penalty."""
    quasi, before = scheme.quasi[place], scheme.domain.attributes[scheme.places(scheme.quasi_names)[place]]
    if code == "*":
        return 1.0
    for group in (group for level in quasi.levels for group in level):
        if group.code == code:
            return (len(group.members) - 1) / (len(before.codes) - 1)
    return 0.0


def loss_of(table, scheme):
    """The mean loss of all quasi-identifying cells."""
    rows = rows_of(table, scheme.quasi_names)
    return sum(cell_loss(scheme, place, code) for row in rows for place, code in enumerate(row)) / (len(rows) * len(scheme.quasi))


def holds(scheme, place, code, value):
    """Whether a released code may stand for a value: as it is, by a group that holds it, or suppressed."""
    groups = {group.code: group.members for level in scheme.quasi[place].levels for group in level}
    return code == "*" or code == value or value in groups.get(code, ())


def least_loss(table, scheme):
    """The least loss of all ways to publish a table: every choice for every row, tried one after the other."""
    rows, kept = rows_of(table, scheme.quasi_names), rows_of(table, scheme.sensitive)
    codes = [[("", *ladder.codes) for ladder in scheme.ladders]][0]
    choices = []
    for row in rows:
        cells = []
        for place, value in enumerate(row):
            seen = [code for code in codes[place] if holds(scheme, place, code, value) and (code or not value)]
            cells.append([code for code in seen if not (value == "" and code not in ("", "*"))])
        choices.append(list(itertools.product(*cells)))
    best = 1.0
    for published in itertools.product(*choices):
        counts = Counter(published)
        if min(counts.values()) < scheme.k:
            continue
        if scheme.l > 1 and not _is_diverse(published, kept, scheme):
            continue
        loss = sum(cell_loss(scheme, place, code) for row in published for place, code in enumerate(row))
        best = min(best, loss / (len(rows) * len(scheme.quasi)))
    return best


def _is_diverse(published, kept, scheme):
    for row in set(published):
        for at in range(len(scheme.sensitive)):
            values = {values[at] for one, values in zip(published, kept, strict=True) if one == row and values[at]}
            if len(values) < scheme.l:
                return False
    return True
