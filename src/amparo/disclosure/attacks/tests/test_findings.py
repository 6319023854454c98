"""A table copied outright is found risky by every attack, an independent table by none, and the seeds are fixed."""

import numpy as np
import pytest

from amparo.disclosure import Privacy, generate, measure, plan
from amparo.disclosure.attacks import Finding, infer_attributes, link, nearest_records, single_out
from amparo.disclosure.attacks.tests.populations import half_copied, split
from amparo.disclosure.tests.seeded import SeededNoise

TARGETS = 600


def attacked(training, holdout, released, seed=0):
    rng = np.random.default_rng(seed)
    tables = training, holdout, released
    _, many = single_out(*tables, rng=rng, guesses=TARGETS)
    return {
        "single_out_many": many,
        "link": link(*tables, rng=rng, targets=TARGETS),
        "infer": infer_attributes(*tables, rng=rng, targets=TARGETS),
        "nearest": nearest_records(*tables, rng=rng, targets=TARGETS),
    }


@pytest.mark.parametrize("left_out", [1500, 400])
def test_a_copied_table_is_found_risky_whatever_the_size_of_the_hold_out(left_out):
    training, holdout, _ = split(1500, left_out, seed=1)
    found = attacked(training, holdout, training)
    assert found["single_out_many"].finding is Finding.RISK
    assert found["single_out_many"].risk.low > 0.8
    assert found["link"].finding is Finding.RISK
    assert found["nearest"].finding is Finding.RISK
    assert found["nearest"].same_inside > found["nearest"].same_outside
    assert sum(one.finding is Finding.RISK for one in found["infer"]) >= 6


def test_a_table_copied_by_half_is_found_too():
    training, holdout, independent = split(1500, 1500, seed=2)
    found = attacked(training, holdout, half_copied(training, independent))
    assert found["single_out_many"].finding is Finding.RISK
    assert 0.2 < found["single_out_many"].risk.value < 0.8
    assert found["link"].finding is Finding.RISK
    assert found["nearest"].finding is Finding.RISK


@pytest.mark.parametrize("left_out", [1500, 400])
def test_an_independent_table_is_not_found_risky(left_out):
    """Each of four attacks says "risk" with a chance of 2.5 % at most: of 40 answers, 4 or more by chance under 2 %."""
    alarms = 0
    for seed in range(10):
        training, holdout, independent = split(1500, left_out, seed=100 + seed)
        found = attacked(training, holdout, independent, seed)
        alarms += sum(found[name].finding is Finding.RISK for name in ("single_out_many", "link", "nearest"))
        alarms += any(one.finding is Finding.RISK for one in found["infer"])
    assert alarms < 4


def test_a_protected_release_is_not_found_risky():
    """Of 24 answers, each "risk" with a chance of 2.5 % at most where there is none, 4 or more come by chance under 0.4 %."""
    alarms = 0
    for seed in range(6):
        training, holdout, _ = split(1500, 1500, seed=3 + seed)
        measured = measure(training, plan(training.domain, Privacy(1.0, 1e-6)), noise=SeededNoise(1 + seed))
        found = attacked(training, holdout, generate(measured, seed=1), seed)
        alarms += sum(found[name].finding is Finding.RISK for name in ("single_out_many", "link", "nearest"))
        alarms += any(one.finding is Finding.RISK for one in found["infer"])
    assert alarms < 4
