"""`amparo release make | plan | verify`: the way from a recipe to a bundle without a database and without a site.

This is the edge of the room: it reads the clock, draws the seed and prints. Exit codes: 0 done, 1 a bundle
failed verification, 2 refused (the caller prints the reasons).
"""

from __future__ import annotations

import argparse
import datetime
import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from amparo.bundle import keys
from amparo.bundle.verification import verify as verify_bundle
from amparo.standard.reasons import Reason, Refused, say, sentences

if TYPE_CHECKING:
    from amparo.disclosure import Privacy, Table
    from amparo.disclosure.plan import Plan, RowHistogram
    from amparo.release.kinds import AggregatesRecipe, AnonymousRecipe
    from amparo.release.recipe import Asked

ROOM = "release"
PATIENCE_SECONDS = 2.0


def make(arguments: argparse.Namespace) -> int:
    """Make a release of a table by a recipe, write the bundle, and say what was done."""
    from amparo.disclosure.certificate import no_less
    from amparo.release import kinds, steps
    from amparo.release.recipe import Recipe
    from amparo.release.table import prepare, prepare_whole

    language, quiet = arguments.language, arguments.quiet
    _require_free(arguments.out)
    progress = Progress(language, quiet=quiet)
    recipe = kinds.load_any(arguments.recipe)
    if not isinstance(recipe, Recipe):
        table, report = prepare_whole(recipe, arguments.table, progress=progress)
        if not quiet:
            _print_input(report, recipe.person or "", language)
        if isinstance(recipe, kinds.AnonymousRecipe):
            return _make_anonymous(recipe, table, arguments, progress)
        return _make_aggregates(recipe, table, arguments, progress)
    steps.plan(recipe)  # what cannot be planned is refused before the table is read
    rows, report = prepare(recipe, arguments.table, progress=progress)
    if not quiet:
        _print_input(report, recipe.person or "", language)
    measurements = steps.measure(recipe, rows, progress=progress)
    del rows
    bundle = steps.publish(
        recipe,
        measurements,
        arguments.out,
        seed=secrets.randbits(63),
        issued=_today(),
        progress=progress,
    )
    progress.close()
    if not quiet:
        about = bundle.description
        values = {"folder": arguments.out, "rows": about.rows, "columns": len(about.columns)}
        _print("made", language, **values, epsilon=no_less(recipe.privacy.epsilon), delta=no_less(recipe.privacy.delta, 3))
        _print("made_without_ledger", language)
    return 0


def _make_anonymous(recipe: AnonymousRecipe, table: Table, arguments: argparse.Namespace, progress: Progress) -> int:
    from amparo.release import anonymous

    language = arguments.language
    made = anonymous.blur(recipe, table, seed=secrets.randbits(63), progress=progress)
    del table
    about = anonymous.publish(recipe, made, arguments.out, issued=_today()).description
    if not arguments.quiet:
        values = {"folder": arguments.out, "rows": about.rows, "columns": len(about.columns)}
        _print("made_anonymous", language, **values, k=made.findings.k, loss=f"{100 * made.loss.penalty:.1f}")
        _print("made_anonymous_limits", language)
    return 0


def _make_aggregates(recipe: AggregatesRecipe, table: Table, arguments: argparse.Namespace, progress: Progress) -> int:
    from amparo.disclosure.certificate import no_less
    from amparo.release import aggregates

    language = arguments.language
    made = aggregates.measure(recipe, table, progress=progress)
    del table
    about = aggregates.publish(recipe, made, arguments.out, issued=_today()).description
    if not arguments.quiet:
        values = {"folder": arguments.out, "count": about.rows, "length": made.plan.length}
        _print(
            "made_aggregates", language, **values, epsilon=no_less(recipe.privacy.epsilon), delta=no_less(recipe.privacy.delta, 3)
        )
        _print("made_without_ledger", language)
    return 0


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def plan(arguments: argparse.Namespace) -> int:
    """Show what a recipe would measure and spend, on what and why, and how much memory it takes; no table is read."""
    from amparo.release import kinds, steps

    language = arguments.language
    recipe = kinds.load_any(arguments.recipe)
    if isinstance(recipe, kinds.AnonymousRecipe):
        return _plan_anonymous(recipe, language)
    if isinstance(recipe, kinds.AggregatesRecipe):
        return _plan_aggregates(recipe, language)
    planned = steps.plan(recipe)
    privacy = recipe.privacy
    _print_title(recipe, language)
    _print_promise(privacy, language)
    _print_steps(planned, None, language)
    for histogram in planned.row_histograms:
        _print("plan_otherwise", language, threshold=histogram.threshold)
        _print_steps(planned, histogram, language)
    if planned.row_histograms:
        halves = {"reading": f"{privacy.delta / 2:.3g}", "found": f"{privacy.delta_for_rows:.3g}"}
        _print("plan_delta", language, **halves)
    _print_memory(planned, arguments.rows, language)
    _print("plan_nothing_spent", language)
    return 0


def _plan_anonymous(recipe: AnonymousRecipe, language: str) -> int:
    _print_title(recipe, language)
    _print("plan_anonymous", language, k=recipe.k, others=recipe.k - 1)
    if recipe.l > 1:
        _print("plan_diverse", language, l=recipe.l, sensitive=", ".join(recipe.sensitive))
    for one in recipe.quasi:
        _print("plan_blur", language, column=one.name, levels=", ".join(str(len(level)) for level in one.levels) or "–")
    _print("plan_no_epsilon", language)
    return 0


def _plan_aggregates(recipe: AggregatesRecipe, language: str) -> int:
    from amparo.disclosure.certificate import no_less

    planned, privacy = recipe.plan, recipe.privacy
    _print_title(recipe, language)
    _print_promise(privacy, language)
    tables = planned.tables
    cells = sum(tables.domain.sizes) + sum(tables.domain.sizes[i] * tables.domain.sizes[j] for i, j in tables.pairs)
    figures = {"share": no_less(100 * tables.privacy.rho / privacy.rho, 3), "rho": no_less(tables.privacy.rho, 4), "cells": cells}
    reason = say(ROOM, "plan_aggregate_tables", language)
    _print("plan_step", language, **figures, tables=len(tables.domain.sizes) + len(tables.pairs), reason=reason)
    for step in planned.found:
        values = {"share": no_less(100 * step.rho / privacy.rho, 3), "length": step.length, "keys": step.keys}
        _print("plan_combinations", language, **values, sigma=f"{step.sigma:.1f}", threshold=step.threshold)
    if planned.is_capped:
        _print("plan_capped", language, attributes=planned.attributes)
    _print("plan_nothing_spent", language)
    return 0


def _print_title(recipe: Asked, language: str) -> None:
    levels = sum(len(column.domain) + 1 for column in recipe.columns)
    _print("plan_title", language, title=recipe.title.get(language, ""), columns=len(recipe.columns), levels=levels)


def _print_promise(privacy: Privacy, language: str) -> None:
    from amparo.disclosure.certificate import no_less

    _print("plan_promise", language, epsilon=no_less(privacy.epsilon), delta=no_less(privacy.delta, 3), rho=no_less(privacy.rho, 4))


def verify(arguments: argparse.Namespace) -> int:
    """Check a bundle and say in words what holds and what does not."""
    language = arguments.language
    key = keys.load_public(arguments.key) if arguments.key else None
    verdict = verify_bundle(arguments.folder, key=key, is_apart=True)
    for finding in verdict.findings:
        print(finding.say(language))  # noqa: T201
    if not verdict.ok:
        _print("verify_failed", language, folder=arguments.folder, count=len(verdict.findings))
        return 1
    _print("verify_whole", language, folder=arguments.folder)
    if verdict.signer is None:
        _print("verify_unsigned", language)
    else:
        _print("verify_expected_signer" if key else "verify_signed", language, signer=verdict.signer)
    return 0


class Progress:
    """Says on standard error how far long work is; work of less than two seconds stays silent.

    A terminal is told the share of each stage as it grows; a file or another program gets one line a step.
    """

    def __init__(self, language: str, *, quiet: bool = False, room: str = ROOM) -> None:
        self._language = language
        self._room = room
        self._quiet = quiet
        self._begun = time.monotonic()
        self._shown: tuple[str, int] = ("", 0)
        self._is_live = sys.stderr.isatty()

    def __call__(self, step: str, share: float) -> None:
        """Say the step, and to a terminal its share, if that is news and patience has run out."""
        news = step, int(100 * share) if self._is_live else 0
        if self._quiet or news == self._shown or time.monotonic() - self._begun < PATIENCE_SECONDS:
            return
        key = f"progress_{step}"
        if key in sentences(self._room, self._language):
            self._end_line(unless=step)
            self._say(f"{say(self._room, key, self._language)} …", news[1])
            self._shown = news

    def close(self) -> None:
        """End the last line and forget its step, so that the next one is said again."""
        self._end_line()
        self._shown = ("", 0)

    def _say(self, words: str, percent: int) -> None:
        told = f"\r{words} {percent} %" if self._is_live else f"{words}\n"
        print(told, end="", file=sys.stderr, flush=True)  # noqa: T201

    def _end_line(self, *, unless: str = "") -> None:
        if self._is_live and self._shown[0] not in ("", unless):
            print(file=sys.stderr)  # noqa: T201


def _require_free(out: Path) -> None:
    """Refuse before the work, not after it, when a bundle could not be written there."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused(Reason("bundle", "already_there", str(out)))


def _print_steps(planned: Plan, histogram: RowHistogram | None, language: str) -> None:
    """Say what each step may spend, every figure rounded up, and that together they stay under the promise."""
    from amparo.disclosure.accounting import add_up
    from amparo.disclosure.certificate import no_less

    rho, steps = planned.privacy.rho, planned.steps_if(histogram)
    for step in steps:
        figures = {
            "share": no_less(100 * step.rho / rho, 3),
            "rho": no_less(step.rho, 4),
            "tables": step.tables,
            "cells": step.cells,
        }
        _print(
            "plan_step" if step.cells else "plan_step_rows",
            language,
            **figures,
            reason=say("disclosure", step.reason_code, language),
        )
    _print("plan_sum", language, total=no_less(add_up(step.rho for step in steps), 4), rho=no_less(rho, 4))


def _print_memory(planned: Plan, rows: int | None, language: str) -> None:
    """Say about how much memory the release will take, before anybody starts it."""
    from amparo.disclosure.memory import mebibytes, memory_needed
    from amparo.disclosure.plan import MAX_ROWS

    sizes = planned.domain.sizes
    facts = planned.domain.levels, sum(sizes[i] * sizes[j] for i, j in planned.pairs), len(sizes)
    base, more = memory_needed(*facts, 0), memory_needed(*facts, 100_000)
    _print("plan_memory", language, base=mebibytes(base), each=mebibytes(more - base))
    if rows is not None:
        if not 0 <= rows <= MAX_ROWS:
            raise Refused(Reason("disclosure", "rows_invalid", "rows", {"limit": MAX_ROWS}))
        _print("plan_memory_rows", language, rows=rows, all=mebibytes(memory_needed(*facts, rows)))


def _print_input(report: object, person: str, language: str) -> None:
    from amparo.release.table import InputReport

    assert isinstance(report, InputReport)
    _print("input", language, rows=report.rows, persons=report.persons)
    if not report.rows:
        _print("input_empty", language)
    if report.similar_keys:
        _print("input_similar_keys", language, count=report.similar_keys, column=person)
    if report.without_person:
        _print("input_without_person", language, count=report.without_person)
    for name, count in report.outside.items():
        if count:
            _print("input_outside", language, column=name, count=count)
    if report.left_out:
        _print("input_left_out", language, count=report.left_out)
    if report.broken:
        _print("input_broken", language, count=report.broken)
    if report.unused:
        _print("input_unused", language, columns=", ".join(report.unused))


def _print(key: str, language: str, **values: object) -> None:
    print(say(ROOM, key, language, **values))  # noqa: T201
