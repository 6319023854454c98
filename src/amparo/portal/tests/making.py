"""Invented releases for the tests and the benchmark: no real person, every count drawn from a fixed seed."""

from __future__ import annotations

import datetime
import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np

from amparo.bundle import certificates, promises
from amparo.bundle.contents import Codes, Contents, Measured
from amparo.bundle.description import Column, Description, Group
from amparo.bundle.keys import Signer
from amparo.bundle.tests.making import mechanisms
from amparo.bundle.writing import write


def said(en: str, fr: str, es: str) -> dict[str, str]:
    """Words in three languages."""
    return {"en": en, "fr": fr, "es": es}


YES = {"1": said("Yes", "Oui", "Sí")}
SEXES = {"Woman": said("Woman", "Femme", "Mujer"), "Man": said("Man", "Homme", "Hombre"), "Trans": said("Trans", "Trans", "Trans")}
COUNTRIES = {
    "XA": said("Arvania", "Arvanie", "Arvania"),
    "XB": said("Belmora", "Belmora", "Belmora"),
    "XC": said("Costaverde", "Costaverde", "Costaverde"),
}
AGES = ("0--8", "9--17", "18--20", "21--23", "24--26", "27--29", "30--38", "39--47", "48+")
FORMS = {
    "isForcedLabour": said("Forced labour", "Travail forcé", "Trabajo forzoso"),
    "isSexualExploit": said("Sexual exploitation", "Exploitation sexuelle", "Explotación sexual"),
    "isOtherExploit": said("Other exploitation", "Autre exploitation", "Otra explotación"),
    "isOrganRemoval": said("Removal of organs", "Prélèvement d’organes", "Extracción de órganos"),
}
MEANS = {
    "meansDebt": said("Debt bondage", "Servitude pour dettes", "Servidumbre por deudas"),
    "meansThreats": said("Threats", "Menaces", "Amenazas"),
    "meansMovement": said("Restricts movement", "Restreint les déplacements", "Restringe el movimiento"),
    "meansDocuments": said("Withholds documents", "Retient les documents", "Retiene los documentos"),
}
FORM_GROUP = Group("exploitation", said("Form of exploitation", "Forme d’exploitation", "Forma de explotación"), tuple(FORMS))
MEANS_GROUP = Group("means", said("Means of control", "Moyens de contrôle", "Medios de control"), tuple(MEANS))
YEARS = tuple(str(year) for year in range(2019, 2025))
COLUMNS = (
    Column("yearOfRegistration", "year", YEARS, said("Year of registration", "Année", "Año"), {}, field="registration_year"),
    Column("gender", "category", tuple(SEXES), said("Sex", "Sexe", "Sexo"), SEXES, field="gender"),
    Column("ageBroad", "ordinal", AGES, said("Age", "Âge", "Edad"), {}, field="age_band"),
    Column(
        "citizenship",
        "country",
        tuple(COUNTRIES),
        said("Country of origin", "Pays d’origine", "País de origen"),
        COUNTRIES,
        field="citizenship",
    ),
    Column(
        "CountryOfExploitation",
        "country",
        tuple(COUNTRIES),
        said("Country of exploitation", "Pays d’exploitation", "País de explotación"),
        COUNTRIES,
        field="exploitation_country",
    ),
    *(Column(name, "flag", ("1",), label, YES, group="exploitation") for name, label in FORMS.items()),
    *(Column(name, "flag", ("1",), label, YES, group="means") for name, label in MEANS.items()),
)
GROUPS = (FORM_GROUP, MEANS_GROUP)


def description(
    rows: int, columns: tuple[Column, ...] = COLUMNS, groups: tuple[Group, ...] = GROUPS, **changes: object
) -> Description:
    """The description of an invented release."""
    facts: dict[str, object] = {
        "id": "invented-2025-1",
        "title": said(
            "Persons recorded in the demonstration region",
            "Personnes recensées dans la région de démonstration",
            "Personas registradas en la región de demostración",
        ),
        "summary": said("Invented for tests.", "Inventé pour les tests.", "Inventado para las pruebas."),
        "publisher": "The demonstration secretariat",
        "licence": "CC-BY-4.0",
        "issued": datetime.date(2025, 10, 2),
        "schema": "ctdc-synthetic",
        "rows": rows,
        "epsilon": 40.0,
        "delta": 1e-6,
        "columns": columns,
        "groups": groups,
        "not_for": said(
            "Not for finding or judging a person.",
            "Ne sert pas à trouver ou à juger une personne.",
            "No sirve para encontrar ni juzgar a una persona.",
        ),
        "geography": said("Arvania, Belmora, Costaverde", "Arvanie, Belmora, Costaverde", "Arvania, Belmora, Costaverde"),
    }
    return Description(**(facts | changes))  # type: ignore[arg-type]


def drawn(columns: tuple[Column, ...], rows: int, seed: int) -> tuple[Codes, ...]:
    """Draw a table: later years hold more, each column prefers its first values, flags are mostly blank."""
    source = np.random.default_rng(seed)
    found: list[Codes] = []
    for column in columns:
        size = len(column.domain)
        if column.kind == "year":
            weights = np.concatenate([[0.02], np.linspace(1, 2, size)])
        elif column.kind == "flag":
            weights = np.array([1.0, *[0.01 if "Organ" in column.name else 0.4 + source.random()] * size])
        else:
            weights = np.concatenate([[0.08], 1 / np.arange(1, size + 1) ** 0.8])
        if column.name == "gender" and size <= 3:
            weights = np.array([0.05, 1.0, 0.8, 0.004])[: size + 1]
        found.append(source.choice(size + 1, size=rows, p=weights / weights.sum()).astype(np.uint8 if size < 255 else np.uint16))
    return tuple(found)


def measured(columns: tuple[Column, ...], truth: tuple[Codes, ...], sigma: float, seed: int) -> tuple[Measured, ...]:
    """Measure rows, columns and pairs with seeded normal noise: for tests only, never a release."""
    source = np.random.default_rng(seed)
    found = []
    for many in (0, 1, 2):
        for chosen in itertools.combinations(range(len(columns)), many):
            shape = tuple(len(columns[k].domain) + 1 for k in chosen)
            cell = np.zeros(len(truth[0]), dtype=np.int64)
            for k in chosen:
                cell = cell * (len(columns[k].domain) + 1) + truth[k]
            counts = np.bincount(cell, minlength=int(np.prod(shape, dtype=np.int64))).reshape(shape)
            noisy = counts + np.rint(source.normal(0, sigma, shape)).astype(np.int64)
            found.append(Measured(tuple(columns[k].name for k in chosen), noisy, sigma, noisy.astype(float), np.full(shape, sigma)))
    return tuple(found)


def sentence(code: str) -> dict[str, object]:
    """One invented sentence of a certificate."""
    return {"code": code, "says": said(f"{code} said plainly.", f"{code} dit simplement.", f"{code} dicho con sencillez.")}


def make(
    folder: Path,
    *,
    rows: int = 2000,
    columns: tuple[Column, ...] = COLUMNS,
    groups: tuple[Group, ...] = GROUPS,
    sigma: float = 4.0,
    seed: int = 7,
    has_ledger: bool = True,
    signer: Signer | None = None,
    **changes: object,
) -> Description:
    """Write an invented release to a new folder and return its description."""
    about = description(rows, columns, groups, **changes)
    codes = drawn(columns, rows, seed)
    certificate = {
        "format": "amparo-certificate",
        certificates.BLOCK: certificates.about(about),
        "promise": {
            "unit": sentence("unit"),
            "meaning": sentence("meaning"),
            "epsilon": about.epsilon,
            "delta": about.delta,
            "contributors_per_person": about.contributors_per_person,
            "rho_spent": sum(one["rho"] for one in mechanisms(about, sigma)),
        },
        "domain": sentence("domain")
        | {"attributes": [{"name": one.name, "levels_with_blank": len(one.domain) + 1} for one in about.columns]},
        "mechanisms": [sentence(one["step"]) | one for one in mechanisms(about, sigma)],
        "generated": sentence("generated"),
        "ledger": sentence("ledger") | {"kept": has_ledger},
        "not_promised": [sentence(code) for code in promises.NOT_PROMISED],
        "versions": {"amparo": "0.1.0"},
    }
    write(folder, Contents(about, codes, certificate, measured(columns, codes, sigma, seed + 1)), signer=signer)
    return about


def replace_domain(column: Column, codes: tuple[str, ...], names: dict[str, dict[str, str]]) -> Column:
    """Return a column with another public domain."""
    return replace(column, domain=codes, labels=names)
