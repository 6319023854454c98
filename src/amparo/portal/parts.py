"""Which column of a release plays which part: whatever a column is called, it names the standard's field it carries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from amparo.bundle.description import Column, Description, Group
from amparo.pictures.values import Category, Mark, Words
from amparo.pictures.values import words as picture_words

NAMES = {
    "registration_year": ("yearOfRegistration", "year"),
    "gender": ("gender", "sex"),
    "age_band": ("ageBroad", "age"),
    "citizenship": ("citizenship",),
    "exploitation_country": ("CountryOfExploitation",),
}
"""For columns that name no field: the spellings of the public file families. A column plays one part, its field's first."""

BAND = re.compile(r"[0-9]{1,3}--(?P<high>[0-9]{1,3})")
REFUSED = ("declined", "refused", "prefers_not_to_say")
UNKNOWN = ("unknown", "Unknown", "NonSpecifiedUnknown")


@dataclass(frozen=True, slots=True)
class Parts:
    """The columns that the explorer knows by their part; None where a release has no such column.

    `groups` are those in which yes can be counted; a flag of which only *no* was released stands among the others.
    """

    year: Column | None
    gender: Column | None
    age: Column | None
    origin: Column | None
    destination: Column | None
    groups: tuple[Group, ...]
    others: tuple[Column, ...]


@lru_cache(maxsize=64)
def _parts(key: str, description: _Kept) -> Parts:
    found = {field: _column(description.value, field) for field in NAMES}
    taken = {column.name for column in found.values() if column}
    groups = description.value.countable_groups
    grouped = {name for group in groups for name in group.columns}
    others = tuple(
        column
        for column in description.value.columns
        if column.name not in taken | grouped and column.kind in ("category", "ordinal", "flag") and len(column.domain) <= 30
    )
    return Parts(
        year=found["registration_year"],
        gender=found["gender"],
        age=found["age_band"],
        origin=found["citizenship"],
        destination=found["exploitation_country"],
        groups=groups,
        others=others,
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """A description that is equal to another when its release is: descriptions hold mappings and cannot be hashed."""

    key: str
    value: Description

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self.key == other.key


def parts_of(description: Description, token: str) -> Parts:
    """Return the parts of a release; `token` names its bytes, so that they are worked out once."""
    return _parts(token, _Kept(token, description))


def _column(description: Description, field: str) -> Column | None:
    by_field = description.find(field)
    if by_field is not None:
        return by_field
    return next((column for column in description.columns if column.name in NAMES[field] and column.field not in NAMES), None)


def yes_code(column: Column) -> str | None:
    """Return the code of a yes-or-no column that means yes; None for other columns, and where its list has no yes."""
    return column.yes if column.kind == "flag" else None


def category(column: Column, code: str) -> Category:
    """Return one value of a column with its words and its mark; "" is blank, which means not recorded."""
    if not code:
        return Category("", picture_words("unknown"), Mark.UNKNOWN)
    return Category(code, said(column, code), _mark(column, code))


def _mark(column: Column, code: str) -> Mark | None:
    """Return refused or unknown where a value says so; a country spelled without letters is no country."""
    if code in REFUSED:
        return Mark.REFUSED
    is_unknown = code in UNKNOWN or (column.kind == "country" and not code.isalpha())
    return Mark.UNKNOWN if is_unknown else None


def said(column: Column, code: str) -> Words:
    """Return a value in three languages; an age band without words gets a dash as people write it."""
    found = column.labels.get(code)
    if found:
        return found
    plain = code.replace("--", "\u2013")
    return {"en": plain, "fr": plain, "es": plain}


def is_child_band(code: str) -> bool:
    """True for an age band whose last year is under eighteen, spelled `low--high`."""
    band = BAND.fullmatch(code)
    return band is not None and int(band["high"]) < 18
