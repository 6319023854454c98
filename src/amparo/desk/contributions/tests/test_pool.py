"""The pool: what is read is what was published, nobody reads it on the disk, and what is taken out is gone."""

import uuid
from pathlib import Path

import polars as pl
import pytest
from django.conf import settings

from amparo.desk.contributions import actions, pool, running
from amparo.desk.contributions.models import PoolFile, PoolVersion
from amparo.desk.contributions.tests import making
from amparo.desk.files import vault
from amparo.standard import schemas

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring(shelter, tmp_path):
    def make(frame, organisation=shelter, **kwargs):
        path = making.write(tmp_path, frame, f"{uuid.uuid4()}.csv")
        return actions.import_file(path=path, schema="ctdc-kanon", organisation=organisation, **kwargs)

    return make


def test_what_is_read_is_what_was_sent(bring):
    sent = making.table(count=200)
    bring(sent)
    read = schemas.load("ctdc-kanon").project(pool.read())
    assert read.sort(pl.all()).equals(sent.sort(pl.all()))


def test_an_empty_pool_is_an_empty_table(db):
    assert pool.current() is None
    assert pool.read().height == 0
    assert tuple(pool.read().columns) == pool.COLUMNS


def test_no_value_stands_in_clear_in_any_file_or_table(bring, tmp_path):
    frame = making.table(count=60).with_columns(case_ref=pl.lit("UNMISTAKABLE-REFERENCE"))
    path = making.write(tmp_path.parent, frame, f"{uuid.uuid4()}.csv")
    choices = actions.Choices(person_column="case_ref")
    organisation = bring(making.table(count=5, seed=3)).organisation
    actions.import_file(path=path, schema="ctdc-kanon", organisation=organisation, choices=choices)
    stored = list((Path(settings.SITE_FOLDER) / "files").rglob("*"))
    content = b"".join(file.read_bytes() for file in stored if file.is_file())
    assert len(content) > 1000
    content += making.everything_in_the_database()
    assert b"UNMISTAKABLE" not in content
    assert b"Feminine" not in content
    assert b"PAR1" not in content
    assert "UNMISTAKABLE" not in str(pool.read().to_dicts())


def test_a_changed_byte_is_found(bring):
    bring(making.table(count=20))
    path = vault.path_of(pool.SHELF, PoolFile.objects.get().id)
    whole = path.read_bytes()
    path.write_bytes(whole[:300] + bytes([whole[300] ^ 1]) + whole[301:])
    with pytest.raises(pool.Damaged):
        pool.read()
    assert len(pool.verify()) == 1
    path.write_bytes(whole[:-40])
    with pytest.raises(pool.Damaged):
        pool.read()


def test_a_changed_manifest_is_found(bring):
    bring(making.table(count=20))
    bring(making.table(count=20, seed=2))
    version = pool.current()
    version.manifest = version.manifest[:1]
    version.save()
    with pytest.raises(pool.Damaged):
        pool.read()


def test_a_missing_file_is_told_and_not_passed_over(bring):
    bring(making.table(count=20))
    vault.remove(pool.SHELF, PoolFile.objects.get().id)
    with pytest.raises(pool.Damaged):
        pool.read()


def test_older_versions_read_as_they_were(bring):
    bring(making.table(count=20))
    bring(making.table(count=30, seed=2))
    assert (pool.read(1).height, pool.read(2).height) == (20, 50)


def test_withdrawing_takes_the_rows_out_of_every_version(bring, her_steward):
    first = bring(making.table(count=20))
    bring(making.table(count=30, seed=2))
    gone = [vault.path_of(pool.SHELF, file.id) for file in first.pool_files.all()]
    actions.withdraw(contribution=first, by=her_steward)
    assert [pool.read(number).height for number in (1, 2, 3)] == [0, 30, 30]
    assert not any(path.exists() for path in gone)
    assert pool.verify() == []
    again = bring(making.table(count=20))
    assert again.rows_added == 20, "the same file may come again after it was withdrawn"


def test_the_same_rows_of_two_organisations_are_two(bring, other_organisation):
    bring(making.table(count=20))
    bring(making.table(count=20), organisation=other_organisation)
    frame = pool.read()
    assert frame.height == 40
    assert frame["person_key"].n_unique() == 40
    assert frame["contributor"].n_unique() == 2


def test_a_file_nobody_names_is_swept_and_the_others_stay(bring):
    made = bring(making.table(count=20))
    stray = list(pool.write(running.keying.keyed(making.rows(3), key=b"k" * 32), contribution=made))
    (vault.path_of(pool.SHELF, stray[0].id).with_suffix(".part")).write_bytes(b"half")
    assert pool.sweep() == 2
    assert pool.read().height == 20
    with vault.writing():
        assert pool.sweep() is None, "while somebody writes nothing is swept"


def test_a_large_contribution_is_divided_into_files(bring, monkeypatch):
    monkeypatch.setattr(pool, "ROWS_A_FILE", 100)
    bring(making.table(count=250))
    assert PoolFile.objects.count() == 3
    assert PoolVersion.objects.count() == 1
    assert pool.read().height == 250
