"""What a steward is told before spending is what the release then shows: no smaller, and not of another kind."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from amparo.bundle.contents import Counting
from amparo.bundle.margins import tabulate
from amparo.desk.publication import rehearsal
from amparo.disclosure import Table, measure
from amparo.disclosure.tests.seeded import SeededNoise
from amparo.release import steps
from amparo.release.recipe import parse

DEMO = Path(__file__).resolve().parents[5] / "recipes" / "demo.toml"
PERSONS = 2_000
TOLERANCE = 1.02
"""Both sides are drawn with fixed seeds; the tolerance is for another version of numpy drawing otherwise."""


def people(recipe, seed):
    """Invent persons unlike the rehearsal's: yes-or-no columns that hang together by two hidden traits, most values skewed."""
    random = np.random.default_rng(seed)
    traits = random.random((PERSONS, 2))
    codes = []
    for place, size in enumerate(recipe.domain.sizes):
        weights = 1 / np.arange(1, size + 1) ** 1.5
        edges = (weights / weights.sum()).cumsum()
        mixed = 0.6 * traits[:, place % 2] + 0.4 * random.random(PERSONS)
        codes.append(np.minimum(np.searchsorted(edges, mixed), size - 1))
    return Table.from_codes(recipe.domain, np.stack(codes, axis=1))


def published(recipe, seed):
    """Return the margins by one and by two columns as the public reads them."""
    measured = measure(people(recipe, seed), steps.plan(recipe), noise=SeededNoise(seed))
    counting = Counting.of(steps.compose(recipe, measured, seed=seed, issued=rehearsal.DAY))
    names = recipe.domain.names
    singles = np.concatenate([tabulate(counting, (name,)).margins for name in names])
    return singles, np.concatenate([tabulate(counting, pair).margins.ravel() for pair in combinations(names, 2)])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_margins_shown_before_are_not_below_the_median_of_those_shown_after(seed):
    recipe = parse(DEMO.read_text(encoding="utf-8"))
    before = rehearsal.expected(recipe, steps.plan(recipe), persons=PERSONS, noise=SeededNoise(seed))
    singles, pairs = published(recipe, seed)
    assert before.single * TOLERANCE >= np.median(singles)
    assert before.pair * TOLERANCE >= np.median(pairs)
    assert before.single_most >= before.single
    assert before.pair_most >= before.pair


def test_the_bound_for_recipes_too_large_to_rehearse_holds_as_well():
    recipe = parse(DEMO.read_text(encoding="utf-8"))
    before = rehearsal.bound(recipe, steps.plan(recipe))
    singles, pairs = published(recipe, 4)
    assert before.single >= np.median(singles)
    assert before.pair >= np.median(pairs)


def test_a_large_recipe_is_bounded_and_not_rehearsed(monkeypatch):
    recipe = parse(DEMO.read_text(encoding="utf-8"))
    monkeypatch.setattr(rehearsal, "MOST_CELLS", 100)
    monkeypatch.setattr(rehearsal, "measure", None)
    assert rehearsal.expected(recipe, steps.plan(recipe)).persons is None


def test_the_rehearsal_reads_no_case():
    """It takes a recipe, a plan and a public number: no pool, no version, no database (this test has none)."""
    recipe = parse(DEMO.read_text(encoding="utf-8"))
    assert rehearsal.expected(recipe, steps.plan(recipe), noise=SeededNoise(1)).persons == rehearsal.PERSONS


@pytest.mark.parametrize("persons", [None, PERSONS])
def test_what_is_kept_of_a_rehearsal_is_what_was_found(persons):
    found = rehearsal.Expected((1.5, np.float64(2.25)), 1.0, np.float64(3.0), 4.0, persons)
    kept = found.plain()
    assert rehearsal.Expected.of(kept) == found
    assert type(kept[0][1]) is float
    assert type(kept[2]) is float
