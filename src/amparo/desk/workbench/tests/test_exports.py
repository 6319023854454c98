"""A list leaves as a workbook: for a reason, without names, as long as the role allows, and never as a formula."""

import io
import zipfile
from xml.etree import ElementTree

import fastexcel
import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.access.policies import Facts
from amparo.desk.access.roles import Role
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions, emergencies
from amparo.desk.cases.models import Case
from amparo.desk.core import keys
from amparo.desk.core.ids import uuid7
from amparo.desk.workbench import exporting, policies
from amparo.desk.workbench.filters import PeopleFilter

TODAY = timezone.localdate()
NAME = "Tavrenko"


def facts(*roles):
    return Facts(member_id=uuid7(), organisation_id=uuid7(), roles=frozenset(roles), is_active=True, has_second_factor=True)


@pytest.mark.parametrize(
    ("roles", "number", "reason"),
    [
        ((Role.CASEWORKER,), 1, ""),
        ((Role.CASEWORKER,), policies.MOST_EXPORTED_BY_CASEWORKERS, ""),
        ((Role.CASEWORKER,), policies.MOST_EXPORTED_BY_CASEWORKERS + 1, "export_too_long"),
        ((Role.SUPERVISOR,), policies.MOST_EXPORTED, ""),
        ((Role.SUPERVISOR,), policies.MOST_EXPORTED + 1, "export_too_long"),
        ((Role.SUPERVISOR,), 0, "nothing_to_export"),
        ((Role.LAWYER,), 1, "not_your_role"),
        ((Role.SHELTER_STAFF,), 1, "not_your_role"),
        ((Role.HEALTH,), 1, "not_your_role"),
        ((Role.DATA_STEWARD,), 1, "not_your_role"),
        ((Role.POLICE,), 1, "outside_body"),
    ],
)
def test_who_takes_how_much_out(roles, number, reason):
    assert policies.may_take_out(facts(*roles), number=number).reason == reason


@given(st.sets(st.sampled_from(list(Role))), st.integers(0, 20_000))
def test_no_role_takes_out_what_it_cannot_list(roles, number):
    if policies.may_take_out(facts(*roles), number=number):
        assert policies.may_list(facts(*roles))
        assert 0 < number <= policies.MOST_EXPORTED


@pytest.fixture
def exported(sign_in):
    """Return a function that exports a list as somebody and returns the answer with the rows of its first sheet."""

    def export(member, query="", reason="planning"):
        answer = sign_in(member).post(f"{reverse('people_export')}?{query}", {"reason": reason})
        if "spreadsheet" not in answer["Content-Type"]:
            return answer, []
        content = b"".join(answer.streaming_content)
        answer.held = content
        frame = fastexcel.read_excel(content).load_sheet(0, header_row=None).to_polars()
        return answer, [list(row) for row in frame.iter_rows()]

    return export


@pytest.mark.django_db
def test_a_list_leaves_with_pseudonyms_and_without_a_name_or_a_word_told(exported, her_caseworker, the_case):
    actions.write_note(case=the_case, by=her_caseworker, kind="contact", happened_on=TODAY, text="She called from the station.")
    answer, rows = exported(her_caseworker)
    assert answer["Content-Disposition"].startswith("attachment")
    assert rows[0][:2] == ["Working pseudonym", "Case number"]
    assert rows[1][:2] == [the_case.pseudonym, the_case.number]
    texts = b"".join(
        zipfile.ZipFile(io.BytesIO(answer.held)).read(name) for name in zipfile.ZipFile(io.BytesIO(answer.held)).namelist()
    )
    for secret in (NAME, "555 0142", "library", "station"):
        assert secret.encode() not in texts
    event = Event.objects.get(action="cases.exported")
    assert event.details == {"reason": "planning", "number": 1, "filters": []}


@pytest.mark.django_db
def test_only_what_the_filters_show_leaves_and_the_workbook_says_so(exported, her_caseworker, more_cases):
    made = more_cases(8)
    answer, rows = exported(her_caseworker, "risk=3")
    expected = {case.number for case in Case.objects.filter(risk=3)}
    assert expected < {case.number for case in made}
    assert {row[1] for row in rows[1:]} == expected
    about = fastexcel.read_excel(answer.held).load_sheet(1, header_row=None).to_polars()
    assert "High" in about.to_series(1).to_list()


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "because", "=1+1"])
def test_nothing_leaves_without_a_reason(exported, her_caseworker, the_case, reason):
    answer, rows = exported(her_caseworker, reason=reason)
    assert (answer.status_code, rows) == (422, [])
    assert not Event.objects.filter(action="cases.exported").exists()


@pytest.mark.django_db
def test_an_old_proof_is_asked_for_again(sign_in, her_caseworker, the_case, monkeypatch):
    monkeypatch.setattr("amparo.desk.access.fresh.is_fresh", lambda request: False)
    answer = sign_in(her_caseworker).post(reverse("people_export"), {"reason": "planning"})
    assert answer.status_code == 302
    assert not Event.objects.filter(action="cases.exported").exists()


@pytest.mark.django_db
def test_a_list_longer_than_allowed_does_not_leave_cut_short(exported, her_caseworker, more_cases, monkeypatch, sign_in):
    more_cases(4)
    monkeypatch.setattr(policies, "MOST_EXPORTED_BY_CASEWORKERS", 3)
    answer, rows = exported(her_caseworker)
    assert (answer.status_code, rows) == (422, [])
    assert "may take out at most 3 cases" in sign_in(her_caseworker).get(reverse("people_export")).content.decode()


@pytest.mark.django_db
def test_what_an_emergency_opened_is_read_and_not_taken_out(her_caseworker, the_case, make_member, shelter):
    make_member(shelter, "supervisor")
    stranger = make_member(shelter, "caseworker", name="N. Other")
    emergencies.break_glass(
        called=the_case.number, by=stranger, reason="Her colleague does not answer and the risk is high tonight."
    )
    assert PeopleFilter().of(stranger).filter(pk=the_case.pk).exists()
    assert not exporting.rows_for(stranger, PeopleFilter()).exists()


@pytest.mark.django_db
def test_others_take_no_list_out(sign_in, make_member, shelter, the_case, the_partner, exported):
    for role in ("lawyer", "shelter_staff", "data_steward"):
        assert sign_in(make_member(shelter, role)).get(reverse("people_export")).status_code == 403
    assert exported(the_partner)[1] == []


@pytest.mark.django_db
@pytest.mark.parametrize("formula", ["=1+1", "+cmd|'/C calc'!A0", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")'])
def test_no_cell_is_a_formula(exported, her_caseworker, the_case, formula):
    Case.objects.filter(pk=the_case.pk).update(pseudonym=formula[:30])
    answer, _rows = exported(her_caseworker)
    sheet = zipfile.ZipFile(io.BytesIO(answer.held)).read("xl/worksheets/sheet1.xml")
    cells = ElementTree.fromstring(sheet).iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}c")
    texts = ["".join(cell.itertext()) for cell in cells]
    assert b"<f>" not in sheet
    assert not any(text.lstrip().startswith(("=", "+", "@")) for text in texts)


@pytest.mark.django_db
def test_rows_are_read_in_batches_with_one_query_for_their_keys(
    her_caseworker, more_cases, monkeypatch, django_assert_max_num_queries
):
    more_cases(9)
    monkeypatch.setattr(exporting, "BATCH", 3)
    keys.forget_opened()
    before = 1 + 2 * 2 + 1  # from whom one is shut out; where one works and for whom one covers, twice; emergencies
    with django_assert_max_num_queries(before + 1 + 3 * 2):  # an organisation’s key is remembered only after a commit
        sizes = [
            len(batch)
            for batch in exporting.batches(exporting.rows_for(her_caseworker, PeopleFilter()), PeopleFilter(), her_caseworker)
        ]
    assert sizes == [3, 3, 3, 0]
