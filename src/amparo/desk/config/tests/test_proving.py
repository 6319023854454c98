"""A rehearsal that says "it opens" has opened it: whatever was changed, and whatever another key sealed, is found."""

from datetime import date

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import QueryDict

from amparo.desk.cases import actions
from amparo.desk.config import proving
from amparo.desk.core import drafts
from amparo.desk.core.models import Draft
from amparo.desk.files import actions as files
from amparo.desk.files import vault

DAY = date(2026, 3, 2)


@pytest.fixture
def office(her_caseworker, sign_in):
    """A case with a name, a file, a draft, and somebody who is signed in."""
    case = actions.open_case(by=her_caseworker, opened_on=DAY, person={"family_name": "Lima"}, first_note="Needs insulin")
    stored = files.keep(organisation=case.organisation, name="a", pieces=[b"x" * 9000], key_id=case.key_id)
    drafts.save(her_caseworker.user.pk, f"/cases/{case.number}/notes/", QueryDict("text=typed"))
    sign_in(her_caseworker).get("/people/")
    return case, stored


def test_a_whole_office_opens(office):
    found = proving.prove()
    assert proving.is_whole(found), found
    kinds = {"core.personkey", "cases.person.family_name", "cases.note.text", "files.storedfile", "core.draft", "sessions.session"}
    assert {found["sealed"][kind] for kind in kinds} == {"opened"}


def cut(model, field):
    row = model._base_manager.first()
    with connection.cursor() as cursor:
        name = connection.ops.quote_name
        table, column = name(model._meta.db_table), name(field)
        cursor.execute(f"SELECT {column} FROM {table}")
        sealed = bytes(cursor.fetchone()[0])
        cursor.execute(f"UPDATE {table} SET {column} = %s", [sealed[:-1] + bytes([sealed[-1] ^ 1])])
    return row


def changed_name(case, stored):
    cut(type(case.person), "family_name")
    return "cases.person.family_name"


def changed_draft(case, stored):
    cut(Draft, "sealed")
    return "core.draft"


def changed_file(case, stored):
    path = vault.path_of("stored", stored.id)
    path.write_bytes(path.read_bytes()[:-1])
    return "files.storedfile"


def lost_file(case, stored):
    vault.remove("stored", stored.id)
    return "files.storedfile"


def changed_session(case, stored):
    Session.objects.update(session_data="of another key")
    return "sessions.session"


@pytest.mark.parametrize("act", [changed_name, changed_draft, changed_file, lost_file, changed_session])
def test_what_does_not_open_is_named_by_its_kind(office, act):
    kind = act(*office)
    found = proving.prove()
    assert found["sealed"][kind] == "failed"
    assert not proving.is_whole(found)
