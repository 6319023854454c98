"""Measuring aggregates: the one moment at which the sensitive table is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from amparo.disclosure import measuring as tables
from amparo.disclosure.accounting import add_up, rho_spent
from amparo.disclosure.aggregates.counting import combinations_found
from amparo.disclosure.aggregates.plan import AggregatesPlan, FoundStep
from amparo.disclosure.domain import Table
from amparo.disclosure.measurements import Measurements
from amparo.disclosure.noise import NoiseSource, SystemNoise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Combinations of one length whose noisy count reached the threshold: `int64[found, length]` levels, and the counts."""

    step: FoundStep
    combinations: NDArray[np.int64]
    noisy: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Aggregates:
    """Everything that a release of aggregates knows of its table; frozen, drawn once."""

    plan: AggregatesPlan
    tables: Measurements
    found: tuple[Found, ...]

    @cached_property
    def rho(self) -> float:
        """What was really spent, by the noise scales really used (rounded up)."""
        return add_up([self.tables.rho, *(rho_spent(one.step.sigma, one.step.keys) for one in self.found)])


def measure(
    table: Table, plan: AggregatesPlan, *, noise: NoiseSource | None = None, progress: Progress | None = None
) -> Aggregates:
    """Count, add noise, and return what is safe to keep and to publish; the promise is `plan.privacy`.

    Unit: one row added or removed. Noise comes from the operating system unless a test gives another source.
    """
    if table.domain != plan.domain:
        raise ValueError("the table and the plan speak of different domains")
    source, tell = noise or SystemNoise(), progress or (lambda step, share: None)
    counted = tables.measure(table, plan.tables, noise=source, progress=progress)
    found = []
    for step in plan.found:
        tell("combinations", 0.5)
        found.append(find(table, step, plan.attributes, source))
    made = Aggregates(plan, counted, tuple(found))
    if made.rho > plan.privacy.rho:
        raise ArithmeticError("the release would disclose more than its promise")
    tell("measured", 1.0)
    return made


def find(table: Table, step: FoundStep, attributes: int, noise: NoiseSource) -> Found:
    """Show the combinations of one length whose noisy count reaches the step's threshold."""
    combinations, counts = combinations_found(table, step.length, attributes)
    noisy = noise.gaussian([counts], [step.sigma])[0]
    shown = noisy >= step.threshold
    return Found(step, combinations[shown], noisy[shown])
