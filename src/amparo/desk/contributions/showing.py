"""Contributions in the reader's words: lines of the list, provenance, progress, and the look into a file."""

from __future__ import annotations

from typing import Any

import polars as pl
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from . import rejected, sentences, states
from .models import Contribution, PoolVersion
from .states import Origin, State

TONES = {
    State.UPLOADED: "wait",
    State.QUEUED: "low",
    State.RUNNING: "low",
    State.DONE: "ok",
    State.REFUSED: "no",
    State.CANCELLED: "no",
    State.WITHDRAWN: "no",
}
SHOWN_COLUMNS = 12
MISFITS_LISTED = 30
say = sentences.say


def count(number: int | None) -> str:
    """Write a number with its thousands apart; a dash where there is none yet."""
    return "–" if number is None else number_format(number, use_l10n=True, force_grouping=True)


def line(one: Contribution) -> dict[str, Any]:
    """Return one contribution as the list shows it."""
    state = State(one.state)
    return {
        "id": one.id,
        "organisation": one.organisation.name,
        "name": one.name if one.origin == Origin.FILE else str(sentences.ORIGINS[Origin.OWN_CASES]),
        "schema": one.schema,
        "at": one.recorded_at,
        "by": one.brought_by_words,
        "state": sentences.STATES[state],
        "waits": state is State.UPLOADED,
        "kept_until": one.recorded_at + states.WAITS_FOR,
        "tone": TONES[state],
        "rows_in": count(one.rows_in),
        "accepted": count(one.rows_accepted),
        "rejected": count(one.rows_rejected),
        "added": count(one.rows_added),
        "changed": count(one.rows_changed),
        "known": count(one.rows_known),
        "barred": count(one.rows_barred),
        "dropped": count(one.rows_dropped),
    }


def provenance(one: Contribution) -> list[tuple[str, Any]]:
    """Return where a contribution comes from, as pairs of word and value."""
    held: list[tuple[str, Any]] = [
        (_("Organisation"), one.organisation.name),
        (_("Brought by"), one.brought_by_words),
        (_("Brought on"), date_format(timezone.localtime(one.recorded_at), "DATETIME_FORMAT")),
        (_("Schema"), one.schema),
    ]
    if one.origin == Origin.FILE:
        held += [(_("File"), one.name), (_("Size"), _("%(size)s bytes") % {"size": count(one.size)})]
        held += [(_("Checksum (SHA-256)"), one.sha256)]
    if one.finished_at:
        held.append((_("Finished on"), date_format(timezone.localtime(one.finished_at), "DATETIME_FORMAT")))
    if one.pool_version:
        held.append((_("Version of the pool"), one.pool_version))
    if one.withdrawn_at:
        held.append((_("Withdrawn on"), date_format(timezone.localtime(one.withdrawn_at), "DATETIME_FORMAT")))
    held.append((_("Contribution"), str(one.id)))
    return held


def pool_summary(version: PoolVersion | None) -> dict[str, Any]:
    """Return what can be said of the pool without reading it."""
    entries = version.manifest if version else []
    return {
        "rows": count(version.rows if version else 0),
        "partners": count(len({entry["organisation"] for entry in entries})),
        "version": version.number if version else 0,
        "at": version.at if version else None,
    }


def progress(one: Contribution) -> dict[str, Any]:
    """Return how far an import is: step in words, counts, and the time left where it can be told."""
    return {
        "label": str(sentences.STEPS[one.step]) if one.state == State.RUNNING else str(sentences.STATES[State(one.state)]),
        "done": one.step_done if one.step_total > 1 else None,
        "total": one.step_total if one.step_total > 1 else None,
        "left": _time_left(one),
    }


def _time_left(one: Contribution) -> str:
    if one.state != State.RUNNING or one.started_at is None or not one.step_done or one.step_total <= one.step_done:
        return ""
    passed = (timezone.now() - one.started_at).total_seconds()
    left = round(passed * (one.step_total - one.step_done) / one.step_done) + 1
    return ngettext("about %(left)s second left", "about %(left)s seconds left", left) % {"left": left}


def refusals(one: Contribution) -> list[str]:
    """Return why nothing of a contribution came in."""
    return [say(sentences.from_json(held)) for held in one.refusals]


def rejected_summary(one: Contribution) -> list[dict[str, Any]]:
    """Return the rejected cells by column and reason, most frequent first; values only in the download."""
    if one.state != State.DONE or one.rejected_file is None:
        return []
    grouped = rejected.cells(one).group_by("column", "code").agg(cells=pl.len(), value=pl.col("value").first())
    return [
        {"column": column, "cells": count(cells), "reason": rejected.sentence(code, column, "…")}
        for column, code, cells, _value in grouped.sort("cells", "column", descending=[True, False]).head(50).iter_rows()
    ]


def preview(one: Contribution) -> dict[str, Any]:
    """Return the look into a file, in words."""
    seen = one.preview
    language = (get_language() or "en")[:2]
    columns = [_column(held, language) for held in seen["columns"]]
    return {
        "seen": seen,
        "what": _what(seen),
        "counts": {name: count(seen[name]) for name in ("rows", "accepted", "rejected", "known")},
        "is_answerable": all(held["code"] == "ambiguous_dates" for held in seen["obstacles"]),
        "obstacles": [say(sentences.from_json(held)) for held in seen["obstacles"]],
        "stopped": refusals(one),
        "notes": [(say(sentences.from_json(held)), count(rows)) for held, rows in seen["notes"]],
        "columns": columns,
        "striking": [column for column in columns if column["tone"] != "ok" or column["misfit_cells"]],
        "troubled": [column for column in columns if column["misfits"]],
        "noted": [column for column in columns if column["notes"]],
        "first_columns": [column for column in columns if seen["first"] and column["name"] in seen["first"][0]],
        "first_rows": [[row[name] or "" for name in row] for row in seen["first"]],
        "missing": [{"name": name} for name in seen["missing"]],
    }


def _what(seen: dict[str, Any]) -> str:
    separators = {",": _("commas"), ";": _("semicolons"), "\t": _("tabs"), "|": _("bars")}
    if seen["form"] == "csv":
        words = _("CSV, encoding %(encoding)s, cells separated by %(separator)s")
        return words % {"encoding": seen["encoding"].upper(), "separator": separators.get(seen["separator"], seen["separator"])}
    if seen["form"] == "excel":
        return _("Excel, sheet “%(sheet)s”") % {"sheet": seen["sheet"]}
    return "Parquet"


def _column(held: dict[str, Any], language: str) -> dict[str, Any]:
    hows = {"same": _("recognised"), "alias": _("recognised, other spelling"), "renamed": _("renamed")}
    how = hows[held["how"]]
    if held["is_identity"]:
        how = _("may name a person: not taken over")
    elif not held["is_carried"]:
        how = _("recognised, not taken over")
    return {
        "name": held["name"],
        "is": held["is"],
        "label": held["label"].get(language, held["label"]["en"]),
        "how": how,
        "tone": "plain" if held["is_identity"] or not held["is_carried"] else "wait" if held["how"] == "renamed" else "ok",
        "blank": count(held["blank"]),
        "misfit_cells": count(held["misfit_cells"]) if held["misfit_cells"] else "",
        "misfits": [
            {**misfit, "count": count(misfit["count"]), "reason": say(sentences.from_json(misfit["reason"]))}
            for misfit in held["misfits"]
        ],
        "notes": [(say(sentences.from_json(note)), count(rows)) for note, rows in held["notes"]],
    }
