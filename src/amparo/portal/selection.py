"""What a reader asked for: filters as an address writes them, read without trusting a letter of it.

The address spells filters by the release's own column names (`gender=Female`), a year range by `year_from` and
`year_to`, yes-or-no columns by their group (`means=meansThreats`), and blank, "not recorded", by `-`. A value repeated
widens the filter; a group repeated narrows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from amparo.bundle.description import Column, Description
from amparo.portal.parts import Parts, yes_code

BLANK = "-"
FROM, TO = "year_from", "year_to"
MOST_PAIRS = 120


@dataclass(frozen=True, slots=True)
class Problem:
    """One part of an address that cannot be answered: which, and why (`unknown_filter`, `unknown_value`, `years`, `too_many`)."""

    code: str
    name: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters in one canonical order, so that equal selections have equal addresses.

    `values` holds for each column its wanted codes ("" is blank), `flags` for each group the columns that must be yes.
    """

    year_from: str = ""
    year_to: str = ""
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()
    flags: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when nothing is filtered."""
        return self == Selection()

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the filters as the address writes them."""
        years = [(FROM, self.year_from), (TO, self.year_to)]
        filters = [(name, code or BLANK) for name, codes in (*self.values, *self.flags) for code in codes]
        return tuple((name, value) for name, value in (*years, *filters) if value)

    @property
    def query(self) -> str:
        """Return the canonical query, with its question mark; empty when nothing is filtered."""
        return f"?{urlencode(self.pairs)}" if self.pairs else ""

    def without(self, *gone: tuple[str, str]) -> str:
        """Return the query with some filters taken out."""
        left = [pair for pair in self.pairs if pair not in gone]
        return f"?{urlencode(left)}" if left else "?"

    def where(self, description: Description, parts: Parts) -> dict[str, frozenset[str]]:
        """Return the filter by column, as the margins read it."""
        found = {name: frozenset(codes) for name, codes in self.values}
        if parts.year and (self.year_from or self.year_to):
            found[parts.year.name] = frozenset(self.years(parts.year))
        for _, columns in self.flags:
            found |= {name: frozenset({yes}) for name in columns if (yes := yes_code(description.column(name)))}
        return found

    def years(self, year: Column) -> tuple[str, ...]:
        """Return the years asked for, oldest first; all of the public domain where none are."""
        return tuple(
            code
            for code in sorted(year.domain)
            if (not self.year_from or code >= self.year_from) and (not self.year_to or code <= self.year_to)
        )


def filters_of(description: Description, parts: Parts) -> Mapping[str, Column]:
    """Return the columns that can be filtered by value, by their name in the address."""
    named = [column for column in (parts.gender, parts.age, parts.origin, parts.destination, *parts.others) if column]
    return {column.name: column for column in named}


def parse(pairs: Iterable[tuple[str, str]], description: Description, parts: Parts) -> tuple[Selection, tuple[Problem, ...]]:
    """Read an address's filters; what cannot be answered is left out and told, never guessed."""
    pairs = [(name, value) for name, value in pairs if value]
    if len(pairs) > MOST_PAIRS:
        return Selection(), (Problem("too_many", ""),)
    columns, groups = filters_of(description, parts), {group.name: group for group in parts.groups}
    problems: list[Problem] = []
    years: dict[str, str] = {}
    values: dict[str, set[str]] = {}
    flags: dict[str, set[str]] = {}
    for name, value in pairs:
        if name in (FROM, TO) and parts.year:
            if value not in parts.year.domain:
                problems.append(Problem("unknown_value", name, value))
            else:
                years[name] = value
        elif name in columns:
            _take(values, problems, name, "" if value == BLANK else value, ("", *columns[name].domain))
        elif name in groups:
            _take(flags, problems, name, value, tuple(c for c in groups[name].columns if yes_code(description.column(c))))
        else:
            problems.append(Problem("unknown_filter", name))
    if years.get(FROM, "") > years.get(TO, "\uffff"):
        problems.append(Problem("years", FROM, years[FROM]))
        years = {}
    selection = Selection(years.get(FROM, ""), years.get(TO, ""), _ordered(values, columns), _in_groups(flags, parts))
    return selection, tuple(problems)


def _take(found: dict[str, set[str]], problems: list[Problem], name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value in allowed:
        found.setdefault(name, set()).add(value)
    else:
        problems.append(Problem("unknown_value", name, value))


def _ordered(values: Mapping[str, set[str]], columns: Mapping[str, Column]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (name, tuple(code for code in (*column.domain, "") if code in values[name]))
        for name, column in columns.items()
        if name in values
    )


def _in_groups(flags: Mapping[str, set[str]], parts: Parts) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (group.name, tuple(name for name in group.columns if name in flags[group.name]))
        for group in parts.groups
        if group.name in flags
    )
