"""`amparo release evaluate | attack`: what the steward looks at before a release goes out.

This is the edge: it reads files, prints and writes. Exit codes: 0 done, 1 an attack found a risk, 2 refused.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from amparo.bundle.reading import Bundle
from amparo.bundle.writing import store
from amparo.disclosure import Table
from amparo.release import recipe as recipes
from amparo.release.command import Progress
from amparo.release.recipe import Recipe
from amparo.release.steward import attack_page, attacking, evaluating, evaluation_page, inputs, mechanism_page
from amparo.release.table import prepare_whole
from amparo.standard.reasons import Reason, Refused, say

ROOM = "release.steward"
PRIVATE = 0o700


def evaluate(arguments: argparse.Namespace) -> int:
    """Compare a release with its table for the steward, or say for everybody what its noise costs."""
    inputs.require_own_folder(arguments.out)
    if arguments.publishable:
        return _publishable(arguments)
    recipe, table, bundle, progress = _given(arguments)
    against = inputs.open_bundle(arguments.against) if arguments.against else None
    if against:
        inputs.require_by_recipe(against, recipe, is_same_promise=False)
        inputs.require_its_table(against, table)
    parts = evaluating.choose_parts(arguments.within, table)
    found = evaluating.evaluate(bundle, table, parts, progress=progress)
    other = evaluating.evaluate(against, table, parts, progress=progress) if against else None
    _write(arguments, evaluation_page.render(found, other, arguments.language), is_private=True)
    _say(arguments, "evaluated", folder=arguments.out)
    return 0


def attack(arguments: argparse.Namespace) -> int:
    """Attack a release with the persons in its table and persons left out; exit code 1 where a risk is found."""
    inputs.require_own_folder(arguments.out)
    if (arguments.earlier is None) != (arguments.joined is None):
        raise Refused(Reason(ROOM, "earlier_and_joined_together"))
    if arguments.seed < 0:
        raise Refused(Reason(ROOM, "seed_negative"))
    recipe, table, bundle, progress = _given(arguments)
    holdout = _other_persons(recipe, arguments.holdout, "holdout_not_read")
    earlier = inputs.open_bundle(arguments.earlier) if arguments.earlier else None
    if earlier:
        inputs.require_by_recipe(earlier, recipe, is_same_promise=False)
    joined = _other_persons(recipe, arguments.joined, "joined_not_read") if arguments.joined else None
    found = attacking.attack(bundle, table, holdout, seed=arguments.seed, earlier=earlier, joined=joined, progress=progress)
    _write(arguments, attack_page.render(found, arguments.language), is_private=True)
    _say(arguments, "attacked_risk" if found.is_risk_found else "attacked", folder=arguments.out)
    return int(found.is_risk_found)


def _publishable(arguments: argparse.Namespace) -> int:
    """Write the report that may go out; with a table among the files it is refused, because none may be read."""
    if len(arguments.files) != 1 or arguments.against or arguments.within:
        raise Refused(Reason(ROOM, "publishable_takes_a_bundle"))
    found = mechanism_page.noise(inputs.open_bundle(arguments.files[0]))
    _write(arguments, mechanism_page.render(found, arguments.language), is_private=False)
    _say(arguments, "noise_told", folder=arguments.out)
    return 0


def _given(arguments: argparse.Namespace) -> tuple[Recipe, Table, Bundle, Progress]:
    """Return recipe, table and bundle that belong together; raise `Refused` where they do not."""
    if len(arguments.files) != 3:
        raise Refused(Reason(ROOM, "three_files"))
    recipe_file, table_file, folder = arguments.files
    recipe = recipes.load(recipe_file)
    bundle = inputs.open_bundle(folder)
    inputs.require_by_recipe(bundle, recipe)
    progress = Progress(arguments.language, quiet=arguments.quiet, room=ROOM)
    table, _ = prepare_whole(recipe, table_file)
    inputs.require_its_table(bundle, table)
    return recipe, table, bundle, progress


def _other_persons(recipe: Recipe, file: Path, code: str) -> Table:
    """Return a second table by the same recipe; raise `Refused` that says which of the files is meant."""
    try:
        return prepare_whole(recipe, file)[0]
    except Refused as refused:
        raise Refused(Reason(ROOM, code, file.name), *refused.reasons) from refused


def _write(arguments: argparse.Namespace, rendered: Mapping[str, bytes], *, is_private: bool) -> None:
    """Write a folder in one step; what may not be published is closed to other users of the machine."""
    out: Path = arguments.out
    store(out, rendered)
    if is_private:
        out.chmod(PRIVATE)


def _say(arguments: argparse.Namespace, key: str, **values: object) -> None:
    if not arguments.quiet:
        print(say(ROOM, key, arguments.language, **values))  # noqa: T201
