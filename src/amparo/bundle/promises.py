"""Says whether the noise of the published counts supports what the certificate promises.

A certificate is figures and words that anybody can write; the scales of the noise stand beside the counts. Here what
they disclose is added up again and compared, always to the one side: a certificate may promise less protection than
there is, never more. That the noise was drawn at all, no reader of a bundle can see.

Sources: Canonne, Kamath & Steinke 2020, theorem 4 (discrete Gaussian noise of scale sigma on counts of squared L2
sensitivity s has rho = s / (2 sigma^2)) and corollary 13 (from rho to delta). The same is reckoned where the noise is
drawn, which this room does not import; `release/tests/test_promises.py` holds the two together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from amparo.bundle import files
from amparo.bundle.contents import FoundRows, Measured, Probe
from amparo.bundle.description import Description
from amparo.bundle.reading import Bundle
from amparo.standard.reasons import LANGUAGES, Reason

ROOM = "bundle"
GATE, ROWS, SINGLES, PAIRS, PROBES = "gate", "rows", "singles", "pairs", "probes"
NOT_PROMISED = (
    "not_people",
    "not_rare",
    "not_groups",
    "not_earlier",
    "not_more_contributors",
    "not_domain",
    "not_zero_risk",
    "not_three_way",
    "not_truth",
)
"""What a certificate must say is not promised, each in every language; it may say more."""
SLACK = 1e-9
"""For sums rounded in another order; a part in a thousand million is nobody's protection."""
SLACK_OF_CHANCE = 0.01


@dataclass(frozen=True, slots=True)
class Step:
    """One mechanism as the certificate states it: how many tables, with noise of which scales, and the rho it spends."""

    tables: int
    sigma_least: float
    sigma_most: float
    sensitivity_squared: float
    rho: float
    threshold: int
    delta: float

    def least_rho(self) -> float:
        """Return what so many tables with noise of at most this scale spend at least, or what is stated when that is more."""
        return max(self.rho, self.tables * rho_of(self.sigma_most, self.sensitivity_squared))


@dataclass(frozen=True, slots=True)
class Published:
    """The noisy counts of a release as its folder holds them."""

    measured: tuple[Measured, ...]
    found: FoundRows | None = None
    probes: tuple[Probe, ...] = ()

    def sigmas(self) -> Iterator[tuple[str, list[float]]]:
        """Return the noise scales of the tables of each step whose every table is published."""
        for step, width in ((SINGLES, 1), (PAIRS, 2)):
            yield step, [one.sigma for one in self.measured if len(one.columns) == width]
        yield PROBES, [one.sigma for one in self.probes]


def contradictions(bundle: Bundle) -> Iterator[Reason]:
    """Say where mechanisms and published noise differ, which promise the noise does not support, and what is left unsaid."""
    published = Published(bundle.measurements(), bundle.found_rows, bundle.probes)
    yield from unlike(bundle.certificate, bundle.description, published)


def unlike(certificate: Mapping[str, Any], description: Description, published: Published) -> Iterator[Reason]:
    """The same for the parts of a release."""
    yield from _unsaid(certificate)
    steps = _steps(certificate)
    if steps is None:
        yield Reason(ROOM, "certificate_without", files.CERTIFICATE, {"fact": "mechanisms"})
        return
    for step in _unlike(steps, published):
        yield Reason(ROOM, "noise_unlike_certificate", files.CERTIFICATE, {"step": step})
    yield from _unsupported(certificate, description, rho_spent(steps, published), steps.get(ROWS))
    if ROWS in steps and not _is_rare(steps[ROWS], description.contributors_per_person):
        yield Reason(ROOM, "noise_unlike_certificate", files.CERTIFICATE, {"step": ROWS})


def rho_of(sigma: float, sensitivity_squared: float = 1.0) -> float:
    """Return what noise of scale `sigma` spends."""
    return sensitivity_squared / 2 / sigma / sigma


def rho_spent(steps: Mapping[str, Step], published: Published) -> float:
    """Return what the published tables spend by their own scales, and what is spent beside them by what is stated."""
    whole = dict(published.sigmas())
    tables = [rho_of(sigma) for sigmas in whole.values() for sigma in sigmas]
    tables += [rho_of(published.found.sigma)] if published.found is not None and ROWS not in steps else []
    return math.fsum(tables + [step.least_rho() for name, step in steps.items() if name not in whole])


def delta_of(rho: float, epsilon: float) -> float:
    """Return a delta such that rho-zCDP implies (epsilon, delta)-differential privacy: the least of any Renyi order found."""

    def exponent(log_order: float) -> float:
        x = math.exp(log_order)  # alpha - 1
        return x * ((x + 1) * rho - epsilon) - log_order - (x + 1) * math.log1p(1 / x)

    low, high, golden = math.log(1e-6), math.log(1e9), (math.sqrt(5) - 1) / 2
    for _ in range(60):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if exponent(left) < exponent(right) else (left, high)
    return math.exp(min(0.0, exponent((low + high) / 2)))


def chance_shown(sigma: float, threshold: int, keys: int) -> float:
    """Return a lower bound on the chance that a row of one person under `keys` keys, which nobody else has, is shown.

    Under k of the keys it has a count of k and is shown where the noise reaches threshold - k, and there may be
    keys / k such rows. A discrete Gaussian's tail lies above the continuous one's.
    """
    return max(keys / k * math.erfc((threshold - k) / sigma / math.sqrt(2)) / 2 for k in range(1, keys + 1))


def _unsaid(certificate: Mapping[str, Any]) -> Iterator[Reason]:
    """Say which limits of the promise the certificate keeps silent about, in one language or in all."""
    said = {str(one.get("code")): _block(one, "says") for one in _several(certificate.get("not_promised"))}
    for code in NOT_PROMISED:
        words = said.get(code, {})
        if not all(isinstance(words.get(language), str) and words[language].strip() for language in LANGUAGES):
            yield Reason(ROOM, "certificate_without", files.CERTIFICATE, {"fact": f"not_promised.{code}"})


def _steps(certificate: Mapping[str, Any]) -> dict[str, Step] | None:
    """Return the mechanisms by step; None when they are not whole, or a step stands there twice."""
    stated = certificate.get("mechanisms")
    steps = {str(one.get("step")): _step(one) for one in _several(stated)}
    if not isinstance(stated, list) or len(steps) != len(stated):
        return None
    whole = {name: step for name, step in steps.items() if step is not None}
    return whole if len(whole) == len(steps) else None


def _step(stated: Mapping[str, Any]) -> Step | None:
    least, most = _number(stated.get("sigma_least")), _number(stated.get("sigma_most"))
    squared, rho = _number(stated.get("l2_sensitivity_squared")), _number(stated.get("rho"))
    tables, threshold, delta = (_number(stated.get(name, 0)) for name in ("tables", "threshold", "delta"))
    if least is None or most is None or squared is None or rho is None or tables is None or threshold is None or delta is None:
        return None
    if not (0 < least <= most and squared >= 1 and rho >= 0 and tables >= 1 and threshold >= 0 and 0 <= delta < 1):
        return None
    return Step(int(tables), least, most, squared, rho, int(threshold), delta)


def _unlike(steps: Mapping[str, Step], published: Published) -> Iterator[str]:
    """Return the steps that state other tables or other noise than was published, or less rho than that spends."""
    for name, sigmas in published.sigmas():
        if not _agree(steps.get(name), sigmas):
            yield name
    if not _counts_persons(steps.get(GATE), published.measured):
        yield GATE
    rows, found = steps.get(ROWS), published.found
    if found is not None and (rows is None or not _agree(rows, [found.sigma]) or bool((found.counts < rows.threshold).any())):
        yield ROWS


def _agree(step: Step | None, sigmas: list[float]) -> bool:
    """Return whether a step states exactly these scales; no step states none."""
    if step is None or not sigmas:
        return step is None and not sigmas
    spent = math.fsum(rho_of(sigma, step.sensitivity_squared) for sigma in sigmas)
    scales = math.isclose(step.sigma_least, min(sigmas)) and math.isclose(step.sigma_most, max(sigmas))
    return scales and step.tables == len(sigmas) and step.rho >= spent * (1 - SLACK)


def _counts_persons(gate: Step | None, measured: tuple[Measured, ...]) -> bool:
    """Return whether the number of persons is the gate's, or else what some column's own counts add up to: no further spend."""
    (total,) = (one for one in measured if not one.columns)
    if gate is not None:
        return _agree(gate, [total.sigma])
    return any(int(one.noisy.sum()) == int(total.noisy) for one in measured if len(one.columns) == 1)


def _unsupported(certificate: Mapping[str, Any], description: Description, rho: float, rows: Step | None) -> Iterator[Reason]:
    """Say which of the promises, for a key and for a person, is better than what was spent allows."""
    promise, for_rows = _block(certificate, "promise"), rows.delta if rows else 0.0
    stated = _number(promise.get("rho_spent"))
    if stated is None:
        yield Reason(ROOM, "certificate_without", files.CERTIFICATE, {"fact": "promise.rho_spent"})
    elif stated < rho * (1 - SLACK):
        yield Reason(ROOM, "certificate_unlike_noise", files.CERTIFICATE, {"stated": f"{stated:.6g}", "spent": f"{rho:.6g}"})
    for fact, epsilon, delta, keys in _promises(promise, description):
        if epsilon is None or delta is None:
            yield Reason(ROOM, "certificate_without", files.CERTIFICATE, {"fact": fact})
        elif min(1.0, for_rows + delta_of(keys * keys * rho * (1 - SLACK), epsilon)) > delta * (1 + SLACK):
            values = {"epsilon": f"{epsilon:.6g}", "delta": f"{delta:.3g}"}
            yield Reason(ROOM, "promise_unsupported", files.CERTIFICATE, values)


def _promises(promise: Mapping[str, Any], description: Description) -> Iterator[tuple[str, float | None, float | None, int]]:
    """Return every epsilon with its delta and the number of keys of one person that it speaks of."""
    yield "promise.epsilon", description.epsilon, description.delta, 1
    keys, person = description.contributors_per_person, _block(promise, "person")
    if keys > 1:
        for epsilon, delta in (("epsilon", "delta"), ("epsilon_multiple", "delta_of_multiple")):
            yield f"promise.person.{epsilon}", _number(person.get(epsilon)), _number(person.get(delta)), keys


def _is_rare(rows: Step, keys: int) -> bool:
    """Return whether the part of delta stated for whole rows pays for showing those that one person alone has."""
    return chance_shown(rows.sigma_least, rows.threshold, keys) <= rows.delta * (1 + SLACK_OF_CHANCE)


def _number(value: object) -> float | None:
    """Return a finite number, or None for anything else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _block(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    block = value.get(name)
    return block if isinstance(block, dict) else {}


def _several(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
