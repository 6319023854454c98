"""The certificate of a k-anonymous release: the promise, how it was kept, what it cost, and what it does not promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amparo.disclosure.certificate import FORMAT, FORMAT_VERSION, sentence, versions

if TYPE_CHECKING:
    from amparo.disclosure.anonymity.anonymising import Anonymised, Loss
    from amparo.disclosure.anonymity.scheme import Scheme

KIND = "k-anonymous"
NOT_PROMISED = (
    "anonymity_not_homogeneity",
    "anonymity_not_background",
    "anonymity_not_composition",
    "anonymity_not_minimality",
    "anonymity_not_quasi",
    "anonymity_not_presence",
    "anonymity_not_epsilon",
    "anonymity_not_keys",
    "not_truth",
)


def certificate(made: Anonymised, *, seed: int | None = None) -> dict[str, Any]:
    """Return the certificate as plain values for JSON. No ledger can hold such a release, and it says so."""
    scheme = made.scheme
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "kind": KIND,
        "promise": _promise(scheme),
        "mechanisms": [
            sentence("anonymity_recoding")
            | {"levels": {one.name: [len(level) for level in one.levels] for one in scheme.quasi}, "seed": seed}
        ],
        "found": {"rows": made.findings.rows, "classes": made.findings.classes, "k": made.findings.k, "l": made.findings.l},
        "loss": _loss(made.loss),
        "domain": sentence("anonymity_domain")
        | {"attributes": [{"name": a.name, "levels_with_blank": a.size} for a in scheme.released.attributes]},
        "ledger": sentence("anonymity_no_ledger") | {"kept": False},
        "not_promised": [sentence(code) for code in NOT_PROMISED],
        "versions": versions(),
    }


def _promise(scheme: Scheme) -> dict[str, Any]:
    return {
        "unit": sentence("anonymity_unit"),
        "meaning": sentence("anonymity_meaning", k=scheme.k, others=scheme.k - 1),
        "diversity": sentence("anonymity_diversity", l=scheme.l) if scheme.l > 1 else sentence("anonymity_no_diversity"),
        "blank": sentence("anonymity_blank"),
        "definition": "k-anonymity; distinct l-diversity",
        "k": scheme.k,
        "l": scheme.l,
        "quasi_identifiers": list(scheme.quasi_names),
        "sensitive": list(scheme.sensitive),
    }


def _loss(loss: Loss) -> dict[str, Any]:
    return sentence("anonymity_loss") | {
        "penalty": loss.penalty,
        "by_column": dict(loss.by_column),
        "suppressed_cells": dict(loss.suppressed),
        "recoded_cells": dict(loss.recoded),
    }
