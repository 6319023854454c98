"""One woman recorded twice, and the two members that it takes to join the records."""

from datetime import date

from amparo.desk.cases import merging, same
from amparo.desk.core.ids import uuid7
from amparo.desk.core.partial_dates import PartialDate

DAY = date(2026, 3, 2)
MIRA = {"given_names": "Mira", "family_name": "Kovač", "birth_date": PartialDate.parse("1991-04-02"), "gender": "Feminine"}
MIRA_IN_CYRILLIC = {
    "given_names": "Мира",
    "family_name": "Ковач",
    "birth_date": PartialDate.parse("1991-04"),
    "phone": "0611 222 333",
}


def fresh(member):
    member.is_fresh = True
    return member


def proposed(case, twin, by, reason="The same telephone and mother."):
    return merging.propose(case=case, other=twin, by=by, reason=reason, row_id=uuid7())


def decided(row, by, is_same=True):
    pair = merging.pair_of(fresh(by), row)
    return merging.decide(pair=pair, by=by, is_same=is_same, reason="Both were asked.")


def sought(**values):
    return same.description(values, today=DAY)


def alike(member, **values):
    return [one.case.number if one.case else "out of reach" for one in same.find(member, sought(**values))]
