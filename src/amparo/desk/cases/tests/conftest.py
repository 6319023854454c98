"""One woman recorded twice, those who work on her cases, and a colleague who does not."""

import pytest

from amparo.desk.cases import actions
from amparo.desk.cases.models import Case

from .twins import DAY, MIRA, MIRA_IN_CYRILLIC, decided, proposed


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Tovan")


@pytest.fixture
def second_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="T. Second")


@pytest.fixture
def a_case(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=DAY, person=MIRA)


@pytest.fixture
def a_twin(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=DAY, person=MIRA_IN_CYRILLIC)


@pytest.fixture
def a_joined_pair(a_case, a_twin, her_caseworker, her_supervisor):
    row = decided(proposed(a_case, a_twin, her_caseworker), her_supervisor)
    return Case.objects.get(pk=a_case.pk), Case.objects.get(pk=a_twin.pk), row


@pytest.fixture
def a_colleague(make_member, shelter):
    return make_member(shelter, "caseworker", name="C. Olleague")
