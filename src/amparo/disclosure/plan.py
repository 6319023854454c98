"""What a release will measure and what each step may disclose, decided from public facts alone.

Nothing is read and nothing is spent here. The shares are constants; what later depends on the data depends on it
through noisy counts that have been paid for, and every branch spends the same total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import combinations
from math import comb, prod

import numpy as np

from amparo.disclosure.accounting import Privacy, add_up, is_scale, rho_spent, sigma_for, threshold
from amparo.disclosure.domain import ROOM, Domain
from amparo.standard.reasons import Reason, Refused

GATE_SHARE = 0.011
SINGLES_SHARE = 0.03
PROBES_SHARE = 0.02
PROBES_OF = {3: 12, 4: 12}
PROBED_LEVELS = {3: 6, 4: 4}
PROBES_SEED = 2026
ROW_SHARES = (0.8, 0.25)
ROWS_WORTH = (0.8, 0.5)
GATE_SENSITIVITY_SQUARED = 1 + len(ROW_SHARES)
MAX_PAIR_CELLS = 2**18
MAX_CELLS = 2**22
MAX_ROWS = 50_000_000


class StepName(StrEnum):
    """The mechanisms of a release, in the order they run."""

    GATE = "gate"
    ROWS = "rows"
    SINGLES = "singles"
    PAIRS = "pairs"
    PROBES = "probes"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is measured, the most it may disclose, and the sentence (a key of `words`) that explains it."""

    name: StepName
    rho: float
    reason_code: str
    tables: int
    cells: int


@dataclass(frozen=True, slots=True)
class RowHistogram:
    """One choice of the gate: spend `share` of what is left on whole rows, noise `sigma`, show counts from `threshold` on."""

    share: float
    rho: float
    sigma: float
    threshold: int


@dataclass(frozen=True)
class Plan:
    """A release before it happens: what is measured, with which noise, and why; made from public facts alone."""

    domain: Domain
    privacy: Privacy
    rows: int | None
    pairs: tuple[tuple[int, int], ...]
    left_out: tuple[tuple[int, int], ...]
    gate_sigma: float | None
    row_histograms: tuple[RowHistogram, ...]
    probes: tuple[tuple[int, ...], ...] = ()
    groups: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        if not all(is_scale(sigma) for sigma in (self.gate_sigma, *(h.sigma for h in self.row_histograms)) if sigma is not None):
            raise ValueError("a noise scale is not a scale")
        for h in self.row_histograms:
            needed = threshold(h.sigma, self.privacy.delta_for_rows, self.privacy.contributors_per_person)
            if not (h.rho >= rho_spent(h.sigma) and h.threshold >= needed):
                raise ValueError("a row histogram discloses more than it says")

    @cached_property
    def gate_rho(self) -> float:
        """What the gate discloses: a rough total and two counts of rows in large classes."""
        return rho_spent(self.gate_sigma, GATE_SENSITIVITY_SQUARED) if self.gate_sigma else 0.0

    def rho_left(self, row_histogram: RowHistogram | None) -> float:
        """The rho for marginals after the gate and the row histogram that it chose."""
        return self.privacy.rho * (1 - 1e-12) - self.gate_rho - (row_histogram.rho if row_histogram else 0.0)

    def singles_sigma(self, row_histogram: RowHistogram | None) -> float:
        """The noise scale of every 1-way table."""
        share = SINGLES_SHARE if self.pairs else 1.0 - (PROBES_SHARE if self.probes or self.groups else 0.0)
        return sigma_for(share * self.rho_left(row_histogram) / len(self.domain.attributes))

    def probes_sigma(self, row_histogram: RowHistogram | None) -> float:
        """The noise scale of every probe."""
        return sigma_for(PROBES_SHARE * self.rho_left(row_histogram) / max(1, len(self.probes) + len(self.groups)))

    def probes_rho(self, row_histogram: RowHistogram | None) -> float:
        """The rho that all probes share."""
        return add_up([rho_spent(self.probes_sigma(row_histogram))] * (len(self.probes) + len(self.groups)))

    def pairs_rho(self, row_histogram: RowHistogram | None) -> float:
        """The rho that all pair tables share."""
        if not self.pairs:
            return 0.0
        spent = [rho_spent(self.singles_sigma(row_histogram))] * len(self.domain.attributes)
        return self.rho_left(row_histogram) - add_up(spent) - self.probes_rho(row_histogram)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Each step with what it may disclose if the gate finds whole rows not worth measuring; the sum is the promise."""
        return self.steps_if(None)

    def steps_if(self, row_histogram: RowHistogram | None) -> tuple[Step, ...]:
        """Each step with what it may disclose under one choice of the gate; every choice discloses the same in all."""
        sizes, steps = self.domain.sizes, []
        if self.gate_sigma:
            steps.append(Step(StepName.GATE, self.gate_rho, "step_gate", 1, GATE_SENSITIVITY_SQUARED))
        if row_histogram:
            steps.append(Step(StepName.ROWS, row_histogram.rho, "step_rows", 1, 0))
        singles_rho = add_up([rho_spent(self.singles_sigma(row_histogram))] * len(sizes))
        steps.append(Step(StepName.SINGLES, singles_rho, "step_singles", len(sizes), sum(sizes)))
        if self.pairs:
            cells = sum(sizes[i] * sizes[j] for i, j in self.pairs)
            steps.append(Step(StepName.PAIRS, self.pairs_rho(row_histogram), "step_pairs", len(self.pairs), cells))
        if self.probes or self.groups:
            cells = sum(probed_cells([sizes[i] for i in probe]) for probe in self.probes) + len(self.groups)
            tables = len(self.probes) + len(self.groups)
            steps.append(Step(StepName.PROBES, self.probes_rho(row_histogram), "step_probes", tables, cells))
        return tuple(steps)


def plan(domain: Domain, privacy: Privacy, *, rows: int | None = None, groups: Sequence[Sequence[int]] = ()) -> Plan:
    """Plan a release of tables over `domain`; `rows` is a public number of rows to generate, if there is one.

    `groups` are columns whose answers make one denominator: those who are blank in all of a group are counted.

    All pairs are measured, smallest tables first, while one table has at most `MAX_PAIR_CELLS` cells and all together
    at most `MAX_CELLS`; a pair left out is generated from its neighbours and named in the plan and the certificate.
    """
    if rows is not None and not 0 <= rows <= MAX_ROWS:
        raise Refused(Reason(ROOM, "rows_invalid", "rows", {"limit": MAX_ROWS}))
    pairs, left_out = _choose_pairs(domain.sizes)
    gated = sum(size > 1 for size in domain.sizes) > 2
    gate_sigma = sigma_for(GATE_SHARE * privacy.rho, GATE_SENSITIVITY_SQUARED) if gated else None
    counted = tuple(dict.fromkeys(tuple(group) for group in groups if len(group) > 2))
    row_histograms = []
    if gate_sigma:
        left = privacy.rho * (1 - 1e-12) - rho_spent(gate_sigma, GATE_SENSITIVITY_SQUARED)
        for share in ROW_SHARES:
            sigma = sigma_for(share * left)
            shown = threshold(sigma, privacy.delta_for_rows, privacy.contributors_per_person)
            row_histograms.append(RowHistogram(share, rho_spent(sigma), sigma, shown))
    return Plan(domain, privacy, rows, pairs, left_out, gate_sigma, tuple(row_histograms), _choose_probes(domain.sizes), counted)


def _choose_pairs(sizes: tuple[int, ...]) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    possible = [(i, j) for i, j in combinations(range(len(sizes)), 2) if sizes[i] > 1 and sizes[j] > 1]
    total, chosen = 0, []
    for i, j in sorted(possible, key=lambda pair: (sizes[pair[0]] * sizes[pair[1]], pair)):
        cells = sizes[i] * sizes[j]
        if cells <= MAX_PAIR_CELLS and total + cells <= MAX_CELLS:
            total += cells
            chosen.append((i, j))
    kept = set(chosen)
    return tuple(sorted(chosen)), tuple(pair for pair in possible if pair not in kept)


def _choose_probes(sizes: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Draw sets of three and of four columns by a public seed, all where there are few: the domain decides, never the data."""
    columns, source = [i for i, size in enumerate(sizes) if size > 1], np.random.default_rng(PROBES_SEED)
    chosen: list[tuple[int, ...]] = []
    for width, wanted in PROBES_OF.items():
        if comb(len(columns), width) <= wanted:
            chosen += combinations(columns, width)
            continue
        drawn: set[tuple[int, ...]] = set()
        while len(drawn) < wanted:
            drawn.add(tuple(sorted(source.choice(columns, width, replace=False).tolist())))
        chosen += sorted(drawn)
    return tuple(chosen)


def probed_cells(sizes: Sequence[int]) -> int:
    """The number of cells of a probe of columns with so many levels: of each only the most frequent levels are probed."""
    return prod(min(size, PROBED_LEVELS[len(sizes)]) for size in sizes)
