"""What the demo shows of persons recorded twice: one pair that waits for a decision, one that was joined."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from amparo.desk.access.models import Member
from amparo.desk.cases import actions as cases
from amparo.desk.cases import merging
from amparo.desk.cases.models import Case
from amparo.desk.cases.stages import Stage
from amparo.desk.core.ids import uuid7
from amparo.desk.core.partial_dates import Known, PartialDate

CYRILLIC = {
    **{"sh": "ш", "ch": "ч", "ya": "я", "ye": "е", "yu": "ю", "th": "т", "ck": "к", "qu": "к"},
    **dict(zip("abcdefghijklmnopqrstuvwxyz", "абкдефгхийклмнопкрстуввкиз", strict=True)),
    **dict(zip("áéíóúñ", "аеиоун", strict=True)),
}
"""How a clerk who hears a name writes it in Cyrillic letters; longer groups first."""


@transaction.atomic
def show_twins(members: Mapping[str, Member], today: date) -> None:
    """Let two persons of Lantern House have come twice, once under a name in other letters, by the desk's own actions."""
    maro, tovan = members["maro@demo.example"], members["tovan@demo.example"]
    own = Case.objects.filter(organisation=maro.organisation).exclude(stage=Stage.CLOSED).select_related("person", "organisation")
    named = [case for case in own.order_by("-opened_on", "-id")[6:40] if case.person.family_name and case.person.birth_date.year]
    first, second = (_again(case, maro, today) for case in named[:2])
    reason = "She told the same story of the border, and her sister brought her both times."
    merging.propose(case=named[0], other=first, by=maro, reason=reason, row_id=uuid7())
    row = merging.propose(case=named[1], other=second, by=maro, reason="The same telephone and the same birthday.", row_id=uuid7())
    pair = merging.pair_of(tovan, row)
    if pair is not None:
        tovan.is_fresh = True
        merging.decide(pair=pair, by=tovan, is_same=True, reason="Both were asked: it is one person, registered at the port first.")


def _again(case: Case, by: Member, today: date) -> Case:
    """Record a person once more, as they give their name to somebody who writes it in Cyrillic letters."""
    born = case.person.birth_date
    values = {
        "given_names": in_cyrillic(case.person.given_names),
        "family_name": in_cyrillic(case.person.family_name),
        "birth_date": PartialDate(born.year, known=Known.ESTIMATED),
        "gender": case.person.gender,
        "citizenship": case.person.citizenship,
        "phone": case.person.phone,
    }
    return cases.open_case(by=by, opened_on=today, person=values, first_note="Came with a group from the port.")


def in_cyrillic(name: str) -> str:
    """Return a name of the region in Cyrillic letters."""
    lower = name.lower()
    for latin, cyrillic in CYRILLIC.items():
        lower = lower.replace(latin, cyrillic)
    return lower.title()
