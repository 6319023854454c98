"""One fixed cast for every test: the person, her caseworker, the partner, and the outsider who must see nothing."""

import gc
import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")  # no test is about time: a machine with other work to do fails none

SITE = Path(tempfile.mkdtemp(prefix="amparo-test-site-"))
(SITE / "site.toml").write_text('name = "Test"\nlanguages = ["en", "fr", "es"]\ndemo = true\n')
os.environ.setdefault("AMPARO_SITE", str(SITE))
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # a browser's driver runs a loop beside a test that asks the database


def pytest_collection_finish(session):
    """Look for garbage among what tests make, not among thousands of tests and models that stay: a seventh of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


def pytest_unconfigure(config):
    """Leave nothing behind."""
    shutil.rmtree(SITE, ignore_errors=True)


ASKING = {"django_db", "postgres", "db", "transactional_db"}


def pytest_collection_modifyitems(config, items):
    """On PostgreSQL run what asks a database; what asks none answers the same there as beside SQLite."""
    if not os.environ.get("DATABASE_URL"):
        return
    asking = [item for item in items if {mark.name for mark in item.iter_markers()} & ASKING or ASKING & set(item.fixturenames)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(asking)])
    items[:] = asking


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """On SQLite test with a file, as an office has it: threads then meet the same locks. PostgreSQL's owner makes the tables."""
    from django.conf import settings

    entry = settings.DATABASES["default"]
    if entry["ENGINE"].endswith("sqlite3"):
        entry.setdefault("TEST", {})["NAME"] = str(SITE / "test.sqlite3")
        entry["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"  # the server of the tests waits for no disk either
    entry["BOUND_BY_POLICIES"] = False


@pytest.fixture(scope="session", autouse=True)
def _written_as_asked():
    """Whatever any test makes the desk ask in written words is compared with the words that Django finds for it."""
    from django.core.exceptions import EmptyResultSet

    from amparo.desk.core.written import Question

    rows = Question.rows

    def compared(question, values):
        asked, plain = question.build(*values), None
        with suppress(EmptyResultSet):
            plain = asked.query.get_compiler(asked.db).as_sql()
        assert plain == (None if question.is_empty else (question.sql, question.filled(values)))
        return rows(question, values)

    Question.rows = compared
    yield
    Question.rows = rows


ROLES = ("amparo_desk", "amparo_worker")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """On PostgreSQL every test runs as an office does: its pages as the desk's role, everything else as the worker's."""
    from django.conf import settings
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    from amparo.desk.config import row_security

    entry = connection.settings_dict
    with django_db_blocker.unblock():
        row_security.apply(row_security.Roles(*ROLES, entry["USER"]))
        connection.close()
    entry.update(OPTIONS={"options": f"-c role={ROLES[1]}"}, BOUND_BY_POLICIES=True)
    settings.MIDDLEWARE = ["conftest.AsTheDesk", *settings.MIDDLEWARE]
    yield
    with django_db_blocker.unblock():
        connection.close()
    entry.update(OPTIONS={}, BOUND_BY_POLICIES=False)


class AsTheDesk:
    """Serves each request under the desk's role, as its own process would."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with become(ROLES[0]):
            return self.get_response(request)


@contextmanager
def become(role):
    """Go on as a database role; NONE is who signed in to the database: the tables' owner. SQLite has no roles."""
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    import psycopg

    connection.ensure_connection()
    own = connection.connection  # the driver's: who counts Django's queries is not to find these among them
    [before] = own.execute("SELECT current_user").fetchone()
    own.execute(f"SET ROLE {role}")
    try:
        yield
    finally:
        with suppress(psycopg.Error):  # a transaction that failed takes the role back itself
            (connection.connection or own).execute(f"SET ROLE {before}")


@contextmanager
def as_owner():
    """Act as who owns the tables and migrates them."""
    from django.db import connection

    from amparo.desk.config import row_security

    with become("NONE"):
        if connection.vendor != "postgresql":
            yield
            return
        with row_security.seen_by_the_owner():
            yield


@pytest.fixture
def tables_owner():
    """Return `as_owner`, for what an office does only while it migrates, and an attacker who has come that far."""
    return as_owner


@pytest.fixture(scope="session", autouse=True)
def _emptied_after_a_transactional_test():
    """Empty what a transactional test filled, instead of every table; what a new database holds stays as it is."""
    from django.test import TransactionTestCase

    emptying = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda case: _empty_what_is_full()
    yield
    TransactionTestCase._fixture_teardown = emptying


LAID = {"django_content_type", "auth_permission"}
"""Tables whose rows a new database has: nobody changes them."""


def _empty_what_is_full():
    """Remove every row of every model's table; the append-only triggers of those tables are set aside for that moment only."""
    from django.apps import apps
    from django.db import connection, transaction

    models = apps.get_models(include_auto_created=True)
    tables = {model._meta.db_table for model in models if model._meta.managed and not model._meta.proxy} - LAID
    asking = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in sorted(tables))
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(asking)
        full = {table for (table,) in cursor.fetchall()}
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT c.relname, format('ALTER TABLE %%I %%s TRIGGER %%I', c.relname, 'DISABLE', t.tgname), "
                "format('ALTER TABLE %%I %%s TRIGGER %%I', c.relname, 'ENABLE', t.tgname) "
                "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal",
                [],
            )
        else:
            cursor.execute("SELECT tbl_name, 'DROP TRIGGER ' || name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = [(aside, back) for table, aside, back in cursor.fetchall() if table in full]
        for aside, _back in triggers:
            cursor.execute(aside)
        for table in full:
            cursor.execute(f"DELETE FROM {table}")
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table is altered that still waits for its constraints
        for _aside, back in triggers:
            cursor.execute(back)


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_looked_for_once():
    """Every client of a test has a server of its own, and each looked through the same folders again."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    looking, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def once(server):
        if not found:
            looking(server)
            found.update(server.files)
        server.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = once
    yield
    WhiteNoiseMiddleware.add_files_from_finders = looking


@pytest.fixture(autouse=True)
def _english():
    """Every test begins in English, whatever language the one before left behind in this thread."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _unlocked():
    """Every test runs with a master key, as every served site does."""
    from amparo.desk.core import keys

    keys.unlock(b"\x07" * 32)


class QuickHasher(Argon2PasswordHasher):
    """The same hash of a password with next to no work: what it costs an attacker is held by `test_settings.py`."""

    time_cost, memory_cost, parallelism = 1, 8, 1


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    """Passwords of tests are hashed at once."""
    settings.PASSWORD_HASHERS = ["conftest.QuickHasher"]


@pytest.fixture(autouse=True)
def _site_folder(settings, tmp_path):
    """Nothing a test writes outlives it; tests run as the demonstration does, which asks for no second factor."""
    settings.SITE_FOLDER = tmp_path
    settings.DEMO, settings.SECOND_FACTOR_REQUIRED = True, False


@pytest.fixture(scope="module")
def chromium():
    """Debian's Chromium, headless, for the tests of one file: no two of its drivers live at once."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("needs Chromium")
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=quiet)
        yield browser
        browser.close()


@pytest.fixture
def within_one_stretch(monkeypatch):
    """Let no counter of tries pass from one stretch of time into the next while a test counts them."""
    from amparo.desk.access import attempts, tries

    moment = time.time() // 3600 * 3600 + 1950  # in the middle of an hour's stretch and of five minutes'
    for counter in (attempts, tries):
        monkeypatch.setattr(counter, "time", SimpleNamespace(time=lambda: moment))


@pytest.fixture
def shelter(db):
    """The organisation of her caseworker."""
    from amparo.desk.access.models import Organisation

    return Organisation.objects.create(name="Lantern House", country="XC", kind="NGO")


@pytest.fixture
def other_organisation(db):
    """Another organisation on the same site."""
    from amparo.desk.access.models import Organisation

    return Organisation.objects.create(name="Harbour Clinic", country="XB", kind="NGO")


@pytest.fixture
def make_member(db):
    """Return a function that makes a member with roles."""
    from amparo.desk.access.models import Member, User

    def make(organisation, *roles, name="I. Maro"):
        number = User.objects.count() + 1
        user = User.objects.create(email=f"member{number}@example.org", name=name, is_demo=True)
        return Member.objects.create(user=user, organisation=organisation, roles=[str(role) for role in roles])

    return make


@pytest.fixture
def her_caseworker(make_member, shelter):
    """Who works with the person."""
    return make_member(shelter, "caseworker")


@pytest.fixture
def the_partner(make_member, other_organisation):
    """A caseworker of another organisation."""
    return make_member(other_organisation, "caseworker", name="D. Essin")


@pytest.fixture
def the_outsider(make_member, shelter):
    """Immigration enforcement: must see nothing, whatever the organisation."""
    return make_member(shelter, "immigration_enforcement", name="O. Utside")


@pytest.fixture
def sign_in(client):
    """Return a function that signs a member in and gives the client."""

    def as_member(member):
        client.force_login(member.user)
        return client

    return as_member


@pytest.fixture
def the_case(her_caseworker):
    """The person's case, with a rule, a risk, a next step and a note."""
    from datetime import timedelta

    from django.utils import timezone

    from amparo.desk.cases import actions
    from amparo.desk.cases.choices import AgeSource, Risk
    from amparo.desk.core.partial_dates import PartialDate

    today = timezone.localdate()
    person = {
        "given_names": "Ilyas",
        "family_name": "Tavrenko",
        "birth_date": PartialDate.parse("1995"),
        "age_source": AgeSource.STATED,
        "languages": ["fra", "ara"],
        "interpreter": "yes",
        "interpreter_wish": "a man, by telephone",
        "safe_contact_rule": "Message only, weekdays 10:00 to 12:00. Say “the library”. Never call.",
        "phone": "+000 555 0142",
        "gender": "Masculine",
    }
    facts = {"next_step": "Review the reflection period with him.", "next_step_on": today + timedelta(days=1)}
    case = actions.open_case(by=her_caseworker, person=person, opened_on=today - timedelta(days=40), case=facts)
    case = actions.assess_risk(
        case=case, by=her_caseworker, risk=Risk.HIGH, on=today, reason="The recruiter knows where his family lives."
    )
    actions.write_note(
        case=case, by=her_caseworker, kind="matters", happened_on=today, text="Left hand: follow-up at the clinic is overdue."
    )
    return case
