"""Recoding: the public ways to blur a value, from the value itself over groups that hold it to nothing at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.domain import BLANK, ROOM, Attribute
from amparo.standard.reasons import Reason, Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUPPRESSED = "*"
INTERVAL = re.compile(r"(\d+)(?:--(\d+)|(\+))?")


@dataclass(frozen=True, slots=True)
class Group:
    """A coarser value that stands for two or more values of a column: how it is spelled, and which it holds."""

    code: str
    members: tuple[str, ...]


Level = tuple[Group, ...]
"""One step of recoding: groups that do not overlap; a value in none of them stays as it was."""


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """All ways to publish one column: step 0 as it is, the last step suppressed, blank kept as blank in between.

    `codes` spells the released column after blank: the old values, the groups, and `*` last. `steps: int64[steps, size]`
    is the released code of each old code; `loss: float64[released size]` what a cell so published has lost, from 0 for a
    value as it is over (values in the group - 1) / (values - 1) to 1 for a suppressed one.
    """

    codes: tuple[str, ...]
    steps: NDArray[np.int64]
    loss: NDArray[np.float64]


def ladder(attribute: Attribute, levels: Sequence[Level]) -> Ladder:
    """Return all ways to publish a column; raise `Refused` when levels overlap, do not nest or repeat a spelling."""
    place = {code: k for k, code in enumerate(attribute.codes, start=1)}
    codes = list(attribute.codes)
    steps, losses = [np.arange(attribute.size)], [0.0] * attribute.size
    for level in levels:
        step = steps[-1].copy()
        for group in level:
            held = _places(attribute, group, place)
            codes.append(group.code)
            losses.append((len(held) - 1) / max(1, len(attribute.codes) - 1))
            _require_nested(attribute, steps[-1], step, held, group)
            step[held] = len(codes)
        steps.append(step)
    codes.append(SUPPRESSED)
    if len(set(codes)) != len(codes):
        raise Refused(Reason(ROOM, "recoding_repeats", attribute.name))
    steps.append(np.full(attribute.size, len(codes)))
    return Ladder(tuple(codes), np.stack(steps).astype(np.int64), np.array([*losses, 1.0]))


def _places(attribute: Attribute, group: Group, place: dict[str, int]) -> NDArray[np.int64]:
    unknown = [value for value in group.members if value not in place]
    if unknown or len(set(group.members)) < 2 or not group.code:
        raise Refused(Reason(ROOM, "recoding_unknown_value", attribute.name, {"group": group.code}))
    return np.array(sorted({place[value] for value in group.members}), np.int64)


def _require_nested(
    attribute: Attribute, before: NDArray[np.int64], step: NDArray[np.int64], held: NDArray[np.int64], group: Group
) -> None:
    """A group takes whole groups of the level before it, and no value that another group of its level took."""
    outside = np.setdiff1d(np.arange(attribute.size), held)
    if (step[held] != before[held]).any() or np.isin(before[held], before[outside]).any() or BLANK in held:
        raise Refused(Reason(ROOM, "recoding_overlaps", attribute.name, {"group": group.code}))


def adjacent_bands(codes: Sequence[str], widths: Sequence[int] | None = None) -> tuple[Level, ...]:
    """Return levels that merge neighbours of an ordered column, `widths` values at a time from its first value on.

    Without widths they double from two on while more than one band is left. A width must be a multiple of the one before.
    """
    if widths is None:
        widths = [2**power for power in range(1, 16) if 2**power < len(codes)]
    if any(width < 2 for width in widths) or any(wide % narrow for narrow, wide in pairwise(widths)):
        raise Refused(Reason(ROOM, "bands_do_not_nest", values={"widths": ", ".join(map(str, widths))}))
    return tuple(_bands(codes, width) for width in widths if width < len(codes))


def _bands(codes: Sequence[str], width: int) -> Level:
    parts = [tuple(codes[start : start + width]) for start in range(0, len(codes), width)]
    return tuple(Group(_spelled(part[0], part[-1]), part) for part in parts if len(part) == width)


def _spelled(first: str, last: str) -> str:
    """Return how a band from one value to another is spelled: `9--17` and `18--20` make `9--20`, `39--47` and `48+` make `39+`."""
    low, high = INTERVAL.fullmatch(first), INTERVAL.fullmatch(last)
    if low is None or high is None or low[3]:
        return f"{first}..{last}"
    return f"{low[1]}+" if high[3] else f"{low[1]}--{high[2] or high[1]}"
