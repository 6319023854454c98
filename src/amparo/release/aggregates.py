"""A release of protected aggregates: measure once, list, describe, write the bundle."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from amparo.bundle import certificates
from amparo.bundle.aggregates import AggregateContents, schema
from amparo.bundle.contents import csv_bytes
from amparo.bundle.description import Aggregation, Kind
from amparo.bundle.keys import Signer
from amparo.bundle.reading import Bundle
from amparo.bundle.writing import write
from amparo.disclosure import Domain, Table
from amparo.disclosure import aggregates as counting
from amparo.disclosure.aggregates import Aggregates, Listed, Listing
from amparo.disclosure.ledger import Ledger
from amparo.release.kinds import AggregatesRecipe
from amparo.release.steps import described
from amparo.standard.reasons import Reason, Refused

ROOM = "release"
Progress = Callable[[str, float], None]


def measure(recipe: AggregatesRecipe, table: Table, *, progress: Progress | None = None) -> Aggregates:
    """Read the sensitive table once, with noise from the operating system. Spend before."""
    return counting.measure(table, recipe.plan, progress=progress)


def compose(
    recipe: AggregatesRecipe,
    made: Aggregates,
    *,
    issued: datetime.date,
    release_id: str | None = None,
    ledger: Ledger | None = None,
) -> AggregateContents:
    """Return everything the bundle holds, from noisy counts and public facts alone."""
    if recipe.plan != made.plan:
        raise Refused(Reason(ROOM, "measurements_of_another_recipe"))
    listed = counting.listing(made)
    frame = to_frame(listed, made.plan)
    name = release_id or "a" + hashlib.sha256(csv_bytes(frame)).hexdigest()[:16]
    privacy = recipe.privacy
    about = described(
        recipe,
        frame.height,
        issued=issued,
        release_id=name,
        epsilon=privacy.epsilon,
        delta=privacy.delta,
        contributors_per_person=privacy.contributors_per_person,
        kind=Kind.AGGREGATES,
        aggregation=Aggregation(made.plan.length, made.plan.least, listed.total),
    )
    certified = {**counting.certificate(made, listed, ledger=ledger), certificates.BLOCK: certificates.about(about)}
    return AggregateContents(about, frame, certified)


def publish(
    recipe: AggregatesRecipe,
    made: Aggregates,
    out: Path,
    *,
    issued: datetime.date,
    release_id: str | None = None,
    signer: Signer | None = None,
    ledger: Ledger | None = None,
) -> Bundle:
    """Compose a bundle and write it to `out` in one step; raise `Refused` when the disk does not take it."""
    return write(out, compose(recipe, made, issued=issued, release_id=release_id, ledger=ledger), signer=signer)


def to_frame(listed: Listing, plan: counting.AggregatesPlan) -> pl.DataFrame:
    """Return the list as it is published: a line for each combination, short ones first, in the order of the domain."""
    kinds = schema(plan.length)
    parts = [_lines(one, listed.domain, plan, kinds) for one in listed.lengths]
    return pl.concat([pl.DataFrame(schema=kinds), *parts])


def _lines(one: Listed, domain: Domain, plan: counting.AggregatesPlan, kinds: pl.Schema) -> pl.DataFrame:
    length = one.combinations.shape[1]
    spelled = pl.Series([code for attribute in domain.attributes for code in ("", *attribute.codes)], dtype=pl.String)
    named = pl.Series([attribute.name for attribute in domain.attributes for _ in range(attribute.size)], dtype=pl.String)
    basis = "table" if one.is_table else "capped" if plan.is_capped else "found"
    lines: dict[str, Any] = {
        "length": np.full(len(one.counts), length),
        "count": one.counts,
        "margin": np.ceil(one.margins * 1000) / 1000,
        "measured": one.measured,
        "standard_error": one.standard_error,
        "threshold": one.thresholds,
        "basis": [basis] * len(one.counts),
    }
    for place in range(length):
        at = pl.Series(one.combinations[:, place].astype(np.uint32))
        lines |= {f"column_{place + 1}": named.gather(at), f"value_{place + 1}": spelled.gather(at)}
    empty = [None] * len(one.counts)
    return pl.DataFrame([pl.Series(name, lines.get(name, empty), dtype=kind) for name, kind in kinds.items()])
