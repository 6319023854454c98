"""An evaluation as a value: everything that the page and the JSON say of one release, and which of two is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from statistics import fmean

from amparo.bundle.description import Description
from amparo.bundle.reading import Bundle
from amparo.disclosure import Table
from amparo.disclosure.evaluation import (
    Exactness,
    Part,
    Progress,
    SubpopulationError,
    exactness,
    largest_parts,
    subpopulation_error,
)
from amparo.release.steward.effects import PanelEffect, effects
from amparo.release.steward.inputs import ROOM, released_table
from amparo.standard.reasons import Reason, Refused


class Better(StrEnum):
    """Which of two values of a measure is better."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True)
class Headline:
    """One measure in one number; `is_share` from 0 to 1, otherwise persons."""

    key: str
    value: float
    better: Better
    is_share: bool = True

    def beats(self, other: Headline | None) -> bool:
        """Return whether this is the better of two."""
        if other is None or self.value == other.value:
            return False
        return (self.value < other.value) is (self.better is Better.LOWER)


@dataclass(frozen=True)
class Evaluation:
    """One release against its sensitive table: for the steward's own eyes."""

    about: Description
    exactness: Exactness
    parts: tuple[SubpopulationError, ...]
    panels: tuple[PanelEffect, ...]

    @cached_property
    def covered(self) -> float:
        """The share of shown numbers of all pictures whose margin holds the truth; 1 when none is shown."""
        held = [one.is_covered for panel in self.panels for one in panel.effects if one.quantity.is_shown]
        return sum(held) / len(held) if held else 1.0

    @cached_property
    def headlines(self) -> tuple[Headline, ...]:
        """The measures by which releases are compared, in the order of the page."""
        found, kept = self.exactness, self.exactness.kept
        worst = max((abs(cell.error) for cell in found.worst if len(cell.names) == 1), default=0.0)
        lines = [
            *(Headline(f"tvd{width}", value, Better.LOWER) for width, value in enumerate(found.tvd, start=1)),
            *([] if found.tvd3_all is None else [Headline("tvd3_all", found.tvd3_all, Better.LOWER)]),
            Headline("worst_single", worst, Better.LOWER, is_share=False),
            Headline("preserved", kept.preserved, Better.HIGHER),
            Headline("fabricated", kept.fabricated, Better.LOWER),
            Headline("fabricated_mass", kept.fabricated_mass, Better.LOWER),
            Headline("covered", self.covered, Better.HIGHER),
        ]
        if self.parts:
            lines.append(Headline("parts_tvd2", fmean(part.tvd2 for part in self.parts), Better.LOWER))
        return tuple(lines)


def evaluate(bundle: Bundle, real: Table, parts: Sequence[Part], *, progress: Progress | None = None) -> Evaluation:
    """Compare a release with the sensitive table: as a whole, in parts, and picture by picture."""
    tell = progress or (lambda step, share: None)
    released = released_table(bundle)
    whole = exactness(real, released, progress=progress)
    tell("parts", 0.0)
    inside = tuple(subpopulation_error(real, released, part) for part in parts)
    tell("effects", 0.0)
    return Evaluation(bundle.description, whole, inside, effects(bundle, real))


def choose_parts(asked: Sequence[str], real: Table) -> tuple[Part, ...]:
    """Return the parts that were asked for as COLUMN=VALUE,VALUE, or else the largest values of each column.

    Raises `Refused` for a part that is not written so; unknown columns and values are refused by the comparison.
    """
    if not asked:
        return largest_parts(real)
    parts: list[Part] = []
    for one in asked:
        name, sign, values = one.partition("=")
        if not (name and sign):
            raise Refused(Reason(ROOM, "part_not_written_so", values={"part": one}))
        parts.append({name: frozenset(values.split(","))})
    return tuple(parts)
