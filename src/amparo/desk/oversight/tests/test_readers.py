"""Who saw this person's record, when and why: for the supervisor, and readable for the person, in their language."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from amparo.desk.audit import chain, wording
from amparo.desk.cases import actions as cases
from amparo.desk.cases import emergencies, staffing
from amparo.desk.cases.models import BreakGlass, Case, LeaveCover, Person
from amparo.desk.consent.models import Disclosure
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


def test_who_stood_in_or_came_in_an_emergency_is_not_called_an_outsider(
    the_case, read, her_caseworker, her_supervisor, make_member, shelter, sign_in
):
    cover, nurse, night = (make_member(shelter, role, name=role.title()) for role in ("lawyer", "health", "shelter_staff"))
    the_case.team.update(since=date(2026, 1, 5))
    staffing = {"organisation": shelter, "absent": her_caseworker, "entered_by": her_supervisor}
    LeaveCover.objects.create(**staffing, covering=cover, since=date(2026, 3, 8), until=date(2026, 3, 10))
    emergency = {"organisation": shelter, "key_id": the_case.key_id, "case": the_case, "reason": "The hospital called."}
    for who in (nurse, night):
        at = datetime(2026, 3, 9, 9, tzinfo=UTC)
        BreakGlass.objects.create(**emergency, taken_by=who, taken_at=at, ends_at=at + timedelta(hours=4))
    for day, who in ((9, cover), (11, cover), (9, nurse), (10, nurse)):
        read(day, who)
    read(10, night, action="emergency.ended")
    found = {(visit.name, visit.day.day): str(visit.ground) for visit in readers.visits(the_case) if visit.day.month == 3}
    assert found == {
        ("Lawyer", 9): "stood in for a colleague who works on the case",
        ("Lawyer", 11): "did not work on the case",
        ("Health", 9): "opened it in an emergency",
        ("Health", 10): "did not work on the case",
        ("Shelter_Staff", 10): "opened it in an emergency",
    }
    copy = sign_in(her_supervisor).get(reverse("record_readers_copy", args=[the_case.number]), {"language": "en"})
    page = main_of(copy)
    assert "Lawyer – read your record on 9 Mar (overview), in the place of a colleague who works on your case and was away." in page
    assert "Health worker – read your record on 9 Mar (overview), in an emergency; a supervisor looks at each of these" in page


@pytest.mark.parametrize(
    ("ground", "said"),
    [
        ("consent", "because you agreed that this is passed on."),
        ("legal_basis", "because a law or an order required it; you can ask which."),
    ],
)
def test_an_outside_body_stands_there_by_its_name_and_on_what_it_read(
    ground, said, the_case, her_supervisor, make_member, other_organisation, sign_in
):
    officer = make_member(other_organisation, "police", name="Off I. Cer")
    Disclosure.objects.create(  # what an office opened to a body lets it see who of the body came
        organisation=the_case.organisation,
        key_id=the_case.key_id,
        case=the_case,
        body=other_organisation,
        ground="legal_basis",
        since=date(2026, 3, 1),
        until=date(2026, 3, 31),
        entered_by=her_supervisor,
    )
    told = {"ground": ground, "data": ["story"], "body": str(other_organisation.pk)}
    chain.record("excerpt.read", the_case, by=officer, organisation_id=the_case.organisation_id, details=told)
    Watch.objects.create(organisation=the_case.organisation, names_staff=True)
    client = sign_in(her_supervisor)
    page = main_of(client.get(reverse("record_readers_copy", args=[the_case.number]), {"language": "en"}))
    assert f"{other_organisation.name} – read your record on " in page
    assert said in page
    assert "Off I. Cer" not in page
    assert "no longer works here" not in page
    office = main_of(client.get(reverse("record_readers", args=[the_case.number])))
    assert "Off I. Cer" in office
    assert "did not work on the case" not in office


def test_whatever_can_be_done_with_a_record_has_a_name():
    about = {"case", "person", "note", "leg", "screening", "journey", "consent", "team", "emergency", "excerpt", "conflict"}
    about |= {"hold", "disposal", "request", "restriction", "key", "rights", "closing", "transfer", "relative", "paper", "document"}
    about |= {"formal", "age", "help", "answers", "signal", "same", "cover"}
    found = {action.partition(".")[0] for action in wording.known()}
    assert about <= found
    for language in ("fr", "es"):
        with translation.override(language):
            nameless = {one for one in about - {"consent", "journey"} if str(wording.part(one)) == one}
        assert nameless == set(), language


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
    assert "stood in for a colleague who works on the case" in page
    assert "opened it in an emergency" in page
    assert "did not work on the case" not in page
    answer = sign_in(her_supervisor).get(reverse("record_readers_copy", args=[the_case.number]), {"language": "en"})
    assert "in an emergency; a supervisor looks at each of these, and you can ask why" in main_of(answer)
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


def test_who_saw_a_joined_record_saw_this_person(the_case, her_caseworker, her_supervisor, make_member, shelter):
    only_there = make_member(shelter, "caseworker", name="O. Nly There")
    there = cases.open_case(by=only_there, person={"given_names": "Mira"}, opened_on=timezone.localdate())
    cases.record_reading(case=there, by=only_there, part="notes")
    Person.objects.filter(pk=there.person_id).update(merged_into=the_case.person_id)
    for case in (the_case, Case.objects.get(pk=there.pk)):
        grounds = {visit.name: (str(visit.ground), visit.is_outside) for visit in readers.visits(case)}
        assert grounds["O. Nly There"] == ("works on the case", False)
        assert her_caseworker.user.name in grounds
    with translation.override("en"):
        [month] = readers.for_the_person(the_case)
    assert "notes" in " ".join(month.sentences)
    Person.objects.filter(pk=there.person_id).update(merged_into=None)
    assert "O. Nly There" not in {visit.name for visit in readers.visits(the_case)}
