"""PostgreSQL itself keeps organisations apart: a query that forgot its filter, or its author, comes to nothing."""

import uuid
from contextlib import suppress

import psycopg
import pytest
from conftest import as_owner, become
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, models, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from psycopg import errors

from amparo.desk.access.models import Member, Organisation
from amparo.desk.audit import chain
from amparo.desk.audit.models import Event, Head
from amparo.desk.cases.models import Case, NamePlace, Note, Person
from amparo.desk.config import row_security
from amparo.desk.consent.models import Disclosure
from amparo.desk.core import scope
from amparo.desk.core.models import Draft, PersonKey
from amparo.desk.core.receipts import receipt
from amparo.desk.intake.models import Signal
from amparo.desk.publication.models import Release, Review

from .two_offices import ROLES, Office, ruled, signed_in_to_the_database

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
SHARED = {"access.organisation", "audit.head"}
"""What every organisation of a site may read of the others, for the reason that `row_security` gives."""


@pytest.fixture(autouse=True)
def _needs_postgresql(request):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no row-level security")


@pytest.fixture
def ours():
    return Office("Lantern House").fill()


@pytest.fixture
def theirs():
    return Office("Harbour Clinic").fill()


def as_desk(office):
    return signed_in_to_the_database(ROLES.desk, office.organisation.id, office.user.id)


def seen(own, model, row):
    primary = model._meta.pk.column
    return own.execute(f"SELECT count(*) FROM {model._meta.db_table} WHERE {primary} = %s", [row.pk]).fetchone()[0]


def test_every_table_has_a_rule_or_a_reason():
    assert row_security.undeclared() == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class "
            "WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relnamespace = 'public'::regnamespace"
        )
        found = dict(cursor.fetchall())
    wanted = {model._meta.db_table for model in ruled().values()}
    open_ = {row_security.models()[label]._meta.db_table for label in row_security.OPEN}
    assert {table for table, is_forced in found.items() if is_forced} == wanted
    assert set(found) - wanted == open_ | {"django_migrations", "core_cache"}
    assert len(wanted) > 20


def test_a_model_without_a_rule_is_found():
    class Nobodys(models.Model):
        class Meta:
            app_label = "cases"

    try:
        assert row_security.undeclared() == ["cases.nobodys"]
    finally:
        del row_security.apps.all_models["cases"]["nobodys"]
        row_security.apps.clear_cache()


def test_who_says_for_nobody_sees_nothing_in_any_table(ours):
    with signed_in_to_the_database(ROLES.desk) as own:
        for label, model in ruled().items():
            assert seen(own, model, ours.row(model)) == (label in SHARED), label


def test_an_organisation_sees_its_own_row_of_every_table_and_nobody_elses(ours, theirs):
    with as_desk(ours) as own:
        for label, model in ruled().items():
            assert seen(own, model, ours.row(model)) == 1, label
            assert seen(own, model, theirs.row(model)) == (label in SHARED), label
    with signed_in_to_the_database(ROLES.worker) as own:
        assert all(seen(own, model, office.row(model)) for office in (ours, theirs) for model in ruled().values())


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM cases_case WHERE id = %(id)s",
        "SELECT count(*) FROM cases_case WHERE id = %(id)s OR true HAVING count(*) > 1",
        "SELECT EXISTS (SELECT FROM cases_case WHERE id = %(id)s)::int",
        "SELECT count(*) FROM cases_note n JOIN cases_case c ON c.id = n.case_id WHERE c.id = %(id)s",
        "SELECT count(*) FROM cases_nameplace t LEFT JOIN cases_person p ON p.id = t.person_id "
        "JOIN cases_case c ON c.person_id = p.id WHERE c.id = %(id)s",
        "SELECT count(*) FROM core_personkey k WHERE k.id = (SELECT key_id FROM cases_case WHERE id = %(id)s)",
        "WITH all_cases AS MATERIALIZED (SELECT * FROM cases_case) SELECT count(*) FROM all_cases WHERE id = %(id)s",
        "SELECT count(*) FROM cases_historicalcase WHERE id = %(id)s",
        "SELECT coalesce(max(length(number)), 0) FROM cases_case WHERE id = %(id)s",
        "SELECT count(*) FROM amparo_sees_cases_case(%(id)s) AS sees WHERE sees",
        "SELECT count(*) FROM (SELECT id FROM cases_case UNION SELECT case_id FROM cases_teammember) all_ WHERE id = %(id)s",
    ],
)
def test_no_query_finds_another_organisations_case(ours, theirs, sql):
    with as_desk(ours) as own, signed_in_to_the_database(ROLES.worker) as everything:
        assert (own.execute(sql, {"id": theirs.row(Case).pk}).fetchone() or [0])[0] == 0
        assert (everything.execute(sql, {"id": theirs.row(Case).pk}).fetchone() or [0])[0] or "HAVING" in sql or "historical" in sql


def test_a_query_of_the_desk_that_forgot_its_filter_sees_its_own_rows_only(ours, theirs):
    with become(ROLES.desk), scope.acting(scope.Scope(ours.organisation.id, ours.user.id)):
        assert set(Case.objects.all()) == set(Case.objects.raw("SELECT * FROM cases_case")) == {ours.row(Case)}
        assert Note.objects.count() == Note.objects.filter(case__person__isnull=False).count() == 1
        assert not Case.objects.filter(pk=theirs.row(Case).pk).exists()
        assert not Person.objects.filter(cases__notes=theirs.row(Note)).exists()
        with transaction.atomic():
            assert Case.objects.select_for_update().get() == ours.row(Case)
    assert Case.objects.count() == 2


def test_copying_a_table_out_copies_ones_own_rows(ours, theirs):
    with as_desk(ours) as own, own.cursor() as cursor, cursor.copy("COPY (SELECT id FROM cases_case) TO STDOUT") as rows:
        assert b"".join(bytes(row) for row in rows).decode().split() == [str(ours.row(Case).pk)]
    with as_desk(ours) as own, own.cursor() as cursor, cursor.copy("COPY cases_person (id) TO STDOUT") as rows:
        copied = set(b"".join(bytes(row) for row in rows).decode().split())
    assert str(ours.row(Person).pk) in copied
    assert copied == {str(pk) for pk in Person.objects.filter(organisation=ours.organisation).values_list("pk", flat=True)}
    assert Person.objects.exclude(organisation=ours.organisation).exists()


def test_a_view_or_a_function_of_the_owners_opens_nothing(ours, theirs, tables_owner):
    with tables_owner(), connection.cursor() as cursor:
        cursor.execute("CREATE VIEW every_case AS SELECT * FROM cases_case")
        cursor.execute(
            "CREATE FUNCTION all_cases() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM public.cases_case'"
        )
        cursor.execute(f"GRANT SELECT ON every_case TO {ROLES.desk}")
    try:
        with as_desk(ours) as own:
            assert own.execute("SELECT count(*) FROM every_case").fetchone()[0] == 0
            assert own.execute("SELECT all_cases()").fetchone()[0] == 0
    finally:
        with tables_owner(), connection.cursor() as cursor:
            cursor.execute("DROP VIEW every_case; DROP FUNCTION all_cases()")


def test_no_row_is_written_for_another_organisation(ours, theirs):
    for label, model in ruled().items():
        row = theirs.build(model)
        if label in ("access.organisation", "audit.head", "access.member"):  # one row each: a second is refused by its key
            row.pk = uuid.uuid4()
        with (
            become(ROLES.desk),
            scope.acting(scope.Scope(ours.organisation.id, ours.user.id)),
            pytest.raises(DatabaseError, match=r"row-level security|permission denied"),
            transaction.atomic(),
        ):
            model._base_manager.bulk_create([row])


def test_no_row_of_another_organisation_is_changed_or_removed(ours, theirs):
    with as_desk(ours) as own:
        for model in ruled().values():
            table, primary = model._meta.db_table, model._meta.pk.column
            for sql in (
                f"UPDATE {table} SET {primary} = {primary} WHERE {primary} = %s",
                f"DELETE FROM {table} WHERE {primary} = %s",
            ):
                with suppress(errors.InsufficientPrivilege):
                    assert own.execute(sql, [theirs.row(model).pk]).rowcount == 0, sql
        with pytest.raises(errors.InsufficientPrivilege):
            own.execute("UPDATE cases_case SET organisation_id = %s", [theirs.organisation.id])


def test_a_reference_tells_nothing_of_what_exists_elsewhere(ours, theirs):
    told = set()
    with as_desk(ours) as own:
        for case in (theirs.row(Case).pk, uuid.uuid4()):
            with pytest.raises(errors.InsufficientPrivilege) as refused:
                own.execute(
                    "INSERT INTO cases_teammember (id, recorded_at, version, organisation_id, case_id, member_id, role, since) "
                    "VALUES (%s, now(), 1, %s, %s, %s, 'manager', now())",
                    [uuid.uuid4(), ours.organisation.id, case, ours.row(Member).pk],
                )
            told.add(str(refused.value))
    assert len(told) == 1


def test_every_reference_to_a_table_with_a_rule_is_looked_at_when_written():
    missing = []
    for label, model in ruled().items():
        written = row_security._written(model, row_security.rule_of(model))
        for field in model._meta.concrete_fields:
            to = field.remote_field and field.remote_field.model
            if to and field.db_constraint and to in ruled().values() and f'("{field.column}")' not in written:
                missing.append(f"{label}.{field.name}")
    assert not missing


def test_an_outside_body_finds_its_excerpt_and_no_row_of_the_case(ours, theirs):
    Disclosure._base_manager.filter(pk=theirs.row(Disclosure).pk).update(body=ours.organisation)
    with as_desk(ours) as own:
        seen_here = {label for label, model in ruled().items() if seen(own, model, theirs.row(model))}
        assert seen_here - SHARED == {"consent.disclosure"}
        for sql in ("UPDATE consent_disclosure SET until = '2099-01-01'", "DELETE FROM consent_disclosure"):
            assert own.execute(f"{sql} WHERE id = %s", [theirs.row(Disclosure).pk]).rowcount == 0
    with as_desk(theirs) as own:  # the office reads who of that body came
        assert seen(own, Member, ours.row(Member)) == 1


def test_who_handed_a_signal_in_sees_it_never_again(ours, theirs):
    Signal._base_manager.filter(pk=theirs.row(Signal).pk).update(body=ours.organisation, sender=ours.row(Member))
    with as_desk(ours) as own:
        assert seen(own, Signal, theirs.row(Signal)) == 0
    with as_desk(theirs) as own:
        assert seen(own, Signal, theirs.row(Signal)) == seen(own, Member, ours.row(Member)) == 1


UNIQUE_ACROSS = {
    "access.organisation": "names of partners are public on the site",
    "publication.release": "the number of a release, published with it",
}


def test_what_is_unique_is_unique_within_an_organisation_or_public():
    """Whoever may not see a row could still meet it: a value that is refused as taken tells that it exists."""
    across = set()
    for label, model in ruled().items():
        inside = {field.name for field in model._meta.concrete_fields if field.column in ("organisation_id", "user_id")}
        inside |= {
            field.name
            for field in model._meta.concrete_fields
            if field.remote_field and field.remote_field.model in ruled().values()
        }
        groups = [constraint.fields for constraint in model._meta.constraints if isinstance(constraint, models.UniqueConstraint)]
        groups += [[field.name] for field in model._meta.concrete_fields if field.unique and not is_unguessable(field)]
        across |= {label for group in groups if not inside & set(group)}
    assert across == set(UNIQUE_ACROSS)


def is_unguessable(field):
    if field.default is receipt:
        return True
    return field.primary_key and isinstance(field, models.UUIDField | models.AutoField | models.OneToOneField)


def test_the_same_number_may_stand_in_two_organisations(ours, theirs):
    with as_desk(ours) as own:
        changed = own.execute("UPDATE cases_case SET number = %s", [theirs.row(Case).number])
        assert changed.rowcount == 1


def test_another_organisation_may_not_be_lent_a_key_or_a_person(ours, theirs):
    with as_desk(ours) as own:
        for column, row in (("key_id", theirs.row(PersonKey)), ("person_id", theirs.row(Person))):
            with pytest.raises(errors.InsufficientPrivilege):
                own.execute(f"UPDATE cases_case SET {column} = %s", [row.pk])
        with pytest.raises(errors.InsufficientPrivilege):
            own.execute("UPDATE cases_nameplace SET person_id = %s", [theirs.row(Person).pk])
    assert NamePlace.objects.filter(person=theirs.row(Person)).count() == 1


@pytest.mark.django_db(transaction=False)
@pytest.mark.parametrize("role", [ROLES.desk, ROLES.worker])
@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE cases_case DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE cases_case NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY desk_reads ON cases_case",
        "ALTER POLICY desk_reads ON cases_case USING (true)",
        "CREATE POLICY more ON cases_case FOR SELECT TO PUBLIC USING (true)",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_event_no_update ON audit_event",
        "CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE OR REPLACE FUNCTION amparo_sees_cases_case(wanted uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "SET session_replication_role = replica",
        "UPDATE audit_event SET action = 'x'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "UPDATE audit_checkpoint SET heads = '{}'",
        "DELETE FROM audit_head",
        "TRUNCATE cases_case CASCADE",
        "DROP TABLE cases_note",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE VIEW mine AS SELECT * FROM cases_case",
        "CREATE SCHEMA mine",
        "CREATE EXTENSION dblink",
        "SET ROLE amparo",
        "SET ROLE amparo_worker",
        "SET ROLE amparo_desk",
        "SET SESSION AUTHORIZATION amparo",
        "GRANT amparo TO CURRENT_USER",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "ALTER DATABASE postgres SET row_security = off",
        "REASSIGN OWNED BY amparo TO CURRENT_USER",
        "SELECT * FROM pg_authid",
        "SELECT * FROM pg_shadow",
        "SELECT rolpassword FROM pg_authid",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "COPY cases_case TO '/tmp/out'",
        "COPY cases_case TO PROGRAM 'cat'",
        "SELECT * FROM pg_statistic",
        "SELECT * FROM pg_ls_dir('/')",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'amparo'",
    ],
)
def test_no_role_of_a_process_gets_past_the_policies(role, sql):
    if sql == f"SET ROLE {role}":
        pytest.skip("one's own role")
    with signed_in_to_the_database(role) as own, pytest.raises(psycopg.Error) as refused:
        own.execute(sql)
    assert isinstance(refused.value, errors.InsufficientPrivilege | errors.InvalidObjectDefinition), refused.value


def test_switching_row_security_off_for_a_session_only_brings_errors(ours, theirs):
    with as_desk(ours) as own:
        own.execute("SET row_security = off")
        with pytest.raises(errors.InsufficientPrivilege):
            own.execute("SELECT * FROM cases_case")


def test_statistics_show_no_values_of_others(ours, theirs):
    with become("NONE"), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with as_desk(ours) as own:
        assert own.execute("SELECT count(*) FROM pg_stats WHERE tablename LIKE 'cases_%'").fetchone()[0] == 0
        others = own.execute("SELECT DISTINCT query FROM pg_stat_activity WHERE usename <> current_user AND usename IS NOT NULL")
        assert set(others.fetchall()) <= {("<insufficient privilege>",)}


def test_an_operator_that_tells_by_its_errors_meets_no_row_of_others(ours, theirs):
    """A condition may run before a policy only where it cannot tell what it met: this one divides by zero on their number."""
    with as_desk(ours) as own:
        found = own.execute(
            "SELECT count(*) FROM cases_case WHERE 1 / (CASE WHEN number = %s THEN 0 ELSE 1 END) = 1", [theirs.row(Case).number]
        )
        assert found.fetchone()[0] == 1


def test_the_worker_may_not_forget_what_was_recorded(ours):
    chain.record("case.read", organisation_id=ours.organisation.id)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Event.objects.all().delete()


def probing(organisation=None):
    """Return what a page of the desk would see now, on this thread's own connection."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, (SELECT count(*) FROM cases_case), (SELECT min(organisation_id::text) FROM cases_case)"
        )
        return cursor.fetchone()


def test_a_connection_shows_nothing_of_the_request_before(ours, theirs):
    def under(office):
        return scope.acting(scope.Scope(office.organisation.id, office.user.id))

    with become(ROLES.desk):
        with under(ours):
            assert probing() == (ROLES.desk, 1, str(ours.organisation.id))
        assert probing() == (ROLES.desk, 0, None)
        with under(theirs):
            assert probing()[2] == str(theirs.organisation.id)
            with scope.of(ours.organisation.id):
                assert probing()[2] == str(ours.organisation.id)
            assert probing()[2] == str(theirs.organisation.id)
        with suppress(ZeroDivisionError), under(ours), transaction.atomic():
            assert probing()[1] == 1
            raise ZeroDivisionError
        assert probing()[1] == 0


def test_a_setting_that_a_rollback_undid_is_told_again(ours, theirs):
    with become(ROLES.desk), scope.acting(scope.Scope(ours.organisation.id)):
        with suppress(ZeroDivisionError), transaction.atomic():
            scope.enter(scope.Scope(theirs.organisation.id))
            assert probing()[2] == str(theirs.organisation.id)
            raise ZeroDivisionError
        assert probing()[2] == str(theirs.organisation.id)
        with transaction.atomic():
            with suppress(ZeroDivisionError), transaction.atomic():
                scope.enter(scope.Scope(ours.organisation.id))
                assert probing()[2] == str(ours.organisation.id)
                raise ZeroDivisionError
            assert probing()[2] == str(ours.organisation.id)


def test_a_connection_that_is_lost_in_the_middle_forgets_nothing_and_opens_nothing(ours, theirs):
    with scope.acting(scope.Scope(ours.organisation.id)):
        with become(ROLES.desk):
            assert probing()[1] == 1
        connection.close()
        with become(ROLES.desk):
            assert probing()[2] == str(ours.organisation.id)
    connection.close()
    with become(ROLES.desk):
        assert probing()[1] == 0


def test_a_session_that_the_server_ended_is_noticed_before_anything_is_told(ours, theirs):
    own = connection.copy("default")
    own.health_check_enabled = True
    try:
        with scope.acting(scope.Scope(theirs.organisation.id)), own.cursor() as cursor:
            [before] = cursor.execute("SELECT pg_backend_pid()").fetchone()
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [before])
        own.close_if_unusable_or_obsolete()  # as each request begins
        with scope.acting(scope.Scope(ours.organisation.id)), own.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid(), current_setting('amparo.organisation')")
            after, told = cursor.fetchone()
        assert after != before
        assert told == str(ours.organisation.id)
    finally:
        own.close()


class Look:
    """Answers every request with what it sees in the database, behind everything else that a request passes."""

    saw = []

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        self.saw.append(probing())
        if "fail" in request.GET:
            raise ZeroDivisionError
        if "stream" in request.GET:
            return StreamingHttpResponse(str(probing()[2]).encode() for _ in range(2))
        return HttpResponse(probing()[2])


@pytest.fixture
def pages(settings, ours, theirs):
    """Two members' browsers, and what each request of theirs saw in the database."""
    Look.saw = []
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Look"]
    clients = []
    for office in (ours, theirs):
        client = Client(raise_request_exception=False)
        client.force_login(office.user)
        clients.append(client)
    return clients, Look.saw


def test_each_request_sees_its_members_organisation_whoever_came_before(pages, ours, theirs):
    (our_browser, their_browser), saw = pages
    for browser, office in ((our_browser, ours), (their_browser, theirs), (our_browser, ours)):
        assert browser.get("/").content.decode() == str(office.organisation.id)
    assert our_browser.get("/?fail").status_code == 500
    Client().get("/help/")
    assert [row[1] for row in saw] == [1, 1, 1, 1, 0]
    assert {row[0] for row in saw} == {ROLES.desk}


def test_a_stream_that_is_read_after_its_request_sees_what_the_request_saw(pages, ours):
    (our_browser, _), _saw = pages
    answer = our_browser.get("/?stream")
    with become(ROLES.desk):
        assert b"".join(answer.streaming_content).decode() == str(ours.organisation.id) * 2
        assert probing()[1] == 0


def test_an_answer_that_streams_is_read_in_the_scope_of_its_request(ours, theirs):
    def pieces():
        yield str(scope.current().organisation_id).encode()
        yield str(scope.current().organisation_id).encode()

    with scope.acting(scope.Scope(ours.organisation.id)):
        streamed = scope.carried(pieces())
    with scope.acting(scope.Scope(theirs.organisation.id)):
        assert [piece.decode() for piece in streamed] == [str(ours.organisation.id)] * 2
        assert scope.current().organisation_id == theirs.organisation.id


def test_a_member_of_two_organisations_works_in_one_at_a_time(pages, ours, theirs):
    (our_browser, _), saw = pages
    Member.objects.create(user=ours.user, organisation=theirs.organisation, roles=["caseworker"])
    assert our_browser.get("/").content.decode() == str(ours.organisation.id)
    assert saw[0][1] == 1


def test_a_failed_sign_in_is_told_at_the_members_organisation_before_anybody_is_known(ours):
    Client().post("/account/login/", {"login": ours.user.email, "password": "not this one"})
    assert Event.objects.filter(organisation_id=ours.organisation.id, action="session.failed").count() == 1
    assert Head.objects.get(pk=ours.organisation.id).sequence >= 1


def test_drafts_are_seen_by_their_typist_and_colleagues_alone(ours, theirs):
    with as_desk(ours) as own:
        assert [row[0] for row in own.execute("SELECT user_id FROM core_draft")] == [ours.user.id]
    assert Draft.objects.count() == 2


def test_a_coordinator_sees_contributions_of_all_and_no_case(ours, theirs):
    with signed_in_to_the_database(ROLES.desk, ours.organisation.id, ours.user.id, "coordinates") as own:
        assert own.execute("SELECT count(*) FROM contributions_contribution").fetchone()[0] == 2
        assert own.execute("SELECT count(*) FROM cases_case").fetchone()[0] == 1
        assert own.execute("SELECT count(*) FROM files_storedfile WHERE key_id IS NOT NULL").fetchone()[0] <= 1


def test_a_reviewer_sees_what_was_sent_and_gives_their_own_verdict_only(ours, theirs):
    with signed_in_to_the_database(ROLES.desk, ours.organisation.id, ours.user.id, "reviews") as own:
        assert own.execute("SELECT count(*) FROM publication_release").fetchone()[0] == 1
        Release.objects.update(state="in_review")
        assert own.execute("SELECT count(*) FROM publication_release").fetchone()[0] == 2
        with pytest.raises(errors.InsufficientPrivilege):
            own.execute("UPDATE publication_review SET user_id = %s", [theirs.user.id])
        assert own.execute("DELETE FROM publication_review WHERE user_id = %s", [theirs.user.id]).rowcount == 0
    with as_desk(ours) as own:
        assert own.execute("UPDATE publication_release SET title = 'x'").rowcount == 1
        assert own.execute("SELECT count(*) FROM publication_review").fetchone()[0] == 1
    assert Review.objects.count() == 2


def test_an_index_still_serves_under_the_policies(ours):
    with as_desk(ours) as own:
        for other_way in ("seqscan", "bitmapscan", "sort"):  # a handful of rows is sooner sorted than walked
            own.execute(f"SET enable_{other_way} = off")
        plan = "\n".join(
            row[0]
            for row in own.execute(
                "EXPLAIN SELECT * FROM cases_case WHERE organisation_id = %s ORDER BY risk DESC, opened_on DESC, id DESC LIMIT 50",
                [ours.organisation.id],
            )
        )
        assert "cases_by_risk" in plan
        assert "Sort" not in plan
        plan = "\n".join(row[0] for row in own.execute("EXPLAIN SELECT * FROM cases_case"))
        assert "Index Cond: (organisation_id" in plan
        assert "InitPlan" in plan


@pytest.mark.parametrize(
    ("sql", "undo", "code"),
    [
        ("ALTER TABLE cases_case NO FORCE ROW LEVEL SECURITY", "", "security_off"),
        ("ALTER TABLE cases_case DISABLE ROW LEVEL SECURITY", "", "security_off"),
        ("ALTER POLICY desk_reads ON cases_case USING (true)", "", "policies_differ"),
        ("CREATE POLICY more ON cases_case USING (true)", "", "policies_differ"),
        ("DROP POLICY desk_reads ON cases_case", "", "policies_differ"),
        ("GRANT UPDATE ON audit_event TO amparo_desk", "", "rights_differ"),
        ("GRANT SELECT ON cases_case TO PUBLIC", "", "rights_differ"),
        ("GRANT CREATE ON SCHEMA public TO amparo_worker", "", "rights_differ"),
        ("GRANT TEMPORARY ON DATABASE {database} TO amparo_worker", "", "rights_differ"),
        ("CREATE TABLE more (id int)", "DROP TABLE more", "rights_differ"),
        (
            "CREATE OR REPLACE FUNCTION amparo_sees_cases_case(wanted uuid) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true'",
            "",
            "policies_differ",
        ),
    ],
)
def test_what_somebody_changed_is_found_and_put_right(tables_owner, sql, undo, code):
    with tables_owner():
        assert row_security.drift(ROLES) == []
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql.format(database=connection.ops.quote_name(connection.settings_dict["NAME"])))
            assert code in {flaw.code for flaw in row_security.drift(ROLES)}
        finally:
            with connection.cursor() as cursor:
                cursor.execute(undo or "SELECT 1")
            row_security.apply(ROLES)
        assert row_security.drift(ROLES) == []


def test_roles_that_policies_do_not_bind_are_refused():
    def codes(*roles):
        return {flaw.code for flaw in row_security.flaws_of_roles(row_security.Roles(*roles))}

    assert codes("amparo_desk", "amparo_worker", "amparo") == set()
    assert codes("amparo", "amparo", "amparo") == codes("amparo_desk", "amparo_desk", "amparo") == {"roles_not_three"}
    assert codes("amparo_desk", "nobody_is_called_so", "amparo") == {"role_missing"}
    assert codes("owner", "amparo_worker", "amparo") >= {"role_superuser", "role_bypasses", "role_owns", "role_makes_roles"}
    assert codes("amparo", "amparo_worker", "amparo_desk") >= {"role_owns", "role_becomes", "not_the_owner", "database_not_owned"}


def test_no_page_is_served_under_the_owners_role(monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    with pytest.raises(ImproperlyConfigured, match=r"postgresql\.md"):
        connection.ensure_connection()
    monkeypatch.undo()
    connection.close()
    assert Organisation.objects.count() == 0
