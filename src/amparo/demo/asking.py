"""What the demo shows of a country's own questions: a form in four languages, its second version, and persons who answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from amparo.desk.access.models import Member
from amparo.desk.answers import actions as answers
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Case
from amparo.desk.cases.stages import Stage
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.identification import actions as screenings
from amparo.desk.identification import brought as indicator_sets
from amparo.desk.identification.judging import OWN
from amparo.desk.journeys import actions as journeys
from amparo.desk.journeys.queries import legs_of
from amparo.desk.questions import actions as questions
from amparo.desk.questions import pack
from amparo.desk.questions.choices import Kind
from amparo.desk.questions.expressions import Said, Value
from amparo.desk.questions.models import Edition

PACKS = Path(__file__).parent / "packs"
FIRST: tuple[dict[str, Value], ...] = (
    {
        "sleeps": "relatives",
        "safe": "no",
        "unsafe": "The cousin’s landlord knows the foreman and asks when she comes and goes.",
        "permit_until": PartialDate.parse("2027-03"),
        "needs": frozenset({"food", "lawyer", "papers"}),
        "first": "lawyer",
        "children": "yes",
        "child.0.child_age": Decimal(7),
        "child.0.child_school": "no",
        "child.1.child_age": Decimal(3),
        "ill": "no",
        "papers": "yes",
    },
    {"sleeps": "shelter", "safe": "yes", "needs": frozenset({"doctor"}), "children": "no", "ill": "yes", "papers": Said.UNKNOWN},
)
SECOND: tuple[dict[str, Value], ...] = (
    {"sleeps": "tent", "safe": Said.UNKNOWN, "moves": "yes", "needs": frozenset({"food"}), "children": Said.DECLINED},
    {"sleeps": "own", "safe": "yes", "needs": frozenset({"none"}), "children": "no", "papers": "yes", "industry": "Orchards"},
)


@transaction.atomic
def show_questions(members: Mapping[str, Member], today: date) -> None:
    """Bring the country's pack and its second version to Lantern House, and let some persons answer each."""
    administrator, worker = members["admin@demo.example"], members["maro@demo.example"]
    own = Case.objects.filter(organisation=worker.organisation).exclude(stage=Stage.CLOSED).select_related("person", "organisation")
    persons = [case for case in own.order_by("-opened_on", "-id")[2:12] if worker.id in case.facts.team][:4]
    told_of: list[Case] = []
    for version, told in (("costaverde-1", FIRST), ("costaverde-2", SECOND)):
        form = _bring(version, administrator, today)
        for case in [persons.pop(0) for _one in told[: len(persons)]]:
            asked_on = max(case.opened_on, today - timedelta(days=9))
            answers.fill(
                case=case, edition=form, by=worker, asked_on=asked_on, answers=told[len(persons) % len(told)], language="en"
            )
            told_of.append(case)
    for case in told_of[-2:]:
        _with_added_codes(case, worker, today)
    if told_of:
        _record_the_shop(told_of[-1], worker)
        _ask_of_the_orchards(told_of[-2] if len(told_of) > 1 else told_of[-1], worker, today)


def _with_added_codes(case: Case, by: Member, today: date) -> None:
    """Write a note of the country's own kind, and the means of transport that the standard's list does not name."""
    case.refresh_from_db()
    words = "At the camp of the orchards. She showed where they sleep; we spoke outside, alone."
    cases.write_note(case=case, by=by, kind="CampVisit", happened_on=max(case.opened_on, today - timedelta(days=3)), text=words)
    leg = next(iter(legs_of(case)), None)
    if leg is None:
        journeys.add_leg(case=case, by=by, values={"kind": "Transport", "to_country": "XC", "transport": "HarvestTruck"})
        return
    journeys.change_leg(leg=leg, by=by, values={"transport": "HarvestTruck"}, version=leg.version)


def _record_the_shop(case: Case, by: Member) -> None:
    """Record what the country's own codes say: they stand beside the standard's and are counted as its."""
    case.refresh_from_db()
    means, recruited = {**case.means, "CompanyShop": "yes"}, {**case.recruitment_methods, "VillageRadio": "yes"}
    cases.change_case(case=case, by=by, values={"means": means, "recruitment_methods": recruited}, version=case.version)


def _ask_of_the_orchards(case: Case, by: Member, today: date) -> None:
    """Hold a conversation by the country's own list, not decided yet: a yes to one of its signs offers the country's code."""
    case.refresh_from_db()
    held_on = max(case.opened_on, today - timedelta(days=2))
    key = next(one.key for one in indicator_sets.sets_on(case.organisation, today) if one.key.startswith(OWN))
    setting = {"held_on": held_on, "setting": "outreach", "consent_to_interview": "yes", "indicator_set": key}
    begun = screenings.start(case=case, by=by, values=setting)
    told = {code: {"answer": "yes", "source": "statement"} for code in ("XC-1", "XC-3")}
    screenings.keep_answers(screening=begun, by=by, step="work", answers=told, version=begun.version)


def _bring(version: str, administrator: Member, today: date) -> Edition:
    """Bring a pack and set everything in it in force; return its form."""
    read = pack.read(pack.from_folder(PACKS / version), today=today)
    made = questions.bring(pack=read, by=administrator)
    began = [questions.activate(edition=one, by=administrator, on=today, version=one.version) for one in made]
    return next(one for one in began if one.kind == Kind.FORM)
