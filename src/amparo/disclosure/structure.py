"""What is known of every row in public: combinations that cannot be, whoever the person is.

A rule is part of the domain and is written before anybody looks at the table. Settling a row depends on that row alone, so
one row more is still one row more after it: no sensitivity changes. Both what is measured and what is released keep every rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amparo.standard.reasons import Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amparo.disclosure.domain import Attribute, Column

ROOM = "disclosure"
BLANK_SPELLED = ""


@dataclass(frozen=True, slots=True)
class Implies:
    """Where `when` holds one of `values`, `then` holds one of `allowed`; an empty text among `allowed` is blank.

    For example: a type of labour implies forced labour; an age band implies majority.
    """

    when: str
    values: tuple[str, ...]
    then: str
    allowed: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, str]:
        """The column that gives way when a row breaks the rule, and the one it is held against."""
        return self.when, self.then

    def impossible(self, when: Attribute, then: Attribute) -> NDArray[np.bool_]:
        """Which cells of the pair table cannot be: bool[levels of when, levels of then]."""
        cells = np.outer(_among(when, self.values), ~_among(then, self.allowed))
        cells[0] = False
        return cells


@dataclass(frozen=True, slots=True)
class AtMost:
    """`lower` stands no later than `upper` in their common list of values, where both are recorded.

    For example: the age band at the time of the exploitation and the one at registration.
    """

    lower: str
    upper: str

    @property
    def columns(self) -> tuple[str, str]:
        """The column that gives way when a row breaks the rule, and the one it is held against."""
        return self.lower, self.upper

    def impossible(self, lower: Attribute, upper: Attribute) -> NDArray[np.bool_]:
        """Which cells of the pair table cannot be: bool[levels of lower, levels of upper]."""
        ranks = np.arange(lower.size)
        return (ranks[:, None] > ranks[None, :]) & (ranks > 0)[None, :]


Rule = Implies | AtMost


def _among(attribute: Attribute, spellings: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([spelling in spellings for spelling in (BLANK_SPELLED, *attribute.codes)])


def complaints(rules: Sequence[Rule], attributes: Sequence[Attribute]) -> list[Reason]:
    """Say what is wrong with rules over these attributes: unknown columns or values, conditions on blank, rules on one column."""
    known, reasons = {attribute.name: attribute for attribute in attributes}, list[Reason]()
    for number, rule in enumerate(rules, start=1):
        where = f"rules[{number}]"
        strangers = [name for name in rule.columns if name not in known]
        if strangers:
            reasons += [Reason(ROOM, "rule_column_unknown", where, {"column": name}) for name in strangers]
        elif rule.columns[0] == rule.columns[1]:
            reasons.append(Reason(ROOM, "rule_on_one_column", where, {"column": rule.columns[0]}))
        elif isinstance(rule, AtMost):
            if known[rule.lower].codes != known[rule.upper].codes:
                reasons.append(Reason(ROOM, "rule_needs_one_order", where, {"lower": rule.lower, "upper": rule.upper}))
        else:
            reasons += _of_implication(rule, known, where)
    return reasons


def _of_implication(rule: Implies, known: dict[str, Attribute], where: str) -> list[Reason]:
    reasons = []
    if not rule.values or not rule.allowed:
        reasons.append(Reason(ROOM, "rule_empty", where))
    if BLANK_SPELLED in rule.values:
        reasons.append(Reason(ROOM, "rule_on_blank", where, {"column": rule.when}))
    for name, spellings in ((rule.when, rule.values), (rule.then, rule.allowed)):
        foreign = [s for s in spellings if s and s not in known[name].codes]
        if foreign:
            reasons.append(Reason(ROOM, "rule_value_unknown", where, {"column": name, "values": ", ".join(foreign[:5])}))
    return reasons


@dataclass(frozen=True, slots=True, eq=False)
class Impossible:
    """The cells of one pair of columns that cannot be; `first` gives way: it counts as blank in a row that has such a cell."""

    first: int
    second: int
    cells: NDArray[np.bool_]


def settle(columns: Sequence[Column], impossible: Sequence[Impossible]) -> tuple[tuple[Column, ...], int]:
    """Return the rows with every rule kept, and how many rows broke one.

    In a row that breaks a rule the rule's first column counts as blank; rules are taken in their order, again until none
    is broken. That ends, because values only become blank and no rule begins with blank.
    """
    made, broken = list(columns), np.zeros(len(columns[0]), np.bool_)
    is_settled = False
    while not is_settled:
        is_settled = True
        for rule in impossible:
            wrong = rule.cells[made[rule.first], made[rule.second]]
            if wrong.any():
                made[rule.first] = made[rule.first].copy()
                made[rule.first][wrong] = 0
                broken |= wrong
                is_settled = False
    return tuple(made), int(broken.sum())
