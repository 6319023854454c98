"""The steps of a release, each a function of what the step before gave: plan, prepare, measure, compose, publish.

Only `prepare` and `measure` see the sensitive table. Everything after them takes `Measurements`, so a
publication can store those once, stop, and go on; the same measurements, seed, date and id give the same bytes.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from amparo import disclosure
from amparo.bundle import calibration, certificates
from amparo.bundle.contents import Contents, Counting, FoundRows, Measured, Probe
from amparo.bundle.description import Column, Description, Group
from amparo.bundle.keys import Signer
from amparo.bundle.learning import learn
from amparo.bundle.reading import Bundle
from amparo.bundle.writing import write
from amparo.disclosure import Measurements, Plan, Rows
from amparo.disclosure.certificate import certificate
from amparo.disclosure.ledger import Ledger
from amparo.disclosure.uncertainty import solve
from amparo.release.recipe import Asked, Recipe
from amparo.standard.reasons import Reason, Refused

ROOM = "release"
Progress = Callable[[str, float], None]


def plan(recipe: Recipe) -> Plan:
    """Return what a release by this recipe will measure and spend; nothing is read and nothing is spent."""
    places = {name: place for place, name in enumerate(recipe.domain.names)}
    groups = [[places[name] for name in group.columns] for group in recipe.groups]
    return disclosure.plan(recipe.domain, recipe.privacy, rows=recipe.rows, groups=groups)


def measure(recipe: Recipe, rows: Rows, *, progress: Progress | None = None) -> Measurements:
    """Read the sensitive rows, with noise from the operating system. Spend before, store what comes back."""
    return disclosure.measure(rows, plan(recipe), progress=progress)


def compose(
    recipe: Recipe,
    measurements: Measurements,
    *,
    seed: int,
    issued: datetime.date,
    release_id: str | None = None,
    ledger: Ledger | None = None,
    progress: Progress | None = None,
) -> Contents:
    """Return everything a bundle holds, from measurements and public facts alone.

    `seed` draws the invented rows; it is public and stands in the certificate, so never derive it from
    data. `release_id` names the release; without one it is made from the measurements and the seed.
    """
    if recipe.domain != measurements.domain or recipe.privacy != measurements.privacy:
        raise Refused(Reason(ROOM, "measurements_of_another_recipe"))
    table = disclosure.generate(measurements, seed=seed, progress=progress)
    about = describe(recipe, table.rows, issued=issued, release_id=release_id or _made_id(measurements, seed))
    certified = {**certificate(measurements, ledger=ledger, seed=seed), certificates.BLOCK: certificates.about(about)}
    contents = Contents(about, table.columns, certified, published(measurements), found_rows(measurements), probes(measurements))
    return replace(contents, certificate={**certified, calibration.BLOCK: learn(Counting.of(contents)).to_json()})


def publish(
    recipe: Recipe,
    measurements: Measurements,
    out: Path,
    *,
    seed: int,
    issued: datetime.date,
    release_id: str | None = None,
    signer: Signer | None = None,
    ledger: Ledger | None = None,
    progress: Progress | None = None,
) -> Bundle:
    """Compose a bundle and write it to `out` in one step; raise `Refused` when the disk does not take it."""
    contents = compose(recipe, measurements, seed=seed, issued=issued, release_id=release_id, ledger=ledger, progress=progress)
    return write(out, contents, signer=signer)


def describe(recipe: Recipe, rows: int, *, issued: datetime.date, release_id: str) -> Description:
    """Return the description of a release of `rows` invented rows: public facts only."""
    privacy = recipe.privacy
    return described(
        recipe,
        rows,
        issued=issued,
        release_id=release_id,
        epsilon=privacy.epsilon,
        delta=privacy.delta,
        contributors_per_person=privacy.contributors_per_person,
    )


def described(asked: Asked, rows: int, *, issued: datetime.date, release_id: str, **promise: Any) -> Description:
    """Return the description of a release of any kind; `promise` are the fields of `Description` that its kind states."""
    facts: dict[str, Any] = {"epsilon": None, "delta": None} | {
        "columns": tuple(
            Column(c.name, c.kind, c.domain, dict(c.label), c.labels, group=c.group, field=c.field) for c in asked.columns
        )
    }
    return Description(
        id=release_id,
        title=asked.title,
        summary=asked.summary,
        publisher=asked.publisher,
        licence=asked.licence,
        issued=issued,
        schema=asked.schema,
        rows=rows,
        not_for=asked.not_for,
        geography=asked.geography,
        groups=tuple(Group(group.name, dict(group.label), group.columns) for group in asked.groups),
        **(facts | promise),
    )


def published(measurements: Measurements) -> tuple[Measured, ...]:
    """Return the number of persons and all 1-way and pair tables as a bundle publishes them."""
    total = _total(measurements)
    tables = [
        Measured(
            one.names,
            one.noisy,
            one.sigma,
            np.asarray(one.estimate, dtype=np.float64),
            np.broadcast_to(np.asarray(one.standard_error, dtype=np.float64), one.noisy.shape).copy(),
        )
        for one in measurements.marginals
    ]
    return (total, *tables)


def found_rows(measurements: Measurements) -> FoundRows | None:
    """Return the whole rows that were shown with a noisy count, if the mechanism chose to measure whole rows."""
    found = measurements.found
    if found is None:
        return None
    return FoundRows(found.codes, found.counts, found.histogram.sigma)


def probes(measurements: Measurements) -> tuple[Probe, ...]:
    """Return the probes as a bundle publishes them."""
    names = measurements.domain.names
    return tuple(Probe(tuple(names[i] for i in p.columns), p.codes, p.counts, p.sigma) for p in measurements.probes)


def _total(measurements: Measurements) -> Measured:
    """Return the number of persons: as the gate measured it, or else as the first column's counts add up."""
    solution = solve(measurements)
    if measurements.gate and measurements.plan.gate_sigma:
        noisy, sigma = measurements.gate.total, measurements.plan.gate_sigma
    else:
        first = measurements.singles[0]
        noisy, sigma = int(first.sum()), measurements.singles_sigma * float(np.sqrt(first.size))
    return Measured(
        (), np.array(noisy, dtype=np.int64), sigma, np.array(solution.total), np.array(np.sqrt(solution.total_variance))
    )


def _made_id(measurements: Measurements, seed: int) -> str:
    """Return a name for a release that nobody named: from what is published anyway."""
    return "r" + hashlib.sha256(measurements.to_bytes() + seed.to_bytes(8, "big")).hexdigest()[:16]
