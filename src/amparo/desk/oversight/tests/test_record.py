"""What the auditor reads: the chain's state, its days and events; never a person; and only the own organisation's."""

import re
from pathlib import Path

import pytest
from django.urls import reverse

from amparo.desk import audit as audit_room
from amparo.desk.audit import chain, wording
from amparo.desk.audit.models import Event
from amparo.desk.oversight.queries import KIND_OF

pytestmark = pytest.mark.django_db
DESK = Path(audit_room.__file__).parents[1]


@pytest.fixture
def auditor(make_member, shelter):
    return make_member(shelter, "auditor", name="Vela Corrin")


def test_every_action_of_the_desk_has_its_sentence_and_its_kind():
    said = set()
    for path in DESK.rglob("*.py"):
        if "tests" not in path.parts:
            said |= set(re.findall(r'record\(\s*"([a-z_]+\.[a-z_]+)"', path.read_text(encoding="utf-8")))
    assert len(said) > 50
    assert not said - wording.known()
    assert not {action.partition(".")[0] for action in said} - set(KIND_OF)


def test_the_auditor_sees_what_was_done_and_by_whom_and_no_persons_name(sign_in, auditor, the_case, her_caseworker):
    page = sign_in(auditor).get(reverse("audit_record")).content.decode()
    assert "Note written: What matters now" in page
    assert her_caseworker.user.name in page
    for hidden in ("Ilyas", "Tavrenko", the_case.number, the_case.pseudonym, "Left hand"):
        assert hidden not in page
    assert Event.objects.filter(action="audit.listed", actor_id=auditor.id).count() == 1


def test_the_list_is_narrowed_by_kind_and_by_member(sign_in, auditor, the_case, her_caseworker):
    client = sign_in(auditor)
    refusal = chain.record("access.refused", by=auditor, details={"reason": "not_your_role"})
    shown = client.get(reverse("audit_record"), {"kind": "access"}).context["page"]
    assert [event.pk for event in shown] == [refusal.pk]
    mine = client.get(reverse("audit_record"), {"member": str(her_caseworker.id)}).context["page"]
    assert mine.rows
    assert {event.actor_id for event in mine} == {her_caseworker.id}


def test_another_organisations_events_are_not_there(sign_in, auditor, the_partner):
    theirs = chain.record("cases.listed", by=the_partner, details={"shown": 1})
    page = sign_in(auditor).get(reverse("audit_record"))
    assert theirs.pk not in {event.pk for event in page.context["page"]}
    assert the_partner.user.name not in page.content.decode()


def test_verifying_says_when_by_whom_and_with_what_result(sign_in, auditor, the_case):
    client = sign_in(auditor)
    assert "never verified from here" in client.get(reverse("audit_record")).content.decode()
    page = client.post(reverse("audit_verify"), follow=True).content.decode()
    assert "The record is whole" in page
    assert "by Vela Corrin" in page
    assert Event.objects.get(action="audit.verified").details["flaws"] == 0


def test_a_flaw_is_told(sign_in, auditor, the_case, monkeypatch):
    from amparo.desk.audit.verifying import Flaw

    flaws = [Flaw("changed", str(auditor.organisation_id), 3), Flaw("changed", "another", 1)]
    monkeypatch.setattr(chain, "verify", lambda: (9, flaws))
    page = sign_in(auditor).post(reverse("audit_verify"), follow=True).content.decode()
    assert "1 flaw was found." in page


@pytest.mark.parametrize("role", ["caseworker", "supervisor", "administrator", "data_steward", "reviewer", "police"])
def test_nobody_else_opens_it(sign_in, make_member, shelter, role):
    client = sign_in(make_member(shelter, role))
    assert client.get(reverse("audit_record")).status_code == 403
    assert client.post(reverse("audit_verify")).status_code == 403
