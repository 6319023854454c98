"""An office with some cases."""

from datetime import timedelta

import pytest
from django.utils import timezone


@pytest.fixture
def more_cases(her_caseworker):
    """Return a function that opens some more cases."""
    from amparo.desk.cases import actions
    from amparo.desk.cases.choices import Risk

    def make(count):
        today, made = timezone.localdate(), []
        for number in range(count):
            values = {"next_step": "Plan the next visit.", "next_step_on": today + timedelta(days=number - 3)} if number % 3 else {}
            case = actions.open_case(by=her_caseworker, person={}, opened_on=today - timedelta(days=number), case=values)
            if number % 2:
                case = actions.assess_risk(case=case, by=her_caseworker, risk=Risk(number % 3 + 1), on=today)
            made.append(case)
        return made

    return make
