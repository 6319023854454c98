"""All attacks on one release, one after the other, as one value for the page and the JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from amparo.bundle.contents import FoundRows
from amparo.bundle.description import Description
from amparo.bundle.reading import Bundle
from amparo.disclosure import Table
from amparo.disclosure.attacks import (
    Attack,
    Difference,
    Finding,
    MeasuredTwice,
    Nearness,
    RowsTwice,
    difference,
    infer_attributes,
    link,
    nearest_records,
    require_attackable,
    single_out,
)
from amparo.disclosure.evaluation import Progress
from amparo.release.steward.inputs import promise_of, released_table


@dataclass(frozen=True)
class Attacks:
    """What attacks on a release found: for the steward's own eyes."""

    about: Description
    persons: int
    left_out: int
    seed: int
    singling_out: tuple[Attack, ...]
    linking: Attack
    inferring: tuple[Attack, ...]
    nearness: Nearness
    differencing: Difference | None

    @cached_property
    def attacks(self) -> tuple[Attack, ...]:
        """Every attack that guesses, in the order of the page."""
        return (*self.singling_out, self.linking, *self.inferring)

    @cached_property
    def is_risk_found(self) -> bool:
        """Whether any attack succeeded beyond chance, or the difference exceeds the promise."""
        found = [one.finding for one in self.attacks] + [self.nearness.finding]
        broken = self.differencing is not None and not self.differencing.is_kept
        return Finding.RISK in found or broken


def attack(
    bundle: Bundle,
    training: Table,
    holdout: Table,
    *,
    seed: int,
    earlier: Bundle | None = None,
    joined: Table | None = None,
    progress: Progress | None = None,
) -> Attacks:
    """Make every attack; with an earlier bundle and the persons who joined since, also the difference of both.

    `seed` draws who is attacked; it has nothing to do with the noise of the release.
    """
    tell, released = progress or (lambda step, share: None), released_table(bundle)
    require_attackable(training, holdout, released)
    tables, rng = (training, holdout, released), np.random.default_rng(seed)
    tell("single_out", 0.0)
    singling_out = single_out(*tables, rng=rng)
    tell("link", 0.0)
    linking = link(*tables, rng=rng)
    tell("infer", 0.0)
    inferring = infer_attributes(*tables, rng=rng)
    tell("nearest", 0.0)
    nearness = nearest_records(*tables, rng=rng)
    told = None
    if earlier is not None and joined is not None:
        tell("difference", 0.0)
        told = subtract(earlier, bundle, joined, holdout)
    return Attacks(bundle.description, training.rows, holdout.rows, seed, singling_out, linking, inferring, nearness, told)


def subtract(earlier: Bundle, later: Bundle, joined: Table, others: Table) -> Difference:
    """Test by everything that both releases measured whether the given persons joined in between."""
    measured = [
        MeasuredTwice(one.columns, one.noisy, after.noisy, one.sigma, after.sigma)
        for one in earlier.measurements()
        if (after := later.by_columns.get(frozenset(one.columns))) is not None and after.columns == one.columns
        if one.columns or not (_is_a_sum(earlier) or _is_a_sum(later))
    ]
    rows = _rows_twice(earlier.found_rows, later.found_rows)
    return difference(measured, rows, joined, others, replace(promise_of(later), contributors_per_person=1))


def _is_a_sum(bundle: Bundle) -> bool:
    """Return whether the number of persons was not measured but summed up from a column, and so tells nothing more."""
    first = bundle.by_columns[frozenset(bundle.description.names[:1])]
    return int(first.noisy.sum()) == int(bundle.by_columns[frozenset()].noisy)


def _rows_twice(before: FoundRows | None, after: FoundRows | None) -> RowsTwice | None:
    """Return the whole rows that both releases show."""
    if before is None or after is None:
        return None
    known = {row.tobytes(): int(count) for row, count in zip(before.codes, before.counts, strict=True)}
    both = [at for at, row in enumerate(after.codes) if row.tobytes() in known]
    codes = after.codes[both]
    counts = np.array([known[row.tobytes()] for row in codes], np.int64)
    return RowsTwice(codes, counts, after.counts[both], before.sigma, after.sigma)
