"""Who can sign in to the demo, and as what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from amparo.demo.region import CLINIC, INSPECTORATE, LANTERN, POLICE, SECRETARIAT, Partner

PASSWORD = "lantern-harbour-seven"  # noqa: S105 - printed on the demo's own screen; the demo serves one machine


@dataclass(frozen=True, slots=True)
class SignIn:
    """One member of the demo."""

    email: str
    name: str
    partner: Partner
    roles: tuple[str, ...]
    language: str
    words: Mapping[str, str]


def _as(en: str, fr: str, es: str) -> Mapping[str, str]:
    return {"en": en, "fr": fr, "es": es}


SIGN_INS = (
    SignIn(
        "maro@demo.example",
        "Ilen Maro",
        LANTERN,
        ("caseworker",),
        "en",
        _as("caseworker, Lantern House", "intervenante sociale, Lantern House", "trabajadora social, Lantern House"),
    ),
    SignIn(
        "tovan@demo.example",
        "Sera Tovan",
        LANTERN,
        ("supervisor",),
        "en",
        _as("supervisor, Lantern House", "superviseure, Lantern House", "supervisora, Lantern House"),
    ),
    SignIn(
        "varga@demo.example",
        "Nils Varga",
        LANTERN,
        ("caseworker",),
        "en",
        _as(
            "caseworker on leave, Lantern House",
            "intervenant social en congé, Lantern House",
            "trabajador social de permiso, Lantern House",
        ),
    ),
    SignIn(
        "rosen@demo.example",
        "Ada Rosen",
        LANTERN,
        ("shelter_staff",),
        "en",
        _as(
            "shelter staff: pseudonyms and few fields",
            "personnel du refuge : pseudonymes et peu de champs",
            "personal del refugio: seudónimos y pocos campos",
        ),
    ),
    SignIn(
        "essin@demo.example",
        "Dario Essin",
        CLINIC,
        ("caseworker", "health"),
        "fr",
        _as(
            "caseworker and nurse, Harbour Clinic",
            "intervenant et infirmier, Harbour Clinic",
            "trabajador social y enfermero, Harbour Clinic",
        ),
    ),
    SignIn(
        "lanvier@demo.example",
        "Mira Lanvier",
        CLINIC,
        ("supervisor",),
        "fr",
        _as("supervisor, Harbour Clinic", "superviseure, Harbour Clinic", "supervisora, Harbour Clinic"),
    ),
    SignIn(
        "keld@demo.example",
        "Joran Keld",
        LANTERN,
        ("data_steward",),
        "en",
        _as("data steward, Lantern House", "gestionnaire des données, Lantern House", "gestor de datos, Lantern House"),
    ),
    SignIn(
        "ruvel@demo.example",
        "Noa Ruvel",
        SECRETARIAT,
        ("data_steward",),
        "en",
        _as(
            "data steward, regional secretariat",
            "gestionnaire des données, secrétariat régional",
            "gestora de datos, secretaría regional",
        ),
    ),
    SignIn(
        "quill@demo.example",
        "Amel Quill",
        SECRETARIAT,
        ("reviewer",),
        "en",
        _as("first reviewer of releases", "première relectrice des publications", "primera revisora de publicaciones"),
    ),
    SignIn(
        "oster@demo.example",
        "Bren Oster",
        SECRETARIAT,
        ("reviewer",),
        "es",
        _as("second reviewer of releases", "second relecteur des publications", "segundo revisor de publicaciones"),
    ),
    SignIn("audit@demo.example", "Vela Corrin", SECRETARIAT, ("auditor",), "en", _as("auditor", "auditrice", "auditora")),
    SignIn(
        "admin@demo.example",
        "Tam Ileri",
        LANTERN,
        ("administrator",),
        "en",
        _as("administrator, Lantern House", "administrateur, Lantern House", "administrador, Lantern House"),
    ),
    SignIn(
        "police@demo.example",
        "Ruy Castel",
        POLICE,
        ("police",),
        "es",
        _as("police: excerpts only", "police : extraits seulement", "policía: solo extractos"),
    ),
    SignIn(
        "labour@demo.example",
        "Iris Fenn",
        INSPECTORATE,
        ("labour_inspection",),
        "en",
        _as(
            "labour inspection: hands signals in",
            "inspection du travail : transmet des signalements",
            "inspección de trabajo: entrega señales",
        ),
    ),
    SignIn(
        "border@demo.example",
        "Ond Halvar",
        SECRETARIAT,
        ("immigration_enforcement",),
        "en",
        _as(
            "immigration enforcement: sees no case",
            "police de l'immigration : ne voit aucun dossier",
            "control migratorio: no ve ningún caso",
        ),
    ),
)
"""The demo's members, each with a sentence for the sign-in list."""
