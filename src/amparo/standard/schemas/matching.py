"""Whose column is this: the header of a file against a schema, with the right name suggested for a misspelt one."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from amparo.standard.reasons import Reason
from amparo.standard.schemas.columns import SchemaColumn, Way

CLOSE = 0.75


@dataclass(frozen=True, slots=True)
class Matching:
    """How the columns of a file meet those of a schema: `found` and `unknown` go by the file's names, the rest by the schema's."""

    found: Mapping[str, SchemaColumn]
    unknown: Mapping[str, str]
    missing: tuple[str, ...]
    twice: Mapping[str, tuple[str, ...]]
    ignored: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why the file cannot be read as it stands; empty when it can. Missing columns are no obstacle: they stay unrecorded."""
        wrong = [
            Reason("standard", "misspelt_column" if right else "unknown_column", where=name, values={"suggestion": right})
            for name, right in self.unknown.items()
        ]
        wrong += [
            Reason("standard", "column_twice", where=name, values={"names": ", ".join(names)}) for name, names in self.twice.items()
        ]
        return tuple(wrong)


def match(
    header: Sequence[str], columns: Sequence[SchemaColumn], *, rename: Mapping[str, str], ignore: Collection[str]
) -> Matching:
    """Match a header; `rename` says what a partner calls a column, `ignore` lists columns to leave out."""
    by_name = {spelled: column for column in columns for spelled in (*column.aliases, column.name)}
    found: dict[str, SchemaColumn] = {}
    unknown: list[str] = []
    for name in header:
        column = by_name.get(rename.get(name, name))
        if column is not None:
            found[name] = column
        elif name not in ignore:
            unknown.append(name)
    absent = [column for column in columns if column not in found.values()]
    twice: dict[str, list[str]] = {}
    for name, column in found.items():
        twice.setdefault(column.name, []).append(name)
    free = [spelled for spelled, column in by_name.items() if column in absent]
    return Matching(
        found=found,
        unknown={name: suggest(name, free) for name in unknown},
        missing=tuple(column.name for column in absent if column.way is not Way.NOTE),
        twice={name: tuple(names) for name, names in twice.items() if len(names) > 1},
        ignored=tuple(name for name in header if name in ignore),
    )


def suggest(word: str, among: Collection[str]) -> str:
    """Return the word of a collection that someone most likely meant, or an empty text."""
    folded = {candidate.casefold(): candidate for candidate in among}
    close = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=CLOSE)
    return folded[close[0]] if close else ""
