"""Who saw this person's record, when and why: for the supervisor, and readable for the person, in their language."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from amparo.desk.audit import chain
from amparo.desk.cases import actions as cases
from amparo.desk.cases import emergencies, staffing
from amparo.desk.oversight import readers
from amparo.desk.oversight.models import Watch

pytestmark = pytest.mark.django_db


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Uper")


@pytest.fixture
def read(the_case, monkeypatch):
    """Return a function that records a reading of the person's record on a day of March 2026."""

    def on(day, by, part="overview", case=None, action="case.read"):
        with monkeypatch.context() as patched:
            patched.setattr(chain.timezone, "now", lambda: datetime(2026, 3, day, 10, tzinfo=UTC))
            chain.record(action, case or the_case, by=by, details={"part": part})

    return on


def main_of(answer):
    return answer.content.decode().split("<main")[1].split("</main")[0]


def test_a_supervisor_sees_who_when_what_and_why(the_case, read, her_caseworker, her_supervisor, make_member, shelter, sign_in):
    stranger = make_member(shelter, "health", name="O. Ther")
    for part in ("overview", "notes", "overview"):
        read(9, stranger, part)
    read(10, her_supervisor, "consent")
    page = main_of(sign_in(her_supervisor).get(reverse("record_readers", args=[the_case.number])))
    assert "O. Ther" in page
    assert "notes, overview" in page
    assert "looked 3 times" in page
    assert "did not work on the case" in page
    assert "supervises the office’s cases" in page
    assert "works on the case" in page  # who opened it today
    assert "1 visit by somebody who did not work on the case." in page


def test_the_persons_copy_is_in_her_language_by_role_and_names_nobody(
    the_case, read, her_supervisor, make_member, shelter, sign_in
):
    nurses = [make_member(shelter, "health", name=name) for name in ("O. Ther", "A. Nother")]
    for nurse in nurses:
        read(9, nurse, "notes")
    read(12, her_supervisor)
    answer = sign_in(her_supervisor).get(reverse("record_readers_copy", args=[the_case.number]), {"language": "en"})
    page = main_of(answer)
    assert "Health worker (2 persons) – read your record on 9 Mar (notes), without working on your case; you can ask why." in page
    assert "March 2026" in page
    for name in ("O. Ther", "A. Nother", "S. Uper", "I. Maro", "Ilyas", "Tavrenko"):
        assert name not in page
    french = sign_in(her_supervisor).get(reverse("record_readers_copy", args=[the_case.number]))
    assert french.context["language"] == "fr"  # she speaks French and Arabic
    assert "Qui a consulté votre dossier" in main_of(french)
    assert "mars 2026" in main_of(french)
    spanish = main_of(sign_in(her_supervisor).get(reverse("record_readers_copy", args=[the_case.number]), {"language": "es"}))
    assert "Quién ha visto su expediente" in spanish


def test_an_office_may_name_its_staff(the_case, read, her_supervisor, shelter, sign_in):
    Watch.objects.create(organisation=shelter, names_staff=True)
    read(9, her_supervisor)
    page = main_of(sign_in(her_supervisor).get(reverse("record_readers_copy", args=[the_case.number]), {"language": "en"}))
    assert "S. Uper – read your record on 9 Mar" in page


def test_nothing_of_another_person_is_on_it(the_case, read, her_caseworker, her_supervisor, make_member, shelter, sign_in):
    other = cases.open_case(by=her_caseworker, opened_on=datetime(2026, 1, 5, tzinfo=UTC).date(), person={"given_names": "Odile"})
    lawyer = make_member(shelter, "lawyer", name="L. Awyer")
    read(9, lawyer, case=other)
    for name in ("record_readers", "record_readers_copy"):
        page = main_of(sign_in(her_supervisor).get(reverse(name, args=[the_case.number]), {"language": "en"}))
        for hidden in ("L. Awyer", "Lawyer", other.number, other.pseudonym, "Odile"):
            assert hidden not in page


def test_that_it_was_looked_at_is_recorded_too(the_case, her_supervisor, sign_in):
    client = sign_in(her_supervisor)
    client.get(reverse("record_readers", args=[the_case.number]))
    client.get(reverse("record_readers_copy", args=[the_case.number]))
    told = chain.of_subject(the_case).filter(actor_id=her_supervisor.id)
    assert [event.details["part"] for event in told] == ["readers_copy", "readers"]


@pytest.mark.parametrize("name", ["record_readers", "record_readers_copy"])
def test_it_is_for_the_offices_supervisors(name, the_case, her_caseworker, the_partner, make_member, other_organisation, sign_in):
    for member in (her_caseworker, make_member(the_case.organisation, "auditor")):
        assert sign_in(member).get(reverse(name, args=[the_case.number])).status_code == 403
    for member in (the_partner, make_member(other_organisation, "supervisor", name="F. Ar")):
        assert sign_in(member).get(reverse(name, args=[the_case.number])).status_code == 404


def test_the_history_leads_there(the_case, her_supervisor, her_caseworker, sign_in):
    address = reverse("record_readers", args=[the_case.number])
    assert address in sign_in(her_supervisor).get(reverse("record_history", args=[the_case.number])).content.decode()
    assert address not in sign_in(her_caseworker).get(reverse("record_history", args=[the_case.number])).content.decode()


def test_a_leave_cover_and_an_emergency_are_told_as_what_they_were(
    the_case, her_caseworker, her_supervisor, make_member, shelter, sign_in
):
    covering, hurried = make_member(shelter, "caseworker", name="C. Over"), make_member(shelter, "caseworker", name="H. Urry")
    today = timezone.localdate()
    staffing.cover(by=her_supervisor, absent=her_caseworker, covering=covering, since=today, until=today)
    emergencies.break_glass(by=hurried, called=the_case.number, reason="Danger")
    for reader in (covering, hurried):
        assert sign_in(reader).get(the_case.address).status_code == 200
    page = main_of(sign_in(her_supervisor).get(reverse("record_readers", args=[the_case.number])))
    assert "stood in for somebody who works on the case" in page
    assert "opened the record in an emergency" in page
    assert "did not work on the case" not in page
    answer = sign_in(her_supervisor).get(reverse("record_readers_copy", args=[the_case.number]), {"language": "en"})
    assert "because of an emergency; you can ask which" in main_of(answer)
    assert "without working on your case" not in main_of(answer)


def test_nobody_reads_so_much_that_an_earlier_reader_leaves_the_persons_copy(
    the_case, read, her_supervisor, make_member, shelter, sign_in, monkeypatch
):
    monkeypatch.setattr(readers, "MOST", 2)
    read(9, make_member(shelter, "health", name="O. Ther"))
    for _time in range(3):
        read(10, her_supervisor)
    page = main_of(sign_in(her_supervisor).get(reverse("record_readers_copy", args=[the_case.number]), {"language": "en"}))
    assert "Health worker – read your record on 9 Mar" in page
