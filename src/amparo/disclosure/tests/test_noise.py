"""The noise of a release: whole numbers, the stated shape, never the same twice, and no way to seed it."""

import inspect
import math
from pathlib import Path

import numpy as np
import pytest

import amparo.disclosure
from amparo.disclosure import Privacy, SystemNoise, measure, plan
from amparo.disclosure.accounting import add_up, is_scale, rho_spent
from amparo.disclosure.noise import CHUNK
from amparo.disclosure.tests.seeded import ScriptedNoise
from amparo.disclosure.tests.tables import invented

FALSE_ALARM = 1e-6


def largest_chi_square(freedom: int) -> float:
    """A bound that a chi-square value exceeds with at most `FALSE_ALARM` (Laurent & Massart 2000, lemma 1)."""
    x = math.log(1 / FALSE_ALARM)
    return freedom + 2 * math.sqrt(freedom * x) + 2 * x


def probabilities(sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Every value that counts in double precision and its exact chance."""
    k = np.arange(-int(12 * sigma) - 12, int(12 * sigma) + 13)
    p = np.exp(-(k.astype(float) ** 2) / (2 * sigma**2))
    return k, p / p.sum()


def chi_square(draws: np.ndarray, sigma: float, most_bins: int = 64) -> tuple[float, int]:
    """Pearson's statistic over neighbouring values, joined until ten draws are expected in each bin, and its freedom."""
    k, p = probabilities(sigma)
    least = max(10.0, len(draws) / most_bins)
    bins = np.floor((np.cumsum(p) - p / 2) * len(draws) / least).astype(int)
    expected = np.bincount(bins, p * len(draws))
    seen = np.bincount(bins[np.clip(draws - k[0], 0, len(k) - 1)], minlength=len(expected)).astype(float)
    kept = expected >= 10
    expected, seen = (np.append(values[kept], values[~kept].sum()) for values in (expected, seen))
    gap = (seen - expected) ** 2 / np.maximum(expected, 10.0)
    return float(gap.sum()), max(1, len(expected) - 1)


LARGEST = 113134.40031433105  # the gate's scale at the least epsilon and delta


@pytest.mark.parametrize("sigma", [0.109375, 0.25, 0.5, 0.75, 1.64892578125, 9.0, 1024.3125, LARGEST])
def test_the_noise_is_a_discrete_gaussian(sigma):
    """Small and large scales against the exact chances; unseeded, so it fails once in a million runs by chance, each."""
    (draws,) = SystemNoise().gaussian([np.zeros(20_000, np.int64)], [sigma])
    assert draws.dtype == np.int64
    value, freedom = chi_square(draws, sigma)
    assert value < largest_chi_square(freedom)


@pytest.mark.parametrize("modulus", [2, 16])
def test_the_last_digits_of_large_noise_are_as_even_as_they_must_be(modulus):
    """Noise that had passed through floating point would show in them; one false alarm in a million."""
    (draws,) = SystemNoise().gaussian([np.full(20_000, 2**60 + 1, np.int64)], [1024.3125])
    seen = np.bincount((draws - (2**60 + 1)) % modulus, minlength=modulus)
    expected = len(draws) / modulus
    assert ((seen - expected) ** 2 / expected).sum() < largest_chi_square(modulus - 1)


def test_counts_too_large_for_a_float_come_out_exact():
    counts = np.array([2**53 + 1, -(2**53) - 1, 2**60 + 1], np.int64)
    (noisy,) = SystemNoise().gaussian([counts], [0.109375])
    assert (noisy - counts).tolist() == [0, 0, 0], "another value has a chance below 10^-17"


@pytest.mark.parametrize("lag", [1, CHUNK - 1, CHUNK])
def test_cells_are_independent_in_every_value(lag):
    """Neighbours in a piece and cells of pieces that threads share: pairs of values against the product of their chances."""
    sigma = 0.75
    (noisy,) = SystemNoise().gaussian([np.zeros(2 * CHUNK + lag, np.int64)], [sigma])
    first, second = noisy[:-lag], noisy[lag:]
    k, p = probabilities(sigma)
    near = np.abs(k) <= 1
    expected = np.outer(p[near], p[near]) * len(first)
    seen = np.array([[((first == x) & (second == y)).sum() for y in k[near]] for x in k[near]])
    assert ((seen - expected) ** 2 / expected).sum() < largest_chi_square(9)


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


@pytest.mark.parametrize("gate", [(3_000, 0, 0), (3_000, 2_999, 2_999)])
@pytest.mark.parametrize("epsilon", [0.001, 1.0, 100.0])
def test_whole_numbers_go_in_and_every_scale_is_on_the_grid(gate, epsilon):
    """What OpenDP is given is what is accounted for: counts of 64 bits, scales that are multiples of 2^-16."""
    noise, table = ScriptedNoise(1, gate), invented(3_000)
    measured = measure(table, plan(table.domain, Privacy(epsilon, 1e-6)), noise=noise)
    assert all(counts.dtype == np.int64 and counts.flags.c_contiguous for counts, _ in noise.asked)
    assert all(is_scale(sigma) for _, sigma in noise.asked)
    asked = add_up(rho_spent(sigma, 3 if at == 0 else 1) for at, (_, sigma) in enumerate(noise.asked))
    assert asked == pytest.approx(measured.rho, rel=1e-12)


def test_nothing_that_makes_a_release_can_seed_its_noise():
    assert list(inspect.signature(SystemNoise).parameters) == []
    assert inspect.signature(measure).parameters["noise"].default is None
    room = Path(amparo.disclosure.__file__).parent
    for source in room.parent.rglob("*.py"):
        if "tests" not in source.parts:
            assert "SeededNoise" not in source.read_text(encoding="utf-8"), source
