"""Attackers who know everything but one person: what they can win stays under the promise, mechanism by mechanism.

Each audit scores a table and the same table with one row more (the canary) by the likelihood ratio, the best score there
is, and turns guesses into a lower bound on epsilon (`auditing.py`; false alarm one in a million). Each audit is then run on
the same mechanism with too little noise, or without the part that delta pays for, and must find it out.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from amparo.disclosure import Attribute, Domain, Ledger, Privacy, Spend, SystemNoise, Table, generate, measure, plan
from amparo.disclosure.accounting import add_up, epsilon_of
from amparo.disclosure.counting import DistinctRows, distinct_rows
from amparo.disclosure.measurements import FoundRows
from amparo.disclosure.measuring import find_rows
from amparo.disclosure.tests.auditing import chance_of, epsilon_at_least, epsilon_of_one_run, least_rate
from amparo.disclosure.tests.seeded import ScriptedNoise, SeededNoise
from amparo.disclosure.tests.tables import domain_of, with_row

PRIVACY = Privacy(2.0, 1e-3)
SIZES = (2, 3, 2)
PLAN = plan(domain_of(SIZES), PRIVACY)
CANARY = (1, 2, 1)
RUNS = 40_000
GATES = {"rows not worth measuring": (100, 0, 0), "whole rows": (100, 99, 99)}


class TooLittleNoise(SeededNoise):
    """A broken source: a fraction of the scale that is accounted for."""

    def __init__(self, seed, part):
        super().__init__(seed)
        self.part = part

    def gaussian(self, counts, sigmas):
        return super().gaussian(counts, [sigma / self.part for sigma in sigmas])


def canary_tables():
    """Sixty rows like the canary and sixty others: one more moves every count that a row can move."""
    table = Table.from_codes(domain_of(SIZES), np.array([CANARY] * 60 + [(0, 1, 0)] * 60, np.uint8))
    return table, with_row(table, CANARY)


def moved(gate):
    """What the canary moves, step by step: (cells before, cells after, scale), on the path that the gate's answer leads to."""
    asked = []
    for table in canary_tables():
        noise = ScriptedNoise(1, gate)
        measure(table, PLAN, noise=noise)
        asked.append(noise.asked)
    steps = [(before[after != before], after[after != before], sigma) for (before, sigma), (after, _) in zip(*asked, strict=True)]
    rows = 1 if gate[1] else 0
    probes = len(steps) - len(PLAN.probes) - len(PLAN.groups)
    pairs = probes - len(PLAN.pairs)
    parts = {
        "gate": (0, 1),
        "rows": (1, 1 + rows),
        "singles": (1 + rows, pairs),
        "pairs": (pairs, probes),
        "probes": (probes, None),
    }
    return {"all": steps} | {name: steps[first:last] for name, (first, last) in parts.items()}


def audited(questions, noise, runs, delta, times=1):
    """The epsilon proved by the likelihood ratio of all answers, each question asked `times` times with fresh noise."""
    scores = {"with": np.zeros(runs), "without": np.zeros(runs)}
    for before, after, sigma in questions * times:
        weights = (after - before) / sigma**2
        for side, cells in (("without", before), ("with", after)):
            (answers,) = noise.gaussian([np.repeat(cells[None], runs, axis=0)], [sigma])
            scores[side] += answers @ weights
    return epsilon_at_least(scores["with"], scores["without"], delta)


def claimed(name, histogram):
    steps = {str(step.name): step.rho for step in PLAN.steps_if(histogram)}
    return epsilon_of(add_up(steps.values()) if name == "all" else steps[name], PRIVACY.delta / 2)


CASES = [
    ("gate", "rows not worth measuring", 8),
    ("rows", "whole rows", 2),
    ("singles", "rows not worth measuring", 4),
    ("pairs", "rows not worth measuring", 2),
    ("probes", "rows not worth measuring", 8),
    ("all", "rows not worth measuring", 2),
    ("all", "whole rows", 2),
]


@pytest.mark.parametrize(("name", "gate", "part"), CASES)
def test_a_step_gives_the_canary_away_no_more_than_it_claims_and_too_little_noise_is_found_out(name, gate, part):
    histogram = PLAN.row_histograms[0] if gate == "whole rows" else None
    questions, claim = moved(GATES[gate])[name], claimed(name, histogram)
    assert questions
    assert audited(questions, SeededNoise(1), RUNS, PRIVACY.delta / 2) <= claim
    assert audited(questions, TooLittleNoise(1, part), RUNS, PRIVACY.delta / 2) > claim


def test_the_noise_of_a_release_itself_is_audited():
    """The real source, unseeded: whole rows and the gate; one false alarm in a million runs each."""
    for name, runs in (("gate", 4_000), ("rows", 10_000)):
        questions = moved(GATES["whole rows"])[name]
        assert audited(questions, SystemNoise(), runs, PRIVACY.delta / 2) <= claimed(name, PLAN.row_histograms[0])


def test_two_releases_give_the_canary_away_no_more_than_the_ledger_says():
    ledger = Ledger("pool", 50.0, 2e-3)
    for name in ("r1", "r2"):
        ledger = ledger.spend(Spend.of(name, PRIVACY))
    questions = moved(GATES["whole rows"])["all"]
    found = audited(questions, SeededNoise(2), RUNS, ledger.delta, times=2)
    assert 0.3 * ledger.epsilon_spent < found <= ledger.epsilon_spent, "the audit sees a good part of what is claimed"
    assert audited(questions, TooLittleNoise(2, 3), RUNS, ledger.delta, times=2) > ledger.epsilon_spent


@pytest.mark.parametrize(
    ("parts", "contributors"), [((1,), 1), ((1,), 3), ((2,), 3), ((1, 1), 3), ((3,), 3), ((2, 1), 3), ((1, 1, 1), 3)]
)
@pytest.mark.parametrize("choice", [0, 1])
def test_rows_that_nobody_shares_are_shown_no_more_often_than_delta_allows(parts, contributors, choice):
    """A person's rows under new keys: at most delta / 2 of the draws show any of them, at a delta large enough to count.

    The same with a threshold that forgets delta (twice the count of the rows), and with one that was made for fewer
    contributors, must be found out.
    """
    privacy, draws = Privacy(4.0, 0.01, contributors), 20_000
    histogram = plan(domain_of((2, 2, 2)), privacy).row_histograms[choice]
    noisy = SeededNoise(3).gaussian([np.tile(parts, (draws, 1))], [histogram.sigma])[0].max(axis=1)
    assert least_rate(int((noisy >= histogram.threshold).sum()), draws) <= privacy.delta_for_rows
    assert least_rate(int((noisy >= 1 + max(parts)).sum()), draws) > privacy.delta_for_rows
    if parts == (3,):
        alone = plan(domain_of((2, 2, 2)), Privacy(4.0, 0.01)).row_histograms[choice]
        assert least_rate(int((noisy >= alone.threshold).sum()), draws) > privacy.delta_for_rows


def test_a_new_row_is_looked_for_by_the_function_that_shows_rows():
    """The threshold acts inside `find_rows`: a thousand new rows of one person each, a known share of them shown."""
    privacy = Privacy(4.0, 0.01)
    histogram = plan(domain_of((2, 2, 2)), privacy).row_histograms[0]
    codes = np.stack([np.arange(40_000, dtype=np.uint16)] * 3, axis=1)
    found = find_rows([DistinctRows(codes, np.ones(40_000, np.int64))], histogram, SeededNoise(5))
    assert least_rate(len(found.counts), 40_000) <= privacy.delta_for_rows
    assert len(found.counts) > 0
    assert (found.counts >= histogram.threshold).all()


CANARIES = 60
WHOLE = Privacy(2.0, 1e-9)


def without_threshold(table, measured):
    """A broken release: every row that occurs is shown as often as it occurs, whatever the noise and the threshold."""
    distinct = distinct_rows(table)
    return replace(measured, found=FoundRows(measured.plan.row_histograms[0], distinct.codes, distinct.counts))


def one_run(noise, seed, score, broken):
    """Measure and generate a table in which each of sixty canaries, unlike all others, is or is not by the toss of a coin."""
    rng = np.random.default_rng(seed)
    is_in = rng.random(CANARIES) < 0.5
    codes = np.concatenate([np.zeros((300, 3), np.int64), np.repeat(1 + np.flatnonzero(is_in)[:, None], 3, axis=1)])
    domain = Domain(tuple(Attribute(f"c{i}", tuple(map(str, range(CANARIES)))) for i in range(3)))
    table = Table.from_codes(domain, codes)
    measured = measure(table, plan(domain, WHOLE), noise=noise)
    measured = broken(table, measured) if broken else measured
    return is_in, score(measured, generate(measured, seed=seed))


def by_counts(measured, made):
    """Everything measured that a canary moves, weighted by its noise."""
    at = np.arange(1, CANARIES + 1)
    score = sum(single[at] for single in measured.singles) / measured.singles_sigma**2
    return score + sum(pair[at, at] / sigma**2 for pair, sigma in zip(measured.pairs, measured.pair_sigmas, strict=True))


def by_rows(measured, made):
    """The rows of the generated table that share at least two values with a canary, and all three."""
    columns = np.stack(made.columns, axis=1)
    same = [(columns == k).sum(axis=1) for k in range(1, CANARIES + 1)]
    return np.array([(agree >= 2).sum() + (agree == 3).sum() for agree in same], float)


@pytest.mark.parametrize(
    ("score", "noise", "broken"),
    [(by_counts, TooLittleNoise(7, 100), None), (by_rows, SeededNoise(7), without_threshold)],
    ids=["from the measurements", "from the generated table"],
)
def test_the_whole_way_gives_many_canaries_away_no_more_than_promised(score, noise, broken):
    """Sixty canaries a run, many runs taken as one: sound against what is promised, and broken on purpose."""
    found = {}
    for name, source, runs, spoil in (("sound", SeededNoise(7), 100, None), ("broken", noise, 60, broken)):
        tossed, scored = zip(*(one_run(source, seed, score, spoil) for seed in range(runs)), strict=True)
        is_in, scores = np.concatenate(tossed), np.concatenate(scored)
        found[name] = epsilon_of_one_run(is_in, scores, len(scores) // 4 // 2 * 2, WHOLE.delta)
    assert found["sound"] <= WHOLE.epsilon < found["broken"]


def test_an_exact_number_of_rows_would_be_found_out():
    """A release whose size is the exact number of rows is no release: the audit says so, whatever the epsilon."""
    exact = epsilon_at_least(np.full(2_000, 121.0), np.full(2_000, 120.0), PRIVACY.delta)
    assert exact > PRIVACY.epsilon
    rows = {}
    for side, table in zip(("without", "with"), canary_tables(), strict=True):
        noise = SeededNoise(9)
        rows[side] = np.array([measure(table, PLAN, noise=noise).total for _ in range(1_500)], float)
    assert epsilon_at_least(rows["with"], rows["without"], PRIVACY.delta) <= PRIVACY.epsilon


def test_the_bounds_themselves():
    """Randomised response of a known epsilon: both audits stay under it, and come near it."""
    rng, epsilon = np.random.default_rng(1), 1.5
    honest = 1 / (1 + math.exp(-epsilon))
    with_canary, without = ((rng.random(40_000) < p).astype(float) for p in (honest, 1 - honest))
    assert 0.8 * epsilon < epsilon_at_least(with_canary, without, 0.0) <= epsilon
    is_in = rng.random(2_000) < 0.5
    told = np.where(rng.random(2_000) < honest, is_in, ~is_in).astype(float)
    assert 0.6 * epsilon < epsilon_of_one_run(is_in, told, 1_000, 0.0) <= epsilon
    assert chance_of(0, 10, 10, 1.0, 0.0) == pytest.approx(1.0)
    assert chance_of(10, 10, 10, 1.0, 0.0) == pytest.approx((1 / (1 + math.exp(-1))) ** 10)
    assert chance_of(10, 10, 10, 1.0, 1e-3) > chance_of(10, 10, 10, 1.0, 0.0)
