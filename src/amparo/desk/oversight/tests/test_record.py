"""What the auditor reads: the chain's state, its days and events; never a person; and only the own organisation's."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from amparo.desk.audit import chain
from amparo.desk.audit.models import Event
from amparo.desk.core import keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(make_member, shelter):
    return make_member(shelter, "auditor", name="Vela Corrin")


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


@pytest.fixture
def days(shelter, her_caseworker, monkeypatch):
    """Events on three days, one each at one in the morning."""
    made = []
    for day in (2, 3, 4):
        with monkeypatch.context() as patched:
            patched.setattr(chain.timezone, "now", lambda day=day: datetime(2026, 3, day, 1, tzinfo=UTC))
            made.append(chain.record("cases.searched", by=her_caseworker, details={"found": day}))
    return made


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("2026-03-03", "", [1, 2]),
        ("", "2026-03-03", [0, 1]),
        ("2026-03-03", "2026-03-03", [1]),
        ("2026-03-05", "2026-03-06", []),
        ("", "2026-03-01", []),
    ],
)
def test_the_list_is_narrowed_to_days(sign_in, auditor, days, since, until, found):
    shown = sign_in(auditor).get(reverse("audit_record"), {"since": since, "until": until, "kind": "cases"}).context["page"]
    assert {event.pk for event in shown} == {days[n].pk for n in found}


def test_a_day_is_the_offices_own(sign_in, auditor, days, shelter):
    from amparo.desk.oversight.models import Watch

    Watch.objects.create(organisation=shelter, zone="America/Bogota")  # one in the morning is eight in the evening before
    asked = {"since": "2026-03-02", "until": "2026-03-02", "kind": "cases"}
    assert [event.pk for event in sign_in(auditor).get(reverse("audit_record"), asked).context["page"]] == [days[1].pk]


def test_the_list_is_narrowed_to_one_person_by_pseudonym(sign_in, auditor, the_case, her_caseworker):
    client, pseudonym = sign_in(auditor), chain.pseudonym("cases.case", the_case)
    page = client.get(reverse("audit_record"), {"pseudonym": pseudonym.upper()})
    assert {event.subject for event in page.context["page"]} == {pseudonym}
    assert f"all events about {pseudonym[:8]}" in page.content.decode()
    wrong = client.get(reverse("audit_record"), {"pseudonym": "Ilyas"}).content.decode()
    assert "A pseudonym has 32 letters and digits" in wrong
    keys.destroy(the_case.key_id)
    assert client.get(reverse("audit_record"), {"pseudonym": pseudonym}).status_code == 200


def test_pages_follow_without_a_gap_and_without_an_offset(sign_in, auditor, her_caseworker, django_assert_max_num_queries):
    for n in range(130):
        chain.record("cases.searched", by=her_caseworker, details={"found": n})
    client, seen, address = sign_in(auditor), [], reverse("audit_record") + "?kind=cases"
    while address:
        with django_assert_max_num_queries(30):
            page = client.get(address).context["page"]
        seen += [event.details["found"] for event in page]
        address = reverse("audit_record") + page.following if page.following else ""
    assert seen == list(range(129, -1, -1))


def test_a_copy_leaves_with_a_reason_only_and_with_what_the_filters_show(sign_in, auditor, the_case, her_caseworker, days):
    client = sign_in(auditor)
    assert client.post(reverse("audit_export")).status_code == 422
    assert not Event.objects.filter(action="audit.exported").exists()
    address = reverse("audit_export") + "?kind=cases&until=2026-03-03"
    answer = client.post(address, {"reason": "review"})
    text = b"".join(answer).decode()
    assert answer["Content-Disposition"].startswith("attachment")
    assert text.splitlines()[0] == 'Place,When,What,Who acted,"Person, by pseudonym",Code'
    assert [line.split(",")[2] for line in text.splitlines()[1:]] == ["Cases searched"] * 2
    told = Event.objects.get(action="audit.exported")
    assert told.details == {"reason": "review", "events": 2, "filters": ["kind", "until"]}
    for hidden in ("Ilyas", "Tavrenko", the_case.number, the_case.pseudonym):
        assert hidden not in text


def test_a_cell_of_the_copy_is_no_formula(sign_in, auditor, shelter, make_member):
    chain.record("cases.searched", by=make_member(shelter, "caseworker", name="=HYPERLINK(1)"))
    text = b"".join(sign_in(auditor).post(reverse("audit_export") + "?kind=cases", {"reason": "review"})).decode()
    assert "'=HYPERLINK(1)" in text


def test_flaws_are_named_with_their_places(sign_in, auditor, the_case, monkeypatch):
    from amparo.desk.audit.verifying import Flaw

    flaws = [Flaw("changed", str(auditor.organisation_id), 3), Flaw("rolled_back", "", 2), Flaw("changed", "another", 77)]
    monkeypatch.setattr(chain, "verify", lambda: (9, flaws))
    page = sign_in(auditor).post(reverse("audit_verify"), follow=True).content.decode()
    assert "2 flaws were found." in page
    assert "Event 3: this event was changed, or another stands in its place." in page
    assert "All chains, 2: what was recorded here is gone" in page
    assert "77" not in page.split("<main")[1].split("What was recorded")[0]


def test_nobody_else_exports(sign_in, make_member, shelter):
    for role in ("caseworker", "supervisor", "administrator", "coordinator"):
        assert sign_in(make_member(shelter, role)).post(reverse("audit_export"), {"reason": "review"}).status_code == 403


def test_the_days_are_the_last_seven(sign_in, auditor, days):
    shown = sign_in(auditor).get(reverse("audit_record")).context["days"]
    assert all(one.day > (datetime.now(UTC) - timedelta(days=9)).date() for one in shown)
