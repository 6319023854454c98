"""Code lists: each answer that the standard knows, in three languages, with its source and its time of validity."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from amparo.standard.reasons import LANGUAGES

EXTENSIONS = "extensions"


class Fit(StrEnum):
    """How well a value says the same after it was mapped to another list."""

    EXACT = "exact"
    BROADER = "broader"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Code:
    """One answer of a code list; a local extension also says to which code of HTCDS 2.0 it maps back, and how well."""

    code: str
    label: Mapping[str, str]
    source: str
    valid_from: date | None = None
    valid_until: date | None = None
    is_extension: bool = False
    maps_to: str = ""
    fit: Fit = Fit.EXACT
    also: str = ""

    def is_valid_on(self, day: date) -> bool:
        """Tell whether the code was in force on a day; the first and the last day are included."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class CodeList:
    """All codes of one list, those of the standard first and local extensions after them."""

    name: str
    codes: tuple[Code, ...]
    _index: Mapping[str, Code] = field(repr=False, compare=False, default_factory=dict)

    def get(self, code: str) -> Code | None:
        """Return a code, or None where the list has no such code."""
        return self._index.get(code)

    def __contains__(self, code: object) -> bool:
        return code in self._index

    def label(self, code: str, language: str = "en") -> str:
        """Return the label of a code; an unknown code is shown as it is, because old data outlives lists."""
        found = self._index.get(code)
        return found.label[language if language in LANGUAGES else "en"] if found else code

    def at(self, day: date) -> CodeList:
        """Return the list as it was in force on a day."""
        return _code_list(self.name, tuple(code for code in self.codes if code.is_valid_on(day)))

    @property
    def current(self) -> CodeList:
        """The codes that no one has withdrawn: the public domain of a column."""
        return _code_list(self.name, tuple(code for code in self.codes if code.valid_until is None))

    @property
    def offered(self) -> CodeList:
        """The codes to offer in a form: current, and without those that exist only to read coarser files."""
        return _code_list(self.name, tuple(code for code in self.current.codes if code.fit is not Fit.NONE))

    def joined(self, other: CodeList) -> CodeList:
        """Return another list with the codes of this one after its own; a code that both have is the other's."""
        return _code_list(self.name, (*other.codes, *(code for code in self.codes if code.code not in other)))

    def spellings(self) -> tuple[str, ...]:
        """Return the codes alone, in order."""
        return tuple(code.code for code in self.codes)


def _code_list(name: str, codes: tuple[Code, ...]) -> CodeList:
    return CodeList(name, codes, MappingProxyType({code.code: code for code in codes}))


def rows(folder: str, name: str) -> list[dict[str, str]]:
    """Return the rows of one of the room's own CSV files."""
    text = files("amparo.standard").joinpath(*filter(None, (folder, f"{name}.csv"))).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def labels(row: Mapping[str, str]) -> Mapping[str, str]:
    """Return the labels of a row of one of the room's own CSV files, by language."""
    return MappingProxyType({language: row[f"label_{language}"] for language in LANGUAGES})


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _code(row: Mapping[str, str], *, is_extension: bool) -> Code:
    return Code(
        code=row["code"],
        label=labels(row),
        source=row["source"],
        valid_from=_day(row["valid_from"]),
        valid_until=_day(row["valid_until"]),
        is_extension=is_extension,
        maps_to=row.get("maps_to", ""),
        fit=Fit(row.get("fit", Fit.EXACT)),
        also=row.get("alpha_3", "") or row.get("alpha_2", ""),
    )


@cache
def names() -> tuple[str, ...]:
    """Return the names of all code lists, in alphabetical order."""
    found = (path.name for path in files("amparo.standard").joinpath("codes").iterdir())
    return tuple(sorted(name.removesuffix(".csv") for name in found if name.endswith(".csv") and name != f"{EXTENSIONS}.csv"))


@cache
def load(name: str) -> CodeList:
    """Return one code list with its local extensions; an unknown name is a programmer's mistake (`KeyError`)."""
    if name not in names():
        raise KeyError(name)
    own = [_code(row, is_extension=False) for row in rows("codes", name)]
    local = [_code(row, is_extension=True) for row in rows("codes", EXTENSIONS) if row["list"] == name]
    return _code_list(name, tuple(own + local))
