"""What a bundle asks of its certificate: that it is whole, and that it speaks of this release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from amparo.bundle import files
from amparo.bundle.description import Description, Kind
from amparo.standard.reasons import Reason

ROOM = "bundle"
BLOCK = "release"


def about(description: Description) -> dict[str, Any]:
    """Return the block by which a certificate names the release that it certifies."""
    return {
        "id": description.id,
        "rows": description.rows,
        "columns": {column.name: len(column.domain) for column in description.columns},
        **({} if description.kind is Kind.SYNTHETIC else {"kind": str(description.kind)}),
        **_promised(description),
        **({"length": description.aggregation.length} if description.aggregation else {}),
    }


def _promised(description: Description) -> dict[str, Any]:
    """Return the promise in numbers, as description and certificate both state it."""
    if description.anonymity is None:
        return {name: getattr(description, name) for name in ("epsilon", "delta", "contributors_per_person")}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(description.anonymity).items()}


def contradictions(certificate: Mapping[str, Any], description: Description) -> Iterator[Reason]:
    """Say which facts of the certificate are missing, or are not those of the description."""
    for fact, claimed, described in _facts(certificate, description):
        if claimed is None:
            yield Reason(ROOM, "certificate_without", files.CERTIFICATE, {"fact": fact})
        elif claimed != described:
            yield Reason(ROOM, "certificate_unlike_description", files.CERTIFICATE, {"fact": fact})


def _facts(certificate: Mapping[str, Any], description: Description) -> Iterator[tuple[str, Any, Any]]:
    """Return each fact that both state: its name, what the certificate says, what the description says."""
    release, promise = (_block(certificate, name) for name in (BLOCK, "promise"))
    for fact, value in about(description).items():
        yield fact, release.get(fact), value
    for fact, value in _promised(description).items():
        yield f"promise.{fact}", promise.get(fact), value
    if description.kind is not Kind.SYNTHETIC:
        yield "kind", certificate.get("kind"), str(description.kind)
    attributes = _block(certificate, "domain").get("attributes")
    levels = [{"name": column.name, "levels_with_blank": len(column.domain) + 1} for column in description.columns]
    yield "domain", attributes, levels


def _block(certificate: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    block = certificate.get(name)
    return block if isinstance(block, dict) else {}
