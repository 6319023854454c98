"""One case and one leg of a journey."""

from datetime import date

import pytest

from amparo.desk.cases import actions as cases
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.journeys import actions

DAY = date(2026, 6, 1)


@pytest.fixture
def a_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=DAY, person={})


@pytest.fixture
def a_leg(a_case, her_caseworker):
    values = {
        "kind": "Transit",
        "from_country": "XA",
        "to_country": "XB",
        "from_place": "Tavrin <quay>",
        "started_on": PartialDate.parse("2026-01-05"),
        "ended_on": PartialDate.parse("2026-02~"),
        "moved_freely": "no",
    }
    return actions.add_leg(case=a_case, by=her_caseworker, values=values)
