"""The certificate of protected aggregates: promise, mechanisms with their sensitivities, thresholds, and what is not promised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amparo.disclosure.accounting import rho_spent
from amparo.disclosure.certificate import FORMAT, FORMAT_VERSION, ledger_entry, promise, sentence, versions

if TYPE_CHECKING:
    from amparo.disclosure.aggregates.consistency import Listing
    from amparo.disclosure.aggregates.measuring import Aggregates, Found
    from amparo.disclosure.ledger import Ledger

KIND = "aggregates"
NOISE = "discrete Gaussian, OpenDP, unseeded, from the operating system"
NOT_PROMISED = (
    "aggregates_not_absent",
    "aggregates_not_sums",
    "not_groups",
    "not_earlier",
    "not_more_contributors",
    "not_domain",
    "not_zero_risk",
    "not_truth",
)


def certificate(made: Aggregates, listed: Listing, *, ledger: Ledger | None = None) -> dict[str, Any]:
    """Return the certificate as plain values for JSON; without a ledger it says so."""
    plan, names = made.plan, made.plan.domain.names
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "kind": KIND,
        "promise": promise(plan.privacy, made.rho),
        "mechanisms": [*_tables(made), *(_found(one) for one in made.found)],
        "listed": sentence("aggregates_listed")
        | {
            "length": plan.length,
            "least": plan.least,
            "total": listed.total,
            "combinations": [len(one.counts) for one in listed.lengths],
        },
        "attributes": sentence("aggregates_capped" if plan.is_capped else "aggregates_all_columns")
        | {"counted": plan.attributes, "columns": len(names)},
        "domain": sentence("domain_public")
        | {
            "attributes": [{"name": a.name, "levels_with_blank": a.size} for a in plan.domain.attributes],
            "pairs_left_out": [[names[i], names[j]] for i, j in plan.tables.left_out],
        },
        "ledger": ledger_entry(ledger, plan.privacy.contributors_per_person),
        "not_promised": [sentence(code) for code in (*NOT_PROMISED, *(("aggregates_not_capped",) if plan.is_capped else ()))],
        "versions": versions(),
    }


def _tables(made: Aggregates) -> list[dict[str, Any]]:
    tables = made.tables
    steps = {"singles": ([tables.singles_sigma] * len(tables.singles), tables.singles), "pairs": (tables.pair_sigmas, tables.pairs)}
    return [
        sentence(f"step_{step}")
        | {
            "step": step,
            "noise": NOISE,
            "tables": len(sigmas),
            "cells": sum(one.size for one in counted),
            "sigma_least": min(sigmas),
            "sigma_most": max(sigmas),
            "l2_sensitivity_squared": 1,
            "rho": sum(rho_spent(sigma) for sigma in sigmas),
        }
        for step, (sigmas, counted) in steps.items()
        if sigmas
    ]


def _found(one: Found) -> dict[str, Any]:
    step = one.step
    return sentence("step_combinations", length=step.length, keys=step.keys) | {
        "step": f"combinations of {step.length}",
        "noise": NOISE,
        "tables": 1,
        "cells": None,
        "sigma_least": step.sigma,
        "sigma_most": step.sigma,
        "l2_sensitivity_squared": step.keys,
        "rho": rho_spent(step.sigma, step.keys),
        "threshold": step.threshold,
        "delta": step.delta,
    }
