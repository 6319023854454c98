"""The person, and an office with some cases."""

from datetime import timedelta

import pytest
from django.utils import timezone


@pytest.fixture
def the_case(her_caseworker):
    """The person's case, with a rule, a risk, a next step and a note."""
    from amparo.desk.cases import actions
    from amparo.desk.cases.choices import AgeSource, Risk
    from amparo.desk.core.partial_dates import PartialDate

    today = timezone.localdate()
    person = {
        "given_names": "Ilyas",
        "family_name": "Tavrenko",
        "birth_date": PartialDate.parse("1995"),
        "age_source": AgeSource.STATED,
        "languages": ["fra", "ara"],
        "interpreter": "yes",
        "interpreter_wish": "a man, by telephone",
        "safe_contact_rule": "Message only, weekdays 10:00 to 12:00. Say “the library”. Never call.",
        "phone": "+000 555 0142",
        "gender": "Masculine",
    }
    facts = {"next_step": "Review the reflection period with him.", "next_step_on": today + timedelta(days=1)}
    case = actions.open_case(by=her_caseworker, person=person, opened_on=today - timedelta(days=40), case=facts)
    case = actions.assess_risk(
        case=case, by=her_caseworker, risk=Risk.HIGH, on=today, reason="The recruiter knows where his family lives."
    )
    actions.write_note(
        case=case, by=her_caseworker, kind="matters", happened_on=today, text="Left hand: follow-up at the clinic is overdue."
    )
    return case


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
