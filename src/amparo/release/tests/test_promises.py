"""What a bundle's reader reckons of noise and promise is what was reckoned where the noise was drawn: nothing true is refused."""

from __future__ import annotations

import datetime
import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from amparo.bundle import promises
from amparo.bundle.contents import Contents
from amparo.disclosure import Table
from amparo.disclosure.accounting import Privacy, delta_of, for_person, rho_of, rho_spent, threshold
from amparo.disclosure.certificate import NOT_PROMISED
from amparo.release import steps
from amparo.release.recipe import Recipe, parse

DAY = datetime.date(2026, 3, 4)
EPSILONS = (1e-3, 0.01, 0.1, 1.0, 4.0, 12.0, 100.0)
DELTAS = (1e-15, 1e-9, 1e-6, 1e-3, 0.01)


@pytest.mark.parametrize(("epsilon", "delta"), list(itertools.product(EPSILONS, DELTAS)))
def test_both_rooms_read_rho_alike(epsilon: float, delta: float) -> None:
    rho = rho_of(epsilon, delta)
    for part in (0.1, 0.5, 0.99, 1.0, 1.01, 3.0):
        assert promises.delta_of(part * rho, epsilon) == pytest.approx(delta_of(part * rho, epsilon), rel=1e-6)
    assert promises.delta_of(rho * (1 - promises.SLACK), epsilon) <= delta * (1 + promises.SLACK)
    assert promises.delta_of(rho * 1.001, epsilon) > delta * (1 + promises.SLACK)


@pytest.mark.parametrize("sigma", [0.5, 3.0, 1000.0])
def test_both_rooms_spend_alike(sigma: float) -> None:
    assert promises.rho_of(sigma, 3) == pytest.approx(rho_spent(sigma, 3), rel=1e-12)
    assert promises.rho_of(sigma, 3) <= rho_spent(sigma, 3)


@pytest.mark.parametrize("keys", [1, 2, 5])
@pytest.mark.parametrize("delta", DELTAS)
@pytest.mark.parametrize("sigma", [0.6, 1.0, 3.7, 25.0, 300.0])
def test_no_threshold_that_was_reckoned_is_refused_and_a_low_one_is(sigma: float, delta: float, keys: int) -> None:
    least = threshold(sigma, delta, keys)
    assert promises.chance_shown(sigma, least, keys) <= delta * (1 + promises.SLACK_OF_CHANCE)
    if least - keys > 4 * sigma:
        assert promises.chance_shown(sigma, least - max(2, round(sigma)), keys) > delta


def test_what_a_reader_misses_a_certificate_says() -> None:
    assert set(promises.NOT_PROMISED) <= set(NOT_PROMISED)


def recipe(columns: int, epsilon: float, delta: float, contributors: int) -> Recipe:
    domains = [list("abcdef"[: 2 + k % 4]) for k in range(columns)]
    listed = "".join(f'[[columns]]\nname = "c{k}"\ndomain = {json.dumps(domain)}\n' for k, domain in enumerate(domains))
    privacy = f"[privacy]\nepsilon = {epsilon}\ndelta = {delta}\ncontributors_per_person = {contributors}\n"
    return parse(f'title = "Invented"\nschema = "inline"\n{privacy}{listed}')


def released(columns: int, epsilon: float, delta: float, contributors: int, *, is_crowded: bool) -> Contents:
    """Release an invented table; a crowded one holds few rows often, so that the gate chooses to measure whole rows."""
    asked, source = recipe(columns, epsilon, delta, contributors), np.random.default_rng(4)
    rows = source.integers(0, 3, (3 if is_crowded else 900, columns), dtype=np.uint8)
    codes = rows[source.integers(0, len(rows), 40_000 if is_crowded else 900)]
    measured = steps.measure(asked, Table(asked.domain, tuple(np.ascontiguousarray(column) for column in codes.T)))
    return steps.compose(asked, measured, seed=3, issued=DAY)


def found(made: Contents) -> set[str]:
    published = promises.Published(made.measurements, made.found_rows, made.probes)
    return {reason.code for reason in promises.unlike(made.certificate, made.description, published)}


@pytest.mark.parametrize("contributors", [1, 3])
@pytest.mark.parametrize("epsilon", [0.05, 4.0, 60.0])
@pytest.mark.parametrize(("columns", "is_crowded"), [(1, False), (2, False), (5, False), (5, True)])
def test_no_release_that_was_made_is_refused(columns: int, is_crowded: bool, epsilon: float, contributors: int) -> None:
    made = released(columns, epsilon, 1e-6, contributors, is_crowded=is_crowded)
    assert found(made) == set()
    if epsilon > 1:
        assert (made.found_rows is not None) == is_crowded


def test_a_hair_more_privacy_than_was_kept_is_refused() -> None:
    """All that the promise allows is spent, so nothing better may be claimed, neither for a key nor for a person."""
    made = released(5, 4.0, 1e-6, 3, is_crowded=True)
    for better in ({"delta": 0.97e-6}, {"epsilon": 3.97}):
        assert found(replace(made, description=replace(made.description, **better))) == {"promise_unsupported"}
    promise = dict(made.certificate["promise"])
    person = promise["person"] | {"epsilon": for_person(Privacy(4.0, 1e-6, 3)).epsilon * 0.99}
    forged = dict(made.certificate) | {"promise": promise | {"person": person}}
    assert found(replace(made, certificate=forged)) == {"promise_unsupported"}
