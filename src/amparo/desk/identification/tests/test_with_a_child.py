"""A conversation with a child: the guardian is asked about, and without one it goes on and says so."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from amparo.desk.cases import actions as cases
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.identification.models import Screening

pytestmark = pytest.mark.django_db


@pytest.fixture
def child(her_caseworker):
    today = timezone.localdate()
    person = {"given_names": "Lina", "stated_age": 15, "age_stated_on": today}
    return cases.open_case(by=her_caseworker, opened_on=today - timedelta(3), person=person)


def screened(client, case, **given):
    url = reverse("screening_new", args=[case.number])
    return client.post(url, posted(client.get(url), consent_to_interview="yes", **given), follow=True)


def test_a_conversation_with_a_child_goes_on_without_a_guardian_and_says_so(child, sign_in, her_caseworker):
    client = sign_in(her_caseworker)
    page = screened(client, child, guardian_agrees="nobody", without_guardian_why="At night, on the quay.")
    assert page.status_code == 200
    assert "held with a child, and no guardian agreed" in page.text
    row = Screening.objects.get()
    assert row.lacks_guardian
    read = client.get(reverse("screening", args=[child.number, row.pk])).text
    assert "Held with a child without a guardian’s agreement." in read
    assert "At night, on the quay." in read


@pytest.mark.parametrize(("says", "lacks"), [("yes", False), ("", True), ("no", True)])
def test_only_a_guardian_who_agrees_takes_the_warning_away(says, lacks, child, sign_in, her_caseworker):
    page = screened(sign_in(her_caseworker), child, guardian_agrees=says)
    assert Screening.objects.get().lacks_guardian is lacks
    assert ("no guardian agreed" in page.text) is lacks


def test_of_an_adult_no_guardian_is_asked(sign_in, her_caseworker):
    client, today = sign_in(her_caseworker), timezone.localdate()
    case = cases.open_case(
        by=her_caseworker, opened_on=today, person={"given_names": "Ana", "stated_age": 30, "age_stated_on": today}
    )
    assert "guardian_agrees" not in client.get(reverse("screening_new", args=[case.number])).context["form"].fields
    assert screened(client, case).status_code == 200
    assert not Screening.objects.get().lacks_guardian
