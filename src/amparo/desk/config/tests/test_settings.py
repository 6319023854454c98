"""What a real office gets that the demo does without, and the other way round."""

import json
import os
import subprocess
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from amparo.desk.access.guard import Denied
from amparo.desk.cases.actions import write_note

ASK = """
import json, django
from django.conf import settings
django.setup()
print(json.dumps({name: repr(getattr(settings, name)) for name in dir(settings) if name.isupper()}))
"""
DESK = {"DJANGO_SETTINGS_MODULE": "amparo.desk.config.settings"}


@pytest.fixture(scope="module")
def settings_of(tmp_path_factory):
    """Return a function that reads the settings of a site as a process of it does."""

    def read(*, demo, hosts=(), more="", **environment):
        folder = tmp_path_factory.mktemp("site")
        text = f'name = "T"\nlanguages = ["fr"]\ndemo = {str(demo).lower()}\nhosts = {json.dumps(list(hosts))}\n'
        (folder / "site.toml").write_text(text + more)
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            env={**kept, **DESK, "AMPARO_SITE": str(folder), **environment},
            capture_output=True,
            check=True,
        )
        return json.loads(done.stdout)

    return read


def test_the_second_factor_is_waived_in_the_demo_and_nowhere_else(settings_of):
    assert settings_of(demo=True)["SECOND_FACTOR_REQUIRED"] == "False"
    assert settings_of(demo=False)["SECOND_FACTOR_REQUIRED"] == "True"


def test_behind_tls_everything_is_tls(settings_of):
    held = settings_of(demo=False, hosts=["desk.example.org"], AMPARO_BEHIND_TLS="1")
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"):
        assert held[name] == "True", name
    assert int(held["SECURE_HSTS_SECONDS"]) >= 31_536_000
    assert "desk.example.org" in held["ALLOWED_HOSTS"]
    assert "'*'" not in held["ALLOWED_HOSTS"]


def test_the_office_speaks_its_own_languages(settings_of):
    held = settings_of(demo=False)
    assert held["LANGUAGE_CODE"] == "'fr'"
    assert "'es'" not in held["LANGUAGES"]


def test_a_database_address_goes_before_the_file(settings_of):
    held = settings_of(demo=False, DATABASE_URL="postgres://user:p%40ss@db.internal:5433/amparo")["DATABASES"]
    assert "postgresql" in held
    assert "'p@ss'" in held
    assert "5433" in held
    assert "sqlite3" in settings_of(demo=False)["DATABASES"]


def test_sqlite_is_safe_and_forgets_what_is_deleted(settings_of):
    held = settings_of(demo=False)["DATABASES"]
    for wanted in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "'IMMEDIATE'"):
        assert wanted in held, wanted


def test_a_password_costs_whoever_guesses_it_memory_and_time(settings_of):
    """Tests of other rooms hash their passwords at once; an office does not."""
    assert settings_of(demo=False)["PASSWORD_HASHERS"] == "['django.contrib.auth.hashers.Argon2PasswordHasher']"
    cost = Argon2PasswordHasher()
    assert (cost.memory_cost >= 64 * 1024, cost.time_cost >= 2) == (True, True)


def test_without_its_own_secret_nothing_signed_outlives_the_process(settings_of):
    assert settings_of(demo=False)["SECRET_KEY"] != settings_of(demo=False)["SECRET_KEY"]
    assert settings_of(demo=False, AMPARO_SECRET="x" * 50)["SECRET_KEY"] == repr("x" * 50)


def test_the_offices_days_begin_and_end_where_it_is(settings_of):
    """East of Greenwich a morning's work was refused as the future's, and an excerpt stayed open into the next day."""
    assert settings_of(demo=False, more='time_zone = "Asia/Manila"\n')["TIME_ZONE"] == "'Asia/Manila'"
    assert settings_of(demo=False)["TIME_ZONE"] == "'UTC'"
    with pytest.raises(subprocess.CalledProcessError):
        settings_of(demo=False, more='time_zone = "Manila"\n')


@pytest.mark.django_db
def test_what_happened_this_morning_can_be_entered_this_morning(the_case, her_caseworker, settings, monkeypatch):
    morning = datetime(2026, 3, 2, 7, 30, tzinfo=ZoneInfo("Asia/Manila"))
    monkeypatch.setattr("django.utils.timezone.now", lambda: morning)
    note = {"case": the_case, "by": her_caseworker, "kind": "matters", "happened_on": morning.date(), "text": "came at seven"}
    settings.TIME_ZONE = "UTC"
    with pytest.raises(Denied, match="day_in_the_future"):
        write_note(**note)
    settings.TIME_ZONE = "Asia/Manila"
    assert write_note(**note).happened_on == morning.date()
