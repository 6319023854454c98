"""Generating: invented rows that together show what was measured; takes no sensitive table and cannot look back."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import numpy as np

from amparo.disclosure.denoising import targets
from amparo.disclosure.domain import Table
from amparo.disclosure.doubting import doubt
from amparo.disclosure.drawing import keep_found
from amparo.disclosure.fitting import fit
from amparo.disclosure.measurements import Measurements
from amparo.disclosure.structure import settle

Progress = Callable[[str, float], None]


def generate(measurements: Measurements, *, seed: int | None = None, progress: Progress | None = None) -> Table:
    """Invent a table whose 1-ways and pairs follow the measurements.

    The same measurements and seed give the same table. Without a seed one is drawn from the operating system; either
    way it stands in the result. Rows found by the row histogram stand in the table as often as was measured.
    Every rule of the domain is kept. Not guaranteed: any single row, and combinations of three or more columns.
    """
    tell = progress or (lambda step, share: None)
    seed = secrets.randbits(63) if seed is None else seed
    rng = np.random.default_rng(seed)
    tell("targets", 0.0)
    aim = targets(measurements)
    tell("fit", 0.1)
    kept = keep_found(measurements, aim)
    codes = fit(aim, kept, rng)
    tell("doubt", 0.5)
    doubt(codes, kept, measurements, aim, rng)
    made = Table.from_codes(measurements.domain, codes[rng.permutation(len(codes))], seed)
    tell("generated", 1.0)
    return Table(made.domain, settle(made.columns, made.domain.impossible)[0], seed)
