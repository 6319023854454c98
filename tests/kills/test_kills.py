"""Writers under load are killed at random points: nothing acknowledged is missing, nothing is half."""

import datetime
import uuid

import pytest
from benchmarks import kills

from amparo.cli.backups.tests import offices
from amparo.desk.cases import actions, names
from amparo.desk.cases.models import Note
from amparo.desk.files import vault

DAY = datetime.date(2026, 3, 2)


def figures(kind, points):
    with offices.database(kind) as url:
        found = kills.in_a_process(points, url=url)
    assert (found["missing"], found["half"]) == ([], [])
    assert found["acknowledged_in_all"] >= points
    assert set(found["acknowledged"]) >= {"case", "note", "step"}


POINTS = [8, pytest.param(20, marks=pytest.mark.whole)]


@pytest.mark.slow
@pytest.mark.parametrize("points", POINTS)
def test_some_points_on_the_embedded_database(points):
    figures("sqlite", points)


@pytest.mark.postgres
@pytest.mark.skipif("postgresql" not in offices.KINDS, reason="needs PostgreSQL")
@pytest.mark.parametrize("points", POINTS)
def test_some_points_on_postgresql(points):
    figures("postgresql", points)


@pytest.fixture
def a_case(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=DAY, person={"family_name": "Lima"}, first_note="Needs insulin")


def test_the_reading_back_finds_what_is_missing(a_case):
    told = {"number": a_case.number, "row": str(a_case.pk), "name": "Lima", "words": "Needs insulin", "version": 1}
    assert kills.missing({"kind": "case", **told}) == []
    assert kills.missing({"kind": "case", **told, "name": "Lema"}) == ["name"]
    assert kills.missing({"kind": "case", **told, "row": str(uuid.uuid4())}) == ["case"]
    assert kills.missing({"kind": "note", **told, "row": str(uuid.uuid4())}) == ["note"]
    assert kills.missing({"kind": "step", **told, "version": 2})[:2] == ["version", "words"]
    names.forget(a_case.person)
    assert kills.missing({"kind": "case", **told}) == ["tokens"]


@pytest.mark.django_db(transaction=True)
def test_the_reading_back_finds_what_is_half(a_case, her_caseworker):
    assert kills.halves() == []
    Note.objects.create(
        organisation_id=a_case.organisation_id,
        key_id=a_case.key_id,
        case=a_case,
        written_by=her_caseworker,
        kind="contact",
        happened_on=DAY,
        text="Without an event",
    )
    type(a_case).objects.filter(pk=a_case.pk).update(version=5)
    vault.write("stored", uuid.uuid4(), [b"x"], key=b"\x01" * 32)
    found = " ".join(kills.halves())
    assert "note.written: 1 and 2" in found
    assert "case versions" in found
    assert not list(vault.present("stored")), "a file that no row names is swept, and was never lost"
