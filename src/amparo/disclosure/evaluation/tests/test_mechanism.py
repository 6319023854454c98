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


def counts_of(rows, domain, names):
    clique = [domain.names.index(name) for name in names]
    counts = np.zeros([domain.sizes[i] for i in clique])
    for spelled, count in naive.counted(rows, clique).items():
        words = [("", *domain.attributes[i].codes).index(value) for i, value in zip(clique, spelled, strict=True)]
        counts[tuple(words)] = count
    return counts


def test_the_error_foretold_by_the_noise_is_the_error_of_the_estimates():
    """Mean over 60 releases with seeded noise: within 15 % for every table (cannot fail by chance, the seed is fixed)."""
    real = invented(2_000, sizes=(3, 4, 5))
    planned, noise = plan(real.domain, Privacy(1.0, 1e-6)), SeededNoise(4)
    foretold, happened = {}, {}
    for _ in range(RELEASES):
        made = measure(real, planned, noise=noise)
        for error, marginal in zip(mechanism_error(counted(made), real, persons=real.rows), made.marginals, strict=True):
            truth = counts_of(naive.rows_of(real), real.domain, marginal.names)
            away = np.abs(truth - marginal.estimate)
            told = truth > away + 0.5 + 1.96 * marginal.standard_error
            foretold.setdefault(error.names, []).append(error.noise)
            happened.setdefault(error.names, []).append(away[told].sum() / 2 / real.rows)
    for names, values in foretold.items():
        assert np.mean(values) == pytest.approx(np.mean(happened[names]), rel=0.15)


def test_everything_said_is_that_of_the_released_rows():
    made = measure(invented(2_000), plan(invented(1).domain, Privacy(4.0, 1e-6)), noise=SeededNoise(1))
    released = generate(made, seed=3)
    for one, error in zip(made.marginals, mechanism_error(counted(made), released, persons=released.rows), strict=True):
        counts = counts_of(naive.rows_of(released), released.domain, one.names)
        fit = share = told = 0.0
        for cell in np.ndindex(counts.shape):
            away = abs(counts[cell] - one.estimate[cell])
            if counts[cell] > 1.96 * one.standard_error + 0.5 + away:
                fit, share, told = fit + away, share + counts[cell], told + 1
        assert error.fit == pytest.approx(fit / 2 / released.rows)
        assert error.share == pytest.approx(share / released.rows)
        assert error.margin == pytest.approx(np.abs(counts - one.estimate).max() + 0.5 + 1.96 * one.standard_error)
        assert (error.cells, error.told) == (one.estimate.size, told)


def test_no_sensitive_table_can_be_given():
    assert list(inspect.signature(mechanism_error).parameters) == ["counted", "released", "persons"]


def test_more_noise_is_never_less_error():
    table = invented(500)
    counts = counts_of(naive.rows_of(table), table.domain, ("c1",))
    errors = [
        mechanism_error([Counted(("c1",), counts, np.full(3, error))], table, persons=500)[0].noise for error in (0.0, 1.0, 9.0)
    ]
    assert errors == sorted(set(errors))
    assert errors[0] == 0


@pytest.mark.parametrize("one", [Counted(("none",), np.zeros(3), np.ones(3)), Counted(("c1",), np.zeros(4), np.ones(4))])
def test_counts_of_another_release_are_refused(one):
    with pytest.raises(Refused):
        mechanism_error([one], invented(10), persons=10)
