"""What a picture is made of: counted quantities with their margins, categories with their words, and the four marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from amparo.standard.reasons import LANGUAGES, sentences

Words = Mapping[str, str]
"""One meaning in `en`, `fr` and `es`."""


class Mark(StrEnum):
    """Four different things that are not plain numbers: they are never mixed up, in code, in files or on screen."""

    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    ZERO = "zero"


class Basis(StrEnum):
    """Where a margin comes from: the count itself was measured with noise, or it follows from counts that were."""

    MEASURED = "measured"
    MODELLED = "modelled"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A count of released rows with the half-width of its 95 % interval, in persons."""

    count: int
    margin: float
    basis: Basis = Basis.MEASURED

    @property
    def mark(self) -> Mark | None:
        """Zero is zero; a count not larger than its margin is suppressed, because it says nothing."""
        if self.count == 0:
            return Mark.ZERO
        return Mark.SUPPRESSED if self.margin >= self.count else None

    @property
    def is_shown(self) -> bool:
        """Suppressed counts are neither drawn nor listed; zero is."""
        return self.mark is not Mark.SUPPRESSED

    @property
    def low(self) -> float:
        """The lower end of the interval; a number of persons is never negative."""
        return max(0.0, self.count - self.margin)

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return self.count + self.margin

    def differs_from(self, other: Quantity) -> bool:
        """Two quantities differ when their intervals do not touch; this is stricter than a test at 5 %."""
        return self.low > other.high or other.low > self.high


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage by the code book's rule (persons with any answer in the group) and its margin, both in percent points."""

    percent: float
    margin: float


@dataclass(frozen=True, slots=True)
class Category:
    """One answer as the release spells it, with its words and, where nobody answered, its mark."""

    code: str
    label: Words
    mark: Mark | None = None

    def name(self, language: str) -> str:
        """Return the category's word; a language that is missing falls back to English, then to the code."""
        return self.label.get(language) or self.label.get("en") or self.code


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a picture as files carry it: where it stands (column and code), how many, which share."""

    where: tuple[tuple[str, str], ...]
    quantity: Quantity
    share: Share | None = None

    @property
    def record(self) -> dict[str, str | int | float | None]:
        """Return the figure as JSON and CSV carry it; a suppressed count is null, and its mark says so."""
        shown = self.quantity.is_shown
        share = self.share if shown else None
        return dict(self.where) | {
            "count": self.quantity.count if shown else None,
            "margin": round(self.quantity.margin, 1),
            "basis": str(self.quantity.basis),
            "mark": str(self.quantity.mark or ""),
            "percent": round(share.percent, 1) if share else None,
            "percent_margin": round(share.margin, 1) if share else None,
        }


RECORD_FIELDS = ("count", "margin", "basis", "mark", "percent", "percent_margin")
"""The fields that every figure carries after its columns."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a picture's table: what it counts, then a cell for each header, None where nothing applies."""

    head: Category
    cells: tuple[Quantity | Share | None, ...]
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a picture in rows and columns; `headers[0]` names the rows."""

    caption: Words
    headers: tuple[Words, ...]
    rows: tuple[Row, ...]

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Return the marks that occur, in the order in which the key explains them."""
        found = {row.head.mark for row in self.rows}
        found |= {cell.mark for row in self.rows for cell in row.cells if isinstance(cell, Quantity)}
        return tuple(mark for mark in Mark if mark in found)


def words(key: str, **values: object) -> Words:
    """Return one sentence of this room in the three languages."""
    return MappingProxyType({language: sentences("pictures", language)[key].format(**values) for language in LANGUAGES})
