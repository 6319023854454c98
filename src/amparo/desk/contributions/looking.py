"""A look into a file before anything is imported: its columns, its first rows, what does not fit, what is already in the pool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from amparo.standard import reading, report, schemas
from amparo.standard.dates import DateOrder
from amparo.standard.reading import SourceTable
from amparo.standard.reasons import Reason, Refused
from amparo.standard.report import ColumnReport, ValidationReport

from . import interpreting, pool, running, sentences
from .choices import Choices
from .models import Contribution

FIRST_ROWS = 6
SHOWN_MISFITS = 5


def look(contribution: Contribution, path: Path) -> dict[str, Any]:
    """Read a file and return what the page shows; raises `Refused` only for a file that is no table at all.

    Cells of columns that may name a person are not among the first rows. The result is stored sealed.
    """
    table = reading.read_table(path)
    return describe(contribution, table, guess(contribution, table))


def guess(contribution: Contribution, table: SourceTable) -> Choices:
    """Return the choices as they stand; for a file seen for the first time, with every misspelt column put right on probation."""
    choices = Choices.from_json(contribution.choices)
    if contribution.choices:
        return choices
    matching = schemas.load(contribution.schema).match(table.frame.columns)
    return Choices(rename={name: right for name, right in matching.unknown.items() if right}, relation=choices.relation)


def describe(contribution: Contribution, table: SourceTable, choices: Choices) -> dict[str, Any]:
    """Return the look at a table under these choices."""
    schema = schemas.load(contribution.schema)
    seen = report.examine(table, schema, rename=choices.rename, ignore=choices.left_out, orders=choices.orders)
    unknown = schema.match(table.frame.columns).unknown
    return {
        "choices": choices.to_json(),
        "form": table.found.form.value,
        "encoding": table.found.encoding,
        "separator": table.found.separator,
        "sheet": table.found.sheet,
        "rows": table.found.rows,
        "accepted": seen.accepted,
        "rejected": seen.rejected,
        "known": _known(contribution, table, choices) if not seen.obstacles else None,
        "obstacles": [running.to_json(reason) for reason in seen.obstacles],
        "notes": [[running.to_json(reason), count] for reason, count in seen.notes],
        "columns": [_column(one, choices) for one in seen.columns],
        "unknown": unknown,
        "missing": list(seen.missing),
        "dates": _dates(seen, choices),
        "first": _first_rows(table, seen),
    }


def _column(one: ColumnReport, choices: Choices) -> dict[str, Any]:
    return {
        "name": one.name,
        "is": one.column.name,
        "how": "renamed" if one.name in choices.rename else "alias" if one.name != one.column.name else "same",
        "label": dict(one.column.label),
        "is_identity": one.column.is_identity,
        "is_carried": bool(one.column.pool) or one.column.way.value == "flags",
        "blank": one.blank,
        "misfits": [
            {"value": misfit.value, "count": misfit.count, "row": misfit.first_row, "suggestion": misfit.suggestion}
            | {"reason": running.to_json(misfit.reason)}
            for misfit in one.misfits[:SHOWN_MISFITS]
        ],
        "misfit_cells": sum(misfit.count for misfit in one.misfits) + one.hidden,
        "notes": [[running.to_json(reason), count] for reason, count in one.notes],
    }


def _dates(seen: ValidationReport, choices: Choices) -> dict[str, str]:
    """The date columns whose order must be said, with what was said so far."""
    asked = {reason.where: "" for reason in seen.obstacles if reason.code == "ambiguous_dates"}
    return asked | {name: DateOrder(order).value for name, order in choices.orders.items()}


def _first_rows(table: SourceTable, seen: ValidationReport) -> list[dict[str, str | None]]:
    open_columns = [one.name for one in seen.columns if not one.column.is_identity and one.column.way.value != "birth"]
    shown = table.frame.select([name for name in open_columns if name in table.frame.columns])
    return shown.head(FIRST_ROWS).with_columns(pl.all().str.slice(0, 40)).to_dicts()


def _known(contribution: Contribution, table: SourceTable, choices: Choices) -> int | None:
    """How many accepted rows the pool has already, under these choices."""
    try:
        read = interpreting.interpret(table, schemas.load(contribution.schema), choices)
        contribution.choices = choices.to_json()
        base = pool.base_of(contribution.organisation_id)
        merge, _ = running.compare(running.key_rows(read, contribution, choices), contribution, base)
    except (Refused, pool.Conflict):
        return None
    return merge.known


def reasons_in(preview: dict[str, Any]) -> list[Reason]:
    """Return what stands in the way of importing."""
    return [sentences.from_json(held) for held in preview.get("obstacles", [])]
