"""What an attacker's guesses prove: lower bounds on epsilon that are too high at most once in a million audits.

Two ways. Many runs on a table and on its neighbour: Clopper and Pearson's bounds on both rates, by bisection of the binomial
sum. One run on many canaries, each in the table or not by the toss of a coin: Steinke, Nasr & Jagielski 2023, theorem 5.2.
"""

import math

import numpy as np

FALSE_ALARM = 1e-6
CUTS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)


def binomial_at_least(runs: int, p: float) -> np.ndarray:
    """The chance of at least 0, 1 ... `runs` successes."""
    k = np.arange(runs + 1)
    logs = np.array([math.lgamma(runs + 1) - math.lgamma(x + 1) - math.lgamma(runs - x + 1) for x in k])
    return np.exp(logs + k * math.log(p) + (runs - k) * math.log1p(-p))[::-1].cumsum()[::-1]


def least_rate(successes: int, runs: int, false_alarm: float = FALSE_ALARM / 2) -> float:
    """The smallest rate that makes so many successes less unlikely than the false alarm."""
    if successes == 0:
        return 0.0
    low, high = 0.0, successes / runs
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if binomial_at_least(runs, middle)[successes] > false_alarm else (middle, high)
    return low


def epsilon_at_least(with_canary: np.ndarray, without: np.ndarray, delta: float) -> float:
    """The largest epsilon that the scores prove; the cut is chosen on the first half and judged on the second."""
    half = len(without) // 2
    cuts = np.quantile(without[:half], CUTS)
    power = [((with_canary[:half] > c).mean() - delta) / max((without[:half] > c).mean(), 20 / half) for c in cuts]
    cut, runs = cuts[int(np.argmax(power))], len(without) - half
    hits, alarms = int((with_canary[half:] > cut).sum()), int((without[half:] > cut).sum())
    most_alarms = 1 - least_rate(runs - alarms, runs)
    return math.log(max(least_rate(hits, runs) - delta, 1e-12) / most_alarms)


def epsilon_of_one_run(is_in: np.ndarray, scores: np.ndarray, guesses: int, delta: float) -> float:
    """The largest epsilon that guessing the most extreme scores proves, half of them in and half of them out.

    Several runs on canaries of their own are one run on all of them.
    """
    order = np.argsort(scores, kind="stable")
    right = int((~is_in[order[: guesses // 2]]).sum() + is_in[order[-(guesses // 2) :]].sum())
    low, high = 0.0, 20.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if chance_of(right, guesses, len(scores), middle, delta) < FALSE_ALARM else (low, middle)
    return low


def chance_of(right: int, guesses: int, canaries: int, epsilon: float, delta: float) -> float:
    """The largest chance of so many right guesses under (epsilon, delta)-differential privacy."""
    at_least = binomial_at_least(guesses, 1 / (1 + math.exp(-epsilon)))
    slack = max(((at_least[right - i] - at_least[right]) / i for i in range(1, right + 1)), default=0.0)
    return float(min(1.0, at_least[right] + 2 * canaries * delta * slack))
