"""Invented contents for the tests of this room: three columns, a few hundred rows, no real person."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np

from amparo.bundle import certificates, promises
from amparo.bundle.contents import Contents, Measured
from amparo.bundle.description import Column, Description, Group

SEX = {"Female": {"en": "Female", "fr": "Femme", "es": "Mujer"}, "Male": {"en": "Male", "fr": "Homme", "es": "Hombre"}}
FLAG = {"1": {"en": "yes", "fr": "oui", "es": "sí"}, "0": {"en": "no", "fr": "non", "es": "no"}}


def words(text: str) -> dict[str, str]:
    return {"en": text, "fr": f"{text} (fr)", "es": f"{text} (es)"}


COLUMNS = (
    Column("year", "year", ("2020", "2021", "2022"), words("Year"), {}, field="year"),
    Column("gender", "category", ("Female", "Male"), words("Sex"), SEX, field="gender"),
    Column("threats", "flag", ("0", "1"), words("Threats"), FLAG, group="means"),
    Column("debt", "flag", ("0", "1"), words("Debt bondage"), FLAG, group="means"),
)


def description(rows: int = 300, **changes: object) -> Description:
    facts: dict[str, object] = {
        "id": "invented-1",
        "title": words("Invented cases"),
        "summary": words("Invented for a test."),
        "publisher": "The test",
        "licence": "CC-BY-4.0",
        "issued": datetime.date(2026, 1, 2),
        "schema": "inline",
        "rows": rows,
        "epsilon": 8.0,
        "delta": 1e-6,
        "columns": COLUMNS,
        "groups": (Group("means", words("Means of control"), ("threats", "debt")),),
        "not_for": words("Not for finding a person."),
        "geography": words("Nowhere"),
    }
    return Description(**(facts | changes))  # type: ignore[arg-type]


def codes(rows: int = 300, seed: int = 1) -> tuple[np.ndarray, ...]:
    source = np.random.default_rng(seed)
    return tuple(source.integers(0, len(column.domain) + 1, rows).astype(np.uint8) for column in COLUMNS)


def measure(
    truth: tuple[np.ndarray, ...], sigma: float = 3.0, seed: int = 2, columns: tuple[Column, ...] = COLUMNS
) -> tuple[Measured, ...]:
    """Measure the number of rows, all columns and all pairs with Gaussian noise (seeded: for tests only)."""
    source = np.random.default_rng(seed)
    found = []
    for size in (0, 1, 2):
        for chosen in itertools.combinations(range(len(columns)), size):
            shape = tuple(len(columns[k].domain) + 1 for k in chosen)
            counts = np.zeros(shape, dtype=np.int64)
            np.add.at(counts, tuple(truth[k] for k in chosen), 1) if chosen else counts.__iadd__(len(truth[0]))
            noisy = counts + np.rint(source.normal(0, sigma, shape)).astype(np.int64)
            error = np.full(shape, sigma)
            found.append(Measured(tuple(columns[k].name for k in chosen), noisy, sigma, noisy.astype(float), error))
    return tuple(found)


def contents(rows: int = 300, seed: int = 1, **changes: object) -> Contents:
    about = description(rows, **changes)
    coded = codes(rows, seed)
    return Contents(about, coded, certificate(about), measure(coded))


def certificate(about: Description, sigma: float = 3.0, more: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    """A certificate with no more in it than a bundle asks for, for what `measure` makes with that noise, and more steps."""
    stated = [*mechanisms(about, sigma), *more]
    return {
        "format": "invented",
        certificates.BLOCK: certificates.about(about),
        "promise": {
            "epsilon": about.epsilon,
            "delta": about.delta,
            "contributors_per_person": about.contributors_per_person,
            "rho_spent": sum(one["rho"] for one in stated),
        },
        "domain": {"attributes": [{"name": c.name, "levels_with_blank": len(c.domain) + 1} for c in about.columns]},
        "mechanisms": stated,
        "not_promised": [{"code": code, "says": words(code)} for code in promises.NOT_PROMISED],
    }


def mechanisms(about: Description, sigma: float) -> list[dict[str, Any]]:
    """What was measured, as a certificate states it: the number of persons, all columns and all pairs."""
    size = len(about.columns)
    tables = {"gate": 1, "singles": size, "pairs": size * (size - 1) // 2}
    return [step(name, many, sigma) for name, many in tables.items() if many]


def step(name: str, tables: int, sigma: float, **more: object) -> dict[str, Any]:
    """One mechanism as a certificate states it."""
    rho = tables / (2 * sigma * sigma) * (1 + 1e-12)
    scales = {"sigma_least": sigma, "sigma_most": sigma}
    return {"step": name, "tables": tables, **scales, "l2_sensitivity_squared": 1, "rho": rho, **more}
