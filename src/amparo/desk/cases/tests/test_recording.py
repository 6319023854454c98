"""Taking a person in and writing their case: numbers, pseudonyms, keys, versions, audit."""

from datetime import date, timedelta
from unittest.mock import Mock

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions, common, fields, queries
from amparo.desk.cases.choices import Risk
from amparo.desk.cases.models import Case, Note, Person, TeamMember
from amparo.desk.cases.stages import Stage
from amparo.desk.core import scope
from amparo.desk.core.ids import uuid7
from amparo.desk.core.locking import Stale
from amparo.desk.core.partial_dates import PartialDate

DAY = date(2026, 3, 2)


@pytest.fixture
def a_case(her_caseworker):
    return actions.open_case(
        by=her_caseworker,
        opened_on=DAY,
        person={"family_name": "Öztürk-Lima", "given_names": "Amarena", "birth_date": PartialDate.parse("1995-04")},
    )


@pytest.fixture
def the_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Uper")


def test_a_number_tells_country_and_year_and_nothing_else(a_case, her_caseworker):
    second = actions.open_case(by=her_caseworker, opened_on=date(2025, 1, 1), person={})
    third = actions.open_case(by=her_caseworker, opened_on=DAY, person={})
    assert [case.number for case in (a_case, second, third)] == ["XC-2026-00001", "XC-2025-00001", "XC-2026-00002"]
    assert second.year_of_registration == 2025


def test_nothing_that_names_a_person_lies_readable_in_the_database(a_case, her_caseworker):
    actions.write_note(case=a_case, by=her_caseworker, kind="contact", happened_on=DAY, text="She met Amarena at the quay")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                text = " ".join(
                    bytes(cell).decode("latin-1") if isinstance(cell, (bytes, memoryview)) else str(cell) for cell in row
                )
                assert not [word for word in ("Amarena", "ztürk", "1995-04", "the quay") if word in text], table


def test_posted_twice_it_is_one_case(her_caseworker):
    row_id = uuid7()
    first = actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "A"}, row_id=row_id)
    again = actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "A"}, row_id=row_id)
    assert first == again
    assert Person.objects.count() == 1
    assert Event.objects.filter(action="case.opened").count() == 1


def test_what_matters_now_is_written_with_the_case_or_not_at_all(her_caseworker, monkeypatch):
    row_id, taken = uuid7(), {"by": her_caseworker, "opened_on": DAY, "person": {}, "first_note": "Needs insulin today"}
    with monkeypatch.context() as dying:
        dying.setattr(Note.objects, "create", Mock(side_effect=OSError("killed")))
        with pytest.raises(OSError, match="killed"):
            actions.open_case(**taken, row_id=row_id)
    assert not Case.objects.exists()
    case = actions.open_case(**taken, row_id=row_id)
    assert actions.open_case(**taken, row_id=row_id) == case
    note = Note.objects.get()
    assert (note.text, note.kind, note.happened_on) == ("Needs insulin today", "matters", DAY)


def test_who_opens_a_case_manages_it(a_case, her_caseworker):
    assert [(row.member, row.role) for row in a_case.current_team] == [(her_caseworker, "case_manager")]
    assert list(queries.cases_for(her_caseworker)) == [a_case]


def test_a_pseudonym_is_free_again_once_the_case_is_closed(a_case, the_supervisor):
    closed = actions.move(case=a_case, by=the_supervisor, to=Stage.CLOSED, on=DAY, reason="Settled in another town")
    assert closed.status == "Closed"
    assert closed.closed_on == DAY
    other = actions.open_case(by=the_supervisor, opened_on=DAY, person={})
    Case.objects.filter(pk=other.pk).update(pseudonym=closed.pseudonym)
    reopened = actions.move(case=closed, by=the_supervisor, to=Stage.FIRST_CONTACT, on=DAY, reason="Exploited again")
    assert reopened.closed_on is None
    assert reopened.pseudonym != closed.pseudonym


def test_a_change_keeps_what_was_before_under_the_name_of_who_changed_it(a_case, her_caseworker):
    changed = actions.change_person(
        case=a_case, by=her_caseworker, values={"given_names": "Amara", "gender": "Feminine"}, version=1
    )
    assert changed == ["gender", "given_names"]
    now, before = a_case.person.history.all()
    assert (before.given_names, now.given_names) == ("Amarena", "Amara")
    assert now.history_user == her_caseworker.user
    event = Event.objects.get(action="person.changed")
    assert event.details == {"fields": ["gender", "given_names"]}


def test_who_saves_an_older_version_is_told(a_case, her_caseworker):
    actions.change_case(case=a_case, by=her_caseworker, values={"exploitation_country": "XC"}, version=1)
    fresh = queries.get_case(her_caseworker, a_case.number, part="overview")
    with pytest.raises(Stale):
        actions.change_case(case=fresh, by=her_caseworker, values={"exploitation_country": "XB"}, version=1)
    assert Case.objects.get(pk=a_case.pk).exploitation_country == "XC"


def test_saving_without_a_change_makes_no_version(a_case, her_caseworker):
    assert actions.change_person(case=a_case, by=her_caseworker, values={"given_names": "Amarena"}, version=1) == []
    assert a_case.person.history.count() == 1


def test_presumed_opens_help_and_the_status_of_a_presumed_victim(a_case, her_caseworker):
    case = actions.move(case=a_case, by=her_caseworker, to=Stage.PRESUMED, on=DAY)
    assert (case.presumed_on, case.trafficking_status, case.status) == (DAY, "PossibleVictimOfTrafficking", "Active")


def test_a_case_takes_no_step_that_the_way_does_not_know(a_case, her_caseworker):
    with pytest.raises(Denied, match="no_such_step"):
        actions.move(case=a_case, by=her_caseworker, to=Stage.REFLECTION, on=DAY)
    with pytest.raises(Denied, match="supervisor_decides"):
        actions.move(case=a_case, by=her_caseworker, to=Stage.CLOSED, on=DAY, reason="x")


def test_nothing_happens_tomorrow(her_caseworker, a_case):
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(Denied, match="future"):
        actions.open_case(by=her_caseworker, opened_on=tomorrow, person={})
    with pytest.raises(Denied, match="future"):
        actions.write_note(case=a_case, by=her_caseworker, kind="contact", happened_on=tomorrow, text="x")
    assert Person.objects.count() == 1


def test_a_note_is_corrected_by_a_note(a_case, her_caseworker):
    note = actions.write_note(case=a_case, by=her_caseworker, kind="contact", happened_on=DAY, text="On Monday")
    note.text = "On Tuesday"
    with pytest.raises(TypeError):
        note.save()
    actions.write_note(case=a_case, by=her_caseworker, kind="contact", happened_on=DAY, text="On Tuesday", corrects=note)
    assert [row.text for row in queries.notes_of(a_case)] == ["On Tuesday", "On Monday"]


def test_risk_is_recorded_with_its_day_and_its_author(a_case, her_caseworker):
    case = actions.assess_risk(case=a_case, by=her_caseworker, risk=Risk.HIGH, on=DAY, reason="The recruiter knows the house")
    assert (case.risk, case.risk_assessed_on, case.risk_assessed_by) == (3, DAY, her_caseworker)


def test_risk_sent_twice_is_one_assessment_and_on_an_older_version_none(a_case, her_caseworker):
    said = {"case": a_case, "by": her_caseworker, "risk": Risk.HIGH, "on": DAY, "reason": "The recruiter knows the house"}
    for _time in range(3):
        actions.assess_risk(**said, version=1)
    assert Event.objects.filter(action="case.risk_assessed").count() == 1
    assert Case.objects.get().version == 2
    with pytest.raises(Stale):
        actions.assess_risk(**said | {"risk": Risk.LOW}, version=1)
    assert Case.objects.get().risk == Risk.HIGH


def test_leaving_the_team_closes_the_case_at_once(a_case, her_caseworker, make_member, shelter, the_supervisor):
    nurse = make_member(shelter, "health", name="N. Urse")
    with pytest.raises(Denied, match="supervisor_decides"):
        actions.join_team(case=a_case, by=her_caseworker, member=nurse, role="health", since=DAY)
    place = actions.join_team(case=a_case, by=the_supervisor, member=nurse, role="health", since=DAY)
    assert list(queries.cases_for(nurse)) == [a_case]
    for _time in range(2):
        actions.leave_team(place=place, by=the_supervisor, until=timezone.localdate())
    assert Event.objects.filter(action="team.left").count() == 1
    assert not queries.cases_for(nurse).exists()
    assert TeamMember.objects.get(pk=place.pk).until == timezone.localdate()


def test_no_outside_body_joins_a_team(a_case, the_supervisor, make_member, shelter, the_outsider, the_partner):
    for member in (the_outsider, make_member(shelter, "police"), make_member(shelter, "data_steward")):
        with pytest.raises(Denied, match="role_has_no_cases"):
            actions.join_team(case=a_case, by=the_supervisor, member=member, role="other", since=DAY)
    with pytest.raises(Denied, match="other_organisation"):
        actions.join_team(case=a_case, by=the_supervisor, member=the_partner, role="other", since=DAY)


def test_a_failed_taking_in_leaves_nothing(her_caseworker):
    with pytest.raises(TypeError):
        actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "A"}, case={"stage": "presumed"})
    assert not Person.objects.exists()
    assert not Note.objects.exists()
    assert not Event.objects.exists()


def test_the_database_itself_refuses_to_change_a_note(a_case, her_caseworker):
    note = actions.write_note(case=a_case, by=her_caseworker, kind="contact", happened_on=DAY, text="On Monday")
    with pytest.raises(DatabaseError), transaction.atomic():
        Note.objects.filter(pk=note.pk).update(kind="risk")
    assert Note.objects.get(pk=note.pk).kind == "contact"


@pytest.mark.parametrize("day", [date(1, 1, 1), date(999, 12, 31), date(1989, 12, 31)])
def test_nothing_happens_before_any_office_was_there(her_caseworker, a_case, day):
    with pytest.raises(Denied, match="day_too_early"):
        actions.open_case(by=her_caseworker, opened_on=day, person={})
    with pytest.raises(Denied, match="day_too_early"):
        actions.write_note(case=a_case, by=her_caseworker, kind="contact", happened_on=day, text="x")
    with pytest.raises(Denied, match="day_too_early"):
        actions.assess_risk(case=a_case, by=her_caseworker, risk=Risk.HIGH, on=day)
    with pytest.raises(Denied, match="day_too_early"):
        actions.move(case=a_case, by=her_caseworker, to=Stage.PRESUMED, on=day)
    assert Case.objects.count() == 1


def test_a_long_list_begins_with_what_the_office_needs_most(her_caseworker, shelter, monkeypatch):
    monkeypatch.setattr(common, "_counted", {})
    for languages in (["tir", "eng"], ["tir"], ["tir"], ["swa"]):
        actions.open_case(by=her_caseworker, opened_on=DAY, person={"languages": languages})
    with scope.acting(scope.Scope(organisation_id=shelter.pk)):
        with CaptureQueriesContext(connection) as made:
            assert common.codes_of("language")[0] == "tir"
            assert common.codes_of("language") == ("tir", "eng", "fra", "spa"), "of few persons nothing is told"
        assert len(made) == 1
        field = fields.code_field("language", "Language")
        drawn = field.widget.render("language", "eng")
        assert field.clean("swa") == "swa"
        assert common.codes_of("country")[-1] == shelter.country
    assert drawn.count(" selected") == 1
    assert drawn.index('<option value="tir"') < drawn.index('<option value="eng" selected') < drawn.index('<option value="swa"')
    assert drawn.count("<optgroup") == drawn.count("</optgroup>") == 2
    assert fields.grouped_choices("language") == fields.code_choices("language"), "without an office the list is flat"
