"""A database that has not seen its tables lately takes the wrong index: an ordered list then reads every case."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from amparo.desk.config import database, migrating, worker

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL looks at its tables by itself"),
]


def _sessions_seen() -> int:
    with connection.cursor() as cursor:
        if "sqlite_stat1" not in {
            row[0] for row in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        }:
            return 0
        rows = cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = 'django_session'").fetchall()
    return max((int(row[0].split()[0]) for row in rows), default=0)


def _fill(many: int) -> None:
    size = "x" * 10_000
    keys = (f"{many}-{number}" for number in range(many))
    Session.objects.bulk_create(Session(session_key=key, session_data=size, expire_date=timezone.now()) for key in keys)


def test_tables_are_looked_at_when_they_have_grown_by_a_fifth():
    growth = database.Growth()
    _fill(3)
    assert growth.follow()
    assert _sessions_seen() == 3
    assert not growth.follow(), "nothing was added since"
    _fill(1)
    assert not growth.follow(), "one row more is no fifth"
    _fill(growth.pages // 10)  # a row of 10 kB fills three pages
    assert growth.follow()
    assert _sessions_seen() > 4


def test_the_worker_follows_the_growth():
    assert any(getattr(act, "__func__", None) is database.Growth.follow for _, act in worker.rounds())


@pytest.mark.parametrize("lacking", [set(), {"cases.0001_initial"}])
def test_tables_are_looked_at_after_they_were_changed(monkeypatch, settings, tmp_path, lacking):
    settings.STATIC_ROOT = tmp_path / "static"
    monkeypatch.setattr(migrating, "differences", lambda: (lacking, set()))
    before = _sessions_seen()
    _fill(3)
    database.lay()
    assert _sessions_seen() == (before + 3 if lacking else before)


def test_a_connection_stays_open_between_requests(settings):
    assert settings.DATABASES["default"]["CONN_MAX_AGE"] == 60


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_waits_for_one_table_at_most():
    """In an office of a million cases all tables at once take longer than a writer waits."""
    file, written, looked = str(connection.settings_dict["NAME"]), [], []

    def write_before(execute, sql, params, many, context):
        if sql.startswith("ANALYZE"):
            looked.append(sql)
            with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
            written.append(sql)
        return execute(sql, params, many, context)

    tables = connection.introspection.table_names()
    with connection.execute_wrapper(write_before):
        database.look_at_tables()
    assert looked == written == [f'ANALYZE "{table}"' for table in tables if not table.startswith("sqlite_")]
    assert len(looked) > 100


@pytest.mark.django_db(transaction=True)
def test_what_a_great_change_left_in_the_journal_goes_with_the_next():
    """A connection that stays open never removes the journal: sealed values that were replaced would lie in it for ever."""
    journal, most = Path(str(connection.settings_dict["NAME"]) + "-wal"), 8 * 1024 * 1024
    _fill(1500)
    assert journal.stat().st_size > most
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(FULL)")
    Session.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(FULL)")
    _fill(1)
    assert journal.stat().st_size <= most
