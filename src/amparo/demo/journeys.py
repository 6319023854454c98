"""What some invented persons tell of their journey beyond its legs: who took part, what was kept, promised and paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from amparo.demo.people import Persona
from amparo.desk.access.models import Member
from amparo.desk.cases.models import Case
from amparo.desk.core.partial_dates import Known, PartialDate
from amparo.desk.journeys import acting, actions, queries, shown
from amparo.desk.journeys.models import Leg

EVERY = 9
"""One person in so many tells more; enough to show it on any page of the list."""
ISIC: Mapping[str, tuple[str, str]] = {
    "Agriculture": ("01", "field"),
    "Aquafarming": ("03", "vessel"),
    "Construction": ("41", "site"),
    "Manufacturing": ("14", "factory"),
    "Hospitality": ("56", "hospitality"),
    "Transportation": ("49", "other"),
    "DomesticWork": ("97", "home"),
}
AGENCIES = (
    ("Blue Coast Staffing", "+99 555 7100", "Telegram: @bluecoast_jobs"),
    ("Meridian Crew", "+99 555 7200", "Facebook: Meridian Crew"),
    ("Tierra Harvest", "+99 555 7300", ""),
    ("Orsel Recruitment", "+99 555 7400", "Telegram: @orsel_work"),
    ("Lindo Services", "+99 555 7500", ""),
    ("North Pier Manning", "+99 555 7600", "Facebook: North Pier"),
    ("Sereno Placement", "", "Telegram: @sereno"),
    ("Halwick Travel", "+99 555 7800", ""),
)
"""Agencies, some of which several persons name: a supervisor finds the same twice."""
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "agency": "the agency",
        "captain": "the foreman",
        "tells": "Met once in a café; everything else by message. Never gave a copy of the contract.",
        "looks": "About fifty, limps, speaks two languages.",
        "held": "In the drawer of the office; shown once when inspectors came.",
        "fee": "Advanced for the ticket and the papers; it grew every month.",
        "asked": "The weeks in between were spent waiting in a flat; which one is not known.",
    },
    "fr": {
        "agency": "l'agence",
        "captain": "le contremaître",
        "tells": "Vu une fois dans un café ; tout le reste par messages. N'a jamais donné de copie du contrat.",
        "looks": "La cinquantaine, boite, parle deux langues.",
        "held": "Dans le tiroir du bureau ; montré une fois lors d'un contrôle.",
        "fee": "Avancé pour le billet et les papiers ; la somme grandissait chaque mois.",
        "asked": "Les semaines entre les deux ont passé à attendre dans un appartement ; lequel, on ne le sait pas.",
    },
}


def tells_more(persona: Persona) -> bool:
    """Say whether this person is one of the few, of whom work was exploited and at least two legs are told."""
    return persona.number % EVERY == 0 and persona.sector in ISIC and bool(persona.journey)


def tell(*, case: Case, persona: Persona, by: Member, legs: Sequence[Leg], language: str) -> None:
    """Record actors, a document, sums and the work for a person; the same person tells the same every time."""
    random = Random(persona.number)  # noqa: S311 - invented data, not a secret
    words, first, stay = WORDS[language], legs[0], legs[-1]
    agency = acting.add_actor(case=case, by=by, values=_agency(random, words))
    captain = acting.add_actor(
        case=case,
        by=by,
        values={"kind": "person", "called": words["captain"], "relation": "Other", "description": words["looks"]},
    )
    acting.take_part(leg=first, link=agency, by=by, roles=["RecruiterOrIntermediary"])
    acting.take_part(leg=stay, link=captain, by=by, roles=["Exploiter", "DocumentHolder"])
    _work(persona, stay, by)
    taken = persona.journey[-1].begun
    actions.add_document(
        leg=stay,
        by=by,
        link=captain,
        values={
            "kind": "passport",
            "state": "kept",
            "holder": "exploiter",
            "since": PartialDate(taken.year, taken.month, known=Known.ESTIMATED),
            "note": words["held"],
        },
    )
    if persona.number % (2 * EVERY) == 0:
        _told_twice(case, persona, by, words)
    for values, link in _sums(random, persona, words, agency, captain):
        actions.add_amount(leg=stay if values["purpose"] == "wage" else first, by=by, link=link, values=values)


def _agency(random: Random, words: Mapping[str, str]) -> dict[str, Any]:
    name, phone, account = random.choice(AGENCIES)
    return {
        "kind": "agency",
        "called": words["agency"],
        "name": name,
        "phones": phone,
        "accounts": account,
        "relation": "Other",
        "told": words["tells"],
    }


def _told_twice(case: Case, persona: Persona, by: Member, words: Mapping[str, str]) -> None:
    """The first leg as it was told a second time: by another way, and later. One question about it was asked."""
    way, later = persona.journey[0], persona.journey[0].begun + timedelta(days=75)
    values = {
        "kind": way.kind,
        "position": 1,
        "account": "b",
        "from_country": way.from_country,
        "to_country": way.to_country,
        "started_on": PartialDate(later.year, later.month, later.day, Known.STATED),
        "ended_on": PartialDate(later.year, later.month, later.day, Known.STATED),
        "transport": "boat",
        "source": "statement",
    }
    actions.add_leg(case=case, by=by, values=values)
    found = shown.found_in(queries.told(case), case)
    if found:
        actions.answer_oddity(case=case, by=by, found=found[0], state="explained", note=words["asked"], version=0)


def _work(persona: Persona, stay: Leg, by: Member) -> None:
    industry, workplace = ISIC[persona.sector]
    means = {"WithholdsDocuments": "yes", "DebtBondage": "yes", "ExcessiveWorkingHours": "yes", "PhysicalAbuse": "declined"}
    told = {"industry": industry, "workplace": workplace, "means": means, "platforms": ["Telegram"]}
    actions.change_leg(leg=stay, by=by, values=told, version=stay.version)


def _sums(
    random: Random, persona: Persona, words: Mapping[str, str], agency: Any, captain: Any
) -> list[tuple[dict[str, str], Any]]:
    promised = random.choice((700, 900, 1100))
    wage = {"purpose": "wage", "currency": "EUR", "period": "month", "payer": "exploiter", "payee": "person"}
    times = str(max(2, min(persona.months, 14)))
    fee = {"purpose": "debt", "state": "claimed", "amount": str(random.choice((1800, 2400, 3100))), "currency": "USD"}
    return [
        (fee | {"period": "once", "payer": "person", "payee": "recruiter", "note": words["fee"]}, agency),
        (wage | {"state": "promised", "amount": str(promised)}, captain),
        (wage | {"state": "paid", "amount": str(promised // 6), "times": times}, captain),
    ]
