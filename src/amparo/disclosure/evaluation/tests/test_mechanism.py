"""What is said from the noise alone agrees with what the noise does, and takes no table of persons."""

import inspect

import numpy as np
import pytest

from amparo.disclosure import Privacy, generate, measure, plan
from amparo.disclosure.evaluation import Counted, mechanism_error
from amparo.disclosure.evaluation.tests import naive
from amparo.disclosure.tests.seeded import SeededNoise
from amparo.disclosure.tests.tables import invented
from amparo.standard.reasons import Refused

RELEASES = 60


def counted(measurements):
    return [Counted(one.names, one.estimate, np.full(one.estimate.shape, one.standard_error)) for one in measurements.marginals]


def test_the_distance_foretold_by_the_noise_is_the_distance_of_the_estimates():
    """Mean over 60 releases with seeded noise: within 15 % for every table (cannot fail by chance, the seed is fixed)."""
    real = invented(2_000, sizes=(3, 4, 5))
    planned, noise = plan(real.domain, Privacy(1.0, 1e-6)), SeededNoise(4)
    foretold, happened = {}, {}
    rows = naive.rows_of(real)
    for _ in range(RELEASES):
        made = measure(real, planned, noise=noise)
        for error, marginal in zip(mechanism_error(counted(made), real, persons=real.rows), made.marginals, strict=True):
            clique = tuple(real.domain.names.index(name) for name in marginal.names)
            truth = np.zeros(marginal.estimate.shape)
            for row in rows:
                spelled = [("", *real.domain.attributes[i].codes).index(row[i]) for i in clique]
                truth[tuple(spelled)] += 1
            foretold.setdefault(error.names, []).append(error.tvd)
            happened.setdefault(error.names, []).append(np.abs(marginal.estimate - truth).sum() / 2 / real.rows)
    for names, values in foretold.items():
        assert np.mean(values) == pytest.approx(np.mean(happened[names]), rel=0.15)


def test_fit_and_margins_are_those_of_the_released_rows():
    made = measure(invented(2_000), plan(invented(1).domain, Privacy(4.0, 1e-6)), noise=SeededNoise(1))
    released = generate(made, seed=3)
    for one, error in zip(made.marginals, mechanism_error(counted(made), released, persons=released.rows), strict=True):
        clique = tuple(released.domain.names.index(name) for name in one.names)
        found = naive.counted(naive.rows_of(released), clique)
        spellings = [("", *released.domain.attributes[i].codes) for i in clique]
        gaps, told = [], 0
        for cell in np.ndindex(one.estimate.shape):
            count = found[tuple(words[code] for words, code in zip(spellings, cell, strict=True))]
            gaps.append(abs(count - one.estimate[cell]))
            told += count > 1.96 * one.standard_error + 0.5 + gaps[-1]
        assert error.fit == pytest.approx(sum(gaps) / 2 / released.rows)
        assert error.margin == pytest.approx(max(gaps) + 0.5 + 1.96 * one.standard_error)
        assert (error.cells, error.told) == (one.estimate.size, told)


def test_no_sensitive_table_can_be_given():
    assert list(inspect.signature(mechanism_error).parameters) == ["counted", "released", "persons"]


def test_more_noise_is_never_less_error():
    table = invented(500)
    errors = [
        mechanism_error([Counted(("c1",), np.zeros(3), np.full(3, error))], table, persons=500)[0].tvd for error in (0.0, 1.0, 9.0)
    ]
    assert errors == sorted(errors)
    assert errors[0] == 0


@pytest.mark.parametrize("one", [Counted(("none",), np.zeros(3), np.ones(3)), Counted(("c1",), np.zeros(4), np.ones(4))])
def test_counts_of_another_release_are_refused(one):
    with pytest.raises(Refused):
        mechanism_error([one], invented(10), persons=10)
