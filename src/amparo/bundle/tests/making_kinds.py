"""Invented contents of the other kinds for the tests: a k-anonymous table and a list of combinations."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import polars as pl

from amparo.bundle import certificates
from amparo.bundle.aggregates import AggregateContents, schema
from amparo.bundle.anonymous import AnonymousContents
from amparo.bundle.description import Aggregation, Anonymity, Description, Kind
from amparo.bundle.tests.making import COLUMNS, description

DAY = datetime.date(2026, 1, 2)
SAYS = {"says": {"en": "Said plainly.", "fr": "Dit simplement.", "es": "Dicho con sencillez."}}


def certified(about: Description, promise: dict[str, object], **more: object) -> dict[str, object]:
    return {
        "format": "invented",
        "kind": str(about.kind),
        certificates.BLOCK: certificates.about(about),
        "promise": {"meaning": SAYS, **promise},
        "domain": {"attributes": [{"name": c.name, "levels_with_blank": len(c.domain) + 1} for c in about.columns]},
        "not_promised": [SAYS],
        **more,
    }


def anonymous(k: int = 5, l: int = 2, **changes: object) -> AnonymousContents:  # noqa: E741
    """Two classes of six rows: of one year and sex, or of an unknown year and sex."""
    year, gender = (replace(column, domain=(*column.domain, "*")) for column in COLUMNS[:2])
    promised = Anonymity(k, l, ("year", "gender"), ("threats", "debt"))
    facts: dict[str, object] = {"epsilon": None, "delta": None, "kind": Kind.K_ANONYMOUS, "anonymity": promised}
    about = description(12, columns=(year, gender, *COLUMNS[2:]), **(facts | changes))
    codes = tuple(np.array(column, np.uint8) for column in ([1] * 6 + [4] * 6, [2] * 6 + [3] * 6, [1, 2] * 6, [2, 2, 1] * 4))
    loss = {"recoded_cells": {"year": 0, "gender": 0}, "suppressed_cells": {"year": 6, "gender": 6}}
    promise: dict[str, object] = {"k": k, "l": l, "quasi_identifiers": ["year", "gender"], "sensitive": ["threats", "debt"]}
    return AnonymousContents(about, codes, certified(about, promise, loss=loss))


LINES = (
    (("year", "2020"), 60),
    (("year", "2021"), 40),
    (("gender", "Female"), 70),
    (("debt", "1"), 55),
    (("year", "2020", "gender", "Female"), 45),
    (("year", "2020", "debt", "1"), 30),
    (("gender", "Female", "debt", "1"), 41),
    (("year", "2020", "gender", "Female", "debt", "1"), 25),
)


def listed(lines: tuple[tuple[tuple[str, ...], int], ...] = LINES) -> pl.DataFrame:
    rows = []
    for cells, count in lines:
        padded = [*cells, *[None] * (6 - len(cells))]
        rows.append((len(cells) // 2, *padded, count, 12.5, float(count), 6.0, 20, "found" if len(cells) == 6 else "table"))
    return pl.DataFrame(rows, schema=schema(3), orient="row")


def aggregates(frame: pl.DataFrame | None = None, **changes: object) -> AggregateContents:
    frame = listed() if frame is None else frame
    facts: dict[str, object] = {"kind": Kind.AGGREGATES, "aggregation": Aggregation(3, 10, 110)}
    about = description(frame.height, **(facts | changes))
    promise = {name: getattr(about, name) for name in ("epsilon", "delta", "contributors_per_person")}
    return AggregateContents(about, frame, certified(about, promise))
