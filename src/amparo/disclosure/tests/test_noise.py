"""The noise of a release: whole numbers, the stated shape, never the same twice, and no way to seed it."""

import inspect
import math
from pathlib import Path

import numpy as np
import pytest

import amparo.disclosure
from amparo.disclosure import SystemNoise, measure
from amparo.disclosure.accounting import rho_spent
from amparo.disclosure.noise import CHUNK

FALSE_ALARM = 1e-6


def largest_chi_square(freedom: int) -> float:
    """A bound that a chi-square value exceeds with at most `FALSE_ALARM` (Laurent & Massart 2000, lemma 1)."""
    x = math.log(1 / FALSE_ALARM)
    return freedom + 2 * math.sqrt(freedom * x) + 2 * x


def chi_square(draws: np.ndarray, sigma: float) -> tuple[float, int]:
    reach = int(3 * sigma) + 1
    k = np.arange(-int(20 * sigma) - 5, int(20 * sigma) + 6)
    p = np.exp(-(k.astype(float) ** 2) / (2 * sigma**2))
    p /= p.sum()
    inner = np.abs(k) <= reach
    expected = np.append(p[inner], p[~inner].sum()) * len(draws)
    seen = np.append([(draws == value).sum() for value in k[inner]], (np.abs(draws) > reach).sum())
    return float(((seen - expected) ** 2 / expected).sum()), len(expected) - 1


@pytest.mark.parametrize("sigma", [0.75, 1.64892578125, 9.0])
def test_the_noise_is_a_discrete_gaussian(sigma):
    """Chi-square over every value within three scales; unseeded, so it fails once in a million runs by chance."""
    (draws,) = SystemNoise().gaussian([np.zeros(20_000, np.int64)], [sigma])
    assert draws.dtype == np.int64
    value, freedom = chi_square(draws, sigma)
    assert value < largest_chi_square(freedom)


def test_the_check_of_the_shape_can_fail():
    """A rounded continuous Gaussian of a slightly different scale is found out."""
    draws = np.round(np.random.default_rng(1).normal(0, 1.8, 20_000)).astype(np.int64)
    value, freedom = chi_square(draws, 1.64892578125)
    assert value > largest_chi_square(freedom)


def test_cells_and_calls_are_independent():
    first, second = SystemNoise().gaussian([np.zeros(3 * CHUNK, np.int64)] * 2, [20.0, 20.0])
    for a, b in ((first, second), (first[:CHUNK], first[CHUNK : 2 * CHUNK]), (first[:-1], first[1:])):
        assert abs(np.corrcoef(a, b)[0, 1]) < 6 / math.sqrt(len(a))


def test_noise_is_added_to_the_counts_in_their_shape():
    counts = [np.arange(12, dtype=np.int64).reshape(3, 4) * 10**6, np.zeros(0, np.int64), np.array([-5, 2**40])]
    noisy = SystemNoise().gaussian(counts, [2.0, 2.0, 2.0])
    for made, true in zip(noisy, counts, strict=True):
        assert made.shape == true.shape
        assert (np.abs(made - true) < 2.0 * 12).all()


@pytest.mark.parametrize("sigma", [0.5, 1.64892578125, 38.25])
@pytest.mark.parametrize("sensitivity_squared", [1, 3])
def test_opendp_agrees_with_what_the_noise_spends(sigma, sensitivity_squared):
    from opendp.domains import atom_domain, vector_domain
    from opendp.measurements import make_gaussian
    from opendp.metrics import l2_distance
    from opendp.mod import enable_features

    enable_features("contrib")
    mechanism = make_gaussian(vector_domain(atom_domain(T="i64")), l2_distance(T="f64"), scale=sigma)
    assert rho_spent(sigma, sensitivity_squared) == pytest.approx(mechanism.map(math.sqrt(sensitivity_squared)), rel=1e-12)


def test_nothing_that_makes_a_release_can_seed_its_noise():
    assert list(inspect.signature(SystemNoise).parameters) == []
    assert inspect.signature(measure).parameters["noise"].default is None
    room = Path(amparo.disclosure.__file__).parent
    for source in room.parent.rglob("*.py"):
        if "tests" not in source.parts:
            assert "SeededNoise" not in source.read_text(encoding="utf-8"), source
