"""Crosswalks: how a file spells what the standard says, and what is lost on the way.

A crosswalk is a CSV in `crosswalks/`: the standard's code, the spelling that leaves, how well it
fits, and other spellings that are read. Countries and plain code lists need no file of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from amparo.standard import codes
from amparo.standard.codes import Fit

NO_COUNTRY = "0"


@dataclass(frozen=True, slots=True)
class Spelling:
    """How one kind of column is spelled in one family of files."""

    name: str
    to_pool: Mapping[str, str]
    from_pool: Mapping[str, str]
    fit: Mapping[str, Fit]
    domain: tuple[str, ...]

    def code(self, spelling: str) -> str | None:
        """Return the standard's code for a spelling, or None."""
        return self.to_pool.get(spelling)


def _spelling(name: str, rows: Iterable[tuple[str, str, Fit, str]]) -> Spelling:
    reads: dict[str, str] = {}
    writes: dict[str, str] = {}
    fits: dict[str, Fit] = {}
    for code, spelled, fit, also in rows:
        fits[code] = fit
        if spelled:
            writes[code] = spelled
        if spelled and fit is Fit.EXACT:
            reads[spelled] = code
        for other in filter(None, also.split(";")):
            reads.setdefault(other, code)
    return Spelling(name, reads, writes, fits, tuple(dict.fromkeys(writes.values())))


@cache
def load(name: str) -> Spelling:
    """Return a crosswalk: `country-alpha-2`, `country-alpha-3`, `same-LIST`, or the name of a file in `crosswalks/`."""
    if name.startswith("country-"):
        return _countries(name)
    if name.startswith("same-"):
        listed = codes.load(name.removeprefix("same-"))
        return _spelling(name, ((code.code, code.code, Fit.EXACT, "") for code in listed.current.codes))
    rows = codes.rows("crosswalks", name)
    return _spelling(name, ((row["code"], row["spelling"], Fit(row["fit"]), row["also"]) for row in rows))


def _countries(name: str) -> Spelling:
    current = codes.load("country").current.codes
    if name == "country-alpha-2":
        return _spelling(name, ((code.code, code.code, Fit.EXACT, "0.0;00" if code.code == NO_COUNTRY else "") for code in current))
    rows = [(code.code, code.also, Fit.EXACT, "") for code in current if code.also]
    return _spelling(name, [*rows, (NO_COUNTRY, "", Fit.NONE, "0;0.0;00")])


def country_names() -> Mapping[str, str]:
    """Return every name of a country in the three languages, folded to lower case, with its code."""
    names: dict[str, str] = {}
    for code in codes.load("country").offered.codes:
        names |= {label.casefold(): code.code for label in code.label.values()}
        names |= {code.code.casefold(): code.code, code.also.casefold(): code.code}
    return names
