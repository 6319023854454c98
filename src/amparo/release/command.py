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

from amparo.bundle import keys
from amparo.bundle.verification import verify as verify_bundle
from amparo.standard.reasons import Reason, Refused, say, sentences

ROOM = "release"
PATIENCE_SECONDS = 2.0


def make(arguments: argparse.Namespace) -> int:
    """Make a release of a table by a recipe, write the bundle, and say what was done."""
    from amparo.disclosure.certificate import no_less
    from amparo.release import recipe as recipes
    from amparo.release import steps
    from amparo.release.table import prepare

    language, quiet = arguments.language, arguments.quiet
    _require_free(arguments.out)
    progress = Progress(language, quiet=quiet)
    recipe = recipes.load(arguments.recipe)
    table, report = prepare(recipe, arguments.table, progress=progress)
    if not quiet:
        _print_input(report, language)
    measurements = steps.measure(recipe, table, progress=progress)
    del table
    bundle = steps.publish(
        recipe,
        measurements,
        arguments.out,
        seed=secrets.randbits(63),
        issued=datetime.datetime.now(datetime.UTC).date(),
        progress=progress,
    )
    progress.close()
    if not quiet:
        about = bundle.description
        values = {"folder": arguments.out, "rows": about.rows, "columns": len(about.columns)}
        _print("made", language, **values, epsilon=no_less(about.epsilon), delta=no_less(about.delta, 3))
        _print("made_without_ledger", language)
    return 0


def plan(arguments: argparse.Namespace) -> int:
    """Show what a recipe would measure and spend; no table is read."""
    from amparo.disclosure.certificate import no_less
    from amparo.release import recipe as recipes
    from amparo.release import steps

    language = arguments.language
    recipe = recipes.load(arguments.recipe)
    planned = steps.plan(recipe)
    privacy = recipe.privacy
    title = recipe.title.get(language, "")
    levels = sum(len(column.domain) + 1 for column in recipe.columns)
    _print("plan_title", language, title=title, columns=len(recipe.columns), levels=levels)
    _print("plan_promise", language, epsilon=no_less(privacy.epsilon), delta=no_less(privacy.delta, 3), rho=no_less(privacy.rho, 4))
    for step in planned.steps:
        share = f"{100 * step.rho / privacy.rho:.1f}"
        reason = say("disclosure", step.reason_code, language)
        _print("plan_step", language, share=share, tables=step.tables, cells=step.cells, reason=reason)
    _print("plan_nothing_spent", language)
    return 0


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
    """Says on standard error how far long work is; work of less than two seconds stays silent."""

    def __init__(self, language: str, *, quiet: bool = False) -> None:
        self._language = language
        self._quiet = quiet
        self._begun = time.monotonic()
        self._shown = ""

    def __call__(self, step: str, share: float) -> None:
        """Say the step if it is another than the last and patience has run out."""
        if self._quiet or step == self._shown or time.monotonic() - self._begun < PATIENCE_SECONDS:
            return
        self._shown = step
        key = f"progress_{step}"
        if key in sentences(ROOM, self._language):
            print(f"{say(ROOM, key, self._language)} …", file=sys.stderr, flush=True)  # noqa: T201

    def close(self) -> None:
        """Forget the last step, so that the next one is said again."""
        self._shown = ""


def _require_free(out: Path) -> None:
    """Refuse before the work, not after it, when a bundle could not be written there."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused(Reason("bundle", "already_there", str(out)))


def _print_input(report: object, language: str) -> None:
    from amparo.release.table import InputReport

    assert isinstance(report, InputReport)
    _print("input", language, rows=report.rows, persons=report.persons)
    if report.without_person:
        _print("input_without_person", language, count=report.without_person)
    for name, count in report.outside.items():
        if count:
            _print("input_outside", language, column=name, count=count)
    if report.unused:
        _print("input_unused", language, columns=", ".join(report.unused))


def _print(key: str, language: str, **values: object) -> None:
    print(say(ROOM, key, language, **values))  # noqa: T201
