"""The invented region: countries, places, partners, and how trafficking moves through it.

The weights below are invented too. They are shaped so that the demo shows what real case data
show: several forms of exploitation, men and boys among the persons, domestic as well as
cross-border trafficking, partners that record different things.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation of the region, and how it hands its cases on."""

    name: str
    kind: str
    country: str
    persons: int
    hands_on: str
    records_means: float


LANTERN = Partner("Lantern House", "NGO", "XC", 420, "desk", 0.86)
CLINIC = Partner("Harbour Clinic", "HealthServiceOrganisation", "XB", 180, "desk", 0.72)
CROSSING = Partner("Crossing Point", "NGO", "XA", 640, "ctdc-kanon", 0.80)
HELPLINE = Partner("Meridian Helpline", "NGO", "XB", 420, "htcds-spreadsheet", 0.55)
SECRETARIAT = Partner("Regional Secretariat", "CentralGovernmentOrganisation", "XC", 340, "ctdc-synthetic", 0.64)
PARTNERS = (LANTERN, CLINIC, CROSSING, HELPLINE, SECRETARIAT)
POLICE = Partner("Port Police", "LawEnforcement", "XC", 0, "", 0.0)
INSPECTORATE = Partner("Labour Inspectorate", "LabourInspection", "XC", 0, "", 0.0)
BODIES = (POLICE, INSPECTORATE)
"""Outside bodies: they have no cases here."""

COUNTRIES = ("XA", "XB", "XC")
PLACES: Mapping[str, tuple[str, ...]] = {
    "XA": ("Tesmar", "Ostrel", "Vilna Dol", "Karesh", "Upper Mirre"),
    "XB": ("Belport", "Saint Odo", "Hallam Bay", "Nerrow", "Quay Lindo"),
    "XC": ("San Orelio", "Puerto Calmo", "Tierra Ancha", "Las Brumas", "Monte Sereno"),
}
LANGUAGE: Mapping[str, tuple[str, ...]] = {"XA": ("ru", "en"), "XB": ("en", "fr"), "XC": ("es", "fr")}

ORIGIN: Mapping[str, float] = {"XA": 0.46, "XB": 0.27, "XC": 0.27}
DESTINATION: Mapping[str, Mapping[str, float]] = {
    "XA": {"XA": 0.22, "XB": 0.27, "XC": 0.51},
    "XB": {"XA": 0.06, "XB": 0.55, "XC": 0.39},
    "XC": {"XA": 0.04, "XB": 0.18, "XC": 0.78},
}
YEAR_WEIGHT = (0.13, 0.17, 0.20, 0.23, 0.27)
"""Share of the persons by year of registration, oldest first: the partners grew."""

PATHS: Mapping[str, Mapping[str, float]] = {
    "XA": {"work": 0.58, "sex": 0.24, "home": 0.09, "begging": 0.05, "crime": 0.04},
    "XB": {"work": 0.36, "sex": 0.38, "home": 0.14, "begging": 0.05, "crime": 0.07},
    "XC": {"work": 0.33, "sex": 0.40, "home": 0.13, "begging": 0.09, "crime": 0.05},
}
"""How a person was exploited, by country of origin; `home` is a private household."""

FEMALE: Mapping[str, float] = {"work": 0.28, "sex": 0.91, "home": 0.88, "begging": 0.46, "crime": 0.17}
AGES: Mapping[str, tuple[tuple[int, int, float], ...]] = {
    "work": ((15, 17, 0.06), (18, 20, 0.12), (21, 26, 0.28), (27, 38, 0.34), (39, 47, 0.14), (48, 63, 0.06)),
    "sex": ((12, 14, 0.05), (15, 17, 0.20), (18, 20, 0.27), (21, 26, 0.29), (27, 38, 0.16), (39, 47, 0.03)),
    "home": ((9, 14, 0.09), (15, 17, 0.14), (18, 20, 0.16), (21, 26, 0.22), (27, 38, 0.24), (39, 60, 0.15)),
    "begging": ((5, 8, 0.18), (9, 14, 0.40), (15, 17, 0.16), (18, 26, 0.10), (27, 63, 0.16)),
    "crime": ((12, 14, 0.14), (15, 17, 0.42), (18, 20, 0.20), (21, 26, 0.16), (27, 38, 0.08)),
}
SECTORS: Mapping[str, Mapping[str, float]] = {
    "XA": {"Agriculture": 0.45, "Manufacturing": 0.30, "Construction": 0.15, "Transportation": 0.10},
    "XB": {"Hospitality": 0.32, "Manufacturing": 0.28, "Construction": 0.22, "Aquafarming": 0.18},
    "XC": {"Aquafarming": 0.30, "Agriculture": 0.28, "Construction": 0.27, "Hospitality": 0.15},
}
INDUSTRY: Mapping[str, str] = {
    "Agriculture": "A_AgricultureForestryAndFishing",
    "Aquafarming": "A_AgricultureForestryAndFishing",
    "Construction": "F_Construction",
    "Manufacturing": "C_Manufacturing",
    "Hospitality": "I_AccommodationAndFoodServiceActivities",
    "Transportation": "H_TransportationAndStorage",
    "DomesticWork": "T_ActivitiesOfHouseholdsAsEmployers",
}
MEANS: Mapping[str, Mapping[str, float]] = {
    "work": {
        "DebtBondage": 0.42,
        "TakesEarnings": 0.38,
        "FalsePromises": 0.61,
        "ExcessiveWorkingHours": 0.55,
        "WithholdsDocuments": 0.44,
        "RestrictsMovement": 0.36,
        "PhysicalThreats": 0.27,
        "ThreatsLawEnforcement": 0.29,
        "PsychologicalAbuse": 0.22,
        "RestrictsMedicalCare": 0.18,
        "WithholdsNecessities": 0.16,
        "PhysicalAbuse": 0.14,
    },
    "sex": {
        "PsychologicalAbuse": 0.56,
        "PhysicalThreats": 0.47,
        "PhysicalAbuse": 0.38,
        "SexualAbuse": 0.42,
        "TakesEarnings": 0.50,
        "FalsePromises": 0.49,
        "RestrictsMovement": 0.41,
        "DebtBondage": 0.24,
        "PsychoactiveSubstance": 0.26,
        "ThreatensChildrenFamily": 0.23,
        "WithholdsDocuments": 0.19,
    },
    "home": {
        "ExcessiveWorkingHours": 0.68,
        "RestrictsMovement": 0.58,
        "PsychologicalAbuse": 0.49,
        "WithholdsDocuments": 0.41,
        "WithholdsNecessities": 0.34,
        "PhysicalAbuse": 0.29,
        "RestrictsMedicalCare": 0.27,
        "FalsePromises": 0.38,
    },
    "begging": {
        "PhysicalThreats": 0.44,
        "PhysicalAbuse": 0.33,
        "TakesEarnings": 0.62,
        "WithholdsNecessities": 0.30,
        "UsesChildren": 0.21,
    },
    "crime": {
        "PhysicalThreats": 0.58,
        "DebtBondage": 0.37,
        "PsychoactiveSubstance": 0.24,
        "ThreatensChildrenFamily": 0.31,
        "FalsePromises": 0.29,
        "ThreatsLawEnforcement": 0.25,
    },
}
RECRUITERS: Mapping[str, Mapping[str, float]] = {
    "work": {"Friend": 0.27, "Family": 0.12, "IntimatePartner": 0.02, "Other": 0.59},
    "sex": {"IntimatePartner": 0.38, "Friend": 0.24, "Family": 0.11, "Other": 0.27},
    "home": {"Family": 0.33, "Friend": 0.21, "IntimatePartner": 0.03, "Other": 0.43},
    "begging": {"Family": 0.62, "Friend": 0.14, "IntimatePartner": 0.02, "Other": 0.22},
    "crime": {"Friend": 0.46, "Family": 0.17, "IntimatePartner": 0.07, "Other": 0.30},
}
