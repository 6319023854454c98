"""The certificate of a release: what is protected, how, with which versions, and what is not promised.

Every sentence is said in English, French and Spanish; every figure comes from the plan and the noise really used.
"""

from __future__ import annotations

import math
import platform
from dataclasses import asdict
from decimal import ROUND_CEILING, Context
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from amparo import __version__
from amparo.disclosure.accounting import add_up, for_person, rho_spent
from amparo.disclosure.domain import ROOM
from amparo.disclosure.plan import GATE_SENSITIVITY_SQUARED, StepName
from amparo.standard.reasons import LANGUAGES, say

if TYPE_CHECKING:
    from amparo.disclosure.accounting import Privacy
    from amparo.disclosure.ledger import Ledger
    from amparo.disclosure.measurements import Measurements

FORMAT = "amparo-certificate"
FORMAT_VERSION = 1
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


def certificate(measurements: Measurements, *, ledger: Ledger | None = None, seed: int | None = None) -> dict[str, Any]:
    """Return the certificate as plain values for JSON; without a ledger it says so.

    `ledger` is the ledger after this release's spend; `seed` the seed of the generated table, if it may be told.
    """
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "promise": promise(measurements.privacy, measurements.rho),
        "mechanisms": _mechanisms(measurements),
        "domain": _domain(measurements),
        "generated": sentence("generated_from_measurements") | {"seed": seed, "public_rows": measurements.plan.rows},
        "ledger": ledger_entry(ledger, measurements.privacy.contributors_per_person),
        "not_promised": [sentence(code) for code in NOT_PROMISED],
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """The software that made the release."""
    libraries = {name: version(name) for name in ("opendp", "numpy", "numba")}
    return {"amparo": __version__, "python": platform.python_version()} | libraries


def no_less(value: float, figures: int = 6) -> str:
    """Return a number in so many figures, rounded up: what is said of a disclosure is never smaller than the truth."""
    if not math.isfinite(value):
        return "\u221e"
    return f"{float(Context(prec=figures, rounding=ROUND_CEILING).create_decimal(repr(value))):.{figures}g}"


def sentence(code: str, **values: object) -> dict[str, Any]:
    """Return one sentence of a certificate: its code, and its words in every language."""
    return {"code": code, "says": {language: say(ROOM, code, language, **values) for language in LANGUAGES}}


def promise(privacy: Privacy, rho: float) -> dict[str, Any]:
    """Return what a release under differential privacy promises, and the rho that was really spent."""
    person = for_person(privacy)
    return {
        "unit": sentence("unit_row_per_key"),
        "neighbours": sentence("neighbours_add_remove"),
        "meaning": sentence("meaning_epsilon_delta", epsilon=no_less(privacy.epsilon), delta=no_less(privacy.delta, 3)),
        "definition": "zero-concentrated differential privacy, read as (epsilon, delta)",
        "epsilon": privacy.epsilon,
        "delta": privacy.delta,
        "delta_for_reading": privacy.delta / 2,
        "delta_for_rows": privacy.delta_for_rows,
        "rho_budget": privacy.rho,
        "rho_spent": rho,
        "contributors_per_person": privacy.contributors_per_person,
        "person": (sentence("person_in_several") if person.contributors > 1 else {})
        | {
            "rho": person.rho,
            "epsilon": person.epsilon,
            "delta": person.delta,
            "epsilon_multiple": person.epsilon_multiple,
            "delta_of_multiple": person.delta_of_multiple,
        },
    }


def _mechanisms(measurements: Measurements) -> list[dict[str, Any]]:
    plan, made = measurements.plan, []
    if plan.gate_sigma:
        made.append(_mechanism(StepName.GATE, [plan.gate_sigma], GATE_SENSITIVITY_SQUARED, GATE_SENSITIVITY_SQUARED))
    if measurements.found:
        histogram = measurements.found.histogram
        rows = _mechanism(StepName.ROWS, [histogram.sigma], 1, None)
        made.append(rows | {"threshold": histogram.threshold, "delta": measurements.privacy.delta_for_rows})
    cells = sum(measurements.domain.sizes)
    made.append(_mechanism(StepName.SINGLES, [measurements.singles_sigma] * len(measurements.singles), 1, cells))
    if measurements.pairs:
        made.append(_mechanism(StepName.PAIRS, list(measurements.pair_sigmas), 1, sum(p.size for p in measurements.pairs)))
    if measurements.probes:
        cells = sum(len(probe.counts) for probe in measurements.probes)
        made.append(_mechanism(StepName.PROBES, [probe.sigma for probe in measurements.probes], 1, cells))
    return made


def _mechanism(step: StepName, sigmas: list[float], sensitivity_squared: int, cells: int | None) -> dict[str, Any]:
    return sentence(f"step_{step}") | {
        "step": str(step),
        "noise": "discrete Gaussian, OpenDP, unseeded, from the operating system",
        "tables": len(sigmas),
        "cells": cells,
        "sigma_least": min(sigmas),
        "sigma_most": max(sigmas),
        "l2_sensitivity_squared": sensitivity_squared,
        "rho": add_up(rho_spent(sigma, sensitivity_squared) for sigma in sigmas),
    }


def _domain(measurements: Measurements) -> dict[str, Any]:
    names, plan = measurements.domain.names, measurements.plan
    return sentence("domain_public") | {
        "attributes": [{"name": a.name, "levels_with_blank": a.size} for a in measurements.domain.attributes],
        "rules": [asdict(rule) for rule in measurements.domain.rules],
        "pairs_left_out": [[names[i], names[j]] for i, j in plan.left_out],
    }


def ledger_entry(ledger: Ledger | None, contributors: int) -> dict[str, Any]:
    """Return what a certificate says of the ledger that holds its release, or of the want of one."""
    if ledger is None:
        return sentence("ledger_none") | {"kept": False}
    person = ledger.for_person(contributors)
    return sentence("ledger_kept") | {
        "kept": True,
        "pool": ledger.pool,
        "releases": len(ledger.spends),
        "rho_spent": ledger.rho,
        "epsilon_spent": ledger.epsilon_spent,
        "epsilon_ceiling": ledger.epsilon,
        "delta": ledger.delta,
        "person": {
            "contributors": contributors,
            "rho_spent": person.rho,
            "epsilon_spent": person.epsilon if math.isfinite(person.epsilon) else None,
        },
    }
